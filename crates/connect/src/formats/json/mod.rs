//! JSON: one document, documents one after the other, or one a line.
//!
//! In a single document every array that is not inside another is a table, as exports have it:
//! `[…]` is the table of the file, `{"orders": […]}` the table `file.json#orders`. What else stands
//! in the document is one row.

mod ahead;
mod parser;
mod rows;

use dataward_model::Skipped;
use dataward_model::TableHead;

use self::parser::Next;
use self::parser::Parser;
use self::rows::Rows;
use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::limits::human_bytes;
use crate::ConnectError;

/// JSON and JSON Lines.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "JSON"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let Some(text) = head.text() else { return Certainty::No };
        let begins = text.trim_start_matches(['\u{feff}', '\u{1e}']).trim_start().starts_with(['{', '[']);
        let by_name =
            head.has_extension(&["geojson", "har", "ipynb", "json", "json5", "jsonl", "ldjson", "ndjson", "topojson"]);
        match (by_name, begins) {
            (true, true) => Certainty::Sure,
            (true, false) => Certainty::Likely,
            (false, true) if are_lines(text) => Certainty::Sure,
            (false, true)
                if head.has_extension(&["", "bak", "dat", "export", "log", "old", "out", "txt"])
                    && looks_like_json(text) =>
            {
                Certainty::Likely
            }
            _ => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let limits = input.limits().clone();
        let head = input.head();
        let lines = head.has_extension(&["jsonl", "ldjson", "ndjson"]) || head.text().is_some_and(are_lines);
        let parser = Parser::new(Box::new(input.into_text()), &name, limits.json_depth, limits.cell_bytes);
        let mut reading = Reading { name, parser, longest_row: limits.cell_bytes, cut_rows: 0 };
        if lines {
            reading.lines(out)?
        } else {
            reading.documents(out)?
        }
        reading.report(out)
    }
}

struct Reading<'a> {
    name: String,
    parser: Parser<'a>,
    longest_row: usize,
    cut_rows: u64,
}

