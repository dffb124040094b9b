//! What was made, and what was planted in it.

use dataward_model::Place;
use serde::Serialize;

use crate::truth::ColumnTruth;

/// What was made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Different customers (a person entered twice counts once).
    pub people: u64,
    /// Tables in `shop.db`.
    pub tables: u64,
    /// Rows in `shop.db`.
    pub rows: u64,
    /// Files below `files`.
    pub files: u64,
    /// What was planted for the audit stages to find.
    pub faults: Vec<Fault>,
    /// What every column of the shop and of the tabular files holds.
    pub columns: Vec<ColumnTruth>,
    /// The text of a `dataward.toml` that fits, with paths relative to the folder.
    pub policy: String,
}

/// One thing that is wrong on purpose.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// The audit stage that should find it: `access`, `collection`, `encryption`, `integrity` or `retention`.
    pub stage: &'static str,
    /// What kind of fault it is, in one word or two (`orphan`, `over-age`).
    pub check: &'static str,
    /// Where it is.
    pub place: Place,
    /// The primary keys of the rows concerned; empty when the whole place is.
    pub keys: Vec<String>,
    /// One sentence for a person.
    pub note: &'static str,
}
