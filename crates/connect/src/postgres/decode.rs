//! Binary COPY to Arrow, column by column.
//!
//! The stream is a signature, then for each row a count of fields and each field's length and
//! bytes, then −1. The server sends whole rows in each message.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_array::StringArray;
use arrow_array::builder::BinaryBuilder;
use arrow_array::builder::BooleanBuilder;
use arrow_array::builder::Date32Builder;
use arrow_array::builder::Decimal128Builder;
use arrow_array::builder::Float32Builder;
use arrow_array::builder::Float64Builder;
use arrow_array::builder::Int16Builder;
use arrow_array::builder::Int32Builder;
use arrow_array::builder::Int64Builder;
use arrow_array::builder::ListBuilder;
use arrow_array::builder::StringBuilder;
use arrow_array::builder::Time64MicrosecondBuilder;
use arrow_array::builder::TimestampMicrosecondBuilder;
use arrow_array::builder::UInt32Builder;
use arrow_schema::Field;
use arrow_schema::Schema;
use arrow_schema::SchemaRef;

use super::types::Kind;
use super::values;
use super::values::Decimal;

/// The stream does not have the form it should have.
#[derive(Debug)]
pub(super) struct BadStream;

/// Rows on their way to a batch.
pub(super) struct Decoder {
    columns: Vec<Column>,
    names: Vec<String>,
    schema: Option<SchemaRef>,
    /// Whether a last field tells which cell was too long to be sent.
    has_marker: bool,
    cell_limit: usize,
    /// Cells left out of each column.
    refused: Vec<u64>,
    rows: usize,
    bytes: usize,
}

impl Decoder {
    /// For columns of these names and kinds.
    pub(super) fn new(columns: Vec<(String, Kind)>, has_marker: bool, cell_limit: usize) -> Self {
        let (names, kinds): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let refused = vec![0; names.len()];
        let columns = kinds.into_iter().map(Column::new).collect();
        Self { columns, names, schema: None, has_marker, cell_limit, refused, rows: 0, bytes: 0 }
    }

    /// Rows since the last batch.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of rows since the last batch.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Columns with cells that were too long, and how many.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&str, u64)> {
        let refused = self.names.iter().zip(&self.refused);
        refused.filter(|(_, count)| **count > 0).map(|(name, count)| (name.as_str(), *count))
    }

    /// Adds a row (the count of fields, then the fields).
    pub(super) fn add(&mut self, row: &[u8]) -> Result<(), BadStream> {
        self.bytes += row.len();
        self.rows += 1;
        let mut fields = Fields::of(row).ok_or(BadStream)?;
        for (index, column) in self.columns.iter_mut().enumerate() {
            let mut field = fields.next_field().ok_or(BadStream)?;
            if field.is_some_and(|bytes| bytes.len() > self.cell_limit) {
                self.refused[index] += 1;
                field = None;
            }
            column.append(field).ok_or(BadStream)?;
        }
        if self.has_marker
            && let Some(marker) = fields.next_field().ok_or(BadStream)?
        {
            let index = values::int32(marker).and_then(|index| usize::try_from(index).ok());
            *index.and_then(|index| self.refused.get_mut(index)).ok_or(BadStream)? += 1;
        }
        if fields.is_empty() { Ok(()) } else { Err(BadStream) }
    }

    /// The rows since the last batch.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, BadStream> {
        let arrays: Vec<ArrayRef> =
            self.columns.iter_mut().map(Column::finish).collect::<Option<_>>().ok_or(BadStream)?;
        let schema = self.schema.get_or_insert_with(|| {
            let field = |(name, array): (&String, &ArrayRef)| Field::new(name, array.data_type().clone(), true);
            Arc::new(Schema::new(self.names.iter().zip(&arrays).map(field).collect::<Vec<_>>()))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        self.bytes = 0;
        RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options).map_err(|_| BadStream)
    }
}

/// Splits messages into rows.
#[derive(Debug, Default)]
pub(super) struct Framing {
    has_begun: bool,
}

impl Framing {
    /// Calls `each` with every row in `message`.
    pub(super) fn rows(
        &mut self,
        mut message: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), BadStream>,
    ) -> Result<(), BadStream> {
        if !self.has_begun {
            let rest = message.strip_prefix(b"PGCOPY\n\xff\r\n\0").ok_or(BadStream)?;
            let (head, rest) = rest.split_first_chunk::<8>().ok_or(BadStream)?;
            let extension = head.last_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes));
            let extension = extension.and_then(|length| usize::try_from(length).ok()).ok_or(BadStream)?;
            message = rest.get(extension..).ok_or(BadStream)?;
            self.has_begun = true;
        }
        while !message.is_empty() {
            if message == [0xff, 0xff] {
                return Ok(());
            }
            let mut fields = Fields::of(message).ok_or(BadStream)?;
            while !fields.is_done() {
                fields.next_field().ok_or(BadStream)?;
            }
            let (row, rest) = message.split_at(message.len() - fields.bytes.len());
            each(row)?;
            message = rest;
        }
        Ok(())
    }
}

