//! Takes JSON apart piece by piece; nothing larger than one string is ever in memory.

use std::io::Read;

use crate::ConnectError;
use crate::formats::limits::from_io;

/// Where JSON begins next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Array,
    Object,
    Scalar,
}

/// A scalar, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Null,
    /// Its text is in [`Parser::text`].
    Text,
}

/// A pull parser over UTF-8 text of any length.
pub(super) struct Parser<'a> {
    source: Box<dyn Read + 'a>,
    name: String,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    line: u64,
    column: u64,
    depth: usize,
    deepest: usize,
    longest_text: usize,
    /// Texts that were longer than allowed and therefore cut.
    pub(super) cut_texts: u64,
    /// The last string or number, as it is meant, not as it is escaped.
    pub(super) text: Vec<u8>,
}

impl<'a> Parser<'a> {
    /// Parses `source`, called `name` in errors.
    pub(super) fn new(source: Box<dyn Read + 'a>, name: &str, deepest: usize, longest_text: usize) -> Self {
        Self {
            source,
            name: name.to_owned(),
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            line: 1,
            column: 1,
            depth: 0,
            deepest,
            longest_text,
            cut_texts: 0,
            text: Vec::new(),
        }
    }

    /// What comes next, or none at the end of the text. Commas between documents are passed over.
    pub(super) fn next_document(&mut self) -> Result<Option<Next>, ConnectError> {
        self.depth = 0;
        loop {
            match self.peek_token()? {
                None => return Ok(None),
                // RFC 7464 puts a record separator before each document; some programs put commas.
                Some(b',' | 0x1e) => self.take(),
                Some(_) => return self.next_value().map(Some),
            }
        }
    }

    /// What kind of value comes next.
    pub(super) fn next_value(&mut self) -> Result<Next, ConnectError> {
        match self.peek_token()? {
            Some(b'{') => Ok(Next::Object),
            Some(b'[') => Ok(Next::Array),
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I') => Ok(Next::Scalar),
            _ => Err(self.fault("a value")),
        }
    }

    /// Enters an object or array.
    pub(super) fn open(&mut self) -> Result<(), ConnectError> {
        self.take();
        self.depth += 1;
        if self.depth <= self.deepest {
            return Ok(());
        }
        Err(ConnectError::Limit {
            target: self.name.clone(),
            reason: format!(
                "its JSON is nested more than {} deep at line {}, column {}, which no honest data is",
                self.deepest, self.line, self.column
            ),
        })
    }

    /// Goes on to the next member of an object, its key in [`Parser::text`]; false at the end.
    pub(super) fn next_key(&mut self, first: bool) -> Result<bool, ConnectError> {
        if !self.goes_on(b'}', first)? {
            return Ok(false);
        }
        if self.peek_token()? != Some(b'"') {
            return Err(self.fault("a key in double quotes"));
        }
        self.string()?;
        if self.peek_token()? != Some(b':') {
            return Err(self.fault("a colon"));
        }
        self.take();
        Ok(true)
    }

