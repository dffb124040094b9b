//! What a source says about a table before a row is read.

use serde::Deserialize;
use serde::Serialize;

/// Rows and columns, or running text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableShape {
    /// Prose, mail, log, page: one text column, one row a paragraph, line group or part.
    Document,
    /// Named columns.
    Table,
}

/// The role of a column in keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// Points to another table.
    ForeignKey,
    /// Neither key nor reference.
    #[default]
    Plain,
    /// The primary key or a part of it.
    PrimaryKey,
    /// Alone unique by declaration.
    Unique,
}

/// A declared foreign key, seen from the referring column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table pointed to, named as its source names it.
    pub table: String,
    /// The column pointed to.
    pub column: String,
}

/// What is known of a column without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnHead {
    /// The name; for nested data the dotted path (`customer.address.city`, `items[].sku`).
    pub name: String,
    /// The type as the source writes it (`character varying(80)`); empty where it has none.
    pub declared_type: String,
    /// The role in keys.
    pub role: ColumnRole,
    /// Where a foreign key points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Reference>,
    /// The comment stored with the column, where the engine keeps one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl ColumnHead {
    /// A plain column of which only name and type are known.
    pub fn new(name: impl Into<String>, declared_type: impl Into<String>) -> Self {
        Self { name: name.into(), declared_type: declared_type.into(), ..Self::default() }
    }
}

/// What is known of a table without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    /// `schema.table`, or for files the path relative to the source (a sheet or JSON array after
    /// `#`, a member of an archive after `!/`).
    pub name: String,
    /// Table or document.
    pub shape: TableShape,
    /// The columns in the source's order. A reader may send columns that do not stand here
    /// (a JSON key that appears late): match by name.
    pub columns: Vec<ColumnHead>,
}

impl TableHead {
    /// A table with these columns.
    pub fn table(name: impl Into<String>, columns: Vec<ColumnHead>) -> Self {
        Self { name: name.into(), shape: TableShape::Table, columns }
    }

    /// A document: one column of text named [`TableHead::TEXT`].
    pub fn document(name: impl Into<String>) -> Self {
        let columns = vec![ColumnHead::new(Self::TEXT, "text")];
        Self { name: name.into(), shape: TableShape::Document, columns }
    }

    /// The name of the only column of a document.
    pub const TEXT: &'static str = "text";
}
