//! The catalogue as facts for a plan.

use dataward_model::SourceKind;
use serde::Deserialize;

use super::super::names::quote_identifier;
use super::super::names::unit_name;
use super::super::session::Session;
use crate::ConnectError;
use crate::amend::Catalogue;
use crate::amend::ColumnFacts;
use crate::amend::ForeignKey;
use crate::amend::OnDelete;
use crate::amend::Partition;
use crate::amend::Partitioning;
use crate::amend::RowIdentity;
use crate::amend::TableFacts;

const FACTS: &str = include_str!("catalogue.sql");

#[derive(Deserialize)]
struct Raw {
    tables: Vec<RawTable>,
    references: Vec<RawReference>,
}

#[derive(Deserialize)]
struct RawTable {
    schema: String,
    name: String,
    rows: u64,
    bytes: u64,
    row_security: bool,
    sees_all: bool,
    inherits: Vec<(String, String)>,
    has_heirs: bool,
    columns: Vec<RawColumn>,
    unique: Vec<RawUnique>,
    triggers: Vec<String>,
    keepers: Vec<String>,
    rules: Vec<String>,
    partitioning: Option<RawPartitioning>,
}

#[derive(Deserialize)]
struct RawColumn {
    name: String,
    #[serde(rename = "type")]
    sql_type: String,
    nullable: bool,
    generated: bool,
    max_chars: Option<u32>,
}

#[derive(Deserialize)]
struct RawUnique {
    primary: bool,
    strict: bool,
    columns: Vec<String>,
}

#[derive(Deserialize)]
struct RawPartitioning {
    by_range: bool,
    columns: Vec<String>,
    partitions: Vec<RawPartition>,
}

#[derive(Deserialize)]
struct RawPartition {
    schema: String,
    name: String,
    end: Option<String>,
    alone: bool,
}

#[derive(Deserialize)]
struct RawReference {
    name: String,
    child_schema: String,
    child: String,
    parent_schema: String,
    parent: String,
    action: String,
    deferrable: bool,
    child_columns: Vec<String>,
    parent_columns: Vec<String>,
    nullable: bool,
    emptied: Vec<String>,
    indexed: bool,
}

/// Reads the facts in one statement.
pub(super) async fn read(session: &mut Session) -> Result<Catalogue, ConnectError> {
    let rows = session.rows(FACTS, &[]).await?;
    let broken = || ConnectError::Internal {
        target: "the catalogue".to_owned(),
        reason: "it has an unexpected form (retention facts)".to_owned(),
    };
    let text: String = session.get(rows.first().ok_or_else(broken)?, "facts")?;
    let raw: Raw = serde_json::from_str(&text).map_err(|_| broken())?;
    Ok(Catalogue {
        kind: SourceKind::Postgresql,
        product: format!("PostgreSQL {}", session.server.version),
        tables: raw.tables.into_iter().map(table).collect(),
        foreign_keys: raw.references.into_iter().map(reference).collect(),
    })
}

fn table(raw: RawTable) -> TableFacts {
    let key = raw.unique.iter().find(|unique| unique.strict).map(|unique| unique.columns.clone());
    TableFacts {
        name: unit_name(&raw.schema, &raw.name),
        sql: format!(
            "{}{}.{}",
            if raw.has_heirs { "ONLY " } else { "" },
            quote_identifier(&raw.schema),
            quote_identifier(&raw.name)
        ),
        columns: raw.columns.into_iter().map(column).collect(),
        identity: key.map_or(RowIdentity::Place, RowIdentity::Key),
        unique: raw.unique.into_iter().filter(|unique| !unique.primary).map(|unique| unique.columns).collect(),
        rows_estimate: raw.rows,
        bytes: raw.bytes,
        triggers: raw.triggers,
        keepers: raw.keepers,
        rules: raw.rules,
        row_security: raw.row_security,
        hides_rows: raw.row_security && !raw.sees_all,
        inherits: raw.inherits.iter().map(|(schema, name)| unit_name(schema, name)).collect(),
        keeps_history: false,
        elsewhere: false,
        partitioning: raw.partitioning.map(|partitioning| Partitioning {
            columns: partitioning.columns,
            by_range: partitioning.by_range,
            partitions: partitioning.partitions.into_iter().map(partition).collect(),
        }),
    }
}

fn partition(raw: RawPartition) -> Partition {
    Partition {
        sql: format!("{}.{}", quote_identifier(&raw.schema), quote_identifier(&raw.name)),
        end: raw.end.filter(|end| end != "MAXVALUE"),
        alone: raw.alone,
    }
}

fn column(raw: RawColumn) -> ColumnFacts {
    ColumnFacts {
        name: raw.name,
        sql_type: raw.sql_type,
        nullable: raw.nullable,
        generated: raw.generated,
        max_chars: raw.max_chars,
        check: None,
    }
}

fn reference(raw: RawReference) -> ForeignKey {
    ForeignKey {
        name: raw.name,
        child: unit_name(&raw.child_schema, &raw.child),
        child_columns: raw.child_columns,
        parent: unit_name(&raw.parent_schema, &raw.parent),
        parent_columns: raw.parent_columns,
        on_delete: match raw.action.as_str() {
            "c" => OnDelete::Cascade,
            "d" => OnDelete::SetDefault,
            "n" => OnDelete::SetNull,
            _ => OnDelete::Refuse,
        },
        nullable: raw.nullable,
        emptied: raw.emptied,
        deferrable: raw.deferrable,
        indexed: raw.indexed,
        declared: true,
    }
}
