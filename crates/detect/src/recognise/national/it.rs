//! Italy: codice fiscale.

use super::prelude::*;

/// Six letters of the name, year, month letter, day (+ 40 for women), place, check letter. Digits may
/// be replaced by letters where two people would share a code (omocodia).
pub static CODICE_FISCALE: Recogniser =
    Recogniser::national("it-codice-fiscale", "Italian codice fiscale", "IT", Shape::Code(&[16]), codice_fiscale)
        .prior(TELLING)
        .context(&["codice fiscale", "c.f.", "cod. fisc.", "cf"])
        .examples(&["RSSMRA85T10A562S", "RCCMNL83S18D969H"], &["RSSMRA85T10A562T", "RSSMRA85U10A562S"]);

fn codice_fiscale(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    let digit = |byte: u8| -> Option<u32> {
        match byte {
            b'0'..=b'9' => Some(u32::from(byte - b'0')),
            _ => b"LMNPQRSTUV".iter().position(|&letter| letter == byte).and_then(|index| u32::try_from(index).ok()),
        }
    };
    if !code[..6].iter().all(u8::is_ascii_uppercase) || !b"ABCDEHLMPRST".contains(&code[8]) {
        return None;
    }
    let day = digit(code[9])? * 10 + digit(code[10])?;
    if !code[11].is_ascii_uppercase() || !matches!(day, 1..=31 | 41..=71) {
        return None;
    }
    for &byte in [6, 7, 12, 13, 14].iter().map(|&index| &code[index]) {
        digit(byte)?;
    }
    let mut sum = 0;
    for (index, &byte) in code[..15].iter().enumerate() {
        let value = usize::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' });
        sum += if index % 2 == 0 { usize::from(ODD[value]) } else { value };
    }
    (usize::from(code[15]) == sum % 26 + usize::from(b'A')).then_some(Strength::by_chance(0.04 * 0.4 * 0.6 * 0.01))
}

/// What a character at an odd place counts (decree of 23 December 1976).
const ODD: [u8; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
