//! Argentina: CUIL and CUIT.

use super::prelude::*;

/// Two digits of kind, eight of the DNI, modulo 11. Kinds 30 to 34 are companies.
pub static CUIL: Recogniser = Recogniser::national("ar-cuil", "Argentine CUIL", "AR", Shape::Digits(&[11]), cuil)
    .context(&["cuil", "cuit"])
    .examples(&["20-12345678-6", "27123456780"], &["20-12345678-7", "30-50001091-2"]);

fn cuil(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = (11 - checksum::weighted(&digits[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    (matches!(number(&digits[..2]), 20 | 23 | 24 | 27) && check == u32::from(digits[10]))
        .then_some(Strength::by_chance(0.1 * 0.04))
}
