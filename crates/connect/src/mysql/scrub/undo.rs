//! The undo log of MySQL, in tablespaces that are emptied one after the other while the server runs: a further
//! one is made, each of the others is set inactive until the server has cut it off and made it anew, and the
//! further one goes. What a run that was killed left inactive is set active by the next.

use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types;
use super::run::PATIENCE;
use super::run::PAUSE;
use super::run::unlimited;
use super::variable;
use crate::ConnectError;
use crate::scrub::StepEnd;

/// The tablespace that stands in while the others are emptied, one at a time: two must be active.
const SPARE: &str = "dataward_scrub";

/// Empties every undo tablespace.
pub(super) async fn empty(session: &mut Session) -> Result<StepEnd, ConnectError> {
    const FREQUENCY: &str = "innodb_purge_rseg_truncate_frequency";
    let before = variable(session, FREQUENCY).await;
    unlimited(session, &format!("SET GLOBAL {FREQUENCY} = 1")).await?;
    let end = each(session).await;
    if let Some(before) = before {
        unlimited(session, &format!("SET GLOBAL {FREQUENCY} = {before}")).await?;
    }
    end
}

async fn each(session: &mut Session) -> Result<StepEnd, ConnectError> {
    let spaces = spaces(session).await?;
    let was_killed = spaces.iter().any(|(name, _)| name == SPARE);
    if was_killed {
        for (name, _) in &spaces {
            set(session, name, "ACTIVE").await?;
        }
    } else {
        unlimited(session, &format!("CREATE UNDO TABLESPACE {SPARE} ADD DATAFILE '{SPARE}.ibu'")).await?;
    }
    let mut waiting = Vec::new();
    for (name, state) in spaces.into_iter().filter(|(name, _)| name != SPARE) {
        // One that somebody set inactive is empty, and stays as it is.
        if state == "active" || was_killed {
            set(session, &name, "INACTIVE").await?;
            if !becomes_empty(session, &name).await? {
                waiting.push(name.clone());
            }
            set(session, &name, "ACTIVE").await?;
        }
    }
    set(session, SPARE, "INACTIVE").await?;
    if becomes_empty(session, SPARE).await? {
        unlimited(session, &format!("DROP UNDO TABLESPACE {SPARE}")).await?;
    } else {
        waiting.push(SPARE.to_owned());
    }
    Ok(match waiting.as_slice() {
        [] => StepEnd::Done,
        names => StepEnd::DoneInPart(format!(
            "{} could not be emptied: a transaction that is open for long needs old versions in it \
             (information_schema.INNODB_TRX names it)",
            names.join(", ")
        )),
    })
}

/// Name and state of each.
async fn spaces(session: &mut Session) -> Result<Vec<(String, String)>, ConnectError> {
    let sql = "SELECT NAME, STATE FROM information_schema.INNODB_TABLESPACES WHERE SPACE_TYPE = 'Undo' ORDER BY NAME";
    let rows = session.rows(sql.to_owned()).await?;
    Ok(rows.iter().map(|row| (types::text(row, 0), types::text(row, 1))).collect())
}

async fn set(session: &mut Session, name: &str, state: &str) -> Result<(), ConnectError> {
    unlimited(session, &format!("ALTER UNDO TABLESPACE {} SET {state}", quote_identifier(name))).await
}

async fn becomes_empty(session: &mut Session, name: &str) -> Result<bool, ConnectError> {
    let mut waited = std::time::Duration::ZERO;
    while waited < PATIENCE {
        if spaces(session).await?.iter().any(|(other, state)| other == name && state == "empty") {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
    Ok(false)
}
