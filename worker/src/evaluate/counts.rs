//! Counts of what was read right, read wrong and not read, and the figures that follow from them.
//! What is counted where is left to `summary`.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts over labelled fields. A wrong value counts as a false positive and as a false negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Figures", from = "Figures")]
pub struct Counts {
    /// Read right.
    pub true_positives: usize,
    /// Read wrong, or read where there is nothing.
    pub false_positives: usize,
    /// Read wrong, or not at all.
    pub false_negatives: usize,
}

/// [`Counts`] as they are written, with what follows from them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Read right.
    pub true_positives: usize,
    /// Read wrong, or read where there is nothing.
    pub false_positives: usize,
    /// Read wrong, or not at all.
    pub false_negatives: usize,
    /// The share of what was read that is right, in `0.0..=1.0`; 1 where nothing was read.
    pub precision: f64,
    /// The share of what is labelled that was read right, in `0.0..=1.0`; 1 where nothing is labelled.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// Counts in all and by capture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Of every document.
    #[schemars(with = "Figures")]
    pub all: Counts,
    /// Of those whose capture is labelled.
    #[schemars(with = "BTreeMap<String, Figures>")]
    pub by_capture: BTreeMap<String, Counts>,
}

impl Counts {
    /// One that is right.
    pub const RIGHT: Self = Self { true_positives: 1, false_positives: 0, false_negatives: 0 };
    /// One that is wrong.
    pub const WRONG: Self = Self { true_positives: 0, false_positives: 1, false_negatives: 1 };
    /// One that is there and was not found.
    pub const MISSING: Self = Self { true_positives: 0, false_positives: 0, false_negatives: 1 };
    /// One that was found and is not there.
    pub const EXTRA: Self = Self { true_positives: 0, false_positives: 1, false_negatives: 0 };

    /// The share of what was read that is right; 1 where nothing was read.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of what is labelled that was read right; 1 where nothing is labelled.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.labelled())
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let doubled = 2 * self.true_positives;
        share(doubled, doubled + self.false_positives + self.false_negatives)
    }

    /// How many there are to be read.
    pub fn labelled(&self) -> usize {
        self.true_positives + self.false_negatives
    }
}

impl Tally {
    /// Adds what was counted on a document of this capture.
    pub fn add(&mut self, capture: Option<&str>, counts: Counts) {
        self.all += counts;
        if let Some(capture) = capture {
            *self.by_capture.entry(capture.to_owned()).or_default() += counts;
        }
    }
}

/// `part` of `whole`, in `0.0..=1.0`; 1 of nothing.
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// To four decimals: the precision of everything stored.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
    }
}

impl From<Counts> for Figures {
    fn from(counts: Counts) -> Self {
        let Counts { true_positives, false_positives, false_negatives } = counts;
        let (precision, recall) = (rounded(counts.precision()), rounded(counts.recall()));
        Self { true_positives, false_positives, false_negatives, precision, recall, f1: rounded(counts.f1()) }
    }
}

impl From<Figures> for Counts {
    fn from(figures: Figures) -> Self {
        let Figures { true_positives, false_positives, false_negatives, .. } = figures;
        Self { true_positives, false_positives, false_negatives }
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
    fn counts_are_kept_with_their_figures_and_come_back() {
        let counts = Counts { true_positives: 6, false_positives: 2, false_negatives: 4 };
        let text = serde_json::to_string(&counts).unwrap();
        assert!(text.contains(r#""precision":0.75,"recall":0.6,"f1":0.6667"#), "{text}");
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), counts);
    }
}
