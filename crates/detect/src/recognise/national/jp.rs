//! Japan: My Number.

use super::prelude::*;

/// Twelve digits, weights 2 to 7 modulo 11.
pub static MY_NUMBER: Recogniser =
    Recogniser::national("jp-my-number", "Japanese My Number", "JP", Shape::Digits(&[12]), my_number)
        .context(&["マイナンバー", "個人番号", "my number", "mynumber"])
        .examples(&["6214 9832 0257", "621498320257"], &["6214 9832 0258", "0000 0000 0000"]);

fn my_number(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let rest = checksum::weighted(&digits[..11], &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest <= 1 { 0 } else { 11 - rest };
    (check == u32::from(digits[11]) && !candidate.is_monotone()).then_some(Strength::by_chance(0.1))
}
