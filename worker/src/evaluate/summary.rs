//! All results together: types, fields, calibration and dispositions.
//! What became of each document is told by `result`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::field::UNKNOWN;

use super::calibration::{Calibration, Stated};
use super::counts::{Counts, Figures, Tally};
use super::dispositions::Dispositions;
use super::result::FileResult;

/// All results together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Which types documents were taken for.
    pub types: Types,
    /// How the fields of documents were read whose type has a rule file.
    pub fields: Fields,
    /// How often values are right that are said to be.
    pub calibration: Calibration,
    /// What the submissions came to, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispositions: Option<Dispositions>,
}

/// Which types documents were taken for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// How many documents there are.
    pub files: usize,
    /// How many were taken for what they are. Those of types without a rule file should be `unknown`.
    pub right: usize,
    /// By type.
    #[schemars(with = "BTreeMap<String, Figures>")]
    pub by_type: BTreeMap<String, Counts>,
    /// Those that were not, the most frequent first.
    pub confusions: Vec<Confusion>,
}

/// Documents of one type that were taken for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// The type as labelled.
    pub labelled: String,
    /// The type that they were taken for.
    pub found: String,
    /// How many.
    pub files: usize,
}

/// How fields were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// Of every type.
    pub all: Tally,
    /// By type.
    pub by_type: BTreeMap<String, TypeFields>,
    /// How many were read that documents do not show; only complete labels tell.
    pub extras: usize,
}

/// How the fields of one type were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeFields {
    /// All of them.
    pub all: Tally,
    /// By field.
    pub by_field: BTreeMap<String, Tally>,
}

/// Of more captures than this each says little, and they are not shown side by side.
const MOST_TIERS: usize = 6;

impl Summary {
    /// The captures that figures are shown for side by side; none where labels tell too many apart.
    pub fn tiers(&self) -> Vec<&str> {
        let captures = &self.fields.all.by_capture;
        let few = captures.len() <= MOST_TIERS;
        captures.keys().filter(|_| few).map(String::as_str).collect()
    }

    /// What the results come to.
    pub fn of(results: &[FileResult]) -> Self {
        let mut fields = Fields::default();
        let mut stated = Stated::default();
        for result in results {
            fields.add(result);
            state(result, &mut stated);
        }
        Self {
            types: Types::of(results),
            fields,
            calibration: stated.calibration(),
            dispositions: Dispositions::of(results),
        }
    }
}

impl Types {
    fn of(results: &[FileResult]) -> Self {
        let mut types = Self { files: results.len(), ..Self::default() };
        let mut confusions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for result in results {
            let (expected, found) = (&result.expected_type, &result.found_type);
            if result.type_is_right() {
                types.right += 1;
                *types.by_type.entry(expected.clone()).or_default() += Counts::RIGHT;
            } else {
                *types.by_type.entry(expected.clone()).or_default() += Counts::MISSING;
                *types.by_type.entry(found.clone()).or_default() += Counts::EXTRA;
                *confusions.entry((&result.labelled_type, found)).or_default() += 1;
            }
        }
        let confusion = |((labelled, found), files): ((&str, &str), usize)| Confusion {
            labelled: labelled.to_owned(),
            found: found.to_owned(),
            files,
        };
        types.confusions = confusions.into_iter().map(confusion).collect();
        types.confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.files));
        types
    }
}

impl Fields {
    fn add(&mut self, result: &FileResult) {
        if result.expected_type == UNKNOWN {
            return;
        }
        let capture = result.capture.as_deref();
        self.extras += result.extras.len();
        let own = self.by_type.entry(result.expected_type.clone()).or_default();
        for (field, counts) in counted(result) {
            self.all.add(capture, counts);
            own.all.add(capture, counts);
            own.by_field.entry(field.to_owned()).or_default().add(capture, counts);
        }
    }
}

/// Each field of a document, and what it counts as.
fn counted(result: &FileResult) -> impl Iterator<Item = (&str, Counts)> {
    let right = result.right.keys().map(|field| (field.as_str(), Counts::RIGHT));
    let missed = result.misses.iter().map(|miss| {
        let counts = if miss.found.is_some() { Counts::WRONG } else { Counts::MISSING };
        (miss.field.as_str(), counts)
    });
    right.chain(missed).chain(result.extras.iter().map(|extra| (extra.field.as_str(), Counts::EXTRA)))
}

