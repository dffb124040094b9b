//! How stored data is encrypted, as far as a source can show it: its files' first bytes, the disk below
//! them, what the server says of its own files.
//!
//! What the bytes of files and cells look like is told by [`crate::ciphertext`]; they themselves stay here.

pub mod columns;
pub mod storage;

pub use storage::storage_of;

/// What protects stored data, and what does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtRest {
    /// What was proven.
    pub protections: Vec<Protection>,
    /// Files and objects with something in them whose own bytes can be read, whatever lies below them.
    pub readable: Vec<Readable>,
    /// Files, objects or tables that were looked at.
    pub looked_at: u64,
    /// What could not be looked at, and what would help; empty when all was seen.
    pub unseen: Vec<String>,
}

/// A file or object that can be read by whoever has its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Readable {
    /// Its name within the source.
    pub unit: String,
    /// Its length.
    pub bytes: u64,
}

/// Something that encrypts stored data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The unit that is encrypted; none: all of the source.
    pub unit: Option<String>,
    /// The column, where one alone is.
    pub column: Option<String>,
    /// What encrypts it: `LUKS2`, `age`, `InnoDB tablespace encryption`.
    pub by: String,
    /// How that was seen.
    pub proof: String,
}

impl Protection {
    /// Something that encrypts all of a source.
    pub fn whole(by: impl Into<String>, proof: impl Into<String>) -> Self {
        Self { unit: None, column: None, by: by.into(), proof: proof.into() }
    }

    /// Something that encrypts one unit.
    pub fn of_unit(unit: impl Into<String>, by: impl Into<String>, proof: impl Into<String>) -> Self {
        Self { unit: Some(unit.into()), ..Self::whole(by, proof) }
    }
}
