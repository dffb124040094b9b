//! Slovenia and its neighbours: EMŠO, JMBG.

use super::prelude::*;

/// Day, month, three digits of the year, region, serial, weighted modulo 11.
pub static EMSO: Recogniser = Recogniser::national("si-emso", "EMŠO or JMBG", "SI", Shape::Digits(&[13]), emso)
    .context(&["emšo", "emso", "jmbg", "mbg"])
    .examples(&["0101006500006", "0710003730015"], &["0101006500007", "0113006500006"]);

fn emso(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let sum = checksum::weighted(&digits[..12], &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    let check = (11 - sum % 11) % 11;
    (check == u32::from(digits[12])
        && matches!(digits[4], 0 | 9)
        && checksum::is_short_date(number(&digits[2..4]), number(&digits[..2])))
    .then_some(Strength::by_chance(0.2 * 0.09 * SHORT_DATE_CHANCE))
}