/// The labelled fields of a document that were found, right or wrong.
fn state(result: &FileResult, stated: &mut Stated) {
    let capture = result.capture.as_deref();
    for confidence in result.right.values() {
        stated.add(capture, *confidence, true);
    }
    for found in result.misses.iter().filter_map(|miss| miss.found.as_ref()) {
        stated.add(capture, found.confidence, false);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, found};
    use super::*;

    fn summary(samples: &[Sample]) -> Summary {
        Summary::of(&samples.iter().map(Sample::result).collect::<Vec<_>>())
    }

    #[test]
    fn a_wrong_value_counts_twice_and_a_missing_or_extra_one_once() {
        let stub = || Sample::new("a").capture("scan").right("a", 0.99);
        let cases = [
            ("right", stub(), (1, 0, 0), 0),
            ("wrong", stub().miss("b", found("y")), (1, 1, 1), 0),
            ("missing", stub().miss("b", None), (1, 0, 1), 0),
            ("extra", stub().extra("b"), (1, 1, 0), 1),
            ("of no type that is known", stub().of_type("unknown").miss("b", None), (0, 0, 0), 0),
        ];
        for (name, sample, (true_positives, false_positives, false_negatives), extras) in cases {
            let fields = summary(&[sample]).fields;
            let expected = Counts { true_positives, false_positives, false_negatives };
            assert_eq!((fields.all.all, fields.extras), (expected, extras), "{name}");
            let of_type = fields.by_type.values().next().map(|own| own.all.all).unwrap_or_default();
            let of_capture = fields.all.by_capture.get("scan").copied().unwrap_or_default();
            assert_eq!((of_type, of_capture), (expected, expected), "{name}");
        }
    }

    #[test]
    fn fields_are_told_apart_by_type_and_capture() {
        let all = summary(&[
            Sample::new("a").capture("scan").right("name", 0.9),
            Sample::new("b").capture("photo").miss("name", None),
            Sample::new("c").of_type("w2").right("name", 0.9),
        ]);
        let name = &all.fields.by_type["pay_stub"].by_field["name"];
        assert_eq!(name.all, Counts { true_positives: 1, false_positives: 0, false_negatives: 1 });
        assert_eq!(name.by_capture["photo"], Counts::MISSING);
        assert_eq!(all.fields.by_type["w2"].by_field["name"].all, Counts::RIGHT);
        assert!(all.fields.by_type["w2"].all.by_capture.is_empty());
    }

    #[test]
    fn a_document_taken_for_another_type_counts_against_both() {
        let all = summary(&[
            Sample::new("a"),
            Sample::new("b").taken_for("w2"),
            Sample::new("c").taken_for("w2"),
            Sample::new("d").of_type("w2").taken_for("unknown"),
        ]);
        assert_eq!((all.types.files, all.types.right), (4, 1));
        let by_type = |name: &str| all.types.by_type[name];
        let counts = |true_positives, false_positives, false_negatives| Counts {
            true_positives,
            false_positives,
            false_negatives,
        };
        assert_eq!(by_type("pay_stub"), counts(1, 0, 2));
        assert_eq!(by_type("w2"), counts(0, 2, 1));
        assert_eq!(by_type("unknown"), counts(0, 1, 0));
        let confusions = all.types.confusions.iter();
        let confusions: Vec<_> =
            confusions.map(|it| (it.labelled.as_str(), it.found.as_str(), it.files)).collect();
        assert_eq!(confusions, [("pay_stub", "w2", 2), ("w2", "unknown", 1)]);
    }

    #[test]
    fn confidences_are_of_labelled_values_that_were_found() {
        let sample = Sample::new("a").capture("fax").right("a", 0.96).miss("b", found("y")).miss("c", None);
        let calibration = summary(&[sample.extra("d")]).calibration;
        let bins: Vec<_> = calibration.all.bins.iter().map(|bin| (bin.from, bin.values, bin.right)).collect();
        assert_eq!(bins, [(0.9, 1, 0), (0.95, 1, 1)]);
        assert_eq!(calibration.by_capture["fax"], calibration.all);
    }
}
