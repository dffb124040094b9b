//! Whether the account may do what a plan means to do, and whether the server lets anybody. The server itself is asked: it
//! looks at the rights when a statement is prepared, which changes nothing.

use super::super::faults;
use super::super::quote::literal;
use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types;
use crate::ConnectError;
use crate::amend::Intent;
use crate::amend::Note;

pub(super) async fn obstacles(session: &mut Session, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
    let mut notes = Vec::new();
    let rows = session.rows("SELECT @@GLOBAL.read_only, CURRENT_USER()".to_owned()).await?;
    let (read_only, account) = rows.first().map(|row| (types::text(row, 0), types::text(row, 1))).unwrap_or_default();
    if !["", "0", "OFF"].contains(&read_only.as_str()) {
        let text = "the server takes no changes (read_only): name the primary in the policy file before you apply";
        notes.push(Note { kind: "takes-no-changes", text: text.to_owned() });
    }
    for intent in intents {
        let table = &intent.table.sql;
        let mut lacks = Vec::new();
        if intent.erases && is_denied(session, &format!("DELETE FROM {table} WHERE 1 = 0")).await? {
            lacks.push("DELETE");
        }
        let same: Vec<String> = intent.rewrites.iter().map(|column| quote_identifier(column)).collect();
        let same: Vec<String> = same.iter().map(|column| format!("{column} = {column}")).collect();
        let update = format!("UPDATE {table} SET {} WHERE 1 = 0", same.join(", "));
        if !same.is_empty() && is_denied(session, &update).await? {
            lacks.push("UPDATE");
        }
        // What OPTIMIZE TABLE asks for; it is not asked for when it is prepared.
        let fill = format!("INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0");
        if intent.reclaims && is_denied(session, &fill).await? {
            let text = format!(
                "the account {account} may not give back the space of {} (OPTIMIZE TABLE), its rows would go and the \
                 file stay as large as it is: GRANT SELECT, INSERT ON {table} to it",
                intent.table.name
            );
            notes.push(Note { kind: "no-right", text });
        }
        if !lacks.is_empty() {
            let lacks = lacks.join(", ");
            let text = format!(
                "the account {account} may not do that with {}, and an apply would stop there: GRANT {lacks} ON {table} to it",
                intent.table.name
            );
            notes.push(Note { kind: "no-right", text });
        }
    }
    Ok(notes)
}

/// Whether the server refuses to prepare a statement for want of a right.
pub(super) async fn is_denied(session: &mut Session, statement: &str) -> Result<bool, ConnectError> {
    // MySQL takes a plain literal or a variable alone.
    let sql = format!("SET @dataward = {}; PREPARE dataward FROM @dataward", literal(statement));
    match session.try_rows(sql).await {
        Ok(_) => {
            let _ = session.try_rows("DEALLOCATE PREPARE dataward".to_owned()).await;
            Ok(false)
        }
        Err(error) => match faults::number(&error) {
            Some(1044 | 1142 | 1143 | 1227) => Ok(true),
            Some(_) => Ok(false),
            None => Err(session.who().explain(&error)),
        },
    }
}
