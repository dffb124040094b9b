//! Ireland: PPS number.

use super::prelude::*;

/// Seven digits, a check letter modulo 23, perhaps a second letter.
pub static PPS: Recogniser = Recogniser::national("ie-pps", "Irish PPS number", "IE", Shape::Code(&[8, 9]), pps)
    .context(&["pps", "ppsn", "pps number"])
    .examples(&["6433435F", "6433435OA"], &["6433435E", "6433435VH"]);

fn pps(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("9999999A") && !candidate.reads("9999999AA") {
        return None;
    }
    let digits = candidate.digits();
    let code = candidate.compact();
    let second = match code.get(8) {
        None | Some(b'W' | b'T' | b'X') => 0,
        Some(&letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        Some(_) => return None,
    };
    let check = (checksum::weighted(&digits[..7], &[8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23;
    let letter = b"WABCDEFGHIJKLMNOPQRSTUV"[usize::try_from(check).ok()?];
    (code[7] == letter).then_some(Strength::by_chance(0.04))
}
