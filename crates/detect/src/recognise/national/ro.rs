//! Romania: CNP.

use super::prelude::*;

/// Sex and century, date of birth, county, serial, weighted modulo 11.
pub static CNP: Recogniser = Recogniser::national("ro-cnp", "Romanian CNP", "RO", Shape::Digits(&[13]), cnp)
    .context(&["cnp", "cod numeric personal"])
    .examples(&["1630615123457", "2940417461963"], &["1630615123458", "1631315123457"]);

fn cnp(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..12], &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if check == 10 { 1 } else { check };
    (digits[0] != 0
        && check == u32::from(digits[12])
        && checksum::is_short_date(number(&digits[3..5]), number(&digits[5..7])))
    .then_some(Strength::by_chance(0.09 * SHORT_DATE_CHANCE))
}
