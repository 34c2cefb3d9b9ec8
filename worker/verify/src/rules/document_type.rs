//! A document rule file made ready for use: its phrases indexed, its conditions compiled.

use std::sync::Arc;

use zen_expression::Expression;
use zen_expression::expression::Standard;

use super::constraint::ConstraintRule;
use super::document::{DocumentRule, FieldRule, PartyRule};
use crate::lexicon::Lexicon;
use crate::text::tokens;
use crate::wordbook::Numbering;

/// One document type, ready to recognise and to read.
#[derive(Debug, Clone)]
pub struct DocumentType {
    /// The file it was made from.
    pub rule: DocumentRule,
    fields: Vec<(String, FieldRule)>,
    /// Of the fields that are one end of a range, each as if it were a date by itself.
    without_part: Vec<Option<FieldRule>>,
    terms: Vec<String>,
    /// Of each group of terms, the tokens of each phrase.
    term_phrases: Vec<Vec<Vec<String>>>,
    labels: Lexicon<Owner>,
    prose: Option<Lexicon<Told>>,
    constraints: Vec<Constraint>,
}

/// On which side of a part of a sentence the value of the field at this index stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The value comes after it.
    After(usize),
    /// The value comes before it.
    Before(usize),
}

/// Whose a phrase of a document rule file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The label of the field at this index.
    Field(usize),
    /// The label of the party at this index.
    Party(usize),
    /// The label of a further part of the name of the party at this index.
    PartySpan(usize),
    /// A word of the group of terms at this index.
    Term(usize),
    /// A phrase that only looks like a label.
    Ignored,
}

/// A constraint with its conditions compiled.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// As written.
    pub rule: ConstraintRule,
    /// One of which must be true.
    pub any_of: Vec<Arc<Expression<Standard>>>,
    /// What is left over where none is.
    pub remainder: Option<Arc<Expression<Standard>>>,
}

/// A condition of a constraint that is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("condition '{condition}' of constraint '{constraint}': {reason}")]
pub struct ConditionError {
    /// The constraint's name.
    pub constraint: String,
    /// The condition as written.
    pub condition: String,
    /// What is wrong with it.
    pub reason: String,
}

impl DocumentType {
    /// The type that `rule` describes.
    pub(crate) fn compile(rule: DocumentRule, numbering: &mut Numbering) -> Result<Self, ConditionError> {
        let fields: Vec<_> = rule.fields.iter().map(|(name, field)| (name.clone(), field.clone())).collect();
        let terms: Vec<_> = rule.terms.keys().cloned().collect();
        let cut = |phrases: &Vec<String>| phrases.iter().map(|phrase| tokens(phrase)).collect();
        let term_phrases = rule.terms.values().map(cut).collect();
        let labels = Lexicon::new(label_phrases(&rule), numbering);
        let constraints = rule.constraints.iter().map(Constraint::compile).collect::<Result<_, _>>()?;
        let prose: Vec<_> =
            fields.iter().enumerate().flat_map(|(index, (_, field))| told(index, field)).collect();
        let anyone = fields.iter().any(|(_, field)| field.prose.anyone);
        let prose = (!prose.is_empty() || anyone).then(|| Lexicon::new(prose, numbering));
        let alone = |field: &FieldRule| field.part.map(|_| FieldRule { part: None, ..field.clone() });
        let without_part = fields.iter().map(|(_, field)| alone(field)).collect();
        Ok(Self { rule, fields, without_part, terms, term_phrases, labels, prose, constraints })
    }

    /// The type's name.
    pub fn name(&self) -> &str {
        &self.rule.document_type
    }

    /// The fields in the order in which [`Owner::Field`] counts them.
    pub fn fields(&self) -> &[(String, FieldRule)] {
        &self.fields
    }

    /// The field called `name`, with its index.
    pub fn field(&self, name: &str) -> Option<(usize, &FieldRule)> {
        let mut fields = self.fields.iter().enumerate();
        fields.find(|(_, (own, _))| own == name).map(|(index, (_, field))| (index, field))
    }

