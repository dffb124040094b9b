//! Payment cards: issuer range, length, Luhn.

use dataward_model::Category;

use crate::checksum;
use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::candidate::number;

/// A primary account number. Sixteen digits that begin with 1, 7, 8 or 9 belong to no scheme and are
/// refused although Luhn may hold (GTIN, tracking numbers, IMEI with check digit).
pub static PAYMENT_CARD: Recogniser = Recogniser::new(
    "payment-card",
    "payment card",
    Category::CREDIT_CARD,
    Shape::Digits(&[12, 13, 14, 15, 16, 18, 19]),
    payment_card,
)
.prior(-2.0)
.context(&[
    "card",
    "visa",
    "mastercard",
    "amex",
    "american express",
    "discover",
    "credit",
    "debit",
    "pan",
    "cc",
    "carte",
    "tarjeta",
    "carta",
    "cartão",
    "cartao",
    "karte",
    "kreditkarte",
    "kaart",
    "creditcard",
    "karta",
    "karty",
    "kort",
    "kortnummer",
    "kreditkort",
    "カード",
    "クレジット",
    "ccnum",
    "card_number",
    "maestro",
    "jcb",
])
.examples(
    &[
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "340000000000009",
        "6011000000000004",
        "3530111333300000",
        "2223003122003222",
    ],
    &["4111 1111 1111 1112", "9111111111111118", "1234567812345670", "4111 11 11111111 11", "0000000000000000"],
);

fn payment_card(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let share = issuer_share(&digits)?;
    if !checksum::luhn(&digits) {
        return None;
    }
    let grouping = grouping(candidate)?;
    Some(Strength::by_chance(0.1 * share * grouping))
}

/// The share of numbers of that length that lie in the ranges of a scheme which begins like this one.
fn issuer_share(digits: &[u8]) -> Option<f32> {
    let two = number(&digits[..2]);
    let three = number(&digits[..3]);
    let four = number(&digits[..4]);
    match digits.len() {
        16 if digits[0] == 4 => Some(0.2),
        16 if matches!(two, 51..=55) || (2221..=2720).contains(&four) => Some(0.2),
        16 if four == 6011 || two == 65 || (644..=649).contains(&three) => Some(0.02),
        16 if (3528..=3589).contains(&four) => Some(0.01),
        16 if two == 62 || two == 60 || two == 81 && four == 8100 => Some(0.02),
        16 if (2200..=2204).contains(&four) => Some(0.01),
        16 if matches!(two, 50 | 56..=58 | 63 | 67) => Some(0.06),
        15 if two == 34 || two == 37 => Some(0.02),
        14 if (300..=305).contains(&three) || two == 36 || two == 38 => Some(0.026),
        // Article numbers of Germany begin so, all of them.
        13 if digits[0] == 4 => Some(1.0),
        19 if digits[0] == 4 || two == 62 || two == 65 => Some(0.12),
        12 | 13 | 14 | 15 | 18 | 19 if matches!(four, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761 | 6762 | 6763) => {
            Some(0.001)
        }
        _ => None,
    }
}

/// How much the way it is written narrows it down; none when the groups are no card's.
fn grouping(candidate: &Candidate<'_>) -> Option<f32> {
    let marks = candidate.marks();
    if marks == Marks::NONE {
        return Some(1.0);
    }
    if marks != Marks::SPACE && marks != Marks::HYPHEN && marks != Marks::DOT {
        return None;
    }
    let mut groups = [0_usize; 6];
    let mut count = 0;
    for group in candidate.text().split([' ', '-', '.']) {
        *groups.get_mut(count)? = group.len();
        count += 1;
    }
    match &groups[..count] {
        [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] | [4, 4, 4, 4, 3] => Some(0.1),
        _ => None,
    }
}
