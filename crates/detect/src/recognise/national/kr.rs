//! South Korea: resident registration number.

use super::prelude::*;

/// Date of birth, sex and century, weighted modulo 11; numbers given from October 2020 on have no
/// check digit, so it strengthens but does not decide.
pub static RRN: Recogniser = Recogniser::national("kr-rrn", "Korean resident number", "KR", Shape::Digits(&[13]), rrn)
    .context(&["주민등록번호", "주민번호", "resident registration"])
    .examples(&["971013-9019902", "880101-1234567"], &["971313-1019902", "9710131019902"]);

fn rrn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = (11 - checksum::weighted(&digits[..12], &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10;
    let hyphen = candidate.text().as_bytes().get(6) == Some(&b'-') && candidate.text().len() == 14;
    let passes = check == u32::from(digits[12]);
    (checksum::is_short_date(number(&digits[2..4]), number(&digits[4..6])) && hyphen)
        .then_some(Strength::by_chance(if passes { 0.1 * SHORT_DATE_CHANCE } else { SHORT_DATE_CHANCE }))
}
