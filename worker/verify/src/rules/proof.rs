//! The rule files of proofs, as they are written: what counts as proof and which checks it must pass.
//! Checking and compiling them is left to `compile`.

use std::collections::BTreeMap;

use ::document::{Applicant, AttestedIncome, Frequency, Household, Program, Proof};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{Scope, Sited, Source, Texts};
use crate::verdict::Outcome;

/// The schema of [`ProofFile`].
pub const PROOF_SCHEMA: &str = "vouch/proof/1";

/// What proves one thing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    /// [`PROOF_SCHEMA`].
    #[schemars(with = "String", extend("const" = PROOF_SCHEMA))]
    pub schema: Sited,
    /// What is proved; the same as the file's name.
    #[schemars(with = "Proof")]
    pub proof: Spanned<Proof>,
    /// For the people who keep this file.
    pub description: String,
    /// What an applicant is asked to send, after `Please send`.
    #[schemars(with = "Texts")]
    pub ask: Texts<Sited>,
    /// Where things are written, by a short name of their own.
    #[schemars(with = "BTreeMap<String, Source>")]
    pub sources: BTreeMap<String, Spanned<Source>>,
    /// Which document types count.
    #[schemars(with = "Vec<AcceptFile>")]
    pub accepts: Vec<Spanned<AcceptFile>>,
    /// When no proof is asked for at all: applicants are then never told to send one.
    #[serde(default)]
    pub not_asked: Vec<NotAskedFile>,
    /// Which fields say how much is paid how often.
    #[serde(default)]
    #[schemars(with = "Vec<AmountFile>")]
    pub amounts: Vec<Spanned<AmountFile>>,
    /// What each document, or the upload as a whole, must pass.
    #[schemars(with = "Vec<CheckFile>")]
    pub checks: Vec<Spanned<CheckFile>>,
}

/// Document types that count as proof.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptFile {
    /// Names of document types.
    #[schemars(with = "Vec<String>")]
    pub documents: Vec<Sited>,
    /// For these programs; for all when absent.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// The first day they count.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last day they count.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// A person must say whether they prove it: such a document is never verified.
    #[serde(default)]
    pub person_decides: bool,
    /// Short names of sources.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Sited>,
}

/// A time in which no proof is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotAskedFile {
    /// For these programs; for all when absent.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// The first day.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// Short names of sources.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Sited>,
    /// For the caseworker.
    pub reason: String,
}

/// Which fields of a document type say how much is paid how often.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountFile {
    /// The document type.
    pub document: String,
    /// The field with the amount before deductions.
    pub gross: String,
    /// The field with the amount after deductions.
    #[serde(default)]
    pub net: Option<String>,
    /// The field that names the payer.
    #[serde(default)]
    pub payer: Option<String>,
    /// How often it is paid, where that is the same for all documents of the type.
    #[serde(default)]
    pub every: Option<Frequency>,
    /// The field with the printed frequency.
    #[serde(default)]
    pub frequency: Option<String>,
    /// The field with the first day of the period, from which the frequency is told where it is not printed.
    #[serde(default)]
    pub period_start: Option<String>,
    /// The field with the last day of the period.
    #[serde(default)]
    pub period_end: Option<String>,
}

/// One check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// Its name within the proof; findings say `<proof>/<id>`. Several checks may share it if no two are in force for
    /// the same program, document type and day.
    #[schemars(with = "String")]
    pub id: Sited,
    /// What it asks, in a sentence.
    pub title: String,
    /// The first received date it is applied to.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last received date it is applied to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// For these programs; for all when absent.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// The document types it is applied to, each document by itself; to the upload as a whole when absent.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub documents: Vec<Sited>,
    /// The check speaks of a document only where this is true.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Sited>,
    /// Fields it cannot do without: missing, unreadable or doubtful ones make it inconclusive.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub needs: Vec<Sited>,
    /// Fields it looks at where they are shown.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub optional: Vec<Sited>,
    /// What a missing field makes of it.
    #[serde(default)]
    pub if_absent: IfAbsent,
    /// True where it is met. Null, and anything that cannot be told, makes it inconclusive. Without a condition it
    /// is met when the needed fields are there.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub condition: Option<Sited>,
    /// Instead of a condition: met when one is met and none is contradicted.
    #[serde(default)]
    pub any_of: Vec<AlternativeFile>,
    /// What happens when it fails.
    pub on_fail: Remedy,
    /// Short names of sources.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Sited>,
    /// For the caseworker.
    pub reason: ReasonFile,
    /// For the applicant, when it is not met.
    #[schemars(with = "Texts")]
    pub messages: Texts<Sited>,
    /// Tests.
    #[schemars(with = "Vec<ExampleFile>")]
    pub examples: Vec<Spanned<ExampleFile>>,
}

/// One way to meet a check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlternativeFile {
    /// Fields it cannot do without: where one is missing, this way is not open.
    #[schemars(with = "Vec<String>")]
    pub needs: Vec<Sited>,
    /// True where it is met.
    #[schemars(with = "String")]
    pub condition: Sited,
}

/// Reasons with holes for the figures: `pay date {pay_date}, limit {table.limit}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonFile {
    /// Where it is met.
    #[schemars(with = "String")]
    pub pass: Sited,
    /// Where it is not met.
    #[schemars(with = "String")]
    pub fail: Sited,
    /// Where it cannot be told although all needed fields are there.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub inconclusive: Option<Sited>,
}

/// What a missing field makes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfAbsent {
    /// It could not be told.
    #[default]
    Inconclusive,
    /// The check does not speak of this document.
    NotApplicable,
}

/// What happens when a check is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A person looks.
    Review,
    /// The applicant can mend it.
    Resubmit,
}

/// A test of a check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleFile {
    /// What it shows.
    pub name: String,
    /// The first program of the check when absent.
    #[serde(default)]
    pub program: Option<Program>,
    /// The first day of the check when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub received_date: Option<Date>,
    /// Nobody in particular when absent.
    #[serde(default)]
    pub applicant: Option<Applicant>,
    /// The income that the applicant stated.
    #[serde(default)]
    pub attested_income: Option<AttestedIncome>,
    /// The applicant's household.
    #[serde(default)]
    pub household: Option<Household>,
    /// The first document type of the check when absent.
    #[serde(default)]
    pub document: Option<String>,
    /// What the document says, in normal form, by field name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Fields whose label is there but whose value could not be read.
    #[serde(default)]
    pub unreadable: Vec<String>,
    /// Fields that were read with little confidence.
    #[serde(default)]
    pub doubtful: Vec<String>,
    /// Further documents of the same upload.
    #[serde(default)]
    pub and: Vec<ExampleDocument>,
    /// What the check must come to.
    pub outcome: Outcome,
    /// The reason it must give.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A further document of an example.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleDocument {
    /// Its type.
    pub document: String,
    /// What it says, in normal form, by field name.
    pub fields: BTreeMap<String, String>,
}

impl AcceptFile {
    /// When and for whom it counts.
    pub fn scope(&self) -> Scope {
        Scope { from: self.effective_from, to: self.effective_to, programs: self.programs.clone() }
    }
}

impl NotAskedFile {
    /// When and for whom no proof is asked.
    pub fn scope(&self) -> Scope {
        Scope { from: self.effective_from, to: self.effective_to, programs: self.programs.clone() }
    }
}

impl CheckFile {
    /// When and for whom it is in force.
    pub fn scope(&self) -> Scope {
        Scope { from: self.effective_from, to: self.effective_to, programs: self.programs.clone() }
    }
}
