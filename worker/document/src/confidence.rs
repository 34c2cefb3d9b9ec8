//! How sure a reader is of what it read.

use serde::{Deserialize, Serialize};

/// A probability in `0.0..=1.0`. There is no default: what was not measured has no confidence.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

/// The number given is no probability.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not between 0 and 1")]
pub struct ConfidenceError(f64);

impl Confidence {
    /// Certain: for what was proved, such as a value that arithmetic confirms, never for what was not measured.
    pub const CERTAIN: Self = Self(1.0);

    /// A confidence of `value`, which must be between 0 and 1.
    pub fn new(value: f64) -> Result<Self, ConfidenceError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ConfidenceError(value)) }
    }

    /// The nearest confidence to `value`; NaN becomes 0.
    pub fn clamped(value: f64) -> Self {
        if value.is_nan() { Self(0.0) } else { Self(value.clamp(0.0, 1.0)) }
    }

    /// The probability, in `0.0..=1.0`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The same, rounded to four decimals: the precision of everything stored.
    pub fn rounded(self) -> Self {
        Self((self.0 * 10_000.0).round() / 10_000.0)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = ConfidenceError;

    fn try_from(value: f64) -> Result<Self, ConfidenceError> {
        Self::new(value)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probabilities_are_confidences() {
        assert!(Confidence::new(0.0).is_ok() && Confidence::new(1.0).is_ok());
        for wrong in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert!(Confidence::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Confidence::clamped(f64::NAN).get(), 0.0);
    }
}
