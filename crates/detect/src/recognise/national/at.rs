//! Austria: social insurance number.

use super::prelude::*;

/// Three digits, check digit, date of birth; months 13 and up stand in for used-up days.
pub static SVNR: Recogniser =
    Recogniser::national("at-svnr", "Austrian social insurance number", "AT", Shape::Digits(&[10]), svnr)
        .context(&["svnr", "sv-nummer", "sv-nr", "sozialversicherungsnummer", "versicherungsnummer"])
        .examples(&["1237 010180", "1237010180"], &["1238 010180", "1237 451380"]);

fn svnr(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    let (day, month) = (number(&digits[4..6]), number(&digits[6..8]));
    (digits[0] != 0 && check == u32::from(digits[3]) && (1..=15).contains(&month) && (1..=31).contains(&day))
        .then_some(Strength::by_chance(0.09 * SHORT_DATE_CHANCE))
}
