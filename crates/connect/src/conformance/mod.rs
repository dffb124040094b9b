//! What every implementation of [`Read`] must do, as checks that run against any of them.
//!
//! A connector's test plants data, says what it planted ([`Expected`]), and runs [`Suite::check`];
//! [`check_gone`] and [`check_fingerprint`] need something to happen in between and take it as an
//! argument. A breach is a sentence, so that the module holds no panics:
//!
//! ```no_run
//! # async fn example(source: std::sync::Arc<dyn dataward_connect::Read>) {
//! use dataward_connect::conformance::{Expected, Suite};
//! let expected = vec![Expected::new("public.people", 500, &["id", "name"]).position("id").nulls("name", 20)];
//! Suite::new(source, expected).check().await.unwrap();
//! # }
//! ```

mod reading;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow_array::RecordBatch;
use arrow_cast::cast;
use arrow_schema::DataType;
use futures::StreamExt;

use crate::Chunk;
use crate::ConnectError;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;

pub use reading::Reading;
pub use reading::TableRead;
pub use reading::find_unit;
pub use reading::list_units;
pub use reading::read_unit;

/// A table that was planted.
#[derive(Clone, Debug)]
pub struct Expected {
    unit: String,
    table: String,
    rows: u64,
    columns: Vec<String>,
    nulls: BTreeMap<String, u64>,
    position: Option<String>,
}

impl Expected {
    /// A unit with one table of the same name.
    pub fn new(name: &str, rows: u64, columns: &[&str]) -> Self {
        Self {
            unit: name.to_owned(),
            table: name.to_owned(),
            rows,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            nulls: BTreeMap::new(),
            position: None,
        }
    }

    /// One of several tables in a unit (a sheet, a table of a dump, a member of an archive).
    pub fn inside(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// `column` has exactly `count` NULLs.
    pub fn nulls(mut self, column: &str, count: u64) -> Self {
        self.nulls.insert(column.to_owned(), count);
        self
    }

    /// `column` numbers the rows from 0 in the order in which they are stored: with it the suite
    /// checks that samples come from the whole table. Give it to a table of 1,000 rows or more.
    pub fn position(mut self, column: &str) -> Self {
        self.position = Some(column.to_owned());
        self
    }
}

/// A broken promise, as a sentence.
#[derive(Debug)]
pub struct Breach(String);

impl Breach {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Breach {}

impl From<ConnectError> for Breach {
    fn from(error: ConnectError) -> Self {
        Self(format!("an unexpected error: {error}"))
    }
}

/// `Err` unless `condition` holds.
fn ensure(condition: bool, breach: impl FnOnce() -> String) -> Result<(), Breach> {
    if condition { Ok(()) } else { Err(Breach(breach())) }
}

/// The checks that need nothing to happen in between.
pub struct Suite {
    source: Arc<dyn Read>,
    expected: Vec<Expected>,
}

/// Rows asked for in samples; a table with a position has more than four times as many.
const SAMPLE: u64 = 200;

impl Suite {
    /// Checks `source`, which holds exactly the units of `expected`.
    pub fn new(source: Arc<dyn Read>, expected: Vec<Expected>) -> Self {
        Self { source, expected }
    }

    /// Runs all checks.
    pub async fn check(&self) -> Result<(), Breach> {
        let facts = self.source.open().await?;
        ensure(!facts.product.is_empty(), || "`open` names no product".into())?;
        self.units_are_listed_once().await?;
        self.a_full_read_gives_every_row().await?;
        self.small_batches_give_the_same_rows().await?;
        self.samples_are_random_and_reproducible().await?;
        self.a_reader_stops_when_asked().await
    }

    /// The listing names every expected unit once, nothing else, and the same when asked again.
    pub async fn units_are_listed_once(&self) -> Result<(), Breach> {
        let units = list_units(&*self.source).await?;
        let names: BTreeSet<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        ensure(names.len() == units.len(), || format!("a unit is listed twice: {:?}", names_of(&units)))?;
        let expected: BTreeSet<&str> = self.expected.iter().map(|table| table.unit.as_str()).collect();
        ensure(names == expected, || format!("units are {names:?}, not {expected:?}"))?;
        let again = list_units(&*self.source).await?;
        let again: BTreeSet<&str> = again.iter().map(|unit| unit.name.as_str()).collect();
        ensure(names == again, || format!("the second listing differs: {names:?} and {again:?}"))
    }

    /// A full read brings each table with its columns, rows and NULLs, and counts bytes.
    pub async fn a_full_read_gives_every_row(&self) -> Result<(), Breach> {
        for unit in list_units(&*self.source).await? {
            let request = ReadRequest::full();
            let reading = read_unit(&*self.source, &unit, &request).await?;
            self.matches(&unit, &reading)?;
            let rows: u64 = reading.tables.iter().map(|table| table.rows).sum();
            let bytes = request.bytes_read.load(Ordering::Relaxed);
            ensure(rows == 0 || bytes > 0, || format!("{}: bytes_read stayed 0", unit.name))?;
        }
        Ok(())
    }

