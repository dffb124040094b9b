//! Text that was read in the wrong encoding, once or twice.

use std::sync::Arc;

use super::CellCheck;
use super::Found;
use super::Tier;
use super::Today;
use super::block::Block;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "encoding", summary: "letters were damaged by a wrong encoding", run };

fn run(block: &Block, _: &Today, found: &mut Found<'_>) {
    let mojibake: Arc<str> = "UTF-8 that was read as Windows-1252".into();
    let other: Arc<str> = "UTF-8 that was read in an old encoding of another region".into();
    let replaced: Arc<str> = "a replacement character stands where a letter was lost".into();
    let control: Arc<str> = "a control character stands in the text".into();
    for place in 0..block.columns.len() {
        found.values(block, place, |code| {
            let value = &block.columns[place].values[code as usize];
            if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return None;
            }
            if value.contains('\u{FFFD}') {
                return Some((Tier::Certain, Arc::clone(&replaced)));
            }
            if is_mojibake(value) {
                return Some((Tier::Certain, Arc::clone(&mojibake)));
            }
            if is_read_otherwise(value) {
                return Some((Tier::Certain, Arc::clone(&other)));
            }
            let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
            value.contains(odd).then(|| (Tier::Likely, Arc::clone(&control)))
        });
    }
}

/// Whether the text as a whole, written in an old encoding of Central Europe, the Cyrillic or Turkish world or
/// the Macintosh, is UTF-8 of at least two letters. Text that was meant is never so twice by chance.
fn is_read_otherwise(value: &str) -> bool {
    const REGIONS: [&encoding_rs::Encoding; 6] = [
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1254,
        encoding_rs::ISO_8859_2,
        encoding_rs::KOI8_R,
        encoding_rs::MACINTOSH,
    ];
    REGIONS.iter().any(|region| {
        let (bytes, _, has_faults) = region.encode(value);
        let Some(meant) = std::str::from_utf8(&bytes).ok().filter(|_| !has_faults) else { return false };
        let letters = meant.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
        let others = meant.chars().filter(|c| !c.is_ascii() && !c.is_alphabetic()).count();
        letters >= 2 && others * 4 <= letters
    })
}

/// Whether somewhere two to four characters are the bytes of one character, taken one by one.
pub(super) fn is_mojibake(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    (0..chars.len()).any(|at| {
        let Some(lead) = windows_1252(chars[at]) else { return false };
        // The no-break space behind it became a plain one: `voilÃ `.
        let after_small = at > 0 && chars[at - 1].is_ascii_lowercase();
        if lead == 0xC3 && after_small && chars.get(at + 1).is_none_or(|next| *next == ' ') {
            return true;
        }
        let length = match lead {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return false,
        };
        let Some(part) = chars.get(at..at + length) else { return false };
        let mut bytes = [0; 4];
        for (byte, c) in bytes.iter_mut().zip(part) {
            match windows_1252(*c) {
                Some(value) => *byte = value,
                None => return false,
            }
        }
        let Ok(decoded) = std::str::from_utf8(&bytes[..length]) else { return false };
        let Some(meant) = decoded.chars().next() else { return false };
        // A Nordic capital before a closing quote is written on purpose (`KÅ”`).
        let quote = matches!(lead, 0xC4..=0xC6) && "‘’“”«»›‹„".contains(part[1]);
        let goes_on = chars.get(at + length).is_some_and(|c| c.is_alphabetic());
        (meant.is_alphabetic() || "\u{A0}©®°«»–—‘’“”…€™£§·•¿¡ºª".contains(meant)) && (!quote || goes_on)
    })
}

/// The byte that stands for a character beyond ASCII in Windows-1252.
fn windows_1252(c: char) -> Option<u8> {
    const SPECIAL: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ";
    match c {
        '\u{80}'..='\u{FF}' => u8::try_from(u32::from(c)).ok(),
        _ => SPECIAL.chars().position(|other| other == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_was_read_in_encodings_of_other_regions_is_damaged() {
        let read = |text: &str, region: &'static encoding_rs::Encoding| region.decode(text.as_bytes()).0.into_owned();
        for text in ["Привет, Москва", "Łódź, Kraków", "Žižkov", "Çeşme", "Ελλάδα"] {
            for region in [encoding_rs::WINDOWS_1250, encoding_rs::WINDOWS_1251, encoding_rs::MACINTOSH] {
                let damaged = read(text, region);
                let is_found = is_mojibake(&damaged) || is_read_otherwise(&damaged) || damaged.contains('\u{FFFD}');
                assert!(is_found, "{damaged}");
            }
            assert!(!is_mojibake(text) && !is_read_otherwise(text), "{text}");
        }
        assert!(is_mojibake("voilÃ ") && !is_mojibake("MAÇÃ VERDE"));
    }

    #[test]
    fn damaged_text_is_told_from_text_with_accents() {
        for text in ["MÃ¼ller", "JosÃ©", "itâ€™s", "ZÃ¼rich", "cafÃ© Â£5", "Ã¶sterreich", "KrakÃ³w", "ÐœÐ¾ÑÐºÐ²Ð°"]
        {
            assert!(is_mojibake(text), "{text}");
        }
        for text in [
            "Müller",
            "José",
            "it’s",
            "São Paulo",
            "Ærø",
            "Łódź",
            "10 °C",
            "„KÅ”",
            "Ångström",
            "señor",
            "Москва",
            "東京",
            "À bientôt",
            "Âge",
        ] {
            assert!(!is_mojibake(text), "{text}");
        }
    }
}
