//! Writes what was done into the evidence log, and reads it back.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::PathBuf;

use dataward_evidence::Audit;
use dataward_evidence::Decision as LoggedDecision;
use dataward_evidence::Entry;
use dataward_evidence::Event;
use dataward_evidence::EvidenceError;
use dataward_evidence::FindingEvent;
use dataward_evidence::Forgotten;
use dataward_evidence::Hash;
use dataward_evidence::Init;
use dataward_evidence::KnownHead;
use dataward_evidence::Log;
use dataward_evidence::LogReader;
use dataward_evidence::Ruling as LoggedRuling;
use dataward_evidence::Scan;
use dataward_evidence::ScanEnd;
use dataward_evidence::Statement;
use dataward_evidence::VerifierKey;
use dataward_model::SourceId;
use dataward_policy::AuditStage;
use dataward_report::EvidenceHead;
use dataward_store::ChangeKind;
use dataward_store::Coverage;
use dataward_store::Decision;
use dataward_store::FindingChange;
use dataward_store::KeptReceipt;
use dataward_store::Ruling;
use dataward_store::ScanId;
use dataward_store::Store;
use dataward_store::StoredFinding;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::scan::report::ScanReport;
use crate::unnamed::Unnamed;

/// The log's folder within the state folder.
const FOLDER: &str = "evidence";
/// The signing key within the state folder.
const KEY: &str = "evidence.key";
/// The verifier key within the log's folder.
const VERIFIER_KEY: &str = "log.vkey";

/// Begins the log: the first entry says which policy file it belongs to.
pub(crate) async fn record_init(project: &Project, now: Timestamp) -> Result<(), AppError> {
    let text = fs_err::read(&project.file)
        .map_err(|error| AppError::unreachable(format!("cannot read the policy file: {error}")))?;
    let init = Init::new(project.policy.sources.keys().cloned().collect(), &text);
    record(project, &project.store().await?, Event::Init(init), now).await
}

/// What is logged of a scan that came to its end or was stopped.
pub(crate) fn scan_event(scan: &ScanId, report: &ScanReport, coverage: Coverage, started: Timestamp) -> Event {
    Event::Scan(Scan {
        scan: scan.to_string(),
        started,
        end: if report.complete { ScanEnd::Finished } else { ScanEnd::Interrupted },
        sample_rows: match coverage {
            Coverage::Everything => None,
            Coverage::Sample { rows, .. } => Some(rows),
        },
        sources: report.sources.iter().filter_map(|source| source.scanned()).collect(),
        categories: report.totals(0).by_category,
    })
}

/// Logs what a person decided. Their reason stays in the state: it may name people.
pub(crate) async fn record_decision(project: &Project, store: &Store, decision: &Decision) -> Result<(), AppError> {
    let logged = LoggedDecision {
        place: decision.place.clone(),
        ruling: match decision.ruling {
            Ruling::Confirmed => LoggedRuling::Confirmed,
            Ruling::Overruled => LoggedRuling::Overruled,
            Ruling::Withdrawn => LoggedRuling::Withdrawn,
        },
        category: decision.category.clone(),
    };
    record(project, store, Event::Decision(logged), decision.at).await
}

/// What is logged of changes of findings.
pub(crate) async fn finding_events(
    store: &Store,
    changes: &[FindingChange],
    now: Timestamp,
) -> Result<Vec<Event>, AppError> {
    let findings: HashMap<String, StoredFinding> =
        store.findings(now).await?.into_iter().map(|stored| (stored.finding.id.clone(), stored)).collect();
    let event = |change: &FindingChange| {
        let stored = findings.get(&change.finding)?;
        Some(Event::Finding(FindingEvent {
            finding: change.finding.clone(),
            check: stored.finding.check.clone(),
            place: stored.finding.place.clone(),
            severity: change.severity.as_str().to_owned(),
            change: change.change.as_str().to_owned(),
            until: stored.accepted_until.filter(|_| change.change == ChangeKind::Accepted),
        }))
    };
    Ok(changes.iter().filter_map(event).collect())
}

