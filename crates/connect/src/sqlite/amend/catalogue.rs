//! The schema as facts for a plan.

use std::collections::BTreeMap;
use std::collections::HashSet;

use dataward_model::SourceKind;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::super::units::quote_identifier;
use crate::amend::Catalogue;
use crate::amend::Check;
use crate::amend::ColumnFacts;
use crate::amend::ForeignKey;
use crate::amend::OnDelete;
use crate::amend::RowIdentity;
use crate::amend::TableFacts;
use crate::amend::checks;

const TABLES: &str = "SELECT name, wr FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
const COLUMNS: &str = "SELECT t.name AS tbl, c.name, c.type, c.\"notnull\" AS strict, c.pk, c.hidden
    FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, 'main') c
    WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden <> 1 ORDER BY t.name, c.cid";
const INDEXES: &str = "SELECT t.name AS tbl, i.name AS idx, i.\"unique\" AS uniq, i.partial, i.origin, p.name
    FROM pragma_table_list t JOIN pragma_index_list(t.name, 'main') i JOIN pragma_index_info(i.name, 'main') p
    WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, i.name, p.seqno";
const REFERENCES: &str = "SELECT t.name AS tbl, f.id, f.\"table\" AS parent, f.\"from\" AS child_column,
        f.\"to\" AS parent_column, f.on_delete
    FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name, 'main') f
    WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, f.id, f.seq";
const TRIGGERS: &str = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
const ESTIMATES: &str = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl";

struct Index {
    table: String,
    unique: bool,
    partial: bool,
    primary: bool,
    columns: Vec<Option<String>>,
}

struct Trigger {
    table: String,
    name: String,
    /// It fires on DELETE and raises: RAISE(IGNORE) keeps the row, the others refuse it.
    keeps: bool,
}

fn of_table(triggers: &[Trigger], table: &str, which: impl Fn(&Trigger) -> bool) -> Vec<String> {
    let wanted = triggers.iter().filter(|trigger| trigger.table == table && which(trigger));
    wanted.map(|trigger| trigger.name.clone()).collect()
}

/// Reads the facts. Row counts are exact below a million or so: SQLite counts pages of the smallest index.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Catalogue, sqlx::Error> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *connection).await?;
    let mut tables = Vec::new();
    for row in sqlx::query(TABLES).fetch_all(&mut *connection).await? {
        tables.push((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)? != 0));
    }
    let mut columns: BTreeMap<String, Vec<(ColumnFacts, i64)>> = BTreeMap::new();
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        let primary: i64 = row.try_get("pk")?;
        let facts = ColumnFacts {
            name: row.try_get("name")?,
            sql_type: row.try_get("type")?,
            nullable: row.try_get::<i64, _>("strict")? == 0 && primary == 0,
            generated: row.try_get::<i64, _>("hidden")? != 0,
            max_chars: None,
            check: None,
        };
        columns.entry(row.try_get("tbl")?).or_default().push((facts, primary));
    }
    let indexes = indexes(connection).await?;
    let triggers = triggers(connection).await?;
    let estimated = sqlx::query(ESTIMATES).fetch_all(&mut *connection).await.unwrap_or_default();
    let estimated: BTreeMap<String, i64> =
        estimated.iter().filter_map(|row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?))).collect();
    let mut facts = Vec::new();
    let mut primary = BTreeMap::new();
    for (name, without_row_id) in tables {
        let rows = match estimated.get(&name) {
            Some(rows) => *rows,
            None => {
                let count = format!("SELECT count(*) FROM {}", quote_identifier(&name));
                sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await.unwrap_or(0)
            }
        };
        let columns = columns.remove(&name).unwrap_or_default();
        let mut identity = identity(&columns, without_row_id);
        if !without_row_id && has_null(connection, &name, &identity).await {
            // Only a whole number as a key keeps NULL out of it: such rows are known by their places alone.
            identity = RowIdentity::Place;
        }
        primary.insert(name.clone(), key_columns(&columns));
        let made: Option<String> =
            sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1")
                .bind(&name)
                .fetch_optional(&mut *connection)
                .await?
                .flatten();
        facts.push(TableFacts {
            sql: quote_identifier(&name),
            identity,
            columns: columns.into_iter().map(|(column, _)| demanded(column, made.as_deref())).collect(),
            unique: indexes
                .iter()
                .filter(|index| index.table == name && index.unique && !index.partial && !index.primary)
                .filter_map(|index| index.columns.iter().cloned().collect())
                .collect(),
            rows_estimate: rows.max(0) as u64,
            bytes: 0,
            triggers: of_table(&triggers, &name, |_| true),
            keepers: of_table(&triggers, &name, |trigger| trigger.keeps),
            rules: Vec::new(),
            row_security: false,
            hides_rows: false,
            inherits: Vec::new(),
            keeps_history: false,
            elsewhere: false,
            partitioning: None,
            name,
        });
    }
    let foreign_keys = references(connection, &facts, (&indexes, &primary)).await?;
    Ok(Catalogue { kind: SourceKind::Sqlite, product: format!("SQLite {version}"), tables: facts, foreign_keys })
}

