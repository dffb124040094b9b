//! What an entry says: an in-toto Statement v1 in canonical JSON, without personal data.
//!
//! Names of sources, tables and columns, categories and counts may stand in an entry; values,
//! masked examples and the free text of a person may not: the log is kept for ever and shown to
//! others, and must not hinder the deletion it proves.

use std::collections::BTreeMap;

use dataward_model::Category;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;
use tlog_tiles::Hash;
use tlog_tiles::record_hash;

use crate::EvidenceError;
use crate::canonical::canonical_json;
use crate::layout::ENTRY_LIMIT;

/// One entry of the log, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry(Vec<u8>);

impl Entry {
    /// An entry of these bytes; at most 65,535.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, EvidenceError> {
        let bytes = bytes.into();
        if bytes.len() > ENTRY_LIMIT {
            return Err(EvidenceError::malformed("entry", format!("it has {} bytes, {ENTRY_LIMIT} fit", bytes.len())));
        }
        Ok(Self(bytes))
    }

    /// The hash of its leaf in the tree (RFC 6962): what a proof of inclusion begins with.
    pub fn leaf_hash(&self) -> Hash {
        record_hash(&self.0)
    }

    /// The bytes that are hashed and kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What was done, by whom, when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What was done.
    pub event: Event,
    /// Who did it: an account or role, not a full name.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The version of dataward that did it.
    pub tool_version: String,
    /// SHA-256 of the file that holds the details, where there is one.
    pub evidence_sha256: Option<[u8; 32]>,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A stage of the audit plan was run.
    Audit(Audit),
    /// A person said what a column holds.
    Decision(Decision),
    /// A finding came, went, or was decided about.
    Finding(FindingEvent),
    /// Files that went by a plan were forgotten.
    Forgotten(Forgotten),
    /// The log and its policy file were begun.
    Init(Init),
    /// Something was done with keys, or with files and the keys.
    Keys(KeyEvent),
    /// A step on the way of a plan of retention, or a hold.
    Retention(Retention),
    /// Sources were scanned.
    Scan(Scan),
}

/// A step on the way of a plan of retention, or a hold. Names tables and counts, never a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// What: `plan`, `approve`, `apply`, `applied`, `hold`, `release`.
    pub action: String,
    /// The plan's hash; the hold's id or matter.
    pub object: String,
    /// Who made the plan, where somebody else approves or applies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_by: Option<String>,
    /// Rows by source, table and what happens to them: planned, or changed.
    pub rows: BTreeMap<String, u64>,
    /// Rows that were left alone, by why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, u64>,
}

/// The state forgot files that went by a plan of retention: what they held, who was in them, what they were called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The plan's hash.
    pub plan: String,
    /// Files and objects, by source.
    pub files: BTreeMap<SourceId, u64>,
    /// What the state keeps of the tables of these sources without them, as [`Audit::table_roots`]; null where that is
    /// nothing. From now on it is compared with this.
    pub table_roots: BTreeMap<SourceId, Option<String>>,
}

/// Something was done with keys, or with files and the keys. Names no file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEvent {
    /// What: `init`, `rotate`, `shred`, `encrypt`, `decrypt`.
    pub action: String,
    /// The class of data.
    pub class: Option<String>,
    /// The version of the class key.
    pub version: Option<u32>,
    /// The kind of holder of the root.
    pub root: String,
    /// The version of the root.
    pub root_version: u32,
    /// The short name of the recovery key.
    pub recovery: String,
    /// Files it was done with.
    pub files: Option<u64>,
    /// Bytes of plaintext in them.
    pub bytes: Option<u64>,
    /// The declared sources in which they lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceId>,
    /// The hash of the plan that was carried out, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Who approved it, by the ids of their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
}