async fn record(project: &Project, store: &Store, event: Event, now: Timestamp) -> Result<(), AppError> {
    record_all(project, store, vec![event], now).await.map(drop)
}

/// Logs events together: they reach the disk at once, under one signed head. Returns their indices.
pub(crate) async fn record_all(
    project: &Project,
    store: &Store,
    events: Vec<Event>,
    now: Timestamp,
) -> Result<Vec<u64>, AppError> {
    record_with(project, store, events, None, now).await
}

/// Logs an event unless the log has one of the same name, which can only stand behind the entry `after`: a run that
/// goes on after a kill says nothing twice. Returns its index.
pub(crate) async fn record_once(
    project: &Project,
    store: &Store,
    event: Event,
    after: u64,
    now: Timestamp,
) -> Result<Option<u64>, AppError> {
    // The log is let go before it is written.
    let known = find_named(&settled(project, store).await?, after, &event.name(), None)?;
    match known {
        Some(index) => Ok(Some(index)),
        None => Ok(record_all(project, store, vec![event], now).await?.pop()),
    }
}

/// Whether the log says already that this scan came to such an end.
pub(crate) async fn has_ended(project: &Project, store: &Store, scan: &Event) -> Result<bool, AppError> {
    if exists(project) {
        drop(settled(project, store).await?);
    }
    let (name, end) = (Value::from(scan.name()), serde_json::to_value(scan).unwrap_or_default()["end"].clone());
    let mut found = false;
    each_statement(project, |statement| {
        found |= statement["subject"][0]["name"] == name && statement["predicate"]["event"]["end"] == end;
    })?;
    Ok(found)
}

/// The receipt of an event that its actor logs once: of the entry that a run left which was killed before it noted that,
/// or of a new one.
pub(crate) async fn receipt_once(
    project: &Project,
    store: &Store,
    event: Event,
    now: Timestamp,
) -> Result<KeptReceipt, AppError> {
    let (kind, object) = (event.kind(), event.object());
    let log = settled(project, store).await?;
    let known = find_named(&log, 0, &event.name(), Some(&environment::actor()))?;
    let (size, root) = (log.head().size, log.head().root);
    drop(log);
    if let Some(log_index) = known {
        let object = object.clone();
        let receipt =
            KeptReceipt { kind: kind.to_owned(), object, log_index, tree_size: size, root_hash: root.to_string() };
        store.keep_receipts(std::slice::from_ref(&receipt)).await?;
        return Ok(receipt);
    }
    record_all(project, store, vec![event], now).await?;
    let receipt = store.receipts(kind, &object).await?.pop();
    receipt.ok_or_else(|| AppError::Internal("an entry of the log has no receipt".to_owned()))
}

/// The first entry behind `after` that is about what is called so, and by `actor` where one is given.
fn find_named(log: &Log, after: u64, name: &str, actor: Option<&str>) -> Result<Option<u64>, AppError> {
    let is_it = |entry: &Entry| {
        let statement: Value = serde_json::from_slice(entry.bytes()).unwrap_or_default();
        let by = &statement["predicate"]["actor"];
        statement["subject"][0]["name"] == name && actor.is_none_or(|actor| by == actor)
    };
    let entries = log.show(after..log.head().size)?;
    Ok(entries.into_iter().find(|(_, entry)| is_it(entry)).map(|(index, _)| index))
}

/// Shows each statement of the log, oldest first; none when there is no log yet.
pub(crate) fn each_statement(project: &Project, mut look: impl FnMut(&Value)) -> Result<(), AppError> {
    let Some(reader) = reader(project)? else { return Ok(()) };
    for (_, entry) in reader.show(0..reader.head().size)? {
        if let Ok(statement) = serde_json::from_slice(entry.bytes()) {
            look(&statement);
        }
    }
    Ok(())
}

