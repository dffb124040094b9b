//! Dominican Republic: cédula.

use super::prelude::*;

/// Eleven digits, Luhn, written 3-7-1.
pub static CEDULA: Recogniser =
    Recogniser::national("do-cedula", "Dominican cédula", "DO", Shape::Digits(&[11]), cedula)
        .prior(LOOSE)
        .context(&["cédula", "cedula"])
        .examples(&["001-1391820-5"], &["001-1391820-6", "00113918205"]);

fn cedula(candidate: &Candidate<'_>) -> Option<Strength> {
    let grouped = candidate.text().as_bytes().get(3) == Some(&b'-') && candidate.marks() == Marks::HYPHEN;
    (grouped && checksum::luhn(&candidate.digits())).then_some(Strength::by_chance(0.1))
}
