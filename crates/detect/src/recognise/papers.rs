//! Passports and driving licences. Where a number has no check digit its form says little: it then passes as
//! nearly everything of that form would, and only a word or a column's name makes it one.

use dataward_model::Category;

use crate::checksum;
use crate::checksum::weighted;
use crate::recognise::Candidate;
use crate::recognise::LOOSE;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;

/// What only a form proves: nearly all candidates of the same length pass as well.
const BY_FORM: Strength = Strength::by_chance(0.97);

/// The line of a travel document that machines read (ICAO 9303): the number, birth, expiry and personal number
/// with a check digit each.
pub static MACHINE_READABLE: Recogniser = Recogniser::new(
    "travel-document-line",
    "machine-readable line of a passport or identity card",
    Category::PASSPORT_NUMBER,
    Shape::Text(Marks::OTHER.and(Marks::LETTERS)),
    |candidate| is_machine_readable(candidate.text()).then_some(Strength::by_chance(1e-5)),
)
.prior(TELLING)
.examples(
    &[
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "D231458907UTO7408122F1204159<<<<<<<6",
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
    ],
    &[
        "I<UTOD231458908<<<<<<<<<<<<<<<",
        "L898902C36UTO7408123F1204159ZE184226B<<<<<10",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    ],
);

/// Passport numbers without a check digit, by country: only their form.
pub static PASSPORT: Recogniser = Recogniser::new(
    "passport-number",
    "passport number",
    Category::PASSPORT_NUMBER,
    Shape::Code(&[8, 9]),
    |candidate| {
        let reads = |pattern: &&str| candidate.reads(pattern);
        (is_one_word(candidate) && PASSPORTS.iter().any(reads)).then_some(BY_FORM)
    },
)
.prior(LOOSE)
.examples(
    &["C01234567", "12AB34567", "YA1234567", "XAB123456"],
    &["C0123456", "ABCDEFGHI", "c01234567", "C0-123456-7"],
);

/// Germany and the United States; France; Italy, Poland and Japan; Spain; the Netherlands; Portugal.
const PASSPORTS: &[&str] = &["A99999999", "99AA99999", "AA9999999", "AAA999999", "AAA9A9999", "AA999999"];

/// Great Britain: five letters of the surname, the birth date around the first digit of the year, initials, two
/// check letters.
pub static LICENCE_GB: Recogniser = Recogniser::new(
    "gb-driving-licence",
    "British driving licence number",
    Category::DRIVERS_LICENSE,
    Shape::Code(&[16, 18]),
    |candidate| {
        let capitals = !candidate.text().bytes().any(|byte| byte.is_ascii_lowercase());
        (capitals && is_british_licence(candidate.compact())).then_some(Strength::by_chance(1e-4))
    },
)
.prior(TELLING)
.examples(
    &["MORGA657054SM9IJ", "FOX99 908311 A99AB 27"],
    &["MORGA673054SM9IJ", "MORGA657324SM9IJ", "9ORGA657054SM9IJ", "DBAFE151265EDF83"],
);