/// The log opened for writing: that also takes in a head that was signed and, for a kill, not published.
pub(crate) async fn settled(project: &Project, store: &Store) -> Result<Log, AppError> {
    let known = known_head(store).await?;
    Ok(Log::open(&folder(project), signer(project)?, known.as_slice())?)
}

/// Logs an event whose details lie in a file with this SHA-256.
pub(crate) async fn record_file(
    project: &Project,
    store: &Store,
    event: Event,
    sha256: [u8; 32],
    now: Timestamp,
) -> Result<(), AppError> {
    record_with(project, store, vec![event], Some(sha256), now).await.map(drop)
}

/// The signer of the log, which signs certificates too.
pub(crate) fn signer(project: &Project) -> Result<dataward_evidence::Signer, AppError> {
    Ok(dataward_evidence::load_or_create(&project.state_dir().join(KEY), &origin(project))?)
}

async fn record_with(
    project: &Project,
    store: &Store,
    events: Vec<Event>,
    evidence_sha256: Option<[u8; 32]>,
    now: Timestamp,
) -> Result<Vec<u64>, AppError> {
    let actor = environment::actor();
    let unnamed = Unnamed::new(project, now)?;
    let events: Vec<Event> = events.into_iter().map(|event| unnamed.event(event)).collect();
    let objects: Vec<(&'static str, String)> = events.iter().map(|event| (event.kind(), event.object())).collect();
    let entries = events.into_iter().map(|event| {
        let tool_version = env!("CARGO_PKG_VERSION").to_owned();
        Statement { event, actor: actor.clone(), at: now, tool_version, evidence_sha256 }.entry()
    });
    let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    let known = known_head(store).await?;
    let signer = signer(project)?;
    let mut log = Log::open(&folder(project), signer, known.as_slice())?;
    let receipts: Vec<KeptReceipt> = log
        .append(&entries)?
        .into_iter()
        .zip(objects)
        .map(|(receipt, (kind, object))| KeptReceipt {
            kind: kind.to_owned(),
            object,
            log_index: receipt.index,
            tree_size: receipt.size,
            root_hash: receipt.root.to_string(),
        })
        .collect();
    store.keep_receipts(&receipts).await?;
    Ok(receipts.iter().map(|receipt| receipt.log_index).collect())
}

/// The newest head that our own state remembers: the log must have grown from it.
pub(crate) async fn known_head(store: &Store) -> Result<Option<KnownHead>, AppError> {
    let Some(receipt) = store.newest_receipt().await? else { return Ok(None) };
    let root = Hash::parse_hash(&receipt.root_hash)
        .map_err(|_| AppError::Internal("the state holds a hash of the evidence log that is none".to_owned()))?;
    Ok(Some(KnownHead { size: receipt.tree_size, root }))
}

/// The log's folder.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.state_dir().join(FOLDER)
}

/// Whether there is a log.
pub(crate) fn exists(project: &Project) -> bool {
    folder(project).join(VERIFIER_KEY).exists()
}

/// The verifier key beside the log in `folder`.
pub(crate) fn verifier_key(folder: &std::path::Path) -> Result<VerifierKey, AppError> {
    read_verifier_key(&folder.join(VERIFIER_KEY))
}

/// The verifier key in `file`.
pub(crate) fn read_verifier_key(file: &std::path::Path) -> Result<VerifierKey, AppError> {
    let text = fs_err::read_to_string(file)
        .map_err(|error| AppError::unreachable(format!("cannot read the verifier key: {error}")))?;
    Ok(VerifierKey::parse(&text)?)
}

/// The log of a project, for reading; none before its first entry.
pub(crate) fn reader(project: &Project) -> Result<Option<LogReader>, AppError> {
    if !exists(project) {
        return Ok(None);
    }
    let folder = folder(project);
    Ok(Some(LogReader::open(&folder, &verifier_key(&folder)?)?))
}

