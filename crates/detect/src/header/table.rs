//! What the name of a table says of its rows.

use super::DICTIONARY;
use super::Meaning;

/// What the name of a table says, each 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableName {
    pub(crate) person: f64,
    pub(crate) organisation: f64,
    pub(crate) place: f64,
    pub(crate) thing: f64,
}

/// Reads the name of a table: the last part of `schema.table` or of a path, without its ending; the
/// parts before it count a little.
pub(crate) fn table_name(name: &str) -> TableName {
    let (place, inner) = match name.split_once('#') {
        Some((place, inner)) => (place, Some(inner)),
        None => (name, None),
    };
    let place = match place.rsplit_once('.') {
        Some((stem, ending)) if FILE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) => stem,
        _ => place,
    };
    let mut parts = place.split(['/', '.', '!']).rev().filter(|part| !part.is_empty());
    let mut read = table_words(parts.next().unwrap_or(place));
    if let Some(schema) = parts.next() {
        read.raise(table_words(schema), 0.3);
    }
    if let Some(inner) = inner {
        read.raise(table_words(inner), 0.9);
    }
    read
}

const FILE_ENDINGS: &[&str] =
    &["csv", "tsv", "json", "jsonl", "ndjson", "parquet", "xlsx", "xls", "ods", "txt", "gz", "zst", "sql", "xml"];

impl TableName {
    fn raise(&mut self, other: Self, share: f64) {
        self.person = self.person.max(share * other.person);
        self.organisation = self.organisation.max(share * other.organisation);
        self.place = self.place.max(share * other.place);
        self.thing = self.thing.max(share * other.thing);
    }
}

/// With which tables of one country are marked.
const COUNTRIES: &[&str] = &[
    "at", "au", "be", "br", "ca", "ch", "de", "en", "es", "eu", "fr", "gb", "it", "ja", "jp", "mx", "nl", "pl", "pt",
    "se", "sv", "uk", "us",
];

pub(super) fn table_words(name: &str) -> TableName {
    let mut segments = DICTIONARY.table_segments(name);
    // `stores_fr`: the country of the rows is not what they are.
    if segments.len() > 1 {
        segments.pop_if(|(key, _)| key.len() == 2 && COUNTRIES.contains(&key.as_str()));
    }
    let mut read = TableName::default();
    let count = segments.len();
    for (place, (_, terms)) in segments.iter().enumerate() {
        // The last word is what the rows are: film_actor holds actors, customer_group groups.
        let share = if place + 1 == count { 1.0 } else { 0.45 };
        for term in *terms {
            let strength = term.strength * share;
            match term.meaning {
                Meaning::Person => read.person = read.person.max(strength),
                Meaning::Organisation => read.organisation = read.organisation.max(strength),
                Meaning::Place => read.place = read.place.max(strength),
                Meaning::Thing => read.thing = read.thing.max(strength),
                _ => {}
            }
        }
    }
    read
}