/// Japan: twelve digits; prefecture, year, six digits, a check digit, the count of reissues.
pub static LICENCE_JP: Recogniser = Recogniser::new(
    "jp-driving-licence",
    "Japanese driving licence number",
    Category::DRIVERS_LICENSE,
    Shape::Digits(&[12]),
    |candidate| {
        let digits = candidate.digits();
        let check = match 11 - weighted(&digits[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
            10 => 0,
            11 => 1,
            check => check,
        };
        let prefecture = digits[0] * 10 + digits[1];
        let holds = (10..=97).contains(&prefecture) && u32::from(digits[10]) == check && !candidate.is_monotone();
        (holds && candidate.marks() == Marks::NONE).then_some(Strength::by_chance(0.09))
    },
)
.prior(LOOSE)
.examples(&["301512345650"], &["301512345660", "001512345650", "3015-1234-5650"]);

/// Poland: number, year of issue, district.
pub static LICENCE_PL: Recogniser = Recogniser::new(
    "pl-driving-licence",
    "Polish driving licence number",
    Category::DRIVERS_LICENSE,
    Shape::Digits(&[11]),
    |candidate| {
        let text = candidate.text().as_bytes();
        let shaped = text.len() == 13 && text[5] == b'/' && text[8] == b'/';
        (shaped && candidate.marks() == Marks::SLASH).then_some(Strength::by_chance(0.01))
    },
)
.prior(LOOSE)
.examples(&["00123/05/1412"], &["00123-05-1412", "001/2305/1412", "00123/05/141"]);

/// States of the United States where a letter stands before 7, 8, 11 to 14 digits (California, New York of old,
/// Illinois, Florida and Michigan, Wisconsin, New Jersey); a German, Italian or Dutch one has no such form.
pub static LICENCE_US: Recogniser = Recogniser::new(
    "us-driving-licence",
    "US driver's license number",
    Category::DRIVERS_LICENSE,
    Shape::Code(&[8, 9, 12, 13, 14, 15]),
    |candidate| {
        let (first, rest) = candidate.compact().split_first()?;
        let shaped = first.is_ascii_uppercase() && rest.iter().all(u8::is_ascii_digit);
        (shaped && candidate.text().starts_with(|c: char| c.is_ascii_uppercase())).then_some(BY_FORM)
    },
)
.prior(LOOSE)
.examples(&["D1234567", "S530-4606-0123", "M12345678901234"], &["DL123456", "d1234567", "12345678"]);

/// Hospitals write the kind of number in front of it. In texts the word and the number are read apart.
pub static MEDICAL_RECORD: Recogniser = Recogniser::new(
    "medical-record-number",
    "medical record number",
    Category::MEDICAL_RECORD_ID,
    Shape::Code(&[8, 9, 10, 11, 12, 13]),
    |candidate| {
        let digits = candidate.compact().strip_prefix(b"MRN")?;
        let holds = digits.iter().all(u8::is_ascii_digit) && candidate.text().starts_with("MRN");
        holds.then_some(Strength::by_chance(0.05))
    },
)
.prior(LOOSE)
.examples(&["MRN1234567", "MRN-00482913"], &["MRN12345A7", "1234567MRN", "mrn1234567"]);

/// Codes of diagnoses: a letter, two digits, perhaps a point and up to four more. Chapters end at certain numbers,
/// which rules out few other codes: alone it is only a form.
pub static ICD_10: Recogniser = Recogniser::new(
    "icd-10",
    "ICD-10 code of a diagnosis",
    Category::HEALTH,
    Shape::Code(&[3, 4, 5, 6, 7]),
    |candidate| is_icd_10(candidate.text().as_bytes()).then_some(BY_FORM),
)
.prior(LOOSE)
.examples(&["J45.0", "E11.9", "S72.001A", "I10"], &["H98.1", "J450", "D99", "E11.", "e11.9", "K94.2"]);

/// Whether digits and letters without anything between are written in capitals.
fn is_one_word(candidate: &Candidate<'_>) -> bool {
    candidate.marks() == Marks::NONE && !candidate.text().bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether `text` is the second line of a passport (44 characters) or of an older card (36), the first or second line
/// of a card (30), or all lines of one of them, its check digits right.
pub(crate) fn is_machine_readable(text: &str) -> bool {
    const LONGEST: usize = 90;
    let mut lines = [0_u8; LONGEST];
    let mut length = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let known = byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'<';
        if !known || length == LONGEST {
            return false;
        }
        lines[length] = byte;
        length += 1;
    }
    let second = |line: &[u8]| closes(&line[..10]) && closes(&line[13..20]) && closes(&line[21..28]);
    let (card_number, card_dates) =
        (|line: &[u8]| closes(&line[5..15]), |line: &[u8]| closes(&line[..7]) && closes(&line[8..15]));
    match length {
        36 | 44 => second(&lines[..length]),
        72 | 88 => second(&lines[length / 2..length]),
        30 if matches!(lines[0], b'I' | b'A' | b'C') && !lines[1].is_ascii_digit() => card_number(&lines[..30]),
        30 => card_dates(&lines[..30]),
        90 => card_number(&lines[..30]) && card_dates(&lines[30..60]),
        _ => false,
    }
}

/// Whether the last character is the ICAO check digit of the others: weights 7, 3, 1 modulo 10.
fn closes(field: &[u8]) -> bool {
    let Some((&last, rest)) = field.split_last() else { return false };
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = rest.iter().zip([7, 3, 1].into_iter().cycle()).map(|(&byte, weight)| value(byte) * weight).sum();
    last.is_ascii_digit() && sum % 10 == u32::from(last - b'0')
}

fn is_british_licence(code: &[u8]) -> bool {
    let Some(digits) = code.get(5..11).filter(|digits| digits.iter().all(u8::is_ascii_digit)) else { return false };
    let letters = code[..5].iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let padded = code[letters..5].iter().all(|&byte| byte == b'9');
    let two = |at: usize| u32::from(digits[at] - b'0') * 10 + u32::from(digits[at + 1] - b'0');
    // Women have 50 added to the month.
    let (month, day) = (two(1) % 50, two(3));
    // Letters up to F alone are a number in hexadecimal.
    let beyond = code[..5].iter().chain(&code[11..13]).any(|byte| *byte > b'F');
    let initials = code[11..13].iter().all(|&byte| byte.is_ascii_uppercase() || byte == b'9');
    letters >= 2
        && beyond
        && padded
        && two(1) <= 62
        && checksum::is_short_date(month, day)
        && initials
        && code[13..].iter().all(u8::is_ascii_alphanumeric)
}

/// The letter of a chapter and its last number, where that is not 99.
const CHAPTER_ENDS: &[(u8, u32)] =
    &[(b'D', 89), (b'E', 90), (b'H', 95), (b'K', 93), (b'P', 96), (b'T', 98), (b'Y', 98)];

fn is_icd_10(code: &[u8]) -> bool {
    let Some(&[letter, tens, ones]) = code.first_chunk() else { return false };
    if !letter.is_ascii_uppercase() || !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return false;
    }
    let number = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    let within = CHAPTER_ENDS.iter().find(|(chapter, _)| *chapter == letter).is_none_or(|(_, end)| number <= *end);
    let rest = &code[3..];
    let pointed = rest.is_empty()
        || (2..=5).contains(&rest.len())
            && rest[0] == b'.'
            && rest[1..].iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    within && pointed
}