/// A column with what its type and CHECK rules demand: SQLite keeps to the rules, whoever reads the column to its type.
fn demanded(column: ColumnFacts, made: Option<&str>) -> ColumnFacts {
    let check = made.and_then(|made| checks::of_column(made, &column.name));
    let size = column.sql_type.split_once('(').and_then(|(word, size)| {
        let is_text = word.to_ascii_uppercase().contains("CHAR");
        size.trim_end_matches(')').trim().parse::<u32>().ok().filter(|size| is_text && *size > 0)
    });
    let most = match check {
        Some(Check::AtMost(most) | Check::Length(most)) => Some(size.map_or(most, |size| size.min(most))),
        _ => size,
    };
    ColumnFacts { max_chars: most, check, ..column }
}

/// The primary key where JSON can hold it, else the row's place: a BLOB can't be bound in an array.
fn identity(columns: &[(ColumnFacts, i64)], without_row_id: bool) -> RowIdentity {
    let key: Vec<&(ColumnFacts, i64)> = columns.iter().filter(|(_, primary)| *primary > 0).collect();
    let bindable = |sql_type: &str| {
        let upper = sql_type.to_ascii_uppercase();
        ["INT", "CHAR", "TEXT", "CLOB", "UUID", "DATE", "TIME"].iter().any(|word| upper.contains(word))
    };
    match (key.is_empty(), key.iter().all(|(column, _)| bindable(&column.sql_type))) {
        (false, true) => RowIdentity::Key(key_columns(columns)),
        (false, false) if without_row_id => RowIdentity::None,
        _ => RowIdentity::Place,
    }
}

/// The columns of the primary key, in its order.
fn key_columns(columns: &[(ColumnFacts, i64)]) -> Vec<String> {
    let mut key: Vec<&(ColumnFacts, i64)> = columns.iter().filter(|(_, primary)| *primary > 0).collect();
    key.sort_by_key(|(_, primary)| *primary);
    key.iter().map(|(column, _)| column.name.clone()).collect()
}

/// Whether a row has no value in a column of its key.
async fn has_null(connection: &mut SqliteConnection, table: &str, identity: &RowIdentity) -> bool {
    let RowIdentity::Key(columns) = identity else { return false };
    let is_null: Vec<String> = columns.iter().map(|name| format!("{} IS NULL", quote_identifier(name))).collect();
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", quote_identifier(table), is_null.join(" OR "));
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap_or(false)
}

async fn indexes(connection: &mut SqliteConnection) -> Result<Vec<Index>, sqlx::Error> {
    let mut indexes: Vec<(String, Index)> = Vec::new();
    for row in sqlx::query(INDEXES).fetch_all(connection).await? {
        let (table, name): (String, String) = (row.try_get("tbl")?, row.try_get("idx")?);
        let column: Option<String> = row.try_get("name")?;
        match indexes.last_mut() {
            Some((last, index)) if *last == name => index.columns.push(column),
            _ => {
                let index = Index {
                    table,
                    unique: row.try_get::<i64, _>("uniq")? != 0,
                    partial: row.try_get::<i64, _>("partial")? != 0,
                    primary: row.try_get::<String, _>("origin")? == "pk",
                    columns: vec![column],
                };
                indexes.push((name, index));
            }
        }
    }
    Ok(indexes.into_iter().map(|(_, index)| index).collect())
}

