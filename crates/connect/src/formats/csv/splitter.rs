//! Splits rows and cells. The inner loop of reading CSV: everything here is about speed and bounds.

use std::io;
use std::io::Read;

use memchr::memchr;
use memchr::memchr2;

use super::dialect::Dialect;

/// A cell of the current row, as a place in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) start: usize,
    pub(super) end: usize,
    /// It stood in quotes: an empty one is empty rather than missing.
    pub(super) quoted: bool,
    /// It holds doubled quotes or escapes.
    pub(super) escaped: bool,
}

/// Splits the row that begins at `from` into `cells` and gives where the next one begins; none when
/// the row goes on beyond `window`, unless the text has `ended`.
pub(super) fn split_row(
    dialect: &Dialect,
    window: &[u8],
    from: usize,
    ended: bool,
    cells: &mut Vec<Cell>,
) -> Option<usize> {
    cells.clear();
    let mut start = from;
    loop {
        if dialect.spaced {
            while window.get(start) == Some(&b' ') {
                start += 1;
            }
        }
        let (mut cell, stop) = match window.get(start) {
            Some(byte) if dialect.quote == Some(*byte) => quoted_cell(dialect, window, start, ended)?,
            _ => {
                let stop = find_end(dialect, window, start);
                (Cell { start, end: stop, quoted: false, escaped: false }, stop)
            }
        };
        match window.get(stop) {
            Some(byte) if *byte == dialect.delimiter => {
                cells.push(cell);
                start = stop + 1;
            }
            None if !ended => return None,
            _ => {
                if !cell.quoted && cell.end > cell.start && window[cell.end - 1] == b'\r' {
                    cell.end -= 1;
                }
                cells.push(cell);
                return Some((stop + 1).min(window.len()));
            }
        }
    }
}

/// Where an unquoted cell that begins at `start` ends: at a delimiter, a line end or the window's.
#[inline]
fn find_end(dialect: &Dialect, window: &[u8], start: usize) -> usize {
    // Most cells are so short that a call to memchr costs more than it saves.
    let near = &window[start..window.len().min(start + NEAR)];
    for (offset, byte) in near.iter().enumerate() {
        if *byte == dialect.delimiter || *byte == dialect.line_end {
            return start + offset;
        }
    }
    let far = start + near.len();
    memchr2(dialect.delimiter, dialect.line_end, &window[far..]).map_or(window.len(), |offset| far + offset)
}

/// The cell whose opening quote is at `open`, and where it stops.
fn quoted_cell(dialect: &Dialect, window: &[u8], open: usize, ended: bool) -> Option<(Cell, usize)> {
    let quote = window[open];
    let mut escaped = false;
    let mut at = open + 1;
    let close = loop {
        let rest = window.get(at..).unwrap_or_default();
        let found = match dialect.escape {
            None => memchr(quote, rest),
            Some(escape) => memchr2(quote, escape, rest),
        };
        let Some(found) = found.map(|offset| at + offset) else {
            if ended {
                break window.len();
            }
            return None;
        };
        let next = window.get(found + 1);
        if next.is_none() && !ended {
            return None;
        }
        if window[found] != quote || next == Some(&quote) {
            escaped = true;
            at = found + 2;
        } else {
            break found;
        }
    };
    let after = (close + 1).min(window.len());
    let stop = find_end(dialect, window, after);
    if window[after..stop].iter().all(|byte| matches!(byte, b' ' | b'\r')) {
        return Some((Cell { start: open + 1, end: close, quoted: true, escaped }, stop));
    }
    // `"Bob" Smith`: the quotes are part of the text.
    Some((Cell { start: open, end: stop, quoted: false, escaped: false }, stop))
}

/// The pieces of an escaped cell.
pub(super) fn unescape<'w>(dialect: &Dialect, raw: &'w [u8]) -> impl Iterator<Item = &'w [u8]> {
    let quote = dialect.quote.unwrap_or(b'"');
    let escape = dialect.escape.unwrap_or(quote);
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let text = rest?;
        match memchr2(quote, escape, text) {
            Some(at) if at + 1 < text.len() => {
                // The first of the pair goes, the second stays with what follows.
                let (piece, after) = (&text[..at], &text[at + 1..]);
                let keep = 1 + memchr2(quote, escape, &after[1..]).unwrap_or(after.len() - 1);
                if piece.is_empty() {
                    rest = Some(&after[keep..]).filter(|left| !left.is_empty());
                    Some(&after[..keep])
                } else {
                    rest = Some(&text[at..]);
                    Some(piece)
                }
            }
            _ => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// Rows of a text of any length, in a window that only grows for long rows.
pub(super) struct RowReader<'a> {
    source: Box<dyn Read + 'a>,
    dialect: Dialect,
    window: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    longest_row: usize,
    refused_rows: u64,
    /// The cells of the current row.
    pub(super) cells: Vec<Cell>,
}

