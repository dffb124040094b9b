//! India: Aadhaar and PAN.

use super::prelude::*;

/// Twelve digits, the first 2 to 9, Verhoeff.
pub static AADHAAR: Recogniser =
    Recogniser::national("in-aadhaar", "Indian Aadhaar", "IN", Shape::Digits(&[12]), aadhaar)
        .context(&["aadhaar", "aadhar", "uidai", "आधार"])
        .examples(&["2341 2341 2346", "234123412346"], &["2341 2341 2347", "1341 2341 2346"]);

/// Three letters, a letter of kind (`P` for a person), a letter, four digits, a letter.
pub static PAN: Recogniser = Recogniser::national("in-pan", "Indian PAN", "IN", Shape::Code(&[10]), pan)
    .prior(-2.0)
    .context(&["pan", "permanent account"])
    .examples(&["ACUPA7085R"], &["ACUCA7085R", "ACUP07085R", "ACUPA0000R"]);

fn aadhaar(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (digits[0] > 1 && checksum::verhoeff(&digits)).then_some(Strength::by_chance(0.08))
}

fn pan(candidate: &Candidate<'_>) -> Option<Strength> {
    (candidate.reads("AAAPA9999A") && &candidate.compact()[5..9] != b"0000").then_some(Strength::by_chance(0.04))
}
