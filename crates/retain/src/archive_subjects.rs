//! Who is in a part of an archive: so that a hold on a person keeps the parts that speak of them, and no others.
//!
//! Beside each part lies a file with a keyed HMAC of every word in its rows and in the rows that these refer to (an
//! order says nothing of its customer but a number), sealed as the traces of erasures are. A value may be in the part
//! when all of its words are: rather one part too many is kept than one too few. Parts of files and objects, and parts
//! that were written before there were such files, have none, and stay for anybody.

use std::collections::BTreeSet;
use std::collections::HashSet;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::amend::stored::spellings;
use dataward_connect::amend::stored::words as plain_words;
use dataward_model::SourceId;
use hmac::Mac;
use serde::Deserialize;
use serde::Serialize;

use crate::ErasureKey;
use crate::error::RetainError;
use crate::hold_book::Meaning;

/// What is kept of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subjects {
    /// The source.
    pub source: SourceId,
    /// The table; of files and objects the name that stands for all of them.
    pub table: String,
    /// Rows in the part.
    pub rows: u64,
    /// That table, and those that its rows refer to.
    tables: BTreeSet<String>,
    /// Somebody may be in it whom the words do not tell.
    doubtful: bool,
    /// The first 64 bits of each word's HMAC, in order.
    words: Vec<u64>,
}

impl Subjects {
    /// What is sealed, for the part of this name.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, key: &ErasureKey, part: &str) -> Result<Vec<u8>, RetainError> {
        let text = serde_json::to_vec(self).map_err(|error| RetainError::Internal(error.to_string()))?;
        key.seal(&text, &label(part)).map_err(|error| RetainError::Internal(error.to_string()))
    }

    /// What was sealed; none when the key is another one, or it is of another part: then anybody may be in it.
    pub fn open(sealed: &[u8], key: &ErasureKey, part: &str) -> Option<Self> {
        serde_json::from_slice(&key.open(sealed, &label(part))?).ok()
    }

    /// Whether a hold on `table` (none: all of the source), and there on what `meaning` says, may be about rows of it.
    pub fn may_hold(&self, key: &ErasureKey, table: Option<&str>, meaning: Option<&Meaning>) -> bool {
        if self.doubtful {
            return true;
        }
        let has = |value: &str| {
            // Numbers, moments and accounts are written in many ways.
            let (letters, digits) = value
                .chars()
                .filter(|one| one.is_alphanumeric())
                .partition::<Vec<char>, _>(|one| !one.is_ascii_digit());
            if digits.len() >= letters.len() {
                return true;
            }
            let has_word = |word: &str| self.words.binary_search(&digest(key, word)).is_ok();
            let has = |value: &str| {
                let mut words = HashSet::new();
                let is_plain = words_of(value, &mut words);
                let plain = plain_words(value);
                let mut plain = plain.split_whitespace().peekable();
                !is_plain || words.iter().all(|word| has_word(word)) || (plain.peek().is_some() && plain.all(has_word))
            };
            has(value) || spellings(value).iter().any(|spelling| has(spelling))
        };
        let is_here = table.is_none_or(|table| self.tables.contains(table));
        is_here
            && match meaning {
                None => true,
                Some(Meaning::Person(person)) => has(&person.value),
                Some(Meaning::Rows(rows)) => rows.values().all(has),
            }
    }
}

fn label(part: &str) -> String {
    format!("dataward archive {part}")
}

fn digest(key: &ErasureKey, word: &str) -> u64 {
    let mut keyed = key.keyed("archive words");
    keyed.update(word.as_bytes());
    keyed.finalize().into_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Gathers the words of a part.
pub(crate) struct Gatherer {
    subjects: Subjects,
    words: HashSet<String>,
}

impl Gatherer {
    pub(crate) fn new(source: SourceId, table: String, rows: u64) -> Self {
        let subjects = Subjects { source, table, rows, tables: BTreeSet::new(), doubtful: false, words: Vec::new() };
        Self { subjects, words: HashSet::new() }
    }

    /// Somebody may be in the part whom its words do not tell.
    pub(crate) fn doubt(&mut self) {
        self.subjects.doubtful = true;
    }

    /// Takes up rows of a table, as texts; `above` are the tables that it inherits from.
    pub(crate) fn rows(&mut self, table: &str, above: &[&str], rows: &RecordBatch) {
        self.subjects.tables.extend(above.iter().chain([&table]).map(|name| (*name).to_owned()));
        for column in rows.columns() {
            let Some(texts) = column.as_any().downcast_ref::<StringArray>() else {
                self.doubt();
                continue;
            };
            for text in texts.iter().flatten() {
                let bytes = hexadecimal(text);
                let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or(text);
                if !words_of(text, &mut self.words) {
                    self.doubt();
                }
                // Without accents, and as addresses of pages mean them.
                self.words.extend(plain_words(text).split_whitespace().map(str::to_owned));
            }
        }
    }

    pub(crate) fn finish(self, key: &ErasureKey) -> Subjects {
        let mut words: Vec<u64> = self.words.iter().map(|word| digest(key, word)).collect();
        words.sort_unstable();
        words.dedup();
        Subjects { words, ..self.subjects }
    }
}

/// Bytes as the engines write them: `\x00ff`, `X'00ff'`.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = match text.strip_prefix("\\x") {
        Some(digits) => digits,
        None => text.strip_prefix("X'").and_then(|rest| rest.strip_suffix('\''))?,
    };
    hex::decode(digits).ok()
}