/// A stage of the audit plan was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The stage.
    pub stage: String,
    /// When it began.
    pub started: Timestamp,
    /// Whether all declared sources with personal data were looked at.
    pub complete: bool,
    /// The checks that ran.
    pub checks: Vec<String>,
    /// The sources that were looked at.
    pub sources: Vec<SourceId>,
    /// Places that could not be looked at.
    pub skipped: u64,
    /// Findings of the stage that are open now, by severity.
    pub open: BTreeMap<String, u64>,
    /// Findings seen for the first time.
    pub found: u64,
    /// Findings that are open again.
    pub reopened: u64,
    /// Findings that are no more.
    pub fixed: u64,
    /// Counts of the stage's own (accounts, endpoints, rows), by name.
    pub counts: BTreeMap<String, u64>,
    /// SHA-256 over the ids of the open findings, sorted, each with a line feed after it; in hex.
    pub findings_sha256: String,
    /// What the tables of each source held, as far as the state keeps it: [`rows::roots_sha256`](crate::rows::roots_sha256)
    /// in hex. None: the stage keeps nothing of tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_roots: Option<BTreeMap<SourceId, String>>,
}

/// A finding came, went, or was decided about. The reason that a person gives stays in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingEvent {
    /// The finding's id.
    pub finding: String,
    /// The check that found it.
    pub check: String,
    /// Where it is.
    pub place: Place,
    /// info, low, medium, high, critical.
    pub severity: String,
    /// accepted, assigned, fixed, found, rejected, reopened.
    pub change: String,
    /// Until when it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The log and its policy file were begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Init {
    /// The sources that the policy file names.
    pub sources: Vec<SourceId>,
    /// SHA-256 of the policy file, in hex.
    pub policy_sha256: String,
}

/// Sources were scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The id of the scan.
    pub scan: String,
    /// When it began.
    pub started: Timestamp,
    /// How it ended.
    pub end: ScanEnd,
    /// Rows of each table that were to be read; none: all of them.
    pub sample_rows: Option<u64>,
    /// What was read, by source.
    pub sources: Vec<ScannedSource>,
    /// Columns for each category key.
    pub categories: BTreeMap<String, u64>,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScanEnd {
    /// It came to its end.
    Finished,
    /// It was stopped.
    Interrupted,
}

/// What was read of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannedSource {
    /// The source.
    pub source: SourceId,
    /// What kind of store it is.
    pub kind: SourceKind,
    /// Tables, files and objects that were read.
    pub units: u64,
    /// Tables and documents in them.
    pub tables: u64,
    /// Columns in them.
    pub columns: u64,
    /// Columns with personal data.
    pub personal_columns: u64,
    /// Rows that were read.
    pub rows_read: u64,
    /// Places that were not read.
    pub skipped: u64,
}

/// A person said what a column holds. Their reason may name people and stays in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The column.
    pub place: Place,
    /// What kind of decision.
    pub ruling: Ruling,
    /// What it holds from now on; none: nothing about a person.
    pub category: Option<Category>,
}

/// The kinds of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Detection was right.
    Confirmed,
    /// Detection was wrong.
    Overruled,
    /// An earlier decision no longer holds.
    Withdrawn,
}

impl Init {
    /// A log that begins with `policy`, the bytes of the policy file.
    pub fn new(sources: Vec<SourceId>, policy: &[u8]) -> Self {
        Self { sources, policy_sha256: hex::encode(Sha256::digest(policy)) }
    }
}

impl Audit {
    /// The digest for [`Audit::findings_sha256`].
    pub fn digest<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
        let mut ids: Vec<&str> = ids.into_iter().collect();
        ids.sort_unstable();
        let text: String = ids.iter().map(|id| format!("{id}\n")).collect();
        hex::encode(Sha256::digest(text))
    }

    /// What tells this run from others: stage and start.
    pub fn object(&self) -> String {
        format!("{}/{}", self.stage, self.started)
    }
}

