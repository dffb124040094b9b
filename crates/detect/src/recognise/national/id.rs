//! Indonesia: NIK.

use super::prelude::*;

/// Region, date of birth (day + 40 for women), serial; no check digit.
pub static NIK: Recogniser = Recogniser::national("id-nik", "Indonesian NIK", "ID", Shape::Digits(&[16]), nik)
    .prior(LOOSE)
    .context(&["nik", "ktp"])
    .examples(&["3171011708450001"], &["3171013208450001", "0171011708450001"]);

fn nik(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let day = number(&digits[6..8]);
    let day = if day > 40 { day - 40 } else { day };
    (matches!(number(&digits[..2]), 11..=94)
        && candidate.marks() == Marks::NONE
        && number(&digits[12..16]) > 0
        && checksum::is_short_date(number(&digits[8..10]), day))
    .then_some(Strength::by_chance(0.8 * 2.0 * SHORT_DATE_CHANCE))
}
