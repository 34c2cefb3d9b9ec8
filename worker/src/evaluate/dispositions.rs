//! What submissions came to, against what they should: the matrix, straight-through, false accepts, needless reviews.
//! What each came to is told by `result`, the figures over fields by `summary`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::verdict::Disposition;

use super::counts::{rounded, share};
use super::result::{FileResult, Miss, OpenFinding, VerdictResult};
use crate::report;

/// All submissions together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispositions {
    /// Of every submission.
    pub all: Matrix,
    /// By labelled type.
    pub by_type: BTreeMap<String, Matrix>,
    /// By capture, where it is labelled.
    pub by_capture: BTreeMap<String, Matrix>,
    /// How many honest submissions are verified.
    pub straight_through: Rate,
    /// Verified though they must not be, or not on what was read.
    pub false_accepts: Vec<FalseAccept>,
    /// Verified, rightly for all that is known, with a labelled value read wrong on which no finding rests.
    pub verified_with_wrong_values: Vec<WrongValues>,
    /// Honest, and not verified.
    pub needless: Vec<Needless>,
    /// The rules that opened them, by how many they opened, the most first.
    pub needless_by_rule: Vec<Opener>,
}

/// What submissions came to, by what they should: rows are `verified` for honest ones, else a disposition or several
/// joined by `or`.
pub type Matrix = BTreeMap<String, Row>;

/// What submissions of one expectation came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Verified.
    pub verified: usize,
    /// A person looks.
    pub review: usize,
    /// Sent back to the applicant.
    pub resubmit: usize,
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The part.
    pub part: usize,
    /// The whole.
    pub whole: usize,
    /// The share, in `0.0..=1.0`; 1 of nothing.
    pub share: f64,
}

/// A submission that is verified and should not be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FalseAccept {
    /// Which.
    pub id: String,
    /// Why it should not be.
    pub why: Why,
    /// The values that were read wrong and that findings rest on.
    pub wrong: Vec<Miss>,
}

/// Why a submission should not be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It must come to something else.
    NotExpected,
    /// Its document was taken for another type.
    WrongType,
    /// A finding rests on a value that was read wrong.
    WrongValue,
}

/// A verified submission with values that were read wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrongValues {
    /// Which.
    pub id: String,
    /// The values.
    pub wrong: Vec<Miss>,
}

/// An honest submission that is not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needless {
    /// Which.
    pub id: String,
    /// What it came to.
    pub found: Disposition,
    /// The findings that opened it.
    pub open: Vec<OpenFinding>,
}

/// A rule that opened honest submissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opener {
    /// The rule.
    pub rule: String,
    /// How many it opened.
    pub submissions: usize,
    /// How many of them nothing else opened.
    pub alone: usize,
}

impl Dispositions {
    /// Those of all results that have a verdict; `None` where none has.
    pub fn of(results: &[FileResult]) -> Option<Self> {
        let mut all = Self::default();
        for result in results {
            if let Some(verdict) = &result.verdict {
                all.add(result, verdict);
            }
        }
        let straight = &mut all.straight_through;
        straight.share = rounded(share(straight.part, straight.whole));
        all.needless_by_rule = openers(&all.needless);
        (!all.all.is_empty()).then_some(all)
    }

    fn add(&mut self, result: &FileResult, verdict: &VerdictResult) {
        let by_capture = result.capture.clone().map(|name| self.by_capture.entry(name).or_default());
        let by_type = self.by_type.entry(result.labelled_type.clone()).or_default();
        for matrix in [Some(&mut self.all), Some(by_type), by_capture].into_iter().flatten() {
            matrix.entry(expectation(&verdict.expected)).or_default().add(verdict.found);
        }
        let verified = verdict.found == Disposition::Verified;
        if verdict.is_honest() {
            self.straight_through.whole += 1;
            self.straight_through.part += usize::from(verified);
            if !verified {
                let (id, open) = (result.id.clone(), verdict.open.clone());
                self.needless.push(Needless { id, found: verdict.found, open });
            }
        }
        if verified {
            self.add_verified(result, verdict);
        }
    }

    fn add_verified(&mut self, result: &FileResult, verdict: &VerdictResult) {
        let id = result.id.clone();
        let wrong = result.misses.iter().filter(|miss| miss.found.is_some());
        if let Some(why) = why_not(result, verdict) {
            let wrong = wrong.filter(|miss| verdict.rests_on_wrong.contains(&miss.field)).cloned().collect();
            self.false_accepts.push(FalseAccept { id, why, wrong });
        } else if wrong.clone().next().is_some() {
            self.verified_with_wrong_values.push(WrongValues { id, wrong: wrong.cloned().collect() });
        }
    }
}

impl Row {
    fn add(&mut self, found: Disposition) {
        *match found {
            Disposition::Verified => &mut self.verified,
            Disposition::Review => &mut self.review,
            Disposition::Resubmit => &mut self.resubmit,
        } += 1;
    }
}

