//! `audit`: runs stages of the audit plan, keeps what their checks find, and logs it.
//! `dataward/audit@1`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use dataward_audit::Check;
use dataward_audit::Facts;
use dataward_audit::HeldSource;
use dataward_audit::HeldTable;
use dataward_audit::Needs;
use dataward_audit::Snapshot;
use dataward_audit::checks;
use dataward_connect::Exposure;
use dataward_evidence::Audit;
use dataward_evidence::Event;
use dataward_model::Clock;
use dataward_model::Finding;
use dataward_model::Place;
use dataward_model::Severity;
use dataward_model::SkipCause;
use dataward_model::Skipped;
use dataward_model::SourceId;
pub use dataward_policy::AuditStage;
use dataward_store::ChangeKind;
use dataward_store::FindingChange;
use dataward_store::FindingsPass;
use dataward_store::StageRun;
use dataward_store::StoredFinding;
use futures::StreamExt;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::audit::AuditContext;
use crate::audit::Gathered;
use crate::audit::place;
use crate::convert;
use crate::evidence_log;
use crate::finding_line::FindingLine;
use crate::read_tables::NoEvents;
use crate::read_tables::ReadEvents;
use crate::registry;
use crate::review_inventory::held_tables;
use crate::review_inventory::held_tables_and_views;
use crate::scan::Target;
use crate::schedule::plan;
use crate::schedule::review_plan;

/// What to audit.
#[derive(Clone, Debug, Default)]
pub struct AuditCommand {
    /// The stages; none named: all that the plan does not switch off.
    pub stages: Vec<AuditStage>,
    /// Only those that are due.
    pub due: bool,
    /// Only these sources; none named: all.
    pub sources: Vec<String>,
    /// Who is told while tables are read.
    pub events: Option<Arc<dyn ReadEvents>>,
}

/// What an audit found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditReport {
    /// `dataward/audit@1`.
    pub schema: &'static str,
    /// When it began.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When the inventory that it went by was last brought up to date.
    #[schemars(with = "String")]
    pub inventory_at: Timestamp,
    /// The stages that were run, in the order of the roadmap.
    pub stages: Vec<StageReport>,
    /// The open findings of these stages, the gravest first.
    pub findings: Vec<FindingLine>,
}

/// How one stage went.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StageReport {
    /// collection, access, integrity, encryption, transit.
    pub stage: String,
    /// What it is for.
    pub objective: String,
    /// Whether nothing was left out.
    pub complete: bool,
    /// Whether the run counts for the plan: every declared source was looked at, though perhaps with gaps, which stand
    /// under `skipped`.
    pub counts_for_plan: bool,
    /// The checks that ran; none: this version has none for the stage.
    pub checks: Vec<CheckReport>,
    /// The sources that were looked at.
    pub sources: Vec<String>,
    /// What could not be looked at, and why.
    pub skipped: Vec<SkippedLine>,
    /// What was looked at, counted.
    pub counts: BTreeMap<String, u64>,
    /// Findings of the stage that are open now.
    pub open: u64,
    /// Findings seen for the first time.
    pub found: Vec<String>,
    /// Findings that are open again.
    pub reopened: Vec<String>,
    /// Findings that are no more.
    pub fixed: Vec<String>,
    /// The entry of the evidence log that says so.
    pub evidence: Option<u64>,
    /// A line of JSON in the stage's own format, where it has one.
    #[serde(skip)]
    #[schemars(skip)]
    pub document: Option<String>,
}

/// One check of a stage.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// Its name, as `stage/check`.
    pub check: String,
    /// What is wrong with all that it finds.
    pub summary: String,
    /// Its findings that are open now.
    pub open: u64,
    /// Whether there was anything for it to judge; false: nothing found says nothing.
    pub judged: bool,
    /// Why it judged nothing, where it did not.
    pub not_judged: Option<String>,
}

