//! Values of the text protocol to Arrow arrays.
//!
//! | column | array |
//! |---|---|
//! | signed whole numbers, `year`, unsigned ones up to `int` | `Int64` |
//! | `bigint unsigned`, `bit` | `UInt64` |
//! | `float`, `double` | `Float64` |
//! | `binary`, `varbinary`, `blob` and its sizes, `vector` | `Binary` |
//! | geometry | `Utf8`, well-known text |
//! | everything else | `Utf8`, as the server writes it |
//!
//! Dates stay text so that `0000-00-00` and `2024-02-00` are seen as what they are; numbers with
//! ZEROFILL stay text so that post codes keep their zeros; decimals stay text so that they keep
//! every digit.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::BinaryArray;
use arrow_array::Float64Array;
use arrow_array::Int64Array;
use arrow_array::StringArray;
use arrow_array::UInt64Array;
use arrow_buffer::Buffer;
use arrow_buffer::NullBufferBuilder;
use arrow_buffer::OffsetBuffer;
use arrow_buffer::ScalarBuffer;
use sqlx::Decode;
use sqlx::MySql;
use sqlx::Row;
use sqlx::ValueRef;
use sqlx::mysql::MySqlRow;

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Binary,
    Bits,
    Float,
    Geometry,
    Integer,
    Text,
    Unsigned,
}

impl Kind {
    /// By `DATA_TYPE` and `COLUMN_TYPE` of information_schema.
    pub(super) fn of(data_type: &str, column_type: &str) -> Self {
        let column_type = column_type.to_ascii_lowercase();
        if column_type.contains("zerofill") {
            return Self::Text;
        }
        match data_type.to_ascii_lowercase().as_str() {
            "bigint" if column_type.contains("unsigned") => Self::Unsigned,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Self::Integer,
            "float" | "double" => Self::Float,
            "bit" => Self::Bits,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => Self::Binary,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
            | "geometrycollection" | "geomcollection" => Self::Geometry,
            _ => Self::Text,
        }
    }
}

/// Whether a type can hold values larger than 16 MiB.
pub(super) fn may_be_huge(data_type: &str) -> bool {
    matches!(data_type.to_ascii_lowercase().as_str(), "longtext" | "longblob" | "json")
        || Kind::of(data_type, "") == Kind::Geometry
}

/// The bytes of a value on the wire; none for NULL.
pub(super) fn bytes(row: &MySqlRow, at: usize) -> Option<&[u8]> {
    let value = row.try_get_raw(at).ok()?;
    if value.is_null() { None } else { <&[u8] as Decode<'_, MySql>>::decode(value).ok() }
}

/// A value of the catalogue as text; empty for NULL.
pub(super) fn text(row: &MySqlRow, at: usize) -> String {
    bytes(row, at).map(String::from_utf8_lossy).map(Cow::into_owned).unwrap_or_default()
}

/// A value of the catalogue as a number.
pub(super) fn number(row: &MySqlRow, at: usize) -> Option<u64> {
    std::str::from_utf8(bytes(row, at)?).ok()?.parse().ok()
}

enum Values {
    Bytes { offsets: Vec<i32>, bytes: Vec<u8> },
    Floats(Vec<f64>),
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
}

/// The values of one column of one batch.
pub(super) struct ColumnBuilder {
    kind: Kind,
    values: Values,
    nulls: NullBufferBuilder,
}

impl ColumnBuilder {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, values: empty(kind), nulls: NullBufferBuilder::new(0) }
    }

    /// Adds the value as it came over the wire, and returns its size.
    pub(super) fn push(&mut self, value: Option<&[u8]>) -> usize {
        let mut is_valid = value.is_some();
        let raw = value.unwrap_or_default();
        match &mut self.values {
            Values::Bytes { offsets, bytes } => {
                bytes.extend_from_slice(raw);
                // A batch ends long before its values could fill 2 GiB.
                offsets.push(bytes.len() as i32);
            }
            Values::Floats(values) => {
                let parsed = std::str::from_utf8(raw).ok().and_then(|text| text.parse().ok());
                is_valid &= parsed.is_some();
                values.push(parsed.unwrap_or_default());
            }
            Values::Signed(values) => {
                let parsed = parse_signed(raw);
                is_valid &= parsed.is_some();
                values.push(parsed.unwrap_or_default());
            }
            Values::Unsigned(values) if self.kind == Kind::Bits => {
                values.push(raw.iter().fold(0, |bits, &byte| bits << 8 | u64::from(byte)));
            }
            Values::Unsigned(values) => {
                let parsed = parse_unsigned(raw);
                is_valid &= parsed.is_some();
                values.push(parsed.unwrap_or_default());
            }
        }
        self.nulls.append(is_valid);
        raw.len() + 1
    }

    /// The array of all values added since the last call.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let nulls = self.nulls.finish();
        match std::mem::replace(&mut self.values, empty(self.kind)) {
            Values::Floats(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Values::Signed(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Values::Unsigned(values) => Arc::new(UInt64Array::new(values.into(), nulls)),
            Values::Bytes { offsets, bytes } => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                let bytes = Buffer::from_vec(bytes);
                if self.kind == Kind::Binary {
                    return Arc::new(BinaryArray::new(offsets, bytes, nulls));
                }
                // One look at the whole buffer; the server has converted everything to UTF-8.
                match StringArray::try_new(offsets.clone(), bytes.clone(), nulls.clone()) {
                    Ok(array) => Arc::new(array),
                    Err(_) => {
                        let raw = BinaryArray::new(offsets, bytes, nulls);
                        Arc::new(raw.iter().map(|value| value.map(String::from_utf8_lossy)).collect::<StringArray>())
                    }
                }
            }
        }
    }
}

fn empty(kind: Kind) -> Values {
    match kind {
        Kind::Float => Values::Floats(Vec::new()),
        Kind::Integer => Values::Signed(Vec::new()),
        Kind::Bits | Kind::Unsigned => Values::Unsigned(Vec::new()),
        Kind::Binary | Kind::Geometry | Kind::Text => Values::Bytes { offsets: vec![0], bytes: Vec::new() },
    }
}

fn parse_signed(raw: &[u8]) -> Option<i64> {
    match raw.split_first() {
        Some((b'-', digits)) => 0_i64.checked_sub_unsigned(parse_unsigned(digits)?),
        _ => i64::try_from(parse_unsigned(raw)?).ok(),
    }
}

fn parse_unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 { None } else { value.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_to_the_ends_of_their_ranges() {
        for (text, signed, unsigned) in [
            ("0", Some(0), Some(0)),
            ("-1", Some(-1), None),
            ("-9223372036854775808", Some(i64::MIN), None),
            ("9223372036854775807", Some(i64::MAX), Some(i64::MAX as u64)),
            ("18446744073709551615", None, Some(u64::MAX)),
            ("18446744073709551616", None, None),
            ("", None, None),
            ("-", None, None),
            ("1.5", None, None),
        ] {
            assert_eq!((parse_signed(text.as_bytes()), parse_unsigned(text.as_bytes())), (signed, unsigned), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_utf_8_keeps_its_good_parts() {
        let mut column = ColumnBuilder::new(Kind::Text);
        column.push(Some(b"Z\xff"));
        column.push(None);
        let array = column.finish();
        let texts = array.as_any().downcast_ref::<StringArray>().unwrap();
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("Z\u{fffd}"), None]);
    }
}
