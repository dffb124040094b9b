//! New Zealand: IRD number.

use super::prelude::*;

/// Eight or nine digits, two rows of weights modulo 11.
pub static IRD: Recogniser =
    Recogniser::national("nz-ird", "New Zealand IRD number", "NZ", Shape::Digits(&[8, 9]), ird)
        .prior(LOOSE)
        .context(&["ird"])
        .examples(&["49-091-850", "136410132"], &["49-091-851", "9125568"]);

fn ird(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let mut nine = [0; 9];
    nine[9 - digits.len()..].copy_from_slice(&digits);
    let value = number(&nine);
    if !(10_000_000..=200_000_000).contains(&value) {
        return None;
    }
    let check = |weights: &[u32; 8]| (11 - checksum::weighted(&nine[..8], weights) % 11) % 11;
    let mut expected = check(&[3, 2, 7, 6, 5, 4, 3, 2]);
    if expected == 10 {
        expected = check(&[7, 4, 3, 2, 5, 2, 7, 6]);
    }
    (expected == u32::from(nine[8])).then_some(Strength::by_chance(0.09))
}
