//! What a plan must know of a source before anything is changed.

use serde::Deserialize;
use serde::Serialize;

use dataward_model::SourceKind;

use super::Check;

/// The tables of a source and how they refer to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The kind of store; decides the dialect of every [`super::Sql`].
    pub kind: SourceKind,
    /// Product and version, for people.
    pub product: String,
    /// Tables by name; files and objects that are no database have none here.
    pub tables: Vec<TableFacts>,
    /// References that the engine enforces.
    pub foreign_keys: Vec<ForeignKey>,
}

impl Catalogue {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&TableFacts> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The names of the tables that `table` inherits from, at any distance, nearest first.
    pub fn ancestors<'a>(&'a self, table: &'a TableFacts) -> Vec<&'a str> {
        let mut found: Vec<&str> = table.inherits.iter().map(String::as_str).collect();
        let mut at = 0;
        while let Some(name) = found.get(at).copied() {
            at += 1;
            for above in self.table(name).into_iter().flat_map(|table| &table.inherits) {
                if !found.contains(&above.as_str()) {
                    found.push(above);
                }
            }
        }
        found
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its name, as the inventory has it.
    pub name: String,
    /// Its name as it stands in SQL, quoted. Where other tables inherit from it, `ONLY` stands before it: their rows
    /// are theirs.
    pub sql: String,
    /// Its columns in order.
    pub columns: Vec<ColumnFacts>,
    /// How one row is told from another.
    pub identity: RowIdentity,
    /// Columns of each unique key and unique index besides the primary key.
    pub unique: Vec<Vec<String>>,
    /// Rows, as the engine estimates them.
    pub rows_estimate: u64,
    /// Bytes of the table and its indexes.
    pub bytes: u64,
    /// Triggers that fire on DELETE or UPDATE, by name. They are never switched off.
    pub triggers: Vec<String>,
    /// Those of the triggers and rules that can keep or refuse a row that goes.
    #[serde(default)]
    pub keepers: Vec<String>,
    /// Rewrite rules on DELETE or UPDATE, by name: a statement would do something else than it says.
    pub rules: Vec<String>,
    /// Row security applies to our account.
    pub row_security: bool,
    /// Row security may hide rows from our account: no policy lets it see all. What the server itself does along
    /// references (CASCADE, SET NULL) reaches them all the same.
    #[serde(default)]
    pub hides_rows: bool,
    /// The tables it inherits from (INHERITS of PostgreSQL; a partition is none).
    #[serde(default)]
    pub inherits: Vec<String>,
    /// Where the server keeps rows that were changed or deleted by itself, and for how long nobody knows (WITH SYSTEM
    /// VERSIONING of MariaDB).
    #[serde(default)]
    pub keeps_history: bool,
    /// It lies outside what the source's address names (in another database of the server) and is here because its rows
    /// refer to some within: no rule reaches it, so nothing of it ever goes, and its rows keep what they refer to.
    #[serde(default)]
    pub elsewhere: bool,
    /// How it is cut into partitions.
    pub partitioning: Option<Partitioning>,
}

impl TableFacts {
    /// Its name as it stands in SQL, for statements that take no `ONLY`.
    pub fn name_sql(&self) -> &str {
        self.sql.strip_prefix("ONLY ").unwrap_or(&self.sql)
    }

    /// The triggers and rules of the table, for a sentence about what they did: ` (triggers: `a`; rules: `b`)`.
    pub fn actors(&self) -> String {
        let list = |what: &str, names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
        };
        let hides = self.row_security.then(|| "row security".to_owned());
        let all = [list("triggers", &self.triggers), list("rules", &self.rules), hides];
        let all: Vec<String> = all.into_iter().flatten().collect();
        if all.is_empty() { String::new() } else { format!(" ({})", all.join("; ")) }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type, as the engine writes it.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Computed by the engine: can't be set.
    pub generated: bool,
    /// The longest text it takes, in characters, where the type says so.
    pub max_chars: Option<u32>,
    /// What CHECK rules demand of it, where the engine tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// How one row is told from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowIdentity {
    /// By the columns of the primary key, or of a unique key without NULL.
    Key(Vec<String>),
    /// By where the engine keeps it (`ctid`, `rowid`): good until the table is rewritten, and the version
    /// of the row then tells.
    Place,
    /// It can't: two rows may be all alike. Nothing of such a table is ever planned.
    None,
}

/// A reference from a child to a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name; for confirmed references ours.
    pub name: String,
    /// The table that refers.
    pub child: String,
    /// The columns that refer.
    pub child_columns: Vec<String>,
    /// The table referred to.
    pub parent: String,
    /// The columns referred to, in the same order.
    pub parent_columns: Vec<String>,
    /// What the engine does to children of a row that is deleted.
    pub on_delete: OnDelete,
    /// Whether the reference can be taken away: the columns that are emptied then may be NULL.
    pub nullable: bool,
    /// The columns of the child that are emptied to take the reference away, where these are not all of them.
    #[serde(default)]
    pub emptied: Vec<String>,
    /// Whether the check can wait for the end of the transaction.
    pub deferrable: bool,
    /// Whether an index begins with the child's columns: without one each delete of a parent reads the
    /// whole child (5,300 times slower, retention.md section 4).
    pub indexed: bool,
    /// Whether the engine enforces it; else a person confirmed it.
    pub declared: bool,
}

impl ForeignKey {
    /// The columns of the child that are emptied to take the reference away.
    pub fn emptied(&self) -> &[String] {
        if self.emptied.is_empty() { &self.child_columns } else { &self.emptied }
    }

    /// Whether deletes of a parent change or take along children without a word of ours: what the engine does by itself,
    /// or what nobody stops from pointing into the void.
    pub fn is_dangerous(&self) -> bool {
        self.on_delete != OnDelete::Refuse || !self.declared
    }
}

/// What the engine does to children of a row that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDelete {
    /// Deletes them.
    Cascade,
    /// Refuses; so do NO ACTION and RESTRICT alike.
    Refuse,
    /// Sets their columns to the default.
    SetDefault,
    /// Sets their columns to NULL.
    SetNull,
    /// This account is not shown what: it may be the worst.
    Unknown,
}

/// How a table is cut into partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partitioning {
    /// The columns of the partition key; empty when it is an expression.
    pub columns: Vec<String>,
    /// Whether partitions are ranges of it.
    pub by_range: bool,
    /// Its partitions; of those that have partitions themselves none.
    pub partitions: Vec<Partition>,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Its name as it stands in SQL, quoted.
    pub sql: String,
    /// Where its range ends (not included), as a literal; none for a list, the default, or no end.
    pub end: Option<String>,
    /// Whether this account may drop it, and no trigger, reference or view of its own hangs on it.
    pub alone: bool,
}
