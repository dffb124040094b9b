//! What has to be known of one table or view to read it.

use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::Reference;
use dataward_model::TableHead;
use sqlx::postgres::PgRow;

use super::fault;
use super::names::quote_identifier;
use super::names::split_unit_name;
use super::names::unit_name;
use super::session::Session;
use super::types::CatalogueType;
use super::types::Form;
use crate::ConnectError;

const RELATION: &str = include_str!("relation.sql");
const COLUMNS: &str = include_str!("columns.sql");

/// A table, view, materialised view or foreign table.
#[derive(Debug)]
pub(super) struct Relation {
    /// The unit's name.
    pub(super) name: String,
    /// `"schema"."table"`.
    pub(super) quoted: String,
    pub(super) kind: RelationKind,
    /// Its descendants are units of their own.
    pub(super) is_apart: bool,
    /// Row-level security hides rows from us.
    pub(super) hides_rows: bool,
    pub(super) may_use_schema: bool,
    /// A materialised view that was never filled has nothing to read.
    pub(super) is_filled: bool,
    /// All code that a view runs belongs to superusers.
    pub(super) is_trusted: bool,
    /// Whether `TABLESAMPLE` works.
    pub(super) can_sample: bool,
    /// Bytes of the main files.
    pub(super) bytes: i64,
    /// Bytes of long values stored aside.
    pub(super) toast_bytes: i64,
    /// As the last ANALYZE found them.
    pub(super) rows_per_page: Option<f64>,
    pub(super) page_bytes: i64,
    pub(super) columns: Vec<Column>,
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RelationKind {
    Foreign,
    Stored,
    View,
}

/// A column of it.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) head: ColumnHead,
    pub(super) form: Form,
    pub(super) may_read: bool,
}

impl Relation {
    /// Asks the catalogue; none when there is no such relation (any more).
    pub(super) async fn describe(session: &mut Session, name: &str) -> Result<Option<Self>, ConnectError> {
        let Some((schema, table)) = split_unit_name(name) else { return Ok(None) };
        let limit = session.limits().catalogue;
        let fault = |error| fault::reading(error, name, limit);
        let rows = session.rows_or_state(RELATION, &[&schema, &table]).await.map_err(fault)?;
        let Some(row) = rows.first() else { return Ok(None) };
        let oid: i64 = session.get(row, "oid")?;
        let kind: String = session.get(row, "kind")?;
        let mut relation = Self {
            name: name.to_owned(),
            quoted: format!("{}.{}", quote_identifier(&schema), quote_identifier(&table)),
            kind: match kind.as_str() {
                "v" => RelationKind::View,
                "f" => RelationKind::Foreign,
                _ => RelationKind::Stored,
            },
            is_apart: session.get(row, "is_apart")?,
            hides_rows: session.get(row, "hides_rows")?,
            may_use_schema: session.get(row, "may_use_schema")?,
            is_filled: session.get(row, "is_filled")?,
            is_trusted: session.get(row, "is_trusted")?,
            can_sample: session.get(row, "can_sample")?,
            bytes: session.get(row, "bytes")?,
            toast_bytes: session.get(row, "toast_bytes")?,
            rows_per_page: session.get(row, "rows_per_page")?,
            page_bytes: session.get(row, "block_size")?,
            columns: Vec::new(),
        };
        for row in &session.rows_or_state(COLUMNS, &[&oid.to_string()]).await.map_err(fault)? {
            relation.columns.push(column(session, row)?);
        }
        Ok(Some(relation))
    }

    /// The head, with all columns, readable or not.
    pub(super) fn head(&self) -> TableHead {
        TableHead::table(&self.name, self.columns.iter().map(|column| column.head.clone()).collect())
    }

    /// The relation after `FROM`.
    pub(super) fn from(&self) -> String {
        format!("{}{}", if self.is_apart { "ONLY " } else { "" }, self.quoted)
    }
}

fn column(session: &Session, row: &PgRow) -> Result<Column, ConnectError> {
    let foreign_schema: Option<String> = session.get(row, "foreign_schema")?;
    let foreign_table: Option<String> = session.get(row, "foreign_table")?;
    let foreign_column: Option<String> = session.get(row, "foreign_column")?;
    let references = match (foreign_schema, foreign_table, foreign_column) {
        (Some(schema), Some(table), Some(column)) => Some(Reference { table: unit_name(&schema, &table), column }),
        _ => None,
    };
    let is_primary: bool = session.get(row, "is_primary")?;
    let is_unique: bool = session.get(row, "is_unique")?;
    let role = match (is_primary, &references, is_unique) {
        (true, _, _) => ColumnRole::PrimaryKey,
        (_, Some(_), _) => ColumnRole::ForeignKey,
        (_, _, true) => ColumnRole::Unique,
        _ => ColumnRole::Plain,
    };
    let type_name: String = session.get(row, "type_name")?;
    let type_kind: String = session.get(row, "type_kind")?;
    let element_kind: String = session.get(row, "element_kind")?;
    let form = Form::of(&CatalogueType {
        oid: session.get(row, "type_oid")?,
        name: &type_name,
        typmod: session.get(row, "typmod")?,
        kind: &type_kind,
        element_kind: &element_kind,
        has_any_length: session.get(row, "has_any_length")?,
    });
    let head = ColumnHead {
        name: session.get(row, "name")?,
        declared_type: session.get(row, "declared_type")?,
        role,
        references,
        comment: session.get(row, "comment")?,
    };
    Ok(Column { head, form, may_read: session.get(row, "may_read")? })
}