/// A place that was not looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SkippedLine {
    /// The place.
    pub place: String,
    /// What happened, and what to do.
    pub reason: String,
    /// `failed`, or `not-supported` where there is nothing that dataward reads.
    #[schemars(with = "String")]
    pub cause: SkipCause,
}

impl AuditReport {
    /// How many open findings are of `severity` or above, for `--fail-on`.
    pub fn at_or_above(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| severity.is_reached_by(&finding.severity)).count()
    }

    /// Whether a place that should have been looked at could not be: exit code 3.
    pub fn has_failures(&self) -> bool {
        self.stages.iter().flat_map(|stage| &stage.skipped).any(|skipped| skipped.cause == SkipCause::Failed)
    }
}

/// Whether files that the last scan saw readable by everyone still are: people close them in between.
async fn look_again(tables: &mut [HeldTable], targets: &[Target]) {
    for target in targets {
        let mut open =
            tables.iter_mut().filter(|table| table.source == target.id && table.readable_by_everyone).peekable();
        if open.peek().is_none() {
            continue;
        }
        // A source that does not answer is said to be as it was.
        let Ok(units) = target.connector.units().await else { continue };
        let closed = units.filter_map(async |unit| unit.ok().filter(|unit| unit.exposure != Some(Exposure::Everyone)));
        let closed: BTreeSet<String> = closed.map(|unit| unit.name).collect().await;
        open.filter(|table| closed.contains(&table.unit)).for_each(|table| table.readable_by_everyone = false);
    }
}

/// Runs the stages.
///
/// # Errors
/// When nothing was scanned yet, a source is not declared, or our own state fails. Sources that fail
/// stand in the report.
pub async fn run_audit(project: &Project, command: &AuditCommand, clock: &dyn Clock) -> Result<AuditReport, AppError> {
    let now = clock.now();
    let store = project.store().await?;
    let Some(scan) = store.latest_finished_scan().await? else {
        let hint =
            if store.latest_unfinished_scan().await?.is_some() { "dataward scan --resume" } else { "dataward scan" };
        return Err(AppError::usage_hint("nothing was scanned yet, and audits go by the inventory", hint));
    };
    // What was missed is on record before it is made up for.
    let missed = review_plan(project, &store, now).await?;
    let targets = project.targets(&command.sources)?;
    let wanted: Vec<SourceId> = targets.iter().map(|target| target.id.clone()).collect();
    let mut tables = held_tables(&store).await?;
    tables.retain(|table| wanted.contains(&table.source));
    look_again(&mut tables, &targets).await;
    let mut shown = held_tables_and_views(&store).await?;
    shown.retain(|table| wanted.contains(&table.source));
    look_again(&mut shown, &targets).await;
    let events = command.events.as_deref().unwrap_or(&NoEvents);
    let context =
        AuditContext { project, store: &store, targets: &targets, tables: &tables, shown: &shown, now, events };
    let known = store.sources().await?;
    let mut audit = Run {
        context,
        sources: known
            .iter()
            .filter(|known| wanted.contains(&known.source))
            .map(|known| HeldSource { id: known.source.clone(), plain_transport: known.transport == convert::PLAIN })
            .collect(),
        never_scanned: wanted.iter().filter(|id| known.iter().all(|known| known.source != **id)).cloned().collect(),
        narrowed: !command.sources.is_empty(),
        clock,
    };
    let mut stages = Vec::new();
    for stage in wanted_stages(project, &audit.context, command).await? {
        stages.push(audit.stage(stage).await?);
    }
    let made_up = review_plan(project, &store, clock.now()).await?;
    let changes = [missed, made_up].concat();
    if !changes.is_empty() {
        let events = evidence_log::finding_events(&store, &changes, clock.now()).await?;
        evidence_log::record_all(project, &store, events, clock.now()).await?;
    }
    let ran =
        |stored: &&StoredFinding| stages.iter().any(|stage: &StageReport| is_of(&stored.finding.check, &stage.stage));
    let mut open = store.open_findings(clock.now()).await?;
    open.retain(|stored| audit.is_asked_for(stored));
    Ok(AuditReport {
        schema: "dataward/audit@1",
        at: now,
        inventory_at: scan.finished.unwrap_or(scan.started),
        findings: open.iter().filter(ran).map(FindingLine::new).collect(),
        stages,
    })
}

