//! Phone numbers that nothing announces but the address beside them: `0151/81915838 | anna@example.com` at the end of
//! a letter, `Julia Weber;06-95269287;julia@example.com` in a list.

use dataward_model::Category;

use super::Found;
use crate::column::shape;

/// How far from the address a number may end or begin, in bytes.
const NEAR: usize = 40;
/// What a number in this place counts: more than the form of an id that it may have too.
const LOG_ODDS: f32 = 2.5;

/// Finds them; `found` holds what the structured pass found, in order.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    let mut numbers = Vec::new();
    for (at, one) in found.iter().enumerate() {
        if one.category != Category::EMAIL || one.log_odds <= 0.0 {
            continue;
        }
        // What is known already needs no look.
        let phone = |other: &&Found| other.category == Category::PHONE_NUMBER;
        let before_it = at.checked_sub(1).and_then(|before| found.get(before)).filter(phone);
        let known_before = before_it.is_some_and(|other| other.end + CLOSE >= one.start);
        let known_after = found.get(at + 1).filter(phone).is_some_and(|other| other.start <= one.end + CLOSE);
        numbers.extend(if known_before { None } else { before(text, one.start) });
        numbers.extend(if known_after { None } else { after(text, one.end) });
    }
    found.extend(numbers.into_iter().map(|(start, end)| Found {
        start,
        end,
        category: Category::PHONE_NUMBER,
        log_odds: LOG_ODDS,
    }));
}

/// A delimiter and blanks.
const CLOSE: usize = 3;

fn before(text: &str, at: usize) -> Option<(usize, usize)> {
    let window = text.get(text.floor_char_boundary(at.saturating_sub(NEAR))..at)?;
    let rest = window.trim_end_matches(['"', '<']).trim_end_matches(' ');
    let rest = rest.strip_suffix(DELIMITERS)?.trim_end_matches([' ', '"']);
    let number = rest.len() - rest.bytes().rev().take_while(|byte| is_part(*byte)).count();
    let value = rest.get(number..)?.trim_start_matches([' ', '.', '-', '/']);
    let start = at - window.len() + (rest.len() - value.len());
    let free = !text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
    (free && is_written_as_a_phone(value)).then_some((start, start + value.len()))
}

fn after(text: &str, at: usize) -> Option<(usize, usize)> {
    let window = text.get(at..text.ceil_char_boundary((at + NEAR).min(text.len())))?;
    let rest = window.trim_start_matches(['"', '>']).trim_start_matches(' ');
    let rest = rest.strip_prefix(DELIMITERS)?.trim_start_matches([' ', '"']);
    let value = rest.get(..rest.bytes().take_while(|byte| is_part(*byte)).count())?;
    let value = value.trim_end_matches([' ', '.', '-', '/']);
    let start = at + (window.len() - rest.len());
    let free = !text[start + value.len()..].starts_with(|c: char| c.is_alphanumeric() || "-_:@".contains(c));
    (free && is_written_as_a_phone(value)).then_some((start, start + value.len()))
}

/// What stands between the ways to reach somebody.
const DELIMITERS: [char; 8] = ['|', '·', '•', ';', ',', '/', '\t', '\n'];

fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || b"+()./- ".contains(&byte)
}

/// A zero, a plus or a bracket in front and no long first group, or three groups of two to four digits and more.
fn is_written_as_a_phone(value: &str) -> bool {
    let (mut digits, mut groups, mut group, mut first, mut middle) = (0, 0, 0, 0, 0);
    let mut even = true;
    for byte in value.bytes().chain([b' ']) {
        if byte.is_ascii_digit() {
            digits += 1;
            group += 1;
        } else if group > 0 {
            groups += 1;
            even &= (2..=4).contains(&group);
            first = if groups == 1 { group } else { first };
            middle = if groups == 2 { group } else { middle };
            group = 0;
        }
    }
    if !(8..=15).contains(&digits) {
        return false;
    }
    let short = groups == 1 || first <= 5;
    let led = value.starts_with(['+', '(', '0']) && !value.starts_with("0.");
    let social_security = groups == 3 && first == 3 && middle == 2 && digits == 9;
    let grouped = groups >= 3 && even && digits >= 9 && !social_security;
    (led && short || grouped) && value.matches('.').count() != 3 && shape::date(value).is_none()
}

#[cfg(test)]
mod tests {
    use dataward_model::Category;

    use crate::Detector;
    use crate::Options;

    fn phones(text: &str) -> Vec<String> {
        let detector = Detector::new(Options { today: (2026, 11, 29), names_in_text: false }).unwrap();
        let spans = detector.spans(text).into_iter().filter(|span| span.category == Category::PHONE_NUMBER);
        spans.map(|span| text[span.start..span.end].to_owned()).collect()
    }

    #[test]
    fn a_number_beside_an_address_is_a_phone() {
        for (text, phone) in [
            ("Gruß\n0160/75093161 | t.kruger@example.net", "0160/75093161"),
            ("k.mota@example.edu · 347-747-3907", "347-747-3907"),
            ("Ella Derikx;06-95269287;ella@example.com", "06-95269287"),
            ("Kristofa\n070-570 94 83 | kristofa@example.se", "070-570 94 83"),
            ("c.dudek@example.pl; 542 233 175", "542 233 175"),
        ] {
            assert_eq!(phones(text), [phone], "{text}");
        }
    }

    #[test]
    fn other_numbers_beside_an_address_are_none() {
        for text in [
            "100231;anna@example.com;24.90",
            "2024-03-11;anna@example.com;20240311",
            "anna@example.com,123-45-6789",
            "INV-0020931172;anna@example.com",
            "anna@example.com | 192.168.10.22",
        ] {
            assert!(phones(text).is_empty(), "{text}: {:?}", phones(text));
        }
    }
}
