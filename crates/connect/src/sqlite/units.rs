//! What the database holds: tables, views and virtual tables, and the heads of their columns.

use std::collections::HashMap;
use std::collections::HashSet;

use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::Reference;
use dataward_model::TableHead;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::address::Session;
use super::types::Affinity;
use crate::ConnectError;
use crate::Unit;
use crate::UnitKind;

/// Databases up to this size are counted and measured exactly: reading all their pages takes a
/// fraction of a second. Above it, counts are SQLite's own estimates.
const SMALL_DATABASE: u64 = 16 << 20;

/// Tables asked about in one statement; SQLite takes up to 500 parts of a UNION.
const TABLES_PER_STATEMENT: usize = 200;

/// Virtual tables that hold rows of their own. Others show what lies elsewhere.
const MODULES_WITH_ROWS: [&str; 6] = ["fts3", "fts4", "fts5", "geopoly", "rtree", "rtree_i32"];

const LIST_TABLES: &str = "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'";
const LIST_STATEMENTS: &str = "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'view')";
const LIST_MODULES: &str = "SELECT name FROM pragma_module_list";
const LIST_STATISTICS: &str = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl";
const LIST_BYTES: &str = "SELECT name, sum(pgsize) FROM dbstat('main', 1) GROUP BY name";
const LIST_COLUMNS: &str =
    r#"SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid"#;
const LIST_UNIQUE: &str = r#"SELECT max(part.name) FROM pragma_index_list(?1, 'main') AS idx
     JOIN pragma_index_info(idx.name, 'main') AS part
    WHERE idx."unique" = 1 AND idx.partial = 0 GROUP BY idx.name HAVING count(*) = 1"#;
const LIST_REFERENCES: &str = r#"SELECT fk."from", fk."table", coalesce(fk."to",
        (SELECT name FROM pragma_table_xinfo(fk."table", 'main') WHERE pk = fk.seq + 1))
   FROM pragma_foreign_key_list(?1, 'main') AS fk"#;

/// A table as the catalogue knows it.
struct Listed {
    name: String,
    kind: UnitKind,
    has_row_id: bool,
}

/// What is needed to read a table.
pub(super) struct TableFacts {
    pub(super) head: TableHead,
    pub(super) affinities: Vec<Affinity>,
    /// The name under which the row id can be had; none for views, virtual tables and tables
    /// WITHOUT ROWID.
    pub(super) row_id: Option<&'static str>,
    /// Whether the rows are computed, so that a value may be larger than the file.
    pub(super) computed: bool,
}

/// `name` as an identifier in SQL.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Everything that can be read, and why the rest cannot.
pub(super) async fn list(session: &mut Session) -> Result<Vec<Result<Unit, ConnectError>>, ConnectError> {
    let statements: HashMap<Vec<u8>, Option<Vec<u8>>> =
        pairs(session, LIST_STATEMENTS, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?;
    let modules: HashSet<String> =
        pairs(session, LIST_MODULES, |row| Ok((row.try_get(0)?, ()))).await?.into_keys().collect();
    let mut listed = Vec::new();
    for (name, kind, without_row_id) in tables(session).await? {
        let statement = statements.get(&name).cloned().flatten();
        let texts = (String::from_utf8(name), String::from_utf8(statement.unwrap_or_default()));
        let (Ok(name), Ok(statement)) = texts else {
            listed.push(Err(ConnectError::Malformed {
                target: "a table".to_owned(),
                reason: "its name or statement is not valid text; the schema is damaged".to_owned(),
            }));
            continue;
        };
        if name.starts_with("sqlite_") || kind == "shadow" {
            continue;
        }
        listed.push(match kind.as_str() {
            "view" => Ok(Listed { name, kind: UnitKind::View, has_row_id: false }),
            "virtual" => virtual_table(name, &statement, &modules),
            _ => Ok(Listed { name, kind: UnitKind::Table, has_row_id: !without_row_id }),
        });
    }
    let rows = estimate_rows(session, &listed).await;
    let bytes: HashMap<String, i64> = if session.inspection.bytes <= SMALL_DATABASE {
        pairs(session, LIST_BYTES, |row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?))).await.unwrap_or_default()
    } else {
        HashMap::new()
    };
    let inspection = session.inspection.clone();
    let unit = |listed: Listed| Unit {
        rows_estimate: rows.get(&listed.name).copied(),
        bytes: bytes.get(&listed.name).and_then(|&bytes| u64::try_from(bytes).ok()),
        name: listed.name,
        kind: listed.kind,
        fingerprint: Some(inspection.fingerprint.clone()),
        exposure: inspection.exposure,
    };
    Ok(listed.into_iter().map(|found| found.map(unit)).collect())
}

