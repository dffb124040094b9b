//! Some rows of a table, ready for checks: the different values of each column once, and for each
//! cell the number of its value.

use std::hash::BuildHasher;
use std::hash::RandomState;
use std::sync::OnceLock;

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;

use super::shape::shape;

/// The number of NULL and blank cells.
pub const BLANK: u32 = 0;

/// Cells of a block: with their votes (24 bytes each) they and [`MOST_BYTES`] bound its memory.
const MOST_CELLS: usize = 4_000_000;
/// Bytes of different values that a block keeps.
const MOST_BYTES: usize = 96 << 20;
/// Bytes of one value that are looked at.
const LONGEST_VALUE: usize = 512;

/// Some rows of a table.
#[derive(Debug, Default)]
pub struct Block {
    /// How many rows it holds.
    pub rows: usize,
    /// The columns, in the order of the table.
    pub columns: Vec<Column>,
    bytes: usize,
}

/// A column of a block.
#[derive(Debug, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// For each row the number of its value.
    pub codes: Vec<u32>,
    /// The values by number; the first stands for NULL and blanks.
    pub values: Vec<Box<str>>,
    /// How many cells hold each value.
    pub counts: Vec<u32>,
    numbers: Numbers,
    shapes: OnceLock<Vec<String>>,
}

/// Finds the number of a value: open addressing over the values themselves, which stand in the column once.
#[derive(Debug, Default)]
struct Numbers {
    /// The upper half of a value's hash and its number, 0 for none.
    slots: Vec<(u32, u32)>,
    /// Keyed by chance: values of customers choose no collisions.
    hasher: RandomState,
}

impl Numbers {
    /// The number of `text`, or else where and as what it is to be put down.
    fn find(&self, text: &str, values: &[Box<str>]) -> Result<u32, (usize, u32)> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let (mark, mask) = ((hash >> 32) as u32, self.slots.len() - 1);
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                (_, BLANK) => return Err((at, mark)),
                (known, code) if known == mark && *values[code as usize] == *text => return Ok(code),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Makes room for one more beside `values`, which are all different.
    fn grow(&mut self, values: &[Box<str>]) {
        if values.len() * 2 < self.slots.len() {
            return;
        }
        let mask = (self.slots.len() * 4).max(64) - 1;
        self.slots = vec![(0, BLANK); mask + 1];
        for (code, value) in (0_u32..).zip(values).skip(1) {
            let hash = self.hasher.hash_one(value.as_bytes());
            let mut at = hash as usize & mask;
            while self.slots[at].1 != BLANK {
                at = (at + 1) & mask;
            }
            self.slots[at] = ((hash >> 32) as u32, code);
        }
    }
}

impl Column {
    fn new(name: &str, blanks: usize) -> Self {
        Self {
            name: name.to_owned(),
            codes: vec![BLANK; blanks],
            values: vec!["".into()],
            counts: vec![u32::try_from(blanks).unwrap_or(u32::MAX)],
            numbers: Numbers::default(),
            shapes: OnceLock::new(),
        }
    }

    /// How many different values there are, blank among them.
    pub fn distinct(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }

    /// How many cells are not blank.
    pub fn filled(&self) -> usize {
        self.codes.len() - self.counts[0] as usize
    }

    /// How many cells hold this text.
    pub(super) fn count_of(&self, text: &str) -> u32 {
        if self.numbers.slots.is_empty() {
            return 0;
        }
        self.numbers.find(text, &self.values).map_or(0, |code| self.counts[code as usize])
    }

    /// For each value how it is written; asked when all rows are there.
    pub(super) fn shapes(&self) -> &[String] {
        self.shapes.get_or_init(|| self.values.iter().map(|value| shape(value)).collect())
    }

    /// The values that are not blank, with their numbers and counts.
    pub fn filled_values(&self) -> impl Iterator<Item = (u32, &str, u32)> {
        self.values.iter().zip(&self.counts).zip(0..).skip(1).map(|((value, count), code)| (code, &**value, *count))
    }

    fn push(&mut self, text: Option<&str>) -> usize {
        let text = text.filter(|text| !text.trim().is_empty()).map(clip);
        let Some(text) = text else {
            self.codes.push(BLANK);
            self.counts[0] += 1;
            return 0;
        };
        // Values often come in runs.
        let last = self.codes.last().copied().unwrap_or(BLANK);
        let known = if last != BLANK && *self.values[last as usize] == *text {
            Ok(last)
        } else {
            self.numbers.grow(&self.values);
            self.numbers.find(text, &self.values)
        };
        match known {
            Ok(code) => {
                self.codes.push(code);
                self.counts[code as usize] += 1;
                0
            }
            Err((at, mark)) => {
                let code = self.distinct();
                self.numbers.slots[at] = (mark, code);
                self.values.push(text.into());
                self.counts.push(1);
                self.codes.push(code);
                text.len() + 64
            }
        }
    }
}

impl Block {
    /// A block for a table with these columns.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { columns: names.into_iter().map(|name| Column::new(name, 0)).collect(), ..Self::default() }
    }

    /// Adds the rows of a batch. Columns are matched by name; nested ones are left out.
    pub fn add(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            if field.data_type().is_nested() {
                continue;
            }
            let place = match self.columns.iter().position(|column| column.name == *field.name()) {
                Some(place) => place,
                None => {
                    self.columns.push(Column::new(field.name(), self.rows));
                    self.columns.len() - 1
                }
            };
            self.bytes += append(&mut self.columns[place], array);
        }
        self.rows += rows;
        for column in &mut self.columns {
            let missing = self.rows.saturating_sub(column.codes.len());
            column.codes.resize(self.rows, BLANK);
            column.counts[0] += u32::try_from(missing).unwrap_or(u32::MAX);
        }
    }

    /// Whether no more rows should be added.
    pub fn is_full(&self) -> bool {
        self.rows * self.columns.len().max(1) >= MOST_CELLS || self.bytes >= MOST_BYTES
    }
}

fn append(column: &mut Column, array: &ArrayRef) -> usize {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(|cell| column.push(cell)).sum(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(|cell| column.push(cell)).sum(),
        DataType::Utf8View => array.as_string_view().iter().map(|cell| column.push(cell)).sum(),
        _ => {
            let options = FormatOptions::new();
            let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else {
                return (0..array.len()).map(|_| column.push(None)).sum();
            };
            (0..array.len())
                .map(|row| {
                    let text = (!array.is_null(row)).then(|| formatter.value(row).try_to_string().ok()).flatten();
                    column.push(text.as_deref())
                })
                .sum()
        }
    }
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_VALUE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_number_however_many_there_are() {
        let mut column = Column::new("c", 0);
        for round in 0..2 {
            for at in 0..5_000 {
                column.push(Some(&format!("v{at}")));
                assert_eq!(column.codes.last(), Some(&(at + 1)), "round {round}");
            }
        }
        column.push(Some("v7"));
        column.push(Some("v7"));
        column.push(None);
        assert_eq!((column.distinct(), column.counts[8], column.counts[0]), (5_001, 4, 1));
        assert_eq!(&*column.values[8], "v7");
    }
}
