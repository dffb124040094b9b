//! Builds batches of text columns cell by cell, as fast as the cells can be copied.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_array::StringArray;
use arrow_buffer::BooleanBufferBuilder;
use arrow_buffer::Buffer;
use arrow_buffer::NullBuffer;
use arrow_buffer::OffsetBuffer;
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use arrow_schema::SchemaRef;
use dataward_model::ColumnHead;
use encoding_rs::WINDOWS_1252;

/// Text columns of one batch after the other. Cells of a row may come in any order; those that do
/// not come are NULL. Columns may be added at any time.
pub(super) struct TextColumns {
    names: HashMap<String, usize>,
    columns: Vec<Column>,
    schema: Option<SchemaRef>,
    rows: usize,
    bytes: usize,
    repair: Repair,
}

/// What becomes of a cell that is not valid UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    /// Its bad bytes become U+FFFD.
    Replace,
    /// It is read as Windows-1252, which is what stray bytes in otherwise plain ASCII mostly are.
    Windows1252,
}

#[derive(Default)]
struct Column {
    name: String,
    /// One more than there are cells.
    offsets: Vec<i32>,
    values: Vec<u8>,
    null_rows: Vec<usize>,
    /// How long `values` got in the last batch.
    usual_bytes: usize,
}

impl TextColumns {
    /// Columns of these names; names that occur twice get a number, empty ones `column_N`.
    pub(super) fn new(names: impl IntoIterator<Item = String>, repair: Repair) -> Self {
        let mut columns = Self { names: HashMap::new(), columns: Vec::new(), schema: None, rows: 0, bytes: 0, repair };
        for name in names {
            columns.add(&name);
        }
        columns
    }

    /// The columns so far, for a [`dataward_model::TableHead`].
    pub(super) fn heads(&self) -> Vec<ColumnHead> {
        self.columns.iter().map(|column| ColumnHead::new(column.name.clone(), "text")).collect()
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Rows in the batch so far.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The index of the column called exactly `name`, which is added if need be.
    pub(super) fn index_of(&mut self, name: &str) -> usize {
        match self.names.get(name) {
            Some(index) => *index,
            None => self.add(name),
        }
    }

    /// Adds a column and gives its index. Its name is changed if it is taken or empty.
    pub(super) fn add(&mut self, name: &str) -> usize {
        let index = self.columns.len();
        let wanted = if name.is_empty() { format!("column_{}", index + 1) } else { name.to_owned() };
        let mut unique = wanted.clone();
        let mut number = 2;
        while self.names.contains_key(&unique) {
            unique = format!("{wanted}_{number}");
            number += 1;
        }
        self.names.insert(unique.clone(), index);
        self.columns.push(Column { name: unique, offsets: vec![0], ..Column::default() });
        self.schema = None;
        index
    }

    /// Sets a cell of the current row. Each cell once a row.
    #[inline]
    pub(super) fn cell(&mut self, column: usize, bytes: &[u8]) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        column.pad(rows);
        column.values.extend_from_slice(bytes);
        column.offsets.push(column.values.len() as i32);
        self.bytes += bytes.len() + CELL_BYTES;
    }

    /// Sets a cell of the current row from several pieces.
    pub(super) fn cell_of_pieces<'p>(&mut self, column: usize, pieces: impl Iterator<Item = &'p [u8]>) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        column.pad(rows);
        for piece in pieces {
            column.values.extend_from_slice(piece);
            self.bytes += piece.len();
        }
        column.offsets.push(column.values.len() as i32);
        self.bytes += CELL_BYTES;
    }

    /// Whether the current row has this cell already.
    pub(super) fn has_cell(&self, column: usize) -> bool {
        self.columns[column].offsets.len() == self.rows + 2
    }

    /// Ends the current row.
    #[inline]
    pub(super) fn end_row(&mut self) {
        self.rows += 1;
        self.bytes += CELL_BYTES;
    }

    /// Whether the batch is large enough to be sent.
    #[inline]
    pub(super) fn is_full(&self, batch_bytes: usize) -> bool {
        self.bytes >= batch_bytes || self.rows >= MOST_ROWS
    }

    /// The batch; the next one begins.
    pub(super) fn flush(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let repair = self.repair;
        let arrays: Vec<ArrayRef> =
            self.columns.iter_mut().map(|column| Arc::new(column.flush(rows, repair)) as ArrayRef).collect();
        let schema = self.schema.get_or_insert_with(|| {
            let field = |column: &Column| Field::new(&column.name, DataType::Utf8, true);
            Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
            .expect("every column was padded to the same number of rows")
    }
}

impl Column {
    #[inline]
    fn pad(&mut self, rows: usize) {
        while self.offsets.len() <= rows {
            self.null_rows.push(self.offsets.len() - 1);
            self.offsets.push(self.values.len() as i32);
        }
    }

    fn flush(&mut self, rows: usize, repair: Repair) -> StringArray {
        self.pad(rows);
        let room = (self.values.len() + self.usual_bytes) / 2 + self.values.len() / 8;
        self.usual_bytes = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(room));
        let mut first = Vec::with_capacity(rows + 1);
        first.push(0);
        let offsets = std::mem::replace(&mut self.offsets, first);
        let null_rows = std::mem::take(&mut self.null_rows);
        let nulls = (!null_rows.is_empty()).then(|| {
            let mut valid = BooleanBufferBuilder::new(rows);
            valid.append_n(rows, true);
            for row in null_rows {
                valid.set_bit(row, false);
            }
            NullBuffer::new(valid.finish())
        });
        let values = Buffer::from_vec(values);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        match StringArray::try_new(offsets.clone(), values.clone(), nulls.clone()) {
            Ok(array) => array,
            Err(_) => repaired(&offsets, &values, nulls, repair),
        }
    }
}

/// Some cell is not valid UTF-8: makes each valid by itself.
fn repaired(offsets: &[i32], values: &[u8], nulls: Option<NullBuffer>, repair: Repair) -> StringArray {
    let cells = offsets.windows(2).map(|ends| {
        let cell = &values[ends[0] as usize..ends[1] as usize];
        match (std::str::from_utf8(cell), repair) {
            (Ok(text), _) => text.into(),
            (Err(_), Repair::Replace) => String::from_utf8_lossy(cell),
            (Err(_), Repair::Windows1252) => WINDOWS_1252.decode_without_bom_handling(cell).0,
        }
    });
    let repaired = StringArray::from_iter_values(cells);
    let (offsets, values, _) = repaired.into_parts();
    StringArray::try_new(offsets, values, nulls).expect("as many cells as before, each valid")
}

/// What a cell costs beside its text.
const CELL_BYTES: usize = 4;
/// Above this, batches grow no faster to work on.
const MOST_ROWS: usize = 1 << 16;
