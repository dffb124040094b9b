//! Australia: tax file number and Medicare card.

use super::prelude::*;

/// Nine digits, weighted modulo 11.
pub static TFN: Recogniser =
    Recogniser::national("au-tfn", "Australian tax file number", "AU", Shape::Digits(&[9]), tfn)
        .prior(LOOSE)
        .context(&["tfn", "tax file"])
        .examples(&["123 456 782"], &["999 999 999", "123 456 783"]);

/// Ten or eleven digits, the first 2 to 6, weighted modulo 10.
pub static MEDICARE: Recogniser =
    Recogniser::national("au-medicare", "Australian Medicare number", "AU", Shape::Digits(&[10, 11]), medicare)
        .prior(LOOSE)
        .context(&["medicare"])
        .examples(&["2123 45670 1", "2123456701-1"], &["2123 45680 1", "7123 45670 1"]);

fn tfn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::weighted(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && !candidate.is_monotone())
        .then_some(Strength::by_chance(1.0 / 11.0))
}

fn medicare(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    ((2..=6).contains(&digits[0]) && check == u32::from(digits[8]) && digits[9] != 0)
        .then_some(Strength::by_chance(0.05))
}
