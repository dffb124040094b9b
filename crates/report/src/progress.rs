//! Where the audit of a business stands: the plan and its runs, how many findings were open when, who can
//! reach what, what is encrypted, and the entries of the evidence log behind all of it.

use std::collections::BTreeMap;

use dataward_model::Family;
use dataward_model::Severity;
use dataward_model::SourceId;
use jiff::Timestamp;

/// Where the audit stands.
#[derive(Clone, Debug, Default)]
pub struct AuditPicture {
    /// How much of what has to be shown is shown.
    pub score: Option<ScorePicture>,
    /// The stages in the order of the roadmap.
    pub stages: Vec<StagePicture>,
    /// How many findings were open, oldest first.
    pub open: Vec<OpenAt>,
    /// Who can reach which data, as the last audit of access saw it.
    pub access: Vec<AccessRow>,
    /// What is encrypted where it lies, by source.
    pub coverage: Vec<CoverageRow>,
    /// The entry of the evidence log with the last scan.
    pub scan_entry: Option<u64>,
    /// The newest entry about each finding, by its id.
    pub finding_entries: BTreeMap<String, u64>,
    /// The entries that are named, by index.
    pub entries: Vec<EvidenceEntry>,
}

/// The score: docs/book/findings.md has the formula. Shares are per cent of what has to be shown.
#[derive(Clone, Copy, Debug)]
pub struct ScorePicture {
    /// 0 to 100.
    pub points: u64,
    /// The most that is given with what is open.
    pub cap: u64,
    /// Looked at in time, and nothing is wrong.
    pub shown: u64,
    /// Something is wrong.
    pub wrong: u64,
    /// Something is wrong, and someone answers for leaving it.
    pub accepted: u64,
    /// Nobody looked, or too long ago.
    pub unknown: u64,
}

/// A stage of the audit plan.
#[derive(Clone, Debug)]
pub struct StagePicture {
    /// Its name.
    pub stage: String,
    /// What it is for.
    pub objective: String,
    /// How often it runs.
    pub frequency: String,
    /// When it ran over all sources, oldest first.
    pub runs: Vec<Timestamp>,
    /// When it is due next.
    pub next: Option<Timestamp>,
    /// Whether it should have run by now.
    pub due: bool,
    /// Whether it is more than a day late.
    pub missed: bool,
    /// Findings that were open after each run, oldest first.
    pub trend: Vec<u64>,
    /// The entry of the evidence log with the last run.
    pub entry: Option<u64>,
}

/// How many findings were open at a moment.
#[derive(Clone, Copy, Debug)]
pub struct OpenAt {
    /// The moment.
    pub at: Timestamp,
    /// By severity, in the order of [`Severity::ALL`].
    pub counts: [u64; Severity::ALL.len()],
}

/// What an account or a role can reach in a source.
#[derive(Clone, Debug)]
pub struct AccessRow {
    /// The source.
    pub source: SourceId,
    /// The account or role.
    pub principal: String,
    /// By family of data: columns that it can read or change, and whether it can change any.
    pub families: BTreeMap<Family, (u64, bool)>,
}

/// What is encrypted where it lies in a source, counted in places with personal data.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    /// The source.
    pub source: SourceId,
    /// Shown to be encrypted.
    pub encrypted: u64,
    /// Looked at, and nothing encrypts it.
    pub plain: u64,
    /// Nobody looked.
    pub unknown: u64,
}

/// An entry of the evidence log.
#[derive(Clone, Debug)]
pub struct EvidenceEntry {
    /// Its index, counted from 0.
    pub index: u64,
    /// What it records: `scan`, `audit access`, `finding F-…`.
    pub what: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The hash of the leaf (RFC 6962) in Base64.
    pub leaf_hash: String,
}

impl AuditPicture {
    /// `Entries 4 and 9 of the evidence log.` of what is known; empty where nothing is.
    pub(crate) fn cited(&self, entries: impl IntoIterator<Item = Option<u64>>) -> String {
        let mut indices: Vec<u64> = entries.into_iter().flatten().collect();
        indices.sort_unstable();
        indices.dedup();
        let words: Vec<String> = indices.iter().map(u64::to_string).collect();
        match words.as_slice() {
            [] => String::new(),
            [only] => format!("From entry {only} of the evidence log."),
            _ => format!("From entries {} of the evidence log.", crate::words::list(&words)),
        }
    }

    /// The entries with the last run of each stage.
    pub(crate) fn stage_entry(&self, stage: &str) -> Option<u64> {
        self.stages.iter().find(|known| known.stage == stage).and_then(|known| known.entry)
    }
}
