//! Why a file was not sealed or opened.

use std::io;
use std::path::Path;

use dataward_seal::SealError;
use thiserror::Error;

/// Why a file was not sealed or opened. It is then as it was before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// Reading or writing failed.
    #[error("cannot {doing} `{place}`: {source}")]
    Io {
        /// What was done: `read`, `sync`.
        doing: &'static str,
        /// The file or object.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// Left alone on purpose.
    #[error("`{place}` is left as it is: {reason}")]
    Refused {
        /// The file or object.
        place: String,
        /// Why.
        reason: String,
    },
    /// It does not open, or nothing can be sealed.
    #[error("`{place}`: {source}")]
    Seal {
        /// The file or object.
        place: String,
        /// Why.
        source: SealError,
    },
    /// A bucket did not do what was asked.
    #[error("`{place}`: {reason}")]
    Store {
        /// The object.
        place: String,
        /// Why, without what the server wrote.
        reason: String,
    },
}

impl ProtectError {
    pub(crate) fn io(doing: &'static str, place: &Path) -> impl FnOnce(io::Error) -> Self {
        let place = place.display().to_string();
        move |source| Self::Io { doing, place, source }
    }

    pub(crate) fn rustix(doing: &'static str, place: &Path) -> impl FnOnce(rustix::io::Errno) -> Self {
        let place = place.display().to_string();
        move |errno| Self::Io { doing, place, source: errno.into() }
    }

    pub(crate) fn seal(place: &Path) -> impl FnOnce(SealError) -> Self {
        let place = place.display().to_string();
        move |source| Self::Seal { place, source }
    }

    pub(crate) fn refused(place: &Path, reason: impl Into<String>) -> Self {
        Self::Refused { place: place.display().to_string(), reason: reason.into() }
    }
}
