//! What became of each labelled document: the part of an evaluation that all figures follow from.
//! Making it is left to `judge`, counting it to `summary`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::verdict::{Disposition, Outcome, Place};

/// What became of one labelled document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileResult {
    /// As labelled, or else the file's name.
    pub id: String,
    /// Relative to the folder of the labels.
    pub file: String,
    /// How it came to be a file, as labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// As labelled.
    pub labelled_type: String,
    /// The type that it should be taken for; `unknown` where no rule file is for the labelled one.
    pub expected_type: String,
    /// The type that it was taken for.
    pub found_type: String,
    /// How sure each labelled field was that was read right, in `0.0..=1.0`.
    pub right: BTreeMap<String, f64>,
    /// The labelled fields that were not.
    pub misses: Vec<Miss>,
    /// Fields that were read and are not labelled, where the label is complete.
    pub extras: Vec<Extra>,
    /// What its submission came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictResult>,
}

/// A labelled field that was not read right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    /// The field.
    pub field: String,
    /// As labelled.
    pub expected: String,
    /// What was read instead, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// Where its label stands, if that was found without a value beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Place>,
}

/// A field that was read though the document does not show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// The field.
    pub field: String,
    /// What was read.
    pub found: Found,
}

/// What was read, how surely and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// In normal form.
    pub value: String,
    /// That it is right, in `0.0..=1.0`.
    pub confidence: f64,
    /// Where it stands; pages are counted within the file.
    pub place: Place,
}

/// What a submission came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictResult {
    /// What it may come to.
    pub expected: BTreeSet<Disposition>,
    /// What it came to.
    pub found: Disposition,
    /// The findings that speak against `verified`.
    pub open: Vec<OpenFinding>,
    /// The fields that were read wrong, and on which findings rest that are met.
    pub rests_on_wrong: BTreeSet<String>,
}

/// A finding that is not met, or could not be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenFinding {
    /// The rule.
    pub rule: String,
    /// What it came to.
    pub outcome: Outcome,
    /// For the caseworker, with the figures.
    pub reason: String,
}

impl FileResult {
    /// Whether it was taken for what it is.
    pub fn type_is_right(&self) -> bool {
        self.expected_type == self.found_type
    }
}

impl VerdictResult {
    /// Whether it must be verified and nothing else.
    pub fn is_honest(&self) -> bool {
        self.expected.iter().eq([&Disposition::Verified])
    }
}
