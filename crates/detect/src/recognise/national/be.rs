//! Belgium: national register number.

use super::prelude::*;

/// Date of birth, serial, 97 minus the rest; people born from 2000 on are reckoned with a 2 in front.
pub static NATIONAL_NUMBER: Recogniser =
    Recogniser::national("be-national-number", "Belgian national number", "BE", Shape::Digits(&[11]), national_number)
        .context(&["rijksregister", "registre national", "insz", "niss", "numéro national", "rijksregisternummer"])
        .examples(&["85.07.30-033 28", "17073003384"], &["85.07.30-033 29", "85.17.30-033 61"]);

fn national_number(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = u64::from(number(&digits[9..]));
    let body = u64::from(number(&digits[..9]));
    let passes = 97 - body % 97 == check || 97 - (2_000_000_000 + body) % 97 == check;
    (passes && checksum::is_short_date(number(&digits[2..4]), number(&digits[4..6])))
        .then_some(Strength::by_chance(0.02 * SHORT_DATE_CHANCE))
}
