//! Norway: fødselsnummer.

use super::prelude::*;

/// Date of birth (day + 40 for a D-number), serial, two check digits modulo 11.
pub static FODSELSNUMMER: Recogniser =
    Recogniser::national("no-fodselsnummer", "Norwegian birth number", "NO", Shape::Digits(&[11]), fodselsnummer)
        .context(&["fødselsnummer", "fodselsnummer", "personnummer", "fnr"])
        .examples(&["15108695088", "151086 95088"], &["15108695077", "15138695088"]);

fn fodselsnummer(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let first = checksum::weighted(&digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
    let second = checksum::weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    let day = number(&digits[..2]);
    let day = if day > 40 { day - 40 } else { day };
    (first.is_multiple_of(11) && second.is_multiple_of(11) && checksum::is_short_date(number(&digits[2..4]) % 40, day))
        .then_some(Strength::by_chance(0.008 * 2.0 * SHORT_DATE_CHANCE))
}
