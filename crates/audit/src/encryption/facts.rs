//! What the encryption audit gathers.

use dataward_connect::at_rest::Protection;
use dataward_connect::at_rest::Readable;
use dataward_model::SourceId;
use dataward_model::unit::is_of_file;

/// The sources that were looked at.
#[derive(Clone, Debug, Default)]
pub struct EncryptionFacts {
    /// One each.
    pub sources: Vec<SourceAtRest>,
}

/// How one source lies on its disks.
#[derive(Clone, Debug)]
pub struct SourceAtRest {
    /// The source.
    pub source: SourceId,
    /// What was proven to encrypt it, or parts of it.
    pub protections: Vec<Protection>,
    /// Columns of tables that hold ciphertext: table and column.
    pub columns: Vec<(String, Protection)>,
    /// Files and objects whose own bytes can be read.
    pub readable: Vec<Readable>,
    /// What could not be looked at.
    pub unseen: Vec<String>,
}

impl SourceAtRest {
    /// What protects all of a table that is stored in `unit`; the nearest first.
    pub fn of_unit(&self, unit: &str) -> Option<&Protection> {
        let covers = |protection: &&Protection| protection.unit.as_deref().is_some_and(|known| is_of_file(unit, known));
        let exact = self.protections.iter().find(covers);
        exact.or_else(|| self.whole())
    }

    /// What protects all of the source.
    pub fn whole(&self) -> Option<&Protection> {
        self.protections.iter().find(|protection| protection.unit.is_none())
    }
}
