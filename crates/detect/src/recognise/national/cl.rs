//! Chile: RUT.

use super::prelude::*;

/// Seven or eight digits, a check character modulo 11 (`K` for 10). From 50 million on companies.
pub static RUT: Recogniser = Recogniser::national("cl-rut", "Chilean RUT", "CL", Shape::Code(&[8, 9]), rut)
    .prior(LOOSE)
    .context(&["rut", "run"])
    .examples(&["10.456.979-K", "10456982-k"], &["12.531.909-2", "76.086.428-5"]);

/// The same where the check character is a digit.
pub static RUT_DIGITS: Recogniser =
    Recogniser::national("cl-rut-digits", "Chilean RUT", "CL", Shape::Digits(&[8, 9]), rut)
        .prior(LOOSE)
        .context(&["rut", "run"])
        .examples(&["12.345.678-5", "12345678-5"], &["12.345.678-6", "76.086.428-5"]);

fn rut(candidate: &Candidate<'_>) -> Option<Strength> {
    let (&check, body) = candidate.compact().split_last()?;
    if !body.iter().all(u8::is_ascii_digit) || !candidate.marks().has(Marks::HYPHEN) {
        return None;
    }
    let values = candidate.digits();
    let mut weights = [2_u32, 3, 4, 5, 6, 7].iter().cycle();
    let sum: u32 = values[..body.len()].iter().rev().zip(&mut weights).map(|(&d, &w)| u32::from(d) * w).sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    (check == expected && number(&values[..body.len()]) < 50_000_000).then_some(Strength::by_chance(0.05))
}
