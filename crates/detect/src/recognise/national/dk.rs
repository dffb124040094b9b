//! Denmark: CPR number.

use super::prelude::*;

/// Date of birth and serial; the check digit was given up in 2007, so only the date speaks.
pub static CPR: Recogniser = Recogniser::national("dk-cpr", "Danish CPR number", "DK", Shape::Digits(&[10]), cpr)
    .prior(LOOSE)
    .context(&["cpr", "cpr-nr", "cpr-nummer", "personnummer"])
    .examples(&["211062-5629", "070761-4285"], &["321062-5629", "2110625629"]);

fn cpr(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let hyphen = candidate.text().as_bytes().get(6) == Some(&b'-') && candidate.text().len() == 11;
    let blank = candidate.text().as_bytes().get(6) == Some(&b' ') && candidate.text().len() == 11;
    if !(hyphen || blank) || !checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])) {
        return None;
    }
    let old_check = checksum::weighted(&digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    Some(Strength::by_chance(if old_check { SHORT_DATE_CHANCE / 11.0 } else { SHORT_DATE_CHANCE }))
}
