//! What a database server counts of the use of its tables.

use dataward_model::StatementWords;
use jiff::Timestamp;

/// Counters of one table, as they stand; they begin anew when the server's statistics do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableCounters {
    /// The table, named as its unit.
    pub table: String,
    /// Rows looked up by an index. Reading a whole table, as backups and dataward do, is none.
    pub lookups: u64,
    /// Rows written, changed or deleted.
    pub writes: u64,
    /// Since when, as the server itself tells, there was neither: since it began to count, or since the last lookup
    /// where it keeps when that was and nothing was written. None where it does not tell.
    pub idle_since: Option<Timestamp>,
    /// What the statements that the server has kept name of it. None where it does not keep them all.
    pub named: Option<StatementWords>,
}
