//! Tables in other databases of the server whose rows refer to those of the source's own: a delete there would take rows
//! along, or be refused, that a look at one database alone does not see.

use std::collections::BTreeSet;

use sqlx::mysql::MySqlRow;

use super::super::quote::literal;
use super::super::session::Session;
use super::super::types::text;
use super::catalogue::Name;
use super::rights;
use crate::ConnectError;
use crate::amend::Intent;
use crate::amend::Note;

/// Shown for each table on which the account has any right.
const REFERENCES: &str = "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME
  FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL";

/// All references of the server, whatever the account may read; needs PROCESS. The first two bits of the type are
/// CASCADE and SET NULL on delete. MariaDB writes the names as those of files.
const ALL_ON_MARIADB: &str = "SELECT
    CONVERT(CONVERT(CAST(SUBSTRING_INDEX(FOR_NAME, '/', 1) AS BINARY) USING filename) USING utf8mb4),
    CONVERT(CONVERT(CAST(SUBSTRING_INDEX(FOR_NAME, '/', -1) AS BINARY) USING filename) USING utf8mb4),
    CONVERT(CONVERT(CAST(SUBSTRING_INDEX(REF_NAME, '/', 1) AS BINARY) USING filename) USING utf8mb4),
    CONVERT(CONVERT(CAST(SUBSTRING_INDEX(REF_NAME, '/', -1) AS BINARY) USING filename) USING utf8mb4)
  FROM information_schema.INNODB_SYS_FOREIGN WHERE TYPE & 3 <> 0";
const ALL_ON_MYSQL: &str = "SELECT SUBSTRING_INDEX(FOR_NAME, '/', 1), SUBSTRING(FOR_NAME, LOCATE('/', FOR_NAME) + 1),
    SUBSTRING_INDEX(REF_NAME, '/', 1), SUBSTRING(REF_NAME, LOCATE('/', REF_NAME) + 1)
  FROM information_schema.INNODB_FOREIGN WHERE TYPE & 3 <> 0";

/// The tables that refer to tables of the session's database, at any distance; none where it has no database: then all
/// of the server is the source's.
pub(super) async fn referring(session: &mut Session) -> Result<BTreeSet<Name>, ConnectError> {
    let Some(own) = session.database().map(str::to_owned) else { return Ok(BTreeSet::new()) };
    let keys = keys(session, REFERENCES).await?;
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

/// Children and parents, as a statement gives them.
async fn keys(session: &mut Session, sql: &str) -> Result<Vec<(Name, Name)>, ConnectError> {
    Ok(pairs(&session.rows(sql.to_owned()).await?))
}

fn pairs(rows: &[MySqlRow]) -> Vec<(Name, Name)> {
    rows.iter().map(|row| ((text(row, 0), text(row, 1)), (text(row, 2), text(row, 3)))).collect()
}

/// References to tables of which rows go that this account is not shown: there may be some (`unseen-references`), or
/// there are some by which the server would take rows along or change them (`hidden-references`).
pub(super) async fn obstacles(session: &mut Session, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
    let erased: BTreeSet<&str> = intents.iter().filter(|one| one.erases).map(|one| one.table.name.as_str()).collect();
    if erased.is_empty() || sees_all(session).await? {
        return Ok(Vec::new());
    }
    let account = session.rows("SELECT CURRENT_USER()".to_owned()).await?;
    let account = account.first().map(|row| text(row, 0)).unwrap_or_default();
    let all = if session.is_mariadb() { ALL_ON_MARIADB } else { ALL_ON_MYSQL };
    let all = match session.try_rows(all.to_owned()).await {
        Ok(rows) => pairs(&rows),
        Err(_) => {
            let text = format!(
                "the account {account} is not shown every table of the server: rows that it can't see may refer to these, \
                 held or not, and ON DELETE CASCADE would take them along, so an apply is refused. GRANT SELECT ON *.* or \
                 GRANT PROCESS ON *.* to it, which shows what refers to them, then plan again; or, where nothing is held \
                 and you know that nothing else refers to them, write `all_references_seen = true` at the source in the \
                 policy file"
            );
            return Ok(vec![Note { kind: "unseen-references", text }]);
        }
    };
    let seen: BTreeSet<(Name, Name)> = keys(session, REFERENCES).await?.into_iter().collect();
    let dot = |(database, table): &Name| format!("{database}.{table}");
    let hidden = all.iter().filter(|key| erased.contains(dot(&key.1).as_str()) && !seen.contains(key));
    let hidden: BTreeSet<String> = hidden.map(|(child, parent)| format!("{} to {}", dot(child), dot(parent))).collect();
    Ok(hidden
        .into_iter()
        .map(|pair| Note {
            kind: "hidden-references",
            text: format!(
                "rows refer from {pair}, and the account {account} may not read them: the server would take them along or \
                 change them, held or not, so an apply is refused; GRANT SELECT on that table to it, then plan again"
            ),
        })
        .collect())
}

/// Whether the account may read every table, and so is shown every reference. Asked of a table that nobody has: who may
/// read all is told that it is not there, whoever gave him the right (a role, the public).
async fn sees_all(session: &mut Session) -> Result<bool, ConnectError> {
    const OF_NOBODY: &str = "SELECT 1 FROM `dataward of nobody`.`t`";
    if rights::is_denied(session, OF_NOBODY).await? {
        return Ok(false);
    }
    // MySQL takes single databases out again (`partial_revokes`).
    let grants = session.rows("SHOW GRANTS".to_owned()).await?;
    Ok(!grants.iter().any(|row| text(row, 0).starts_with("REVOKE")))
}
