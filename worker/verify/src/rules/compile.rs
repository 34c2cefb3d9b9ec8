//! Turns a proof file into rules that can be applied, and finds everything in it that does not hold together.
//! Applying them is left to `check`.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::{Location, Spanned};
use zen_expression::variable::VariableType;

use super::compiled::{Accept, Check, ProofRules, Reasons, Test, Way, proof_name};
use super::document::DocumentRule;
use super::document_type::DocumentType;
use super::expression::{Formula, Template};
use super::file::{Problems, Sited, Texts};
use super::proof::{AcceptFile, AmountFile, CheckFile, NotAskedFile, PROOF_SCHEMA, ProofFile};
use super::table::Tables;
use super::vocabulary::{fields_behind, kind_of, vocabulary};
use crate::verdict::Outcome;

/// What a proof file is checked against.
pub(super) struct Surroundings<'a> {
    pub documents: &'a BTreeMap<String, DocumentType>,
    /// The types whose own files do not load: that is said there.
    pub broken: &'a BTreeSet<String>,
    pub tables: &'a Tables,
}

impl Surroundings<'_> {
    /// Compiles a proof file, or says all that is wrong with it.
    pub fn compile(&self, file: ProofFile, path: &str, problems: &mut Problems<'_>) -> ProofRules {
        problems.require_schema(&file.schema, PROOF_SCHEMA);
        let name = proof_name(file.proof.value);
        if path != format!("proofs/{name}.yaml") {
            problems.add(file.proof.defined, format!("the file of the proof '{name}' is proofs/{name}.yaml"));
        }
        translated(&file.ask, problems);
        self.check_overlaps(&file, problems);
        let cite = |cites: &[Sited], at, problems: &mut Problems<'_>| citation(&file, cites, at, problems);
        let mut accepts = Vec::new();
        for accept in &file.accepts {
            let citation = cite(&accept.value.cites, accept.defined, problems);
            accepts.push(self.accept(&accept.value, citation, problems));
        }
        let not_asked = file.not_asked.iter().map(|entry: &NotAskedFile| {
            let cited = cite(&entry.cites, file.proof.defined, problems);
            (entry.scope(), format!("{} ({cited})", entry.reason.trim()))
        });
        let not_asked = not_asked.collect();
        let mut checks = Vec::new();
        for check in &file.checks {
            let citation = cite(&check.value.cites, check.defined, problems);
            checks.extend(self.check(&name, &check.value, check.defined, citation, problems));
        }
        let amounts = self.amounts(&file.amounts, problems);
        let ask = Texts { en: file.ask.en.value, es: file.ask.es.value };
        ProofRules { proof: file.proof.value, ask, accepts, not_asked, amounts, checks }
    }

    fn accept(&self, file: &AcceptFile, citation: String, problems: &mut Problems<'_>) -> Accept {
        for document in &file.documents {
            self.document(document, problems);
        }
        let documents = file.documents.iter().map(|document| document.value.clone()).collect();
        Accept { documents, scope: file.scope(), person_decides: file.person_decides, citation }
    }

    fn document(&self, name: &Sited, problems: &mut Problems<'_>) -> Option<&DocumentRule> {
        let found = self.documents.get(&name.value);
        if found.is_none() && !self.broken.contains(&name.value) {
            let known: Vec<_> = self.documents.keys().map(String::as_str).collect();
            problems.add(
                name.defined,
                format!("there is no document type '{}'; known are {}", name.value, known.join(", ")),
            );
        }
        found.map(|document| &document.rule)
    }

    fn amounts(
        &self,
        files: &[Spanned<AmountFile>],
        problems: &mut Problems<'_>,
    ) -> BTreeMap<String, AmountFile> {
        for file in files {
            let amount = &file.value;
            let name = Spanned::new(amount.document.clone(), file.defined, file.defined);
            let Some(document) = self.document(&name, problems) else { continue };
            let optional =
                [&amount.net, &amount.payer, &amount.frequency, &amount.period_start, &amount.period_end];
            for field in optional.into_iter().flatten().chain([&amount.gross]) {
                if kind_of(document, field).is_none() {
                    problems.add(file.defined, format!("'{}' has no field '{field}'", amount.document));
                }
            }
            if amount.every.is_some() == (amount.frequency.is_some() || amount.period_start.is_some()) {
                problems.add(file.defined, "give either every, or frequency and the period's fields");
            }
        }
        files.iter().map(|file| (file.value.document.clone(), file.value.clone())).collect()
    }

    fn check(
        &self,
        proof: &str,
        file: &CheckFile,
        at: Location,
        citation: String,
        problems: &mut Problems<'_>,
    ) -> Option<Check> {
        let documents: Vec<_> =
            file.documents.iter().filter_map(|name| self.document(name, problems)).collect();
        if documents.len() != file.documents.len() {
            return None;
        }
        let vocabularies: Vec<_> = if documents.is_empty() {
            vec![vocabulary(None, self.tables)]
        } else {
            documents.iter().map(|document| vocabulary(Some(document), self.tables)).collect()
        };
        known_fields(file, &documents, problems);
        sound_examples(file, at, problems);
        translated(&file.messages, problems);
        if file.effective_to.is_some_and(|last| last < file.effective_from) {
            problems.add(at, "effective_to lies before effective_from");
        }
        let bool = Some(&VariableType::Bool);
        let when = match &file.when {
            Some(when) => Some(Formula::compile(when, &vocabularies, bool, problems)?),
            None => None,
        };
        let test = test(file, at, &vocabularies, problems);
        let mut template = |text| Template::compile(text, &vocabularies, problems);
        let pass = template(&file.reason.pass);
        let fail = template(&file.reason.fail);
        let inconclusive = file.reason.inconclusive.as_ref().map(&mut template);
        let (en, es) = (template(&file.messages.en), template(&file.messages.es));
        let reasons = Reasons { pass: pass?, fail: fail?, inconclusive: inconclusive.flatten() };
        let mut check = Check {
            rule: format!("{proof}/{}", file.id.value),
            scope: file.scope(),
            documents: values(&file.documents),
            when,
            needs: values(&file.needs),
            optional: values(&file.optional),
            if_absent: file.if_absent,
            test: test?,
            on_fail: file.on_fail,
            citation,
            reasons,
            messages: Texts { en: en?, es: es? },
            examples: file.examples.clone(),
            reads: BTreeSet::new(),
        };
        check.reads = check.collect_reads();
        undeclared(&check, &documents, at, problems);
        Some(check)
    }

    /// No two checks of one name, and no two statements on one type, may be in force at once.
    fn check_overlaps(&self, file: &ProofFile, problems: &mut Problems<'_>) {
        for (index, later) in file.checks.iter().enumerate() {
            let clashes = |earlier: &&Spanned<CheckFile>| {
                earlier.value.id.value == later.value.id.value
                    && earlier.value.scope().overlaps(&later.value.scope())
                    && share(&earlier.value.documents, &later.value.documents)
            };
            if file.checks.iter().take(index).find(clashes).is_some() {
                let id = &later.value.id;
                let message =
                    format!("two checks '{}' are in force on the same day: set effective_to", id.value);
                problems.add(id.defined, message);
            }
        }
        for (index, later) in file.accepts.iter().enumerate() {
            let clashes = |earlier: &&Spanned<AcceptFile>| {
                earlier.value.scope().overlaps(&later.value.scope())
                    && share(&earlier.value.documents, &later.value.documents)
            };
            if file.accepts.iter().take(index).find(clashes).is_some() {
                problems
                    .add(later.defined, "a document type is accepted twice on the same day for one program");
            }
        }
    }
}

