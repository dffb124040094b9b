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
use dataward_model::TableHead;
use dataward_model::TableShape;
use futures::StreamExt;
use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use super::ALIAS;
use super::spelling::has_no_blanks;
use super::spelling::number_of;
use super::spelling::spellings;
use super::spelling::weight;
use super::spelling::words;
use super::spelling::words_as_written;
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
    let spelt: BTreeSet<String> = spellings(&mention.value).iter().map(|one| words_as_written(one)).collect();
    for words in spelt {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
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
    /// Of a document: how its last row ended. What is looked for may begin there.
    before: Option<String>,
    /// Bytes of a row in which something may stand that the next one ends.
    seam: usize,
}

impl Seeker {
    fn new(mentions: &[Mention]) -> Self {
        let longest = mentions.iter().map(|mention| mention.value.len()).max().unwrap_or_default();
        Self {
            wanted: mentions.iter().map(|mention| (ways(mention), false)).collect(),
            row: String::new(),
            before: None,
            seam: SEAM + longest * SEAM_A_BYTE,
        }
    }

    fn begin(&mut self, head: &TableHead) {
        self.before = (head.shape == TableShape::Document).then(String::new);
        let columns = head.columns.iter().map(|column| column.name.as_str());
        let names: Vec<&str> = std::iter::once(head.name.as_str()).chain(columns).collect();
        self.text(&names.join("\n"));
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
            self.row_of_text(&row);
            self.row = row;
        }
    }

    /// A row of a document ends between words where it can, or else within one: the next is looked at with the end of
    /// this one before it, in both ways.
    fn row_of_text(&mut self, row: &str) {
        let Some(before) = &mut self.before else { return self.text(row) };
        let end = row.trim_end_matches('\n');
        let next = end[end.ceil_char_boundary(end.len().saturating_sub(self.seam))..].to_owned();
        let before = std::mem::replace(before, next);
        if before.is_empty() {
            return self.text(row);
        }
        self.text(&format!("{before}\n{row}"));
        self.text(&format!("{before}{}", &row[..row.floor_char_boundary(self.seam)]));
    }
}

/// Room for the words between those of a name, and for marks within a number.
const SEAM: usize = 256;
/// How many bytes one of a value may take up, as some write it (`\u00e4`).
const SEAM_A_BYTE: usize = 6;

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
                Ok(Chunk::Begin(head)) => seeker.begin(&head),
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
            ("Weiß", "hans weiss"),
            ("Hans Weiss", "WEIẞ, HANS"),
            ("Søren Kjær", "Soeren Kjaer"),
            ("Soren Kjaer", "Søren Kjær"),
            ("Soeren Kjaer", "SØREN KJÆR"),
            ("Lech Wałęsa", "lech walesa"),
            ("Lech Walesa", "Lech WAŁĘSA"),
            ("Đorđe Petrović", "Djordje Petrovic"),
            ("Djordje Petrovic", "Đorđe Petrović"),
            ("Dorde Petrovic", "Đorđe Petrović"),
            ("Aage Åkesson", "Aage Aakesson"),
            ("Aage Åkesson", "Åge Åkesson"),
            ("Ayşe Işık", "AYSE ISIK"),
            ("Ayse Isik", "Ayşe Işık"),
        ] {
            assert!(stands(name, true, text), "{name}: {text}");
        }
        assert!(!stands("Anna Krause", true, "Anna Schmidt kam, und am Abend ging Peter Krause"));
        assert!(!stands("佐藤 花子", true, "佐藤太郎"));
    }

    #[test]
    fn what_spans_two_rows_of_a_text_is_found_wherever_it_is_cut() {
        for (value, is_name, written) in [
            ("Anna Krause", true, "Krause, Anna"),
            ("+49 170 1038999", false, "0170 / 10 38 999"),
            ("anna.krause@posteo.de", false, "anna.krause@posteo.de"),
        ] {
            for filler in ["so it is ", "unbroken,"] {
                let filler: String = filler.chars().cycle().take(8_300).collect();
                for start in 8_150..8_200 {
                    let text = format!("{} {written} {filler}", &filler[..start]);
                    let mention = Mention::of(value, is_name).unwrap();
                    let mut seeker = Seeker::new(&[mention]);
                    let found = crate::formats::testing::read("letter.txt", text.as_bytes());
                    let table = &found.tables[0];
                    seeker.begin(&table.head);
                    assert!(table.column(TableHead::TEXT).len() > 1);
                    table.batches.iter().for_each(|batch| seeker.rows(batch));
                    assert!(seeker.is_done(), "{value} at {start}");
                }
            }
        }
    }

    #[test]
    fn what_tells_nobody_apart_is_not_looked_for() {
        assert_eq!(Mention::of("42", false), None);
        assert_eq!(Mention::of(" - ", true), None);
    }
}
