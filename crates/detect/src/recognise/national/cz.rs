//! Czechia and Slovakia: rodné číslo.

use super::prelude::*;

/// Date of birth (month + 50 for women, + 20 where numbers ran out), serial; ten digits divide by 11.
/// Written with a slash.
pub static RODNE_CISLO: Recogniser =
    Recogniser::national("cz-rodne-cislo", "Czech or Slovak birth number", "CZ", Shape::Digits(&[10]), rodne_cislo)
        .context(&["rodné číslo", "rč", "r.č.", "rodne cislo"])
        .examples(&["710319/2745"], &["710319/2746", "711319/2742"]);

fn rodne_cislo(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let body = number(&digits[..9]);
    let month = number(&digits[2..4]) % 50;
    let month = if month > 20 { month - 20 } else { month };
    let check = u32::from(digits[9]);
    ((body % 11 == check || (body % 11 == 10 && check == 0)) && checksum::is_short_date(month, number(&digits[4..6])))
        .then_some(Strength::by_chance(0.1 * 4.0 * SHORT_DATE_CHANCE))
}
