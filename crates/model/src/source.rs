//! Kinds of sources.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// What kind of store a source is; the words of `dataward/scan@1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A folder or a file.
    Files,
    /// Held in this process; tests only.
    Memory,
    /// MySQL or MariaDB.
    Mysql,
    /// An S3-like bucket, Google Cloud Storage or Azure Blob Storage.
    Objects,
    /// PostgreSQL.
    Postgresql,
    /// One SQLite database file.
    Sqlite,
}

impl SourceKind {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Memory => "memory",
            Self::Mysql => "mysql",
            Self::Objects => "objects",
            Self::Postgresql => "postgresql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The name a person would use.
    pub fn title(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Memory => "Memory",
            Self::Mysql => "MySQL / MariaDB",
            Self::Objects => "Object store",
            Self::Postgresql => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
