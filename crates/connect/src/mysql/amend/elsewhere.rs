//! Tables in other databases of the server whose rows refer to those of the source's own: a delete there would take rows
//! along, or be refused, that a look at one database alone does not see.

use std::collections::BTreeSet;

use super::super::quote::literal;
use super::super::session::Session;
use super::super::types::number;
use super::super::types::text;
use super::catalogue::Name;
use crate::ConnectError;
use crate::amend::Intent;
use crate::amend::Note;

const REFERENCES: &str = "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME
  FROM information_schema.REFERENTIAL_CONSTRAINTS";

/// The tables that refer to tables of the session's database, at any distance; none where it has no database: then all
/// of the server is the source's.
pub(super) async fn referring(session: &mut Session) -> Result<BTreeSet<Name>, ConnectError> {
    let Some(own) = session.database().map(str::to_owned) else { return Ok(BTreeSet::new()) };
    let rows = session.rows(REFERENCES.to_owned()).await?;
    let keys: Vec<(Name, Name)> =
        rows.iter().map(|row| ((text(row, 0), text(row, 1)), (text(row, 2), text(row, 3)))).collect();
    let mut found: BTreeSet<Name> = BTreeSet::new();
    loop {
        let before = found.len();
        for (child, parent) in &keys {
            if child.0 != own && (parent.0 == own || found.contains(parent)) {
                found.insert(child.clone());
            }
        }
        if found.len() == before {
            return Ok(found);
        }
    }
}

/// An alternative for a condition on the columns with the names of database and table.
pub(super) fn or_among(tables: &BTreeSet<Name>, schema: &str, table: &str) -> String {
    if tables.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> =
        tables.iter().map(|(database, name)| format!("({}, {})", literal(database), literal(name))).collect();
    format!(" OR ({schema}, {table}) IN ({})", pairs.join(", "))
}

/// Whether there may be keys that this account is not shown: of tables on which it has no right at all.
pub(super) async fn obstacles(session: &mut Session, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
    const SEES_ALL: &str = "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'";
    if !intents.iter().any(|intent| intent.erases) {
        return Ok(Vec::new());
    }
    let rows = session.rows(SEES_ALL.to_owned()).await?;
    if rows.first().and_then(|row| number(row, 0)).unwrap_or_default() > 0 {
        return Ok(Vec::new());
    }
    let text = "this account may not read every database of the server: rows of databases that it can't see may refer to \
                these (ON DELETE CASCADE would take them along); GRANT SELECT ON *.* to it, or make sure there are none";
    Ok(vec![Note { kind: "unseen-references", text: text.to_owned() }])
}
