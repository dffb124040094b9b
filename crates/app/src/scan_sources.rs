//! `scan`: finds customer data. With a policy file near, what it finds goes into the inventory, the
//! findings and the evidence log; without one it is only shown.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use dataward_connect::HowMuch;
use dataward_connect::Unit;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::OwnRules;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_store::Coverage;
use dataward_store::KnownUnit;
use dataward_store::ScanId;
use dataward_store::ScanRequest;
use dataward_store::ScanTotals;
use dataward_store::Store;
use dataward_store::UnitRecord;
use futures::future::join_all;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::convert;
use crate::evidence_log;
use crate::forget_files;
use crate::key_file::KeyFile;
use crate::own_rules::own_rules;
use crate::precedents::Precedents;
use crate::review_inventory::review;
use crate::scan::How;
use crate::scan::Keeper;
use crate::scan::ScanEvents;
use crate::scan::SourceOutcome;
use crate::scan::Step;
use crate::scan::Target;
use crate::scan::UnitOutcome;
use crate::scan::report::ScanReport;
use crate::scan::report::SourceReport;
use crate::scan::scan_source;

/// The key for sketches of people: without it a sketch in the state tells nothing; a new key makes new sketches with the
/// next full reading.
pub(crate) const SKETCH_KEY: KeyFile = KeyFile {
    name: "sketch.key",
    what: "key for sketches of people",
    damaged: "delete it and run `dataward scan --full`: a new key is made, and sketches of people anew",
};

/// What to scan, and how.
pub struct ScanCommand {
    /// The sources.
    pub targets: Vec<Target>,
    /// Everything, or a sample of each table.
    pub how_much: HowMuch,
    /// Leave alone what did not change since it was last read. Needs a project.
    pub since_last: bool,
    /// Go on with the last scan where it was stopped. Needs a project.
    pub resume: bool,
    /// Whether names are looked for in running text.
    pub names_in_text: bool,
    /// Set to true to stop soon.
    pub cancel: Arc<AtomicBool>,
    /// Counts the bytes read, for progress.
    pub bytes_read: Arc<AtomicU64>,
}

/// Scans, keeps what was found where there is a project, and says it.
///
/// # Errors
/// When our own state cannot be read or written. Sources and tables that fail stand in the report.
pub async fn scan_sources(
    project: Option<&Project>,
    command: ScanCommand,
    events: Arc<dyn ScanEvents>,
    clock: &dyn Clock,
) -> Result<ScanReport, AppError> {
    let own = project.map(own_rules).transpose()?.unwrap_or_default();
    scan_sources_with(project, own, command, events, clock).await
}

/// The same with rules of the user's own given: of a policy file that is near, though what is scanned
/// is not declared in it.
///
/// # Errors
/// When our own state cannot be read or written.
pub async fn scan_sources_with(
    project: Option<&Project>,
    own: OwnRules,
    command: ScanCommand,
    events: Arc<dyn ScanEvents>,
    clock: &dyn Clock,
) -> Result<ScanReport, AppError> {
    let mut detector = detector(clock, command.names_in_text)?.with_own(own);
    if let Some(project) = project {
        detector = detector.with_sketch_key(*SKETCH_KEY.read_or_make(&project.state_dir())?);
    }
    let how = How {
        how_much: command.how_much,
        cancel: Arc::clone(&command.cancel),
        bytes_read: Arc::clone(&command.bytes_read),
    };
    let kept = match project {
        Some(project) => Some(Kept::begin(project, &command, clock).await?),
        None => None,
    };
    let recorder = Recorder {
        kept: kept.as_ref(),
        clock,
        tables: Mutex::default(),
        pending: Mutex::default(),
        listed: Mutex::default(),
    };
    let precedents = match &kept {
        Some(kept) => Precedents::read(&kept.store).await?,
        None => Precedents::default(),
    };
    let of_source = |target: &Target| Arc::new(detector.clone().with_precedents(precedents.seen_from(&target.id)));
    let detectors: Vec<Arc<Detector>> = command.targets.iter().map(of_source).collect();
    let with_detectors = command.targets.iter().zip(&detectors);
    let scans = with_detectors.map(|(target, detector)| scan_source(target, &how, detector, &recorder, &events));
    let mut outcomes = Vec::new();
    for outcome in join_all(scans).await {
        outcomes.push(outcome?);
    }
    recorder.flush().await?;
    let Recorder { tables, listed, .. } = recorder;
    let mut found = tables.into_inner().unwrap_or_else(PoisonError::into_inner);
    let sources: Vec<SourceReport> = outcomes
        .iter()
        .map(|outcome| SourceReport::new(outcome, found.remove(&outcome.id).unwrap_or_default()))
        .collect();
    let complete = outcomes.iter().all(|outcome| !outcome.cancelled);
    let report = ScanReport::new(complete, convert::coverage(command.how_much), sources);
    if let Some((project, kept)) = project.zip(kept.as_ref()) {
        let listed = listed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let totals = report.totals(how.bytes_read.load(Ordering::Relaxed));
        kept.finish(project, &outcomes, listed, &totals, &report, clock).await?;
    }
    Ok(report)
}

