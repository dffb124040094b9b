//! Iceland: kennitala.

use super::prelude::*;

/// Date of birth, serial, modulo 11, century; companies add 40 to the day.
pub static KENNITALA: Recogniser =
    Recogniser::national("is-kennitala", "Icelandic kennitala", "IS", Shape::Digits(&[10]), kennitala)
        .context(&["kennitala", "kt."])
        .examples(&["120174-3399", "1201743399"], &["120174-3389", "530575-0209"]);

fn kennitala(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::weighted(&digits[..9], &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
        && matches!(digits[9], 0 | 8 | 9)
        && checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])))
    .then_some(Strength::by_chance(0.3 * 0.09 * SHORT_DATE_CHANCE))
}
