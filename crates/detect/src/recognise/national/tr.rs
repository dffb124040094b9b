//! Türkiye: TC kimlik numarası.

use super::prelude::*;

/// Eleven digits, two check digits.
pub static TCKN: Recogniser =
    Recogniser::national("tr-tckn", "Turkish identity number", "TR", Shape::Digits(&[11]), tckn)
        .context(&["kimlik", "tckn", "t.c."])
        .examples(&["17291716060", "10000000146"], &["17291716050", "07291716092"]);

fn tckn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let odd: u32 = digits[..9].iter().step_by(2).map(|&digit| u32::from(digit)).sum();
    let even: u32 = digits[1..8].iter().step_by(2).map(|&digit| u32::from(digit)).sum();
    let tenth = (odd * 7 + 90 - even) % 10;
    let eleventh = (odd + even + tenth) % 10;
    (digits[0] != 0 && tenth == u32::from(digits[9]) && eleventh == u32::from(digits[10]))
        .then_some(Strength::by_chance(0.009))
}
