//! What a database server counts of the use of its tables.

/// Counters of one table, as they stand; they begin anew when the server's statistics do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableCounters {
    /// The table, named as its unit.
    pub table: String,
    /// Rows looked up by an index. Reading a whole table, as backups and dataward do, is none.
    pub lookups: u64,
    /// Rows written, changed or deleted.
    pub writes: u64,
}
