//! `evidence`: checks the log offline, shows it, proves one entry. `dataward/evidence@1`.

use std::ops::Range;
use std::path::Path;

use dataward_evidence::KnownHead;
use dataward_evidence::LogReader;
use dataward_evidence::TreeHead;
use dataward_evidence::VerifierKey;
use dataward_evidence::VerifyReport;
use dataward_model::counted;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::AppError;
use crate::Project;
use crate::evidence_log;

/// What checking a log gave.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LogReport {
    /// `dataward/evidence@1`.
    pub schema: &'static str,
    /// Whether the log is what was signed.
    pub ok: bool,
    /// Entries, where the head could be read.
    pub size: Option<u64>,
    /// The root hash in base64.
    pub root_hash: Option<String>,
    /// The log's name.
    pub origin: Option<String>,
    /// Older heads that the log was compared with.
    pub older_heads: usize,
    /// What is wrong.
    pub faults: Vec<FaultLine>,
    /// Files that the head does not need, for example of an append that was cut off.
    pub leftovers: Vec<String>,
}

/// One thing wrong with a log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FaultLine {
    /// The file, relative to the log's folder.
    pub file: String,
    /// The entry, where it is about one.
    pub index: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// Entries of the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EntriesReport {
    /// `dataward/evidence-entries@1`.
    pub schema: &'static str,
    /// Entries in the whole log.
    pub size: u64,
    /// The entries asked for, oldest first.
    pub entries: Vec<EntryLine>,
}

/// One entry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EntryLine {
    /// Its index.
    pub index: u64,
    /// The in-toto Statement.
    pub statement: Value,
}

impl LogReport {
    /// One line for people.
    pub fn summary(&self) -> String {
        match (self.ok, self.size) {
            (true, Some(size)) => {
                format!("{}, the signature and every hash are right", counted(size, "entry", "entries"))
            }
            _ => format!("the log is not what was signed: {}", counted(self.faults.len() as u64, "fault", "faults")),
        }
    }

    /// The log was removed, and our own state remembers `entries` of it.
    fn gone(entries: u64) -> Self {
        let what = format!(
            "the log is gone: our own state remembers {} of it; put a copy of the folder back",
            counted(entries, "entry", "entries")
        );
        Self {
            schema: "dataward/evidence@1",
            ok: false,
            size: None,
            root_hash: None,
            origin: None,
            older_heads: 1,
            faults: vec![FaultLine { file: "checkpoint".to_owned(), index: None, what }],
            leftovers: Vec::new(),
        }
    }

    fn new(report: VerifyReport) -> Self {
        let head = report.head.as_ref();
        Self {
            schema: "dataward/evidence@1",
            ok: report.is_sound(),
            size: head.map(|head| head.size),
            root_hash: head.map(|head| head.root.to_string()),
            origin: head.map(|head| head.origin.clone()),
            older_heads: report.older_heads,
            faults: report
                .faults
                .into_iter()
                .map(|fault| FaultLine { file: fault.file, index: fault.index, what: fault.what })
                .collect(),
            leftovers: report.leftovers,
        }
    }
}

/// Checks the log of a project, against the newest head that its state remembers too.
///
/// # Errors
/// When there is no log, or it cannot be listed.
pub async fn verify_project(project: &Project, older: &[std::path::PathBuf]) -> Result<LogReport, AppError> {
    let folder = evidence_log::folder(project);
    let remembered = evidence_log::known_head(&project.store().await?).await?;
    if !evidence_log::exists(project) {
        return match remembered {
            Some(head) => Ok(LogReport::gone(head.size)),
            None => Err(AppError::usage_hint("there is no evidence log yet", "dataward scan")),
        };
    }
    let key = evidence_log::verifier_key(&folder)?;
    let mut heads = older_heads(older, &key)?;
    heads.extend(remembered);
    Ok(LogReport::new(dataward_evidence::verify(&folder, &key, &heads)?))
}

/// Checks a log anywhere, with a key of the auditor's own where they have one.
///
/// # Errors
/// When the folder cannot be listed, or key or older heads cannot be read.
pub fn verify_folder(folder: &Path, vkey: Option<&Path>, older: &[std::path::PathBuf]) -> Result<LogReport, AppError> {
    let key = match vkey {
        Some(file) => evidence_log::read_verifier_key(file)?,
        None => evidence_log::verifier_key(folder)?,
    };
    Ok(LogReport::new(dataward_evidence::verify(folder, &key, &older_heads(older, &key)?)?))
}

fn older_heads(files: &[std::path::PathBuf], key: &VerifierKey) -> Result<Vec<KnownHead>, AppError> {
    let read = |file: &std::path::PathBuf| {
        let note = fs_err::read(file)
            .map_err(|error| AppError::unreachable(format!("cannot read the older checkpoint: {error}")))?;
        let head = TreeHead::parse(&note, key)?;
        Ok(KnownHead { size: head.size, root: head.root })
    };
    files.iter().map(read).collect()
}

/// The newest `last` entries.
///
/// # Errors
/// When there is no log, or it cannot be read.
pub fn show_entries(project: &Project, last: u64) -> Result<EntriesReport, AppError> {
    let reader = open_reader(project)?;
    let size = reader.head().size;
    entries(&reader, size.saturating_sub(last)..size)
}

fn open_reader(project: &Project) -> Result<LogReader, AppError> {
    evidence_log::reader(project)?.ok_or_else(|| AppError::usage_hint("there is no evidence log yet", "dataward scan"))
}

fn entries(reader: &LogReader, range: Range<u64>) -> Result<EntriesReport, AppError> {
    let line = |(index, entry): (u64, dataward_evidence::Entry)| {
        let statement = serde_json::from_slice(entry.bytes()).unwrap_or(Value::Null);
        EntryLine { index, statement }
    };
    let entries = reader.show(range)?.into_iter().map(line).collect();
    Ok(EntriesReport { schema: "dataward/evidence-entries@1", size: reader.head().size, entries })
}

/// One entry.
///
/// # Errors
/// When there is no log or no such entry.
pub fn show_entry(project: &Project, index: u64) -> Result<EntriesReport, AppError> {
    let reader = open_reader(project)?;
    let size = reader.head().size;
    if index >= size {
        return Err(no_such_entry(size));
    }
    entries(&reader, index..index + 1)
}

fn no_such_entry(size: u64) -> AppError {
    let entries = counted(size, "entry", "entries");
    AppError::usage_hint(format!("the log has {entries}, counted from 0"), "dataward evidence show")
}

/// The proof that an entry is in the log, as a tlog-proof@v1 text.
///
/// # Errors
/// When there is no log or no such entry.
pub fn prove_entry(project: &Project, index: u64) -> Result<String, AppError> {
    let reader = open_reader(project)?;
    if index >= reader.head().size {
        return Err(no_such_entry(reader.head().size));
    }
    Ok(reader.proof(index)?.to_string())
}
