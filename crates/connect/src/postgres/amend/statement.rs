//! The statements of the gate, as text: keys, versions and new values are bound as arrays.
//!
//! The table stands under the alias [`ALIAS`], so that a condition can refer to its columns from within
//! a subquery. Batches are joined to an array of keys: `IN (SELECT …)` made the server read the whole
//! table for each batch (4.2 times one statement; retention.md section 8).

use std::fmt::Write;

use super::super::names::quote_identifier;
use crate::amend::ALIAS;
use crate::amend::Batch;
use crate::amend::Change;
use crate::amend::KeyColumn;
use crate::amend::RowIdentity;
use crate::amend::Selection;
use crate::amend::TableFacts;

/// The columns that tell rows apart, as SQL over a table alias: expression, type of the array.
pub(super) fn key_columns(table: &TableFacts) -> Vec<KeySql> {
    match &table.identity {
        RowIdentity::Key(columns) => columns
            .iter()
            .map(|name| {
                let sql_type = table.column(name).map_or("text", |column| column.sql_type.as_str());
                let is_integer = matches!(sql_type, "smallint" | "integer" | "bigint");
                KeySql { column: quote_identifier(name), sql_type: sql_type.to_owned(), is_integer }
            })
            .collect(),
        RowIdentity::Place | RowIdentity::None => {
            let column = |name: &str, sql_type: &str| KeySql {
                column: name.to_owned(),
                sql_type: sql_type.to_owned(),
                is_integer: false,
            };
            let place = column("ctid", "tid");
            // A place is one within its partition.
            match table.partitioning {
                None => vec![place],
                Some(_) => vec![column("tableoid", "oid"), place],
            }
        }
    }
}

/// A column of a key.
pub(super) struct KeySql {
    column: String,
    sql_type: String,
    pub(super) is_integer: bool,
}

impl KeySql {
    fn read(&self, alias: &str) -> String {
        let cast = if self.is_integer { "int8" } else { "text" };
        format!("{alias}.{}::{cast}", self.column)
    }

    /// The array parameter, as an array of the column's type.
    fn array(&self, parameter: usize) -> String {
        // An index on int4 serves int8 too; other types are read back as the server wrote them.
        match self.is_integer {
            true => format!("${parameter}::int8[]"),
            false => format!("${parameter}::text[]::{}[]", self.sql_type),
        }
    }
}

/// `SELECT` of keys, versions, flags and, through an edge, positions of parents.
pub(super) fn select(selection: &Selection) -> String {
    let table = &selection.table;
    let keys = key_columns(table);
    let mut inner = format!("SELECT {ALIAS}.xmin::text::int8 AS \"dw v\"");
    for (at, key) in keys.iter().enumerate() {
        let _ = write!(inner, ", {} AS \"dw k{at}\"", key.read(ALIAS));
    }
    for (at, flag) in selection.flags.iter().enumerate() {
        let _ = write!(inner, ", ({}) IS TRUE AS \"dw f{at}\"", flag.as_str());
    }
    if has_places(table) {
        let _ = write!(inner, ", {ALIAS}.ctid::text AS \"dw c\"");
    }
    let Some(through) = &selection.through else {
        return format!("{inner} FROM {} AS {ALIAS} WHERE {}", table.sql, selection.condition.as_str());
    };
    let edge = &through.edge;
    let mut on = String::new();
    for (at, column) in edge.key.child_columns.iter().enumerate() {
        let _ = write!(inner, ", {ALIAS}.{} AS \"dw r{at}\"", quote_identifier(column));
        let parent = quote_identifier(&edge.key.parent_columns[at]);
        let _ = write!(on, "{} c.\"dw r{at}\" = p.{parent}", if at == 0 { "" } else { " AND" });
    }
    let parents = key_columns(&edge.parent);
    let given: Vec<String> = parents.iter().enumerate().map(|(at, key)| key.array(at + 1)).collect();
    let names: Vec<String> = (0..parents.len()).map(|at| format!("\"dw k{at}\"")).collect();
    let same = same_key("p", &parents);
    format!(
        "SELECT c.*, (dw.\"dw n\" - 1)::int4 AS \"dw p\" \
         FROM unnest({}) WITH ORDINALITY AS dw ({}, \"dw n\") \
         JOIN {} AS p ON {same} \
         JOIN ({inner} FROM {} AS {ALIAS} WHERE {}) AS c ON{on}",
        given.join(", "),
        names.join(", "),
        edge.parent.sql,
        table.sql,
        selection.condition.as_str(),
    )
}

fn same_key(alias: &str, keys: &[KeySql]) -> String {
    let same = |(at, key): (usize, &KeySql)| format!("{alias}.{} = dw.\"dw k{at}\"", key.column);
    keys.iter().enumerate().map(same).collect::<Vec<_>>().join(" AND ")
}

