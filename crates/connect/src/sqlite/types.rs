//! SQLite's values to Arrow arrays.
//!
//! A declared type is only a wish in SQLite: any cell may hold any of five storage classes. So the
//! type of a column is what all its values so far fit into, beginning with its affinity: numbers
//! widen from `Int64` to `Float64` to `Utf8` and never back; blobs are `Binary`, and a column that
//! holds texts and numbers is `Utf8`.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Float64Array;
use arrow_array::Int64Array;
use arrow_array::builder::BinaryBuilder;
use arrow_array::builder::StringBuilder;

/// Whole numbers up to here are exact as `f64`.
const EXACT_IN_FLOAT: u64 = 1 << 53;

/// What SQLite tries to turn values into, <https://www.sqlite.org/datatype3.html> section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Blob,
    Integer,
    Numeric,
    Real,
    Text,
}

impl Affinity {
    /// The affinity of a declared type.
    pub(super) fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |word: &str| declared.contains(word);
        if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || declared.is_empty() {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// A value as SQLite stores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Blob(&'a [u8]),
    Integer(i64),
    Null,
    Real(f64),
    Text(&'a [u8]),
}

#[derive(Clone, Debug)]
enum Kept {
    Blob(Range<usize>),
    Integer(i64),
    Null,
    Real(f64),
    Text(Range<usize>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Integer,
    Real,
    Text,
}

/// The values of one column of one batch, and what its type has become.
#[derive(Debug)]
pub(super) struct ColumnBuilder {
    affinity: Affinity,
    width: Width,
    cells: Vec<Kept>,
    bytes: Vec<u8>,
}

impl ColumnBuilder {
    pub(super) fn new(affinity: Affinity) -> Self {
        let width = match affinity {
            Affinity::Integer | Affinity::Numeric | Affinity::Blob => Width::Integer,
            Affinity::Real => Width::Real,
            Affinity::Text => Width::Text,
        };
        Self { affinity, width, cells: Vec::new(), bytes: Vec::new() }
    }

    /// Adds a value and returns its size in bytes.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> usize {
        let mut keep = |value: &[u8]| {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(value);
            start..self.bytes.len()
        };
        let (kept, size) = match cell {
            Cell::Blob(value) => (Kept::Blob(keep(value)), value.len()),
            Cell::Integer(value) => (Kept::Integer(value), 8),
            Cell::Null => (Kept::Null, 1),
            Cell::Real(value) => (Kept::Real(value), 8),
            Cell::Text(value) => (Kept::Text(keep(value)), value.len()),
        };
        self.cells.push(kept);
        size
    }

    /// The array of all values added since the last call.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let cells = std::mem::take(&mut self.cells);
        let bytes = std::mem::take(&mut self.bytes);
        let any = |test: fn(&Kept) -> bool| cells.iter().any(test);
        let has_blobs = any(|cell| matches!(cell, Kept::Blob(_)));
        let has_others = any(|cell| !matches!(cell, Kept::Blob(_) | Kept::Null));
        self.width = self.width.max(width_of(&cells));
        if self.width == Width::Real && !cells.iter().all(exact_as_real) {
            self.width = Width::Text;
        }
        if has_blobs && !(has_others && self.reads_as_text(&cells, &bytes)) {
            return binary(&cells, &bytes);
        }
        let only_nulls = !has_blobs && !has_others;
        if only_nulls && self.affinity == Affinity::Blob && self.width == Width::Integer {
            return binary(&cells, &bytes);
        }
        match self.width {
            Width::Text => text(&cells, &bytes),
            _ if has_blobs => text(&cells, &bytes),
            Width::Real => Arc::new(cells.iter().map(real).collect::<Float64Array>()),
            Width::Integer => Arc::new(cells.iter().map(integer).collect::<Int64Array>()),
        }
    }

    /// Whether blobs among texts are texts that were only stored as blobs.
    fn reads_as_text(&self, cells: &[Kept], bytes: &[u8]) -> bool {
        self.affinity == Affinity::Text
            || cells.iter().all(|cell| match cell {
                Kept::Blob(range) => std::str::from_utf8(&bytes[range.clone()]).is_ok(),
                _ => true,
            })
    }
}

fn width_of(cells: &[Kept]) -> Width {
    cells
        .iter()
        .map(|cell| match cell {
            Kept::Text(_) => Width::Text,
            Kept::Real(_) => Width::Real,
            Kept::Blob(_) | Kept::Integer(_) | Kept::Null => Width::Integer,
        })
        .max()
        .unwrap_or(Width::Integer)
}

fn exact_as_real(cell: &Kept) -> bool {
    !matches!(cell, Kept::Integer(value) if value.unsigned_abs() > EXACT_IN_FLOAT)
}

fn integer(cell: &Kept) -> Option<i64> {
    match cell {
        Kept::Integer(value) => Some(*value),
        _ => None,
    }
}

fn real(cell: &Kept) -> Option<f64> {
    match cell {
        Kept::Integer(value) => Some(*value as f64),
        Kept::Real(value) => Some(*value),
        _ => None,
    }
}

/// Text that is no UTF-8 keeps its good parts; the bad bytes show as U+FFFD.
fn text(cells: &[Kept], bytes: &[u8]) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(cells.len(), bytes.len());
    for cell in cells {
        match cell {
            Kept::Null => builder.append_null(),
            Kept::Integer(value) => builder.append_value(value.to_string()),
            Kept::Real(value) => builder.append_value(format!("{value:?}")),
            Kept::Blob(range) | Kept::Text(range) => {
                builder.append_value(String::from_utf8_lossy(&bytes[range.clone()]))
            }
        }
    }
    Arc::new(builder.finish())
}

