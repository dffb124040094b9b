//! What can go wrong when something is sealed or opened, grouped by what the person can do.

use thiserror::Error;

/// Why nothing was sealed or opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// A part does not authenticate: it is not what was sealed, or not with this key.
    #[error("{what} does not authenticate: it was changed after it was sealed, or belongs to another message")]
    Damaged {
        /// The part: `the header`, `frame 7`.
        what: String,
    },
    /// The message says what it may not say.
    #[error("not a sealed message that we take: {0}")]
    Malformed(String),
    /// The message ends before its last frame.
    #[error("the message is cut off: {0}")]
    Truncated(String),
    /// A limit that keeps memory bounded.
    #[error("refused: {0}")]
    TooLarge(String),
    /// Not what we open without being asked to.
    #[error("{0}")]
    Unsupported(String),
    /// None of the keys at hand is a recipient of the message.
    #[error("none of your keys opens this; it was sealed for: {}", recipients.join(", "))]
    NoKey {
        /// The recipients that the message names.
        recipients: Vec<String>,
    },
    /// A key is named by the message but its copy of the file key does not open.
    #[error(
        "the copy of the file key for `{recipient}` does not open: the header was changed, or the key is another one of the same name"
    )]
    WrongKey {
        /// The recipient.
        recipient: String,
    },
    /// The passphrase, recovery code or share is not the right one.
    #[error("{0}")]
    WrongSecret(String),
    /// A key that was given cannot be used.
    #[error("{0}")]
    BadKey(String),
    /// The key store is not what was written.
    #[error("{0}")]
    KeyStore(String),
    /// A key provider could not be reached or refused.
    #[error("the key provider {provider}: {message}")]
    Provider {
        /// Which: `vault`, `aws-kms`.
        provider: &'static str,
        /// What, and what to do.
        message: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The crypto library refused what cannot be refused: a fault of ours.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl SealError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }

    pub(crate) fn truncated(what: impl Into<String>) -> Self {
        Self::Truncated(what.into())
    }
}

/// The end of the input, told apart from other faults of reading.
pub(crate) fn cut_off(error: std::io::Error, what: &str) -> SealError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => SealError::truncated(format!("{what} is incomplete")),
        _ => SealError::Io(error),
    }
}

/// Text of others, fit for a message: up to the first byte that is none, and not long.
pub(crate) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let short: String = text.chars().take_while(|c| !c.is_control()).take(64).collect();
    if short.is_empty() { "(unnamed)".to_owned() } else { short }
}
