//! The statements of the gate, as text. The text protocol binds nothing: numbers are digits, everything
//! else is hexadecimal.

use std::fmt::Write;

use super::super::quote::literal;
use super::super::quote::quote_identifier;
use crate::amend::ALIAS;
use crate::amend::Batch;
use crate::amend::Change;
use crate::amend::KeyColumn;
use crate::amend::RowIdentity;
use crate::amend::Rows;
use crate::amend::Selection;
use crate::amend::TableFacts;

/// How a column of a key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Bytes,
    Integer,
    Text,
}

/// The columns that tell rows apart: quoted name, kind.
pub(super) fn key_columns(table: &TableFacts) -> Vec<(String, KeyKind)> {
    let RowIdentity::Key(columns) = &table.identity else { return Vec::new() };
    let kind = |name: &str| {
        let sql_type = table.column(name).map_or("", |column| column.sql_type.as_str()).to_ascii_lowercase();
        let word = sql_type.split(['(', ' ']).next().unwrap_or_default();
        match word {
            "tinyint" | "smallint" | "mediumint" | "int" => KeyKind::Integer,
            "bigint" if !sql_type.contains("unsigned") => KeyKind::Integer,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => KeyKind::Bytes,
            _ => KeyKind::Text,
        }
    };
    columns.iter().map(|name| (quote_identifier(name), kind(name))).collect()
}

/// An empty column for keys of this kind.
pub(super) fn empty_key(kind: KeyKind) -> KeyColumn {
    match kind {
        KeyKind::Bytes => KeyColumn::Bytes(Vec::new()),
        KeyKind::Integer => KeyColumn::Integers(Vec::new()),
        KeyKind::Text => KeyColumn::Texts(Vec::new()),
    }
}

fn value(column: &KeyColumn, at: usize) -> String {
    match column {
        KeyColumn::Bytes(values) => {
            let mut hex = String::from("X'");
            for byte in &values[at] {
                let _ = write!(hex, "{byte:02X}");
            }
            hex + "'"
        }
        KeyColumn::Integers(values) => values[at].to_string(),
        KeyColumn::Texts(values) => literal(&values[at]),
    }
}

/// `(keys) IN (…)` for these rows.
pub(super) fn among(alias: &str, table: &TableFacts, rows: &Rows, positions: impl Iterator<Item = usize>) -> String {
    let names: Vec<String> = key_columns(table).iter().map(|(name, _)| format!("{alias}.{name}")).collect();
    let tuple = |at: usize| {
        let values: Vec<String> = rows.keys.iter().map(|column| value(column, at)).collect();
        if values.len() == 1 { values.join("") } else { format!("({})", values.join(", ")) }
    };
    let tuples: Vec<String> = positions.map(tuple).collect();
    if tuples.is_empty() {
        return "1 = 0".to_owned();
    }
    let names = if names.len() == 1 { names.join("") } else { format!("({})", names.join(", ")) };
    format!("{names} IN ({})", tuples.join(", "))
}

fn keys(alias: &str, table: &TableFacts) -> String {
    key_columns(table).iter().map(|(name, _)| format!("{alias}.{name}")).collect::<Vec<_>>().join(", ")
}

/// The first 64 bits of a hash over all columns, as a number.
fn version(alias: &str, table: &TableFacts) -> String {
    let part = |column: &crate::amend::ColumnFacts| {
        let name = format!("{alias}.{}", quote_identifier(&column.name));
        let sql_type = column.sql_type.to_ascii_lowercase();
        let is_binary = ["blob", "binary", "geometry", "point", "polygon", "linestring", "bit"]
            .iter()
            .any(|word| sql_type.contains(word));
        if is_binary { format!("IFNULL(HEX({name}), 'NULL')") } else { format!("QUOTE({name})") }
    };
    let parts: Vec<String> = table.columns.iter().map(part).collect();
    // MySQL 9.6 and later have MD5 only by a component.
    format!("CONV(LEFT(SHA2(CONCAT_WS(',', {}), 256), 16), 16, 10)", parts.join(", "))
}

