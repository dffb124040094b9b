//! Hungary: social security number (TAJ), tax id, personal number.

use super::prelude::*;

/// Nine digits, weights 3 and 7.
pub static TAJ: Recogniser = Recogniser::national("hu-taj", "Hungarian TAJ number", "HU", Shape::Digits(&[9]), taj)
    .prior(LOOSE)
    .context(&["taj"])
    .examples(&["123 456 788"], &["123 456 789", "000000000"]);

/// Ten digits beginning with 8, weights 1 to 9 modulo 11.
pub static TAX_ID: Recogniser =
    Recogniser::national("hu-tax-id", "Hungarian tax id", "HU", Shape::Digits(&[10]), tax_id)
        .context(&["adóazonosító", "adószám"])
        .examples(&["8071592153"], &["8071592154", "7071592153"]);

/// Sex and century, date of birth, serial, weights 10 to 1 modulo 11.
pub static PERSONAL_NUMBER: Recogniser = Recogniser::national(
    "hu-personal-number",
    "Hungarian personal number",
    "HU",
    Shape::Digits(&[11]),
    personal_number,
)
.context(&["személyi szám", "személyi"])
.examples(&["1-790111-1235"], &["1-790111-1237", "1-791311-1239"]);

fn taj(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..8], &[3, 7, 3, 7, 3, 7, 3, 7]) % 10;
    (check == u32::from(digits[8]) && !candidate.is_monotone()).then_some(Strength::by_chance(0.1))
}

fn tax_id(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11;
    (digits[0] == 8 && check == u32::from(digits[9])).then_some(Strength::by_chance(0.1 * 0.09))
}

fn personal_number(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let early = checksum::weighted(&digits[..10], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) % 11;
    let late = checksum::weighted(&digits[..10], &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11;
    let check = u32::from(digits[10]);
    (matches!(digits[0], 1..=8)
        && (early == check || late == check)
        && checksum::is_short_date(number(&digits[3..5]), number(&digits[5..7])))
    .then_some(Strength::by_chance(0.17 * SHORT_DATE_CHANCE))
}
