//! Malaysia: NRIC.

use super::prelude::*;

/// Date of birth, place, serial, written 6-2-4; no check digit.
pub static NRIC: Recogniser = Recogniser::national("my-nric", "Malaysian NRIC", "MY", Shape::Digits(&[12]), nric)
    .context(&["nric", "mykad", "no. kp", "kad pengenalan"])
    .examples(&["770305-02-1234"], &["771305-02-1234", "770305021234"]);

fn nric(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let text = candidate.text().as_bytes();
    (text.len() == 14
        && text[6] == b'-'
        && text[9] == b'-'
        && matches!(number(&digits[6..8]), 1..=16 | 21..=59 | 60..=68 | 71 | 72 | 74..=93 | 98 | 99)
        && checksum::is_short_date(number(&digits[2..4]), number(&digits[4..6])))
    .then_some(Strength::by_chance(SHORT_DATE_CHANCE))
}