    /// What comes next, as far as it can be seen without reading on for long.
    pub(super) fn ahead(&mut self) -> Result<&[u8], ConnectError> {
        if self.end - self.start < LEAST_AHEAD {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < LEAST_AHEAD {
                let read = self.source.read(&mut self.buffer[self.end..]);
                match read.map_err(|error| from_io(&self.name, &error))? {
                    0 => break,
                    read => self.end += read,
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Goes on to the next element of an array; false at the end.
    pub(super) fn next_element(&mut self, first: bool) -> Result<bool, ConnectError> {
        self.goes_on(b']', first)
    }

    fn goes_on(&mut self, close: u8, first: bool) -> Result<bool, ConnectError> {
        match self.peek_token()? {
            Some(byte) if byte == close => {
                self.take();
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !first => self.take(),
            Some(_) if first => {}
            _ => return Err(self.fault(if close == b'}' { "a comma or `}`" } else { "a comma or `]`" })),
        }
        // A comma too many at the end is a common slip of people.
        match self.peek_token()? {
            Some(byte) if byte == close => {
                self.take();
                self.depth -= 1;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Reads a string, number or literal.
    pub(super) fn scalar(&mut self) -> Result<Scalar, ConnectError> {
        if self.peek_token()? == Some(b'"') {
            self.string()?;
            return Ok(Scalar::Text);
        }
        self.text.clear();
        while let Some(byte) = self.peek()? {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
                break;
            }
            if self.text.len() > LONGEST_NUMBER {
                return Err(self.fault("a number of reasonable length"));
            }
            self.text.push(byte);
            self.take();
        }
        match self.text.as_slice() {
            b"null" => Ok(Scalar::Null),
            b"true" | b"false" | b"NaN" | b"Infinity" | b"-Infinity" => Ok(Scalar::Text),
            number if is_number(number) => Ok(Scalar::Text),
            _ => Err(self.fault("a value before this")),
        }
    }

    /// Passes over the rest of the line, after a fault in it.
    pub(super) fn skip_line(&mut self) -> Result<(), ConnectError> {
        while let Some(byte) = self.peek()? {
            self.take();
            if byte == b'\n' {
                break;
            }
        }
        Ok(())
    }

    /// The line we are in, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    fn string(&mut self) -> Result<(), ConnectError> {
        self.take();
        self.text.clear();
        let mut cut = false;
        loop {
            if self.start == self.end && !self.fill()? {
                return Err(self.fault("the end of a string"));
            }
            let plain = &self.buffer[self.start..self.end];
            let stop = memchr::memchr3(b'"', b'\\', b'\n', plain).unwrap_or(plain.len());
            if self.text.len() + stop <= self.longest_text {
                self.text.extend_from_slice(&plain[..stop]);
            } else {
                cut = true;
            }
            self.start += stop;
            self.column += stop as u64;
            match self.peek()? {
                Some(b'"') => {
                    self.take();
                    break;
                }
                Some(b'\\') => self.escape()?,
                Some(b'\n') => return Err(self.fault("the end of a string")),
                _ => {}
            }
        }
        self.cut_texts += u64::from(cut);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), ConnectError> {
        self.take();
        let Some(kind) = self.peek()? else { return Err(self.fault("the end of a string")) };
        self.take();
        let byte = match kind {
            b'"' | b'\\' | b'/' => kind,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.fault("an escape that JSON knows")),
        };
        self.text.push(byte);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), ConnectError> {
        let mut unit = self.four_digits()?;
        if (0xd800..0xdc00).contains(&unit) && self.peek()? == Some(b'\\') {
            self.take();
            if self.peek()? == Some(b'u') {
                self.take();
                let low = self.four_digits()?;
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
            }
        }
        let character = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn four_digits(&mut self) -> Result<u32, ConnectError> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek()?.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.fault("four hexadecimal digits")) };
            self.take();
            number = number * 16 + digit;
        }
        Ok(number)
    }

    /// The next byte that is not space between tokens.
    fn peek_token(&mut self) -> Result<Option<u8>, ConnectError> {
        loop {
            match self.peek()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.take(),
                other => return Ok(other),
            }
        }
    }

    #[inline]
    fn peek(&mut self) -> Result<Option<u8>, ConnectError> {
        if self.start == self.end && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(self.buffer[self.start]))
    }

    /// Takes the byte that was peeked at.
    #[inline]
    fn take(&mut self) {
        if self.buffer[self.start] == b'\n' {
            self.line += 1;
            self.column = 0;
        }
        self.start += 1;
        self.column += 1;
    }

    fn fill(&mut self) -> Result<bool, ConnectError> {
        self.start = 0;
        self.end = 0;
        self.end = self.source.read(&mut self.buffer).map_err(|error| from_io(&self.name, &error))?;
        Ok(self.end > 0)
    }

    fn fault(&self, expected: &str) -> ConnectError {
        let reason = if self.start == self.end {
            format!("the JSON ends too early, in line {}", self.line)
        } else {
            format!("not valid JSON at line {}, column {}: expected {expected}", self.line, self.column)
        };
        ConnectError::Malformed { target: self.name.clone(), reason }
    }
}

/// Digits with at most one point and exponent; stricter rules help nobody here.
fn is_number(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
        && text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'))
}

const BUFFER_BYTES: usize = 64 << 10;
const LEAST_AHEAD: usize = BUFFER_BYTES / 4;
const LONGEST_NUMBER: usize = 4096;
