//! How sure a verdict is.

use serde::Deserialize;
use serde::Serialize;

/// A probability that a verdict is right. INVARIANT: finite, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// No doubt left, for example because a person confirmed it.
    pub const CERTAIN: Self = Self(1.0);
    /// Nothing speaks for it.
    pub const NONE: Self = Self(0.0);

    /// Clamps `value` into 0 to 1; a NaN counts as 0.
    pub fn new(value: f64) -> Self {
        if value.is_nan() { Self(0.0) } else { Self(value.clamp(0.0, 1.0)) }
    }

    /// The probability for natural-logarithm odds: 0 means even odds.
    pub fn from_log_odds(log_odds: f64) -> Self {
        Self::new(1.0 / (1.0 + (-log_odds).exp()))
    }

    /// The probability as a number, 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Whole per cent, 0 to 100, for people.
    pub fn percent(self) -> u8 {
        // Clamped to 0..=100 by the invariant.
        (self.0 * 100.0).round() as u8
    }
}

impl TryFrom<f64> for Confidence {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("a confidence lies between 0 and 1, not {value}"))
        }
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
    fn confidence_is_always_between_zero_and_one() {
        assert_eq!(Confidence::new(f64::NAN), Confidence::NONE);
        assert_eq!(Confidence::new(7.0), Confidence::CERTAIN);
        assert_eq!(Confidence::from_log_odds(0.0).value(), 0.5);
        assert!(Confidence::try_from(1.5).is_err());
    }
}
