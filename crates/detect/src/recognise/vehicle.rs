//! Vehicles: the identification number (VIN). Plates are too loose without context and country.

use dataward_model::Category;

use crate::recognise::Candidate;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;

/// Seventeen characters without I, O and Q; in North America and China the ninth is a check character.
pub static VIN: Recogniser =
    Recogniser::new("vin", "vehicle identification number", Category::VEHICLE_REGISTRATION, Shape::Code(&[17]), vin)
        .context(&["vin", "fahrgestellnummer", "fin", "chassis", "bastidor", "telaio", "châssis", "車台番号"])
        .examples(
            &["1M8GDM9AXKP042788", "WVWZZZ1JZXW000001"],
            &["1M8GDM9AXKP04278O", "ABCDEFGHJKLMNPRST", "WVWZZZ1JZXWABCDE1"],
        );

fn vin(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    if candidate.text().len() != 17
        || candidate.text().bytes().any(|byte| byte.is_ascii_lowercase())
        || code.iter().any(|byte| b"IOQ".contains(byte))
        || !code[13..].iter().all(u8::is_ascii_digit)
        || candidate.letter_count() < 3
    {
        return None;
    }
    let value = |byte: u8| -> u32 {
        match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'H' => u32::from(byte - b'A') + 1,
            b'J'..=b'R' => u32::from(byte - b'J') + 1,
            _ => u32::from(byte - b'S') + 2,
        }
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let rest = code.iter().zip(weights).map(|(&byte, weight)| value(byte) * weight).sum::<u32>() % 11;
    let check = if rest == 10 { b'X' } else { b'0' + u8::try_from(rest).ok()? };
    Some(Strength::by_chance(if check == code[8] { 0.001 } else { 0.02 }))
}
