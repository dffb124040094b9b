//! United Kingdom: National Insurance number and NHS number.

use super::prelude::*;

/// Two letters out of a restricted set, six digits, a letter A to D. No check digit.
pub static NINO: Recogniser =
    Recogniser::national("gb-nino", "UK National Insurance number", "GB", Shape::Code(&[9]), nino)
        .prior(-2.0)
        .context(&["national insurance", "nino", "ni number", "ni no", "insurance number"])
        .examples(&["AB 12 34 56 C", "HH012345D"], &["DA123456C", "BG123456A", "AB123456E"]);

/// Ten digits, weighted modulo 11.
pub static NHS: Recogniser =
    Recogniser::new("gb-nhs", "UK NHS number", Category::INSURANCE_ID, Shape::Digits(&[10]), nhs)
        .prior(LOOSE)
        .context(&["nhs", "nhs number", "nhs no"])
        .examples(&["943 476 5870", "9434765919"], &["943 476 5871", "0000000000"]);

fn nino(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    let prefix = [code[0], code[1]];
    let refused = [*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"].contains(&prefix);
    (candidate.reads("AA999999A")
        && !refused
        && !b"DFIQUV".contains(&code[0])
        && !b"DFIQUVO".contains(&code[1])
        && matches!(code[8], b'A'..=b'D'))
    .then_some(Strength::by_chance(0.08))
}

fn nhs(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (checksum::weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11) && !candidate.is_monotone())
        .then_some(Strength::by_chance(1.0 / 11.0))
}
