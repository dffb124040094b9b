//! What is known of a column, and of the engine that keeps it.

use dataward_model::SourceKind;
use serde::Deserialize;
use serde::Serialize;

/// A kind of database, as far as SQL differs by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    PostgreSql,
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// The engine behind a kind of source; none for what has no SQL.
    pub fn of(kind: SourceKind) -> Option<Self> {
        match kind {
            SourceKind::Mysql => Some(Self::MySql),
            SourceKind::Postgresql => Some(Self::PostgreSql),
            SourceKind::Sqlite => Some(Self::Sqlite),
            SourceKind::Files | SourceKind::Memory | SourceKind::Objects => None,
        }
    }

    /// `name` as an identifier.
    pub fn quote(self, name: &str) -> String {
        match self {
            Self::MySql => dataward_connect::mysql::quote_identifier(name),
            Self::PostgreSql => dataward_connect::postgres::quote_identifier(name),
            Self::Sqlite => dataward_connect::sqlite::quote_identifier(name),
        }
    }
}

/// What a clock needs to know of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// What kind of values it has.
    pub class: TypeClass,
}

impl ColumnFacts {
    /// A column by its name and its type as the source writes it.
    pub fn new(engine: Engine, name: impl Into<String>, declared_type: &str) -> Self {
        Self { name: name.into(), class: TypeClass::of(engine, declared_type) }
    }
}

/// How a column says when something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypeClass {
    /// A calendar day.
    Date,
    /// A moment: PostgreSQL's `timestamp with time zone`, MySQL's `TIMESTAMP`.
    Instant,
    /// Whole numbers.
    Integer,
    /// Nothing that says when.
    Other,
    /// Fractions.
    Real,
    /// Text. Only SQLite keeps days as text.
    Text,
    /// Day and time without a zone: PostgreSQL's `timestamp`, MySQL's `DATETIME`.
    WallClock,
}

impl TypeClass {
    /// The class of a type as the source writes it.
    pub fn of(engine: Engine, declared_type: &str) -> Self {
        let declared = declared_type.trim().to_ascii_lowercase();
        let word = declared.split(['(', ' ']).next().unwrap_or("");
        match engine {
            Engine::PostgreSql => match word {
                "date" => Self::Date,
                "timestamptz" => Self::Instant,
                "timestamp" if declared.contains("with time zone") => Self::Instant,
                "timestamp" => Self::WallClock,
                "bigint" | "int" | "int2" | "int4" | "int8" | "integer" | "smallint" => Self::Integer,
                "double" | "float4" | "float8" | "numeric" | "decimal" | "real" => Self::Real,
                "text" | "character" | "varchar" | "char" | "citext" | "bpchar" => Self::Text,
                _ => Self::Other,
            },
            Engine::MySql => match word {
                "date" => Self::Date,
                "datetime" => Self::WallClock,
                "timestamp" => Self::Instant,
                "bigint" | "int" | "integer" | "mediumint" => Self::Integer,
                "decimal" | "double" | "float" | "numeric" => Self::Real,
                _ if ["char", "text"].iter().any(|text| word.contains(text)) => Self::Text,
                _ => Self::Other,
            },
            // SQLite: values have types, columns have an affinity only (sqlite.org/datatype3.html, 3.1).
            // Days are taken by value; the class is for finding columns.
            Engine::Sqlite => {
                let has = |word: &str| declared.contains(word);
                if has("bool") {
                    Self::Other
                } else if has("datetime") || has("timestamp") {
                    Self::WallClock
                } else if has("date") {
                    Self::Date
                } else if has("int") {
                    Self::Integer
                } else if has("char") || has("clob") || has("text") {
                    Self::Text
                } else if has("blob") {
                    Self::Other
                } else if has("real") || has("floa") || has("doub") || has("num") || has("dec") {
                    Self::Real
                } else if declared.is_empty() {
                    Self::Text
                } else {
                    Self::Other
                }
            }
        }
    }

    /// Whether such a column can say when something happened.
    pub(crate) fn can_be_a_day(self, engine: Engine) -> bool {
        match self {
            Self::Date | Self::Instant | Self::Integer | Self::Real | Self::WallClock => true,
            Self::Text => engine == Engine::Sqlite,
            Self::Other => false,
        }
    }
}
