//! Switzerland: AHV number.

use super::prelude::*;

/// 756, nine digits, EAN-13 check digit.
pub static AHV: Recogniser = Recogniser::national("ch-ahv", "Swiss AHV number", "CH", Shape::Digits(&[13]), ahv)
    .prior(-2.0)
    .context(&["ahv", "avs", "navs13", "ahv-nr", "sozialversicherungsnummer"])
    .examples(&["756.1234.5678.97", "7569217076985"], &["756.1234.5678.96", "755.1234.5678.98"]);

fn ahv(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (digits.starts_with(&[7, 5, 6]) && checksum::gs1(&digits)).then_some(Strength::by_chance(0.0001))
}
