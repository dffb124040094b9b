//! The statements of the gate, as text. Keys and new values are bound as one JSON array a batch: `?1` is
//! `[[key, …, value, …], …]`.

use super::super::units::quote_identifier;
use crate::amend::ALIAS;
use crate::amend::Batch;
use crate::amend::Change;
use crate::amend::KeyColumn;
use crate::amend::RowIdentity;
use crate::amend::Rows;
use crate::amend::Selection;
use crate::amend::TableFacts;

/// A column of a key.
pub(super) struct KeySql {
    /// Quoted.
    pub(super) column: String,
    /// The row id or an alias of it: always a whole number.
    pub(super) is_integer: bool,
}

/// The columns that tell rows apart.
pub(super) fn key_columns(table: &TableFacts) -> Vec<KeySql> {
    match &table.identity {
        RowIdentity::Key(columns) => columns
            .iter()
            .map(|name| {
                let declared = table.column(name).map_or("", |column| column.sql_type.as_str());
                let is_integer = columns.len() == 1 && declared.eq_ignore_ascii_case("INTEGER");
                KeySql { column: quote_identifier(name), is_integer }
            })
            .collect(),
        RowIdentity::Place | RowIdentity::None => vec![KeySql { column: "rowid".to_owned(), is_integer: true }],
    }
}

/// An empty column for keys of this kind.
pub(super) fn empty_key(key: &KeySql) -> KeyColumn {
    if key.is_integer { KeyColumn::Integers(Vec::new()) } else { KeyColumn::Texts(Vec::new()) }
}

fn read_keys(alias: &str, keys: &[KeySql]) -> String {
    let read = |key: &KeySql| match key.is_integer {
        true => format!("{alias}.{}", key.column),
        // A JSON scalar keeps text and number apart.
        false => format!("json_quote({alias}.{})", key.column),
    };
    keys.iter().map(read).collect::<Vec<_>>().join(", ")
}

fn same_key(alias: &str, keys: &[KeySql]) -> String {
    let same = |(at, key): (usize, &KeySql)| format!("{alias}.{} = json_extract(dw.value, '$[{at}]')", key.column);
    keys.iter().enumerate().map(same).collect::<Vec<_>>().join(" AND ")
}

/// SQLite takes expressions that are up to a thousand deep: those of all columns are put together in parts.
const COLUMNS_A_PART: usize = 50;

/// All columns of a row as one text.
fn content(alias: &str, table: &TableFacts) -> String {
    let quoted: Vec<String> =
        table.columns.iter().map(|column| format!("quote({alias}.{})", quote_identifier(&column.name))).collect();
    let parts: Vec<String> = quoted.chunks(COLUMNS_A_PART).map(|part| part.join(" || ',' || ")).collect();
    if let [all] = &parts[..] { all.clone() } else { format!("({})", parts.join(") || ',' || (")) }
}

/// `SELECT` of content, keys, flags and, through an edge, positions of parents.
pub(super) fn select(selection: &Selection) -> String {
    let table = &selection.table;
    let mut columns = vec![content(ALIAS, table), read_keys(ALIAS, &key_columns(table))];
    columns.extend(selection.flags.iter().map(|flag| format!("coalesce(({}), 0) <> 0", flag.as_str())));
    let condition = selection.condition.as_str();
    let Some(through) = &selection.through else {
        return format!("SELECT {} FROM {} AS {ALIAS} WHERE {condition}", columns.join(", "), table.sql);
    };
    // NOTE: `(SELECT * …)` would hide the row id, so the parents are joined in a subquery of their own
    // and conditions see the child alone.
    let key = &through.edge.key;
    let wanted: Vec<String> = (0..key.child_columns.len()).map(|at| format!("p.\"dw r{at}\"")).collect();
    let given: Vec<String> = key
        .parent_columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("parent.{} AS \"dw r{at}\"", quote_identifier(column)))
        .collect();
    let refers: Vec<String> = key
        .child_columns
        .iter()
        .zip(&wanted)
        .map(|(column, wanted)| format!("{ALIAS}.{} = {wanted}", quote_identifier(column)))
        .collect();
    let columns = columns.join(", ");
    if !key.indexed {
        // The children one time for all of these parents: SQLite makes an index of the parents, and made none of the
        // children (60,000 of both: minutes).
        return format!(
            "WITH p AS MATERIALIZED (SELECT dw.key AS \"dw n\", {} FROM json_each(?1) AS dw JOIN {} AS parent ON {}) \
             SELECT {columns}, p.\"dw n\" FROM {} AS {ALIAS} CROSS JOIN p WHERE {} AND ({condition})",
            given.join(", "),
            through.edge.parent.sql,
            same_key("parent", &key_columns(&through.edge.parent)),
            table.sql,
            refers.join(" AND "),
        );
    }
    format!(
        "SELECT {columns}, p.\"dw n\" FROM \
         (SELECT dw.key AS \"dw n\", {} FROM json_each(?1) AS dw JOIN {} AS parent ON {}) AS p \
         CROSS JOIN {} AS {ALIAS} WHERE {} AND ({condition})",
        given.join(", "),
        through.edge.parent.sql,
        same_key("parent", &key_columns(&through.edge.parent)),
        table.sql,
        refers.join(" AND "),
    )
}