    /// With tiny batches there are more of them, and together they hold the same.
    pub async fn small_batches_give_the_same_rows(&self) -> Result<(), Breach> {
        for unit in list_units(&*self.source).await? {
            let mut request = ReadRequest::full();
            request.batch_bytes = 4096;
            let reading = read_unit(&*self.source, &unit, &request).await?;
            self.matches(&unit, &reading)?;
            for table in &reading.tables {
                let is_whole = table.largest_batch_rows as u64 == table.rows && table.rows >= 1000;
                ensure(!is_whole, || format!("{}: {} rows came in one batch of 4 KiB", table.head.name, table.rows))?;
            }
        }
        Ok(())
    }

    /// Samples have about the size asked for, come from everywhere, and repeat with their seed.
    pub async fn samples_are_random_and_reproducible(&self) -> Result<(), Breach> {
        for unit in list_units(&*self.source).await? {
            let sample = async |seed| {
                let request = ReadRequest::new(HowMuch::Sample { rows: SAMPLE, seed });
                read_unit(&*self.source, &unit, &request).await
            };
            let (first, again, other) = (sample(1).await?, sample(1).await?, sample(2).await?);
            for expected in self.expected.iter().filter(|table| table.unit == unit.name) {
                let name = &expected.table;
                let of = |reading: &Reading| find_table(reading, name).cloned();
                let (first, again, other) = (of(&first)?, of(&again)?, of(&other)?);
                ensure(first.content == again.content, || format!("{name}: a seed gave two samples"))?;
                if expected.rows <= SAMPLE {
                    let all = first.rows == expected.rows;
                    ensure(all, || format!("{name}: {} of {} rows, not all", first.rows, expected.rows))?;
                    continue;
                }
                let (least, most) = (SAMPLE / 2, SAMPLE * 3 / 2);
                ensure((least..=most).contains(&first.rows), || {
                    format!("{name}: {} rows where about {SAMPLE} were asked for", first.rows)
                })?;
                if let Some(column) = &expected.position {
                    ensure(first.content != other.content, || format!("{name}: two seeds gave the same"))?;
                    comes_from_everywhere(expected, column, &first)?;
                }
            }
        }
        Ok(())
    }

    /// A set `cancel` ends a read with [`ConnectError::Cancelled`], at once or in the middle.
    pub async fn a_reader_stops_when_asked(&self) -> Result<(), Breach> {
        let Some(largest) = self.expected.iter().max_by_key(|table| table.rows) else { return Ok(()) };
        let unit = find_unit(&*self.source, &largest.unit).await?;
        let cancelled = ReadRequest::full();
        cancelled.cancel.store(true, Ordering::Relaxed);
        ends_cancelled(&*self.source, &unit, &cancelled, false).await?;
        if largest.rows >= 1000 {
            let mut request = ReadRequest::full();
            request.batch_bytes = 512;
            ends_cancelled(&*self.source, &unit, &request, true).await?;
        }
        Ok(())
    }

