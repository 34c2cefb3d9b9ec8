//! What proves one thing, ready to be applied: which documents count, and the checks they must meet.
//! Making it of a proof file is left to `compile`, applying it to `check`.

use std::collections::{BTreeMap, BTreeSet};

use ::document::{Program, Proof};
use jiff::civil::Date;
use serde_saphyr::Spanned;

use super::expression::{Formula, Template};
use super::file::{Scope, Texts};
use super::proof::{AmountFile, ExampleFile, IfAbsent, Remedy};

/// What proves one thing, ready to be applied.
#[derive(Debug, Clone)]
pub struct ProofRules {
    /// What is proved.
    pub proof: Proof,
    /// What an applicant is asked to send.
    pub ask: Texts,
    pub(super) accepts: Vec<Accept>,
    pub(super) not_asked: Vec<(Scope, String)>,
    pub(super) amounts: BTreeMap<String, AmountFile>,
    pub(super) checks: Vec<Check>,
}

/// That a document type counts as proof.
#[derive(Debug, Clone)]
pub struct Accept {
    pub(super) documents: Vec<String>,
    pub(super) scope: Scope,
    /// A person must say whether such a document proves it.
    pub person_decides: bool,
    /// Why it counts.
    pub citation: String,
}

/// One check, compiled.
#[derive(Debug, Clone)]
pub struct Check {
    /// `<proof>/<id>`, as findings name it.
    pub rule: String,
    /// When and for whom it is in force.
    pub scope: Scope,
    /// The document types it is applied to; empty for the upload as a whole.
    pub documents: Vec<String>,
    /// Where it speaks of a document.
    pub when: Option<Formula>,
    /// Fields it cannot do without.
    pub needs: Vec<String>,
    /// Fields it looks at where they are shown.
    pub optional: Vec<String>,
    /// What a missing field makes of it.
    pub if_absent: IfAbsent,
    /// How it is met.
    pub test: Test,
    /// What happens when it fails.
    pub on_fail: Remedy,
    /// The citation of its findings.
    pub citation: String,
    /// For the caseworker.
    pub reasons: Reasons,
    /// For the applicant.
    pub messages: Texts<Template>,
    /// Its tests, with where they stand.
    pub examples: Vec<Spanned<ExampleFile>>,
    /// All names that its formulas and templates read.
    pub reads: BTreeSet<Vec<String>>,
}

/// How a check is met.
#[derive(Debug, Clone)]
pub enum Test {
    /// By the needed fields being there.
    Shown,
    /// By a condition.
    Condition(Formula),
    /// In one of several ways.
    AnyOf(Vec<Way>),
}

/// One way to meet a check.
#[derive(Debug, Clone)]
pub struct Way {
    /// Fields it cannot do without.
    pub needs: Vec<String>,
    /// True where it is met.
    pub condition: Formula,
}

/// Reasons for the caseworker.
#[derive(Debug, Clone)]
pub struct Reasons {
    /// Where it is met.
    pub pass: Template,
    /// Where it is not met.
    pub fail: Template,
    /// Where it cannot be told.
    pub inconclusive: Option<Template>,
}

impl ProofRules {
    /// Whether a document type counts for `program` on `date`, and on what terms.
    pub fn accept(&self, document_type: &str, program: Program, date: Date) -> Option<&Accept> {
        self.accepts.iter().find(|accept| {
            accept.scope.covers(program, date) && accept.documents.iter().any(|name| name == document_type)
        })
    }

    /// Why no proof is asked for, where none is.
    pub fn not_asked(&self, program: Program, date: Date) -> Option<&str> {
        self.not_asked
            .iter()
            .find(|(scope, _)| scope.covers(program, date))
            .map(|(_, reason)| reason.as_str())
    }

    /// Which fields of a document type say how much is paid how often.
    pub fn amount(&self, document_type: &str) -> Option<&AmountFile> {
        self.amounts.get(document_type)
    }

    /// All checks, in the order of the file.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }
}

impl Check {
    pub(super) fn collect_reads(&self) -> BTreeSet<Vec<String>> {
        let conditions = match &self.test {
            Test::Shown => Vec::new(),
            Test::Condition(condition) => vec![condition],
            Test::AnyOf(ways) => ways.iter().map(|way| &way.condition).collect(),
        };
        let formulas = conditions.into_iter().chain(&self.when).flat_map(Formula::reads);
        let templates = [&self.reasons.pass, &self.reasons.fail, &self.messages.en, &self.messages.es];
        let templates = templates.into_iter().chain(&self.reasons.inconclusive).flat_map(Template::reads);
        formulas.chain(templates).cloned().collect()
    }

    /// All fields it speaks of, in the order of the file.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let ways = match &self.test {
            Test::AnyOf(ways) => ways.as_slice(),
            Test::Shown | Test::Condition(_) => &[],
        };
        let ways = ways.iter().flat_map(|way| &way.needs);
        self.needs.iter().chain(&self.optional).chain(ways).map(String::as_str)
    }
}

/// The name of a proof in file names and findings.
pub fn proof_name(proof: Proof) -> String {
    match proof {
        Proof::Income => "income",
        Proof::Identity => "identity",
        Proof::Citizenship => "citizenship",
        Proof::LawfulPresence => "lawful_presence",
        Proof::Residency => "residency",
    }
    .to_owned()
}
