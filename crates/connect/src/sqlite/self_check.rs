//! `PRAGMA integrity_check` and `foreign_key_check`.

use dataward_model::counted;
use sqlx::Row;

use super::address::Session;
use crate::ConnectError;
use crate::EngineFault;
use crate::SelfCheck;

/// Faults that are listed at most.
const INTEGRITY: &str = "PRAGMA main.integrity_check(100)";
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
            for row in &rows {
                let text: String = row.try_get(0).unwrap_or_default();
                if text != "ok" {
                    found.fault(None, word(&text));
                }
            }
        }
        // A page that cannot be read ends the check itself.
        Err(error) => match session.explain(&error) {
            ConnectError::Internal { .. } => found.fault(None, "the file is damaged: its own check cannot read it"),
            other => return Err(other),
        },
    }
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

/// What a line of SQLite's says, without what it quotes.
fn word(line: &str) -> String {
    const KNOWN: &[(&str, &str)] = &[
        ("NULL value in", "a cell is empty that may not be"),
        ("CHECK constraint failed", "a row breaks a CHECK rule of its table"),
        ("non-unique entry in index", "an index that must be unique holds a value twice"),
        ("wrong # of entries in index", "an index holds another number of rows than its table"),
        ("missing from index", "a row is missing from an index"),
        ("freelist", "the list of free pages is damaged"),
        ("out of order", "rows of a table are out of order"),
        ("2nd reference to page", "a page belongs to two tables"),
        ("never used", "a page belongs to nothing"),
        ("btreeInitPage", "a page is damaged"),
        ("TEXT value in", "a cell holds another type than its column"),
        ("NUMERIC value in", "a cell holds another type than its column"),
    ];
    let known = KNOWN.iter().find(|(part, _)| line.to_lowercase().contains(&part.to_lowercase()));
    known.map_or("a page is damaged", |(_, what)| what).to_owned()
}
