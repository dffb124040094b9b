//! Conditions and selections: what is asked of a source, in its own dialect.

use serde::Deserialize;
use serde::Serialize;

use super::ForeignKey;
use super::Rows;
use super::TableFacts;

/// A boolean SQL expression over the columns of one table, in the dialect of its engine, columns quoted
/// and not qualified. Made from parsed expressions, never from text that nobody checked. May hold a
/// value that a person typed (a hold on one customer): prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sql(String);

impl Sql {
    /// Takes an expression that the caller built from checked parts, quoted by the engine's own rules.
    pub fn from_trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// True of every row.
    pub fn always() -> Self {
        Self("1 = 1".to_owned())
    }

    /// True of no row.
    pub fn never() -> Self {
        Self("1 = 0".to_owned())
    }

    /// True where one of them is.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts: Vec<String> = parts.into_iter().map(|part| format!("({})", part.0)).collect();
        if parts.is_empty() { Self::never() } else { Self(parts.join(" OR ")) }
    }

    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sql(***)")
    }
}

/// Which rows of a table are wanted.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The table.
    pub table: TableFacts,
    /// Only rows of which this is true.
    pub condition: Sql,
    /// What else is asked of each row: the answers are [`super::SelectedRows::flags`]. NULL counts as false.
    pub flags: Vec<Sql>,
    /// Only rows that refer to certain parents.
    pub through: Option<Through>,
}

/// Rows that refer to these parents by this reference.
#[derive(Clone, Debug)]
pub struct Through {
    /// The reference; its child is the selection's table.
    pub edge: Edge,
    /// The parents.
    pub parents: Rows,
}

/// A reference and the parent it leads to.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The reference.
    pub key: ForeignKey,
    /// The table referred to.
    pub parent: TableFacts,
}

impl Selection {
    /// The rows of `table` of which `condition` is true.
    pub fn new(table: &TableFacts, condition: Sql) -> Self {
        Self { table: table.clone(), condition, flags: Vec::new(), through: None }
    }

    /// The same, asking also this of each row.
    pub fn flag(mut self, flag: Sql) -> Self {
        self.flags.push(flag);
        self
    }
}
