//! Finland: HETU.

use super::prelude::*;

/// Date of birth, a sign for the century, serial, a check character modulo 31.
pub static HETU: Recogniser = Recogniser::national("fi-hetu", "Finnish HETU", "FI", Shape::Text(Marks::NONE), hetu)
    .prior(-1.0)
    .context(&["hetu", "henkilötunnus", "personbeteckning"])
    .examples(&["131052-308T", "131052A308T", "131052+308T"], &["131052-308U", "310252-308Y"]);

fn hetu(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().as_bytes();
    if text.len() != 11 || !b"+-ABCDEFYXWVU".contains(&text[6]) {
        return None;
    }
    let mut digits = [0_u8; 9];
    for (place, &byte) in digits.iter_mut().zip(text[..6].iter().chain(&text[7..10])) {
        *place = byte.is_ascii_digit().then(|| byte - b'0')?;
    }
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[usize::try_from(number(&digits) % 31).ok()?];
    (check == text[10].to_ascii_uppercase() && checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])))
        .then_some(Strength::by_chance(0.03 * SHORT_DATE_CHANCE))
}
