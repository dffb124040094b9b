//! Text that was read in the wrong encoding, once or twice.

use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::Block;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "encoding", summary: "letters were damaged by a wrong encoding", run };

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    let mojibake = Reason::plain("UTF-8 that was read as Windows-1252");
    let other = Reason::plain("UTF-8 that was read in an old encoding of another region");
    let replaced = Reason::plain("a replacement character stands where a letter was lost");
    let control = Reason::plain("a control character stands in the text");
    for place in 0..block.columns.len() {
        let column = &block.columns[place];
        found.values(block, place, |code| {
            if column.traits().is_plain(code) {
                return None;
            }
            let value = &column.values[code as usize];
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

/// Whether the text as a whole, written in an old encoding of Central Europe, the Cyrillic or Turkish world,
/// DOS or the Macintosh, is UTF-8 of at least two letters. Text that was meant is never so twice by chance.
fn is_read_otherwise(value: &str) -> bool {
    const REGIONS: [&encoding_rs::Encoding; 6] = [
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1254,
        encoding_rs::ISO_8859_2,
        encoding_rs::KOI8_R,
        encoding_rs::MACINTOSH,
    ];
    let is_text = |bytes: &[u8]| {
        let Ok(meant) = std::str::from_utf8(bytes) else { return false };
        let letters = meant.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
        let others = meant.chars().filter(|c| !c.is_ascii() && !c.is_alphabetic()).count();
        letters >= 2 && others * 4 <= letters
    };
    let read = |region: &&'static encoding_rs::Encoding| {
        let (bytes, _, has_faults) = region.encode(value);
        !has_faults && is_text(&bytes)
    };
    // What holds nothing but letters and marks of Western Europe is judged by those alone.
    let is_western = |c: char| (c.is_alphabetic() && windows_1252(c).is_some()) || NATURAL.contains(c);
    if value.chars().all(|c| c.is_ascii() || is_western(c)) {
        return false;
    }
    REGIONS.iter().any(read) || dos_bytes(value).is_some_and(|bytes| is_text(&bytes)) || has_other_pair(value)
}

/// The bytes of a text in code page 437, the one of DOS.
fn dos_bytes(value: &str) -> Option<Vec<u8>> {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
    let byte = |c: char| match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => Some(byte),
        _ => UPPER.chars().position(|other| other == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    };
    value.chars().map(byte).collect()
}

/// Whether somewhere stands what nobody writes: the beginning of a UTF-8 quote or dash read as Windows-1251
/// (`вЂ`) or on a Macintosh (`‚Ä`), a root sign grown to a letter (`Zam√≤`), a Cyrillic capital between Latin
/// letters with a mark behind it (`rГ©gion`).
fn has_other_pair(value: &str) -> bool {
    // Serbian and Macedonian words have the first two as letters, others behind them.
    let is_quote = |(_, rest): (&str, &str)| !rest.starts_with(|c: char| matches!(c, 'а'..='я'));
    if value.split_once("вЂ").is_some_and(is_quote) || value.contains("‚Ä") {
        return true;
    }
    let chars: Vec<char> = value.chars().collect();
    chars.windows(3).any(|three| {
        let [before, lead, mark] = three else { return false };
        let is_mark = !mark.is_ascii() && !mark.is_whitespace();
        match lead {
            '√' => before.is_ascii_lowercase() && is_mark,
            'Г' | 'В' => before.is_ascii_alphabetic() && is_mark && !mark.is_alphabetic(),
            _ => false,
        }
    })
}

/// What stands behind a word, or before one, in text that nobody damaged.
const NATURAL: &str = "\u{A0}¡¿£´®°·«»‹›„‚…–—‘’“”•™";

/// Whether somewhere two to four characters are the bytes of one character, taken one by one.
pub(super) fn is_mojibake(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    let mut doubtful = 0;
    for at in 0..chars.len() {
        let Some(lead) = windows_1252(chars[at]) else { continue };
        let before = at.checked_sub(1).map(|before| chars[before]);
        // The no-break space behind it became a plain one: `voilÃ `.
        let after_small = before.is_some_and(|before| before.is_ascii_lowercase());
        if lead == 0xC3 && after_small && chars.get(at + 1).is_none_or(|next| *next == ' ') {
            return true;
        }
        let length = match lead {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => continue,
        };
        let Some(part) = chars.get(at..at + length) else { continue };
        let Some(meant) = decoded(part) else { continue };
        let natural = part[1..].iter().all(|c| NATURAL.contains(*c));
        let next_small = chars.get(at + length).is_some_and(|next| next.is_lowercase());
        match lead {
            // A and nothing else before signs of Latin-1: nobody writes so.
            0xC2 => return true,
            _ if !is_meant(meant) => {}
            _ if !natural || lead == 0xC3 => return true,
            // `SÓ…`, `KÅ”`, `Spaß®`: a capital with an accent ends a word, and a mark follows. Within a word of
            // small letters it does not; of the letters from `Ü` on there is nothing to be meant.
            0xC4..=0xDB if next_small || after_small => return true,
            0xE0.. => doubtful += 1,
            _ => {}
        }
    }
    doubtful >= 2
}

/// The one character that some characters are the bytes of.
fn decoded(part: &[char]) -> Option<char> {
    let mut bytes = [0; 4];
    for (byte, c) in bytes.iter_mut().zip(part) {
        *byte = windows_1252(*c)?;
    }
    std::str::from_utf8(&bytes[..part.len()]).ok()?.chars().next()
}

/// Letters, accents that join them, and the marks that people write.
fn is_meant(c: char) -> bool {
    let is_mark = matches!(c, '\u{300}'..='\u{36F}' | '\u{2010}'..='\u{27BF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}');
    c.is_alphabetic() || is_mark || c == '\u{FFFD}' || "\u{A0}×÷".contains(c)
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
            "RETWEET SE VOCÊ…",
            "NESTLÉ® requiere",
            "SELKÄ\u{A0}EDELLÄ\u{A0}MAAHAN",
            "5×£35",
            "Was für ein Spaß…",
            "olá…”",
            "!YO SÉ¡",
            "ПоздравЂаво",
        ] {
            assert!(!is_mojibake(text) && !is_read_otherwise(text), "{text}");
        }
        for text in ["─îe┼ítina", "Zam√≤", "La rГ©gion", "B вЂ“ C"] {
            assert!(is_read_otherwise(text), "{text}");
        }
        for text in ["âœ” No problems", "a ï¿½ b", "namedÂ\u{A0}so", "Ningboï¼ŒChina", "6Ì¶3Ì¶"] {
            assert!(is_mojibake(text), "{text}");
        }
    }
}
