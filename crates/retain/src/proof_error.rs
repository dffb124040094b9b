//! Why an erasure can't be recorded or proven.

use dataward_connect::ConnectError;
use thiserror::Error;

/// Why an erasure can't be recorded, proven or done again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The store or one of its files.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A certificate is not what was signed, or one is missing.
    #[error("certificate {name}: {reason}")]
    Certificate {
        /// The file, or its number.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of ours can't be read or written.
    #[error("cannot {doing} `{path}`: {reason}")]
    File {
        /// What was tried: `read`, `write`.
        doing: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The ledger or the traces were changed, or belong to another key.
    #[error("{what} cannot be read with the erasure key: it was changed, or the key is another one")]
    Foreign {
        /// What.
        what: String,
    },
    /// The ledger lacks lines that were written.
    #[error(
        "`{what}` lacks lines that were written: put it back from a backup, or what was erased can come back unseen"
    )]
    Cut {
        /// The file.
        what: String,
    },
    /// The system has no randomness.
    #[error("the system has no randomness to give")]
    NoRandomness,
    /// The evidence room refused.
    #[error(transparent)]
    Evidence(#[from] dataward_evidence::EvidenceError),
}
