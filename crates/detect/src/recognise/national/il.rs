//! Israel: identity number.

use super::prelude::*;

/// Nine digits, Luhn.
pub static ID: Recogniser =
    Recogniser::national("il-id", "Israeli identity number", "IL", Shape::Digits(&[9]), identity)
        .prior(LOOSE)
        .context(&["תעודת זהות", "teudat zehut", "israeli id"])
        .examples(&["039337423"], &["039337424", "000000000"]);

fn identity(candidate: &Candidate<'_>) -> Option<Strength> {
    checksum::luhn(&candidate.digits()).then_some(Strength::by_chance(0.1))
}
