//! Luxembourg: matricule.

use super::prelude::*;

/// Full date of birth, serial, a Luhn digit and a Verhoeff digit.
pub static MATRICULE: Recogniser =
    Recogniser::national("lu-matricule", "Luxembourg matricule", "LU", Shape::Digits(&[13]), matricule)
        .context(&["matricule", "cnss"])
        .examples(&["1893120105732"], &["1893120105733", "1893130105732"]);

fn matricule(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let mut second = [0; 12];
    second[..11].copy_from_slice(&digits[..11]);
    second[11] = digits[12];
    (checksum::luhn(&digits[..12])
        && checksum::verhoeff(&second)
        && (1850..2100).contains(&number(&digits[..4]))
        && checksum::is_short_date(number(&digits[4..6]), number(&digits[6..8])))
    .then_some(Strength::by_chance(0.01 * 0.025 * SHORT_DATE_CHANCE))
}