/// Adds the words of a text in small letters; whether that is all that it says. Scripts that write without blanks give
/// each letter by itself.
fn words_of(text: &str, words: &mut HashSet<String>) -> bool {
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    let mut is_plain = true;
    while let Some(letter) = letters.next() {
        // What stands behind it in JSON is a line end, or a letter as a number.
        if letter == '\\' {
            is_plain &= letters.peek() != Some(&'u');
            if letters.peek().is_some_and(|next| matches!(next, 'b' | 'f' | 'n' | 'r' | 't')) {
                letters.next();
            }
        }
        if !letter.is_alphanumeric() {
            take(&mut word, words);
        } else if letter >= FIRST_WITHOUT_BLANKS {
            take(&mut word, words);
            words.insert(letter.to_string());
        } else {
            word.extend(letter.to_lowercase());
        }
    }
    take(&mut word, words);
    is_plain
}

/// Thai, and after a few scripts with blanks those of East Asia.
const FIRST_WITHOUT_BLANKS: char = '\u{0e00}';

fn take(word: &mut String, words: &mut HashSet<String>) {
    if !word.is_empty() && !words.contains(word.as_str()) {
        words.insert(std::mem::take(word));
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::ArrayRef;
    use arrow_schema::DataType;
    use arrow_schema::Field;
    use arrow_schema::Schema;
    use dataward_model::Category;

    use super::*;
    use crate::hold_person::Person;

    fn part(texts: &[&str]) -> (Subjects, ErasureKey) {
        let key = ErasureKey::of(&[7; 32]);
        let schema = Schema::new(vec![Field::new("text", DataType::Utf8, true)]);
        let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let rows = RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap();
        let mut gatherer = Gatherer::new(SourceId::new("shop").unwrap(), "tickets".to_owned(), texts.len() as u64);
        gatherer.rows("tickets", &["letters"], &rows);
        (gatherer.finish(&key), key)
    }

    fn holds(texts: &[&str], value: &str) -> bool {
        let (subjects, key) = part(texts);
        let sealed = subjects.seal(&key, "part").unwrap();
        let opened = Subjects::open(&sealed, &key, "part").unwrap();
        assert_eq!(opened, subjects);
        assert_eq!(Subjects::open(&sealed, &key, "another part"), None);
        let plain = |word: &str| sealed.windows(word.len()).any(|part| part == word.as_bytes());
        assert!(texts.iter().all(|text| text.len() < 4 || !plain(text)), "nothing can be read");
        let category = Category::EMAIL;
        let person = Meaning::Person(Person { category, value: value.to_owned() });
        opened.may_hold(&key, None, Some(&person))
    }

    #[test]
    fn a_value_is_found_wherever_it_stands_and_others_are_not() {
        let texts = ["Please write to ADA@lantern.example.", "{\"note\":\"call\\nben@lantern.example\"}", "山田太郎様"];
        let encoded = ["/list?email=eve%40lantern.example", "Je\u{301}ro\u{302}me"];
        assert!(
            holds(&encoded, "eve@lantern.example") && holds(&encoded, "Jérôme"),
            "as addresses and other systems write"
        );
        for value in ["ada@lantern.example", "Ben@Lantern.example", "山田太郎", "lantern"] {
            assert!(holds(&texts, value), "{value}");
        }
        for value in ["carol@lantern.example", "ada@other.example", "山田花子"] {
            assert!(!holds(&texts, value), "{value}");
        }
        let spelt = ["Bjoern Mueller"];
        assert!(holds(&spelt, "Björn Müller") && holds(&["Müller"], "Mueller"), "as one writes without umlauts");
        assert!(holds(&["\\x616461406c616e7465726e2e6578616d706c65"], "ada@lantern.example"), "bytes that are a text");
        assert!(holds(&["{\"name\":\"M\\u00fcller\"}"], "Schmidt"), "letters as numbers: nobody can tell");
    }

    #[test]
    fn a_hold_on_a_table_keeps_its_own_parts() {
        let (subjects, key) = part(&["a"]);
        assert!(subjects.may_hold(&key, Some("tickets"), None) && subjects.may_hold(&key, None, None));
        assert!(subjects.may_hold(&key, Some("letters"), None), "those of a table that inherits are its own too");
        assert!(!subjects.may_hold(&key, Some("orders"), None));
    }
}
