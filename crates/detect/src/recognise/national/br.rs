//! Brazil: CPF.

use super::prelude::*;

/// Nine digits and two check digits modulo 11.
pub static CPF: Recogniser = Recogniser::national("br-cpf", "Brazilian CPF", "BR", Shape::Digits(&[11]), cpf)
    .prior(-3.0)
    .context(&["cpf", "cadastro de pessoa", "contribuinte"])
    .examples(&["390.533.447-05", "39053344705"], &["390.533.447-06", "111.111.111-11"]);

fn cpf(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let first = checksum::weighted(&digits[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
    let second = checksum::weighted(&digits[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
    (first == u32::from(digits[9]) && second == u32::from(digits[10]) && !candidate.is_monotone())
        .then_some(Strength::by_chance(0.01))
}
