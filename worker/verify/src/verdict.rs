//! The published form of a verdict. Holds no clock time: the same document, submission, rules and date give the same
//! bytes. Never edited; what a caseworker decides is appended beside it.

use std::collections::BTreeMap;

use document::{Capture, Confidence, Digest, Quad, Reader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::field::{ExtractedDocument, Field};

/// The schema of [`Verdict`].
pub const VERDICT_SCHEMA: &str = "vouch/verdict/1";

/// What became of one submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`VERDICT_SCHEMA`].
    #[schemars(extend("const" = VERDICT_SCHEMA))]
    pub schema: String,
    /// The submission judged.
    pub submission_id: String,
    /// The case it belongs to.
    pub case_id: String,
    /// What happens next.
    pub disposition: Disposition,
    /// How far the documents prove what they were sent for, in `0.0..=1.0`.
    #[schemars(with = "f64")]
    pub score: Confidence,
    /// The documents found in the upload.
    pub documents: Vec<DocumentReport>,
    /// Every rule that was applied, and what it came to.
    pub findings: Vec<Finding>,
    /// The income computed, where income was to be proved and could be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income: Option<Income>,
    /// Whom of the household it is about, by the case's own name; the applicant where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    /// The inconsistencies that it clears, of those that the submission names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clears: Vec<String>,
    /// For the applicant, in plain words.
    pub messages: Messages,
    /// The rules that were applied.
    pub rules: RulesStamp,
    /// Who read the documents.
    pub readers: Vec<Reader>,
}

/// What happens next. There is no denial: only a caseworker decides against an applicant (42 CFR 435.952(c)(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The document proves what it was sent for; no person is needed.
    Verified,
    /// A person should look, and the findings say at what.
    Review,
    /// The applicant can mend it now, and is told how.
    Resubmit,
}

/// One document of the upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentReport {
    /// The name of a document rule file, or `unknown`.
    #[serde(rename = "type")]
    pub document_type: String,
    /// How sure the classification is.
    #[schemars(with = "f64")]
    pub type_confidence: Confidence,
    /// How the first page came to be a file.
    pub capture: Capture,
    /// The digests of the files it stands in.
    #[schemars(with = "Vec<String>")]
    pub files: Vec<Digest>,
    /// Its pages, numbered through the whole upload.
    pub pages: Vec<u32>,
    /// What it says, by field name; what it does not show has no entry.
    pub fields: BTreeMap<String, FieldReport>,
}

/// One field of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldReport {
    /// In normal form; null where the label is there but the value could not be read.
    pub value: Option<String>,
    /// That the value is right, in `0.0..=1.0`; null where it could not be read.
    #[schemars(with = "Option<f64>")]
    pub confidence: Option<Confidence>,
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
}

/// A place in the upload.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Counted from 1 through the whole upload.
    pub page: u32,
    /// Four corners in fractions of the page, clockwise from the text's own top left.
    #[schemars(with = "[[f64; 2]; 4]")]
    pub quad: Quad,
}

/// A rule and what it came to on these documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// `<proof>/<check>`, `<document type>/<constraint>` or `upload/<fault>`.
    pub rule: String,
    /// What it came to.
    pub outcome: Outcome,
    /// For the caseworker, with the figures.
    pub reason: String,
    /// The rule of law or the fact it rests on, with its source.
    pub citation: String,
    /// Where to look.
    pub evidence: Vec<Place>,
}

/// What a rule came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is met.
    Pass,
    /// It is not met.
    Fail,
    /// It could not be told: something is missing or not sure.
    Inconclusive,
    /// It does not speak of this submission.
    NotApplicable,
}

/// Income computed with the program's own factors; dollars with two decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Income {
    /// For one month.
    pub monthly: String,
    /// For one year.
    pub annual: String,
    /// The computation: `2002.50 biweekly x 26 / 12`.
    pub method: String,
    /// The same line by line, from what each payer pays to the sum, and how far it is from what was stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Where it stands beside the poverty guideline, where the household's size is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poverty_level: Option<PovertyLevel>,
}

/// An income beside the poverty guideline for a household; dollars with two decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PovertyLevel {
    /// The year of the guideline.
    pub guideline_year: String,
    /// For how many people.
    pub household_size: u32,
    /// The guideline, a year.
    pub guideline: String,
    /// The income as a percentage of it, with one decimal.
    pub percent: String,
    /// The limits that the program draws, by group of people.
    pub limits: Vec<LimitStanding>,
}

/// Where an income stands beside one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitStanding {
    /// Whose limit it is: `adult`, `child`.
    pub group: String,
    /// The limit in percent of the guideline.
    pub percent: String,
    /// The limit in dollars a month.
    pub monthly: String,
    /// Where the income is.
    pub standing: Standing,
}

/// On which side of a limit an income is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Within the limit.
    AtOrBelow,
    /// Over it.
    Above,
}

/// A message in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

/// Which rules were applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesStamp {
    /// The version that the rule files give themselves.
    pub version: String,
    /// The digest of all rule files.
    #[schemars(with = "String")]
    pub digest: Digest,
}

impl From<&ExtractedDocument> for DocumentReport {
    fn from(document: &ExtractedDocument) -> Self {
        let fields = document.fields.iter().map(|(name, field)| (name.clone(), FieldReport::from(field)));
        Self {
            document_type: document.document_type.clone(),
            type_confidence: document.type_confidence.rounded(),
            capture: document.capture,
            files: document.files.clone(),
            pages: document.pages.clone(),
            fields: fields.collect(),
        }
    }
}

impl From<&Field> for FieldReport {
    fn from(field: &Field) -> Self {
        let provenance = field.provenance();
        let place = Place { page: provenance.page, quad: provenance.quad.rounded() };
        match field {
            Field::Found { value, confidence, .. } => {
                Self { value: Some(value.to_string()), confidence: Some(confidence.rounded()), place }
            }
            Field::Unreadable { .. } => Self { value: None, confidence: None, place },
        }
    }
}
