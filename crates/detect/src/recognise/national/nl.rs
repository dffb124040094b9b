//! Netherlands: BSN.

use super::prelude::*;

/// Nine digits (eight with the leading zero left out), weighted modulo 11.
pub static BSN: Recogniser = Recogniser::national("nl-bsn", "Dutch BSN", "NL", Shape::Digits(&[8, 9]), bsn)
    .prior(LOOSE)
    .context(&["bsn", "burgerservicenummer", "sofinummer", "sofi", "burgerservice"])
    .examples(&["111222333", "1112.22.333", "123456782"], &["111252333", "000000000"]);

fn bsn(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let (&last, body) = digits.split_last()?;
    let weights: &[u32] = if body.len() == 8 { &[9, 8, 7, 6, 5, 4, 3, 2] } else { &[8, 7, 6, 5, 4, 3, 2] };
    let sum = checksum::weighted(body, weights);
    (sum > 0 && sum % 11 == u32::from(last) && !candidate.is_monotone()).then_some(Strength::by_chance(0.09))
}