impl Event {
    /// The word for it, as `predicateType` ends with it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Audit(_) => "audit",
            Self::Decision(_) => "decision",
            Self::Finding(_) => "finding",
            Self::Forgotten(_) => "forgotten",
            Self::Init(_) => "init",
            Self::Keys(_) => "keys",
            Self::Retention(_) => "retention",
            Self::Scan(_) => "scan",
        }
    }

    /// What the log calls it: kind and object.
    pub fn name(&self) -> String {
        format!("{}/{}", self.kind(), self.object())
    }

    /// What it is about: the id of the scan, the place decided about.
    pub fn object(&self) -> String {
        match self {
            Self::Audit(audit) => audit.object(),
            Self::Decision(decision) => decision.place.to_string(),
            Self::Finding(finding) => finding.finding.clone(),
            Self::Forgotten(forgotten) => forgotten.plan.clone(),
            Self::Init(_) => "policy".to_owned(),
            Self::Keys(keys) => match (&keys.class, keys.version) {
                (Some(class), Some(version)) => format!("{}/{class}/{version}", keys.action),
                _ => keys.action.clone(),
            },
            Self::Retention(step) => format!("{}/{}", step.action, step.object),
            Self::Scan(scan) => scan.scan.clone(),
        }
    }
}

impl Statement {
    /// The entry for the log.
    ///
    /// An in-toto subject needs a digest: it is that of the evidence file or, without one, that of
    /// the canonical predicate; `digestOf` says which.
    pub fn entry(&self) -> Result<Entry, EvidenceError> {
        let unwritable = |_| EvidenceError::malformed("statement", "it cannot be written as JSON");
        let predicate = json!({
            "actor": self.actor,
            "at": self.at.to_string(),
            "digestOf": if self.evidence_sha256.is_some() { "evidence-file" } else { "predicate" },
            "event": serde_json::to_value(&self.event).map_err(unwritable)?,
            "tool": { "name": "dataward", "version": self.tool_version },
        });
        let digest = match self.evidence_sha256 {
            Some(digest) => digest,
            None => Sha256::digest(canonical_json(&predicate)?).into(),
        };
        let kind = self.event.kind();
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": predicate,
            "predicateType": format!("urn:dataward:evidence:{kind}:1"),
            "subject": [{
                "digest": { "sha256": hex::encode(digest) },
                "name": self.event.name(),
            }],
        });
        Entry::new(canonical_json(&statement)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_a_canonical_in_toto_statement_without_a_value() {
        let statement = Statement {
            event: Event::Decision(Decision {
                place: Place::of_column(SourceId::new("shop").unwrap(), "public.customers", "email"),
                ruling: Ruling::Confirmed,
                category: Some(Category::EMAIL),
            }),
            actor: "ops".to_owned(),
            at: "2026-11-23T20:00:00Z".parse().unwrap(),
            tool_version: "0.1.0".to_owned(),
            evidence_sha256: Some([0xab; 32]),
        };
        let expected = concat!(
            r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{"actor":"ops","#,
            r#""at":"2026-11-23T20:00:00Z","digestOf":"evidence-file","event":{"category":"user.contact.email","#,
            r#""place":{"column":"email","source":"shop","table":"public.customers"},"ruling":"confirmed"},"#,
            r#""tool":{"name":"dataward","version":"0.1.0"}},"predicateType":"urn:dataward:evidence:decision:1","#,
            r#""subject":[{"digest":{"sha256":"abababababababababababababababababababababababababababababababab"},"#,
            r#""name":"decision/shop.public.customers.email"}]}"#,
        );
        assert_eq!(String::from_utf8(statement.entry().unwrap().0).unwrap(), expected);
    }

    #[test]
    fn an_entry_that_does_not_fit_is_refused() {
        assert!(Entry::new(vec![0; 65_535]).is_ok());
        let error = Entry::new(vec![0; 65_536]).unwrap_err();
        assert_eq!(error.to_string(), "not a valid entry: it has 65536 bytes, 65535 fit");
    }
}
