//! Whether what a person is known by stands in a file: in its text however that is packed or written, and in the names
//! of its parts and columns. Rather one file too many mentions somebody than one too few.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_cast::cast;
use arrow_schema::DataType;
use dataward_model::SkipCause;
use futures::StreamExt;
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::ALIAS;
use crate::Chunk;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;
use crate::amend::Sql;
use crate::sqlite::quote_identifier;

/// What a person is known by, as it is looked for in the content of files and objects. Prints as `***`.
///
/// In conditions it is a column like any other ([`Mention::stands`]), which is filled only of those rows whose fate
/// hangs on it: their content is read then.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    is_name: bool,
    value: String,
}

impl std::fmt::Debug for Mention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Letters and digits of a value that tells somebody apart wherever it stands; one of East Asia counts for three.
const TELLING: usize = 6;

/// From this letter on (Thai, and after a few others East Asia) scripts write without blanks between words.
const FIRST_WITHOUT_BLANKS: char = '\u{0e00}';

/// With fewer digits a value is no number that tells people apart, as sketches have it.
const FEWEST_DIGITS: usize = 7;

/// The last digits of the number of a phone, which tell a subscriber.
const SUBSCRIBER: usize = 9;

/// Words that may stand between those of a name: `Anna Maria Krause`.
const BETWEEN: usize = 2;

impl Mention {
    /// Of a value; none of one that is too short to tell anybody apart: it would be found everywhere.
    pub fn of(value: &str, is_name: bool) -> Option<Self> {
        let enough = if is_name { TELLING / 2 } else { TELLING };
        (weight(value) >= enough).then(|| Self { is_name, value: value.trim().to_owned() })
    }

    /// True of the files and objects in which it stands.
    pub fn stands(&self) -> Sql {
        Sql::from_trusted(format!("{ALIAS}.{} = {FOUND}", quote_identifier(&self.column())))
    }

    /// True of those and of what could not be read whole.
    pub fn may_stand(&self) -> Sql {
        Sql::from_trusted(format!("{ALIAS}.{} <> {ABSENT}", quote_identifier(&self.column())))
    }

    /// The name of its column.
    pub(super) fn column(&self) -> String {
        format!("{COLUMN}{}{}", if self.is_name { 'n' } else { 'v' }, hex::encode(&self.value))
    }

    fn from_column(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(COLUMN)?;
        let (is_name, digits) = match rest.strip_prefix('n') {
            Some(digits) => (true, digits),
            None => (false, rest.strip_prefix('v')?),
        };
        Some(Self { is_name, value: String::from_utf8(hex::decode(digits).ok()?).ok()? })
    }

    /// All that these conditions speak of.
    pub(super) fn all_in(texts: &[&str]) -> Vec<Self> {
        let quoted = texts.iter().flat_map(|text| text.split('"'));
        let found: BTreeSet<Self> = quoted.filter_map(Self::from_column).collect();
        found.into_iter().collect()
    }
}

/// How the names of such columns begin.
const COLUMN: &str = "mentions ";

/// It does not stand there.
pub(super) const ABSENT: u8 = 0;
/// It does.
pub(super) const FOUND: u8 = 1;
/// Not all could be read.
pub(super) const UNREAD: u8 = 2;

/// How much the letters and digits of a value tell.
pub fn weight(value: &str) -> usize {
    let of = |letter: char| if letter < FIRST_WITHOUT_BLANKS { 1 } else { 3 };
    value.chars().filter(|letter| letter.is_alphanumeric()).map(of).sum()
}

/// Whether words of this are written without blanks between them.
pub fn has_no_blanks(word: &str) -> bool {
    word.chars().any(|letter| letter >= FIRST_WITHOUT_BLANKS)
}

/// The words of a text as the column `words` has those of a path: of `mails/J%C3%A9r%C3%B4me_Lefèvre.eml` they are
/// ` mails jerome lefevre eml `. What a key has as `%` and two digits is read as the letter it means.
pub fn words(text: &str) -> String {
    words_as_written(&percent_decode_str(text).decode_utf8_lossy())
}

