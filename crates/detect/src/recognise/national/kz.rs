//! Kazakhstan: IIN.

use super::prelude::*;

/// Date of birth, century and sex, serial, modulo 11 with two rows of weights.
pub static IIN: Recogniser = Recogniser::national("kz-iin", "Kazakh IIN", "KZ", Shape::Digits(&[12]), iin)
    .context(&["иин", "жсн", "iin"])
    .examples(&["800101300016"], &["800101300015", "801301300016"]);

fn iin(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let mut check = checksum::weighted(&digits[..11], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
    if check == 10 {
        check = checksum::weighted(&digits[..11], &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
    }
    (matches!(digits[6], 1..=6)
        && check == u32::from(digits[11])
        && checksum::is_short_date(number(&digits[2..4]), number(&digits[4..6])))
    .then_some(Strength::by_chance(0.06 * SHORT_DATE_CHANCE))
}