async fn tables(session: &mut Session) -> Result<Vec<(Vec<u8>, String, bool)>, ConnectError> {
    let rows = sqlx::query(LIST_TABLES).fetch_all(&mut session.connection).await;
    let rows = rows.map_err(|error| session.explain(&error))?;
    let mut tables = Vec::with_capacity(rows.len());
    for row in rows {
        let read =
            || -> Result<_, sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get::<i64, _>(2)? != 0)) };
        tables.push(read().map_err(|error| session.explain(&error))?);
    }
    tables.sort();
    Ok(tables)
}

async fn pairs<K: Eq + std::hash::Hash, V>(
    session: &mut Session,
    sql: &'static str,
    read: impl Fn(&SqliteRow) -> Result<(K, V), sqlx::Error>,
) -> Result<HashMap<K, V>, ConnectError> {
    let rows = sqlx::query(sql).fetch_all(&mut session.connection).await;
    let pairs = rows.and_then(|rows| rows.iter().map(read).collect());
    pairs.map_err(|error| session.explain(&error))
}

/// What a virtual table shows, by its `CREATE VIRTUAL TABLE` statement.
fn virtual_table(name: String, statement: &str, modules: &HashSet<String>) -> Result<Listed, ConnectError> {
    let (module, arguments) = module_of(statement);
    let because =
        |reason: String| Err(ConnectError::NotSupported { reason: format!("`{name}` was not read: {reason}") });
    if !modules.contains(&module) {
        return because(format!("it needs the SQLite extension `{module}`, which dataward does not have"));
    }
    if !MODULES_WITH_ROWS.contains(&module.as_str()) {
        return because(format!("a virtual table of the kind `{module}` holds no rows of its own"));
    }
    let content = arguments.iter().find(|(key, _)| key == "content" && module.starts_with("fts"));
    match content.map(|(_, value)| value.as_str()) {
        Some("") => because("this full-text index keeps words, but no text that could be read back".to_owned()),
        Some(table) => because(format!("this full-text index shows the text of `{table}`, which is read itself")),
        None => Ok(Listed { name, kind: UnitKind::Table, has_row_id: false }),
    }
}

/// The module's name in lower case and its arguments of the form `key=value`.
fn module_of(statement: &str) -> (String, Vec<(String, String)>) {
    let lower = statement.to_ascii_lowercase();
    // The name may contain the word itself; the module follows the last quote-free `using`.
    let after = positions_outside_quotes(&lower, "using").next().map_or("", |at| &statement[at + "using".len()..]);
    let (module, arguments) = after.trim_start().split_once('(').unwrap_or((after.trim_start(), ""));
    let arguments = arguments.trim_end().strip_suffix(')').unwrap_or(arguments);
    let options = split_outside_quotes(arguments).into_iter().filter_map(|argument| {
        let (key, value) = argument.split_once('=')?;
        Some((key.trim().to_ascii_lowercase(), unquote(value.trim())))
    });
    (unquote(module.trim()).to_ascii_lowercase(), options.collect())
}

fn positions_outside_quotes<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut quote = None;
    text.char_indices().filter_map(move |(at, character)| {
        match (quote, character) {
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '[') => quote = Some(']'),
            (Some(end), _) if end == character => quote = None,
            _ => {}
        }
        (quote.is_none() && text[at..].starts_with(word)).then_some(at)
    })
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in positions_outside_quotes(text, ",") {
        parts.push(&text[start..at]);
        start = at + 1;
    }
    parts.push(&text[start..]);
    parts
}

fn unquote(text: &str) -> String {
    for (open, close) in [('"', '"'), ('\'', '\''), ('`', '`'), ('[', ']')] {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.replace(&format!("{close}{close}"), &close.to_string());
        }
    }
    text.to_owned()
}

/// Rows of each table: counted in a small database, else what ANALYZE left or the largest row id.
async fn estimate_rows(session: &mut Session, listed: &[Result<Listed, ConnectError>]) -> HashMap<String, u64> {
    let count = if session.inspection.bytes <= SMALL_DATABASE { "count(*)" } else { "max(rowid)" };
    let tables: Vec<&Listed> = listed.iter().flatten().filter(|table| table.kind == UnitKind::Table).collect();
    let exact = session.inspection.bytes <= SMALL_DATABASE;
    let mut rows = HashMap::new();
    if !exact {
        let known = pairs(session, LIST_STATISTICS, |row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?))).await;
        rows.extend(
            known.unwrap_or_default().into_iter().map(|(name, rows): (String, i64)| (name, rows.max(0) as u64)),
        );
    }
    let unknown: Vec<&&Listed> =
        tables.iter().filter(|table| !rows.contains_key(&table.name) && (exact || table.has_row_id)).collect();
    let mut found = Vec::new();
    for tables in unknown.chunks(TABLES_PER_STATEMENT) {
        let part = |(at, table): (usize, &&&Listed)| {
            format!("SELECT {at}, {count} FROM \"main\".{}", quote_identifier(&table.name))
        };
        let sql = tables.iter().enumerate().map(part).collect::<Vec<_>>().join(" UNION ALL ");
        // A damaged table leaves its neighbours without an estimate; reading tells why.
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut session.connection).await.unwrap_or_default() {
            if let (Ok(at), Ok(Some(rows))) = (row.try_get::<i64, _>(0), row.try_get::<Option<i64>, _>(1)) {
                found.push((tables[at as usize].name.clone(), rows.max(0) as u64));
            }
        }
    }
    rows.extend(found);
    rows
}

