//! An evaluation against a saved one: what got better, what got worse, and whether that is within what is tolerated.
//! Printing it is left to the command.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::verdict::Disposition;

use super::Evaluation;
use super::counts::{Tally, rounded, share};
use super::result::FileResult;
use super::summary::Summary;

/// The schema of [`Comparison`].
pub const COMPARISON_SCHEMA: &str = "vouch/comparison/1";

/// How many times the tolerance a figure of one type or one capture may lose: it rests on fewer fields.
const OF_A_GROUP: f64 = 4.0;

/// An evaluation against a saved one, over the files that both judge by the same type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// [`COMPARISON_SCHEMA`].
    #[schemars(extend("const" = COMPARISON_SCHEMA))]
    pub schema: String,
    /// How much a share over all files may fall; one of a type or a capture four times that.
    pub tolerance: f64,
    /// How many files are compared.
    pub files: usize,
    /// The files that only one has, or that have a rule file in only one.
    pub not_compared: BTreeSet<String>,
    /// Every figure, those over all files first.
    pub figures: Vec<Change>,
    /// The files of which anything changed.
    pub changed: Vec<FileChange>,
}

/// A figure then and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which.
    pub figure: Figure,
    /// Over which documents and fields.
    pub of: Part,
    /// Of the saved evaluation: a share in `0.0..=1.0`, or a count of false accepts.
    pub before: f64,
    /// Of this one.
    pub now: f64,
    /// What that means.
    pub outcome: Trend,
}

/// A figure that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The share of documents taken for what they are.
    TypesRight,
    /// The F1 over fields.
    FieldF1,
    /// The share of honest submissions that are verified.
    StraightThrough,
    /// How many submissions are verified and should not be. It is worse where one is that was not, whatever the sum.
    FalseAccepts,
}

/// A part of all documents and fields; all of them where nothing is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Documents of one type.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub document_type: Option<String>,
    /// Documents of one capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<String>,
    /// One field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What became of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// It is better.
    Better,
    /// It is as it was.
    Same,
    /// It is worse, but within the tolerance, or of one field alone.
    Worse,
    /// It is worse than is tolerated.
    Regressed,
}

/// What changed about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// Which.
    pub id: String,
    /// The types that it was and is taken for, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_type: Option<[String; 2]>,
    /// What its submission came to and comes to, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<[Disposition; 2]>,
    /// The fields that are right now and were not.
    pub newly_right: BTreeSet<String>,
    /// The fields that were right and are not.
    pub newly_wrong: BTreeSet<String>,
}

impl Comparison {
    /// `now` against `before`; `None` where they have no file in common.
    pub fn of(before: &Evaluation, now: &Evaluation, tolerance: f64) -> Option<Self> {
        let old: BTreeMap<&str, &FileResult> =
            before.files.iter().map(|file| (file.id.as_str(), file)).collect();
        let same_type = |file: &&FileResult| {
            old.get(file.id.as_str()).is_some_and(|old| old.expected_type == file.expected_type)
        };
        let common: Vec<&FileResult> = now.files.iter().filter(same_type).collect();
        let pairs = common.iter().filter_map(|now| Some((*old.get(now.id.as_str())?, *now)));
        let pairs: Vec<(&FileResult, &FileResult)> = pairs.collect();
        let compared: BTreeSet<&str> = common.iter().map(|file| file.id.as_str()).collect();
        let ids = before.files.iter().chain(&now.files).map(|file| file.id.as_str());
        let summary_of =
            |files: Vec<&FileResult>| Summary::of(&files.into_iter().cloned().collect::<Vec<_>>());
        let before = summary_of(pairs.iter().map(|(before, _)| *before).collect());
        let now = summary_of(pairs.iter().map(|(_, now)| *now).collect());
        (!pairs.is_empty()).then(|| Self {
            schema: COMPARISON_SCHEMA.to_owned(),
            tolerance,
            files: pairs.len(),
            not_compared: ids.filter(|id| !compared.contains(id)).map(str::to_owned).collect(),
            figures: figures(&before, &now, tolerance),
            changed: pairs.iter().filter_map(|(before, now)| FileChange::of(before, now)).collect(),
        })
    }

    /// What is worse than is tolerated.
    pub fn regressions(&self) -> impl Iterator<Item = &Change> {
        self.figures.iter().filter(|change| change.outcome == Trend::Regressed)
    }
}

