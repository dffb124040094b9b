//! Parquet. Its table of contents is at the end, so that a sample reads only what it needs.

use std::io;
use std::io::BufReader;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;
use parquet::file::reader::Length;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::ReadAt;
use super::Seekable;
use super::limits::own_error;
use super::parquet_wide;
use super::parquet_wide::Bounds;
use crate::ConnectError;
use crate::HowMuch;

/// Apache Parquet, nested columns and dictionaries included.
pub(super) struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "Parquet"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        match head.starts_with(b"PAR1") || head.starts_with(b"PARE") {
            true => Certainty::Certain,
            false if head.has_extension(&["parquet"]) && head.text().is_none() => Certainty::Likely,
            false => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let at = input.into_random_access()?;
        check_end(at.as_ref(), &name)?;
        let failed = |error: &ParquetError| match own_error(error) {
            Some(own) => own.clone(),
            None => damaged(&name, "its table of contents or a page is damaged"),
        };
        let chunks = Chunks(at);
        let metadata = ArrowReaderMetadata::load(&chunks, ArrowReaderOptions::default()).map_err(|e| failed(&e))?;
        let groups = metadata.metadata().row_groups();
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        let bytes: i64 = groups.iter().map(|group| group.total_byte_size()).sum();
        let row_bytes = u64::try_from(bytes).unwrap_or(0) / rows.max(1) + 1;
        let batch_rows = (out.request().batch_bytes as u64 / row_bytes).clamp(1, MOST_ROWS) as usize;
        let columns = metadata.schema().fields().iter();
        let columns = columns.map(|field| ColumnHead::new(field.name().clone(), field.data_type().to_string()));
        out.begin_sampled(TableHead::table(&name, columns.collect()))?;
        let total = usize::try_from(rows).unwrap_or(usize::MAX);
        let wanted = match out.request().how_much {
            HowMuch::Sample { rows: wanted, seed } if wanted < rows => Some(random_ranges(rows, wanted, seed)),
            _ => None,
        };
        let bounds = Bounds::USUAL;
        let groups = parquet_wide::column_groups(&metadata, bounds);
        if groups.len() > 1 {
            let ranges = wanted.unwrap_or_else(|| std::iter::once(0..total).collect());
            let at_once = (bounds.cells / row_bytes).clamp(1, MOST_ROWS) as usize;
            parquet_wide::read(&chunks, &metadata, &groups, &ranges, at_once, &mut |batch| {
                let batch = batch.map_err(|error| failed(&error))?;
                (0..batch.num_rows())
                    .step_by(batch_rows)
                    .try_for_each(|row| out.rows(batch.slice(row, batch_rows.min(batch.num_rows() - row))))
            })?;
            return out.end(Some(rows));
        }
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, metadata);
        if let Some(ranges) = wanted {
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges.into_iter(), total));
        }
        let reader = builder.with_batch_size(batch_rows).build().map_err(|error| failed(&error))?;
        for batch in reader {
            let batch = batch.map_err(|error| match own_error(&error) {
                Some(own) => own.clone(),
                None => damaged(&name, "a page is damaged"),
            })?;
            out.rows(batch)?;
        }
        out.end(Some(rows))
    }
}

/// Whether the file ends as Parquet does, for a message that says what is wrong with half a file.
fn check_end(at: &dyn ReadAt, name: &str) -> Result<(), ConnectError> {
    let mut end = [0; 4];
    let start = at.size().saturating_sub(4);
    let read = at.read_at(start, &mut end).map_err(|error| super::limits::from_io(name, &error))?;
    match &end[..read] {
        b"PAR1" => Ok(()),
        b"PARE" => Err(ConnectError::Denied {
            target: name.to_owned(),
            reason: "its table of contents is encrypted; decrypt it yourself to have it scanned".into(),
        }),
        _ => Err(damaged(
            name,
            "the table of contents at its end is missing; the file was cut off or is still being written",
        )),
    }
}

fn damaged(name: &str, reason: &str) -> ConnectError {
    ConnectError::Malformed { target: name.to_owned(), reason: reason.to_owned() }
}

/// A few rows from many places, in their order: one run of rows at random in each of equal parts.
fn random_ranges(rows: u64, wanted: u64, seed: u64) -> Vec<Range<usize>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let parts = wanted.clamp(1, MOST_RUNS);
    let mut ranges = Vec::new();
    for part in 0..parts {
        // Exact shares that add up to `rows` and `wanted`.
        let (from, until) = (rows * part / parts, rows * (part + 1) / parts);
        let run = (wanted * (part + 1) / parts - wanted * part / parts).min(until - from);
        let start = from + random.random_range(0..=until - from - run);
        ranges.push(start as usize..(start + run) as usize);
    }
    ranges
}

/// [`ReadAt`] as the library wants it.
#[derive(Clone)]
pub(super) struct Chunks(pub(super) Arc<dyn ReadAt>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.size()
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Seekable>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(Seekable::from_offset(self.0.clone(), start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut bytes = Vec::new();
        let mut reader = Seekable::from_offset(self.0.clone(), start).take(length as u64);
        reader.read_to_end(&mut bytes).map_err(|error| ParquetError::External(Box::new(error)))?;
        if bytes.len() < length {
            return Err(ParquetError::External(Box::new(io::Error::from(io::ErrorKind::UnexpectedEof))));
        }
        Ok(Bytes::from(bytes))
    }
}

const MOST_ROWS: u64 = 1 << 14;
const MOST_RUNS: u64 = 200;
