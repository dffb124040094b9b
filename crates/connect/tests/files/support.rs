//! A folder of files, and what was read of them as text to compare.

use std::fmt::Write;
use std::path::Path;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_connect::HowMuch;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::Reading;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::first_error;
use dataward_connect::conformance::read_unit;
use dataward_connect::files::Files;
use dataward_connect::formats::Limits;
use tempfile::TempDir;

pub(crate) struct Folder {
    pub(crate) dir: TempDir,
    pub(crate) files: Files,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::with_limits(dir.path(), limits);
        Self { dir, files }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) async fn read_as(&self, name: &str, request: &ReadRequest) -> Reading {
        let unit = find_unit(&self.files, name).await.unwrap();
        read_unit(&self.files, &unit, request).await.unwrap()
    }

    pub(crate) async fn read(&self, name: &str) -> Reading {
        self.read_as(name, &ReadRequest::full()).await
    }

    pub(crate) async fn sample(&self, name: &str, rows: u64, seed: u64) -> Reading {
        self.read_as(name, &ReadRequest::new(HowMuch::Sample { rows, seed })).await
    }

    /// Everything read of a file: a line for each table, row and skipped place.
    pub(crate) async fn show(&self, name: &str) -> String {
        shown(&self.read(name).await)
    }

    /// Why a file cannot be read.
    pub(crate) async fn refusal(&self, name: &str) -> String {
        let unit = find_unit(&self.files, name).await.unwrap();
        first_error(&self.files as &dyn Read, &unit, &ReadRequest::full()).await.expect("an error").to_string()
    }
}

/// What one file with this content holds.
pub(crate) async fn show(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write(name, bytes);
    folder.show(name).await
}

/// Why one file with this content is refused.
pub(crate) async fn refusal(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write(name, bytes);
    folder.refusal(name).await
}

pub(crate) fn shown(reading: &Reading) -> String {
    let mut text = String::new();
    for table in &reading.tables {
        let mut columns: Vec<String> = table.head.columns.iter().map(|column| column.name.clone()).collect();
        for batch in &table.content {
            for field in batch.schema().fields() {
                if !columns.contains(field.name()) {
                    columns.push(field.name().clone());
                }
            }
        }
        writeln!(text, "{}: {}", table.head.name, columns.join(" | ")).unwrap();
        for batch in &table.content {
            for row in 0..batch.num_rows() {
                let cells: Vec<String> = columns.iter().map(|column| cell(batch, column, row)).collect();
                writeln!(text, "  {}", cells.join(" | ")).unwrap();
            }
        }
    }
    for skipped in &reading.skipped {
        writeln!(text, "skipped {}: {}", skipped.place, skipped.reason).unwrap();
    }
    text
}

/// A cell; `-` for NULL.
fn cell(batch: &RecordBatch, column: &str, row: usize) -> String {
    let Some(array) = batch.column_by_name(column) else { return "-".into() };
    if array.is_null(row) {
        return "-".into();
    }
    let text = ArrayFormatter::try_new(array, &FormatOptions::new()).unwrap().value(row).to_string();
    text.replace('\n', "\\n").replace('\0', "\\0")
}
