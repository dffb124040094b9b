//! Poland: PESEL, NIP, identity card.

use super::prelude::*;

/// Date of birth (month + 20 from 2000), serial, weights 1, 3, 7, 9.
pub static PESEL: Recogniser = Recogniser::national("pl-pesel", "Polish PESEL", "PL", Shape::Digits(&[11]), pesel)
    .prior(-2.5)
    .context(&["pesel", "nr pesel"])
    .examples(&["44051401359", "02070803628"], &["44051401358", "44141401358"]);

/// Ten digits, weighted modulo 11; sole traders have one.
pub static NIP: Recogniser = Recogniser::national("pl-nip", "Polish NIP", "PL", Shape::Digits(&[10]), nip)
    .prior(LOOSE)
    .context(&["nip"])
    .examples(&["856-734-62-15", "8567346215"], &["856-734-62-16", "0567346215"]);

/// Three letters, six digits, the first of them the check digit.
pub static ID_CARD: Recogniser =
    Recogniser::national("pl-id-card", "Polish identity card", "PL", Shape::Code(&[9]), id_card)
        .context(&["dowód osobisty", "dowodu osobistego", "dowód", "seria i numer", "nr dowodu"])
        .examples(&["ABA300000", "AVF 573173"], &["ABA400000", "AB1300000"]);

fn pesel(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let sum = checksum::weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    (sum.is_multiple_of(10) && checksum::is_short_date(number(&digits[2..4]) % 20, number(&digits[4..6])))
        .then_some(Strength::by_chance(0.1 * 5.0 * SHORT_DATE_CHANCE))
}

fn nip(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let check = checksum::weighted(&digits[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11;
    (digits[0] != 0 && check == u32::from(digits[9])).then_some(Strength::by_chance(0.09))
}

fn id_card(candidate: &Candidate<'_>) -> Option<Strength> {
    if !candidate.reads("AAA999999") {
        return None;
    }
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let sum: u32 =
        candidate.compact().iter().zip([7, 3, 1, 9, 7, 3, 1, 7, 3]).map(|(&byte, weight)| value(byte) * weight).sum();
    sum.is_multiple_of(10).then_some(Strength::by_chance(0.1))
}
