//! Sweden: personnummer and samordningsnummer.

use super::prelude::*;

/// Date of birth with two or four digits of the year (day + 60 for a coordination number), serial,
/// Luhn over the ten last digits.
pub static PERSONNUMMER: Recogniser =
    Recogniser::national("se-personnummer", "Swedish personal number", "SE", Shape::Digits(&[10, 12]), personnummer)
        .context(&["personnummer", "personnr", "pnr", "samordningsnummer"])
        .examples(&["880320-0016", "19880320-0016", "8803200016"], &["880320-0018", "881320-0018", "556036-0793"]);

fn personnummer(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let long = digits.len() == 12;
    if long && !matches!(number(&digits[..2]), 18..=20) {
        return None;
    }
    let ten = &digits[digits.len() - 10..];
    let day = number(&ten[4..6]);
    let day = if day > 60 { day - 60 } else { day };
    (checksum::luhn(ten) && checksum::is_short_date(number(&ten[2..4]), day)).then_some(Strength::by_chance(
        if long { 0.03 } else { 1.0 }
            * if candidate.marks().has(Marks::HYPHEN) { 0.3 } else { 1.0 }
            * 0.2
            * SHORT_DATE_CHANCE,
    ))
}
