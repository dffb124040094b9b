//! Croatia: OIB.

use super::prelude::*;

/// Eleven digits, ISO 7064 MOD 11,10.
pub static OIB: Recogniser = Recogniser::national("hr-oib", "Croatian OIB", "HR", Shape::Digits(&[11]), oib)
    .context(&["oib"])
    .examples(&["33392005961"], &["33392005962", "11111111111"]);

fn oib(candidate: &Candidate<'_>) -> Option<Strength> {
    (checksum::mod_11_10(&candidate.digits()) && !candidate.is_monotone()).then_some(Strength::by_chance(0.1))
}
