//! What can go wrong while reading. No message ever holds a value of a customer: messages of
//! servers and parsers are classified, never copied where they could quote data.

use dataward_model::Skipped;
use thiserror::Error;

/// Why a source or a unit could not be read. Grouped by what the reader of the message can do.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one we understand.
    #[error("`{url}` is not an address dataward understands: {reason}")]
    Address {
        /// The address, without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The reader was asked to stop.
    #[error("stopped on request")]
    Cancelled,
    /// Nobody answers there, or the connection broke or timed out.
    #[error("cannot reach {target}: {reason}")]
    Unreachable {
        /// Host and port, path or bucket.
        target: String,
        /// What happened and what to try.
        reason: String,
    },
    /// The server or file system does not let us.
    #[error("not allowed to read {target}: {reason}")]
    Denied {
        /// What we asked for.
        target: String,
        /// What is missing and how to grant it.
        reason: String,
    },
    /// The store takes no such change: a constraint, or a right that a step needs.
    #[error("cannot change {target}: {reason}")]
    Unchanged {
        /// The table, or the store.
        target: String,
        /// Which, and what to do.
        reason: String,
    },
    /// The way there is not protected as demanded.
    #[error("no safe connection to {target}: {reason}")]
    Transport {
        /// Host and port.
        target: String,
        /// What is missing.
        reason: String,
    },
    /// What is stored is broken, or not what it claims to be.
    #[error("cannot read {target}: {reason}")]
    Malformed {
        /// The table, file or member.
        target: String,
        /// What is wrong, with line or offset where known.
        reason: String,
    },
    /// Reading on would break a limit (depth, ratio, size of a cell).
    #[error("refused to read {target}: {reason}")]
    Limit {
        /// The file or member.
        target: String,
        /// Which limit, and how to raise it where that can be done.
        reason: String,
    },
    /// The unit went away or changed its shape while we read.
    #[error("{target} changed while it was read: {reason}")]
    Gone {
        /// The table or file.
        target: String,
        /// What happened.
        reason: String,
    },
    /// Nothing that dataward reads: an image, a program, a socket. Not a fault.
    #[error("{reason}")]
    NotSupported {
        /// What it is, for people.
        reason: String,
    },
    /// A fault of ours or of a library.
    #[error("internal error while reading {target}: {reason}")]
    Internal {
        /// What was read.
        target: String,
        /// What happened.
        reason: String,
    },
}

impl ConnectError {
    /// This error as a line under `skipped`.
    pub fn skip(&self, place: impl Into<String>) -> Skipped {
        match self {
            Self::NotSupported { reason } => Skipped::not_supported(place, reason.clone()),
            other => Skipped::failed(place, other.to_string()),
        }
    }
}
