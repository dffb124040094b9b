//! China: resident identity card.

use super::prelude::*;

/// Region, date of birth, serial, ISO 7064 MOD 11-2 with `X`.
pub static RESIDENT_ID: Recogniser =
    Recogniser::national("cn-resident-id", "Chinese resident id", "CN", Shape::Code(&[18]), resident_id)
        .prior(-2.0)
        .context(&["身份证", "resident id"])
        .examples(&["11010519491231002X"], &["11010519491331002X", "11010519491231003X"]);

/// The same where the check character is a digit.
pub static RESIDENT_ID_DIGITS: Recogniser =
    Recogniser::national("cn-resident-id-digits", "Chinese resident id", "CN", Shape::Digits(&[18]), resident_id)
        .prior(-2.0)
        .context(&["身份证", "resident id"])
        .examples(&["440524188001010014"], &["440524188001010015", "440524188013010014"]);

fn resident_id(candidate: &Candidate<'_>) -> Option<Strength> {
    let (&check, body) = candidate.compact().split_last()?;
    if !body.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = candidate.digits();
    let expected = match checksum::mod_11_2(&digits[..17]) {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    let year = number(&digits[6..10]);
    ((1850..2100).contains(&year)
        && matches!(digits[0], 1..=8)
        && check == expected
        && checksum::is_date(year, number(&digits[10..12]), number(&digits[12..14])))
    .then_some(Strength::by_chance(0.1 * 0.025 * SHORT_DATE_CHANCE))
}