/// Why a verified submission should not be, the worst reason first.
fn why_not(result: &FileResult, verdict: &VerdictResult) -> Option<Why> {
    match () {
        () if !verdict.expected.contains(&Disposition::Verified) => Some(Why::NotExpected),
        () if !result.type_is_right() => Some(Why::WrongType),
        () if !verdict.rests_on_wrong.is_empty() => Some(Why::WrongValue),
        () => None,
    }
}

/// What a submission may come to, in words.
fn expectation(expected: &BTreeSet<Disposition>) -> String {
    expected.iter().map(|one| report::disposition(*one)).collect::<Vec<_>>().join(" or ")
}

fn openers(needless: &[Needless]) -> Vec<Opener> {
    let mut by_rule: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in needless {
        let rules: BTreeSet<&str> = one.open.iter().map(|open| open.rule.as_str()).collect();
        for rule in &rules {
            let (submissions, alone) = by_rule.entry(rule).or_default();
            *submissions += 1;
            *alone += usize::from(rules.len() == 1);
        }
    }
    let opener =
        |(rule, (submissions, alone)): (&str, _)| Opener { rule: rule.to_owned(), submissions, alone };
    let mut openers: Vec<Opener> = by_rule.into_iter().map(opener).collect();
    openers
        .sort_by_key(|opener| (std::cmp::Reverse((opener.submissions, opener.alone)), opener.rule.clone()));
    openers
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, found};
    use super::*;
    use Disposition::{Resubmit, Review, Verified};

    #[test]
    fn submissions_are_sorted_by_what_they_should_come_to() {
        let of = |samples: &[Sample]| {
            Dispositions::of(&samples.iter().map(Sample::result).collect::<Vec<_>>()).unwrap()
        };
        let all = of(&[
            Sample::new("good").verdict(&[Verified], Verified),
            Sample::new("slow").verdict(&[Verified], Review).open(&["b", "a", "a"]),
            Sample::new("lost").verdict(&[Verified], Resubmit).open(&["a"]),
            Sample::new("forged").capture("photo").verdict(&[Review, Resubmit], Resubmit).open(&["c"]),
            Sample::new("let in").verdict(&[Review], Verified),
            Sample::new("either").verdict(&[Verified, Review], Review).open(&["d"]),
        ]);
        let rows: Vec<_> = all.all.iter().map(|(name, row)| (name.as_str(), *row)).collect();
        let row = |verified, review, resubmit| Row { verified, review, resubmit };
        let expected = [
            ("review", row(1, 0, 0)),
            ("review or resubmit", row(0, 0, 1)),
            ("verified", row(1, 1, 1)),
            ("verified or review", row(0, 1, 0)),
        ];
        assert_eq!(rows, expected);
        assert_eq!(all.by_capture["photo"]["review or resubmit"], row(0, 0, 1));
        assert_eq!(all.straight_through, Rate { part: 1, whole: 3, share: 0.3333 });
        let needless: Vec<_> = all.needless.iter().map(|one| (one.id.as_str(), one.found)).collect();
        assert_eq!(needless, [("slow", Review), ("lost", Resubmit)]);
        let rules = all.needless_by_rule.iter().map(|one| (one.rule.as_str(), one.submissions, one.alone));
        assert_eq!(rules.collect::<Vec<_>>(), [("a", 2, 1), ("b", 1, 0)]);
    }

    #[test]
    fn what_is_verified_and_should_not_be_is_named_with_the_reason() {
        let verified = |expected: &[Disposition]| Sample::new("x").verdict(expected, Verified);
        let cases = [
            ("right", verified(&[Verified]), None, false),
            ("not expected", verified(&[Resubmit]), Some(Why::NotExpected), false),
            ("another type", verified(&[Verified]).taken_for("w2"), Some(Why::WrongType), false),
            ("a wrong value", verified(&[Verified]).miss("a", found("y")), None, true),
            ("a missing value", verified(&[Verified]).miss("a", None), None, false),
            (
                "a wrong value that a finding rests on",
                verified(&[Verified]).miss("a", found("y")).rests_on(&["a"]),
                Some(Why::WrongValue),
                false,
            ),
            (
                "both",
                verified(&[Review]).miss("a", found("y")).rests_on(&["a"]),
                Some(Why::NotExpected),
                false,
            ),
        ];
        for (name, sample, why, listed) in cases {
            let all = Dispositions::of(&[sample.result()]).unwrap();
            assert_eq!(all.false_accepts.first().map(|accept| accept.why), why, "{name}");
            assert_eq!(!all.verified_with_wrong_values.is_empty(), listed, "{name}");
        }
        assert_eq!(Dispositions::of(&[Sample::new("no submission").result()]), None);
    }
}
