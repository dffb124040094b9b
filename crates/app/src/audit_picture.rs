//! Where the audit stands, for the report: the plan, findings over time, access, encryption, and the entries
//! of the evidence log behind them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_audit::HeldTable;
use dataward_audit::access::diff::AccessSnapshot;
use dataward_model::Family;
use dataward_model::Severity;
use dataward_policy::AuditStage;
use dataward_report::AccessRow;
use dataward_report::AuditPicture;
use dataward_report::CoverageRow;
use dataward_report::EvidenceEntry;
use dataward_report::OpenAt;
use dataward_report::ScorePicture;
use dataward_report::StagePicture;
use dataward_store::KeptReceipt;
use dataward_store::StageRun;
use dataward_store::Store;
use dataward_store::StoredFinding;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::evidence_log;
use crate::schedule::StageStatus;
use crate::show_status::Status;

/// Points of the chart of findings over time.
const MOMENTS: i32 = 24;
/// Entries that are looked up for findings; beyond, findings are told without.
const FINDING_ENTRIES: usize = 500;

/// Gathers it.
///
/// # Errors
/// When the state or the log cannot be read.
pub(crate) async fn audit_picture(
    project: &Project,
    store: &Store,
    status: &Status,
    held: &[HeldTable],
    now: Timestamp,
) -> Result<AuditPicture, AppError> {
    let runs = store.runs().await?;
    let receipts = store.newest_receipts().await?;
    let findings = store.findings(now).await?;
    let index = |kind: &str, object: &str| {
        receipts
            .iter()
            .find(|receipt| receipt.kind == kind && receipt.object == object)
            .map(|receipt| receipt.log_index)
    };
    let stages: Vec<StagePicture> = status.stages.iter().map(|stage| stage_picture(stage, &runs, &receipts)).collect();
    let scan = store.latest_finished_scan().await?;
    let scan_entry = scan.and_then(|scan| index("scan", scan.id.as_str()));
    let open = findings.iter().filter(|stored| stored.finding.state.is_open());
    let finding_entries: BTreeMap<String, u64> = open
        .take(FINDING_ENTRIES)
        .filter_map(|stored| Some((stored.finding.id.clone(), index("finding", &stored.finding.id)?)))
        .collect();
    let wanted: BTreeSet<u64> = stages
        .iter()
        .filter_map(|stage| stage.entry)
        .chain(scan_entry)
        .chain(finding_entries.values().copied())
        .collect();
    Ok(AuditPicture {
        score: status.score.as_ref().map(|score| ScorePicture {
            points: score.points,
            cap: score.cap,
            shown: score.whole.shown,
            wrong: score.whole.wrong,
            accepted: score.whole.accepted,
            unknown: score.whole.unknown,
        }),
        open: open_over_time(&findings, now),
        access: access(project, store, held).await?,
        coverage: coverage(project, store, held, status).await?,
        entries: entries(project, &receipts, &wanted)?,
        stages,
        scan_entry,
        finding_entries,
    })
}

fn stage_picture(stage: &StageStatus, runs: &[StageRun], receipts: &[KeptReceipt]) -> StagePicture {
    let runs: Vec<&StageRun> = runs.iter().filter(|run| run.stage == stage.stage).collect();
    // The state keeps microseconds, the log more.
    let is_last = |receipt: &&KeptReceipt| {
        let (stage, at) = receipt.object.split_once('/').unwrap_or_default();
        let micros = at.parse::<Timestamp>().ok().map(|at| at.as_microsecond());
        let last = runs.last().map(|run| (run.stage.as_str(), Some(run.started.as_microsecond())));
        receipt.kind == "audit" && last == Some((stage, micros))
    };
    let entry = receipts.iter().find(is_last);
    StagePicture {
        stage: stage.stage.clone(),
        objective: stage.objective.clone(),
        frequency: stage.frequency.clone(),
        runs: runs.iter().map(|run| run.started).collect(),
        next: stage.next,
        due: stage.due,
        missed: stage.missed,
        trend: stage.trend.iter().map(|point| point.open).collect(),
        entry: entry.map(|receipt| receipt.log_index),
    }
}

