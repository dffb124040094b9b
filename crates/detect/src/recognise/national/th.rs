//! Thailand: identity card.

use super::prelude::*;

/// Thirteen digits, weighted modulo 11.
pub static ID: Recogniser = Recogniser::national("th-id", "Thai identity number", "TH", Shape::Digits(&[13]), identity)
    .context(&["บัตรประชาชน", "thai id"])
    .examples(&["7-2620-00065-22-3", "1-1014-00000-55-3"], &["7-2620-00065-22-8", "0-2620-00065-22-3"]);

fn identity(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let sum = checksum::weighted(&digits[..12], &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (matches!(digits[0], 1..=8) && (11 - sum % 11) % 10 == u32::from(digits[12])).then_some(Strength::by_chance(0.08))
}