/// Looks up what is needed to read the table or view `name`.
pub(super) async fn describe(session: &mut Session, name: &str) -> Result<TableFacts, ConnectError> {
    let found = describe_columns(session, name).await;
    let (heads, affinities) = found.map_err(|error| session.explain_in(&error, name))?;
    let kind = sqlx::query("SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1")
        .bind(name)
        .fetch_optional(&mut session.connection)
        .await
        .map_err(|error| session.explain_in(&error, name))?;
    let Some(kind) = kind.filter(|_| !heads.is_empty()) else {
        let reason = "it is not there any more".to_owned();
        return Err(ConnectError::Gone { target: format!("`{name}`"), reason });
    };
    let is_table = kind.try_get::<&str, _>(0).is_ok_and(|kind| kind == "table" || kind == "shadow");
    let has_row_id = is_table && kind.try_get::<i64, _>(1).is_ok_and(|without| without == 0);
    let taken = |alias: &str| heads.iter().any(|column| column.name.eq_ignore_ascii_case(alias));
    Ok(TableFacts {
        row_id: ["rowid", "_rowid_", "oid"].into_iter().find(|alias| has_row_id && !taken(alias)),
        computed: !is_table,
        head: TableHead::table(name, heads),
        affinities,
    })
}

async fn describe_columns(session: &mut Session, name: &str) -> Result<(Vec<ColumnHead>, Vec<Affinity>), sqlx::Error> {
    let mut heads = Vec::new();
    let mut affinities = Vec::new();
    for row in sqlx::query(LIST_COLUMNS).bind(name).fetch_all(&mut session.connection).await? {
        let mut head = ColumnHead::new(row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?);
        if row.try_get::<i64, _>(2)? > 0 {
            head.role = ColumnRole::PrimaryKey;
        }
        affinities.push(Affinity::of(&head.declared_type));
        heads.push(head);
    }
    for row in sqlx::query(LIST_UNIQUE).bind(name).fetch_all(&mut session.connection).await? {
        set_role(&mut heads, row.try_get::<Option<&str>, _>(0)?, ColumnRole::Unique);
    }
    for row in sqlx::query(LIST_REFERENCES).bind(name).fetch_all(&mut session.connection).await? {
        let Some(head) = set_role(&mut heads, row.try_get(0)?, ColumnRole::ForeignKey) else { continue };
        let column: Option<String> = row.try_get(2)?;
        head.references = Some(Reference { table: row.try_get(1)?, column: column.unwrap_or_default() });
    }
    Ok((heads, affinities))
}

/// Gives a column a role unless it is part of the primary key, which says more.
fn set_role<'a>(heads: &'a mut [ColumnHead], name: Option<&str>, role: ColumnRole) -> Option<&'a mut ColumnHead> {
    let head = heads.iter_mut().find(|head| name.is_some_and(|name| head.name.eq_ignore_ascii_case(name)))?;
    if head.role != ColumnRole::PrimaryKey {
        head.role = role;
    }
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_and_its_content_are_found_in_every_way_to_write_them() {
        for (statement, module, content) in [
            ("CREATE VIRTUAL TABLE a USING fts5(x, y)", "fts5", None),
            ("CREATE VIRTUAL TABLE \"using fts4(\" USING FTS5(x, content='')", "fts5", Some("")),
            (
                "create virtual table [a b] using fts4 (x, content = \"my, notes\", tokenize=porter)",
                "fts4",
                Some("my, notes"),
            ),
            ("CREATE VIRTUAL TABLE a USING \"dbstat\"", "dbstat", None),
        ] {
            let (found, arguments) = module_of(statement);
            let found_content = arguments.iter().find(|(key, _)| key == "content").map(|(_, value)| value.as_str());
            assert_eq!((found.as_str(), found_content), (module, content), "{statement}");
        }
    }

    #[test]
    fn names_are_quoted_so_that_none_can_leave_its_quotes() {
        assert_eq!(quote_identifier("a\"b; DROP TABLE c"), "\"a\"\"b; DROP TABLE c\"");
    }
}