fn figures(before: &Summary, now: &Summary, tolerance: f64) -> Vec<Change> {
    let mut figures = overall(before, now, tolerance);
    let group = Some(tolerance * OF_A_GROUP);
    let (old, new) = (&before.fields, &now.fields);
    for (capture, before, now) in both(&old.all.by_capture, &new.all.by_capture) {
        let of = Part { capture: Some(capture.clone()), ..Part::default() };
        figures.push(change(Figure::FieldF1, of, (before.f1(), now.f1()), group));
    }
    for (name, before, now) in both(&old.by_type, &new.by_type) {
        let of = Part { document_type: Some(name.clone()), ..Part::default() };
        figures.push(change_of_f1(of, (&before.all, &now.all), group));
    }
    for (name, before, now) in both(&old.by_type, &new.by_type) {
        for (field, before, now) in both(&before.by_field, &now.by_field) {
            let (document_type, field) = (Some(name.clone()), Some(field.clone()));
            let of = Part { document_type, field, capture: None };
            figures.push(change_of_f1(of, (before, now), None));
        }
    }
    figures
}

/// The figures over all files.
fn overall(before: &Summary, now: &Summary, tolerance: f64) -> Vec<Change> {
    let all = Part::default;
    let right = |summary: &Summary| share(summary.types.right, summary.types.files);
    let mut figures = vec![
        change(Figure::TypesRight, all(), (right(before), right(now)), Some(tolerance)),
        change_of_f1(all(), (&before.fields.all, &now.fields.all), Some(tolerance)),
    ];
    if let (Some(before), Some(now)) = (&before.dispositions, &now.dispositions) {
        let rates = (before.straight_through.share, now.straight_through.share);
        figures.push(change(Figure::StraightThrough, all(), rates, Some(tolerance)));
        let ids = |of: &super::dispositions::Dispositions| -> BTreeSet<String> {
            of.false_accepts.iter().map(|accept| accept.id.clone()).collect()
        };
        let (before, now) = (ids(before), ids(now));
        let outcome = match () {
            () if !now.is_subset(&before) => Trend::Regressed,
            () if now == before => Trend::Same,
            () => Trend::Better,
        };
        let (before, now) = (before.len() as f64, now.len() as f64);
        figures.push(Change { figure: Figure::FalseAccepts, of: all(), before, now, outcome });
    }
    figures
}

/// The entries that both have.
fn both<'a, T>(
    before: &'a BTreeMap<String, T>,
    now: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a String, &'a T, &'a T)> {
    before.iter().filter_map(|(name, before)| Some((name, before, now.get(name)?)))
}

fn change_of_f1(of: Part, (before, now): (&Tally, &Tally), tolerated: Option<f64>) -> Change {
    change(Figure::FieldF1, of, (before.all.f1(), now.all.f1()), tolerated)
}

/// A share then and now. Without a tolerance it is for information: however much it falls, it has not regressed.
fn change(figure: Figure, of: Part, (before, now): (f64, f64), tolerated: Option<f64>) -> Change {
    let (before, now) = (rounded(before), rounded(now));
    let lost = rounded(before - now);
    let outcome = match () {
        () if lost < 0.0 => Trend::Better,
        () if lost == 0.0 => Trend::Same,
        () if tolerated.is_some_and(|most| lost > most) => Trend::Regressed,
        () => Trend::Worse,
    };
    Change { figure, of, before, now, outcome }
}

impl FileChange {
    /// What changed, if anything did.
    fn of(before: &FileResult, now: &FileResult) -> Option<Self> {
        let (was, is) = (not_right(before), not_right(now));
        let differ = |before: &FileResult, now: &FileResult| {
            let types = [before.found_type.clone(), now.found_type.clone()];
            (types[0] != types[1]).then_some(types)
        };
        let verdicts = before.verdict.as_ref().zip(now.verdict.as_ref());
        let change = Self {
            id: now.id.clone(),
            found_type: differ(before, now),
            disposition: verdicts
                .map(|(before, now)| [before.found, now.found])
                .filter(|[was, is]| was != is),
            newly_right: was.difference(&is).map(|field| (*field).to_owned()).collect(),
            newly_wrong: is.difference(&was).map(|field| (*field).to_owned()).collect(),
        };
        (change != Self { id: now.id.clone(), ..Self::default() }).then_some(change)
    }
}

