//! Singapore: NRIC and FIN.

use super::prelude::*;

/// A letter of kind, seven digits, a check letter.
pub static NRIC: Recogniser = Recogniser::national("sg-nric", "Singapore NRIC", "SG", Shape::Code(&[9]), nric)
    .prior(-1.0)
    .context(&["nric", "fin"])
    .examples(&["S1234567D", "F1234567N"], &["S1234567E", "A1234567D"]);

fn nric(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("A9999999A") {
        return None;
    }
    let code = candidate.compact();
    let digits = candidate.digits();
    let (offset, letters): (u32, &[u8; 11]) = match code[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"KLJNPQRTUWX"),
        _ => return None,
    };
    let rest = usize::try_from((checksum::weighted(&digits[1..8], &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11).ok()?;
    let place = if code[0] == b'M' { 10 - rest } else { rest };
    (code[8] == letters[place]).then_some(Strength::by_chance(0.2 / 26.0))
}
