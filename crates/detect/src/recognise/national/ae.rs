//! United Arab Emirates: Emirates ID.

use super::prelude::*;

/// 784, year of birth, seven digits, Luhn.
pub static EMIRATES_ID: Recogniser =
    Recogniser::national("ae-emirates-id", "Emirates ID", "AE", Shape::Digits(&[15]), emirates_id)
        .context(&["emirates id", "eid", "الهوية"])
        .examples(&["784-1984-1234567-4"], &["784-1984-1234567-8", "123-1984-1234567-4"]);

fn emirates_id(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let year = number(&digits[3..7]);
    (digits.starts_with(&[7, 8, 4]) && (1900..2100).contains(&year) && checksum::luhn(&digits))
        .then_some(Strength::by_chance(0.1 * 0.001 * 0.02))
}
