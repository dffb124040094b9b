//! What a row is called: its primary key where that tells nothing of a person, else its place.

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_cast::cast;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use arrow_schema::DataType;
use dataward_model::ColumnRole;
use dataward_model::TableHead;

use super::Row;

/// Rows whose keys are kept.
const MOST: usize = 8_000_000;

/// What the names of rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// Whole numbers; none where rows have no name.
    Numbers,
    /// UUIDs.
    Uuids,
}

/// The names of the rows of a table, in the order of coming.
#[derive(Debug, Default)]
pub struct RowKeys {
    column: Option<String>,
    numbers: Vec<i64>,
    ids: Vec<u128>,
}

impl RowKeys {
    /// For a table: its primary key must be one column.
    pub fn of(head: &TableHead) -> Self {
        let keys: Vec<_> = head.columns.iter().filter(|column| column.role == ColumnRole::PrimaryKey).collect();
        let column = if let [only] = keys.as_slice() { Some(only.name.clone()) } else { None };
        Self { column, ..Self::default() }
    }

    /// Takes the rows of a batch. Keys that are neither whole numbers nor UUIDs name no row: they may be
    /// a person's.
    pub fn add(&mut self, batch: &RecordBatch) {
        let Some(array) = self.column.as_ref().and_then(|column| batch.column_by_name(column)) else {
            self.column = None;
            return;
        };
        if array.data_type().is_integer() && self.ids.is_empty() {
            if let Ok(numbers) = cast(array, &DataType::Int64) {
                let numbers = numbers.as_primitive::<Int64Type>();
                if numbers.null_count() == 0 && self.numbers.len() < MOST {
                    self.numbers.extend(numbers.values());
                    return;
                }
            }
        } else if self.numbers.is_empty() && self.ids.len() < MOST {
            let options = FormatOptions::new();
            if let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) {
                let before = self.ids.len();
                let texts = (0..array.len()).map(|row| formatter.value(row).try_to_string().unwrap_or_default());
                self.ids.extend(texts.map_while(|text| uuid(&text)));
                if self.ids.len() - before == array.len() {
                    return;
                }
            }
        }
        *self = Self::default();
    }

    /// The names as numbers, to be kept elsewhere, and what is left to say: how to read them again.
    pub fn take(&mut self) -> (KeyForm, Vec<u64>) {
        let names = std::mem::take(self);
        if names.ids.is_empty() {
            return (KeyForm::Numbers, names.numbers.into_iter().map(i64::cast_unsigned).collect());
        }
        (KeyForm::Uuids, names.ids.into_iter().flat_map(|id| [id as u64, (id >> 64) as u64]).collect())
    }

    /// From what [`Self::take`] gave.
    pub fn from_words(form: KeyForm, words: Vec<u64>) -> Self {
        let column = None;
        match form {
            KeyForm::Numbers => {
                Self { column, numbers: words.into_iter().map(u64::cast_signed).collect(), ids: Vec::new() }
            }
            KeyForm::Uuids => {
                let ids = words.chunks_exact(2).map(|pair| u128::from(pair[0]) | u128::from(pair[1]) << 64);
                Self { column, numbers: Vec::new(), ids: ids.collect() }
            }
        }
    }

    /// What the row is called.
    pub fn row(&self, index: u64) -> Row {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        match (self.numbers.get(at), self.ids.get(at)) {
            (Some(number), _) => Row::Key(*number),
            (None, Some(id)) => Row::Uuid(*id),
            _ => Row::Index(index),
        }
    }
}

/// The number that a UUID writes (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits).
pub(super) fn uuid(text: &str) -> Option<u128> {
    let places = [8, 13, 18, 23];
    let well = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| (byte == b'-') == places.contains(&at) && (byte == b'-' || byte.is_ascii_hexdigit()));
    well.then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok()).flatten()
}

/// A UUID as it is written.
pub fn uuid_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_kept_elsewhere_come_back() {
        let numbers = RowKeys { numbers: vec![7, -9], ..RowKeys::default() };
        let ids = RowKeys { ids: vec![1 << 100 | 5, 3], ..RowKeys::default() };
        for mut keys in [numbers, ids, RowKeys::default()] {
            let before: Vec<Row> = (0..3).map(|row| keys.row(row)).collect();
            let (form, words) = keys.take();
            let again = RowKeys::from_words(form, words);
            assert_eq!((0..3).map(|row| again.row(row)).collect::<Vec<_>>(), before);
        }
    }

    #[test]
    fn uuids_are_read_and_written() {
        let text = "018f4e9a-7c1b-7d2e-8a3f-0123456789ab";
        assert_eq!(uuid(text).map(uuid_text).as_deref(), Some(text));
        assert_eq!(uuid("ann@example.org-0000-0000-0000-0000000"), None);
    }
}
