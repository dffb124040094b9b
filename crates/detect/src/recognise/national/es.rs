//! Spain: NIF (DNI) and NIE.

use super::prelude::*;

/// Eight digits, or `X`, `Y`, `Z` and seven, and a letter modulo 23. Company codes (CIF) begin with
/// other letters and are no match.
pub static NIF: Recogniser = Recogniser::national("es-nif", "Spanish NIF or NIE", "ES", Shape::Code(&[9]), nif)
    .prior(-1.0)
    .context(&["dni", "nif", "nie", "d.n.i.", "n.i.f.", "documento"])
    .examples(&["54362315K", "X-2482300W", "12.345.678-Z"], &["54362315Z", "X2482300A", "A28015865"]);

fn nif(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let body = if candidate.reads("99999999A") {
        number(&digits[..8])
    } else if candidate.reads("A9999999A") && matches!(candidate.compact()[0], b'X'..=b'Z') {
        u32::from(candidate.compact()[0] - b'X') * 10_000_000 + number(&digits[1..8])
    } else {
        return None;
    };
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[usize::try_from(body % 23).ok()?];
    (candidate.compact()[8] == letter && body > 0).then_some(Strength::by_chance(1.0 / 26.0))
}