fn binary(cells: &[Kept], bytes: &[u8]) -> ArrayRef {
    let mut builder = BinaryBuilder::with_capacity(cells.len(), bytes.len());
    for cell in cells {
        match cell {
            Kept::Null => builder.append_null(),
            Kept::Integer(value) => builder.append_value(value.to_string()),
            Kept::Real(value) => builder.append_value(format!("{value:?}")),
            Kept::Blob(range) | Kept::Text(range) => builder.append_value(&bytes[range.clone()]),
        }
    }
    Arc::new(builder.finish())
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;

    #[test]
    fn affinities_follow_the_five_rules_in_their_order() {
        for (declared, expected) in [
            ("INTEGER", Affinity::Integer),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("varchar(80)", Affinity::Text),
            ("CLOB", Affinity::Text),
            ("", Affinity::Blob),
            ("BLOB", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("DECIMAL(10,2)", Affinity::Numeric),
            ("STRING", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), expected, "{declared}");
        }
    }

    #[test]
    fn a_column_takes_the_narrowest_type_that_holds_all_its_values() {
        let utf8 = DataType::Utf8;
        for (affinity, cells, expected) in [
            (Affinity::Integer, vec![Cell::Integer(1), Cell::Null], DataType::Int64),
            (Affinity::Numeric, vec![Cell::Integer(10), Cell::Real(10.5)], DataType::Float64),
            (Affinity::Numeric, vec![Cell::Integer(9_999_999_999_999_999), Cell::Real(0.5)], utf8.clone()),
            (Affinity::Integer, vec![Cell::Integer(1), Cell::Text(b"one")], utf8.clone()),
            (Affinity::Text, vec![Cell::Null], utf8.clone()),
            (Affinity::Blob, vec![Cell::Null], DataType::Binary),
            (Affinity::Blob, vec![Cell::Text(b"x"), Cell::Integer(7)], utf8.clone()),
            (Affinity::Blob, vec![Cell::Blob(b"\xff")], DataType::Binary),
            (Affinity::Blob, vec![Cell::Blob(b"mail"), Cell::Text(b"text")], utf8.clone()),
            (Affinity::Blob, vec![Cell::Blob(b"\xff"), Cell::Text(b"text")], DataType::Binary),
            (Affinity::Text, vec![Cell::Blob(b"\xff"), Cell::Text(b"text")], utf8.clone()),
        ] {
            let mut column = ColumnBuilder::new(affinity);
            for cell in &cells {
                column.push(*cell);
            }
            assert_eq!(column.finish().data_type(), &expected, "{affinity:?} {cells:?}");
        }
    }

    #[test]
    fn a_column_that_once_held_text_stays_text() {
        let mut column = ColumnBuilder::new(Affinity::Integer);
        column.push(Cell::Text(b"n/a"));
        column.finish();
        column.push(Cell::Integer(3));
        assert_eq!(column.finish().data_type(), &DataType::Utf8);
    }
}
