//! Ukraine: RNTRC.

use super::prelude::*;

/// Days since 1899, serial, weighted modulo 11.
pub static RNTRC: Recogniser =
    Recogniser::national("ua-rntrc", "Ukrainian tax number", "UA", Shape::Digits(&[10]), rntrc)
        .prior(LOOSE)
        .context(&["рнокпп", "іпн", "rntrc"])
        .examples(&["1759013776"], &["1759013770", "0000000000"]);

fn rntrc(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let sum: i32 =
        digits[..9].iter().zip([-1, 5, 7, 9, 4, 6, 10, 5, 7]).map(|(&digit, weight)| i32::from(digit) * weight).sum();
    (sum.rem_euclid(11) % 10 == i32::from(digits[9]) && !candidate.is_monotone()).then_some(Strength::by_chance(0.1))
}