/// Triggers on DELETE or UPDATE. The event is a word of the statement, before the table's name.
async fn triggers(connection: &mut SqliteConnection) -> Result<Vec<Trigger>, sqlx::Error> {
    let mut found = Vec::new();
    for row in sqlx::query(TRIGGERS).fetch_all(connection).await? {
        let (table, name, sql): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let upper = sql.to_ascii_uppercase();
        let head = upper.split("BEGIN").next().unwrap_or_default();
        if head.contains("DELETE") || head.contains("UPDATE") {
            let keeps = head.contains("DELETE") && upper.contains("RAISE");
            found.push(Trigger { table, name, keeps });
        }
    }
    Ok(found)
}

async fn references(
    connection: &mut SqliteConnection,
    tables: &[TableFacts],
    (indexes, primary): (&[Index], &BTreeMap<String, Vec<String>>),
) -> Result<Vec<ForeignKey>, sqlx::Error> {
    let mut found: Vec<((String, i64), ForeignKey)> = Vec::new();
    let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    for row in sqlx::query(REFERENCES).fetch_all(connection).await? {
        let (child, id): (String, i64) = (row.try_get("tbl")?, row.try_get("id")?);
        let named: String = row.try_get("parent")?;
        // Names differ in case here and there; a parent that is not there is no reference.
        let Some(parent) = tables.iter().find(|table| same(&table.name, &named)) else { continue };
        let Some(own) = tables.iter().find(|table| table.name == child) else { continue };
        let actual = |table: &TableFacts, wanted: String| {
            table.columns.iter().find(|column| same(&column.name, &wanted)).map_or(wanted, |column| column.name.clone())
        };
        let child_column = actual(own, row.try_get("child_column")?);
        let at =
            found.last().filter(|(key, _)| *key == (child.clone(), id)).map_or(0, |(_, key)| key.child_columns.len());
        let parent_column = match row.try_get::<Option<String>, _>("parent_column")? {
            Some(named) => actual(parent, named),
            None => match primary.get(&parent.name).and_then(|columns| columns.get(at)) {
                Some(column) => column.clone(),
                None => continue,
            },
        };
        if at == 0 {
            let action: String = row.try_get("on_delete")?;
            let key = ForeignKey {
                name: format!("{child}[{id}]"),
                child: child.clone(),
                child_columns: Vec::new(),
                parent: parent.name.clone(),
                parent_columns: Vec::new(),
                on_delete: match action.as_str() {
                    "CASCADE" => OnDelete::Cascade,
                    "SET DEFAULT" => OnDelete::SetDefault,
                    "SET NULL" => OnDelete::SetNull,
                    _ => OnDelete::Refuse,
                },
                nullable: false,
                // `PRAGMA defer_foreign_keys` lets every check wait.
                deferrable: true,
                emptied: Vec::new(),
                indexed: false,
                declared: true,
            };
            found.push(((child, id), key));
        }
        let (_, key) = found.last_mut().expect("one was just pushed");
        let nullable = own.column(&child_column).is_some_and(|column| column.nullable);
        key.nullable |= nullable;
        // One that is NULL is enough.
        key.emptied.extend(nullable.then(|| child_column.clone()));
        key.child_columns.push(child_column);
        key.parent_columns.push(parent_column);
    }
    let mut keys: Vec<ForeignKey> = found.into_iter().map(|(_, key)| key).collect();
    for key in &mut keys {
        let wanted: HashSet<&str> = key.child_columns.iter().map(String::as_str).collect();
        let covers = |columns: Vec<&str>| {
            columns.len() >= wanted.len() && columns[..wanted.len()].iter().all(|column| wanted.contains(column))
        };
        let own = tables.iter().find(|table| table.name == key.child);
        let of_own = own.and_then(|table| primary.get(&table.name)).filter(|columns| !columns.is_empty());
        let by_primary = of_own.is_some_and(|columns| covers(columns.iter().map(String::as_str).collect()));
        key.indexed = by_primary
            || indexes.iter().filter(|index| index.table == key.child && !index.partial).any(|index| {
                covers(index.columns.iter().map(|column| column.as_deref().unwrap_or_default()).collect())
            });
    }
    Ok(keys)
}
