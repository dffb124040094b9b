//! Some rows of a table, ready for checks: the different values of each column once, and for each
//! cell the number of its value.

use std::sync::OnceLock;

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::types::TimestampMicrosecondType;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;
use arrow_schema::TimeUnit;
use foldhash::quality::RandomState;

use super::traits::Traits;
use super::values::Values;

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
    hasher: RandomState,
}

/// A column of a block.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// For each row the number of its value.
    pub codes: Vec<u32>,
    /// The values by number; the first stands for NULL and blanks.
    pub values: Values,
    /// How many cells hold each value.
    pub counts: Vec<u32>,
    traits: OnceLock<Traits>,
}

impl Column {
    fn new(name: &str, blanks: usize, hasher: &RandomState) -> Self {
        Self {
            name: name.to_owned(),
            codes: vec![BLANK; blanks],
            values: Values::new(hasher),
            counts: vec![u32::try_from(blanks).unwrap_or(u32::MAX)],
            traits: OnceLock::new(),
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

    /// How many cells hold the value that another column of the block calls `code`.
    pub(super) fn count_of(&self, other: &Self, code: u32) -> u32 {
        self.values.number_of(&other.values, code).map_or(0, |code| self.counts[code as usize])
    }

    /// What is known of each value; asked when all rows are there.
    pub(super) fn traits(&self) -> &Traits {
        self.traits.get_or_init(|| Traits::of(&self.values))
    }

    /// The values that are not blank, with their numbers and counts.
    pub fn filled_values(&self) -> impl Iterator<Item = (u32, &str, u32)> {
        self.values.iter().zip(&self.counts).zip(0..).skip(1).map(|((value, count), code)| (code, value, *count))
    }

    /// The same without words for nothing.
    pub(super) fn real_values(&self) -> impl Iterator<Item = (u32, &str, u32)> {
        let traits = self.traits();
        self.filled_values().filter(|(code, ..)| traits.null_word(*code).is_none())
    }

    fn push(&mut self, text: Option<&str>) -> usize {
        let Some(text) = text.filter(|text| !text.trim().is_empty()).map(clip) else {
            self.codes.push(BLANK);
            self.counts[0] += 1;
            return 0;
        };
        // Values often come in runs.
        let last = self.codes.last().copied().unwrap_or(BLANK);
        let (code, is_new) = match last {
            BLANK => self.values.number(text),
            last if self.values[last as usize] == *text => (last, false),
            _ => self.values.number(text),
        };
        self.codes.push(code);
        if is_new {
            self.counts.push(1);
            return text.len() + 64;
        }
        self.counts[code as usize] += 1;
        0
    }
}

impl Block {
    /// A block for a table with these columns.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let hasher = RandomState::default();
        let columns = names.into_iter().map(|name| Column::new(name, 0, &hasher)).collect();
        Self { rows: 0, columns, bytes: 0, hasher }
    }

    /// Adds the rows of a batch. Columns are matched by name; nested ones are left out.
    pub fn add(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        for (at, (field, array)) in batch.schema_ref().fields().iter().zip(batch.columns()).enumerate() {
            if field.data_type().is_nested() {
                continue;
            }
            let is_it = |column: &Column| column.name == *field.name();
            // Mostly it stands where it stood: tables have ten thousand columns too.
            let same = Some(at).filter(|at| self.columns.get(*at).is_some_and(is_it));
            let place = match same.or_else(|| self.columns.iter().position(is_it)) {
                Some(place) => place,
                None => {
                    self.columns.push(Column::new(field.name(), self.rows, &self.hasher));
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
            let mut text = String::new();
            (0..array.len())
                .map(|row| {
                    text.clear();
                    if array.is_null(row) {
                        return column.push(None);
                    }
                    if formatter.value(row).write(&mut text).is_err() {
                        text.clear();
                        text.push_str(beyond_calendar(array, row));
                    }
                    column.push(Some(&text))
                })
                .sum()
        }
    }
}

/// A word for a day or time that is too far away to be written. Such a cell is not empty.
fn beyond_calendar(array: &ArrayRef, row: usize) -> &'static str {
    match since_1970(array, row) {
        Some(0..) => "(after every calendar)",
        Some(_) => "(before every calendar)",
        None => "(beyond what can be written)",
    }
}

/// The number that stands for a day or time, for those that no calendar has: PostgreSQL knows years from -4713 to 5874897,
/// and infinity both ways.
pub(super) fn since_1970(array: &ArrayRef, row: usize) -> Option<i64> {
    match array.data_type() {
        DataType::Date32 => Some(array.as_primitive::<Date32Type>().value(row).into()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        _ => None,
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
    use arrow_array::Date32Array;
    use arrow_array::TimestampMicrosecondArray;

    use super::*;

    #[test]
    fn days_beyond_what_can_be_written_are_not_empty() {
        let days = std::sync::Arc::new(Date32Array::from(vec![Some(0), Some(i32::MAX), Some(i32::MIN), None]));
        let times = TimestampMicrosecondArray::from(vec![Some(0), Some(i64::MAX), Some(i64::MIN), None]);
        let (times, mut block) = (std::sync::Arc::new(times), Block::new([]));
        block.add(&RecordBatch::try_from_iter([("day", days as ArrayRef), ("time", times as ArrayRef)]).unwrap());
        for column in &block.columns {
            let texts: Vec<&str> = column.codes.iter().map(|code| &column.values[*code as usize]).collect();
            assert_eq!(texts[1..], ["(after every calendar)", "(before every calendar)", ""]);
        }
    }

    #[test]
    fn each_value_has_one_number_however_many_there_are() {
        let mut column = Column::new("c", 0, &RandomState::default());
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
        assert_eq!(&column.values[8], "v7");
    }
}
