//! Reads all tables of the sources once, for the integrity audit: what speaks against their cells, and
//! what they are compared with each other by.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dataward_audit::integrity::Answers;
use dataward_audit::integrity::Reading;
use dataward_audit::integrity::TableFound;
use dataward_audit::integrity::TableReader;
use dataward_audit::integrity::persons;
use dataward_audit::integrity::references;
use dataward_connect::Chunk;
use dataward_connect::ConnectError;
use dataward_connect::ReadRequest;
use dataward_connect::SelfCheck;
use dataward_connect::Unit;
use dataward_connect::UnitKind;
use dataward_evidence::RowKey;
use dataward_model::Clock;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::TableHead;
use dataward_model::TableShape;
use futures::StreamExt;

use crate::AppError;
use crate::scan::Target;
use crate::scan_sources::detector;

/// What came of reading.
pub(crate) struct TablesRead {
    /// The tables, source after source.
    pub(crate) tables: Vec<(SourceId, TableFound)>,
    /// What could not be read.
    pub(crate) skipped: Vec<(SourceId, Skipped)>,
    /// What engines said of themselves.
    pub(crate) engines: Vec<(SourceId, SelfCheck)>,
}

/// Told while tables are read, for progress.
pub trait ReadEvents: fmt::Debug + Send + Sync {
    /// A table begins.
    fn table(&self, _source: &SourceId, _table: &str) {}
    /// Rows were read.
    fn rows(&self, _rows: u64) {}
}

/// Tells nobody.
#[derive(Debug)]
pub struct NoEvents;

impl ReadEvents for NoEvents {}

/// Reads the tables of `targets`. With a key, what they hold is also hashed, to be compared at the next
/// audit.
pub(crate) async fn read_tables(
    targets: &[Target],
    clock: &dyn Clock,
    key: Option<RowKey>,
    answers: Answers,
    cancel: &Arc<AtomicBool>,
    events: &dyn ReadEvents,
) -> Result<TablesRead, AppError> {
    let today = clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let reading = Reading {
        detector: Arc::new(detector(clock, false)?),
        today: (
            i32::from(today.year()),
            u32::from(today.month().unsigned_abs()),
            u32::from(today.day().unsigned_abs()),
        ),
        hasher: RandomState::new(),
        key,
        answers: Arc::new(answers),
    };
    let mut run =
        Run { reading, cancel, events, read: TablesRead { tables: vec![], skipped: vec![], engines: vec![] } };
    for target in targets {
        run.source(target).await;
    }
    let mut read = run.read;
    tokio::task::spawn_blocking(move || {
        compare(&mut read.tables);
        read
    })
    .await
    .map_err(|_| AppError::Internal("comparing the tables failed; please report this".to_owned()))
}

struct Run<'a> {
    reading: Reading,
    cancel: &'a Arc<AtomicBool>,
    events: &'a dyn ReadEvents,
    read: TablesRead,
}

impl Run<'_> {
    fn skip(&mut self, target: &Target, skipped: Skipped) {
        self.read.skipped.push((target.id.clone(), skipped));
    }

    async fn source(&mut self, target: &Target) {
        if let Err(error) = target.connector.open().await {
            return self.skip(target, error.skip(target.id.as_str()));
        }
        let mut units = match target.connector.units().await {
            Ok(units) => units,
            Err(error) => return self.skip(target, error.skip(target.id.as_str())),
        };
        while let Some(unit) = units.next().await {
            match unit {
                Ok(unit)
                    if matches!(unit.kind, UnitKind::View | UnitKind::MaterialisedView | UnitKind::ObjectVersion) => {}
                Ok(unit) => self.unit(target, &unit).await,
                Err(error) => self.skip(target, error.skip(target.id.as_str())),
            }
        }
        drop(units);
        match target.connector.self_check().await {
            Ok(Some(check)) => self.read.engines.push((target.id.clone(), check)),
            Ok(None) => {}
            Err(error) => self.skip(target, error.skip(target.id.as_str())),
        }
    }

    async fn unit(&mut self, target: &Target, unit: &Unit) {
        let request = ReadRequest { cancel: Arc::clone(self.cancel), ..ReadRequest::full() };
        let mut chunks = match target.connector.read(unit, &request).await {
            Ok(chunks) => chunks,
            Err(error) => return self.skip(target, error.skip(&unit.name)),
        };
        let mut open: Option<(TableHead, TableReader)> = None;
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(Chunk::Begin(head)) => {
                    self.close(target, open.take(), true).await;
                    if head.shape == TableShape::Table {
                        self.events.table(&target.id, &head.name);
                        let reader = TableReader::new(&head, &self.reading);
                        open = Some((head, reader));
                    }
                }
                Ok(Chunk::Rows(batch)) => {
                    self.events.rows(batch.num_rows() as u64);
                    if let Some((head, mut reader)) = open.take() {
                        let added = tokio::task::spawn_blocking(move || {
                            reader.add(&batch);
                            reader
                        });
                        match added.await {
                            Ok(reader) => open = Some((head, reader)),
                            Err(_) => self.skip(target, fault(&head.name)),
                        }
                    }
                }
                Ok(Chunk::End { .. }) => self.close(target, open.take(), true).await,
                Ok(Chunk::Skipped(part)) => self.skip(target, part),
                Err(error) => {
                    self.skip(
                        target,
                        match error {
                            ConnectError::Cancelled => Skipped::failed(&unit.name, "stopped on request"),
                            error => error.skip(&unit.name),
                        },
                    );
                    self.close(target, open.take(), false).await;
                    break;
                }
            }
        }
        self.close(target, open.take(), true).await;
    }

    async fn close(&mut self, target: &Target, open: Option<(TableHead, TableReader)>, is_whole: bool) {
        let Some((head, reader)) = open else { return };
        match tokio::task::spawn_blocking(move || reader.finish(is_whole)).await {
            Ok(found) => self.read.tables.push((target.id.clone(), found)),
            Err(_) => self.skip(target, fault(&head.name)),
        }
    }
}

/// A panic in a check is a fault of ours, and no reason to leave out the other tables.
fn fault(table: &str) -> Skipped {
    Skipped::failed(table, "dataward failed while checking the values; please report this")
}

/// Compares the tables with each other: references within a source, persons over all of them.
fn compare(tables: &mut [(SourceId, TableFound)]) {
    let sources: BTreeSet<SourceId> = tables.iter().map(|(source, _)| source.clone()).collect();
    for source in sources {
        let own: Vec<usize> = (0..tables.len()).filter(|at| tables[*at].0 == source).collect();
        let keys: Vec<_> = own.iter().map(|at| (tables[*at].1.name.as_str(), &tables[*at].1.references)).collect();
        for orphan in references::orphans(&keys) {
            let found = &mut tables[own[orphan.table]].1;
            found.push(&orphan.column, orphan.row, "orphan", orphan.tier, &orphan.reason.into(), &[]);
        }
    }
    let telling: Vec<usize> = (0..tables.len()).filter(|at| tables[*at].1.persons.is_some()).collect();
    let told: Vec<_> =
        telling.iter().filter_map(|at| Some((tables[*at].1.name.as_str(), tables[*at].1.persons.as_ref()?))).collect();
    for differs in persons::differences(&told) {
        let found = &mut tables[telling[differs.table]].1;
        found.push(&differs.column, differs.row, "difference", differs.tier, &differs.reason.into(), &[]);
    }
    for (_, found) in tables {
        found.push_duplicates();
    }
}
