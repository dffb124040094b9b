//! Estonia and Lithuania: isikukood, asmens kodas.

use super::prelude::*;

/// Century and sex, date of birth, serial, modulo 11 with two rows of weights.
pub static ISIKUKOOD: Recogniser =
    Recogniser::national("ee-isikukood", "Estonian or Lithuanian id", "EE", Shape::Digits(&[11]), isikukood)
        .context(&["isikukood", "asmens kodas", "a.k."])
        .examples(&["37605030299", "33309240064"], &["37605030298", "37613030299"]);

fn isikukood(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let mut check = checksum::weighted(&digits[..10], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    if check == 10 {
        check = checksum::weighted(&digits[..10], &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    }
    (matches!(digits[0], 1..=6)
        && check == u32::from(digits[10])
        && checksum::is_short_date(number(&digits[3..5]), number(&digits[5..7])))
    .then_some(Strength::by_chance(0.06 * SHORT_DATE_CHANCE))
}