fn test(
    file: &CheckFile,
    at: Location,
    vocabularies: &[VariableType],
    problems: &mut Problems<'_>,
) -> Option<Test> {
    let bool = Some(&VariableType::Bool);
    match (&file.condition, file.any_of.as_slice()) {
        (Some(condition), []) => {
            Formula::compile(condition, vocabularies, bool, problems).map(Test::Condition)
        }
        (None, []) if file.needs.is_empty() => {
            problems.add(at, "the check needs a condition, or fields that must be shown");
            None
        }
        (None, []) => Some(Test::Shown),
        (Some(_), _) => {
            problems.add(at, "give a condition or any_of, not both");
            None
        }
        (None, ways) => {
            let compiled = ways.iter().map(|way| {
                let condition = Formula::compile(&way.condition, vocabularies, bool, problems)?;
                Some(Way { needs: values(&way.needs), condition })
            });
            compiled.collect::<Option<_>>().map(Test::AnyOf)
        }
    }
}

/// What a condition reads must be declared, so that a doubtful reading of it counts as doubt.
fn undeclared(check: &Check, documents: &[&DocumentRule], at: Location, problems: &mut Problems<'_>) {
    let declared: BTreeSet<&str> = check.fields().collect();
    for document in documents {
        let behind = check.reads.iter().flat_map(|path| fields_behind(path, document));
        for field in behind.collect::<BTreeSet<_>>() {
            if !declared.contains(field.as_str()) {
                problems.add(at, format!("the check reads '{field}': list it under needs or optional"));
            }
        }
    }
}

fn known_fields(file: &CheckFile, documents: &[&DocumentRule], problems: &mut Problems<'_>) {
    let ways = file.any_of.iter().flat_map(|way| &way.needs);
    for field in file.needs.iter().chain(&file.optional).chain(ways) {
        if documents.is_empty() {
            problems.add(field.defined, "a check of the upload as a whole has no fields; use income instead");
        }
        for document in documents.iter().filter(|document| kind_of(document, &field.value).is_none()) {
            problems
                .add(field.defined, format!("'{}' has no field '{}'", document.document_type, field.value));
        }
    }
}

fn sound_examples(file: &CheckFile, at: Location, problems: &mut Problems<'_>) {
    let outcomes: Vec<_> = file.examples.iter().map(|example| example.value.outcome).collect();
    let misses = |outcome: &Outcome| matches!(outcome, Outcome::Fail | Outcome::Inconclusive);
    if !outcomes.contains(&Outcome::Pass) || !outcomes.iter().any(misses) {
        problems.add(at, "give at least one example that passes and one that does not");
    }
}

fn translated(texts: &Texts<Sited>, problems: &mut Problems<'_>) {
    if texts.en.value.trim() == texts.es.value.trim() {
        problems.add(texts.es.defined, "the Spanish text is the English one: translate it");
    }
}

fn citation(file: &ProofFile, cites: &[Sited], at: Location, problems: &mut Problems<'_>) -> String {
    if cites.is_empty() {
        problems.add(at, "cites names no source");
    }
    let mut cited = Vec::new();
    for name in cites {
        match file.sources.get(&name.value) {
            Some(source) => cited.push(source.value.cite()),
            None => problems.add(name.defined, format!("there is no source '{}' in this file", name.value)),
        }
    }
    cited.join("; ")
}

fn share(one: &[Sited], two: &[Sited]) -> bool {
    let both_whole = one.is_empty() && two.is_empty();
    both_whole || one.iter().any(|name| two.iter().any(|other| other.value == name.value))
}

fn values(sited: &[Sited]) -> Vec<String> {
    sited.iter().map(|text| text.value.clone()).collect()
}
