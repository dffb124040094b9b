//! CSV, TSV and friends: rows of cells, written in whatever way their author's program liked.

mod dialect;
mod sample;
mod splitter;

use std::io::Read;

use dataward_model::Skipped;
use dataward_model::TableHead;

use self::dialect::Dialect;
use self::splitter::RowReader;
use self::splitter::unescape;
use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::encoding;
use super::header::Layout;
use super::header::find_layout;
use super::limits::from_io;
use super::limits::human_bytes;
use super::text_columns::Repair;
use super::text_columns::TextColumns;
use super::valued_names;
use crate::ConnectError;

/// Comma, semicolon, tab, pipe and other separated values.
pub(super) struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "CSV"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let Some(text) = head.text() else { return Certainty::No };
        let by_name = head.has_extension(&["csv", "tsv", "tab", "psv", "ssv"]);
        if !by_name
            && !head
                .has_extension(&["", "asc", "bak", "dat", "data", "dump", "exp", "export", "lst", "old", "out", "txt"])
        {
            return Certainty::No;
        }
        let guess = dialect::guess(text.as_bytes(), head.whole);
        let looks = guess.width >= 3 && guess.rows >= 3 && guess.agreement >= 0.95;
        match (by_name, looks) {
            (true, true) => Certainty::Sure,
            (true, false) => Certainty::Likely,
            (false, true) => Certainty::Likely,
            (false, false) => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let head = input.head();
        let encoding = encoding::detect(head.bytes, head.whole);
        let is_utf_8 = encoding.encoding == encoding_rs::UTF_8;
        let decoded;
        let head_text = if is_utf_8 {
            &head.bytes[encoding.mark_bytes..]
        } else {
            decoded = encoding::decode_head(head.bytes, head.whole, usize::MAX);
            decoded.as_bytes()
        };
        let guess = dialect::guess(head_text, head.whole);
        let declared = dialect::declared_delimiter(head_text).map_or(0, |(_, rest)| head_text.len() - rest.len());
        let repair = if encoding.ascii { Repair::Windows1252 } else { Repair::Replace };
        let name = input.name().to_owned();
        let longest_row = input.limits().cell_bytes;
        let sampling = sample::Plan::new(&input, out.request().how_much, is_utf_8);
        let mut source = if is_utf_8 { input.into_read() } else { Box::new(input.into_text()) as Box<dyn Read> };
        let skipped_start = declared + if is_utf_8 { encoding.mark_bytes } else { 0 };
        std::io::copy(&mut source.by_ref().take(skipped_start as u64), &mut std::io::sink())
            .map_err(|error| from_io(&name, &error))?;
        let rows = RowReader::new(source, guess.dialect, longest_row);
        Reading { name, rows, repair, longest_row }.run(out, sampling)
    }
}

struct Reading<'a> {
    name: String,
    rows: RowReader<'a>,
    repair: Repair,
    longest_row: usize,
}

/// The columns of a table and what its rows must look like.
struct Table {
    columns: TextColumns,
    /// Columns the header or the first rows gave it.
    width: usize,
    /// The first row begins with a comment sign, so others may as well.
    comments: bool,
    /// Rows with more cells than we make columns for.
    too_wide: u64,
}

