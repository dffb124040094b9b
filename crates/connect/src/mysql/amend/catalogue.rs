//! The catalogue as facts for a plan.

use std::collections::BTreeMap;

use dataward_model::SourceKind;

use super::super::quote::literal;
use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types::number;
use super::super::types::text;
use super::delete_rules;
use super::elsewhere;
use crate::ConnectError;
use crate::amend::Catalogue;
use crate::amend::ColumnFacts;
use crate::amend::ForeignKey;
use crate::amend::OnDelete;
use crate::amend::Partition;
use crate::amend::Partitioning;
use crate::amend::RowIdentity;
use crate::amend::TableFacts;

const TABLES: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH, TABLE_TYPE
  FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";
const COLUMNS: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, EXTRA,
       CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS WHERE 1 = 1";
/// MariaDB keeps JSON as a text with a check.
const CHECKS: &str = "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
 WHERE CHECK_CLAUSE LIKE 'json\\_valid(%'";
const INDEXES: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, NULLABLE, SUB_PART
  FROM information_schema.STATISTICS WHERE 1 = 1";
/// Without their rules: MariaDB shows these only with a right beyond SELECT.
const REFERENCES: &str = "SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME,
       k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME
  FROM information_schema.KEY_COLUMN_USAGE k WHERE k.REFERENCED_TABLE_NAME IS NOT NULL";
const TRIGGERS: &str = "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME,
       EVENT_MANIPULATION = 'DELETE' AND ACTION_STATEMENT LIKE '%SIGNAL%'
  FROM information_schema.TRIGGERS WHERE EVENT_MANIPULATION IN ('DELETE', 'UPDATE')";
const PARTITIONS: &str = "SELECT TABLE_SCHEMA, TABLE_NAME, PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION
  FROM information_schema.PARTITIONS WHERE PARTITION_NAME IS NOT NULL";

/// Database and table.
pub(super) type Name = (String, String);

#[derive(Default)]
struct Index {
    unique: bool,
    strict: bool,
    columns: Vec<String>,
}

