//! France: social security number (NIR) and tax number (SPI).

use super::prelude::*;

/// Sex, year and month of birth, place, serial, key modulo 97; Corsica writes 2A and 2B.
pub static NIR: Recogniser =
    Recogniser::national("fr-nir", "French social security number", "FR", Shape::Digits(&[15]), nir)
        .prior(-2.0)
        .context(NIR_WORDS)
        .examples(&["2 95 10 99 126 111 93", "184127645108946"], &["2 95 10 99 126 111 94", "5 95 10 99 126 111 93"]);

/// The same for people born in Corsica.
pub static NIR_CORSICA: Recogniser =
    Recogniser::national("fr-nir-corsica", "French social security number", "FR", Shape::Code(&[15]), nir_corsica)
        .prior(-2.0)
        .context(NIR_WORDS)
        .examples(&["1 85 07 2A 004 018 96"], &["1 85 07 2A 004 018 97"]);

/// Thirteen digits, the last three the rest modulo 511.
pub static SPI: Recogniser = Recogniser::national("fr-spi", "French tax number", "FR", Shape::Digits(&[13]), spi)
    .context(&["numéro fiscal", "spi", "référence fiscale", "n° fiscal", "fiscal"])
    .examples(&["30 23 217 600 053"], &["30 23 217 600 054", "70 23 217 600 053"]);

const NIR_WORDS: &[&str] = &["sécurité sociale", "sécu", "nir", "n° ss", "numéro de sécurité", "immatriculation"];

fn nir(candidate: &Candidate<'_>) -> Option<Strength> {
    nir_with(&candidate.digits(), 0)
}

fn nir_corsica(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    let (replacement, less) = match (code[5], code[6]) {
        (b'2', b'A') => (1_u8, 0),
        (b'2', b'B') => (1, 1),
        _ => return None,
    };
    let mut digits = [0_u8; 15];
    for (index, (place, &byte)) in digits.iter_mut().zip(code).enumerate() {
        *place = match index {
            5 => replacement,
            6 => 9 - less,
            _ => byte.is_ascii_digit().then(|| byte - b'0')?,
        };
    }
    nir_with(&digits, 0)
}

fn nir_with(digits: &[u8], offset: u64) -> Option<Strength> {
    let month = number(&digits[3..5]);
    let key = u64::from(number(&digits[13..15]));
    let body = checksum::remainder(&digits[..13], 97) + offset;
    (matches!(digits[0], 1..=4 | 7 | 8) && (matches!(month, 1..=12 | 20..=42 | 50..=99)) && key == 97 - body % 97)
        .then_some(Strength::by_chance(0.6 * 0.7 * 0.01))
}

fn spi(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = u64::from(number(&digits[10..]));
    (digits[0] < 4 && checksum::remainder(&digits[..10], 511) == check).then_some(Strength::by_chance(0.4 * 0.001))
}
