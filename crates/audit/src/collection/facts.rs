//! What the collection review gathers beyond policy and inventory.

use dataward_model::Category;
use dataward_model::Place;
use dataward_model::Sensitivity;
use dataward_model::Sketch;
use dataward_model::StatementWords;
use dataward_model::TableShape;
use jiff::Timestamp;

/// What was gathered.
#[derive(Clone, Debug, Default)]
pub struct CollectionFacts {
    /// When the review before this one began; none: this is the first.
    pub since: Option<Timestamp>,
    /// The tables and documents with personal data, also those that are gone.
    pub tables: Vec<TableHistory>,
    /// Who is in them.
    pub sketches: Vec<PlacedSketch>,
    /// What servers say of the use of tables; a table that is not here is one nobody can tell about.
    pub uses: Vec<TableUse>,
}

/// How a table came, grew and went.
#[derive(Clone, Debug)]
pub struct TableHistory {
    /// Source and table.
    pub place: Place,
    /// The greatest harm that a leak of it does.
    pub sensitivity: Sensitivity,
    /// How many different people are behind it, estimated.
    pub people: Option<u64>,
    /// Whether it lies in a database, not in a file.
    pub in_database: bool,
    /// What names the stored thing itself, in several ways: what has one of them in common is one thing, whichever
    /// source leads to it.
    pub stored: Vec<String>,
    /// A table, or running text: a log, a letter.
    pub shape: TableShape,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was found to be gone.
    pub gone_since: Option<Timestamp>,
    /// Its rows whenever it was read, oldest first.
    pub sizes: Vec<(Timestamp, u64)>,
    /// Rows that plans of retention took away since the reading before the last.
    pub retired: u64,
}

/// Who is in a column.
#[derive(Clone, Debug)]
pub struct PlacedSketch {
    /// Source and table.
    pub place: Place,
    /// What the values are.
    pub category: Category,
    /// Different values, estimated.
    pub distinct: u64,
    /// The share of the table's rows that was read, above 0 and at most 1.
    pub read: f64,
    /// Rows that were read.
    pub rows: u64,
    /// The sketch.
    pub sketch: Sketch,
}

/// A table of which a server counts the use.
#[derive(Clone, Debug)]
pub struct TableUse {
    /// Source and table.
    pub place: Place,
    /// Since when nobody has written to it or looked up a row in it, as far as the server tells or reviews saw.
    pub idle_since: Timestamp,
    /// What statements name of it, where the server has kept them all.
    pub named: Option<StatementWords>,
}
