//! How often values are right that are said to be right with some confidence.
//! Which values those are is left to `summary`, drawing it to `report`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{rounded, share};

/// Where bins begin; the last ends at 1 and holds it. They are narrower where most values are and where rules decide.
const BEGINNINGS: [f64; 10] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995];

/// Stated confidence against how often right, over labelled fields that were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Of every document.
    pub all: Curve,
    /// Of those whose capture is labelled.
    pub by_capture: BTreeMap<String, Curve>,
}

/// The bins of some values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// How many values there are.
    pub values: usize,
    /// The expected calibration error: by how much the confidence of a value is off on average, in `0.0..=1.0`. Of each
    /// bin, that is the distance of its mean confidence from its share of right values.
    pub error: f64,
    /// Those that hold a value, from the least sure.
    pub bins: Vec<Bin>,
}

/// Values of about one confidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// The least confidence in it.
    pub from: f64,
    /// The confidence that it ends before; the last holds 1 as well.
    pub to: f64,
    /// How many values are in it.
    pub values: usize,
    /// How many of them are right.
    pub right: usize,
    /// Their mean confidence, in `0.0..=1.0`.
    pub stated: f64,
    /// The share that is right, in `0.0..=1.0`.
    pub observed: f64,
}

/// Confidences, each with whether it was right.
#[derive(Debug, Default)]
pub struct Stated {
    all: Vec<(f64, bool)>,
    by_capture: BTreeMap<String, Vec<(f64, bool)>>,
}

impl Stated {
    /// Adds a value that was found on a document of this capture.
    pub fn add(&mut self, capture: Option<&str>, confidence: f64, right: bool) {
        self.all.push((confidence, right));
        if let Some(capture) = capture {
            self.by_capture.entry(capture.to_owned()).or_default().push((confidence, right));
        }
    }

    /// What they come to.
    pub fn calibration(&self) -> Calibration {
        let by_capture = self.by_capture.iter();
        Calibration {
            all: Curve::of(&self.all),
            by_capture: by_capture.map(|(name, stated)| (name.clone(), Curve::of(stated))).collect(),
        }
    }
}

impl Curve {
    fn of(stated: &[(f64, bool)]) -> Self {
        let ends = BEGINNINGS.iter().skip(1).copied().chain([f64::INFINITY]);
        let bins: Vec<Bin> = BEGINNINGS
            .iter()
            .zip(ends)
            .filter_map(|(from, to)| {
                let within = |stated: &&(f64, bool)| (*from..to).contains(&stated.0);
                Bin::of(*from, to, &stated.iter().filter(within).copied().collect::<Vec<_>>())
            })
            .collect();
        let off = |bin: &Bin| (bin.stated - bin.observed).abs() * bin.values as f64;
        let error = bins.iter().map(off).sum::<f64>() / stated.len().max(1) as f64;
        Self { values: stated.len(), error: rounded(error), bins }
    }
}

impl Bin {
    fn of(from: f64, to: f64, stated: &[(f64, bool)]) -> Option<Self> {
        let (values, right) = (stated.len(), stated.iter().filter(|(_, right)| *right).count());
        let sum: f64 = stated.iter().map(|(confidence, _)| confidence).sum();
        (values > 0).then(|| Self {
            from,
            to: to.min(1.0),
            values,
            right,
            stated: rounded(sum / values as f64),
            observed: rounded(share(right, values)),
        })
    }

    /// Between which shares the true one lies with 95 % probability, by Wilson's score interval (E. B. Wilson, "Probable
    /// inference, the law of succession, and statistical inference", JASA 22, 1927).
    pub fn interval(&self) -> (f64, f64) {
        const Z: f64 = 1.96;
        let (count, observed) = (self.values as f64, share(self.right, self.values));
        let widened = 1.0 + Z * Z / count;
        let middle = (observed + Z * Z / (2.0 * count)) / widened;
        let half = Z / widened * (observed * (1.0 - observed) / count + Z * Z / (4.0 * count * count)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(stated: &[(f64, usize, usize)]) -> Curve {
        let each = |(confidence, right, wrong): &(f64, usize, usize)| {
            [vec![(*confidence, true); *right], vec![(*confidence, false); *wrong]].concat()
        };
        Curve::of(&stated.iter().flat_map(each).collect::<Vec<_>>())
    }

    #[test]
    fn values_fall_into_bins_and_bins_into_one_error() {
        type Given<'a> = &'a [(f64, usize, usize)];
        type Bins<'a> = &'a [(f64, f64, usize, usize)];
        let cases: [(&str, Given<'_>, Bins<'_>, f64); 5] = [
            ("nothing", &[], &[], 0.0),
            ("both ends", &[(0.0, 0, 1), (1.0, 1, 0)], &[(0.0, 0.5, 1, 0), (0.995, 1.0, 1, 1)], 0.0),
            ("an edge begins its bin", &[(0.9, 9, 1)], &[(0.9, 0.95, 10, 9)], 0.0),
            ("too sure", &[(0.96, 3, 1)], &[(0.95, 0.97, 4, 3)], 0.21),
            (
                "too sure and not sure enough do not cancel",
                &[(0.6, 4, 0), (0.96, 3, 1)],
                &[(0.5, 0.7, 4, 4), (0.95, 0.97, 4, 3)],
                0.305,
            ),
        ];
        for (name, stated, bins, error) in cases {
            let curve = curve(stated);
            let found: Vec<_> =
                curve.bins.iter().map(|bin| (bin.from, bin.to, bin.values, bin.right)).collect();
            assert_eq!((found.as_slice(), curve.error), (bins, error), "{name}");
        }
    }

    #[test]
    fn few_values_say_little() {
        let interval = |right, wrong| {
            let (from, to) = curve(&[(0.9, right, wrong)]).bins[0].interval();
            (rounded(from), rounded(to))
        };
        assert_eq!(interval(1, 0), (0.2065, 1.0));
        assert_eq!(interval(90, 10), (0.8256, 0.9448));
        assert_eq!(interval(0, 4), (0.0, 0.4899));
    }
}
