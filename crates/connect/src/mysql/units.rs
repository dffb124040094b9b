//! What the server holds: tables and views, and the heads of their columns.

use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::Reference;
use dataward_model::TableHead;
use sqlx::mysql::MySqlRow;
use tokio::sync::mpsc;

use super::faults::TableName;
use super::quote::literal;
use super::quote::quote_identifier;
use super::session::Session;
use super::types;
use super::types::Kind;
use crate::ConnectError;
use crate::Fingerprint;
use crate::Unit;
use crate::UnitKind;

/// Bytes of the largest value that is read; what is larger is counted and listed.
pub(super) const LARGEST_CELL: u64 = 64 << 20;

/// UPDATE_TIME counts seconds: after a change in this second another one would not show.
const SETTLED_SECONDS: u64 = 2;

/// Engines whose rows lie on other servers or in files of others.
const FOREIGN_ENGINES: [&str; 5] = ["CONNECT", "FEDERATED", "NDBCLUSTER", "S3", "SPIDER"];

/// Sequences (MariaDB) are left out: they hold counters, not rows.
const LIST_TABLES: &str = "\
SELECT /* dataward */ TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH,
       UNIX_TIMESTAMP(CREATE_TIME), UNIX_TIMESTAMP(UPDATE_TIME), UNIX_TIMESTAMP(NOW())
  FROM information_schema.TABLES
 WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
   AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')";

const LIST_COLUMNS: &str = "\
SELECT /* dataward */ COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, COLUMN_KEY, COLUMN_COMMENT
  FROM information_schema.COLUMNS";

const LIST_REFERENCES: &str = "\
SELECT /* dataward */ COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
  FROM information_schema.KEY_COLUMN_USAGE";

/// What is needed to read a table.
pub(super) struct TableFacts {
    pub(super) name: TableName,
    pub(super) head: TableHead,
    pub(super) kinds: Vec<Kind>,
    /// What stands behind SELECT for each column; the last counts values that were left out.
    pub(super) expressions: Vec<String>,
    /// The column of a primary key that is one whole number.
    pub(super) integer_key: Option<String>,
}

/// Sends every table and view as a unit.
pub(super) async fn list(mut session: Session, sender: mpsc::Sender<Result<Unit, ConnectError>>) {
    let only = session.database().map(|name| format!(" AND TABLE_SCHEMA = {}", literal(name))).unwrap_or_default();
    let rows = match session.rows(format!("{LIST_TABLES}{only}")).await {
        Ok(rows) => rows,
        Err(error) => {
            // Whoever does not listen any more need not be told.
            let _ = sender.send(Err(error)).await;
            return;
        }
    };
    let blind = sees_single_tables_only(&mut session).await;
    session.leave();
    if blind {
        // The server does not even name tables that an account may not read: silence would be a miss.
        let _ = sender.send(Err(partial_view(only.is_empty()))).await;
    }
    for row in &rows {
        if sender.send(Ok(unit(row))).await.is_err() {
            return;
        }
    }
}

/// Whether the account was given single tables only, neither a database nor a role. When the server
/// does not say, the answer is no.
async fn sees_single_tables_only(session: &mut Session) -> bool {
    match session.rows(COUNT_WIDE_RIGHTS.to_owned()).await {
        Ok(rows) => rows.first().and_then(|row| types::number(row, 0)) == Some(0),
        Err(_) => false,
    }
}

fn partial_view(all_databases: bool) -> ConnectError {
    let scope = if all_databases { "databases" } else { "the database" };
    ConnectError::Denied {
        target: format!("all of {scope}"),
        reason: "the account was given single tables only, and the server does not name the others; \
                 to see them all: GRANT SELECT, SHOW VIEW ON <database>.* TO <account>"
            .to_owned(),
    }
}

