//! Bulgaria: EGN.

use super::prelude::*;

/// Date of birth (month + 20 before 1900, + 40 from 2000), serial, modulo 11.
pub static EGN: Recogniser = Recogniser::national("bg-egn", "Bulgarian EGN", "BG", Shape::Digits(&[10]), egn)
    .context(&["егн", "egn"])
    .examples(&["752316 926 3", "8032056031"], &["7552A10004", "8019010008"]);

fn egn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..9], &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let month = number(&digits[2..4]) % 20;
    (check == u32::from(digits[9])
        && number(&digits[2..4]) < 60
        && checksum::is_short_date(month, number(&digits[4..6])))
    .then_some(Strength::by_chance(0.1 * 3.0 * SHORT_DATE_CHANCE))
}
