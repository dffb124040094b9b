//! Reads all tables of the sources once, for the integrity audit: what speaks against their cells, and
//! what they are compared with each other by.
//!
//! One table is in memory at a time: what was found in it is handed on at once, and what it is compared with others
//! by waits in a [`Spill`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use dataward_audit::integrity::Answers;
use dataward_audit::integrity::Known;
use dataward_audit::integrity::Reading;
use dataward_audit::integrity::TableFound;
use dataward_audit::integrity::TableLinks;
use dataward_audit::integrity::TableReader;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::persons;
use dataward_audit::integrity::persons::Persons;
use dataward_audit::integrity::references;
use dataward_audit::integrity::row_key::KeyForm;
use dataward_audit::integrity::row_key::RowKeys;
use dataward_connect::Chunk;
use dataward_connect::ConnectError;
use dataward_connect::ReadRequest;
use dataward_connect::SelfCheck;
use dataward_connect::Unit;
use dataward_connect::UnitKind;
use dataward_evidence::RowKey;
use dataward_model::Clock;
use dataward_model::Reference;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::TableHead;
use dataward_model::TableShape;
use dataward_policy::DeclaredReference;
use futures::StreamExt;

use crate::AppError;
use crate::scan::Target;
use crate::scan_sources::detector;
use crate::spill::Spill;
use crate::spill::Words;

/// By source and table, columns in which plans of retention made values up.
pub(crate) type MadeUp = BTreeMap<(SourceId, String), BTreeSet<String>>;

/// Takes what was found, table by table.
#[async_trait]
pub(crate) trait TakeTables: Send {
    /// A table was read.
    async fn table(&mut self, source: &SourceId, found: &mut TableFound) -> Result<(), AppError>;

    /// More was found in a table of before, when it was compared with others.
    fn later(&mut self, source: &SourceId, found: &mut TableFound);
}

/// What came of reading beside the tables.
#[derive(Default)]
pub(crate) struct TablesRead {
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

/// What tables are read with.
pub(crate) struct ReadWith<'a> {
    /// The time of the audit.
    pub(crate) clock: &'a dyn Clock,
    /// With a key, what tables hold is also hashed, to be compared at the next audit.
    pub(crate) key: Option<RowKey>,
    /// What people said of earlier findings.
    pub(crate) answers: Answers,
    /// References that the policy file declares.
    pub(crate) references: &'a [DeclaredReference],
    /// By source and table, the columns in which plans of retention made values up.
    pub(crate) made_up: &'a MadeUp,
    /// Set to stop.
    pub(crate) cancel: &'a Arc<AtomicBool>,
    /// Who is told of progress.
    pub(crate) events: &'a dyn ReadEvents,
}

/// Reads the tables of `targets`.
pub(crate) async fn read_tables(
    targets: &[Target],
    with: ReadWith<'_>,
    tables: &mut dyn TakeTables,
) -> Result<TablesRead, AppError> {
    let ReadWith { clock, key, answers, references, made_up, cancel, events } = with;
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
    let mut run = Run {
        reading,
        references,
        made_up,
        cancel,
        events,
        tables,
        read: TablesRead::default(),
        links: Vec::new(),
        spill: Spill::default(),
    };
    for target in targets {
        run.source(target).await?;
    }
    run.compare(targets).await
}

/// A table that was read, as far as it is still needed.
struct Linked {
    source: SourceId,
    name: String,
    rows: u64,
    links: TableLinks,
    /// Its row keys, the cells of its key columns, and its persons.
    keys: (KeyForm, Option<Words>),
    cells: Vec<Option<Words>>,
    persons: Vec<Option<Words>>,
}

impl Linked {
    fn new((source, rows): (SourceId, u64), mut found: TableFound, mut links: TableLinks, spill: &mut Spill) -> Self {
        let (form, keys) = found.keys.take();
        let mut keep = |lists: Vec<Vec<u64>>| lists.iter().map(|words| spill.keep(words)).collect::<Vec<_>>();
        let cells = keep(links.references.take_cells());
        let persons = keep(links.persons.as_mut().map(Persons::take_hashes).unwrap_or_default());
        let keys = (form, spill.keep(&keys));
        Self { source, name: found.name, rows, links, keys, cells, persons }
    }

