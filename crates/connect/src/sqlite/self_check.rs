//! `PRAGMA integrity_check` and `foreign_key_check`.

use std::collections::BTreeMap;

use dataward_model::counted;
use sqlx::Row;

use super::address::Session;
use super::check_rules;
use crate::ConnectError;
use crate::EngineFault;
use crate::SelfCheck;

/// Faults that are listed at most, each row that breaks a rule among them.
const MOST: usize = 1_000;
const INTEGRITY: &str = "PRAGMA main.integrity_check(1000)";
/// References of several columns that lead nowhere. Those of one column the audit finds itself, row by row; neither
/// is damage: SQLite enforces no reference unless a session asks it to.
const FOREIGN_KEYS: &str = "SELECT c.\"table\", count(*) FROM pragma_foreign_key_check c
    WHERE (SELECT count(*) FROM pragma_foreign_key_list(c.\"table\") k WHERE k.id = c.fkid) > 1 GROUP BY c.\"table\"";

pub(super) async fn read(session: &mut Session) -> Result<SelfCheck, ConnectError> {
    let mut found = SelfCheck::default();
    let rows = sqlx::query(INTEGRITY).fetch_all(&mut session.connection).await;
    match rows {
        Ok(rows) => {
            found.done.push("PRAGMA integrity_check".to_owned());
            let mut broken: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
            for row in &rows {
                let text: String = row.try_get(0).unwrap_or_default();
                match rule(&text) {
                    Some((table, what)) => *broken.entry(table).or_default().entry(what).or_default() += 1,
                    None if text == "ok" => {}
                    None => found.fault(None, word(&text)),
                }
            }
            let is_cut = rows.len() >= MOST;
            found.broken_rules.extend(broken.into_iter().map(|(table, what)| {
                let count = |(what, rows): (String, u64)| format!("{} {what}", counted(rows, "row", "rows"));
                let mut said: Vec<String> = what.into_iter().map(count).collect();
                said.extend(is_cut.then(|| format!("the check stops after {MOST} faults: there may be more")));
                EngineFault { table: Some(table), what: said.join("; ") }
            }));
        }
        // A page that cannot be read ends the check itself.
        Err(error) => match session.explain(&error) {
            ConnectError::Internal { .. } => found.fault(None, "the file is damaged: its own check cannot read it"),
            other => return Err(other),
        },
    }
    check_rules::read(session, &mut found).await;
    match sqlx::query(FOREIGN_KEYS).fetch_all(&mut session.connection).await {
        Ok(rows) => {
            found.done.push("PRAGMA foreign_key_check".to_owned());
            for row in &rows {
                let (table, count): (String, i64) =
                    (row.try_get(0).unwrap_or_default(), row.try_get(1).unwrap_or_default());
                let rows = counted(count.unsigned_abs(), "row refers", "rows refer");
                let what = format!("{rows} by several columns to a row that is not there");
                found.orphans.push(EngineFault { table: Some(table), what });
            }
        }
        // A foreign key to something that is no key.
        Err(_) => found.unseen.push("references: one that is declared does not fit the table it points to".to_owned()),
    }
    Ok(found)
}

/// The table whose rule a row breaks, and how: names are told, values not (SQLite quotes none here).
fn rule(line: &str) -> Option<(String, String)> {
    let (kind, place) = line.split_once(" value in ")?;
    let (table, column) = place.rsplit_once('.')?;
    let what = match kind {
        "NULL" => format!("without the `{column}` that each must have"),
        _ => format!("with another type in `{column}` than the column has"),
    };
    Some((table.to_owned(), what))
}

/// What a line of SQLite's says, without what it quotes.
fn word(line: &str) -> String {
    const KNOWN: &[(&str, &str)] = &[
        ("non-unique entry in index", "an index that must be unique holds a value twice"),
        ("wrong # of entries in index", "an index holds another number of rows than its table"),
        ("missing from index", "a row is missing from an index"),
        ("freelist", "the list of free pages is damaged"),
        ("out of order", "rows of a table are out of order"),
        ("2nd reference to page", "a page belongs to two tables"),
        ("never used", "a page belongs to nothing"),
        ("btreeInitPage", "a page is damaged"),
    ];
    let known = KNOWN.iter().find(|(part, _)| line.to_lowercase().contains(&part.to_lowercase()));
    known.map_or("a page is damaged", |(_, what)| what).to_owned()
}
