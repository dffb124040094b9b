//! What can go wrong in this room.

use dataward_connect::ConnectError;
use dataward_evidence::EvidenceError;
use thiserror::Error;

/// Why a plan could not be made, approved or applied. Grouped by what the reader can do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RetainError {
    /// A source could not be reached or read, or does not let us.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The evidence log.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The erasure ledger, the traces or a certificate.
    #[error(transparent)]
    Proof(#[from] crate::proof_error::ProofError),
    /// Refused on purpose.
    #[error("{message}")]
    Refused {
        /// What, and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Keys or a sealed archive.
    #[error(transparent)]
    Seal(#[from] dataward_seal::SealError),
    /// Our own state.
    #[error(transparent)]
    Store(#[from] dataward_store::StoreError),
    /// A file of ours could not be read or written, or is not what was written.
    #[error("cannot {doing} `{file}`: {reason}")]
    File {
        /// What we were about to do.
        doing: &'static str,
        /// The file.
        file: String,
        /// What happened.
        reason: String,
    },
    /// Somebody asked us to stop: what is done is done, the rest waits.
    #[error("stopped on request; run the same command again to go on")]
    Stopped,
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl RetainError {
    pub(crate) fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn file(doing: &'static str, file: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { doing, file: file.display().to_string(), reason: error.kind().to_string() }
    }
}
