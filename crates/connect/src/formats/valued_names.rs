//! Names of columns that are values: a person above their figures, a record where the head of a table would be, the keys
//! of a JSON object that lists people. What a column is called reaches inventories and reports, so it may be none of them.

use std::borrow::Cow;
use std::collections::HashMap;

use dataward_detect::lexicon;

use super::header::is_known_name;

/// What stands for a name of a column that is itself a value; the name where it is none.
pub(super) fn shown(name: &str) -> Cow<'_, str> {
    match value_of(name) {
        None => Cow::Borrowed(name),
        Some(word) => Cow::Owned(format!("[{word}]")),
    }
}

/// For each name that is a value, what stands for it; different for each.
pub(super) fn renamed<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<String, String> {
    let mut renamed = HashMap::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    for name in names {
        if let Cow::Owned(word) = shown(name) {
            let time = times.entry(word.clone()).and_modify(|time| *time += 1).or_insert(1);
            let word = if *time == 1 { word } else { format!("{word}_{time}") };
            renamed.insert(name.to_owned(), word);
        }
    }
    renamed
}

/// What a name of a column is if it is a value.
pub(super) fn value_of(name: &str) -> Option<&'static str> {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_address = |at: usize| at > 0 && name[at..].contains('.') && !name.contains("://");
    if name.find('@').is_some_and(is_address) {
        Some("e-mail")
    } else if digits >= MOST_DIGITS && !is_time(name) && !name.contains(char::is_alphabetic) {
        Some("number")
    } else if is_person(name) {
        Some("name")
    } else {
        None
    }
}

/// Whether a text is somebody's full name rather than what a column is called.
pub(super) fn is_person(text: &str) -> bool {
    text.len() <= LONGEST_PERSON
        && text.contains([' ', ',', '\u{a0}'])
        && lexicon::is_full_name(text)
        && !is_known_name(text)
}

/// Whether a text is a given name rather than what a column is called.
pub(super) fn is_given(text: &str) -> bool {
    text.len() <= LONGEST_PERSON && lexicon::is_given_name(text) && !is_known_name(text)
}

/// `2024-05-01 00:00:00`, `2024-01-01/2024-03-31`: columns are called after days too.
fn is_time(name: &str) -> bool {
    matches!(name.as_bytes(), [b'1' | b'2', b'9' | b'0', _, _, mark @ (b'-' | b'/' | b'.'), _, _, last, ..] if mark == last)
}

/// A phone number has more.
const MOST_DIGITS: usize = 9;
const LONGEST_PERSON: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_are_values_and_days_are_names() {
        for number in ["19811218-9876", "198112189876", "2025550143", "+49 170 1038999"] {
            assert_eq!(value_of(number), Some("number"), "{number}");
        }
        for name in ["2024-05-01 00:00:00", "2024-01-01/2024-03-31", "20240501", "Q1 2024"] {
            assert_eq!(value_of(name), None, "{name}");
        }
    }
}
