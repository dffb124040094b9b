//! What can go wrong with the log.

use std::path::Path;
use std::path::PathBuf;

use dataward_model::counted;
use thiserror::Error;

/// Why the log could not be opened, read or written. Whoever gets one must not go on with what was
/// to be logged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The log contradicts itself.
    #[error(
        "the evidence log {} is damaged: {fault}; nothing more is signed; \
         `dataward evidence verify` lists all faults, restore an undamaged copy", folder.display()
    )]
    Damaged {
        /// The log's folder.
        folder: PathBuf,
        /// The first fault.
        fault: String,
    },
    /// The log has other entries than a head that was seen before.
    #[error(
        "the evidence log {} is a fork: its first {} not what was signed before; \
         nothing more is signed, restore the right copy", folder.display(), counted(*size, "entry is", "entries are")
    )]
    Forked {
        /// The log's folder.
        folder: PathBuf,
        /// The size of the head that was seen before.
        size: u64,
    },
    /// The disk or the operating system does not let us.
    #[error("cannot {doing} {}: {reason}", path.display())]
    Io {
        /// What we were about to do.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What happened and what to try.
        reason: String,
        /// The kind of fault.
        kind: std::io::ErrorKind,
    },
    /// The signing key cannot be used.
    #[error("the evidence key {} cannot be used: {reason}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Another process writes to the log.
    #[error("another dataward process is writing to the evidence log {}; wait for it to end and try again", folder.display())]
    Locked {
        /// The log's folder.
        folder: PathBuf,
    },
    /// There is no such entry.
    #[error("the evidence log has {}, there is none with index {index}", counted(*size, "entry", "entries"))]
    NoSuchEntry {
        /// The index that was asked for, from 0.
        index: u64,
        /// Entries in the log.
        size: u64,
    },
    /// A text is not what it should be.
    #[error("not a valid {what}: {reason}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The log belongs to another signing key.
    #[error(
        "the evidence log {} is signed with another key than ours; put back the key file that belongs to it",
        folder.display()
    )]
    OtherKey {
        /// The log's folder.
        folder: PathBuf,
    },
    /// An earlier append failed after its head was signed.
    #[error("the evidence log {} must be opened again: an append failed after its head was signed", folder.display())]
    Reopen {
        /// The log's folder.
        folder: PathBuf,
    },
    /// The log has fewer entries than a head that was seen before.
    #[error(
        "the evidence log {} was rewound: it has {}, {} signed before; \
         nothing more is signed, restore the newer copy", folder.display(), counted(*found, "entry", "entries"), counted(*known, "was", "were")
    )]
    Rewound {
        /// The log's folder.
        folder: PathBuf,
        /// Entries it has.
        found: u64,
        /// Entries it had.
        known: u64,
    },
}

impl EvidenceError {
    pub(crate) fn io(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let kind = error.kind();
        let reason = match kind {
            ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded | ErrorKind::StorageFull => {
                "the disk is full (or a file size limit is reached); free some space and try again".to_owned()
            }
            ErrorKind::PermissionDenied => "no permission; run as the user that owns it, or as one of a group that may write to the folder of the state".to_owned(),
            ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
            other => format!("{other}; check the disk"),
        };
        Self::Io { doing, path: path.to_owned(), reason, kind }
    }

    pub(crate) fn malformed(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed { what, reason: reason.into() }
    }
}
