//! `status`: the roadmap. What is held, where, how sensitive, what is wrong, what is due, and the
//! next five steps with their commands. `dataward/status@1`.

use std::collections::BTreeMap;

use dataward_audit::HeldTable;
use dataward_model::Clock;
use dataward_model::Family;
use dataward_model::Place;
use dataward_model::Sensitivity;
use dataward_model::Severity;
use dataward_model::SkipCause;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_store::Coverage;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::KnownSource;
use dataward_store::Scan;
use dataward_store::SkippedLine;
use dataward_store::Store;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::count_people::People;
use crate::finding_groups::FindingGroup;
use crate::finding_groups::finding_groups;
use crate::finding_line::FindingLine;
use crate::hold_places;
use crate::next_steps::NextStep;
use crate::next_steps::next_steps;
use crate::review_inventory::held_tables;
use crate::schedule::StageStatus;
use crate::schedule::plan;
use crate::score::ScoreLine;
use crate::score::score;

/// The roadmap.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Status {
    /// `dataward/status@1`.
    pub schema: &'static str,
    /// The name of the business.
    pub business: String,
    /// The declared sources.
    pub sources: Vec<SourceStatus>,
    /// What is held, by family, the most sensitive first.
    pub holdings: Vec<Holding>,
    /// Open findings by check, the gravest first: what a person should know.
    pub problems: Vec<Problem>,
    /// Open findings one by one, the gravest first.
    pub findings: Vec<FindingLine>,
    /// Columns whose verdict is uncertain and that nobody decided about.
    pub uncertain: u64,
    /// The audit stages.
    pub stages: Vec<StageStatus>,
    /// How much of what has to be shown is shown; null while nothing personal is known.
    pub score: Option<ScoreLine>,
    /// The last scan that came to its end.
    pub last_scan: Option<LastScan>,
    /// Whether the newest scan was stopped before its end.
    pub stopped: bool,
    /// What the last scan of each source should have read and could not: what is said of it is older, or nothing.
    pub not_read: Vec<NotRead>,
    /// Holds whose place is not there any more: until each is placed anew nothing is deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost_holds: Vec<LostHold>,
    /// At most five, in the order that lowers risk most.
    pub next_steps: Vec<NextStep>,
}

/// A hold whose place is not there any more.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LostHold {
    /// Its name.
    pub hold: String,
    /// The matter.
    pub matter: String,
    /// What is not there.
    pub missing: String,
}

/// What a source holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceStatus {
    /// Its name.
    pub source: String,
    /// What kind of store it is, once it was read.
    pub kind: Option<String>,
    /// Tables and documents in it.
    pub tables: u64,
    /// Those with personal data.
    pub personal_tables: u64,
    /// Whether every row of it was read, as its tables and files were read last; null before.
    pub whole: Option<bool>,
    /// Rows that were read of what it holds now.
    pub rows_read: Option<u64>,
    /// Different people in it, estimated: the least there are. Who stands in two tables counts once where that can be
    /// seen.
    pub people: Option<u64>,
}

/// How much of one family is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Holding {
    /// The words of a shop owner.
    pub family: String,
    /// low, normal, high, special.
    pub sensitivity: String,
    /// Columns and documents that hold it.
    pub places: u64,
    /// Where, by source.
    pub by_source: BTreeMap<String, u64>,
}

/// The open findings of one check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// The check, as `stage/check`.
    pub check: String,
    /// The greatest severity among its findings.
    pub severity: String,
    /// What is wrong with all of them.
    pub summary: String,
    /// Where, the gravest first.
    pub places: Vec<String>,
    /// When the first of them was seen.
    #[schemars(with = "String")]
    pub since: Timestamp,
}

/// A place that the last scan of its source should have read and could not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NotRead {
    /// The source.
    pub source: String,
    /// The table or file, or the source itself.
    pub place: String,
    /// What happened, and what to do.
    pub reason: String,
}

/// The last scan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LastScan {
    /// When it ended.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether it read every row.
    pub full: bool,
    /// Whether it left alone what had not changed.
    pub since_last: bool,
    /// Rows that were read.
    pub rows_read: u64,
}

/// Below this confidence a person should look (detection's calibration: one in four is wrong there).
pub const UNCERTAIN_BELOW: f64 = 0.75;

/// Puts the roadmap together.
///
/// # Errors
/// When the state cannot be read.
pub async fn show_status(project: &Project, clock: &dyn Clock) -> Result<Status, AppError> {
    let store = project.store().await?;
    let now = clock.now();
    let last_scan = store.latest_finished_scan().await?;
    let stopped = store.latest_unfinished_scan().await?.is_some();
    let entries = store.inventory(&InventoryFilter::default()).await?;
    let held = held_tables(&store).await?;
    let findings = store.open_findings(now).await?;
    let stages = plan(project, &store, now).await?;
    let uncertain = uncertain(&entries).count() as u64;
    let sources = sources(project, &store, &held).await?;
    let unread: Vec<String> = sources.iter().filter(|s| s.kind.is_none()).map(|s| s.source.clone()).collect();
    let all_read = sources.iter().all(|source| source.whole != Some(false));
    let groups = finding_groups(&findings);
    let local: Vec<SourceId> = store.sources().await?.into_iter().filter(is_local).map(|known| known.source).collect();
    let score = score(&held, &stages, &store.findings(now).await?, &local);
    let lost_holds = lost_holds(project, &store).await?;
    let next_steps = next_steps(&crate::next_steps::Situation {
        lost_holds: &lost_holds,
        has_sources: !project.policy.sources.is_empty(),
        last_scan: last_scan.as_ref(),
        all_read,
        stopped,
        findings: &groups,
        stages: &stages,
        score: score.as_ref(),
        uncertain,
        unread: &unread,
        now,
    });
    Ok(Status {
        schema: "dataward/status@1",
        business: project.policy.business.name.clone(),
        sources,
        holdings: holdings(&held),
        problems: groups.iter().map(Problem::new).collect(),
        findings: findings.iter().map(FindingLine::new).collect(),
        uncertain,
        stages,
        score: score.as_ref().map(ScoreLine::new),
        not_read: not_read(project, &store).await?,
        last_scan: last_scan.map(|scan| LastScan::new(&scan)),
        stopped,
        lost_holds,
        next_steps,
    })
}

