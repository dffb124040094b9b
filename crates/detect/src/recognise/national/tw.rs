//! Taiwan: national id.

use super::prelude::*;

/// A letter of the place, 1 or 2 for sex (8, 9 for residents), seven digits, check digit.
pub static ID: Recogniser = Recogniser::national("tw-id", "Taiwanese id", "TW", Shape::Code(&[10]), identity)
    .prior(-2.0)
    .context(&["身分證", "國民身分證"])
    .examples(&["A123456789"], &["A123456788", "A323456789"]);

fn identity(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("A999999999") {
        return None;
    }
    let digits = candidate.digits();
    let place = b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|&letter| letter == candidate.compact()[0])?;
    let place = u32::try_from(place).ok()? + 10;
    let sum = place / 10 + place % 10 * 9 + checksum::weighted(&digits[1..], &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    (matches!(digits[1], 1 | 2 | 8 | 9) && sum.is_multiple_of(10)).then_some(Strength::by_chance(0.04))
}