    /// The field at `index`, where it is one end of a range, as if it were a date by itself.
    pub(crate) fn without_part(&self, index: usize) -> Option<&FieldRule> {
        self.without_part.get(index)?.as_ref()
    }

    /// The party that [`Owner::Party`] names.
    pub fn parties(&self) -> &[PartyRule] {
        &self.rule.parties
    }

    /// The index of the group of terms called `name`.
    pub fn term(&self, name: &str) -> Option<usize> {
        self.terms.iter().position(|term| term == name)
    }

    /// The phrases of the group of terms called `name`, each as its tokens.
    pub(crate) fn term_phrases(&self, name: &str) -> &[Vec<String>] {
        let phrases = self.term(name).and_then(|term| self.term_phrases.get(term));
        phrases.map(Vec::as_slice).unwrap_or_default()
    }

    /// Every name that the type's documents may have a field of.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let parties = self.rule.parties.iter().flat_map(|party| party.names.iter().chain(&party.address));
        self.rule.fields.keys().chain(parties).map(String::as_str)
    }

    pub(crate) fn labels(&self) -> &Lexicon<Owner> {
        &self.labels
    }

    /// The parts of sentences that values stand next to, if there are any.
    pub(crate) fn prose(&self) -> Option<&Lexicon<Told>> {
        self.prose.as_ref()
    }

    /// The constraints in the order of the file.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }
}

/// The phrases of the signs of all types, each sign counted through those of all types before it.
pub(crate) fn signs(types: &[DocumentType], numbering: &mut Numbering) -> Lexicon<usize> {
    let mut count = 0..;
    let groups = types.iter().map(|document_type| {
        let signs = document_type.rule.recognise.signs.iter().zip(count.by_ref());
        let phrases = signs.flat_map(|(sign, number)| ranked(number, &sign.phrases));
        phrases.collect::<Vec<_>>()
    });
    Lexicon::of_groups(groups, numbering)
}

impl Constraint {
    fn compile(rule: &ConstraintRule) -> Result<Self, ConditionError> {
        let compile = |condition: &String| {
            zen_expression::compile_expression(condition).map(Arc::new).map_err(|error| ConditionError {
                constraint: rule.name.clone(),
                condition: condition.clone(),
                reason: error.to_string(),
            })
        };
        let any_of = rule.any_of.iter().map(compile).collect::<Result<_, _>>()?;
        let remainder = rule.remainder.as_ref().map(compile).transpose()?;
        Ok(Self { rule: rule.clone(), any_of, remainder })
    }
}

fn told(index: usize, field: &FieldRule) -> impl Iterator<Item = (Told, usize, &str)> {
    let after = ranked(Told::After(index), &field.prose.after);
    after.chain(ranked(Told::Before(index), &field.prose.before))
}

fn label_phrases(rule: &DocumentRule) -> impl Iterator<Item = (Owner, usize, &str)> {
    let fields = rule.fields.values().enumerate();
    let fields = fields.flat_map(|(index, field)| {
        let labels = field.labels.iter().chain(&field.range_labels).chain(&field.weak_labels).enumerate();
        labels.map(move |(rank, phrase)| (Owner::Field(index), rank, phrase.as_str()))
    });
    let parties = rule.parties.iter().enumerate().flat_map(|(index, party)| {
        ranked(Owner::Party(index), &party.labels).chain(ranked(Owner::PartySpan(index), &party.spans))
    });
    let terms = rule.terms.values().enumerate();
    let terms = terms.flat_map(|(index, phrases)| ranked(Owner::Term(index), phrases));
    fields.chain(parties).chain(terms).chain(ranked(Owner::Ignored, &rule.ignore))
}

fn ranked<Owner: Copy>(owner: Owner, phrases: &[String]) -> impl Iterator<Item = (Owner, usize, &str)> {
    phrases.iter().enumerate().map(move |(rank, phrase)| (owner, rank, phrase.as_str()))
}