/// The fields that were missed, and those that were read though they are not there.
fn not_right(result: &FileResult) -> BTreeSet<&str> {
    let misses = result.misses.iter().map(|miss| miss.field.as_str());
    misses.chain(result.extras.iter().map(|extra| extra.field.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, found};
    use super::*;
    use Disposition::{Review, Verified};

    fn compared(before: &[Sample], now: &[Sample], tolerance: f64) -> Comparison {
        let evaluation = |samples: &[Sample]| {
            Evaluation::of(samples.iter().map(Sample::result).collect(), None, Vec::new())
        };
        Comparison::of(&evaluation(before), &evaluation(now), tolerance).unwrap()
    }

    /// What regressed, as figure and part.
    fn regressed(comparison: &Comparison) -> Vec<(Figure, Option<&str>)> {
        let part = |change: &Change| change.of.document_type.is_some().then_some("type");
        let named = |change: &Change| change.of.capture.is_some().then_some("capture").or(part(change));
        comparison.regressions().map(|change| (change.figure, named(change))).collect()
    }

    #[test]
    fn what_is_worse_than_tolerated_is_named() {
        let stub = |right: usize, missing: usize| {
            let fields = (0..right).fold(Sample::new("a").capture("scan"), |sample, nth| {
                sample.right(&format!("right {nth}"), 0.9)
            });
            (0..missing).fold(fields, |sample, nth| sample.miss(&format!("missing {nth}"), None))
        };
        let judged = |found| stub(10, 0).verdict(&[Verified], found);
        let forged = |found| Sample::new("forged").verdict(&[Review], found);
        type Expected<'a> = &'a [(Figure, Option<&'a str>)];
        type Case<'a> = (&'a str, Vec<Sample>, Vec<Sample>, f64, Expected<'a>);
        let cases: &[Case<'_>] = &[
            ("nothing changed", vec![stub(9, 1)], vec![stub(9, 1)], 0.0, &[]),
            ("better", vec![stub(9, 1)], vec![stub(10, 0)], 0.0, &[]),
            (
                "worse in all and in its groups",
                vec![stub(10, 0)],
                vec![stub(9, 1)],
                0.01,
                &[
                    (Figure::FieldF1, None),
                    (Figure::FieldF1, Some("capture")),
                    (Figure::FieldF1, Some("type")),
                ],
            ),
            (
                "groups are allowed more",
                vec![stub(10, 0)],
                vec![stub(9, 1)],
                0.02,
                &[(Figure::FieldF1, None)],
            ),
            ("tolerated", vec![stub(10, 0)], vec![stub(9, 1)], 0.06, &[]),
            (
                "another type",
                vec![Sample::new("a")],
                vec![Sample::new("a").taken_for("w2")],
                0.0,
                &[(Figure::TypesRight, None)],
            ),
            (
                "not verified any more",
                vec![judged(Verified)],
                vec![judged(Review)],
                0.005,
                &[(Figure::StraightThrough, None)],
            ),
            (
                "a new false accept",
                vec![forged(Review)],
                vec![forged(Verified)],
                1.0,
                &[(Figure::FalseAccepts, None)],
            ),
            ("one false accept less", vec![forged(Verified)], vec![forged(Review)], 0.0, &[]),
        ];
        for (name, before, now, tolerance, expected) in cases {
            assert_eq!(regressed(&compared(before, now, *tolerance)), *expected, "{name}");
        }
    }

    #[test]
    fn a_false_accept_in_place_of_another_is_worse() {
        let pair = |first, second| {
            let forged = |id, found| Sample::new(id).verdict(&[Review], found);
            vec![forged("a", first), forged("b", second)]
        };
        let comparison = compared(&pair(Verified, Review), &pair(Review, Verified), 0.0);
        assert_eq!(regressed(&comparison), [(Figure::FalseAccepts, None)]);
    }

    #[test]
    fn files_say_what_changed_about_them() {
        let before = Sample::new("a").right("lost", 0.9).miss("won", None).extra("gone");
        let now = Sample::new("a").miss("lost", found("y")).right("won", 0.9).taken_for("w2");
        let before = before.verdict(&[Verified], Verified);
        let comparison = compared(
            &[before, Sample::new("same"), Sample::new("old")],
            &[now.verdict(&[Verified], Review), Sample::new("same"), Sample::new("new")],
            1.0,
        );
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!((comparison.files, comparison.not_compared.clone()), (2, set(&["new", "old"])));
        let change = FileChange {
            id: "a".to_owned(),
            found_type: Some(["pay_stub".to_owned(), "w2".to_owned()]),
            disposition: Some([Verified, Review]),
            newly_right: set(&["gone", "won"]),
            newly_wrong: set(&["lost"]),
        };
        assert_eq!(comparison.changed, [change]);
    }

    #[test]
    fn a_type_that_has_a_rule_file_now_is_not_compared() {
        let before = [Sample::new("a").of_type("unknown"), Sample::new("b")];
        let comparison = compared(&before, &[Sample::new("a").taken_for("w2"), Sample::new("b")], 0.0);
        assert_eq!((comparison.files, regressed(&comparison)), (1, vec![]));
    }
}
