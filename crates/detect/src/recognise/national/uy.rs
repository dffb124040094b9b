//! Uruguay: cédula de identidad.

use super::prelude::*;

/// Eight digits, weighted modulo 10, written 1.234.567-8.
pub static CEDULA: Recogniser =
    Recogniser::national("uy-cedula", "Uruguayan cédula", "UY", Shape::Digits(&[8]), cedula)
        .prior(LOOSE)
        .context(&["cédula", "c.i.", "cedula"])
        .examples(&["1.234.567-2"], &["1.234.567-3", "12345672"]);

fn cedula(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = (10 - checksum::weighted(&digits[..7], &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10;
    (candidate.marks() == Marks::DOT | Marks::HYPHEN && check == u32::from(digits[7]))
        .then_some(Strength::by_chance(0.1))
}