/// The fields of a row.
struct Fields<'a> {
    left: usize,
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(row: &'a [u8]) -> Option<Self> {
        let (count, bytes) = row.split_first_chunk::<2>()?;
        Some(Self { left: usize::try_from(i16::from_be_bytes(*count)).ok()?, bytes })
    }

    /// The next field; the inner none is NULL.
    #[inline]
    fn next_field(&mut self) -> Option<Option<&'a [u8]>> {
        self.left = self.left.checked_sub(1)?;
        let (length, rest) = self.bytes.split_first_chunk::<4>()?;
        let length = i32::from_be_bytes(*length);
        if length == -1 {
            self.bytes = rest;
            return Some(None);
        }
        let (field, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.bytes = rest;
        Some(Some(field))
    }

    fn is_done(&self) -> bool {
        self.left == 0
    }

    fn is_empty(&self) -> bool {
        self.left == 0 && self.bytes.is_empty()
    }
}

/// A column on its way to an array.
enum Column {
    Bool(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    ObjectId(UInt32Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder, i8),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Bytes(BinaryBuilder),
    /// Text as it comes: whole columns are checked to be UTF-8, not single cells.
    Text(BinaryBuilder, TextForm),
    /// Text that we write.
    Written(StringBuilder, String, Writer),
    TextList(ListBuilder<StringBuilder>),
}

#[derive(Clone, Copy)]
enum TextForm {
    Plain,
    Padded,
    /// After a byte with the format's version.
    Jsonb,
}

type Writer = fn(&[u8], &mut String) -> Option<()>;

impl Column {
    fn new(kind: Kind) -> Self {
        let written = |writer| Self::Written(StringBuilder::new(), String::new(), writer);
        let text = |form| Self::Text(BinaryBuilder::new(), form);
        match kind {
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Int16 => Self::Int16(Int16Builder::new()),
            Kind::Int32 => Self::Int32(Int32Builder::new()),
            Kind::Int64 => Self::Int64(Int64Builder::new()),
            Kind::ObjectId => Self::ObjectId(UInt32Builder::new()),
            Kind::Float32 => Self::Float32(Float32Builder::new()),
            Kind::Float64 => Self::Float64(Float64Builder::new()),
            Kind::Decimal(precision, scale) => {
                let with_type = Decimal128Builder::new().with_precision_and_scale(precision, scale);
                Self::Decimal(with_type.expect("`types` only makes decimals that fit"), scale)
            }
            Kind::NumericText => written(values::numeric_text),
            Kind::Text => text(TextForm::Plain),
            Kind::PaddedText => text(TextForm::Padded),
            Kind::Jsonb => text(TextForm::Jsonb),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Time => Self::Time(Time64MicrosecondBuilder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            Kind::TimestampUtc => Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Uuid => written(values::uuid),
            Kind::Network => written(values::network),
            Kind::HardwareAddress => written(values::hardware_address),
            Kind::Bytes => Self::Bytes(BinaryBuilder::new()),
            Kind::TextList => Self::TextList(ListBuilder::new(StringBuilder::new())),
        }
    }

    #[inline]
    fn append(&mut self, field: Option<&[u8]>) -> Option<()> {
        let Some(bytes) = field else {
            self.append_null();
            return Some(());
        };
        match self {
            Self::Bool(builder) => builder.append_value(*bytes.first()? != 0),
            Self::Int16(builder) => builder.append_value(values::int16(bytes)?),
            Self::Int32(builder) => builder.append_value(values::int32(bytes)?),
            Self::Int64(builder) => builder.append_value(values::int64(bytes)?),
            Self::ObjectId(builder) => builder.append_value(values::int32(bytes)?.cast_unsigned()),
            Self::Float32(builder) => builder.append_value(f32::from_be_bytes(bytes.try_into().ok()?)),
            Self::Float64(builder) => builder.append_value(f64::from_be_bytes(bytes.try_into().ok()?)),
            Self::Decimal(builder, scale) => match values::decimal(bytes, *scale)? {
                Decimal::Value(value) => builder.append_value(value),
                Decimal::NotANumber => builder.append_null(),
            },
            Self::Date(builder) => builder.append_value(values::date(bytes)?),
            Self::Time(builder) => builder.append_value(values::int64(bytes)?),
            Self::Timestamp(builder) => builder.append_value(values::timestamp(bytes)?),
            Self::Bytes(builder) => builder.append_value(bytes),
            Self::Text(builder, TextForm::Plain) => builder.append_value(bytes),
            Self::Text(builder, TextForm::Padded) => builder.append_value(bytes.trim_ascii_end()),
            Self::Text(builder, TextForm::Jsonb) => builder.append_value(bytes.get(1..)?),
            Self::Written(builder, scratch, writer) => {
                scratch.clear();
                writer(bytes, scratch)?;
                builder.append_value(scratch.as_str());
            }
            Self::TextList(builder) => {
                let items = builder.values();
                values::array(bytes, |item| match item {
                    Some(item) => items.append_value(readable(item)),
                    None => items.append_null(),
                })?;
                builder.append(true);
            }
        }
        Some(())
    }

    fn append_null(&mut self) {
        match self {
            Self::Bool(builder) => builder.append_null(),
            Self::Int16(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
            Self::ObjectId(builder) => builder.append_null(),
            Self::Float32(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Decimal(builder, _) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Bytes(builder) | Self::Text(builder, _) => builder.append_null(),
            Self::Written(builder, ..) => builder.append_null(),
            Self::TextList(builder) => builder.append(false),
        }
    }

    fn finish(&mut self) -> Option<ArrayRef> {
        Some(match self {
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int16(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::ObjectId(builder) => Arc::new(builder.finish()),
            Self::Float32(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, _) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Bytes(builder) => Arc::new(builder.finish()),
            Self::Text(builder, _) => {
                let bytes = builder.finish();
                match StringArray::try_from_binary(bytes.clone()) {
                    Ok(text) => Arc::new(text),
                    Err(_) => Arc::new(bytes.iter().map(|cell| cell.map(readable)).collect::<StringArray>()),
                }
            }
            Self::Written(builder, ..) => Arc::new(builder.finish()),
            Self::TextList(builder) => Arc::new(builder.finish()),
        })
    }
}

/// Bytes as text: UTF-8, or else Windows-1252, which databases without an encoding mostly hold.
fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::*;

    const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

    fn row(fields: &[Option<&[u8]>]) -> Vec<u8> {
        let mut row = (fields.len() as i16).to_be_bytes().to_vec();
        for field in fields {
            let length = field.map_or(-1, |bytes| bytes.len() as i32);
            row.extend(length.to_be_bytes());
            row.extend(field.unwrap_or_default());
        }
        row
    }

    fn decode(kind: Kind, cells: &[Option<&[u8]>]) -> Result<RecordBatch, BadStream> {
        let mut decoder = Decoder::new(vec![("a".to_owned(), kind)], false, 1 << 20);
        for cell in cells {
            decoder.add(&row(&[*cell]))?;
        }
        decoder.finish()
    }

    #[test]
    fn texts_that_are_not_utf8_are_read_as_windows_1252() {
        let batch = decode(Kind::Text, &[Some(b"Zo\xeb"), Some("Zoë".as_bytes()), None]).unwrap();
        let texts: Vec<_> = batch.column(0).as_string::<i32>().iter().collect();
        assert_eq!(texts, [Some("Zoë"), Some("Zoë"), None]);
    }

    #[test]
    fn messages_may_hold_any_number_of_rows() {
        let mut framing = Framing::default();
        let mut seen = Vec::new();
        let rows = [row(&[Some(b"one")]), row(&[None]), row(&[])];
        let mut first = HEAD.to_vec();
        first.extend(rows.concat());
        first.extend([0xff, 0xff]);
        framing
            .rows(&first, |row| {
                seen.push(row.to_vec());
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, rows);
    }

    #[test]
    fn long_cells_are_left_out_and_counted() {
        let mut decoder = Decoder::new(vec![("a".into(), Kind::Text), ("b".into(), Kind::Text)], true, 4);
        decoder.add(&row(&[Some(b"12345"), Some(b"1"), None])).unwrap();
        decoder.add(&row(&[Some(b"1234"), None, Some(&1_i32.to_be_bytes())])).unwrap();
        let batch = decoder.finish().unwrap();
        assert_eq!((batch.column(0).null_count(), batch.column(1).null_count()), (1, 1));
        assert_eq!(decoder.refused().collect::<Vec<_>>(), [("a", 1), ("b", 1)]);
    }

    #[test]
    fn broken_streams_are_errors() {
        let cells: [(Kind, &[u8]); 6] = [
            (Kind::Int32, b"123"),
            (Kind::Bool, b""),
            (Kind::Uuid, b"short"),
            (Kind::Jsonb, b""),
            (Kind::Network, b"\x02\x20\0\x05abcd"),
            (Kind::NumericText, b"\0\x09"),
        ];
        for (kind, bytes) in cells {
            assert!(decode(kind, &[Some(bytes)]).is_err(), "{kind:?}");
        }
        let mut cut = HEAD.to_vec();
        cut.extend([0, 1, 0, 0, 0, 9, b'x']);
        assert!(Framing::default().rows(&cut, |_| Ok(())).is_err());
        assert!(Framing::default().rows(b"ERROR", |_| Ok(())).is_err());
    }
}
