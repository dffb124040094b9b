//! What can go wrong while the business is made.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the sample business could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The folder could not be written; the message names the path.
    #[error("cannot write the sample business: {0}")]
    Io(#[from] io::Error),
    /// A file of a structured format could not be written.
    #[error("cannot write the {what} of the sample business")]
    Format {
        /// Which file.
        what: &'static str,
        /// The writer's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder holds a shop that this program did not make.
    #[error("`{dir}` already holds files that are not the sample business: name an empty or a new folder")]
    NotOurs {
        /// The folder.
        dir: PathBuf,
    },
    /// SQLite refused.
    #[error("cannot write the sample shop `shop.db`")]
    Shop(#[from] sqlx::Error),
}

impl DemoError {
    /// For `map_err`: `what` could not be written.
    pub(crate) fn format<E>(what: &'static str) -> impl Fn(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Format { what, source: Box::new(source) }
    }
}