/// A detector for today.
///
/// # Errors
/// When it cannot be built, which is a fault of ours.
pub fn detector(clock: &dyn Clock, names_in_text: bool) -> Result<Detector, AppError> {
    detector_at(clock.now(), names_in_text)
}

/// The same for the day of a moment.
///
/// # Errors
/// As [`detector`].
pub(crate) fn detector_at(now: jiff::Timestamp, names_in_text: bool) -> Result<Detector, AppError> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    // A month and a day are positive and small.
    let today = (today.year(), today.month().unsigned_abs(), today.day().unsigned_abs());
    Detector::new(Options { today, names_in_text }).map_err(|error| AppError::Internal(error.to_string()))
}

/// What is kept of a scan in a project.
struct Kept {
    store: Store,
    scan: ScanId,
    /// Units that the scan we go on with has read already.
    done: HashMap<SourceId, HashSet<String>>,
    /// What was known of units before: with `--since-last` all, else what a sample must not overrule.
    known: HashMap<SourceId, HashMap<String, KnownUnit>>,
    coverage: Coverage,
    started: Timestamp,
    is_resumed: bool,
}

impl Kept {
    async fn begin(project: &Project, command: &ScanCommand, clock: &dyn Clock) -> Result<Self, AppError> {
        let store = project.store().await?;
        let coverage = convert::coverage(command.how_much);
        let sources: Vec<SourceId> = command.targets.iter().map(|target| target.id.clone()).collect();
        let request = ScanRequest { coverage, since_last: command.since_last, sources: sources.clone() };
        let mut done = HashMap::new();
        let mut started = clock.now();
        let scan = if command.resume {
            let unfinished = store
                .latest_unfinished_scan()
                .await?
                .ok_or_else(|| AppError::usage_hint("there is no stopped scan to go on with", "dataward scan"))?;
            if unfinished.request.coverage != coverage {
                return Err(AppError::usage_hint(
                    "the stopped scan read another share of the rows than this one would",
                    "give the same --full, --rows and --seed as then, or leave --resume off",
                ));
            }
            store.resume_scan(&unfinished.id).await?;
            for source in &sources {
                done.insert(source.clone(), store.finished_units(&unfinished.id, source).await?);
            }
            started = unfinished.started;
            unfinished.id
        } else {
            store.begin_scan(started, &request).await?
        };
        let mut known = HashMap::new();
        // A sample of the same bytes knows less than a reading of all of them, and must not overrule it.
        let stands = |unit: &KnownUnit| {
            command.since_last || (unit.coverage == Coverage::Everything && coverage != Coverage::Everything)
        };
        for source in &sources {
            let mut units = store.unit_fingerprints(source).await?;
            units.retain(|_, unit| stands(unit));
            known.insert(source.clone(), units);
        }
        Ok(Self { store, scan, done, known, coverage, started, is_resumed: command.resume })
    }

