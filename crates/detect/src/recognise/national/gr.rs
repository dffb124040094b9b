//! Greece: AMKA and AFM.

use super::prelude::*;

/// Date of birth, serial, Luhn.
pub static AMKA: Recogniser = Recogniser::national("gr-amka", "Greek AMKA", "GR", Shape::Digits(&[11]), amka)
    .context(&["αμκα", "amka"])
    .examples(&["01013099997"], &["01013099999", "01133099995"]);

/// Nine digits, powers of two modulo 11.
pub static AFM: Recogniser = Recogniser::national("gr-afm", "Greek tax number", "GR", Shape::Digits(&[9]), afm)
    .prior(LOOSE)
    .context(&["αφμ", "afm", "α.φ.μ."])
    .examples(&["094259216"], &["094259217", "000000000"]);

fn amka(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::luhn(&digits) && checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])))
        .then_some(Strength::by_chance(0.1 * SHORT_DATE_CHANCE))
}

fn afm(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..8], &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10;
    (check == u32::from(digits[8]) && !candidate.is_monotone()).then_some(Strength::by_chance(0.1))
}
