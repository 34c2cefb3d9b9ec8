//! What a document is to the proof: whether its type counts, and whether its own values hold together.

use ::document::{Language, Proof};
use zen_expression::variable::VariableMap;
use zen_expression::vm::VM;
use zen_expression::{Scope, Variable};

use super::facts::{Case, Standing, Trusted, program_word};
use super::{Judged, Subject};
use crate::field::{ConstraintOutcome, ExtractedDocument, Field, UNKNOWN};
use crate::rules::constraint::ConstraintRule;
use crate::rules::{Note, ProofRules, proof_name};
use crate::verdict::{Finding, Messages, Outcome, Place};

/// Whether a document counts as proof.
pub(super) fn judge(
    case: &Case<'_>,
    proof: &ProofRules,
    index: usize,
    document: &ExtractedDocument,
) -> Judged {
    let notes = case.rules.notes();
    let rule = format!("{}/document-counts", proof_name(proof.proof));
    let about = About { document: Some(document), ..About::default() };
    let say = |note, outcome| case.say(note, &rule, outcome, Subject::Counting(index), &about);
    let unread = |note| Judged { unread: true, ..say(note, Outcome::Inconclusive) };
    if document.document_type == UNKNOWN {
        return unread(&notes.unknown_document);
    }
    if document.type_confidence.get() < case.threshold(super::TYPE_CONFIDENCE) {
        return unread(&notes.unsure_type);
    }
    match proof.accept(&document.document_type, case.program(), case.date()) {
        None => say(&notes.wrong_document, Outcome::Fail),
        Some(accept) => {
            let mut judged = if accept.person_decides {
                say(&notes.person_decides, Outcome::Inconclusive)
            } else {
                say(&notes.counts, Outcome::Pass)
            };
            judged.finding.citation.clone_from(&accept.citation);
            judged
        }
    }
}

/// What the document's own constraints came to.
pub(super) fn constraints(case: &Case<'_>, index: usize, trusted: Trusted<'_>) -> Vec<Judged> {
    let rule = case.rules.document(&trusted.document.document_type).map(|document| &document.rule);
    let written = |name: &str| rule.and_then(|rule| rule.constraints.iter().find(|own| own.name == name));
    let outcomes = trusted.document.constraints.iter();
    let deciding = outcomes.map(|outcome| (outcome, written(&outcome.name)));
    let deciding = deciding.filter(|(_, written)| written.is_none_or(|written| written.decides));
    deciding.map(|(outcome, written)| judge_constraint(case, index, trusted, outcome, written)).collect()
}

fn judge_constraint(
    case: &Case<'_>,
    index: usize,
    trusted: Trusted<'_>,
    constraint: &ConstraintOutcome,
    written: Option<&ConstraintRule>,
) -> Judged {
    let document = trusted.document;
    let rule = format!("{}/{}", document.document_type, constraint.name);
    // How sure each field is, is asked by the checks that need it; values that hold together are no worse for doubt.
    let any = |wanted: fn(&Standing<'_>) -> bool| {
        constraint.fields.iter().any(|field| wanted(&trusted.standing(field)))
    };
    let unreadable = any(|standing| matches!(standing, Standing::Unreadable))
        && !any(|standing| matches!(standing, Standing::Absent));
    let notes = case.rules.notes();
    // What is out of order may have been read wrong; amounts that do not add up are said however they were read.
    let is_order = written.is_some_and(|written| !written.confirms);
    let doubtful = is_order && any(|standing| matches!(standing, Standing::Doubtful(_)));
    let (note, outcome) = match constraint.holds.filter(|holds| *holds || !doubtful) {
        Some(true) => (&notes.constraint_holds, Outcome::Pass),
        Some(false) => (&notes.constraint_broken, Outcome::Fail),
        None if unreadable => (&notes.constraint_unsure, Outcome::Inconclusive),
        None => (&notes.constraint_unsure, Outcome::NotApplicable),
    };
    let figures = figures(constraint, document);
    let detail = match (constraint.holds, written) {
        (Some(false), Some(written)) => format!("{} ({figures})", fill(&written.reason, document)),
        _ => format!("{}: {figures}", constraint.name.replace('-', " ")),
    };
    let about = About { document: Some(document), detail, ..About::default() };
    let mut judged = case.say(note, &rule, outcome, Subject::Document(index), &about);
    judged.unread = outcome == Outcome::Inconclusive;
    if let Some(written) = written {
        judged.finding.citation.clone_from(&written.citation);
    }
    let places = constraint.fields.iter().filter_map(|name| document.fields.get(name)).map(place);
    judged.finding.evidence = places.collect();
    judged
}