/// Reads the facts.
pub(super) async fn read(session: &mut Session) -> Result<Catalogue, ConnectError> {
    let system = "('information_schema', 'mysql', 'performance_schema', 'sys')";
    let elsewhere = elsewhere::referring(session).await?;
    let only = |schema: &str, table: &str, session: &Session| match session.database() {
        Some(name) => format!(" AND ({schema} = {}{})", literal(name), elsewhere::or_among(&elsewhere, schema, table)),
        None => format!(" AND {schema} NOT IN {system}"),
    };
    let mut documents: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    if session.is_mariadb() {
        let checks = format!("{CHECKS}{}", only("CONSTRAINT_SCHEMA", "TABLE_NAME", session));
        for row in session.rows(checks).await? {
            documents.entry((text(&row, 0), text(&row, 1))).or_default().push(text(&row, 2));
        }
    }
    let sql = format!(
        "{COLUMNS}{} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
        only("TABLE_SCHEMA", "TABLE_NAME", session)
    );
    let mut columns: BTreeMap<Name, Vec<ColumnFacts>> = BTreeMap::new();
    for row in session.rows(sql).await? {
        let extra = text(&row, 5).to_ascii_uppercase();
        let table = (text(&row, 0), text(&row, 1));
        let check = format!("json_valid({})", quote_identifier(&text(&row, 2)));
        let is_document = documents.get(&table).is_some_and(|checks| checks.contains(&check));
        columns.entry(table).or_default().push(ColumnFacts {
            name: text(&row, 2),
            sql_type: if is_document { "json".to_owned() } else { text(&row, 3) },
            nullable: text(&row, 4) == "YES",
            generated: extra.contains("GENERATED") || extra.contains("VIRTUAL") || extra.contains("PERSISTENT"),
            max_chars: number(&row, 6).and_then(|chars| u32::try_from(chars).ok()),
            check: None,
        });
    }
    let sql = format!(
        "{INDEXES}{} ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        only("TABLE_SCHEMA", "TABLE_NAME", session)
    );
    let mut indexes: BTreeMap<Name, BTreeMap<String, Index>> = BTreeMap::new();
    for row in session.rows(sql).await? {
        let index = indexes.entry((text(&row, 0), text(&row, 1))).or_default().entry(text(&row, 2)).or_default();
        if index.columns.is_empty() {
            (index.unique, index.strict) = (text(&row, 3) == "0", true);
        }
        // A prefix of a column tells no rows apart.
        index.strict &= text(&row, 5) != "YES" && number(&row, 6).is_none();
        index.columns.push(text(&row, 4));
    }
    let mut triggers: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    let mut keepers: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    for row in session.rows(format!("{TRIGGERS}{}", only("EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE", session))).await?
    {
        let table = (text(&row, 0), text(&row, 1));
        if number(&row, 3) == Some(1) {
            keepers.entry(table.clone()).or_default().push(text(&row, 2));
        }
        triggers.entry(table).or_default().push(text(&row, 2));
    }
    let mut partitions: BTreeMap<Name, Partitioning> = BTreeMap::new();
    for row in session.rows(format!("{PARTITIONS}{}", only("TABLE_SCHEMA", "TABLE_NAME", session))).await? {
        let method = text(&row, 3);
        let expression = text(&row, 4).replace('`', "");
        let known = partitions.entry((text(&row, 0), text(&row, 1))).or_insert_with(|| Partitioning {
            columns: Some(expression).filter(|name| !name.contains('(')).into_iter().collect(),
            by_range: method.starts_with("RANGE"),
            partitions: Vec::new(),
        });
        // No table of its own: never dropped.
        known.partitions.push(Partition { sql: text(&row, 2), end: None, alone: false });
    }
    let mut tables = Vec::new();
    for row in session.rows(format!("{TABLES}{} ORDER BY 1, 2", only("TABLE_SCHEMA", "TABLE_NAME", session))).await? {
        let name = (text(&row, 0), text(&row, 1));
        let columns = columns.remove(&name).unwrap_or_default();
        let own = indexes.get(&name);
        tables.push(TableFacts {
            name: format!("{}.{}", name.0, name.1),
            sql: format!("{}.{}", quote_identifier(&name.0), quote_identifier(&name.1)),
            identity: own.map_or(RowIdentity::None, |own| identity(own, &columns)),
            columns,
            unique: own
                .into_iter()
                .flatten()
                .filter(|(name, index)| index.unique && name.as_str() != "PRIMARY")
                .map(|(_, index)| index.columns.clone())
                .collect(),
            rows_estimate: number(&row, 2).unwrap_or_default(),
            bytes: number(&row, 3).unwrap_or_default(),
            triggers: triggers.remove(&name).unwrap_or_default(),
            keepers: keepers.remove(&name).unwrap_or_default(),
            rules: Vec::new(),
            row_security: false,
            hides_rows: false,
            inherits: Vec::new(),
            keeps_history: text(&row, 4) == "SYSTEM VERSIONED",
            elsewhere: elsewhere.contains(&name),
            partitioning: partitions.remove(&name),
        });
    }
    let sql = format!(
        "{REFERENCES}{} ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
        only("k.TABLE_SCHEMA", "k.TABLE_NAME", session)
    );
    let rows = session.rows(sql).await?;
    let keys = rows.iter().map(|row| ((text(row, 0), text(row, 1)), text(row, 2)));
    let rules = delete_rules::read(session, keys.collect()).await?;
    let mut foreign_keys: Vec<ForeignKey> = Vec::new();
    for row in &rows {
        let table = (text(row, 0), text(row, 1));
        let child = format!("{}.{}", table.0, table.1);
        let name = text(row, 2);
        let column = text(row, 3);
        let nullable = tables
            .iter()
            .find(|table| table.name == child)
            .and_then(|table| table.column(&column))
            .is_some_and(|column| column.nullable);
        match foreign_keys.last_mut() {
            Some(last) if last.name == name && last.child == child => {
                last.emptied.extend(nullable.then(|| column.clone()));
                last.child_columns.push(column);
                last.parent_columns.push(text(row, 6));
                last.nullable |= nullable;
            }
            _ => foreign_keys.push(ForeignKey {
                on_delete: rules.get(&(table, name.clone())).copied().unwrap_or(OnDelete::Unknown),
                name,
                child,
                // One that is NULL is enough.
                emptied: nullable.then(|| column.clone()).into_iter().collect(),
                child_columns: vec![column],
                parent: format!("{}.{}", text(row, 4), text(row, 5)),
                parent_columns: vec![text(row, 6)],
                nullable,
                // InnoDB checks row by row.
                deferrable: false,
                // InnoDB makes the index itself.
                indexed: true,
                declared: true,
            }),
        }
    }
    let product = if session.is_mariadb() { "MariaDB" } else { "MySQL" };
    let version = session.version().split('-').next().unwrap_or_default().to_owned();
    Ok(Catalogue { kind: SourceKind::Mysql, product: format!("{product} {version}"), tables, foreign_keys })
}

/// The primary key, else the shortest unique key without NULL; fractions and bits tell no rows apart.
fn identity(indexes: &BTreeMap<String, Index>, columns: &[ColumnFacts]) -> RowIdentity {
    let exact = |name: &String| {
        let sql_type = columns.iter().find(|column| column.name == *name).map_or("", |column| column.sql_type.as_str());
        !["float", "double", "bit", "geometry", "json"].iter().any(|word| sql_type.starts_with(word))
    };
    let usable = |index: &&Index| index.unique && index.strict && index.columns.iter().all(exact);
    let primary = indexes.get("PRIMARY").filter(usable);
    let shortest = || indexes.values().filter(usable).min_by_key(|index| index.columns.len());
    primary.or_else(shortest).map_or(RowIdentity::None, |index| RowIdentity::Key(index.columns.clone()))
}