/// Only sources on which holds lie are asked.
async fn lost_holds(project: &Project, store: &Store) -> Result<Vec<LostHold>, AppError> {
    let holds = store.holds(false).await?;
    let mut missing = hold_places::missing(project, &holds).await?;
    let lost = |hold: dataward_store::StoredHold| {
        Some(LostHold { missing: missing.remove(&hold.id)?, hold: hold.id, matter: hold.matter })
    };
    Ok(holds.into_iter().filter_map(lost).collect())
}

/// How many open findings are of `severity` or above, for `--fail-on`.
///
/// # Errors
/// When the state cannot be read.
pub async fn open_at_or_above(project: &Project, severity: Severity, clock: &dyn Clock) -> Result<usize, AppError> {
    let findings = project.store().await?.open_findings(clock.now()).await?;
    Ok(findings.iter().filter(|stored| stored.finding.severity >= severity).count())
}

/// Entries that detection is not sure of, for or against, and nobody decided about.
pub fn uncertain(entries: &[InventoryEntry]) -> impl Iterator<Item = &InventoryEntry> {
    entries
        .iter()
        .filter(|entry| entry.decision.is_none() && entry.filled > 0 && entry.confidence.value() < UNCERTAIN_BELOW)
}

async fn not_read(project: &Project, store: &Store) -> Result<Vec<NotRead>, AppError> {
    let lines = store.not_read().await?;
    let declared = |line: &SkippedLine| project.policy.sources.contains_key(&line.source);
    let failed = lines.into_iter().filter(|line| line.cause == SkipCause::Failed && declared(line));
    Ok(failed.map(|line| NotRead { source: line.source.to_string(), place: line.place, reason: line.reason }).collect())
}

/// Whether a source is reached over no network.
fn is_local(source: &KnownSource) -> bool {
    matches!(source.kind, SourceKind::Files | SourceKind::Memory | SourceKind::Sqlite)
}

async fn sources(project: &Project, store: &Store, held: &[HeldTable]) -> Result<Vec<SourceStatus>, AppError> {
    let scanned = store.sources().await?;
    let readings = store.readings().await?;
    let people = People::read(store).await?;
    let mut sources = Vec::new();
    for id in project.policy.sources.keys() {
        let tables: Vec<_> =
            store.tables(Some(id)).await?.into_iter().filter(|table| table.gone_since.is_none()).collect();
        let held: Vec<_> = held.iter().filter(|table| table.source == *id).collect();
        let places: Vec<Place> = held.iter().map(|table| table.place()).collect();
        sources.push(SourceStatus {
            source: id.to_string(),
            kind: scanned.iter().find(|known| known.source == *id).map(|known| known.kind.title().to_owned()),
            tables: tables.len() as u64,
            personal_tables: held.len() as u64,
            whole: readings.get(id).map(|reading| reading.is_whole),
            rows_read: readings.get(id).map(|reading| reading.rows),
            people: people.united(places.iter().zip(&held).filter_map(|(place, table)| Some((place, table.people?)))),
        });
    }
    Ok(sources)
}

fn holdings(held: &[HeldTable]) -> Vec<Holding> {
    let categories = || held.iter().flat_map(|table| &table.columns).map(|column| &column.category);
    let mut by_family: BTreeMap<Family, (Sensitivity, BTreeMap<&SourceId, u64>)> = BTreeMap::new();
    for table in held {
        for column in &table.columns {
            let (sensitivity, by_source) =
                by_family.entry(column.category.family()).or_insert((Sensitivity::Low, BTreeMap::new()));
            *sensitivity = (*sensitivity).max(column.category.sensitivity());
            *by_source.entry(&table.source).or_default() += 1;
        }
    }
    let mut rows: Vec<_> = by_family.into_iter().collect();
    rows.sort_by(|(a, (a_sensitivity, _)), (b, (b_sensitivity, _))| b_sensitivity.cmp(a_sensitivity).then(a.cmp(b)));
    rows.into_iter()
        .map(|(family, (sensitivity, by_source))| Holding {
            family: label(family, &family.words(categories())),
            sensitivity: sensitivity.as_str().to_owned(),
            places: by_source.values().sum(),
            by_source: by_source.into_iter().map(|(source, count)| (source.to_string(), count)).collect(),
        })
        .collect()
}

/// What is there of a family, on the width of a column; else the family's title.
fn label(family: Family, words: &[String]) -> String {
    const WIDTH: usize = 28;
    let label = words.join(", ");
    let mut chars = label.chars();
    let label: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    if label.is_empty() || label.chars().count() > WIDTH { family.title().to_owned() } else { label }
}

impl Problem {
    fn new(group: &FindingGroup) -> Self {
        Self {
            check: group.check.clone(),
            severity: group.severity.as_str().to_owned(),
            summary: group.summary.clone(),
            places: group.places.clone(),
            since: group.since,
        }
    }
}

impl LastScan {
    fn new(scan: &Scan) -> Self {
        Self {
            at: scan.finished.unwrap_or(scan.started),
            full: scan.request.coverage == Coverage::Everything,
            since_last: scan.request.since_last,
            rows_read: scan.totals.rows_read,
        }
    }
}
