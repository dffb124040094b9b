//! PostgreSQL's types: how a column is asked for, and what its bytes mean.
//!
//! Types with a plain binary form are decoded; everything else (and every type we do not know)
//! is turned into its text by the server, through the type's own output function. A cast to text
//! would run code that the type's owner chose.

use super::names::quote_identifier;

/// What the bytes of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int16,
    Int32,
    Int64,
    ObjectId,
    Float32,
    Float64,
    /// With precision and scale: a decimal; NaN becomes NULL.
    Decimal(u8, i8),
    /// Without: exact text.
    NumericText,
    /// UTF-8, or bytes of no known encoding.
    Text,
    /// Text filled up with blanks.
    PaddedText,
    Jsonb,
    /// `infinity` becomes the last day there is, `-infinity` the first; so for all times.
    Date,
    Time,
    Timestamp,
    TimestampUtc,
    Uuid,
    Network,
    HardwareAddress,
    Bytes,
    /// An array of texts, its dimensions laid flat.
    TextList,
}

/// How to ask for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) kind: Kind,
    /// Whether the server shall write the value as text.
    as_text: bool,
    /// How long a stored value is, as SQL over the column; none where it is short by nature.
    length: Option<&'static str>,
}

/// What the catalogue says of a column's type (domains resolved).
#[derive(Clone, Debug)]
pub(super) struct CatalogueType<'a> {
    pub(super) oid: i64,
    pub(super) name: &'a str,
    pub(super) typmod: i32,
    /// `typtype` of the type and, for arrays, of its elements: `b`, `c`, `e`, `r`, …
    pub(super) kind: &'a str,
    pub(super) element_kind: &'a str,
    pub(super) has_any_length: bool,
}

/// Precision up to which every intermediate value of decoding fits 128 bits.
const MOST_DECIMAL_DIGITS: u8 = 34;

impl Form {
    /// How to ask for a column of this type.
    pub(super) fn of(catalogue: &CatalogueType<'_>) -> Self {
        let (kind, length) = match (catalogue.oid, catalogue.kind) {
            (16, _) => (Kind::Bool, None),
            (17, _) => (Kind::Bytes, Some("octet_length")),
            (20, _) => (Kind::Int64, None),
            (21, _) => (Kind::Int16, None),
            (23, _) => (Kind::Int32, None),
            (26, _) => (Kind::ObjectId, None),
            (700, _) => (Kind::Float32, None),
            (701, _) => (Kind::Float64, None),
            (1700, _) => (numeric(catalogue.typmod), None),
            (18 | 19, _) | (_, "e") => (Kind::Text, None),
            (25 | 1043, _) => (Kind::Text, Some("octet_length")),
            (1042, _) => (Kind::PaddedText, Some("octet_length")),
            (114 | 142, _) => (Kind::Text, Some("pg_column_size")),
            (3802, _) => (Kind::Jsonb, Some("pg_column_size")),
            (1082, _) => (Kind::Date, None),
            (1083, _) => (Kind::Time, None),
            (1114, _) => (Kind::Timestamp, None),
            (1184, _) => (Kind::TimestampUtc, None),
            (2950, _) => (Kind::Uuid, None),
            (650 | 869, _) => (Kind::Network, None),
            (774 | 829, _) => (Kind::HardwareAddress, None),
            (1002 | 1003 | 1009 | 1014 | 1015, _) => (Kind::TextList, Some("pg_column_size")),
            _ if catalogue.element_kind == "e" => (Kind::TextList, Some("pg_column_size")),
            (_, "b") if catalogue.name == "citext" => (Kind::Text, Some("pg_column_size")),
            _ => {
                let length = catalogue.has_any_length.then_some("pg_column_size");
                return Self { kind: Kind::Text, as_text: true, length };
            }
        };
        Self { kind, as_text: false, length }
    }

    /// The column as SQL; values longer than `limit` become NULL where one is given.
    pub(super) fn expression(&self, column: &str, limit: Option<usize>) -> String {
        let quoted = quote_identifier(column);
        let value = match self.as_text {
            // `IS NOT NULL` means something else for a row of NULLs.
            true => format!("CASE WHEN {quoted} IS DISTINCT FROM NULL THEN pg_catalog.concat({quoted}) END"),
            false => quoted.clone(),
        };
        match (limit, self.length) {
            (Some(limit), Some(length)) => {
                format!("CASE WHEN pg_catalog.{length}({quoted}) <= {limit} THEN {value} END")
            }
            _ => value,
        }
    }

    /// Whether the value is longer than `limit`, as SQL; none where it cannot be.
    pub(super) fn is_longer(&self, column: &str, limit: usize) -> Option<String> {
        Some(format!("pg_catalog.{}({}) > {limit}", self.length?, quote_identifier(column)))
    }
}

fn numeric(typmod: i32) -> Kind {
    let declared = typmod.wrapping_sub(4);
    // Since 15 the scale has eleven bits and a sign.
    let (precision, scale) = (declared >> 16, ((declared & 0x7ff) ^ 1024) - 1024);
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision @ 1..=MOST_DECIMAL_DIGITS), Ok(scale))
            if typmod >= 4 && (0..=precision as i8).contains(&scale) =>
        {
            Kind::Decimal(precision, scale)
        }
        _ => Kind::NumericText,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_become_decimals_only_where_they_fit() {
        let typmod = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7ff)) + 4;
        assert_eq!(numeric(typmod(10, 2)), Kind::Decimal(10, 2));
        assert_eq!(numeric(typmod(34, 34)), Kind::Decimal(34, 34));
        for unfit in [-1, typmod(35, 2), typmod(5, -2), typmod(5, 7), typmod(1000, 0)] {
            assert_eq!(numeric(unfit), Kind::NumericText);
        }
    }
}