/// No check is in force for a document that counts: nobody has said what it must pass.
pub(super) fn no_checks(case: &Case<'_>, index: usize, document: &ExtractedDocument) -> Judged {
    let about = About { document: Some(document), ..About::default() };
    let rule = format!("{}/checks-in-force", proof_name(case.submission.proof_of));
    let note = &case.rules.notes().no_checks;
    case.say(note, &rule, Outcome::Inconclusive, Subject::Document(index), &about)
}

/// No rule file says what proves this.
pub(super) fn no_rules(case: &Case<'_>) -> Judged {
    let rule = format!("{}/rules", proof_name(case.submission.proof_of));
    let note = &case.rules.notes().no_rules;
    case.say(note, &rule, Outcome::Inconclusive, Subject::Upload, &About::default())
}

/// What a note speaks of.
#[derive(Default)]
pub(super) struct About<'a> {
    pub file: Option<usize>,
    pub page: Option<u32>,
    pub detail: String,
    pub document: Option<&'a ExtractedDocument>,
}

impl Case<'_> {
    /// A finding in the words of a note.
    pub fn say(
        &self,
        note: &Note,
        rule: &str,
        outcome: Outcome,
        subject: Subject,
        about: &About<'_>,
    ) -> Judged {
        let mut vm = VM::new();
        let reason = note.reason.fill(&self.about(about, Language::En), &mut vm);
        let open = matches!(outcome, Outcome::Fail | Outcome::Inconclusive);
        let mut fill = |language| note.messages.get(language).fill(&self.about(about, language), &mut vm);
        let messages = open.then(|| Messages {
            en: fill(Language::En).trim().to_owned(),
            es: fill(Language::Es).trim().to_owned(),
        });
        let finding = Finding {
            rule: rule.to_owned(),
            outcome,
            reason: reason.trim().to_owned(),
            citation: note.citation.clone(),
            evidence: Vec::new(),
        };
        Judged { finding, subject, remedy: note.remedy, messages, confidence: None, unread: false }
    }

    /// The least confidence that counts. Without a table entry nothing is sure enough.
    pub fn threshold(&self, name: &str) -> f64 {
        let found = self.rules.tables().number(name, self.program(), self.date());
        found.and_then(|least| least.to_string().parse().ok()).unwrap_or(f64::INFINITY)
    }

    fn about(&self, about: &About<'_>, language: Language) -> Scope {
        let mut names = VariableMap::new();
        let mut set = |name: &str, words: &str| names.insert_str(name, Variable::String(words.into()));
        if let Some(file) = about.file {
            set("file", &file.to_string());
        }
        if let Some(page) = about.page {
            set("page", &page.to_string());
        }
        set("detail", &about.detail);
        set("program", program_title(self.submission.program));
        set("proof", proof_title(self.submission.proof_of, language));
        if let Some(document) = about.document {
            let known = self.rules.document(&document.document_type).map(|known| &known.rule.title);
            let title = known.map_or(document.document_type.as_str(), |title| match language {
                Language::En => &title.en,
                Language::Es => &title.es,
            });
            set("document", title);
        }
        Scope::new(Variable::from_object(names))
    }
}

/// Where a field stands.
pub(super) fn place(field: &Field) -> Place {
    let provenance = field.provenance();
    Place { page: provenance.page, quad: provenance.quad.rounded() }
}

/// The values that a constraint speaks of.
fn figures(constraint: &ConstraintOutcome, document: &ExtractedDocument) -> String {
    let values = constraint.fields.iter().map(|name| {
        let value = document.fields.get(name).and_then(Field::value);
        format!("{name} {}", value.map_or("not read".to_owned(), ToString::to_string))
    });
    values.collect::<Vec<_>>().join(", ")
}

/// The text with `{field}` replaced by what the document says.
fn fill(text: &str, document: &ExtractedDocument) -> String {
    document.fields.iter().fold(text.to_owned(), |text, (name, field)| {
        let value = field.value().map_or("?".to_owned(), ToString::to_string);
        text.replace(&format!("{{{name}}}"), &value)
    })
}

fn program_title(program: ::document::Program) -> &'static str {
    match program_word(program) {
        "covered-california" => "Covered California",
        "medi-cal" => "Medi-Cal",
        _ => "CalFresh",
    }
}

fn proof_title(proof: Proof, language: Language) -> &'static str {
    match (proof, language) {
        (Proof::Income, Language::En) => "income",
        (Proof::Income, Language::Es) => "ingresos",
        (Proof::Identity, Language::En) => "identity",
        (Proof::Identity, Language::Es) => "identidad",
        (Proof::Citizenship, Language::En) => "citizenship",
        (Proof::Citizenship, Language::Es) => "ciudadanía",
        (Proof::LawfulPresence, Language::En) => "lawful presence",
        (Proof::LawfulPresence, Language::Es) => "presencia legal",
        (Proof::Residency, Language::En) => "California residency",
        (Proof::Residency, Language::Es) => "residencia en California",
    }
}