/// `SELECT` of version, keys, flags; through an edge also the parent's keys, last.
pub(super) fn select(selection: &Selection) -> String {
    let table = &selection.table;
    let mut columns = vec![version(ALIAS, table), keys(ALIAS, table)];
    columns.extend(selection.flags.iter().map(|flag| format!("IFNULL(({}), 0) <> 0", flag.as_str())));
    let condition = selection.condition.as_str();
    let Some(through) = &selection.through else {
        return format!("SELECT {} FROM {} AS {ALIAS} WHERE {condition}", columns.join(", "), table.sql);
    };
    // The parents in a subquery under names of ours: conditions see the child's columns alone.
    let key = &through.edge.key;
    let parent = &through.edge.parent;
    let mut given = Vec::new();
    for (at, (name, _)) in key_columns(parent).iter().enumerate() {
        given.push(format!("parent.{name} AS `dw k{at}`"));
        columns.push(format!("dataward_p.`dw k{at}`"));
    }
    let mut on = Vec::new();
    for (at, (child, parent)) in key.child_columns.iter().zip(&key.parent_columns).enumerate() {
        given.push(format!("parent.{} AS `dw r{at}`", quote_identifier(parent)));
        on.push(format!("{ALIAS}.{} = dataward_p.`dw r{at}`", quote_identifier(child)));
    }
    format!(
        "SELECT {} FROM (SELECT {} FROM {} AS parent WHERE {}) AS dataward_p JOIN {} AS {ALIAS} ON {} WHERE ({condition})",
        columns.join(", "),
        given.join(", "),
        parent.sql,
        among("parent", parent, &through.parents, 0..through.parents.len()),
        table.sql,
        on.join(" AND "),
    )
}

/// Locks the rows of a batch, so that what is seen next stays true.
pub(super) fn lock(batch: &Batch) -> String {
    let table = batch.table();
    let wanted = among(ALIAS, table, batch.rows(), 0..batch.rows().len());
    format!("SELECT 1 FROM {} AS {ALIAS} WHERE {wanted} FOR UPDATE", table.sql)
}

/// Of each row of a batch: version, keys, held, due, referenced.
pub(super) fn look(batch: &Batch) -> String {
    let table = batch.table();
    let referenced = batch.referenced();
    let asked =
        [batch.held(), batch.condition(), &referenced].map(|flag| format!("IFNULL(({}), 0) <> 0", flag.as_str()));
    format!(
        "SELECT {}, {}, {} FROM {} AS {ALIAS} WHERE {}",
        version(ALIAS, table),
        keys(ALIAS, table),
        asked.join(", "),
        table.sql,
        among(ALIAS, table, batch.rows(), 0..batch.rows().len()),
    )
}

/// The statement that changes these rows of a batch, which are locked and were looked at. The conditions
/// can't stand in it once more: MySQL refuses a subquery on the table that is changed (error 1093).
pub(super) fn change(batch: &Batch, positions: &[usize]) -> String {
    let table = batch.table();
    let wanted = among(&table.sql, table, batch.rows(), positions.iter().copied());
    match batch.change() {
        Change::DropPartition { .. } | Change::Erase { .. } => format!("DELETE FROM {} WHERE {wanted}", table.sql),
        Change::Rewrite { columns } => {
            let names = key_columns(table);
            let mut set = Vec::new();
            for (column, values) in columns.iter().zip(batch.values()) {
                let name = quote_identifier(column);
                if positions.iter().all(|at| values[*at].is_none()) {
                    set.push(format!("{name} = NULL"));
                    continue;
                }
                let mut text = format!("{name} = CASE");
                for at in positions {
                    let same: Vec<String> = names
                        .iter()
                        .zip(&batch.rows().keys)
                        .map(|((name, _), key)| format!("{name} = {}", value(key, *at)))
                        .collect();
                    let new = values[*at].as_ref().map_or("NULL".to_owned(), |text| literal(text));
                    let _ = write!(text, " WHEN {} THEN {new}", same.join(" AND "));
                }
                set.push(text + " END");
            }
            format!("UPDATE {} SET {} WHERE {wanted}", table.sql, set.join(", "))
        }
    }
}

/// `SELECT` of all columns as texts, keys last.
pub(super) fn fetch(table: &TableFacts, rows: &Rows) -> String {
    let column = |column: &crate::amend::ColumnFacts| {
        let name = format!("{ALIAS}.{}", quote_identifier(&column.name));
        let sql_type = column.sql_type.to_ascii_lowercase();
        let is_binary = ["blob", "binary", "bit"].iter().any(|word| sql_type.contains(word));
        if is_binary { format!("HEX({name})") } else { name }
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    format!(
        "SELECT {}, {} FROM {} AS {ALIAS} WHERE {}",
        columns.join(", "),
        keys(ALIAS, table),
        table.sql,
        among(ALIAS, table, rows, 0..rows.len())
    )
}