impl Reading<'_> {
    fn run(mut self, out: &mut Out, sampling: Option<sample::Plan>) -> Result<(), ConnectError> {
        let (first_rows, comments) = self.first_rows()?;
        let texts: Vec<Vec<String>> = first_rows.iter().map(|row| row.iter().map(Field::text).collect()).collect();
        let layout = find_layout(&texts);
        self.above(&texts[..layout.above.min(texts.len())], out)?;
        let mut table = self.begin(&texts, &layout, comments);
        let head = TableHead::table(&self.name, table.columns.heads());
        let data_rows = &first_rows[(layout.above + usize::from(layout.has_header)).min(first_rows.len())..];
        if let Some(plan) = sampling {
            out.begin_sampled(head)?;
            let dialect = *self.rows.dialect();
            return plan.run(&self.name, &dialect, &mut table, out);
        }
        out.begin(head)?;
        for row in data_rows {
            table.owned_row(row);
            table.send_if_full(out)?;
        }
        drop(first_rows);
        while self.rows.advance().map_err(|error| self.failed(&error, &mut table, out))? {
            table.row(&self.rows);
            table.send_if_full(out)?;
        }
        out.rows(table.columns.flush())?;
        out.end_complete()?;
        self.report(&table, out)
    }

    /// The rows that decide on the layout, and whether comments were left out among them.
    fn first_rows(&mut self) -> Result<(Vec<Vec<Field>>, bool), ConnectError> {
        let mut rows: Vec<Vec<Field>> = Vec::new();
        let mut bytes = 0;
        let mut comments = false;
        while rows.len() < FIRST_ROWS && bytes < FIRST_BYTES {
            if !self
                .rows
                .advance()
                .or_else(|error| if rows.is_empty() { Err(from_io(&self.name, &error)) } else { Ok(false) })?
            {
                break;
            }
            let dialect = *self.rows.dialect();
            let mut row: Vec<Field> = Vec::with_capacity(self.rows.cells.len());
            for cell in &self.rows.cells {
                let raw = self.rows.bytes(cell);
                let bytes =
                    if cell.escaped { unescape(&dialect, raw).flatten().copied().collect() } else { raw.to_vec() };
                row.push(Field { bytes, missing: !cell.quoted && cell.start == cell.end });
            }
            bytes += row.iter().map(|field| field.bytes.len() + 8).sum::<usize>();
            if row.len() == 1 && row[0].missing {
                continue;
            }
            if !row[0].missing && row[0].bytes.first() == Some(&b'#') {
                comments = true;
                row[0].bytes.remove(0);
                // `#id,name` is a header; other comments are notes above the table.
            }
            rows.push(row);
        }
        Ok((rows, comments))
    }

    /// Titles and notes above the table are text in which names may stand.
    fn above(&self, rows: &[Vec<String>], out: &mut Out) -> Result<(), ConnectError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut notes = DocumentWriter::begin(out, &format!("{}#above the table", self.name))?;
        for row in rows {
            notes.push(&row.join(" "))?;
        }
        notes.finish()
    }

    fn begin(&self, texts: &[Vec<String>], layout: &Layout, comments: bool) -> Table {
        let header = texts.get(layout.above).filter(|_| layout.has_header);
        let names: Vec<String> = match header {
            Some(names) => names.iter().map(|name| column_name(name)).collect(),
            None => vec![String::new(); layout.width.min(MOST_COLUMNS)],
        };
        let columns = TextColumns::new(names, self.repair);
        Table { width: columns.width(), columns, comments, too_wide: 0 }
    }

    /// What was read before the fault still goes out.
    fn failed(&self, error: &std::io::Error, table: &mut Table, out: &mut Out) -> ConnectError {
        match out.rows(table.columns.flush()) {
            Err(cancelled) => cancelled,
            Ok(()) => from_io(&self.name, error),
        }
    }

    fn report(&self, table: &Table, out: &mut Out) -> Result<(), ConnectError> {
        if self.rows.refused_rows() > 0 {
            let reason = format!(
                "{} row(s) of more than {} were not read; all other rows were",
                self.rows.refused_rows(),
                human_bytes(self.longest_row as u64)
            );
            out.skip(Skipped::failed(&self.name, reason))?;
        }
        if table.too_wide > 0 {
            let reason =
                format!("{} row(s) have more than {MOST_COLUMNS} cells; what lies beyond was not read", table.too_wide);
            out.skip(Skipped::failed(&self.name, reason))?;
        }
        Ok(())
    }
}

impl Table {
    /// Takes over the current row of the reader.
    #[inline]
    fn row(&mut self, rows: &RowReader<'_>) {
        self.window_row(rows.dialect(), rows.cells.as_slice(), |cell| rows.bytes(cell));
    }

    #[inline]
    fn window_row<'w>(
        &mut self,
        dialect: &Dialect,
        cells: &[splitter::Cell],
        bytes: impl Fn(&splitter::Cell) -> &'w [u8],
    ) {
        if let [only] = cells {
            let blank = only.start == only.end && !only.quoted;
            if blank || (self.comments && self.width > 1 && bytes(only).first() == Some(&b'#')) {
                return;
            }
        }
        for (index, cell) in cells.iter().enumerate() {
            let raw = bytes(cell);
            if raw.is_empty() && !cell.quoted {
                continue;
            }
            if index >= self.columns.width() && !self.widen(index) {
                break;
            }
            if cell.escaped {
                self.columns.cell_of_pieces(index, unescape(dialect, raw));
            } else {
                self.columns.cell(index, raw);
            }
        }
        self.columns.end_row();
    }

    fn owned_row(&mut self, row: &[Field]) {
        for (index, field) in row.iter().enumerate().filter(|(_, field)| !field.missing) {
            if index >= self.columns.width() && !self.widen(index) {
                break;
            }
            self.columns.cell(index, &field.bytes);
        }
        self.columns.end_row();
    }

    /// Adds columns for a row that is longer than the header.
    fn widen(&mut self, index: usize) -> bool {
        if index >= MOST_COLUMNS {
            self.too_wide += 1;
            return false;
        }
        while self.columns.width() <= index {
            self.columns.add("");
        }
        true
    }

    #[inline]
    fn send_if_full(&mut self, out: &mut Out) -> Result<(), ConnectError> {
        if self.columns.is_full(out.request().batch_bytes) { out.rows(self.columns.flush()) } else { Ok(()) }
    }
}

/// A cell of the first rows.
struct Field {
    bytes: Vec<u8>,
    missing: bool,
}

impl Field {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A header cell as a name: one line, not too long, and no value of a person.
pub(super) fn column_name(cell: &str) -> String {
    let name = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    valued_names::shown(&name).chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect()
}

const FIRST_ROWS: usize = 100;
const FIRST_BYTES: usize = 1 << 20;
const LONGEST_NAME: usize = 120;
/// Wider than any spreadsheet (16,384 columns).
const MOST_COLUMNS: usize = 20_000;
