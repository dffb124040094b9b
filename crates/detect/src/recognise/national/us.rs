//! United States: social security number and ITIN.

use super::prelude::*;

/// Nine digits, area 001 to 899 without 666, no zero group; written 3-2-4. No check digit.
pub static SSN: Recogniser =
    Recogniser::national("us-ssn", "US social security number", "US", Shape::Digits(&[9]), ssn)
        .prior(-3.0)
        .context(&["ssn", "social security", "social security number", "soc sec", "ss#"])
        .examples(&["536-90-4399", "536904399"], &["666-90-4399", "536-00-4399", "53-690-4399"]);

/// Nine digits beginning with 9, the group in certain ranges.
pub static ITIN: Recogniser = Recogniser::national("us-itin", "US taxpayer number", "US", Shape::Digits(&[9]), itin)
    .prior(-3.0)
    .context(&["itin", "taxpayer"])
    .examples(&["912-90-3456"], &["912-93-3456", "212-90-3456"]);

fn grouped(candidate: &Candidate<'_>) -> Option<bool> {
    let text = candidate.text().as_bytes();
    match text.len() {
        9 => Some(false),
        11 if text[3] == text[6] && matches!(text[3], b'-' | b' ') => Some(true),
        _ => None,
    }
}

fn ssn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let area = number(&digits[..3]);
    let grouped = grouped(candidate)?;
    (area != 0
        && area != 666
        && area < 900
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
        && !candidate.is_monotone())
    .then_some(Strength::by_chance(if grouped { 0.02 } else { 0.88 }))
}

fn itin(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let grouped = grouped(candidate)?;
    (digits[0] == 9 && matches!(number(&digits[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99))
        .then_some(Strength::by_chance(if grouped { 0.002 } else { 0.05 }))
}