fn words_as_written(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    let mut push = |letter: char| match letter.is_alphanumeric() {
        true => words.push(letter),
        false if !words.ends_with(' ') => words.push(' '),
        false => {}
    };
    if text.is_ascii() {
        text.chars().for_each(|letter| push(letter.to_ascii_lowercase()));
    } else {
        text.nfkd().flat_map(char::to_lowercase).filter(|letter| !is_combining_mark(*letter)).for_each(push);
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// A name as it may be written where there are no umlauts, and with the umlauts that it may have had.
pub fn spellings(value: &str) -> Vec<String> {
    let pairs = [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss"), ('å', "aa"), ('ø', "oe"), ('æ', "ae")];
    let lower: String = value.nfc().collect::<String>().to_lowercase();
    let spelt_out = pairs.iter().fold(lower.clone(), |value, (letter, two)| value.replace(*letter, two));
    let put_together = [("ae", "a"), ("oe", "o"), ("ue", "u")];
    let put_together = put_together.iter().fold(lower.clone(), |value, (two, letter)| value.replace(two, letter));
    let mut all = vec![lower];
    for one in [spelt_out, put_together] {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The letters and digits of a value by which a phone, an account or a document is known however it is written; none of
/// what has too few digits to be one, and of addresses of mail.
pub fn number_of(value: &str) -> Option<String> {
    let letters: String = value.nfkd().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let digits = letters.bytes().filter(u8::is_ascii_digit).count();
    if value.contains('@') || digits < FEWEST_DIGITS {
        return None;
    }
    // A number of a phone has at most 15 digits (ITU-T E.164).
    let is_phone = digits == letters.len() && (SUBSCRIBER..=15).contains(&digits);
    Some(letters[if is_phone { digits - SUBSCRIBER } else { 0 }..].to_owned())
}

/// One way to find a mention.
enum Way {
    /// These words, one after the other.
    Words(String),
    /// The same without blanks.
    Together(String),
    /// All of these words near each other, in any order.
    Name(Vec<String>),
    /// These letters and digits, whatever marks stand between them.
    Number(String),
}

fn ways(mention: &Mention) -> Vec<Way> {
    let mut ways = Vec::new();
    if !mention.is_name {
        ways.extend(number_of(&mention.value).map(Way::Number));
        let words = words_as_written(&mention.value);
        ways.push(match has_no_blanks(&words) {
            true => Way::Together(words.replace(' ', "")),
            false => Way::Words(words),
        });
        return ways;
    }
    for spelling in spellings(&mention.value) {
        let words: Vec<String> = words_as_written(&spelling).split_whitespace().map(str::to_owned).collect();
        let orders = [words.concat(), words.iter().rev().map(String::as_str).collect()];
        ways.extend(orders.into_iter().filter(|order| weight(order) >= TELLING).map(Way::Together));
        ways.push(Way::Name(words));
    }
    ways
}

/// A text in the forms in which it is looked through, made when they are needed.
struct Hay<'a> {
    text: &'a str,
    words: OnceCell<Vec<String>>,
    numbers: OnceCell<String>,
}

impl Hay<'_> {
    fn words(&self) -> &[String] {
        self.words.get_or_init(|| {
            let mut forms = vec![words_as_written(self.text)];
            if self.text.contains('%') {
                forms.push(words(self.text));
            }
            forms
        })
    }

    /// Letters and digits without the marks that stand within numbers.
    fn numbers(&self) -> &str {
        self.numbers.get_or_init(|| {
            let plain = percent_decode_str(self.text).decode_utf8_lossy();
            let mut numbers = String::with_capacity(plain.len());
            for letter in plain.nfkd() {
                match letter {
                    _ if letter.is_ascii_alphanumeric() => numbers.push(letter.to_ascii_uppercase()),
                    '\n' | '\r' | ';' | '"' | '|' | '<' | '>' | '{' | '}' => numbers.push(' '),
                    _ => {}
                }
            }
            numbers
        })
    }

    fn has(&self, way: &Way) -> bool {
        match way {
            Way::Words(wanted) => self.words().iter().any(|words| words.contains(wanted.as_str())),
            Way::Together(wanted) => self.words().iter().any(|words| match has_no_blanks(wanted) {
                true => words.replace(' ', "").contains(wanted.as_str()),
                false => words.contains(wanted.as_str()),
            }),
            Way::Name(wanted) => self.words().iter().any(|words| are_near(words, wanted)),
            Way::Number(wanted) => self.numbers().contains(wanted.as_str()),
        }
    }
}

/// Whether all of these words stand near each other, in any order.
fn are_near(text: &str, wanted: &[String]) -> bool {
    if wanted.is_empty() || wanted.iter().any(|word| !text.contains(word.as_str())) {
        return false;
    }
    let mut last: Vec<Option<usize>> = vec![None; wanted.len()];
    for (at, word) in text.split_whitespace().enumerate() {
        let mut is_one = false;
        for (wanted, last) in wanted.iter().zip(&mut last) {
            if word == wanted || (has_no_blanks(wanted) && word.contains(wanted.as_str())) {
                *last = Some(at);
                is_one = true;
            }
        }
        let first = last.iter().copied().collect::<Option<Vec<usize>>>().and_then(|all| all.into_iter().min());
        if is_one && first.is_some_and(|first| at - first < wanted.len() + BETWEEN) {
            return true;
        }
    }
    false
}

/// Looks for several at once.
struct Seeker {
    wanted: Vec<(Vec<Way>, bool)>,
    row: String,
}

impl Seeker {
    fn new(mentions: &[Mention]) -> Self {
        Self { wanted: mentions.iter().map(|mention| (ways(mention), false)).collect(), row: String::new() }
    }

    fn is_done(&self) -> bool {
        self.wanted.iter().all(|(_, found)| *found)
    }

    fn text(&mut self, text: &str) {
        self.plain(text);
        // Text of two bytes a letter, within what is no text.
        if text.contains('\0') && !self.is_done() {
            self.plain(&text.replace('\0', ""));
        }
    }

    fn plain(&mut self, text: &str) {
        let hay = Hay { text, words: OnceCell::new(), numbers: OnceCell::new() };
        for (ways, found) in self.wanted.iter_mut().filter(|(_, found)| !found) {
            *found = ways.iter().any(|way| hay.has(way));
        }
    }

    /// Each row, its cells one after the other.
    fn rows(&mut self, batch: &RecordBatch) {
        let texts = batch.columns().iter().filter_map(|column| {
            let is_text = !matches!(column.data_type(), DataType::Boolean | DataType::Binary | DataType::LargeBinary);
            is_text.then(|| cast(column, &DataType::Utf8).ok()).flatten()
        });
        let texts: Vec<_> = texts.collect();
        let columns: Vec<&StringArray> = texts.iter().filter_map(|column| column.as_any().downcast_ref()).collect();
        for at in 0..batch.num_rows() {
            if self.is_done() {
                return;
            }
            let mut row = std::mem::take(&mut self.row);
            row.clear();
            for column in columns.iter().filter(|column| column.is_valid(at)) {
                row.push_str(column.value(at));
                row.push('\n');
            }
            self.text(&row);
            self.row = row;
        }
    }
}

/// Of each mention, whether it stands in `unit`: all bytes of it are looked through as they lie there, unpacked, and
/// what its format makes of them.
pub(super) async fn search(read: &dyn Read, unit: &Unit, mentions: &[Mention]) -> Vec<u8> {
    let mut seeker = Seeker::new(mentions);
    let mut unread = false;
    for as_it_lies in [true, false] {
        let request = ReadRequest { as_it_lies, ..ReadRequest::full() };
        let is_fault = |error: &ConnectError| as_it_lies || !matches!(error, ConnectError::NotSupported { .. });
        let mut chunks = match read.read(unit, &request).await {
            Ok(chunks) => chunks,
            Err(error) => {
                unread |= is_fault(&error);
                continue;
            }
        };
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(Chunk::Begin(head)) => {
                    let columns = head.columns.iter().map(|column| column.name.as_str());
                    let names: Vec<&str> = std::iter::once(head.name.as_str()).chain(columns).collect();
                    seeker.text(&names.join("\n"));
                }
                Ok(Chunk::Rows(batch)) => {
                    let names: Vec<&str> =
                        batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
                    seeker.text(&names.join("\n"));
                    seeker.rows(&batch);
                }
                Ok(Chunk::End { .. }) => {}
                Ok(Chunk::Skipped(skipped)) => {
                    seeker.text(&skipped.place);
                    unread |= as_it_lies || skipped.cause == SkipCause::Failed;
                }
                Err(error) => unread |= is_fault(&error),
            }
            if seeker.is_done() {
                break;
            }
        }
        if seeker.is_done() {
            break;
        }
    }
    let of = |(_, found): &(Vec<Way>, bool)| match (found, unread) {
        (true, _) => FOUND,
        (false, true) => UNREAD,
        (false, false) => ABSENT,
    };
    seeker.wanted.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(value: &str, is_name: bool, text: &str) -> bool {
        let mention = Mention::of(value, is_name).unwrap();
        assert_eq!(Mention::all_in(&[mention.stands().as_str()]), std::slice::from_ref(&mention), "by its column");
        let mut seeker = Seeker::new(&[mention]);
        seeker.text(text);
        seeker.is_done()
    }

    #[test]
    fn an_address_of_mail_is_found_however_it_is_wrapped() {
        for text in [
            "ok\nAnna.Krause@posteo.de\n",
            "s. anna.krause@posteo.de, 2018",
            "mailto:anna.krause@posteo.de?subject=x",
            "Anna Krause <ANNA.KRAUSE@POSTEO.DE>",
            "/ablage/anna.krause@posteo.de/r.pdf",
            "https://x.example/?email=anna.krause%40posteo.de&n=50%",
            "kd:anna.krause@posteo.de:2018",
            "a\0n\0n\0a\0.\0k\0r\0a\0u\0s\0e\0@\0p\0o\0s\0t\0e\0o\0.\0d\0e\0",
        ] {
            assert!(stands("anna.krause@posteo.de", false, text), "{text}");
        }
        for text in ["johanna.krause@posteo.de", "anna.krause@posteo.debian.example", "anna.krause@web.de"] {
            assert!(!stands("anna.krause@posteo.de", false, text), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_by_its_digits_and_a_name_by_its_words() {
        for text in ["Tel.0170 / 10 38 999", "tel:+49-170-1038999", "00491701038999", "tel=%2B491701038999"] {
            assert!(stands("+49 170 1038999", false, text), "{text}");
        }
        assert!(!stands("+49 170 1038999", false, "0170 10389\n99"));
        for (name, text) in [
            ("Anna Krause", "die frau anna maria krause war hier"),
            ("Anna Krause", "KRAUSE, Anna"),
            ("Anna Krause", "AnnaKrause2018"),
            ("Jérôme Lefèvre", "Je\u{301}ro\u{302}me Lefe\u{300}vre"),
            ("Jérôme Lefèvre", "JEROME LEFEVRE"),
            ("Björn Müller", "Bjoern Mueller"),
            ("Bjoern Mueller", "Björn Müller"),
            ("佐藤 花子", "様 佐藤花子様へ"),
            ("佐藤 花子", "佐藤 花子"),
            ("Иван Петров", "ПЕТРОВ ИВАН"),
        ] {
            assert!(stands(name, true, text), "{name}: {text}");
        }
        assert!(!stands("Anna Krause", true, "Anna Schmidt kam, und am Abend ging Peter Krause"));
        assert!(!stands("佐藤 花子", true, "佐藤太郎"));
    }

    #[test]
    fn what_tells_nobody_apart_is_not_looked_for() {
        assert_eq!(Mention::of("42", false), None);
        assert_eq!(Mention::of(" - ", true), None);
    }
}
