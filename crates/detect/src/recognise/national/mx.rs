//! Mexico: CURP and RFC.

use super::prelude::*;

/// Letters of the name, date of birth, sex, state, consonants, a check digit.
pub static CURP: Recogniser = Recogniser::national("mx-curp", "Mexican CURP", "MX", Shape::Code(&[18]), curp)
    .prior(TELLING)
    .context(&["curp"])
    .examples(&["BOXW310820HNERXN09"], &["BOXW310820HNERXN08", "BOXW311320HNERXN09"]);

/// Four letters of the name, date of birth, three characters; companies have three letters.
pub static RFC: Recogniser = Recogniser::national("mx-rfc", "Mexican RFC", "MX", Shape::Code(&[13]), rfc)
    .prior(-1.0)
    .context(&["rfc"])
    .examples(&["GODE561231GR8", "VECJ880326XXX"], &["GODE561331GR8", "GOD561231GR8A"]);

fn curp(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("AAAA999999AAAAAA*9") || !b"HMX".contains(&candidate.compact()[10]) {
        return None;
    }
    let mut sum = 0;
    for (index, &byte) in candidate.compact()[..17].iter().enumerate() {
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            // The alphabet has an Ñ between N and O.
            b'A'..=b'N' => u32::from(byte - b'A') + 10,
            _ => u32::from(byte - b'A') + 11,
        };
        sum += value * (18 - u32::try_from(index).ok()?);
    }
    let digits = candidate.digits();
    ((10 - sum % 10) % 10 == u32::from(digits[17])
        && checksum::is_short_date(number(&digits[6..8]), number(&digits[8..10])))
    .then_some(Strength::by_chance(0.1 * 0.1 * SHORT_DATE_CHANCE))
}

fn rfc(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    (candidate.reads("AAAA999999***") && checksum::is_short_date(number(&digits[6..8]), number(&digits[8..10])))
        .then_some(Strength::by_chance(SHORT_DATE_CHANCE))
}