/// Whether rows of the table are asked for their places: pages are counted in each partition anew, and a table without
/// a key is known by its places already.
pub(super) fn has_places(table: &TableFacts) -> bool {
    matches!(table.identity, RowIdentity::Key(_)) && table.partitioning.is_none()
}

/// `(page,line)` as [`crate::amend::Rows::places`] has it.
pub(super) fn place(tid: &str) -> Option<u64> {
    let (page, line) = tid.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
    Some(page.parse::<u64>().ok()? << 16 | line.parse::<u64>().ok()?)
}

/// Places as an array of the server.
pub(super) fn tids(places: &[u64]) -> String {
    let mut text = String::with_capacity(16 * places.len());
    for place in places {
        let before = if text.is_empty() { '{' } else { ',' };
        let _ = write!(text, "{before}\"({},{})\"", place >> 16, place & 0xffff);
    }
    text + "}"
}

/// The rows of a batch as a table: keys, versions, new values, position. Their parameters in this order.
fn given(batch: &Batch) -> String {
    let (arrays, names) = arrays(batch);
    format!("unnest({}) WITH ORDINALITY AS dw ({}, \"dw n\")", arrays.join(", "), names.join(", "))
}

/// The arrays of a batch and the names of their values: keys, versions, new values.
fn arrays(batch: &Batch) -> (Vec<String>, Vec<String>) {
    let keys = key_columns(batch.table());
    let mut arrays: Vec<String> = keys.iter().enumerate().map(|(at, key)| key.array(at + 1)).collect();
    let mut names: Vec<String> = (0..keys.len()).map(|at| format!("\"dw k{at}\"")).collect();
    // Compared bit by bit (`xid = int4`); a text for each version cost more than the rest of the look-up.
    arrays.push(format!("${}::int4[]", arrays.len() + 1));
    names.push("\"dw v\"".to_owned());
    if let Change::Rewrite { columns } = batch.change() {
        for at in 0..columns.len() {
            // Read as the column's type where it is set: an array of arrays would come apart here.
            arrays.push(format!("${}::text[]", arrays.len() + 1));
            names.push(format!("\"dw x{at}\""));
        }
    }
    (arrays, names)
}

/// What must be true of a row for it to be changed.
fn still_true(batch: &Batch) -> String {
    format!(
        "({}) AND NOT COALESCE(({}), FALSE) AND NOT ({})",
        batch.condition().as_str(),
        batch.held().as_str(),
        batch.referenced().as_str()
    )
}

/// The statement that erases a batch of which every row must go: it gives nothing back, the number of rows
/// says whether all went. `tested` says whether the batch's own condition is asked, or that of the rows which
/// take these along and go in the same transaction. References that the engine knows are not looked up: it
/// counts itself what it takes along ([`ENGINE_CHANGED`]).
pub(super) fn erase_all(batch: &Batch, tested: bool) -> String {
    let placed = batch.rows().has_places();
    let (mut arrays, mut names) = arrays(batch);
    if placed {
        arrays.push(format!("${}::text::tid[]", arrays.len() + 1));
        names.push("\"dw c\"".to_owned());
    }
    // Unnested one by one: a function in FROM keeps all of its rows before the first is looked up.
    let given: Vec<String> = arrays.iter().map(|array| format!("unnest({array})")).collect();
    let mut text = format!(
        "DELETE FROM {} AS {ALIAS} USING (SELECT {}) AS dw ({}) \
         WHERE {} AND {ALIAS}.xmin = dw.\"dw v\" AND NOT COALESCE(({}), FALSE)",
        batch.table().sql,
        given.join(", "),
        names.join(", "),
        same_key(ALIAS, &key_columns(batch.table())),
        batch.held().as_str(),
    );
    if placed {
        // Where the row lay: no descent into an index for each. Key and version say whether it is still the row.
        let _ = write!(text, " AND {ALIAS}.ctid = dw.\"dw c\"");
    }
    if tested {
        let _ = write!(text, " AND ({})", batch.condition().as_str());
    }
    for guard in batch.guards().iter().filter(|guard| guard.engine_changes.is_none()) {
        let _ = write!(text, " AND NOT ({})", guard.referenced.as_str());
    }
    text
}

/// How many rows a partition has, and how many of them are rows of the batch that may go. The partition must
/// be locked, so that both stay true.
pub(super) fn whole(batch: &Batch, partition: &str) -> String {
    format!(
        "SELECT (SELECT count(*) FROM {partition}), \
                (SELECT count(*) FROM {} JOIN {partition} AS {ALIAS} ON {} WHERE {ALIAS}.xmin = dw.\"dw v\" AND {})",
        given(batch),
        same_key(ALIAS, &key_columns(batch.table())),
        still_true(batch),
    )
}

