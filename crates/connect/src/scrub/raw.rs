//! The bytes of a store's files, as they are shown to whoever looks for erased values.

use dataward_model::ErasureLevel;
use serde::Deserialize;
use serde::Serialize;

/// Looks at bytes. Blocks of one part come in order and overlap by [`OVERLAP`] bytes, so that nothing of
/// up to that length is cut in two; unpacked values come as blocks of their own.
pub trait Watch: Send + Sync {
    /// Looks at a block. Called from several threads, never twice at the same time for one part.
    fn look(&self, part: &RawPart, block: &[u8]);
}

/// Bytes that stand at the end of one block and again at the beginning of the next.
pub const OVERLAP: usize = 256;

/// One file, or what a query told, of a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RawPart {
    /// What it is.
    pub class: RawClass,
    /// The file, relative to the store's folder, or the name of what was asked.
    pub name: String,
    /// The table it belongs to, where it belongs to one.
    pub table: Option<String>,
}

/// What a file of a store is. The words of the engines' manuals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawClass {
    /// The log that replicas read (MariaDB, MySQL).
    Binlog,
    /// A database that is one file (SQLite).
    Database,
    /// What a table with system versioning gives of the past to whoever asks for it (MariaDB).
    History,
    /// An index.
    Index,
    /// A rollback journal (SQLite).
    Journal,
    /// The server's own log for people.
    Log,
    /// What recovery needs: WAL, InnoDB's redo log and doublewrite files.
    Redo,
    /// Samples of values that the planner keeps.
    Statistics,
    /// A table, or a table and its indexes.
    Table,
    /// Sort and spill files.
    Temporary,
    /// Long values outside the table (PostgreSQL).
    Toast,
    /// Old versions of rows.
    Undo,
    /// What a materialised view shows to whoever selects from it.
    View,
}

impl RawClass {
    /// The level that is not reached while erased values stand in such a file.
    pub const fn level(self) -> ErasureLevel {
        match self {
            Self::History | Self::View => ErasureLevel::L0,
            Self::Database | Self::Index | Self::Table | Self::Toast => ErasureLevel::L1,
            Self::Binlog | Self::Journal | Self::Log | Self::Redo | Self::Statistics | Self::Temporary | Self::Undo => {
                ErasureLevel::L2
            }
        }
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Binlog => "binary log",
            Self::Database => "database file",
            Self::History => "history of a table",
            Self::Index => "index",
            Self::Journal => "rollback journal",
            Self::Log => "server log",
            Self::Redo => "redo log",
            Self::Statistics => "statistics",
            Self::Table => "table",
            Self::Temporary => "temporary files",
            Self::Toast => "TOAST",
            Self::Undo => "undo log",
            Self::View => "materialised view",
        }
    }
}

/// What was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawReport {
    /// The parts and how many bytes each has.
    pub parts: Vec<(RawPart, u64)>,
    /// How files were read; none: no file was.
    pub how: Option<HowRead>,
    /// What could not be seen.
    pub blind: Vec<BlindSpot>,
}

/// The way to the bytes of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowRead {
    /// Opened on this machine.
    Files,
    /// Read by the server and sent to us.
    Server,
}

/// Where erased values could stand without being seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindSpot {
    /// The level that it makes unproven; none: named, but outside the store's own files or too unlikely to
    /// lower what is proven.
    pub level: Option<ErasureLevel>,
    /// What and why, and what would open it.
    pub what: String,
}

impl RawReport {
    pub(crate) fn blind(&mut self, level: impl Into<Option<ErasureLevel>>, what: impl Into<String>) {
        self.blind.push(BlindSpot { level: level.into(), what: what.into() });
    }
}