/// Of each row of a batch: position, content (NULL when it is gone), held, due, referenced.
pub(super) fn look(batch: &Batch) -> String {
    format!(
        "SELECT dw.key, {}, coalesce(({}), 0) <> 0, coalesce(({}), 0) <> 0, coalesce(({}), 0) <> 0 \
         FROM json_each(?1) AS dw LEFT JOIN {} AS {ALIAS} ON {}",
        content_or_null(batch.table()),
        batch.held().as_str(),
        batch.condition().as_str(),
        batch.referenced().as_str(),
        batch.table().sql,
        same_key(ALIAS, &key_columns(batch.table())),
    )
}

/// The content, NULL where the outer join found no row: `quote(NULL)` is a text.
fn content_or_null(table: &TableFacts) -> String {
    let keys = key_columns(table);
    format!("CASE WHEN {ALIAS}.{} IS NOT NULL THEN {} END", keys[0].column, content(ALIAS, table))
}

/// The statement that changes the rows of `?1`.
pub(super) fn change(batch: &Batch) -> String {
    let table = &batch.table().sql;
    let keys = key_columns(batch.table());
    let still = format!("({}) AND NOT coalesce(({}), 0)", batch.condition().as_str(), batch.held().as_str());
    match batch.change() {
        Change::DropPartition { .. } | Change::Erase { .. } => {
            let columns: Vec<String> = keys.iter().map(|key| format!("{ALIAS}.{}", key.column)).collect();
            let given: Vec<String> = (0..keys.len()).map(|at| format!("json_extract(value, '$[{at}]')")).collect();
            format!(
                "DELETE FROM {table} AS {ALIAS} WHERE ({}) IN (SELECT {} FROM json_each(?1)) AND {still} AND NOT ({})",
                columns.join(", "),
                given.join(", "),
                batch.referenced().as_str(),
            )
        }
        Change::Rewrite { columns } => {
            let set = |(at, column): (usize, &String)| {
                format!("{} = json_extract(dw.value, '$[{}]')", quote_identifier(column), keys.len() + at)
            };
            let set: Vec<String> = columns.iter().enumerate().map(set).collect();
            format!(
                "UPDATE {table} AS {ALIAS} SET {} FROM json_each(?1) AS dw WHERE {} AND {still}",
                set.join(", "),
                same_key(ALIAS, &keys),
            )
        }
    }
}

/// `SELECT` of all columns as SQL literals, in the order of the keys given.
pub(super) fn fetch(table: &TableFacts) -> String {
    let columns: Vec<String> =
        table.columns.iter().map(|column| format!("quote({ALIAS}.{})", quote_identifier(&column.name))).collect();
    format!(
        "SELECT {} FROM json_each(?1) AS dw CROSS JOIN {} AS {ALIAS} ON {} ORDER BY dw.key",
        columns.join(", "),
        table.sql,
        same_key(ALIAS, &key_columns(table)),
    )
}

/// The rows at these positions as the JSON array of `?1`.
pub(super) fn json(rows: &Rows, values: &[Vec<Option<String>>], positions: impl IntoIterator<Item = usize>) -> String {
    let mut text = String::from("[");
    for at in positions {
        if text.len() > 1 {
            text.push(',');
        }
        text.push('[');
        for (column, key) in rows.keys.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            match key {
                KeyColumn::Integers(keys) => text.push_str(&keys[at].to_string()),
                KeyColumn::Texts(keys) => text.push_str(&keys[at]),
                KeyColumn::Bytes(_) => text.push_str("null"),
            }
        }
        for column in values {
            text.push(',');
            text.push_str(&serde_json::Value::from(column[at].clone()).to_string());
        }
        text.push(']');
    }
    text.push(']');
    text
}