async fn wanted_stages(
    project: &Project,
    context: &AuditContext<'_>,
    command: &AuditCommand,
) -> Result<Vec<AuditStage>, AppError> {
    let plan = plan(project, context.store, context.now).await?;
    Ok(AuditStage::ALL
        .into_iter()
        .filter(|stage| command.stages.is_empty() || command.stages.contains(stage))
        .filter(|stage| {
            let planned = plan.iter().find(|planned| planned.stage == stage.as_str());
            // A stage that is switched off is run when it is asked for by name.
            let is_on = !command.stages.is_empty() || planned.is_some_and(|planned| planned.frequency != "never");
            is_on && (!command.due || planned.is_some_and(|planned| planned.due))
        })
        .collect())
}

fn is_of(check: &str, stage: &str) -> bool {
    check.split('/').next() == Some(stage)
}

/// An audit under way.
struct Run<'a> {
    context: AuditContext<'a>,
    sources: Vec<HeldSource>,
    never_scanned: Vec<SourceId>,
    narrowed: bool,
    clock: &'a dyn Clock,
}

impl Run<'_> {
    async fn stage(&mut self, stage: AuditStage) -> Result<StageReport, AppError> {
        let started = self.clock.now();
        let checks: Vec<&Check> = checks::of_stage(stage).collect();
        if checks.is_empty() {
            return Ok(StageReport::without_checks(stage));
        }
        let mut facts = Facts::default();
        let mut gathered = Gathered::default();
        if let Some(gather) = registry::GATHERERS.iter().find(|gather| gather.stage() == stage) {
            gathered = gather.gather(&self.context, &mut facts).await?;
        }
        let reason = || Skipped::failed("", "it was never scanned: `dataward scan`");
        gathered.skipped.extend(self.never_scanned.iter().map(|id| (id.clone(), reason())));
        let changes = self.check(stage, &checks, &facts, &gathered).await?;
        for (finding, rows) in &gathered.finding_rows {
            self.context.store.keep_finding_rows(finding, rows).await?;
        }
        let failed = gathered.skipped.iter().any(|(_, skipped)| skipped.cause == SkipCause::Failed);
        let complete = !self.narrowed && !failed;
        let gaps = self.gaps(&gathered);
        let counts_for_plan = !self.narrowed && !gathered.missed_a_source();
        let store = self.context.store;
        let mut open: Vec<StoredFinding> = store
            .open_findings(self.clock.now())
            .await?
            .into_iter()
            .filter(|stored| is_of(&stored.finding.check, stage.as_str()))
            .collect();
        let finished = self.clock.now();
        let earlier = store.last_runs().await?.iter().any(|run| run.stage == stage.as_str());
        let entry = self.entry(stage, started, complete, &checks, &gathered, &changes, &open);
        store
            .record_run(&StageRun {
                stage: stage.as_str().to_owned(),
                started,
                // A run that left a source out does not count for the plan; one broken file does not undo it.
                finished: counts_for_plan.then_some(finished),
                outcome: outcome(&gathered, &changes, &open),
                gaps,
            })
            .await?;
        let mut events = vec![Event::Audit(entry)];
        events.extend(evidence_log::finding_events(store, &changes, finished).await?);
        let receipts = evidence_log::record_all(self.context.project, store, events, finished).await?;
        if gathered.table_roots.is_some() {
            store.settle_table_states(self.context.now, &gathered.looked_at).await?;
        }
        let saw_anything = !gathered.looked_at.is_empty()
            && (gathered.counts.is_empty() || gathered.counts.values().any(|number| *number > 0));
        open.retain(|stored| self.is_asked_for(stored));
        let silent = self.context.project.policy.access.is_empty();
        let why = |check: &Check| match check.needs {
            Needs::Inventory => None,
            Needs::Earlier if !earlier => Some("nothing to compare with yet"),
            Needs::Earlier | Needs::Facts if !saw_anything => Some("nothing to look at"),
            Needs::Facts if check.needs_intent() && silent => {
                Some("not judged, for the policy has no [access] (`dataward access SOURCE --propose` writes one)")
            }
            Needs::Earlier | Needs::Facts => None,
        };
        let ids = |kind| changes.iter().filter(|c| c.change == kind).map(|c| c.finding.clone()).collect();
        Ok(StageReport {
            stage: stage.as_str().to_owned(),
            objective: stage.objective().to_owned(),
            complete,
            counts_for_plan,
            checks: checks.iter().map(|check| CheckReport::new(check, &open, why(check))).collect(),
            sources: self.sources.iter().map(|source| source.id.to_string()).collect(),
            skipped: gathered.skipped.iter().map(SkippedLine::new).collect(),
            counts: gathered.counts,
            open: open.len() as u64,
            found: ids(ChangeKind::Found),
            reopened: ids(ChangeKind::Reopened),
            fixed: ids(ChangeKind::Fixed),
            evidence: receipts.first().copied(),
            document: gathered.document,
        })
    }

    /// Whether a finding is of a source that was named, where some were.
    fn is_asked_for(&self, stored: &StoredFinding) -> bool {
        !self.narrowed || self.context.targets.iter().any(|target| target.id == stored.finding.place.source)
    }

    /// Runs the checks and keeps what they found. Those that go by the inventory judge every source
    /// that was ever scanned, the others those that were looked at just now.
    async fn check(
        &self,
        stage: AuditStage,
        checks: &[&Check],
        facts: &Facts,
        gathered: &Gathered,
    ) -> Result<Vec<FindingChange>, AppError> {
        // Whoever may read a view reads what it shows; all else is said of where it lies.
        let seen_by_rights = stage == AuditStage::Access;
        let snapshot = |by_inventory: bool| Snapshot {
            policy: &self.context.project.policy,
            sources: &self.sources,
            tables: if seen_by_rights && !by_inventory { self.context.shown } else { self.context.tables },
            facts,
            now: self.context.now,
        };
        let scanned: Vec<SourceId> = self.sources.iter().map(|source| source.id.clone()).collect();
        let not_read = self.not_read_at_last_scan().await?;
        let not_looked_at: Vec<Place> =
            gathered.skipped.iter().map(|(source, skipped)| place(source, skipped)).collect();
        let mut changes = Vec::new();
        for (by_inventory, sources, unread) in
            [(true, &scanned, &not_read), (false, &gathered.looked_at, &not_looked_at)]
        {
            let is_meant = |check: &&&Check| (check.needs == Needs::Inventory) == by_inventory;
            let these: Vec<&Check> = checks.iter().filter(is_meant).copied().collect();
            let names: Vec<String> = these.iter().map(|check| check.name.to_owned()).collect();
            let seen: Vec<Finding> = checks::run(these.iter().copied(), &snapshot(by_inventory));
            let lasting = these.iter().filter(|check| check.stays_until_answered());
            let lasting: Vec<String> = lasting.map(|check| check.name.to_owned()).collect();
            let pass =
                FindingsPass { at: self.context.now, checks: &names, sources, unread, seen: &seen, lasting: &lasting };
            changes.extend(self.context.store.record_findings(&pass).await?);
        }
        Ok(changes)
    }

    /// What was left out, by name: sources that were not asked for, and places that could not be looked at.
    fn gaps(&self, gathered: &Gathered) -> Vec<String> {
        let asked: BTreeSet<&SourceId> = self.context.targets.iter().map(|target| &target.id).collect();
        let declared = self.context.project.policy.sources.keys();
        let left_out = declared.filter(|id| !asked.contains(id)).map(SourceId::to_string);
        let failed = gathered.skipped.iter().filter(|(_, skipped)| skipped.cause == SkipCause::Failed);
        let gaps: BTreeSet<String> =
            left_out.chain(failed.map(|(source, skipped)| place(source, skipped).to_string())).collect();
        gaps.into_iter().collect()
    }

    async fn not_read_at_last_scan(&self) -> Result<Vec<Place>, AppError> {
        let lines = self.context.store.not_read().await?;
        let failed = lines.into_iter().filter(|line| line.cause == SkipCause::Failed);
        Ok(failed.map(|line| Place::of_table(line.source, line.place)).collect())
    }

    #[expect(clippy::too_many_arguments, reason = "all that an entry tells")]
    fn entry(
        &self,
        stage: AuditStage,
        started: Timestamp,
        complete: bool,
        checks: &[&Check],
        gathered: &Gathered,
        changes: &[FindingChange],
        open: &[StoredFinding],
    ) -> Audit {
        let number = |kind| changes.iter().filter(|change| change.change == kind).count() as u64;
        Audit {
            stage: stage.as_str().to_owned(),
            started,
            complete,
            checks: checks.iter().map(|check| check.name.to_owned()).collect(),
            sources: self.sources.iter().map(|source| source.id.clone()).collect(),
            skipped: gathered.skipped.len() as u64,
            open: by_severity(open),
            found: number(ChangeKind::Found),
            reopened: number(ChangeKind::Reopened),
            fixed: number(ChangeKind::Fixed),
            counts: gathered.counts.clone(),
            findings_sha256: Audit::digest(open.iter().map(|stored| stored.finding.id.as_str())),
            table_roots: gathered.table_roots.clone(),
        }
    }
}