    async fn finish(
        &self,
        project: &Project,
        outcomes: &[SourceOutcome],
        mut listed: HashMap<SourceId, Listed>,
        totals: &ScanTotals,
        report: &ScanReport,
        clock: &dyn Clock,
    ) -> Result<(), AppError> {
        let now = clock.now();
        for outcome in outcomes {
            if let Some(record) = convert::source_record(outcome) {
                self.store.record_source(now, &record).await?;
            }
            for skipped in &outcome.skipped {
                self.store.record_skipped(&self.scan, &outcome.id, None, skipped).await?;
            }
            let listed = listed.remove(&outcome.id).unwrap_or_default();
            self.store.record_unchanged(&self.scan, now, &outcome.id, &listed.unchanged).await?;
            if outcome.listed_whole {
                self.store.mark_gone(&outcome.id, now, &listed.all).await?;
                forget_files::forget_long_gone(project, &self.store, &outcome.id, now).await?;
            }
        }
        let logged = evidence_log::scan_event(&self.scan, report, self.coverage, self.started);
        if !report.complete {
            self.store.interrupt_scan(&self.scan, now, totals).await?;
            return evidence_log::record_all(project, &self.store, vec![logged], now).await.map(drop);
        }
        let changes = review(project, &self.store, outcomes, now).await?;
        let mut events = evidence_log::finding_events(&self.store, &changes, now).await?;
        // First the log: a scan that has ended is in it. One that was killed in between ends again, and is there once.
        if !self.is_resumed || !evidence_log::has_ended(project, &self.store, &logged).await? {
            events.insert(0, logged);
        }
        evidence_log::record_all(project, &self.store, events, now).await?;
        Ok(self.store.finish_scan(&self.scan, now, totals).await?)
    }
}

/// What was listed of a source.
#[derive(Default)]
struct Listed {
    all: Vec<String>,
    unchanged: Vec<String>,
}

/// Units whose results are written together: each write waits for the disk once.
const WRITTEN_TOGETHER: usize = 50;

/// Takes what comes out of the units, for the report and, in a project, for the inventory.
struct Recorder<'a> {
    kept: Option<&'a Kept>,
    clock: &'a dyn Clock,
    tables: Mutex<HashMap<SourceId, UnitOutcome>>,
    pending: Mutex<Vec<UnitRecord>>,
    listed: Mutex<HashMap<SourceId, Listed>>,
}

impl Recorder<'_> {
    fn add_to_report(&self, source: &SourceId, outcome: UnitOutcome) {
        let mut tables = locked(&self.tables);
        let all = tables.entry(source.clone()).or_default();
        all.tables.extend(outcome.tables);
        all.skipped.extend(outcome.skipped);
    }

    async fn flush(&self) -> Result<(), AppError> {
        let pending = std::mem::take(&mut *locked(&self.pending));
        if let Some(kept) = self.kept
            && !pending.is_empty()
        {
            kept.store.record_units(&kept.scan, self.clock.now(), &pending).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Keeper for Recorder<'_> {
    async fn opened(&self, outcome: &SourceOutcome) -> Result<(), AppError> {
        if let Some((kept, record)) = self.kept.zip(convert::source_record(outcome)) {
            kept.store.record_source(self.clock.now(), &record).await?;
        }
        Ok(())
    }

    fn decide(&self, source: &SourceId, unit: &Unit) -> Step {
        let Some(kept) = self.kept else { return Step::Read };
        let mut listed = locked(&self.listed);
        let listed = listed.entry(source.clone()).or_default();
        listed.all.push(unit.name.clone());
        if kept.done.get(source).is_some_and(|done| done.contains(&unit.name)) {
            return Step::Done;
        }
        let before = kept.known.get(source).and_then(|known| known.get(&unit.name));
        let unchanged = before
            .zip(unit.fingerprint.as_ref())
            .is_some_and(|(before, now)| before.fingerprint == now.0 && before.coverage.covers(kept.coverage));
        if unchanged {
            listed.unchanged.push(unit.name.clone());
            return Step::Unchanged;
        }
        Step::Read
    }

    async fn keep(&self, target: &Target, unit: &Unit, outcome: UnitOutcome) -> Result<(), AppError> {
        let full = match self.kept {
            None => false,
            Some(kept) => {
                let record = convert::unit_record(&target.id, unit, &outcome, kept.coverage);
                let mut pending = locked(&self.pending);
                pending.push(record);
                pending.len() >= WRITTEN_TOGETHER
            }
        };
        self.add_to_report(&target.id, outcome);
        if full { self.flush().await } else { Ok(()) }
    }
}

/// A panic elsewhere leaves plain lists behind the lock, still good to read.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
