//! The rows of a register, as numbers of values.

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;

use super::fields::Field;
use super::fields::normalise;
use super::intern::Interner;
use super::intern::NONE;

/// Rows one after another, each with the number of its value in every field.
#[derive(Debug)]
pub(super) struct Rows {
    codes: Vec<u32>,
    width: usize,
    /// The values of each field.
    pub(super) texts: Vec<Interner>,
}

impl Rows {
    pub(super) fn new(fields: usize) -> Self {
        Self { codes: Vec::new(), width: fields, texts: (0..fields).map(|_| Interner::new()).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len() / self.width.max(1)
    }

    pub(super) fn row(&self, row: usize) -> &[u32] {
        &self.codes[row * self.width..(row + 1) * self.width]
    }

    /// Takes values of a field for nothing, wherever they stand.
    pub(super) fn forget(&mut self, field: usize, codes: &[u32]) {
        if codes.is_empty() {
            return;
        }
        for row in self.codes.chunks_exact_mut(self.width) {
            if codes.contains(&row[field]) {
                row[field] = NONE;
            }
        }
        codes.iter().for_each(|code| self.texts[field].forget(*code));
    }

    /// Takes all values of a field for nothing.
    pub(super) fn forget_all(&mut self, field: usize, codes: &[u32]) {
        for row in self.codes.chunks_exact_mut(self.width) {
            row[field] = NONE;
        }
        codes.iter().for_each(|code| self.texts[field].forget(*code));
    }

    /// Bytes of memory.
    pub(super) fn size(&self) -> usize {
        self.codes.len() * 4 + self.texts.iter().map(Interner::size).sum::<usize>()
    }

    /// Adds the rows of a batch; columns are matched by name.
    pub(super) fn add(&mut self, fields: &[Field], batch: &RecordBatch) {
        let start = self.codes.len();
        self.codes.resize(start + batch.num_rows() * self.width, NONE);
        let mut normal = String::new();
        for (at, field) in fields.iter().enumerate() {
            let Some(array) = batch.column_by_name(&field.column) else { continue };
            let mut put = |row: usize, text: Option<&str>| {
                normal.clear();
                if let Some(text) = text {
                    normalise(field.kind, text, &mut normal);
                }
                self.codes[start + row * self.width + at] = self.texts[at].number(&normal);
            };
            match array.data_type() {
                DataType::Utf8 => array.as_string::<i32>().iter().enumerate().for_each(|(row, text)| put(row, text)),
                DataType::LargeUtf8 => {
                    array.as_string::<i64>().iter().enumerate().for_each(|(row, text)| put(row, text));
                }
                DataType::Utf8View => array.as_string_view().iter().enumerate().for_each(|(row, text)| put(row, text)),
                _ => {
                    let options = FormatOptions::new();
                    let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else { continue };
                    for row in 0..array.len() {
                        let text = (!array.is_null(row)).then(|| formatter.value(row).try_to_string().ok()).flatten();
                        put(row, text.as_deref());
                    }
                }
            }
        }
    }
}
