//! How far a deletion went.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// The levels of deletion, as a policy asks for them and a certificate states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErasureLevel {
    /// Not selectable by SQL, not readable through the store's own interface.
    L0,
    /// Gone from the live table and index files.
    L1,
    /// Gone from all files of the database: logs, undo, journals, statistics.
    L2,
    /// Aged out of backups and replicas, or their key is shredded.
    L3,
    /// The media are destroyed; only who destroyed them can certify it.
    L4,
}

impl ErasureLevel {
    /// What it means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::L0 => "not selectable",
            Self::L1 => "gone from the live table and index files",
            Self::L2 => "gone from all files of the store",
            Self::L3 => "gone from backups and replicas",
            Self::L4 => "media destroyed",
        }
    }

    /// The level below; none below L0.
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::L0 => None,
            Self::L1 => Some(Self::L0),
            Self::L2 => Some(Self::L1),
            Self::L3 => Some(Self::L2),
            Self::L4 => Some(Self::L3),
        }
    }
}

impl fmt::Display for ErasureLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
        })
    }
}

impl FromStr for ErasureLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_uppercase().as_str() {
            "L0" => Ok(Self::L0),
            "L1" => Ok(Self::L1),
            "L2" => Ok(Self::L2),
            "L3" => Ok(Self::L3),
            "L4" => Ok(Self::L4),
            _ => Err(format!("`{text}` is no level of deletion; write L0, L1, L2, L3 or L4")),
        }
    }
}