const COUNT_WIDE_RIGHTS: &str = "\
SELECT /* dataward */
       (SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT')
     + (SELECT COUNT(*) FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT')
     + (SELECT COUNT(*) FROM information_schema.APPLICABLE_ROLES)";

fn unit(row: &MySqlRow) -> Unit {
    let engine = types::text(row, 3);
    let is_view = types::text(row, 2) == "VIEW";
    let kind = if is_view {
        UnitKind::View
    } else if FOREIGN_ENGINES.contains(&engine.to_ascii_uppercase().as_str()) {
        UnitKind::ForeignTable
    } else {
        UnitKind::Table
    };
    let is_table = kind == UnitKind::Table;
    Unit {
        name: TableName { schema: types::text(row, 0), table: types::text(row, 1) }.display(),
        kind,
        rows_estimate: types::number(row, 4).filter(|_| !is_view),
        bytes: types::number(row, 5).filter(|_| is_table),
        fingerprint: fingerprint(row, &engine).filter(|_| is_table),
        exposure: None,
    }
}

/// When the table was made and last changed. InnoDB forgets the time of the last change when the
/// server restarts, and knows none for tables not changed since; then there is no telling. Aria writes its files, whose
/// time is shown, long after the change.
fn fingerprint(row: &MySqlRow, engine: &str) -> Option<Fingerprint> {
    let seconds = |at| {
        let text = types::text(row, at);
        text.split('.').next().and_then(|whole| whole.parse::<u64>().ok())
    };
    let (created, updated, now) = (seconds(6), seconds(7)?, seconds(8)?);
    let known = matches!(engine, "InnoDB" | "MyISAM");
    (known && updated + SETTLED_SECONDS <= now)
        .then(|| Fingerprint(format!("{engine} {} {updated}", created.unwrap_or_default())))
}

/// Looks up what is needed to read the unit `name`; `schema` is where the address said to look.
pub(super) async fn describe(session: &mut Session, unit: &str) -> Result<TableFacts, ConnectError> {
    // Either part of the name may hold dots: the one that has columns is meant.
    let mut found = None;
    for (at, _) in unit.match_indices('.') {
        let name = TableName { schema: unit[..at].to_owned(), table: unit[at + 1..].to_owned() };
        if session.database().is_some_and(|only| !only.eq_ignore_ascii_case(&name.schema)) {
            continue;
        }
        let place = format!("TABLE_SCHEMA = {} AND TABLE_NAME = {}", literal(&name.schema), literal(&name.table));
        let rows = session.rows(format!("{LIST_COLUMNS} WHERE {place} ORDER BY ORDINAL_POSITION")).await?;
        if !rows.is_empty() {
            found = Some((name, place, rows));
            break;
        }
    }
    let Some((name, place, rows)) = found else {
        let reason = "it is not there any more, or the account lost its right to it".to_owned();
        return Err(ConnectError::Gone { target: format!("`{unit}`"), reason });
    };
    let mut heads: Vec<ColumnHead> = rows.iter().map(head).collect();
    let references = format!("{LIST_REFERENCES} WHERE {place} AND REFERENCED_TABLE_NAME IS NOT NULL");
    for row in session.rows(references).await? {
        let column = types::text(&row, 0);
        let Some(head) = heads.iter_mut().find(|head| head.name == column) else { continue };
        if head.role != ColumnRole::PrimaryKey {
            head.role = ColumnRole::ForeignKey;
        }
        let table = TableName { schema: types::text(&row, 1), table: types::text(&row, 2) }.display();
        head.references = Some(Reference { table, column: types::text(&row, 3) });
    }
    let data_types: Vec<String> = rows.iter().map(|row| types::text(row, 2)).collect();
    let kinds: Vec<Kind> =
        data_types.iter().zip(&heads).map(|(data_type, head)| Kind::of(data_type, &head.declared_type)).collect();
    let mut keys = heads.iter().zip(&kinds).filter(|(head, _)| head.role == ColumnRole::PrimaryKey);
    let integer_key = match (keys.next(), keys.next()) {
        (Some((head, Kind::Integer | Kind::Unsigned)), None) => Some(head.name.clone()),
        _ => None,
    };
    let expressions = expressions(&heads, &kinds, &data_types);
    Ok(TableFacts { head: TableHead::table(name.display(), heads), name, kinds, expressions, integer_key })
}

fn head(row: &MySqlRow) -> ColumnHead {
    let mut head = ColumnHead::new(types::text(row, 0), types::text(row, 1));
    head.role = match types::text(row, 3).as_str() {
        "PRI" => ColumnRole::PrimaryKey,
        "UNI" => ColumnRole::Unique,
        _ => ColumnRole::Plain,
    };
    head.comment = Some(types::text(row, 4)).filter(|comment| !comment.is_empty());
    head
}

fn expressions(heads: &[ColumnHead], kinds: &[Kind], data_types: &[String]) -> Vec<String> {
    let mut refused = Vec::new();
    let mut expressions = Vec::with_capacity(heads.len() + 1);
    for ((head, kind), data_type) in heads.iter().zip(kinds).zip(data_types) {
        let name = quote_identifier(&head.name);
        let value = if *kind == Kind::Geometry { format!("ST_AsText({name})") } else { name.clone() };
        expressions.push(if types::may_be_huge(data_type) {
            refused.push(format!("IFNULL(LENGTH({name}) > {LARGEST_CELL}, 0)"));
            format!("IF(LENGTH({name}) > {LARGEST_CELL}, NULL, {value})")
        } else {
            value
        });
    }
    expressions.push(if refused.is_empty() { "0".to_owned() } else { refused.join(" + ") });
    expressions
}
