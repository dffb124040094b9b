//! The header line of delimited text: what each column announces.

use crate::text::context;
use crate::text::context::Kind;

/// A header and its delimiter.
pub(super) struct Header {
    delimiter: u8,
    end: usize,
    kinds: Vec<Option<Kind>>,
    /// Where the line of the last question begins, where that question was, and its column.
    line: usize,
    seen: usize,
    column: usize,
}

/// Lines longer than this are no table rows.
const LONGEST_LINE: usize = 4096;

impl Header {
    /// Reads the first line when it looks like a header: at least three cells of words without digits
    /// in most of them, and a second line with as many cells.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let end = memchr::memchr(b'\n', &bytes[..bytes.len().min(LONGEST_LINE)])?;
        let (first, rest) = (&text[..end], &bytes[end + 1..]);
        let second = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(LONGEST_LINE)];
        let delimiter = [b',', b';', b'\t', b'|'].into_iter().find(|&delimiter| {
            let cells = memchr::memchr_iter(delimiter, first.as_bytes()).count();
            cells >= 2 && memchr::memchr_iter(delimiter, second).count() == cells
        })?;
        let words = first.split(char::from(delimiter)).all(|cell| {
            cell.len() <= 40
                && !cell.is_empty()
                && cell.bytes().filter(u8::is_ascii_digit).count() <= 2
                && !cell.contains(['@', '{'])
        });
        let kinds: Vec<_> = first.split(char::from(delimiter)).map(context::of_key).collect();
        (words && kinds.iter().any(Option::is_some)).then_some(Self {
            delimiter,
            end,
            kinds,
            line: 0,
            seen: 0,
            column: 0,
        })
    }

    /// What the column at `at` announces: none where there is no such row, `Some(None)` where the
    /// header says nothing of use. Each byte is counted once while questions go forward.
    pub(super) fn kind_at(&mut self, bytes: &[u8], at: usize) -> Option<Option<Kind>> {
        if at <= self.end {
            return None;
        }
        if at < self.seen {
            self.seen = at.saturating_sub(LONGEST_LINE);
            self.line = 0;
            self.column = 0;
        }
        let mut from = self.seen;
        if let Some(newline) = memchr::memrchr(b'\n', &bytes[from..at]) {
            self.line = from + newline + 1;
            self.column = 0;
            from = self.line;
        }
        self.column += memchr::memchr_iter(self.delimiter, &bytes[from..at]).count();
        self.seen = at;
        if at - self.line >= LONGEST_LINE {
            return None;
        }
        self.kinds.get(self.column).copied()
    }
}
