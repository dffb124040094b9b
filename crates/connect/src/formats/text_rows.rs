//! Rows of running text: lines and paragraphs gathered to rows of a bounded size.
//!
//! Every document format (text, HTML, mail, PDF, office) hands its lines to [`TextRows`], so that
//! all of them cut at the same places: between paragraphs if there is one near, else between lines,
//! else between words. What belongs together on neighbouring lines (a label and its value, the
//! lines of an address) mostly stays in one row.

use crate::ConnectError;

/// No row of a document holds more bytes than this. A sample keeps thousands of rows in memory, so
/// that they must be small; a cut within a paragraph must be rare, so that they must not be tiny.
pub(crate) const ROW_BYTES: usize = 8 << 10;

/// From this size on a row ends at the next empty line.
const PARAGRAPH_BYTES: usize = 4 << 10;

/// Gathers lines to rows and hands each to `emit`.
pub(crate) struct TextRows<'a> {
    row: String,
    /// Whether the row ends in the middle of a line.
    open_line: bool,
    emit: &'a mut dyn FnMut(&str) -> Result<(), ConnectError>,
}

impl<'a> TextRows<'a> {
    /// Rows go to `emit`, none of them empty.
    pub(crate) fn new(emit: &'a mut dyn FnMut(&str) -> Result<(), ConnectError>) -> Self {
        Self { row: String::new(), open_line: false, emit }
    }

    /// Adds text that may hold any number of lines and may end within one.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), ConnectError> {
        for piece in text.split_inclusive('\n') {
            let complete = piece.ends_with('\n');
            let line = piece.trim_end_matches(['\n', '\r']);
            self.append(line)?;
            if complete {
                self.end_line()?;
            }
        }
        Ok(())
    }

    /// Adds one line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), ConnectError> {
        if self.open_line {
            self.end_line()?;
        }
        self.push(line)?;
        self.end_line()
    }

    /// Ends the row here: what follows is another part (a page, a header, a sheet).
    pub(crate) fn end_row(&mut self) -> Result<(), ConnectError> {
        self.open_line = false;
        let end = self.row.trim_end().len();
        self.row.truncate(end);
        if !self.row.trim_start().is_empty() {
            (self.emit)(&self.row)?;
        }
        self.row.clear();
        Ok(())
    }

    fn append(&mut self, line: &str) -> Result<(), ConnectError> {
        if line.is_empty() {
            return Ok(());
        }
        if self.row.len() + line.len() > ROW_BYTES && !self.open_line {
            self.end_row()?;
        }
        self.row.push_str(line);
        self.open_line = true;
        while self.row.len() > ROW_BYTES {
            let cut = cut_before(&self.row, ROW_BYTES);
            let rest = self.row.split_off(cut);
            self.end_row()?;
            self.row = rest;
            self.open_line = true;
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), ConnectError> {
        let empty_line = !self.open_line;
        self.open_line = false;
        if empty_line && self.row.len() >= PARAGRAPH_BYTES {
            return self.end_row();
        }
        // More than one empty line in a row says nothing more.
        if !self.row.is_empty() && !self.row.ends_with("\n\n") {
            self.row.push('\n');
        }
        Ok(())
    }
}

/// The best place at or before `limit` to cut `text`: after white space, else after a sign that
/// separates values, else at a character boundary. Greater than 0 when `limit` is at least 4.
fn cut_before(text: &str, limit: usize) -> usize {
    let limit = text.floor_char_boundary(limit);
    let head = &text[..limit];
    // A cut far from the limit would make tiny rows.
    let floor = head.floor_char_boundary(limit / 2);
    let after = |found: Option<(usize, char)>| found.map(|(at, c)| floor + at + c.len_utf8());
    let tail = &head[floor..];
    after(tail.char_indices().rfind(|(_, c)| c.is_whitespace()))
        .or_else(|| {
            after(tail.char_indices().rfind(|(_, c)| matches!(c, ',' | ';' | '"' | '\'' | '<' | '>' | '|' | '{' | '}')))
        })
        .unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pieces: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut emit = |row: &str| {
            found.push(row.to_owned());
            Ok(())
        };
        let mut rows = TextRows::new(&mut emit);
        for piece in pieces {
            rows.push(piece).unwrap();
        }
        rows.end_row().unwrap();
        found
    }

    #[test]
    fn a_small_text_is_one_row_however_it_arrives() {
        assert_eq!(rows(&["Ada\r\nLovel", "ace\n\n\n\nLondon\n"]), ["Ada\nLovelace\n\nLondon"]);
        assert_eq!(rows(&["", "\n \n"]), Vec::<String>::new());
    }

    #[test]
    fn rows_end_between_lines_and_rather_between_paragraphs() {
        let line = "ada@example.org likes trains\n";
        let text = line.repeat(5000);
        let found = rows(&[&text]);
        assert!(found.iter().all(|row| row.len() <= ROW_BYTES && row.ends_with("trains")));
        assert_eq!(found.iter().map(|row| row.lines().count()).sum::<usize>(), 5000);

        let paragraph = line.repeat(100) + "\n";
        let found = rows(&[&paragraph.repeat(60)]);
        assert!(found.len() > 2);
        assert!(found.iter().all(|row| row.lines().filter(|line| !line.is_empty()).count() % 100 == 0));
    }

    #[test]
    fn a_line_without_end_is_cut_between_words() {
        let text = "grace.hopper@example.org ".repeat(20_000);
        let found = rows(&[&text[..100_001], &text[100_001..]]);
        let addresses: usize =
            found.iter().map(|row| row.split(' ').filter(|w| *w == "grace.hopper@example.org").count()).sum();
        assert_eq!(addresses, 20_000);
    }

    #[test]
    fn text_without_any_gap_is_cut_between_characters() {
        let found = rows(&[&"ü".repeat(100_000)]);
        assert!(found.iter().all(|row| row.len() <= ROW_BYTES));
        assert_eq!(found.concat().chars().count(), 100_000);
    }
}