impl Reading<'_> {
    /// Each document is a row. A broken line is left out and listed, the rest goes on.
    fn lines(&mut self, out: &mut Out) -> Result<(), ConnectError> {
        let mut rows = Rows::new(self.longest_row);
        let mut broken = 0u64;
        let mut first_broken = None;
        let table = self.name.clone();
        loop {
            let line = self.parser.line();
            let result = match self.parser.next_document() {
                Ok(None) => break,
                Ok(Some(_)) => rows.row(&mut self.parser),
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => {}
                Err(error @ (ConnectError::Malformed { .. } | ConnectError::Limit { .. })) => {
                    broken += 1;
                    first_broken.get_or_insert((line.max(1), error));
                    if self.parser.line() == line {
                        self.parser.skip_line()?;
                    }
                }
                Err(error) => return Err(error),
            }
            self.send_if_full(&table, &mut rows, out)?;
        }
        self.finish(&table, rows, out)?;
        let Some((_, error)) = first_broken else { return Ok(()) };
        out.skip(Skipped::failed(&self.name, format!("{broken} line(s) could not be read; the first: {error}")))
    }

    fn documents(&mut self, out: &mut Out) -> Result<(), ConnectError> {
        while let Some(next) = self.parser.next_document()? {
            let table = self.name.clone();
            match next {
                Next::Array => self.table(&table, out)?,
                Next::Scalar => {
                    let mut rows = Rows::new(self.longest_row);
                    rows.row(&mut self.parser)?;
                    self.finish(&table, rows, out)?;
                }
                Next::Object => {
                    let mut rest = Rows::new(self.longest_row);
                    let result = self.object("", &mut rest, out);
                    if rest.has_open_row() {
                        rest.end_row();
                        self.finish(&table, rest, out)?;
                    }
                    result?;
                }
            }
        }
        Ok(())
    }

    /// An object of the document: its arrays are tables, the rest belongs to the one row.
    fn object(&mut self, path: &str, rest: &mut Rows, out: &mut Out) -> Result<(), ConnectError> {
        self.parser.open()?;
        let (mut first, mut is_list) = (true, false);
        while self.parser.next_key(first)? {
            first = false;
            let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
            if !rest.is_member(&prefix, &mut self.parser, &mut is_list)? {
                rest.keyed_member(&prefix, &mut self.parser)?;
                continue;
            }
            let member = format!("{prefix}{}", String::from_utf8_lossy(&self.parser.text));
            match self.parser.next_value()? {
                Next::Array => self.table(&format!("{}#{member}", self.name), out)?,
                Next::Object => self.object(&member, rest, out)?,
                _ => rest.member(&member, &mut self.parser)?,
            }
        }
        Ok(())
    }

    /// An array of the document: its elements are rows.
    fn table(&mut self, table: &str, out: &mut Out) -> Result<(), ConnectError> {
        let mut rows = Rows::new(self.longest_row);
        let result = self.elements(table, &mut rows, out);
        match result {
            Ok(()) => self.finish(table, rows, out),
            Err(error) => {
                // What was read before the fault still goes out, as a table without a known end.
                if rows.len() > 0 || out.is_open() {
                    self.send(table, &mut rows, out)?;
                    out.end(None)?;
                }
                Err(error)
            }
        }
    }

    fn elements(&mut self, table: &str, rows: &mut Rows, out: &mut Out) -> Result<(), ConnectError> {
        self.parser.open()?;
        let mut first = true;
        while self.parser.next_element(first)? {
            first = false;
            rows.row(&mut self.parser)?;
            self.send_if_full(table, rows, out)?;
        }
        Ok(())
    }

    fn send_if_full(&self, table: &str, rows: &mut Rows, out: &mut Out) -> Result<(), ConnectError> {
        if rows.is_full(out.request().batch_bytes) { self.send(table, rows, out) } else { Ok(()) }
    }

    /// Sends the batch; the table begins with the first, when its columns are known.
    fn send(&self, table: &str, rows: &mut Rows, out: &mut Out) -> Result<(), ConnectError> {
        if !out.is_open() {
            out.begin(TableHead::table(table, rows.heads()))?;
        }
        out.rows(rows.flush())
    }

    fn finish(&mut self, table: &str, mut rows: Rows, out: &mut Out) -> Result<(), ConnectError> {
        self.cut_rows += rows.cut_rows;
        self.send(table, &mut rows, out)?;
        out.end_complete()
    }

    fn report(&self, out: &mut Out) -> Result<(), ConnectError> {
        let most = human_bytes(self.longest_row as u64);
        if self.parser.cut_texts > 0 {
            let reason = format!("{} text(s) of more than {most} were cut; all else was read", self.parser.cut_texts);
            out.skip(Skipped::failed(&self.name, reason))?;
        }
        if self.cut_rows > 0 {
            let reason = format!(
                "{} object(s) of more than {most} were cut; put what repeats in them into an array to have it read as rows",
                self.cut_rows
            );
            out.skip(Skipped::failed(&self.name, reason))?;
        }
        Ok(())
    }
}

/// A whole document in the first line and another one begins in the second.
fn are_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let begins = |line: &str| line.trim_start_matches('\u{1e}').trim_start().starts_with(['{', '[']);
    begins(first) && begins(second) && is_whole(first)
}

fn is_whole(line: &str) -> bool {
    let text = line.trim_start_matches('\u{1e}').trim().trim_end_matches(',');
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// `{"`, `[{`, `[[`, `["`: how JSON begins, and markup of other kinds does not.
fn looks_like_json(text: &str) -> bool {
    let mut tokens = text.chars().filter(|character| !character.is_whitespace());
    matches!((tokens.next(), tokens.next()), (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '[' | '"' | ']')))
}