/// Whether `$1` is a partition of `$2` (both as they stand in SQL) at this moment.
pub(super) const IS_PARTITION: &str = "\
SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits
               WHERE inhrelid = pg_catalog.to_regclass($1) AND inhparent = pg_catalog.to_regclass($2))";

/// Of each table of `$1`: rows that this transaction deleted or changed so far, cascades included; and whether
/// the server counts at all. (What earlier transactions of the session did may be in it: differences count.)
pub(super) const ENGINE_CHANGED: &str = "\
SELECT ARRAY(
           SELECT (SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(part.id)
                                                  + pg_catalog.pg_stat_get_xact_tuples_updated(part.id)), 0)::int8
                   FROM (SELECT given.name::pg_catalog.regclass::oid
                         UNION SELECT tree.relid::oid
                         FROM pg_catalog.pg_partition_tree(given.name::pg_catalog.regclass) AS tree) AS part (id))
           FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS given (name, n) ORDER BY given.n),
       pg_catalog.current_setting('track_counts') = 'on'";

/// The statement that changes a batch; gives back the positions of the rows that it changed.
pub(super) fn change(batch: &Batch) -> String {
    let table = &batch.table().sql;
    let same = same_key(ALIAS, &key_columns(batch.table()));
    let found = format!("{same} AND {ALIAS}.xmin = dw.\"dw v\" AND {}", still_true(batch));
    let given = given(batch);
    match batch.change() {
        Change::DropPartition { .. } | Change::Erase { .. } => {
            format!("DELETE FROM {table} AS {ALIAS} USING {given} WHERE {found} RETURNING dw.\"dw n\"")
        }
        Change::Rewrite { columns } => {
            let set = |(at, column): (usize, &String)| {
                let sql_type = batch.table().column(column).map_or("text", |column| column.sql_type.as_str());
                format!("{} = dw.\"dw x{at}\"::{sql_type}", quote_identifier(column))
            };
            let set: Vec<String> = columns.iter().enumerate().map(set).collect();
            format!("UPDATE {table} AS {ALIAS} SET {} FROM {given} WHERE {found} RETURNING dw.\"dw n\"", set.join(", "))
        }
    }
}

/// Of the rows that were left alone: position, whether it is there as planned, held, due, referenced.
pub(super) fn why(batch: &Batch) -> String {
    format!(
        "SELECT dw.\"dw n\" AS n, {ALIAS}.xmin IS NOT NULL AS there, ({ALIAS}.xmin = dw.\"dw v\") IS TRUE AS same, \
         ({}) IS TRUE AS held, ({}) IS TRUE AS due, ({}) IS TRUE AS referenced \
         FROM {} LEFT JOIN {} AS {ALIAS} ON {} ORDER BY 1",
        batch.held().as_str(),
        batch.condition().as_str(),
        batch.referenced().as_str(),
        given(batch),
        batch.table().sql,
        same_key(ALIAS, &key_columns(batch.table())),
    )
}

/// Of a row that was to go at once: it may not.
const MAY_NOT: i32 = 1;
/// A row that stays refers to it.
pub(super) const REFERENCED: i32 = 2;
/// The row because of which it goes stays.
pub(super) const TOGETHER: i32 = 3;

/// A table of the session for the rows that are to go at once: key, version, batch, position in it, why it stays.
pub(super) fn gone_table(table: &TableFacts, at: usize) -> String {
    let mut text = format!("CREATE TEMPORARY TABLE dw_gone_{at} (");
    for (at, key) in key_columns(table).iter().enumerate() {
        let sql_type = if key.is_integer { "int8" } else { key.sql_type.as_str() };
        let _ = write!(text, "\"dw k{at}\" {sql_type}, ");
    }
    text + "\"dw v\" int4, \"dw s\" int4, \"dw n\" int4, \"dw w\" int4 DEFAULT 0) ON COMMIT DROP"
}

/// Sends rows of the batch of this number there; the last parameter is the position of the first.
pub(super) fn send_gone(batch: &Batch, at: usize, number: usize) -> String {
    let (arrays, names) = arrays(batch);
    let read: Vec<String> = names.iter().map(|name| format!("dw.{name}")).collect();
    format!(
        "INSERT INTO pg_temp.dw_gone_{at} ({}, \"dw s\", \"dw n\") \
         SELECT {}, {number}, (dw.\"dw n\" - 1)::int4 + ${} FROM {}",
        names.join(", "),
        read.join(", "),
        arrays.len() + 1,
        given(batch),
    )
}

