//! Portugal: NIF and cartão de cidadão.

use super::prelude::*;

/// Nine digits, the first 1 to 3 or 45 for people, weighted modulo 11.
pub static NIF: Recogniser = Recogniser::national("pt-nif", "Portuguese NIF", "PT", Shape::Digits(&[9]), nif)
    .prior(-5.0)
    .context(&["nif", "contribuinte", "n.º de contribuinte", "número fiscal"])
    .examples(&["123456789", "204 246 326"], &["123456788", "501964843"]);

/// Eight digits, check digit, two characters, check digit over all.
pub static CARTAO_CIDADAO: Recogniser =
    Recogniser::national("pt-cartao-cidadao", "Portuguese citizen card", "PT", Shape::Code(&[12]), cartao_cidadao)
        .prior(-2.0)
        .context(&["cartão de cidadão", "cartao de cidadao", "cc", "cidadão"])
        .examples(&["00000000 0 ZZ4"], &["00000000 0 ZZ3"]);

fn nif(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let rest = checksum::weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest < 2 { 0 } else { 11 - rest };
    let person = matches!(digits[0], 1..=3) || digits.starts_with(&[4, 5]);
    (person && check == u32::from(digits[8])).then_some(Strength::by_chance(0.03))
}

fn cartao_cidadao(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("999999999**9") {
        return None;
    }
    let mut sum = 0;
    for (index, &byte) in candidate.compact().iter().enumerate() {
        let value = u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
        let doubled = if index % 2 == 0 { value * 2 } else { value };
        sum += if index % 2 == 0 && doubled > 9 { doubled - 9 } else { doubled };
    }
    sum.is_multiple_of(10).then_some(Strength::by_chance(0.1))
}
