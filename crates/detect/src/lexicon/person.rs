//! Whether a few words are somebody's name, where no other text stands around them: a name of a column, a key, a file.

use super::Kind;
use super::look_up;

/// Words that stand beside a name.
const BESIDE: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "dr", "du", "el", "frau", "herr", "la", "le",
    "m", "mlle", "mme", "mr", "mrs", "ms", "prof", "sig", "sr", "sra", "ten", "ter", "van", "von", "zu",
];

/// Words that are names now and then, and names of fields and places much more often.
const FIELDS: [&str; 23] = [
    "america",
    "case",
    "christian",
    "code",
    "date",
    "east",
    "first",
    "grace",
    "last",
    "max",
    "min",
    "name",
    "north",
    "number",
    "page",
    "price",
    "sale",
    "sales",
    "south",
    "state",
    "unit",
    "west",
    "will",
];

/// Kinds of words that are names of places and things when two of them stand together: `Virginia Beach`.
const OTHERS: [Kind; 5] = [Kind::Country, Kind::Department, Kind::LegalForm, Kind::State, Kind::Street];

/// Kinds of words that are fields and values as often as names.
const EVERYDAY: [Kind; 12] = [
    Kind::Colour,
    Kind::Common,
    Kind::Country,
    Kind::Currency,
    Kind::Department,
    Kind::Gender,
    Kind::Job,
    Kind::Language,
    Kind::State,
    Kind::Status,
    Kind::Time,
    Kind::Unit,
];

/// Whether `text` is a given name and a surname in either order and nothing else but titles and initials, written as
/// names are: with capitals and blanks. `max_price` is none.
pub fn is_full_name(text: &str) -> bool {
    let words: Vec<&str> = text
        .split([' ', '\u{a0}', ',', ';'])
        .map(|word| word.trim_matches(['.', '(', ')', '"', '\'']))
        .filter(|word| !word.is_empty())
        .collect();
    let names: Vec<&str> = words.iter().copied().filter(|word| word.chars().count() > 1 && !is_beside(word)).collect();
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return false };
    if !(2..=4).contains(&names.len()) || words.len() > 6 || !names.iter().all(|name| is_written_as_name(name)) {
        return false;
    }
    let others = names.iter().any(|name| look_up(name).is_any(&OTHERS));
    let place = look_up(text);
    if others || place.city().is_some() || place.is_any(&OTHERS) {
        return false;
    }
    // `Max Weber` is a name, `Max Price` and `North America` are none.
    if names.iter().skip(1).any(|name| is_field(name)) {
        return false;
    }
    let is_given = |name: &str| look_up(name).given().is_some_and(|weight| weight >= LEAST);
    let is_surname = |name: &str| look_up(name).surname().is_some_and(|weight| weight >= LEAST_SURNAME);
    // `de Vries`
    let behind = words.iter().skip_while(|word| *word != first).skip(1).copied().collect::<Vec<&str>>().join(" ");
    is_given(first) && (is_surname(last) || is_surname(&behind)) || is_surname(first) && is_given(last)
}

/// Whether one word is somebody's given name and nothing from everyday life: `Anna`, but neither `Mark` nor `April`.
pub fn is_given_name(word: &str) -> bool {
    let entry = look_up(word);
    let is_word = word.chars().count() > 2 && word.chars().all(|letter| letter.is_alphabetic() || letter == '-');
    is_word && !is_field(word) && entry.given().is_some_and(|weight| weight >= LEAST) && !entry.is_any(&EVERYDAY)
}

/// How common a word is at least that the lexicon has from lists of names; others are chance finds.
const LEAST: u8 = 20;
/// The same of surnames.
const LEAST_SURNAME: u8 = 14;

fn is_field(word: &str) -> bool {
    FIELDS.binary_search(&word.to_lowercase().as_str()).is_ok()
}

fn is_beside(word: &str) -> bool {
    BESIDE.binary_search(&word.to_lowercase().as_str()).is_ok()
}

fn is_written_as_name(word: &str) -> bool {
    word.chars().next().is_some_and(|first| first.is_uppercase() || (first.is_alphabetic() && !first.is_lowercase()))
        && word.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '-' | '\'' | '’'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_told_from_names_of_fields() {
        for name in [
            "Anna Meier",
            "Meier, Anna",
            "Dr. Anna Meier",
            "ANNA MEIER",
            "Jan de Vries",
            "Grace M. Hopper",
            "Zoë Müller",
            "Max Weber",
            "Grace Hopper",
            "Eva Schulz",
        ] {
            assert!(is_full_name(name), "{name}");
        }
        for name in [
            "First Name",
            "Order Date",
            "max_price",
            "Max Price",
            "Grand Total",
            "Page Views",
            "Bill To",
            "Ship Date",
            "Maiden Name",
            "North America",
            "San Francisco",
            "Virginia Beach",
            "Christian Name",
            "anna",
            "Anna",
            "Status Code",
            "Summer Sale",
            "Art Direction",
            "Long Description",
            "Sales Rep",
            "Unit Price",
            "Product Line",
            "Date Of Birth",
            "New York",
        ] {
            assert!(!is_full_name(name), "{name}");
        }
        for name in ["Anna", "ida", "Giuseppe", "Heinz-Peter"] {
            assert!(is_given_name(name), "{name}");
        }
        for name in ["mark", "April", "title", "price", "id", "status", "Berlin", "item", "max", "Grace", "will"] {
            assert!(!is_given_name(name), "{name}");
        }
    }
}
