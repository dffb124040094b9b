//! Rich Text Format: the text and who wrote it, without pictures, fonts and styles.

use std::io::BufRead;
use std::io::BufReader;

use encoding_rs::WINDOWS_1252;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::limits::from_io;
use super::text_rows::TextRows;
use crate::ConnectError;

/// A rich text document.
pub(super) struct Rtf;

impl Format for Rtf {
    fn name(&self) -> &'static str {
        "RTF"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        if head.starts_with(b"{\\rtf") { Certainty::Certain } else { Certainty::No }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let mut reader = BufReader::with_capacity(64 << 10, input.into_read());
        let mut document = DocumentWriter::begin(out, &name)?;
        let mut emit = |row: &str| document.push(row);
        let mut rows = TextRows::new(&mut emit);
        let mut parser = Parser::default();
        loop {
            let block = reader.fill_buf().map_err(|error| from_io(&name, &error))?;
            if block.is_empty() {
                break;
            }
            for byte in block {
                parser.take(*byte);
            }
            let taken = block.len();
            reader.consume(taken);
            rows.push(&parser.text)?;
            parser.text.clear();
        }
        rows.end_row()?;
        document.finish()
    }
}

#[derive(Default)]
struct Parser {
    text: String,
    /// For each open group: whether its text is left out.
    silent: Vec<bool>,
    word: String,
    state: State,
    /// Characters that only repeat the last `\u`.
    repeats: u32,
    /// How many of these each `\u` has.
    fallback: u32,
    high_surrogate: Option<u16>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    Hex(Option<u8>),
    Slash,
    #[default]
    Text,
    Word,
}

impl Parser {
    fn take(&mut self, byte: u8) {
        match self.state {
            State::Text => self.plain(byte),
            State::Slash => match byte {
                b'\'' => self.state = State::Hex(None),
                b'a'..=b'z' | b'A'..=b'Z' => {
                    self.word.push(char::from(byte));
                    self.state = State::Word;
                }
                other => {
                    self.state = State::Text;
                    match other {
                        b'*' => self.silence(),
                        b'~' => self.put(' '),
                        b'_' => self.put('-'),
                        b'{' | b'}' | b'\\' => self.put(char::from(other)),
                        b'\n' | b'\r' => self.put('\n'),
                        _ => {}
                    }
                }
            },
            State::Word if byte.is_ascii_alphanumeric() || byte == b'-' => {
                if self.word.len() < 40 {
                    self.word.push(char::from(byte));
                }
            }
            State::Word => {
                self.state = State::Text;
                self.command();
                if byte != b' ' {
                    self.plain(byte);
                }
            }
            State::Hex(first) => {
                let digit = char::from(byte).to_digit(16).map(|digit| digit as u8);
                self.state = match (first, digit) {
                    (None, Some(digit)) => State::Hex(Some(digit)),
                    (Some(first), Some(digit)) => {
                        self.put_fallback(windows_1252(first << 4 | digit));
                        State::Text
                    }
                    (_, None) => State::Text,
                };
            }
        }
    }

    fn plain(&mut self, byte: u8) {
        match byte {
            b'\\' => self.state = State::Slash,
            b'{' => {
                let outer = self.silent.last().copied().unwrap_or(false);
                // A file of opening brackets must not fill the memory.
                if self.silent.len() < 10_000 {
                    self.silent.push(outer);
                }
            }
            b'}' => {
                self.silent.pop();
            }
            b'\r' | b'\n' | 0 => {}
            byte => self.put_fallback(windows_1252(byte)),
        }
    }

    fn command(&mut self) {
        let word = std::mem::take(&mut self.word);
        let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        let number: i32 = word[name.len()..].parse().unwrap_or(0);
        match name {
            "par" | "line" | "row" | "sect" | "page" => self.put('\n'),
            "tab" | "cell" => self.put('\t'),
            "emdash" | "endash" => self.put('-'),
            "lquote" | "rquote" => self.put('\''),
            "ldblquote" | "rdblquote" => self.put('"'),
            "uc" => self.fallback = number.clamp(0, 8) as u32 + 1,
            "u" => self.unicode(number as u16),
            "fonttbl" | "colortbl" | "stylesheet" | "pict" | "objdata" | "themedata" | "datastore" | "listtable"
            | "rsidtbl" | "generator" | "latentstyles" | "xmlnstbl" => self.silence(),
            "author" | "operator" | "company" | "manager" => self.put('\n'),
            "fldinst" | "info" => self.speak(),
            _ => {}
        }
    }

    fn unicode(&mut self, unit: u16) {
        // 0 stands for the one character that the format assumes.
        self.repeats = if self.fallback == 0 { 1 } else { self.fallback - 1 };
        let units: Vec<u16> = self.high_surrogate.take().into_iter().chain([unit]).collect();
        if (0xD800..0xDC00).contains(&unit) {
            self.high_surrogate = Some(unit);
            return;
        }
        for character in char::decode_utf16(units).flatten() {
            self.put(character);
        }
    }

    fn put_fallback(&mut self, character: char) {
        match self.repeats {
            0 => self.put(character),
            _ => self.repeats -= 1,
        }
    }

    fn put(&mut self, character: char) {
        if self.silent.last() != Some(&true) {
            self.text.push(character);
        }
    }

    fn silence(&mut self) {
        if let Some(silent) = self.silent.last_mut() {
            *silent = true;
        }
    }

    fn speak(&mut self) {
        if let Some(silent) = self.silent.last_mut() {
            *silent = false;
        }
    }
}

fn windows_1252(byte: u8) -> char {
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::read;

    #[test]
    fn text_links_tables_and_author_are_read_and_the_rest_is_not() {
        let rtf = r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\author Ada}}\f0 Dear J\'fcrgen \u8364?5 \u-10179?\u-8832?\par
{\field{\*\fldinst HYPERLINK mailto:bob@example.org}{\fldrslt Bob}}\line a\{b\}\cell x\row{\pict 00ff}}";
        assert_eq!(
            read("a.rtf", rtf.as_bytes()).tables[0].text(),
            "AdaDear Jürgen €5 🖀\nHYPERLINK mailto:bob@example.orgBob\na{b}\tx"
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(tail in "[\\\\{}'*a-z0-9 \n-]{0,80}") {
            read("a.rtf", format!("{{\\rtf1 {tail}").as_bytes());
        }
    }
}