    /// For what is found in it later; rows that cannot be named go by their places.
    fn later(&self, spill: &mut Spill, answers: &Arc<Answers>) -> TableFound {
        let (form, keys) = self.keys;
        let words = keys.and_then(|keys| spill.read(keys)).unwrap_or_default();
        let mut found = TableFound::later(&self.name, RowKeys::from_words(form, words), answers);
        found.issues.rows = self.rows;
        found
    }
}

struct Run<'a> {
    reading: Reading,
    references: &'a [DeclaredReference],
    made_up: &'a MadeUp,
    cancel: &'a Arc<AtomicBool>,
    events: &'a dyn ReadEvents,
    tables: &'a mut dyn TakeTables,
    read: TablesRead,
    links: Vec<Linked>,
    spill: Spill,
}

impl Run<'_> {
    fn skip(&mut self, target: &Target, skipped: Skipped) {
        self.read.skipped.push((target.id.clone(), skipped));
    }

    async fn source(&mut self, target: &Target) -> Result<(), AppError> {
        let opened = match target.connector.open().await {
            Ok(_) => target.connector.units().await,
            Err(error) => Err(error),
        };
        let mut units = match opened {
            Ok(units) => units,
            Err(error) => {
                self.skip(target, error.skip(target.id.as_str()));
                return Ok(());
            }
        };
        while let Some(unit) = units.next().await {
            match unit {
                Ok(unit)
                    if matches!(unit.kind, UnitKind::View | UnitKind::MaterialisedView | UnitKind::ObjectVersion) => {}
                Ok(unit) => self.unit(target, &unit).await?,
                Err(error) => self.skip(target, error.skip(target.id.as_str())),
            }
        }
        drop(units);
        match target.connector.self_check().await {
            Ok(Some(check)) => self.read.engines.push((target.id.clone(), check)),
            Ok(None) => {}
            Err(error) => self.skip(target, error.skip(target.id.as_str())),
        }
        Ok(())
    }

    async fn unit(&mut self, target: &Target, unit: &Unit) -> Result<(), AppError> {
        let request = ReadRequest { cancel: Arc::clone(self.cancel), ..ReadRequest::full() };
        let mut chunks = match target.connector.read(unit, &request).await {
            Ok(chunks) => chunks,
            Err(error) => {
                self.skip(target, error.skip(&unit.name));
                return Ok(());
            }
        };
        let mut open: Option<(TableHead, TableReader)> = None;
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(Chunk::Begin(mut head)) => {
                    self.close(target, open.take(), true).await?;
                    if head.shape == TableShape::Table {
                        self.events.table(&target.id, &head.name);
                        let known = self.declare(&target.id, &mut head);
                        let reader = TableReader::new(&head, &self.reading, &known);
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
                Ok(Chunk::End { .. }) => self.close(target, open.take(), true).await?,
                Ok(Chunk::Skipped(part)) => self.skip(target, part),
                Err(error) => {
                    self.skip(
                        target,
                        match error {
                            ConnectError::Cancelled => Skipped::failed(&unit.name, "stopped on request"),
                            error => error.skip(&unit.name),
                        },
                    );
                    self.close(target, open.take(), false).await?;
                    break;
                }
            }
        }
        self.close(target, open.take(), true).await
    }

    /// Writes into a table what the policy file declares of its references, and tells what else is known of it.
    fn declare(&self, source: &SourceId, head: &mut TableHead) -> Known {
        let declared = self.references.iter().filter(|one| one.child.source == *source);
        for one in declared.clone().filter(|one| one.child.table == head.name) {
            let column = head.columns.iter_mut().find(|column| column.name == one.child_column);
            if let Some(column) = column.filter(|column| column.references.is_none()) {
                let to = Reference { table: one.parent.table.clone(), column: one.parent_column.clone() };
                column.references = Some(to);
            }
        }
        let referred = declared.filter(|one| one.parent.table == head.name).map(|one| one.parent_column.clone());
        let made_up = self.made_up.get(&(source.clone(), head.name.clone()));
        Known { referred: referred.collect(), made_up: made_up.into_iter().flatten().cloned().collect() }
    }

    async fn close(
        &mut self,
        target: &Target,
        open: Option<(TableHead, TableReader)>,
        is_whole: bool,
    ) -> Result<(), AppError> {
        let Some((head, reader)) = open else { return Ok(()) };
        let Ok((mut found, links)) = tokio::task::spawn_blocking(move || reader.finish(is_whole)).await else {
            self.skip(target, fault(&head.name));
            return Ok(());
        };
        let rows = found.issues.rows;
        self.tables.table(&target.id, &mut found).await?;
        self.links.push(Linked::new((target.id.clone(), rows), found, links, &mut self.spill));
        Ok(())
    }

    /// Compares the tables with each other: references within a source, persons over all of them. What is found in a
    /// column is handed on before the next is looked at.
    async fn compare(self, targets: &[Target]) -> Result<TablesRead, AppError> {
        let Run { reading, tables, mut read, links, mut spill, .. } = self;
        let (sender, mut found) = tokio::sync::mpsc::channel(1);
        let comparing = tokio::task::spawn_blocking(move || {
            // Nobody listens any more only when the audit was given up.
            let mut tell = |found: Later| drop(sender.blocking_send(found));
            compare(&links, &mut spill, &reading.answers, &mut tell);
            spill.has_failed()
        });
        while let Some((source, mut table)) = found.recv().await {
            tables.later(&source, &mut table);
        }
        let failed = comparing
            .await
            .map_err(|_| AppError::Internal("comparing the tables failed; please report this".to_owned()))?;
        if failed {
            let skipped = |target: &Target| (target.id.clone(), Skipped::failed(target.id.as_str(), NO_ROOM));
            read.skipped.extend(targets.iter().map(skipped));
        }
        Ok(read)
    }
}

