//! The words of SQL, from a stream: strings with their escapes undone, quoted names, numbers,
//! signs. One token is held at a time, so that a statement of any length takes no memory.

use std::io;
use std::io::BufRead;

use memchr::memchr;
use memchr::memchr2;

/// One word or sign of SQL. Text and names stand in [`Lexer::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The end of the input.
    End,
    /// Hexadecimal digits of a blob (`X'00ff'`, `0x00ff`), without their frame.
    Hex,
    /// A name in quotes of its own (`"name"`, `` `name` ``, `[name]`).
    Name,
    /// Any other sign.
    Sign(u8),
    /// A string.
    Text,
    /// A keyword, unquoted name or number.
    Word,
}

/// What ended a field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldEnd {
    /// The separator.
    Field,
    /// The end of all.
    Input,
    /// The end of the line.
    Line,
}

/// Why lexing stopped early.
#[derive(Debug)]
pub(super) enum LexError {
    /// The input ended within a string, quoted name or comment.
    CutOff,
    /// The input could not be read.
    Io(io::Error),
}

impl From<io::Error> for LexError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads tokens from SQL text in any encoding that keeps ASCII as it is.
pub(super) struct Lexer<R> {
    reader: R,
    /// The token that was read last.
    pub(super) token: Token,
    text: Vec<u8>,
    /// Whether [`Lexer::text`] was longer than allowed and is empty therefore.
    pub(super) too_long: bool,
    /// Whether `\` escapes in every string (MySQL) or only in `E'…'` (PostgreSQL).
    pub(super) backslash: bool,
    limit: usize,
}

impl<R: BufRead> Lexer<R> {
    /// Reads `reader`; of strings of more than `limit` bytes nothing is kept.
    pub(super) fn new(reader: R, backslash: bool, limit: usize) -> Self {
        Self { reader, token: Token::End, text: Vec::new(), too_long: false, backslash, limit }
    }

