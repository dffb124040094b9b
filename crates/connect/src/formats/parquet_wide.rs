//! Parquet files with so many columns that one page of each is more than memory should hold: a few rows and some of the
//! columns at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_select::concat::concat;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::errors::ParquetError;

use super::parquet::Chunks;
use crate::ConnectError;

/// How much is unpacked at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of pages that are open, those of all columns together.
    pub(super) open: u64,
    /// Bytes of cells that are unpacked before they are handed on.
    pub(super) cells: u64,
}

impl Bounds {
    /// What dataward reads with.
    pub(super) const USUAL: Self = Self { open: 256 << 20, cells: 64 << 20 };
}

/// The most that one column holds open: a page and a dictionary, each of a MiB as writers make them.
const OPEN_COLUMN: u64 = 2 << 20;

/// What comes of reading: rows, or why they could not be read.
pub(super) type Rows = Result<RecordBatch, ParquetError>;

/// The columns in groups of which all may be open at once; one group where nothing is too wide.
pub(super) fn column_groups(metadata: &ArrowReaderMetadata, bounds: Bounds) -> Vec<Vec<usize>> {
    let schema = metadata.parquet_schema();
    let mut open = vec![0_u64; schema.root_schema().get_fields().len()];
    for leaf in 0..schema.num_columns() {
        let chunks = metadata.metadata().row_groups().iter().map(|group| group.column(leaf).uncompressed_size());
        let bytes = u64::try_from(chunks.max().unwrap_or(0)).unwrap_or(0);
        open[schema.get_column_root_idx(leaf)] += bytes.min(OPEN_COLUMN);
    }
    let mut groups = vec![Vec::new()];
    let mut together = 0;
    for (column, bytes) in open.into_iter().enumerate() {
        if together + bytes > bounds.open && together > 0 {
            groups.push(Vec::new());
            together = 0;
        }
        together += bytes;
        groups.last_mut().expect("there is always one").push(column);
    }
    groups
}

/// Reads the rows in `ranges`, `rows_at_once` of them and one of `groups` at a time; `take` gets all columns of some rows.
pub(super) fn read(
    chunks: &Chunks,
    metadata: &ArrowReaderMetadata,
    groups: &[Vec<usize>],
    ranges: &[Range<usize>],
    rows_at_once: usize,
    take: &mut dyn FnMut(Rows) -> Result<(), ConnectError>,
) -> Result<(), ConnectError> {
    let mut first = 0;
    for (number, group) in metadata.metadata().row_groups().iter().enumerate() {
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let within = |range: &Range<usize>| {
            let (start, end) = (range.start.max(first), range.end.min(first + rows));
            (start < end).then(|| start - first..end - first)
        };
        for piece in pieces(ranges.iter().filter_map(within), rows_at_once) {
            let part = Part { chunks, metadata, group: number, rows, selected: &piece };
            take(part.read(groups))?;
        }
        first += rows;
    }
    Ok(())
}

/// Ranges cut into lists of at most `most` rows each.
fn pieces(ranges: impl Iterator<Item = Range<usize>>, most: usize) -> Vec<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    let (mut piece, mut rows) = (Vec::new(), 0);
    for mut range in ranges {
        while !range.is_empty() {
            let end = range.end.min(range.start + most - rows);
            rows += end - range.start;
            piece.push(range.start..end);
            range.start = end;
            if rows == most {
                pieces.push(std::mem::take(&mut piece));
                rows = 0;
            }
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// Some rows of a row group.
struct Part<'a> {
    chunks: &'a Chunks,
    metadata: &'a ArrowReaderMetadata,
    group: usize,
    rows: usize,
    selected: &'a [Range<usize>],
}

impl Part<'_> {
    fn read(&self, groups: &[Vec<usize>]) -> Rows {
        let mut columns: Vec<ArrayRef> = Vec::new();
        for group in groups {
            columns.extend(self.columns(group)?);
        }
        Ok(RecordBatch::try_new(Arc::clone(self.metadata.schema()), columns)?)
    }

    fn columns(&self, group: &[usize]) -> Result<Vec<ArrayRef>, ParquetError> {
        let selected: usize = self.selected.iter().map(Range::len).sum();
        let selection = RowSelection::from_consecutive_ranges(self.selected.iter().cloned(), self.rows);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), group.iter().copied());
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.chunks.clone(), self.metadata.clone())
            .with_row_groups(vec![self.group])
            .with_row_selection(selection)
            .with_projection(mask)
            .with_batch_size(selected)
            .build()?;
        let batches = reader.collect::<Result<Vec<RecordBatch>, _>>()?;
        let column = |at: usize| -> Result<ArrayRef, ParquetError> {
            let parts: Vec<_> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
            Ok(concat(&parts)?)
        };
        match batches.as_slice() {
            [] => Err(ParquetError::EOF("a row group has fewer rows than it says".to_owned())),
            [only] => Ok(only.columns().to_vec()),
            [first, ..] => (0..first.num_columns()).map(column).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Int64Array;
    use arrow_array::StringArray;
    use arrow_select::concat::concat_batches;
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ArrowReaderOptions;
    use parquet::file::properties::WriterProperties;

    use super::*;

    #[test]
    fn columns_that_are_read_in_groups_are_those_that_stand_in_the_file() {
        let numbers = |column: i64| Arc::new((0..95).map(|row| Some(row * column)).collect::<Int64Array>()) as ArrayRef;
        let texts = Arc::new(StringArray::from_iter_values((0..95).map(|row| format!("text {row}")))) as ArrayRef;
        let columns = (0..12).map(|column| (format!("c{column}"), numbers(column)));
        let rows = RecordBatch::try_from_iter(columns.chain([("text".to_owned(), texts)])).unwrap();
        let mut file = Vec::new();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(40)).build();
        let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), Some(properties)).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        let chunks = Chunks(Arc::new(Bytes::from(file)));
        let metadata = ArrowReaderMetadata::load(&chunks, ArrowReaderOptions::default()).unwrap();
        assert_eq!(column_groups(&metadata, Bounds::USUAL), [(0..13).collect::<Vec<_>>()]);
        let groups = column_groups(&metadata, Bounds { open: 1_200, cells: 1 });
        assert!(groups.len() > 3 && groups.concat() == (0..13).collect::<Vec<_>>(), "{groups:?}");
        for ranges in [std::iter::once(0..95).collect(), vec![3..5, 30..62, 94..95]] {
            let mut read_rows = Vec::new();
            read(&chunks, &metadata, &groups, &ranges, 7, &mut |batch| {
                read_rows.push(batch.unwrap());
                Ok(())
            })
            .unwrap();
            assert!(read_rows.iter().all(|batch| batch.num_rows() <= 7));
            let wanted: Vec<RecordBatch> = ranges.iter().map(|range| rows.slice(range.start, range.len())).collect();
            let (schema, read_rows) = (rows.schema(), concat_batches(metadata.schema(), &read_rows).unwrap());
            let wanted = concat_batches(&schema, &wanted).unwrap();
            assert_eq!(read_rows.columns(), wanted.columns());
        }
    }
}
