//! Ecuador: cédula.

use super::prelude::*;

/// Province 01 to 24 or 30, third digit below 6, Luhn.
pub static CEDULA: Recogniser =
    Recogniser::national("ec-cedula", "Ecuadorian cédula", "EC", Shape::Digits(&[10]), cedula)
        .prior(LOOSE)
        .context(&["cédula", "cedula", "c.i."])
        .examples(&["171430710-3", "1710034065"], &["171430710-4", "9910034065"]);

fn cedula(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (matches!(number(&digits[..2]), 1..=24 | 30) && digits[2] < 6 && checksum::luhn(&digits))
        .then_some(Strength::by_chance(0.1 * 0.25 * 0.6))
}
