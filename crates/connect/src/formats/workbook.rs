//! Workbooks: XLSX, XLSB, XLS and OpenDocument. Each sheet is a table.

use std::io::BufReader;
use std::sync::Arc;

use calamine::DataType;
use calamine::ExcelDateTime;
use calamine::Ods;
use calamine::Reader;
use calamine::Xls;
use calamine::Xlsb;
use calamine::Xlsx;
use dataward_model::TableHead;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::ReadAt;
use super::Seekable;
use super::csv::column_name;
use super::header::find_layout;
use super::limits::human_bytes;
use super::text_columns::Repair;
use super::text_columns::TextColumns;
use super::zip::open_zip;
use super::zip::try_unpacking;
use crate::ConnectError;

/// Spreadsheets of Microsoft Office and LibreOffice.
pub(super) struct Workbook;

type Source = BufReader<Seekable>;

impl Format for Workbook {
    fn name(&self) -> &'static str {
        "workbook"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let zipped = head.starts_with(b"PK\x03\x04");
        let holds = |needle: &[u8]| memchr::memmem::find(head.bytes, needle).is_some();
        let is_workbook = match () {
            () if zipped && head.has_extension(ZIPPED) => true,
            () if zipped => holds(b"xl/workbook.") || holds(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
            () if head.starts_with(COMPOUND) => {
                head.has_extension(ZIPPED) || head.has_extension(&["xla", "xls", "xlt"])
            }
            () => false,
        };
        if is_workbook { Certainty::Certain } else { Certainty::No }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let inside = input.inside()?;
        let head = input.head();
        let (compound, xls) = (head.starts_with(COMPOUND), head.has_extension(&["xla", "xls", "xlt"]));
        if compound && !xls {
            return Err(ConnectError::Denied {
                target: name,
                reason: "it is protected with a password; save it without one to have it scanned".into(),
            });
        }
        let most = input.limits().document_bytes;
        let at = input.into_random_access()?;
        if compound {
            if at.size() > most {
                return Err(ConnectError::Limit {
                    target: name,
                    reason: format!("it is larger than {}; save it as CSV and scan that", human_bytes(most)),
                });
            }
            return whole_sheets(Xls::new(source(&at)), &name, out);
        }
        let mut archive = open_zip(at.clone(), &name)?;
        try_unpacking(&mut archive, &inside)?;
        if archive.index_for_name("content.xml").is_some() {
            drop(archive);
            return whole_sheets(Ods::new(source(&at)), &name, out);
        }
        let binary = archive.index_for_name("xl/workbook.bin").is_some();
        drop(archive);
        if binary { xlsb_sheets(&at, &name, out) } else { xlsx_sheets(&at, &name, out) }
    }
}

fn source(at: &Arc<dyn ReadAt>) -> Source {
    BufReader::new(Seekable::new(at.clone()))
}

fn xlsx_sheets(at: &Arc<dyn ReadAt>, name: &str, out: &mut Out) -> Result<(), ConnectError> {
    let mut book = Xlsx::new(source(at)).map_err(|_| damaged(name))?;
    for sheet in book.sheet_names() {
        let table = format!("{name}#{sheet}");
        let result = book.worksheet_cells_reader(&sheet).map_err(|_| damaged(&table)).and_then(|mut cells| {
            let mut rows = SheetRows::new(&table, out);
            while let Some(cell) = cells.next_cell().map_err(|_| damaged(&table))? {
                rows.cell(cell.get_position(), cell.get_value())?;
            }
            rows.finish()
        });
        listed(result, &table, out)?;
    }
    Ok(())
}

fn xlsb_sheets(at: &Arc<dyn ReadAt>, name: &str, out: &mut Out) -> Result<(), ConnectError> {
    let mut book = Xlsb::new(source(at)).map_err(|_| damaged(name))?;
    for sheet in book.sheet_names() {
        let table = format!("{name}#{sheet}");
        let result = book.worksheet_cells_reader(&sheet).map_err(|_| damaged(&table)).and_then(|mut cells| {
            let mut rows = SheetRows::new(&table, out);
            while let Some(cell) = cells.next_cell().map_err(|_| damaged(&table))? {
                rows.cell(cell.get_position(), cell.get_value())?;
            }
            rows.finish()
        });
        listed(result, &table, out)?;
    }
    Ok(())
}

/// The old formats come a whole sheet at a time.
fn whole_sheets<R: Reader<Source>>(book: Result<R, R::Error>, name: &str, out: &mut Out) -> Result<(), ConnectError> {
    let mut book = book.map_err(|_| damaged(name))?;
    for sheet in book.sheet_names() {
        let table = format!("{name}#{sheet}");
        let result = book.worksheet_range(&sheet).map_err(|_| damaged(&table)).and_then(|range| {
            let mut rows = SheetRows::new(&table, out);
            for (row, column, value) in range.used_cells() {
                rows.cell((row as u32, column as u32), value)?;
            }
            rows.finish()
        });
        listed(result, &table, out)?;
    }
    Ok(())
}

/// One bad sheet does not hide the others.
fn listed(result: Result<(), ConnectError>, table: &str, out: &mut Out) -> Result<(), ConnectError> {
    match result {
        Err(error @ ConnectError::Malformed { .. }) => {
            out.end(None)?;
            out.skip(error.skip(table))
        }
        other => other,
    }
}

