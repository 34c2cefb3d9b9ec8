//! Measures what is read against what is labelled: types, and fields by precision, recall and F1.
//! Reading and extracting are left to `documents` and `verify`, printing to the command.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use document::Reading;
use serde::{Deserialize, Serialize};
use verify::field::UNKNOWN;
use verify::rules::{Rules, kind_of};

use compare::same;

/// One line of `labels.jsonl`: a file, its type, and what it says in the names and normal forms of the contract.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// Relative to the folder of the labels.
    pub file: String,
    /// A document type, or `unknown`.
    pub document_type: String,
    /// By field name; what is not labelled is not judged.
    #[serde(default)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// How the document came to be a file.
    #[serde(default)]
    pub capture: Option<String>,
}

/// What became of one file.
#[derive(Debug, Clone, Serialize)]
pub struct FileResult {
    /// As labelled.
    pub file: String,
    /// The type that it should be; `unknown` where no rule file is for the labelled one.
    pub expected_type: String,
    /// The type that it was taken for.
    pub found_type: String,
    /// Fields that were not read right.
    pub misses: Vec<Miss>,
    /// How many labelled fields were read right.
    pub right: usize,
}

/// A labelled field that was not read right.
#[derive(Debug, Clone, Serialize)]
pub struct Miss {
    /// The field.
    pub field: String,
    /// As labelled.
    pub expected: String,
    /// As read; `None` where nothing was.
    pub found: Option<String>,
}

/// Counts over labelled fields. A wrong value counts as a false positive and as a false negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Read right.
    pub true_positives: usize,
    /// Read wrong.
    pub false_positives: usize,
    /// Read wrong, or not at all.
    pub false_negatives: usize,
}

/// All results together.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// How many files were judged.
    pub files: usize,
    /// How many of them are of the type they should be.
    pub types_right: usize,
    /// Over the fields of all files whose type is built.
    pub fields: Counts,
    /// The same by document type.
    pub by_type: BTreeMap<String, Counts>,
    /// The same by document type and field.
    pub by_field: BTreeMap<String, BTreeMap<String, Counts>>,
    /// The same by capture, where it is labelled.
    pub by_capture: BTreeMap<String, Counts>,
}

/// What was read of one file, held against its label.
pub fn judge(label: &Label, reading: &Reading, rules: &Rules) -> FileResult {
    let documents = verify::arrange::documents(std::slice::from_ref(reading), rules);
    let built = rules.document(&label.document_type);
    let expected_type = built.map_or(UNKNOWN, |built| built.name()).to_owned();
    let as_expected = documents.iter().find(|document| document.document_type == expected_type);
    let found = as_expected.or_else(|| documents.first());
    let found_type = found.map_or(UNKNOWN, |document| document.document_type.as_str()).to_owned();
    let mut result =
        FileResult { file: label.file.clone(), expected_type, found_type, misses: Vec::new(), right: 0 };
    let Some(built) = built else { return result };
    for (name, expected) in &label.fields {
        let Some(expected) = expected.as_str() else { continue };
        let kind = kind_of(&built.rule, name);
        let field = found.filter(|document| document.document_type == built.name());
        let field = field.and_then(|document| document.fields.get(name)).and_then(|field| field.value());
        let read = field.map(ToString::to_string);
        if read.as_ref().is_some_and(|read| same(kind, read, expected)) {
            result.right += 1;
        } else {
            result.misses.push(Miss { field: name.clone(), expected: expected.to_owned(), found: read });
        }
    }
    result
}

impl Summary {
    /// Adds one file's result.
    pub fn add(&mut self, label: &Label, result: &FileResult) {
        self.files += 1;
        self.types_right += usize::from(result.expected_type == result.found_type);
        if result.expected_type == UNKNOWN {
            return;
        }
        let missed: BTreeSet<&str> = result.misses.iter().map(|miss| miss.field.as_str()).collect();
        let right = label.fields.keys().filter(|name| !missed.contains(name.as_str()));
        let right = right.map(|name| (name.as_str(), Counts { true_positives: 1, ..Counts::default() }));
        let wrong = result.misses.iter().map(|miss| {
            let false_positives = usize::from(miss.found.is_some());
            (miss.field.as_str(), Counts { false_positives, false_negatives: 1, ..Counts::default() })
        });
        for (field, counts) in right.chain(wrong) {
            self.fields += counts;
            *self.by_type.entry(result.expected_type.clone()).or_default() += counts;
            let fields = self.by_field.entry(result.expected_type.clone()).or_default();
            *fields.entry(field.to_owned()).or_default() += counts;
            if let Some(capture) = &label.capture {
                *self.by_capture.entry(capture.clone()).or_default() += counts;
            }
        }
    }
}

impl Counts {
    /// The share of what was read that is right; 1 where nothing was read.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of what is labelled that was read right; 1 where nothing is labelled.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let doubled = 2 * self.true_positives;
        share(doubled, doubled + self.false_positives + self.false_negatives)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_their_definitions() {
        let counts = Counts { true_positives: 6, false_positives: 2, false_negatives: 4 };
        assert_eq!((counts.precision(), counts.recall()), (0.75, 0.6));
        assert!((counts.f1() - 2.0 * 0.75 * 0.6 / 1.35).abs() < 1e-12);
        assert_eq!(Counts::default().f1(), 1.0);
    }

    #[test]
    fn a_wrong_value_counts_twice_and_a_missing_one_once() {
        let label = |fields: &[&str]| Label {
            file: "a".to_owned(),
            document_type: "w2".to_owned(),
            fields: fields.iter().map(|name| ((*name).to_owned(), "x".into())).collect(),
            capture: Some("scan".to_owned()),
        };
        let miss = |field: &str, found: Option<&str>| Miss {
            field: field.to_owned(),
            expected: "x".to_owned(),
            found: found.map(str::to_owned),
        };
        let result = FileResult {
            file: "a".to_owned(),
            expected_type: "w2".to_owned(),
            found_type: "w2".to_owned(),
            misses: vec![miss("b", Some("y")), miss("c", None)],
            right: 1,
        };
        let mut summary = Summary::default();
        summary.add(&label(&["a", "b", "c"]), &result);
        let expected = Counts { true_positives: 1, false_positives: 1, false_negatives: 2 };
        assert_eq!(
            (summary.fields, summary.by_capture["scan"], summary.types_right),
            (expected, expected, 1)
        );
    }
}