const NO_ROOM: &str = "its tables could not be compared with each other: the folder for temporary files has no room, or \
                       cannot be written to; name another with TMPDIR";

/// A panic in a check is a fault of ours, and no reason to leave out the other tables.
fn fault(table: &str) -> Skipped {
    Skipped::failed(table, "dataward failed while checking the values; please report this")
}

/// What was found in a table when it was compared with others.
type Later = (SourceId, TableFound);

/// Tells what tables say against each other, column by column.
fn compare(links: &[Linked], spill: &mut Spill, answers: &Arc<Answers>, tell: &mut dyn FnMut(Later)) {
    // Both ask the file where numbers wait, one after the other.
    let spill = RefCell::new(spill);
    let mut found_in = |at: usize, push: &dyn Fn(&mut TableFound)| {
        let mut table = links[at].later(&mut spill.borrow_mut(), answers);
        push(&mut table);
        tell((links[at].source.clone(), table));
    };
    let sources: BTreeSet<&SourceId> = links.iter().map(|linked| &linked.source).collect();
    for source in sources {
        let own: Vec<usize> = (0..links.len()).filter(|at| links[*at].source == *source).collect();
        let keys: Vec<_> = own.iter().map(|at| (links[*at].name.as_str(), &links[*at].links.references)).collect();
        let mut cells = |table: usize, column: usize| spill.borrow_mut().read((*links[own[table]].cells.get(column)?)?);
        references::orphans(&keys, &mut cells, &mut |orphans| {
            let reason: Arc<str> = orphans.reason.as_str().into();
            found_in(own[orphans.table], &|table| {
                for row in &orphans.rows {
                    table.push(&orphans.column, *row, "orphan", orphans.tier, &reason, &[]);
                }
            });
        });
    }
    let telling: Vec<usize> = (0..links.len()).filter(|at| links[*at].links.persons.is_some()).collect();
    // Of several sources each table is told with its own.
    let full = |linked: &Linked| match links.iter().all(|other| other.source == linked.source) {
        true => linked.name.clone(),
        false => format!("{}.{}", linked.source, linked.name),
    };
    let names: Vec<String> = telling.iter().map(|at| full(&links[*at])).collect();
    let told = telling.iter().zip(&names);
    let told: Vec<_> =
        told.filter_map(|(at, name)| Some((name.as_str(), links[*at].links.persons.as_ref()?))).collect();
    let mut parts = |table: usize, part: usize| spill.borrow_mut().read((*links[telling[table]].persons.get(part)?)?);
    persons::differences(&told, &mut parts, &mut |differs| {
        found_in(telling[differs.table], &|table| {
            for (row, reason) in &differs.rows {
                table.push(&differs.column, *row, "difference", Tier::Likely, reason, &[]);
            }
        });
    });
}
