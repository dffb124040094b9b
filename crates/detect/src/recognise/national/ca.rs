//! Canada: social insurance number.

use super::prelude::*;

/// Nine digits, Luhn; none begins with 0 or 8.
pub static SIN: Recogniser =
    Recogniser::national("ca-sin", "Canadian social insurance number", "CA", Shape::Digits(&[9]), sin)
        .prior(LOOSE)
        .context(&["sin", "social insurance", "assurance sociale", "nas"])
        .examples(&["130 692 544", "130-692-544"], &["130 692 545", "046 454 286"]);

fn sin(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::luhn(&digits) && !matches!(digits[0], 0 | 8)).then_some(Strength::by_chance(0.08))
}
