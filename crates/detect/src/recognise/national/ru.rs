//! Russia: INN of a person, SNILS.

use super::prelude::*;

/// Twelve digits, two check digits modulo 11.
pub static INN: Recogniser = Recogniser::national("ru-inn", "Russian INN", "RU", Shape::Digits(&[12]), inn)
    .context(&["инн", "inn"])
    .examples(&["500100732259"], &["500100732258", "000000000000"]);

/// Nine digits and two check digits, written 3-3-3 2.
pub static SNILS: Recogniser = Recogniser::national("ru-snils", "Russian SNILS", "RU", Shape::Digits(&[11]), snils)
    .context(&["снилс", "snils"])
    .examples(&["112-233-445 95"], &["112-233-445 96", "000-000-000 00"]);

fn inn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let first = checksum::weighted(&digits[..10], &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = checksum::weighted(&digits[..11], &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    (first == u32::from(digits[10]) && second == u32::from(digits[11]) && !candidate.is_monotone())
        .then_some(Strength::by_chance(0.01))
}

fn snils(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..9], &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    (check == number(&digits[9..]) && number(&digits[..9]) > 1_001_998).then_some(Strength::by_chance(0.01))
}