impl<'a> RowReader<'a> {
    /// Rows of `source`. Rows of more than `longest_row` bytes are left out and counted.
    pub(super) fn new(source: Box<dyn Read + 'a>, dialect: Dialect, longest_row: usize) -> Self {
        let window = vec![0; WINDOW_BYTES];
        let (start, end, ended) = (0, 0, false);
        Self { source, dialect, window, start, end, ended, longest_row, refused_rows: 0, cells: Vec::new() }
    }

    /// Splits the next row; false at the end.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        loop {
            if self.start < self.end || self.ended {
                if self.start == self.end {
                    return Ok(false);
                }
                let window = &self.window[..self.end];
                if let Some(next) = split_row(&self.dialect, window, self.start, self.ended, &mut self.cells) {
                    let length = next - std::mem::replace(&mut self.start, next);
                    if length <= self.longest_row {
                        return Ok(true);
                    }
                    self.refused_rows += 1;
                    continue;
                }
            }
            if self.end - self.start > self.longest_row {
                self.refused_rows += 1;
                self.pass_over_row()?;
            } else {
                self.fill()?;
            }
        }
    }

    /// The bytes of a cell of the current row.
    #[inline]
    pub(super) fn bytes(&self, cell: &Cell) -> &[u8] {
        &self.window[cell.start..cell.end]
    }

    /// How the text is written.
    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Rows left out so far because they were too long.
    pub(super) fn refused_rows(&self) -> u64 {
        self.refused_rows
    }

    /// Reads more behind what is left of the window.
    fn fill(&mut self) -> io::Result<()> {
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.window.len() {
            // INVARIANT: longer than the longest row, so that there is always room to read on.
            self.window.resize((self.window.len() * 2).min(self.longest_row + WINDOW_BYTES), 0);
        } else if self.end < WINDOW_BYTES / 2 && self.window.len() > WINDOW_BYTES {
            self.window.truncate(WINDOW_BYTES);
            self.window.shrink_to_fit();
        }
        let read = self.source.read(&mut self.window[self.end..])?;
        self.end += read;
        self.ended = read == 0;
        Ok(())
    }

    /// Goes to the start of the next row without keeping anything of this one.
    fn pass_over_row(&mut self) -> io::Result<()> {
        let mut state = Passing { in_quotes: false, at_cell_start: true, escaped: false };
        loop {
            let (dialect, window) = (&self.dialect, &self.window[self.start..self.end]);
            if let Some(length) = state.row_end(dialect, window) {
                self.start += length;
                return Ok(());
            }
            self.start = self.end;
            self.fill()?;
            if self.ended {
                return Ok(());
            }
        }
    }
}

/// Where we are in a row that is passed over.
struct Passing {
    in_quotes: bool,
    at_cell_start: bool,
    escaped: bool,
}

impl Passing {
    /// Bytes up to and with the end of the row, if it ends within `window`.
    fn row_end(&mut self, dialect: &Dialect, window: &[u8]) -> Option<usize> {
        for (at, byte) in window.iter().copied().enumerate() {
            if std::mem::take(&mut self.escaped) {
                continue;
            }
            if self.in_quotes {
                // A doubled quote closes and opens again, which comes to the same.
                self.escaped = dialect.escape == Some(byte);
                self.in_quotes = dialect.quote != Some(byte);
                self.at_cell_start = !self.in_quotes;
            } else if byte == dialect.line_end {
                return Some(at + 1);
            } else {
                self.in_quotes = self.at_cell_start && dialect.quote == Some(byte);
                self.at_cell_start =
                    byte == dialect.delimiter || (dialect.spaced && self.at_cell_start && byte == b' ');
            }
        }
        None
    }
}

const NEAR: usize = 16;
const WINDOW_BYTES: usize = 256 << 10;