    /// The bytes of the last token.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    fn is_word(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word.as_bytes())
    }

    /// Goes to the next token; comments and white space are passed over.
    pub(super) fn advance(&mut self) -> Result<Token, LexError> {
        self.token = self.next()?;
        Ok(self.token)
    }

    /// Whether the current token is this keyword.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.token == Token::Word && self.text.eq_ignore_ascii_case(word.as_bytes())
    }

    /// Whether the current token is this sign.
    pub(super) fn at_sign(&self, sign: u8) -> bool {
        self.token == Token::Sign(sign)
    }

    /// Reads the name that begins at the current token, with all its parts (`"shop"."orders"` gives
    /// `shop.orders`), and goes on to the token after it.
    pub(super) fn name(&mut self) -> Result<String, LexError> {
        let mut name = String::new();
        while matches!(self.token, Token::Name | Token::Word) {
            let dotted = self.text.starts_with(b".") || name.ends_with('.');
            if !(name.is_empty() || name.ends_with('.') || dotted && self.token == Token::Word) {
                break;
            }
            name.push_str(&String::from_utf8_lossy(&self.text));
            self.advance()?;
        }
        Ok(name)
    }

    /// Passes over the rest of the statement; the current token is its `;` or the end.
    pub(super) fn pass_statement(&mut self) -> Result<(), LexError> {
        while !matches!(self.token, Token::End | Token::Sign(b';')) {
            self.advance()?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Token, LexError> {
        self.text.clear();
        self.too_long = false;
        loop {
            let Some(byte) = self.bump()? else { return Ok(Token::End) };
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c => {}
                b'-' if self.peek()? == Some(b'-') => self.pass_line()?,
                b'#' if self.backslash => self.pass_line()?,
                b'/' if self.peek()? == Some(b'*') => self.pass_comment()?,
                b'\'' => return self.string(b'\'', self.backslash, Token::Text),
                b'"' => return self.string(b'"', self.backslash, Token::Name),
                b'`' => return self.string(b'`', false, Token::Name),
                b'[' => return self.string(b']', false, Token::Name),
                b'$' => return self.dollar(),
                byte if is_word_byte(byte) => return self.word(byte),
                byte => return Ok(Token::Sign(byte)),
            }
        }
    }

    /// Reads up to the end of the line into [`Lexer::text`], without it. False at the end of input.
    pub(super) fn line(&mut self) -> Result<bool, LexError> {
        Ok(self.field(b'\n')? != FieldEnd::Input || !self.text.is_empty())
    }

    /// Whether anything is left.
    pub(super) fn line_follows(&mut self) -> Result<bool, LexError> {
        Ok(self.peek()?.is_some())
    }

    /// Reads up to `separator` or the end of the line into [`Lexer::text`], without either.
    pub(super) fn field(&mut self, separator: u8) -> Result<FieldEnd, LexError> {
        self.text.clear();
        self.too_long = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(FieldEnd::Input);
            }
            let end = memchr2(separator, b'\n', buffer);
            let found = end.map(|end| buffer[end]);
            self.take(end)?;
            match found {
                None => {}
                Some(b'\n') => {
                    if self.text.last() == Some(&b'\r') {
                        self.text.pop();
                    }
                    return Ok(FieldEnd::Line);
                }
                Some(_) => return Ok(FieldEnd::Field),
            }
        }
    }

    /// Takes the buffer up to `end` into the text, and passes the sign there; all of it without.
    fn take(&mut self, end: Option<usize>) -> Result<(), LexError> {
        let buffer = self.reader.fill_buf()?;
        let taken = end.unwrap_or(buffer.len());
        if self.text.len() + taken > self.limit {
            self.too_long = true;
        }
        if self.too_long {
            self.text.clear();
        } else {
            self.text.extend_from_slice(&buffer[..taken]);
        }
        self.reader.consume(taken + usize::from(end.is_some()));
        Ok(())
    }

    fn word(&mut self, first: u8) -> Result<Token, LexError> {
        self.text.push(first);
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|byte| !is_word_byte(*byte));
            let at_end = end.is_some() || buffer.is_empty();
            let length = end.unwrap_or(buffer.len());
            // Words are short, except for blobs such as `0x00ff…`.
            let room = if first == b'0' { self.limit } else { WORD_BYTES };
            if self.text.len() + length > room {
                self.too_long = true;
            } else if !self.too_long {
                self.text.extend_from_slice(&buffer[..length]);
            }
            self.reader.consume(length);
            if at_end {
                break;
            }
        }
        if self.peek()? == Some(b'\'') {
            // `E'…'`, `N'…'`, `X'…'`, `b'…'`, `_binary'…'` begin with their letters.
            let hex = self.is_word("x");
            let bits = self.is_word("b");
            let escapes = self.backslash || self.is_word("e");
            if hex || bits || self.is_word("e") || self.is_word("n") || self.text.first() == Some(&b'_') {
                self.text.clear();
                self.bump()?;
                return self.string(b'\'', escapes && !hex && !bits, if hex { Token::Hex } else { Token::Text });
            }
        }
        if self.text.len() > 2 && self.text.starts_with(b"0x") {
            self.text.drain(..2);
            return Ok(Token::Hex);
        }
        Ok(Token::Word)
    }

    fn string(&mut self, quote: u8, escapes: bool, token: Token) -> Result<Token, LexError> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Err(LexError::CutOff);
            }
            let end = if escapes { memchr2(quote, b'\\', buffer) } else { memchr(quote, buffer) };
            let found = end.map(|end| buffer[end]);
            self.take(end)?;
            match found {
                None => {}
                Some(b'\\') if escapes => {
                    let escaped = self.bump()?.ok_or(LexError::CutOff)?;
                    self.push(unescape(escaped));
                }
                Some(_) if self.peek()? == Some(quote) => {
                    self.bump()?;
                    self.push(quote);
                }
                Some(_) => return Ok(token),
            }
        }
    }

    /// `$tag$ … $tag$`, or a parameter such as `$1`.
    fn dollar(&mut self) -> Result<Token, LexError> {
        let mut tag = Vec::new();
        loop {
            match self.peek()? {
                Some(b'$') => {
                    self.bump()?;
                    break;
                }
                Some(byte) if (byte.is_ascii_alphanumeric() || byte == b'_') && tag.len() < 64 => {
                    tag.push(byte);
                    self.bump()?;
                }
                _ => {
                    self.text = tag;
                    return Ok(Token::Word);
                }
            }
        }
        let mut end = vec![b'$'];
        end.extend_from_slice(&tag);
        end.push(b'$');
        loop {
            let byte = self.bump()?.ok_or(LexError::CutOff)?;
            self.text.push(byte);
            if self.text.ends_with(&end) {
                self.text.truncate(self.text.len() - end.len());
                return Ok(Token::Text);
            }
            if self.text.len() > self.limit {
                // Only the last bytes matter from here on: they may be the end.
                self.too_long = true;
                self.text.drain(..self.text.len() - end.len());
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if !self.too_long {
            self.text.push(byte);
        }
    }

    fn pass_line(&mut self) -> Result<(), LexError> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = memchr(b'\n', buffer);
            let taken = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn pass_comment(&mut self) -> Result<(), LexError> {
        self.bump()?;
        let mut star = false;
        loop {
            match self.bump()? {
                None => return Err(LexError::CutOff),
                Some(b'/') if star => return Ok(()),
                Some(byte) => star = byte == b'*',
            }
        }
    }

    fn bump(&mut self) -> Result<Option<u8>, LexError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.reader.consume(1);
        }
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, LexError> {
        Ok(self.reader.fill_buf()?.first().copied())
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte >= 0x80
}

/// What a letter after `\` means in a string of MySQL or in `E'…'` of PostgreSQL.
pub(super) fn unescape(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 26,
        other => other,
    }
}

/// No keyword, name or number is longer.
const WORD_BYTES: usize = 4096;
