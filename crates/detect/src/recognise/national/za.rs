//! South Africa: identity number.

use super::prelude::*;

/// Date of birth, serial, citizenship, Luhn.
pub static ID: Recogniser = Recogniser::national("za-id", "South African id", "ZA", Shape::Digits(&[13]), identity)
    .context(&["id number", "south african id", "sa id"])
    .examples(&["7503305044089", "800101 5009 087"], &["7503305044088", "7513305044089"]);

fn identity(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::luhn(&digits) && digits[10] < 2 && checksum::is_short_date(number(&digits[2..4]), number(&digits[4..6])))
        .then_some(Strength::by_chance(0.1 * 0.2 * SHORT_DATE_CHANCE))
}