/// At equal distances from the first finding to now; days that fall together are one.
fn open_over_time(findings: &[StoredFinding], now: Timestamp) -> Vec<OpenAt> {
    let Some(first) = findings.iter().map(|stored| stored.finding.first_seen).min() else { return Vec::new() };
    let span = now.duration_since(first);
    let moment = |number: i32| first + span * number / MOMENTS;
    let mut moments: Vec<Timestamp> = (0..=MOMENTS).map(moment).collect();
    let day = |at: &Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
    // The end of a day tells more than its beginning.
    moments.reverse();
    moments.dedup_by_key(|at| day(at));
    moments.reverse();
    moments
        .into_iter()
        .map(|at| {
            let is_open = |stored: &&StoredFinding| {
                let ended = match (stored.fixed_at, stored.decided_at) {
                    (Some(fixed), _) => Some(fixed),
                    (None, decided) if !stored.finding.state.is_open() => decided,
                    (None, _) => None,
                };
                stored.finding.first_seen <= at && ended.is_none_or(|ended| ended > at)
            };
            let count = |severity: Severity| {
                findings.iter().filter(is_open).filter(|stored| stored.finding.severity == severity).count() as u64
            };
            OpenAt { at, counts: Severity::ALL.map(count) }
        })
        .collect()
}

/// Columns by object and name, and whether they may be changed too.
type Reach<'a> = (BTreeSet<(&'a str, &'a str)>, bool);

/// What the last audit of access kept, narrowed to columns with personal data.
async fn access(project: &Project, store: &Store, held: &[HeldTable]) -> Result<Vec<AccessRow>, AppError> {
    let mut rows = Vec::new();
    for id in project.policy.sources.keys() {
        let Some(answer) = store.access_answer(id).await? else { continue };
        let Ok(snapshot) = serde_json::from_str::<AccessSnapshot>(&answer.answer) else { continue };
        let mut by_principal: BTreeMap<&str, BTreeMap<Family, Reach<'_>>> = BTreeMap::new();
        // Who may only refer to a column sees and changes nothing in it.
        for line in snapshot.lines().filter(|line| line.may_read || line.may_change) {
            let Some(table) = held.iter().find(|table| table.source == *id && table.table == line.object) else {
                continue;
            };
            for column in table.columns.iter().filter(|held| line.columns.contains(&held.column)) {
                let families = by_principal.entry(line.principal).or_default();
                let (columns, write) = families.entry(column.category.family()).or_default();
                columns.insert((line.object, column.column.as_str()));
                *write |= line.may_change;
            }
        }
        rows.extend(
            by_principal.into_iter().map(|(principal, families)| AccessRow {
                source: id.clone(),
                principal: principal.to_owned(),
                families: families
                    .into_iter()
                    .map(|(family, (columns, write))| (family, (columns.len() as u64, write)))
                    .collect(),
            }),
        );
    }
    Ok(rows)
}

/// What something encrypts; before the stage has run nothing is known.
async fn coverage(
    project: &Project,
    store: &Store,
    held: &[HeldTable],
    status: &Status,
) -> Result<Vec<CoverageRow>, AppError> {
    let protections = store.protections(false).await?;
    let stage = status.stages.iter().find(|stage| stage.stage == AuditStage::Encryption.as_str());
    let looked = stage.is_some_and(|stage| stage.last.is_some());
    let row = |id: &dataward_model::SourceId| {
        let mut row = CoverageRow { source: id.clone(), encrypted: 0, plain: 0, unknown: 0 };
        for table in held.iter().filter(|table| table.source == *id) {
            for column in &table.columns {
                let covered = |known: &&dataward_store::StoredProtection| {
                    known.source == *id && known.covers(&table.unit, &column.column)
                };
                match (protections.iter().any(|known| covered(&known)), looked) {
                    (true, _) => row.encrypted += 1,
                    (false, true) => row.plain += 1,
                    (false, false) => row.unknown += 1,
                }
            }
        }
        row
    };
    Ok(project.policy.sources.keys().map(row).collect())
}

fn entries(
    project: &Project,
    receipts: &[KeptReceipt],
    wanted: &BTreeSet<u64>,
) -> Result<Vec<EvidenceEntry>, AppError> {
    let Some(reader) = evidence_log::reader(project)? else { return Ok(Vec::new()) };
    let mut entries = Vec::new();
    for &index in wanted.iter().filter(|index| **index < reader.head().size) {
        let Some((_, entry)) = reader.show(index..index + 1)?.pop() else { continue };
        let statement: serde_json::Value = serde_json::from_slice(entry.bytes()).unwrap_or_default();
        let receipt = receipts.iter().find(|receipt| receipt.log_index == index);
        let at = statement.pointer("/predicate/at").and_then(|at| at.as_str()).and_then(|at| at.parse().ok());
        entries.push(EvidenceEntry {
            index,
            what: receipt.map(what).unwrap_or_default(),
            at,
            leaf_hash: entry.leaf_hash().to_string(),
        });
    }
    Ok(entries)
}

/// `audit access`, `scan 0192…`, `finding F-…`.
fn what(receipt: &KeptReceipt) -> String {
    let object = match receipt.kind.as_str() {
        "audit" => receipt.object.split('/').next().unwrap_or_default(),
        _ => receipt.object.as_str(),
    };
    format!("{} {object}", receipt.kind)
}
