//! Scanning: sources in parallel, units in parallel within a source, one that fails is listed and
//! the rest goes on.
//!
//! This is the machinery; what is asked of it and what is kept stands in
//! [`crate::scan_sources`].

pub mod events;
pub mod read_unit;
pub mod report;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;

use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::UnitStream;
use dataward_detect::Detector;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::AppError;

pub use dataward_connect::HowMuch;
pub use dataward_connect::SourceFacts;
pub use dataward_connect::Unit;
pub use events::ScanEvents;
pub use read_unit::TableOutcome;
pub use read_unit::UnitOutcome;
use read_unit::read_unit;

/// A source, ready to be read.
#[derive(Clone)]
pub struct Target {
    /// Its name.
    pub id: SourceId,
    /// Its address, without a password.
    pub address: String,
    /// The connector.
    pub connector: Arc<dyn Read>,
}

/// How to scan, the same for all sources.
#[derive(Clone)]
pub struct How {
    /// Everything, or a sample of each table.
    pub how_much: HowMuch,
    /// Set to true to stop soon.
    pub cancel: Arc<AtomicBool>,
    /// Bytes read over all sources.
    pub bytes_read: Arc<AtomicU64>,
}

/// What is done with a listed unit.
pub enum Step {
    /// It is read.
    Read,
    /// Nothing changed since it was last read.
    Unchanged,
    /// It was read earlier in this same scan.
    Done,
}

/// What one source gave, apart from its units.
#[derive(Clone, Debug)]
pub struct SourceOutcome {
    /// Its name.
    pub id: SourceId,
    /// Its address, without a password.
    pub address: String,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// What it says of itself; none when it could not be opened.
    pub facts: Option<SourceFacts>,
    /// Units listed, whether read or not.
    pub units: u64,
    /// Units left alone because nothing changed.
    pub unchanged: u64,
    /// Whether every unit could be listed, so that what was not listed is gone.
    pub listed_whole: bool,
    /// Whether the scan was stopped on request before the end.
    pub cancelled: bool,
    /// Faults of the source as a whole.
    pub skipped: Vec<Skipped>,
}

/// Where outcomes go, and who decides what is read.
#[async_trait::async_trait]
pub trait Keeper: Send + Sync {
    /// A source was opened; its units come next.
    async fn opened(&self, outcome: &SourceOutcome) -> Result<(), AppError>;
    /// Decides whether a listed unit is read.
    fn decide(&self, source: &SourceId, unit: &Unit) -> Step;
    /// Keeps what came out of a unit. A fault here (full disk) stops the scan.
    async fn keep(&self, target: &Target, unit: &Unit, outcome: UnitOutcome) -> Result<(), AppError>;
}

/// Units listed ahead of reading; bounds the memory of listing a folder of millions of files.
const LISTED_AHEAD: usize = 10_000;

/// Scans one source to its end.
///
/// # Errors
/// Only when `keeper` fails; faults of the source stand in the outcome.
pub async fn scan_source(
    target: &Target,
    how: &How,
    detector: &Arc<Detector>,
    keeper: &dyn Keeper,
    events: &Arc<dyn ScanEvents>,
) -> Result<SourceOutcome, AppError> {
    let mut outcome = SourceOutcome {
        id: target.id.clone(),
        address: target.address.clone(),
        kind: target.connector.kind(),
        facts: None,
        units: 0,
        unchanged: 0,
        listed_whole: false,
        cancelled: false,
        skipped: Vec::new(),
    };
    let facts = match target.connector.open().await {
        Ok(facts) => facts,
        Err(error) => {
            events.source_failed(&target.id, &error.to_string());
            outcome.skipped.push(error.skip(target.id.as_str()));
            return Ok(outcome);
        }
    };
    events.source_opened(&target.id, &facts);
    outcome.facts = Some(facts);
    keeper.opened(&outcome).await?;
    let listing = match target.connector.units().await {
        Ok(listing) => listing,
        Err(error) => {
            outcome.skipped.push(error.skip(target.id.as_str()));
            return Ok(outcome);
        }
    };
    outcome.listed_whole = true;

    let (mut listed, lister) = list_ahead(listing, target.id.clone(), Arc::clone(events));
    let limit = target.connector.parallel_reads().max(1);
    let mut reads = FuturesUnordered::new();
    let mut listing_open = true;
    while !outcome.cancelled {
        tokio::select! {
            unit = listed.recv(), if listing_open && reads.len() < limit => match unit {
                None => listing_open = false,
                Some(Ok(unit)) => {
                    outcome.units += 1;
                    match keeper.decide(&target.id, &unit) {
                        Step::Read => reads.push(read_and_keep(target, unit, how, detector, keeper, events.as_ref())),
                        Step::Unchanged => {
                            outcome.unchanged += 1;
                            events.unit_finished(&target.id, &unit, None);
                        }
                        Step::Done => events.unit_finished(&target.id, &unit, None),
                    }
                }
                Some(Err(ConnectError::Cancelled)) => outcome.cancelled = true,
                Some(Err(error)) => {
                    outcome.listed_whole = false;
                    outcome.skipped.push(error.skip(target.id.as_str()));
                }
            },
            Some(read) = reads.next(), if !reads.is_empty() => {
                outcome.cancelled |= read? == Finished::Cancelled;
            }
            else => break,
        }
    }
    drop(listed);
    // The lister ends by itself once nobody takes what it lists; a panic in it is a fault of ours.
    outcome.listed_whole &= lister.await.is_ok() && !outcome.cancelled;
    Ok(outcome)
}

/// Lists ahead of reading, so that the progress bar soon knows the whole.
fn list_ahead(
    mut listing: UnitStream,
    source: SourceId,
    events: Arc<dyn ScanEvents>,
) -> (mpsc::Receiver<Result<Unit, ConnectError>>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(LISTED_AHEAD);
    let lister = tokio::spawn(async move {
        while let Some(unit) = listing.next().await {
            if let Ok(unit) = &unit {
                events.unit_listed(&source, unit);
            }
            if sender.send(unit).await.is_err() {
                break;
            }
        }
    });
    (receiver, lister)
}

#[derive(PartialEq)]
enum Finished {
    Cancelled,
    Kept,
}

async fn read_and_keep(
    target: &Target,
    unit: Unit,
    how: &How,
    detector: &Arc<Detector>,
    keeper: &dyn Keeper,
    events: &dyn ScanEvents,
) -> Result<Finished, AppError> {
    let request = ReadRequest {
        cancel: Arc::clone(&how.cancel),
        bytes_read: Arc::clone(&how.bytes_read),
        ..ReadRequest::new(how.how_much)
    };
    let on_rows = |rows| events.rows_read(&target.id, rows);
    match read_unit(target.connector.as_ref(), &unit, &request, detector, &on_rows).await {
        Ok(outcome) => {
            events.unit_finished(&target.id, &unit, Some(&outcome));
            keeper.keep(target, &unit, outcome).await?;
            Ok(Finished::Kept)
        }
        Err(_) => Ok(Finished::Cancelled),
    }
}
