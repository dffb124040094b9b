//! Latvia: personas kods.

use super::prelude::*;

/// Date of birth, century, serial, modulo 11; numbers from July 2017 on begin with 32 and have no date.
pub static PERSONAS_KODS: Recogniser =
    Recogniser::national("lv-personas-kods", "Latvian personal code", "LV", Shape::Digits(&[11]), personas_kods)
        .context(&["personas kods", "p.k."])
        .examples(&["161175-19997", "328673-00679"], &["161175-19996", "161375-19997"]);

fn personas_kods(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    if digits.starts_with(&[3, 2]) && candidate.text().as_bytes().get(6) == Some(&b'-') {
        return Some(Strength::by_chance(0.01));
    }
    let check = (1 + checksum::weighted(&digits[..10], &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    (check == u32::from(digits[10])
        && digits[6] < 3
        && checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])))
    .then_some(Strength::by_chance(0.03 * SHORT_DATE_CHANCE))
}
