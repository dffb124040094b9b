//! Pakistan: CNIC.

use super::prelude::*;

/// Thirteen digits written 5-7-1; the first tells the province. No check digit.
pub static CNIC: Recogniser = Recogniser::national("pk-cnic", "Pakistani CNIC", "PK", Shape::Digits(&[13]), cnic)
    .prior(-2.0)
    .context(&["cnic", "nadra"])
    .examples(&["34201-0891231-8"], &["84201-0891231-8", "3420108912318"]);

fn cnic(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().as_bytes();
    (text.len() == 15 && text[5] == b'-' && text[13] == b'-' && matches!(candidate.digits()[0], 1..=7))
        .then_some(Strength::by_chance(0.05))
}
