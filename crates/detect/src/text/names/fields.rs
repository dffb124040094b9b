//! Values whose key or column says that they are a name or a part of an address, taken as a whole:
//! cells of delimited text with a header, `"key":"value"` pairs of JSON.

use dataward_model::Category;

use super::key;
use super::key::Announced;
use crate::lexicon;
use crate::text::Found;

/// Finds them.
pub(super) fn find(text: &str, found: &mut Vec<Found>) {
    pairs(text, found);
    cells(text, found);
}

/// `"key": "value"`.
fn pairs(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    for colon in memchr::memchr_iter(b':', bytes) {
        let before = text[..colon].trim_end_matches(' ');
        let Some(body) = before.strip_suffix('"') else { continue };
        let from = body.len().saturating_sub(40);
        let Some(open) = memchr::memrchr(b'"', &body.as_bytes()[from..]) else { continue };
        let name = &body[from + open + 1..];
        let rest = &text[colon + 1..];
        let trimmed = rest.trim_start_matches(' ');
        let start = text.len() - trimmed.len();
        let (start, value) = match trimmed.strip_prefix('"') {
            Some(inner) => {
                let most = inner.len().min(120);
                let Some(close) = memchr::memchr(b'"', &inner.as_bytes()[..most]) else { continue };
                (start + 1, &inner[..close])
            }
            None => {
                let digits = trimmed.bytes().take(12).take_while(u8::is_ascii_digit).count();
                (start, &trimmed[..digits])
            }
        };
        if !value.is_empty() {
            keep(name, &key::announced(name), start, value, found);
        }
    }
}

/// Cells below a header.
fn cells(text: &str, found: &mut Vec<Found>) {
    let Some((header, rows)) = text.split_once('\n') else { return };
    let delimiter = [',', ';', '\t', '|'].into_iter().find(|&delimiter| {
        let cells = header.matches(delimiter).count();
        cells >= 2 && rows.lines().next().is_some_and(|row| row.matches(delimiter).count() == cells)
    });
    let (Some(delimiter), true) = (delimiter, header.len() < 2048) else { return };
    let names: Vec<(&str, Announced)> = header
        .split(delimiter)
        .map(|name| name.trim().trim_matches('"'))
        .map(|name| (name, key::announced(name)))
        .collect();
    if names.iter().all(|(_, announced)| !matches!(announced, Announced::Category(_))) {
        return;
    }
    let mut start = header.len() + 1;
    for row in rows.split('\n') {
        let mut at = start;
        for ((name, announced), cell) in names.iter().zip(row.split(delimiter)) {
            let value = cell.trim().trim_matches('"');
            let offset = value.as_ptr() as usize - cell.as_ptr() as usize;
            keep(name, announced, at + offset, value, found);
            at += cell.len() + delimiter.len_utf8();
        }
        start += row.len() + 1;
    }
}

/// Whether a value ends as firms do: `Autohaus König GmbH`.
fn is_firm(value: &str) -> bool {
    let last = value.split_whitespace().next_back().unwrap_or_default().trim_end_matches([',', '.']);
    lexicon::look_up(last).is(lexicon::Kind::LegalForm) && value.contains(' ')
}

fn keep(name: &str, announced: &Announced, start: usize, value: &str, found: &mut Vec<Found>) {
    let Announced::Category(category) = announced else { return };
    let category = category.clone();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let words = value.split_whitespace().count();
    let capital = value.starts_with(|c: char| c.is_uppercase() || (c.is_alphabetic() && !c.is_lowercase()));
    let log_odds = if category == Category::POSTAL_CODE {
        if (3..=8).contains(&digits) && value.len() <= 10 { 3.0 } else { return }
    } else if category == Category::CITY || category == Category::STATE {
        if letters >= 2 && digits == 0 && words <= 5 && capital { 2.5 } else { return }
    } else if category == Category::STREET {
        if letters >= 3
            && (2..=60).contains(&value.len())
            && (digits > 0 || words <= 4)
            && !value.contains('@')
            && (digits > 0 || capital)
        {
            3.5
        } else {
            return;
        }
    } else if name.eq_ignore_ascii_case("name") {
        // A product, a server or a person: the words of the value decide.
        return;
    } else if letters >= 2
        && digits == 0
        && words <= 5
        && capital
        && !value.contains(['@', '/', '_'])
        && !is_firm(value)
    {
        1.2
    } else {
        return;
    };
    found.push(Found { start, end: start + value.len(), category, log_odds });
}