/// What the log says of an audit that was run.
pub(crate) struct LoggedAudit {
    /// When its stage began.
    pub(crate) started: Timestamp,
    /// What the tables of each source held then, where that was logged, without those that were forgotten since.
    pub(crate) table_roots: Option<BTreeMap<SourceId, String>>,
    /// The same with these.
    pub(crate) audited_roots: Option<BTreeMap<SourceId, String>>,
}

/// The newest entry about a stage of the audit plan; proved to be in the log, for what it says is gone by.
pub(crate) fn last_audit(project: &Project, stage: AuditStage) -> Result<Option<LoggedAudit>, AppError> {
    /// Entries that are looked at in one go.
    const STEP: u64 = 256;
    let Some(reader) = reader(project)? else { return Ok(None) };
    let name = format!("\"name\":\"audit/{}/", stage.as_str());
    let is_of = |entry: &Entry, name: &str| entry.bytes().windows(name.len()).any(|part| part == name.as_bytes());
    let proven = |index: u64, entry: &Entry| -> Result<Value, AppError> {
        if !reader.proof(index)?.proves(entry.bytes()) {
            let fault = format!("entry {index} is not the one that was logged");
            return Err(EvidenceError::Damaged { folder: folder(project), fault }.into());
        }
        let statement: Value = serde_json::from_slice(entry.bytes()).unwrap_or_default();
        Ok(statement["predicate"]["event"].clone())
    };
    // What was forgotten since then; the newest counts.
    let mut since: BTreeMap<SourceId, Option<String>> = BTreeMap::new();
    let mut end = reader.head().size;
    while end > 0 {
        let start = end.saturating_sub(1) / STEP * STEP;
        for (index, entry) in reader.show(start..end)?.into_iter().rev() {
            if stage == AuditStage::Integrity && is_of(&entry, "\"name\":\"forgotten/") {
                let Ok(forgotten) = Forgotten::deserialize(proven(index, &entry)?) else { continue };
                for (source, root) in forgotten.table_roots {
                    since.entry(source).or_insert(root);
                }
            }
            if !is_of(&entry, &name) {
                continue;
            }
            let Ok(audit) = Audit::deserialize(proven(index, &entry)?) else { continue };
            if audit.stage != stage.as_str() {
                continue;
            }
            let audited_roots = audit.table_roots.clone();
            let mut table_roots = audit.table_roots;
            for (source, root) in since {
                match (root, table_roots.as_mut()) {
                    (Some(root), Some(roots)) => drop(roots.insert(source, root)),
                    (None, Some(roots)) => drop(roots.remove(&source)),
                    (_, None) => {}
                }
            }
            return Ok(Some(LoggedAudit { started: audit.started, table_roots, audited_roots }));
        }
        end = start;
    }
    Ok(None)
}

/// The head for reports; none before the first entry.
pub(crate) fn head(project: &Project) -> Result<Option<EvidenceHead>, AppError> {
    let Some(reader) = reader(project)? else { return Ok(None) };
    let head = reader.head();
    Ok(Some(EvidenceHead {
        size: head.size,
        root_hash: head.root.to_string(),
        origin: head.origin.clone(),
        verifier_key: verifier_key(&folder(project))?.to_string(),
        checkpoint: head.note.clone(),
        location: project.policy.state_dir.join(FOLDER).display().to_string(),
    }))
}

/// The name of a new log: no blanks, no `+`, stable for ever.
fn origin(project: &Project) -> String {
    let words = project.policy.business.name.to_lowercase();
    let words: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = if words.is_empty() { "business".to_owned() } else { words.join("-") };
    format!("dataward.local/{name}")
}

impl From<EvidenceError> for AppError {
    fn from(error: EvidenceError) -> Self {
        let text = error.to_string();
        let message = match text.contains("evidence log") {
            true => text,
            false => format!("the evidence log: {text}"),
        };
        // Where the message says it already, twice is not clearer.
        let hint = (!message.contains("dataward evidence verify")).then(|| "dataward evidence verify".to_owned());
        Self::Unreachable { message, hint }
    }
}