fn by_severity(open: &[StoredFinding]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for stored in open {
        *counts.entry(stored.finding.severity.as_str().to_owned()).or_default() += 1;
    }
    counts
}

/// What is kept of a run for trends.
fn outcome(gathered: &Gathered, changes: &[FindingChange], open: &[StoredFinding]) -> BTreeMap<String, u64> {
    let number = |kind| changes.iter().filter(|change| change.change == kind).count() as u64;
    let mut outcome = by_severity(open);
    outcome.extend([
        ("open".to_owned(), open.len() as u64),
        ("found".to_owned(), number(ChangeKind::Found)),
        ("reopened".to_owned(), number(ChangeKind::Reopened)),
        ("fixed".to_owned(), number(ChangeKind::Fixed)),
        ("skipped".to_owned(), gathered.skipped.len() as u64),
    ]);
    outcome
}

impl StageReport {
    /// A stage of which this version has no checks: nothing ran, and nothing is recorded.
    fn without_checks(stage: AuditStage) -> Self {
        Self {
            stage: stage.as_str().to_owned(),
            objective: stage.objective().to_owned(),
            complete: false,
            counts_for_plan: false,
            checks: Vec::new(),
            sources: Vec::new(),
            skipped: Vec::new(),
            counts: BTreeMap::new(),
            open: 0,
            found: Vec::new(),
            reopened: Vec::new(),
            fixed: Vec::new(),
            evidence: None,
            document: None,
        }
    }
}

impl CheckReport {
    fn new(check: &Check, open: &[StoredFinding], not_judged: Option<&str>) -> Self {
        let open = open.iter().filter(|stored| stored.finding.check == check.name).count() as u64;
        let not_judged = not_judged.filter(|_| open == 0).map(str::to_owned);
        let judged = not_judged.is_none();
        Self { check: check.name.to_owned(), summary: check.summary.to_owned(), open, judged, not_judged }
    }
}

impl SkippedLine {
    fn new((source, skipped): &(SourceId, Skipped)) -> Self {
        Self { place: place(source, skipped).to_string(), reason: skipped.reason.clone(), cause: skipped.cause }
    }
}
