//! Germany: tax id, pension number, identity card.

use super::prelude::*;

/// Eleven digits: among the first ten exactly one occurs twice or three times; ISO 7064 MOD 11,10.
pub static STEUER_ID: Recogniser =
    Recogniser::national("de-steuer-id", "German tax id", "DE", Shape::Digits(&[11]), steuer_id)
        .context(&[
            "steuer-id",
            "steuerid",
            "idnr",
            "id-nr",
            "identifikationsnummer",
            "steueridentifikationsnummer",
            "steuerliche",
        ])
        .examples(&["86 095 742 719", "36574261809"], &["86095742718", "01234567890"]);

/// Area, date of birth, letter of the birth name, serial, check digit.
pub static PENSION_NUMBER: Recogniser =
    Recogniser::national("de-pension-number", "German pension number", "DE", Shape::Code(&[12]), pension_number)
        .prior(-2.0)
        .context(&["sozialversicherungsnummer", "rentenversicherungsnummer", "sv-nummer", "rvnr", "svnr"])
        .examples(&["15 070649 C 103", "65180539W001"], &["15 070649 C 104", "15 071349 C 103"]);

/// Nine characters without vowels and a check digit, weights 7, 3, 1.
pub static ID_CARD: Recogniser =
    Recogniser::national("de-id-card", "German identity card", "DE", Shape::Code(&[10]), id_card)
        .context(&["personalausweis", "ausweisnummer", "ausweis-nr", "ausweis", "identity card"])
        .examples(&["T220001293", "L01X00T471"], &["T220001294", "A220001293"]);

fn steuer_id(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    if digits[0] == 0 || !checksum::mod_11_10(&digits) {
        return None;
    }
    let mut counts = [0_u8; 10];
    for &digit in &digits[..10] {
        counts[usize::from(digit)] += 1;
    }
    let repeated = counts.iter().filter(|&&count| count > 1).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    // 1.6 % of ten digits have one pair, 2.2 % one triple (counted out).
    (repeated == 1 && most <= 3).then_some(Strength::by_chance(0.1 * 0.038))
}

fn pension_number(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("99999999A999") {
        return None;
    }
    let code = candidate.compact();
    let letter = code[8] - b'A' + 1;
    let mut digits = [0_u8; 12];
    for (place, &byte) in digits.iter_mut().zip(&code[..8]) {
        *place = byte - b'0';
    }
    (digits[8], digits[9], digits[10], digits[11]) = (letter / 10, letter % 10, code[9] - b'0', code[10] - b'0');
    let sum: u32 = digits
        .iter()
        .zip([2_u32, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    let (day, month) = (number(&digits[2..4]), number(&digits[4..6]));
    (sum % 10 == u32::from(code[11] - b'0') && (1..=12).contains(&month) && (1..=31).contains(&day))
        .then_some(Strength::by_chance(0.1 * SHORT_DATE_CHANCE))
}

fn id_card(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    let allowed = code[..9].iter().all(|byte| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte));
    if !allowed || !code[0].is_ascii_alphabetic() || !code[9].is_ascii_digit() {
        return None;
    }
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let sum: u32 = code[..9].iter().zip([7, 3, 1].iter().cycle()).map(|(&byte, weight)| value(byte) * weight).sum();
    (sum % 10 == value(code[9])).then_some(Strength::by_chance(0.05))
}
