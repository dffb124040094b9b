//! Hong Kong: identity card.

use super::prelude::*;

/// One or two letters, six digits, a check character modulo 11, often in brackets.
pub static ID_CARD: Recogniser =
    Recogniser::national("hk-id-card", "Hong Kong identity card", "HK", Shape::Code(&[8, 9]), id_card)
        .context(&["hkid", "hong kong identity", "身份證"])
        .examples(&["A123456(3)", "AB987654(3)"], &["A123456(4)", "1123456(3)"]);

fn id_card(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    let letters = code.len() - 7;
    let shaped = code[..letters].iter().all(u8::is_ascii_alphabetic)
        && code[letters..letters + 6].iter().all(u8::is_ascii_digit)
        && candidate.text().ends_with(')');
    if !shaped {
        return None;
    }
    let value = |byte: u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    let first = if letters == 1 { 36 * 9 } else { value(code[0]) * 9 };
    let body = &code[letters - 1..letters + 6];
    let sum: u32 =
        first + body.iter().zip([8, 7, 6, 5, 4, 3, 2]).map(|(&byte, weight)| value(byte) * weight).sum::<u32>();
    ((sum + value(code[letters + 6])).is_multiple_of(11)).then_some(Strength::by_chance(0.09))
}