    fn matches(&self, unit: &Unit, reading: &Reading) -> Result<(), Breach> {
        let expected: Vec<_> = self.expected.iter().filter(|table| table.unit == unit.name).collect();
        ensure(expected.len() == reading.tables.len(), || {
            let found: Vec<_> = reading.tables.iter().map(|table| &table.head.name).collect();
            format!("{}: tables {found:?} instead of {}", unit.name, expected.len())
        })?;
        for expected in expected {
            let name = &expected.table;
            let table = find_table(reading, name)?;
            let columns: Vec<_> = table.head.columns.iter().map(|column| column.name.as_str()).collect();
            ensure(columns == expected.columns, || format!("{name}: columns {columns:?}, not {:?}", expected.columns))?;
            ensure(table.rows == expected.rows, || format!("{name}: {} rows, not {}", table.rows, expected.rows))?;
            ensure(table.rows_total == Some(expected.rows), || {
                format!("{name}: the end of a full read says {:?} rows", table.rows_total)
            })?;
            for (column, &count) in &expected.nulls {
                let found = table.nulls.get(column).copied().unwrap_or_default();
                ensure(found == count, || format!("{name}.{column}: {found} NULLs, not {count}"))?;
            }
        }
        Ok(())
    }
}

/// A unit that goes away between listing and reading is [`ConnectError::Gone`], and the others
/// can be read on.
pub async fn check_gone(source: &dyn Read, name: &str, make_it_go: impl AsyncFnOnce()) -> Result<(), Breach> {
    let units = list_units(source).await?;
    let unit = units.iter().find(|unit| unit.name == name);
    let unit = unit.ok_or_else(|| Breach::new(format!("{name} is not listed")))?;
    make_it_go().await;
    let outcome = first_error(source, unit, &ReadRequest::full()).await;
    ensure(matches!(outcome, Some(ConnectError::Gone { .. })), || {
        format!("{name} went away, and reading it gave {outcome:?} instead of Gone")
    })?;
    for other in units.iter().filter(|other| other.name != name) {
        read_unit(source, other, &ReadRequest::full()).await?;
    }
    Ok(())
}

/// A unit's fingerprint is the same while nothing changes (reading changes nothing), and another
/// after a change.
pub async fn check_fingerprint(source: &dyn Read, name: &str, change: impl AsyncFnOnce()) -> Result<(), Breach> {
    let before = find_unit(source, name).await?;
    ensure(before.fingerprint.is_some(), || format!("{name} has no fingerprint"))?;
    read_unit(source, &before, &ReadRequest::full()).await?;
    let still = find_unit(source, name).await?;
    ensure(before.fingerprint == still.fingerprint, || {
        format!("{name} did not change, its fingerprint did: {:?}, {:?}", before.fingerprint, still.fingerprint)
    })?;
    change().await;
    let after = find_unit(source, name).await?;
    ensure(before.fingerprint != after.fingerprint, || {
        format!("{name} changed, its fingerprint did not: {:?}", after.fingerprint)
    })
}

/// The error that reading `unit` ends with, if any.
pub async fn first_error(source: &dyn Read, unit: &Unit, request: &ReadRequest) -> Option<ConnectError> {
    let mut chunks = match source.read(unit, request).await {
        Ok(chunks) => chunks,
        Err(error) => return Some(error),
    };
    while let Some(chunk) = chunks.next().await {
        if let Err(error) = chunk {
            return Some(error);
        }
    }
    None
}

/// Chunks that may still come after a reader was asked to stop: those on their way.
const CHUNKS_ON_THE_WAY: usize = 64;

async fn ends_cancelled(
    source: &dyn Read,
    unit: &Unit,
    request: &ReadRequest,
    in_the_middle: bool,
) -> Result<(), Breach> {
    let name = &unit.name;
    let mut chunks = match source.read(unit, request).await {
        Err(ConnectError::Cancelled) if !in_the_middle => return Ok(()),
        chunks => chunks?,
    };
    let mut on_the_way = 0;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Err(ConnectError::Cancelled) => {
                let ended = chunks.next().await.is_none();
                return ensure(ended, || format!("{name}: the stream goes on after an error"));
            }
            Err(error) => return Err(error.into()),
            Ok(Chunk::Rows(_)) if in_the_middle => request.cancel.store(true, Ordering::Relaxed),
            Ok(_) => {}
        }
        on_the_way += usize::from(request.cancel.load(Ordering::Relaxed));
        ensure(on_the_way <= CHUNKS_ON_THE_WAY, || format!("{name}: a cancelled read goes on and on"))?;
    }
    Err(Breach::new(format!("{name}: a cancelled read came to its end as if nothing had happened")))
}

fn find_table<'a>(reading: &'a Reading, name: &str) -> Result<&'a TableRead, Breach> {
    let mut found = reading.tables.iter().filter(|table| table.head.name == name);
    match (found.next(), found.next()) {
        (Some(table), None) => Ok(table),
        (None, _) => Err(Breach::new(format!("no table {name} was read"))),
        (Some(_), Some(_)) => Err(Breach::new(format!("the table {name} was read twice"))),
    }
}

/// Of a random sample of 100 rows or more, every tenth of the table has some; 60 % of the tenths
/// are enough for readers that take whole pages.
fn comes_from_everywhere(expected: &Expected, column: &str, sample: &TableRead) -> Result<(), Breach> {
    let mut tenths = BTreeSet::new();
    for batch in &sample.content {
        for position in positions(batch, column)? {
            tenths.insert(position * 10 / expected.rows.max(1));
        }
    }
    ensure(tenths.len() >= 6, || {
        format!("{}: a sample of {} rows comes from {tenths:?} of ten tenths", expected.table, sample.rows)
    })
}

fn positions(batch: &RecordBatch, column: &str) -> Result<Vec<u64>, Breach> {
    let breach = |reason: &str| Breach::new(format!("{column}: {reason}"));
    let values = batch.column_by_name(column).ok_or_else(|| breach("the position is not in the batch"))?;
    let values = cast(values, &DataType::UInt64).map_err(|_| breach("the position is no number"))?;
    let values = values.as_any().downcast_ref::<arrow_array::UInt64Array>();
    let values = values.ok_or_else(|| breach("the position is no number"))?;
    Ok(values.iter().flatten().collect())
}

fn names_of(units: &[Unit]) -> Vec<&str> {
    units.iter().map(|unit| unit.name.as_str()).collect()
}