fn damaged(target: &str) -> ConnectError {
    ConnectError::Malformed {
        target: target.to_owned(),
        reason: "the workbook is damaged or not one; open it in a spreadsheet program and save it anew".into(),
    }
}

/// Puts the cells of a sheet, which come row by row, into a table.
struct SheetRows<'a> {
    table: &'a str,
    out: &'a mut Out,
    /// The first rows, kept until they show where the table begins.
    first: Vec<Vec<String>>,
    columns: Option<TextColumns>,
    row: Option<u32>,
    cells: Vec<(usize, String)>,
    first_column: usize,
}

impl<'a> SheetRows<'a> {
    fn new(table: &'a str, out: &'a mut Out) -> Self {
        Self { table, out, first: Vec::new(), columns: None, row: None, cells: Vec::new(), first_column: 0 }
    }

    fn cell(&mut self, (row, column): (u32, u32), value: &impl DataType) -> Result<(), ConnectError> {
        if self.row != Some(row) {
            self.end_row()?;
            self.row = Some(row);
        }
        match text_of(value) {
            Some(text) if (column as usize) < MOST_COLUMNS => self.cells.push((column as usize, text)),
            _ => {}
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ConnectError> {
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        if self.columns.is_some() {
            return self.write(cells);
        }
        let width = cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
        let mut row = vec![String::new(); width];
        for (column, text) in cells {
            row[column] = text;
        }
        self.first.push(row);
        if self.first.len() >= FIRST_ROWS { self.begin() } else { Ok(()) }
    }

    /// Begins the table with what the first rows show.
    fn begin(&mut self) -> Result<(), ConnectError> {
        let mut rows = std::mem::take(&mut self.first);
        let empty_before = |row: &Vec<String>| row.iter().position(|cell| !cell.is_empty());
        self.first_column = rows.iter().filter_map(empty_before).min().unwrap_or(0);
        for row in &mut rows {
            row.drain(..self.first_column);
        }
        let layout = find_layout(&rows);
        let table = rows.split_off(layout.above.min(rows.len()));
        if !rows.is_empty() {
            let mut notes = DocumentWriter::begin(self.out, &format!("{}#above the table", self.table))?;
            for row in &rows {
                notes.push(&row.join(" "))?;
            }
            notes.finish()?;
        }
        let names: Vec<String> = match table.first() {
            Some(names) if layout.has_header => names.iter().map(|name| column_name(name)).collect(),
            _ => vec![String::new(); layout.width],
        };
        let columns = TextColumns::new(names, Repair::Replace);
        self.out.begin(TableHead::table(self.table, columns.heads()))?;
        self.columns = Some(columns);
        for row in table.into_iter().skip(usize::from(layout.has_header)) {
            let first_column = self.first_column;
            let cells = row.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
            self.write(cells.map(|(column, text)| (column + first_column, text)).collect())?;
        }
        Ok(())
    }

    fn write(&mut self, cells: Vec<(usize, String)>) -> Result<(), ConnectError> {
        let Some(columns) = &mut self.columns else { return Ok(()) };
        for (column, text) in cells {
            // What stands left of the first rows' columns goes behind the others.
            let column = column.checked_sub(self.first_column).unwrap_or(columns.width());
            while columns.width() <= column {
                columns.add("");
            }
            if !columns.has_cell(column) {
                columns.cell(column, text.as_bytes());
            }
        }
        columns.end_row();
        if columns.is_full(self.out.request().batch_bytes) { self.out.rows(columns.flush()) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), ConnectError> {
        self.end_row()?;
        if self.columns.is_none() {
            if self.first.is_empty() {
                return Ok(());
            }
            self.begin()?;
        }
        if let Some(mut columns) = self.columns.take() {
            self.out.rows(columns.flush())?;
        }
        self.out.end_complete()
    }
}

/// A cell as text; none for empty ones and faults of formulas.
fn text_of(value: &impl DataType) -> Option<String> {
    if value.is_datetime() {
        return value.get_datetime().map(date_text);
    }
    if let Some(number) = value.get_float() {
        return Some(number.to_string());
    }
    if let Some(number) = value.get_int() {
        return Some(number.to_string());
    }
    if let Some(truth) = value.get_bool() {
        return Some(truth.to_string());
    }
    let text = value.get_string().or_else(|| value.get_datetime_iso()).or_else(|| value.get_duration_iso())?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn date_text(date: ExcelDateTime) -> String {
    let number = date.as_f64();
    if !date.is_datetime() || !(0.0..2_958_466.0).contains(&number) {
        return number.to_string();
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    match (number < 1.0, (hour, minute, second)) {
        (true, _) => format!("{hour:02}:{minute:02}:{second:02}"),
        (false, (0, 0, 0)) => format!("{year:04}-{month:02}-{day:02}"),
        (false, _) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    }
}

const ZIPPED: &[&str] = &["ods", "ots", "xlam", "xlsb", "xlsm", "xlsx", "xltm", "xltx"];
/// Compound files hold old Office documents, and new ones behind a password.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const FIRST_ROWS: usize = 50;
/// Excel's own limit.
const MOST_COLUMNS: usize = 16_384;