/// True of a row of the table that goes; with `asked` (a condition for each batch) of one that also may.
pub(super) fn is_gone(table: &TableFacts, at: usize, asked: &[(usize, String)]) -> String {
    format!(
        "EXISTS (SELECT FROM pg_temp.dw_gone_{at} AS dw WHERE {} AND dw.\"dw w\" = 0{})",
        same_key(ALIAS, &key_columns(table)),
        may_go(asked),
    )
}

/// That a row is as it was planned and may go, by the batch that it is in.
fn may_go(asked: &[(usize, String)]) -> String {
    let condition = match asked {
        [] => return String::new(),
        [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => format!("({first})"),
        several => {
            let case = |(number, sql): &(usize, String)| format!(" WHEN {number} THEN ({sql})");
            format!("CASE dw.\"dw s\"{} END", several.iter().map(case).collect::<String>())
        }
    };
    format!(" AND {ALIAS}.xmin = dw.\"dw v\" AND {condition}")
}

/// Notes the rows that may not go.
pub(super) fn may_not_go(table: &TableFacts, at: usize, asked: &[(usize, String)]) -> String {
    format!(
        "UPDATE pg_temp.dw_gone_{at} AS dw SET \"dw w\" = {MAY_NOT} WHERE NOT EXISTS (SELECT FROM {} AS {ALIAS} WHERE {}{})",
        table.sql,
        same_key(ALIAS, &key_columns(table)),
        may_go(asked),
    )
}

/// Notes the rows of a parent that one of a child refers to (`on`, over the aliases `c` and `p`) which does not go.
pub(super) fn keeps_its_parent(
    on: &str,
    child: (&str, Option<(&TableFacts, usize)>),
    parent: (&TableFacts, usize),
) -> String {
    let ((child, goes), (parent, at)) = (child, parent);
    let stays = goes.map_or_else(String::new, |(facts, at)| {
        format!(
            " AND NOT EXISTS (SELECT FROM pg_temp.dw_gone_{at} AS dw WHERE {} AND dw.\"dw w\" = 0)",
            same_key("c", &key_columns(facts))
        )
    });
    format!(
        "UPDATE pg_temp.dw_gone_{at} AS dw SET \"dw w\" = {REFERENCED} FROM {} AS p WHERE dw.\"dw w\" = 0 AND {} \
         AND EXISTS (SELECT FROM {child} AS c WHERE {on}{stays})",
        parent.sql,
        same_key("p", &key_columns(parent)),
    )
}

/// Notes the rows of a child that go because of one of a parent (`on`, over the aliases `c` and `p`) which stays, of the
/// batches with these numbers.
pub(super) fn stays_with_its_parent(
    on: &str,
    (child, at): (&TableFacts, usize),
    (parent, above): (&TableFacts, usize),
    batches: &[usize],
) -> String {
    let batches: Vec<String> = batches.iter().map(usize::to_string).collect();
    format!(
        "UPDATE pg_temp.dw_gone_{at} AS dw SET \"dw w\" = {TOGETHER} FROM {} AS c WHERE dw.\"dw w\" = 0 AND {} \
         AND dw.\"dw s\" IN ({}) AND EXISTS (SELECT FROM {} AS p WHERE {on} AND NOT EXISTS \
         (SELECT FROM pg_temp.dw_gone_{above} AS up WHERE {} AND up.\"dw w\" = 0))",
        child.sql,
        same_key("c", &key_columns(child)),
        batches.join(", "),
        parent.sql,
        same_key("p", &key_columns(parent)).replace("dw.", "up."),
    )
}

/// `SELECT` of all columns as texts, in the order of the keys given.
pub(super) fn fetch(table: &TableFacts) -> String {
    let keys = key_columns(table);
    let arrays: Vec<String> = keys.iter().enumerate().map(|(at, key)| key.array(at + 1)).collect();
    let names: Vec<String> = (0..keys.len()).map(|at| format!("\"dw k{at}\"")).collect();
    let columns: Vec<String> =
        table.columns.iter().map(|column| format!("{ALIAS}.{}::text", quote_identifier(&column.name))).collect();
    format!(
        "SELECT {} FROM unnest({}) WITH ORDINALITY AS dw ({}, \"dw n\") JOIN {} AS {ALIAS} ON {} ORDER BY dw.\"dw n\"",
        columns.join(", "),
        arrays.join(", "),
        names.join(", "),
        table.sql,
        same_key(ALIAS, &keys),
    )
}

/// An empty column for keys of this kind.
pub(super) fn empty_key(key: &KeySql) -> KeyColumn {
    if key.is_integer { KeyColumn::Integers(Vec::new()) } else { KeyColumn::Texts(Vec::new()) }
}
