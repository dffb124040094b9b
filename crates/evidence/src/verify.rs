//! Checking a whole log offline, trusting nothing in it but what fits the signature.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use dataward_model::counted;
use serde::Serialize;

use crate::EvidenceError;
use crate::TreeHead;
use crate::VerifierKey;
use crate::disk::Disk;
use crate::disk::Folder;
use crate::head::KnownHead;
use crate::layout;
use crate::replay::replay;

/// What checking a log gave.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyReport {
    /// The signed head; none if it could not be read or its signature does not fit.
    pub head: Option<TreeHead>,
    /// Older heads that the log was compared with.
    pub older_heads: usize,
    /// What is wrong; empty if all is well.
    pub faults: Vec<Fault>,
    /// Files that the head does not need: of an append that was cut off, or not of the log.
    pub leftovers: Vec<String>,
}

impl VerifyReport {
    /// Whether the log is what was signed.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One thing wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, relative to the log's folder.
    pub file: String,
    /// The entry, counted from 0, where it is about one.
    pub index: Option<u64>,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "`{}`, entry {index}: {}", self.file, self.what),
            None => write!(f, "`{}`: {}", self.file, self.what),
        }
    }
}

/// Checks the log in `folder` with a key that came another way, and compares it with heads that
/// were seen before: everything is computed again from the entries.
///
/// Without an older head a log that was rewound to an earlier state of itself cannot be told from
/// one that never grew. Fails only if the folder cannot be listed.
pub fn verify(folder: &Path, key: &VerifierKey, older: &[KnownHead]) -> Result<VerifyReport, EvidenceError> {
    verify_on(&Folder::open(folder), key, older)
}

/// As [`verify`], on any [`Disk`].
pub fn verify_on(disk: &impl Disk, key: &VerifierKey, older: &[KnownHead]) -> Result<VerifyReport, EvidenceError> {
    let unlistable = |error| EvidenceError::io("read the evidence log", disk.folder(), &error);
    let mut faults = key_faults(disk, key);
    let fault = |what: String| Fault { file: layout::CHECKPOINT.to_owned(), index: None, what };
    let head = match disk.read(layout::CHECKPOINT) {
        Ok(note) => TreeHead::parse(&note, key).map_err(|error| error.to_string()),
        Err(error) => Err(format!("it cannot be read: {}", error.kind())),
    };
    let head = match head {
        Ok(head) => head,
        Err(what) => {
            disk.list().map_err(unlistable)?;
            faults.push(fault(what));
            return Ok(VerifyReport { head: None, older_heads: 0, faults, leftovers: Vec::new() });
        }
    };
    let wanted: BTreeSet<u64> = older.iter().map(|known| known.size).collect();
    let replay = replay(disk, head.size, head.root, &wanted).map_err(unlistable)?;
    faults.extend(replay.faults);
    for known in older {
        match replay.roots.get(&known.size) {
            Some(root) if *root == known.root => {}
            Some(_) => faults.push(fault(format!(
                "a fork: the first {} not what was signed before",
                counted(known.size, "entry is", "entries are")
            ))),
            None => faults.push(fault(format!(
                "the log was rewound: it has {}, {} signed before",
                counted(head.size, "entry", "entries"),
                counted(known.size, "was", "were")
            ))),
        }
    }
    Ok(VerifyReport { head: Some(head), older_heads: older.len(), faults, leftovers: replay.leftovers })
}

/// What is wrong with the key files beside the log.
pub(crate) fn key_faults(disk: &impl Disk, key: &VerifierKey) -> Vec<Fault> {
    let expected = [(layout::VERIFIER_KEY, format!("{key}\n")), (layout::PUBLIC_KEY, key.public_key_pem())];
    let mut faults = Vec::new();
    for (file, text) in expected {
        let what = match disk.read(file) {
            Ok(bytes) if bytes == text.as_bytes() => continue,
            Ok(_) => "it is not the key that the log is checked with".to_owned(),
            Err(error) => format!("it cannot be read: {}", error.kind()),
        };
        faults.push(Fault { file: file.to_owned(), index: None, what });
    }
    faults
}
