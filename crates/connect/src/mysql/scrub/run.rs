//! The steps, done. What they run is made from action and table: a saved plan is no way to bring in SQL.

use std::time::Duration;

use super::super::session::Session;
use super::super::types;
use super::churn;
use super::plan;
use super::status;
use super::table_name;
use super::variable;
use crate::ConnectError;
use crate::scrub::ScrubStep;
use crate::scrub::StepEnd;

/// How long the server may take to get old versions or pages out of the way.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long the server may keep an old binary log for itself.
const BINLOG_PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a counter.
const PAUSE: Duration = Duration::from_millis(100);

/// Dirty pages that may stay: the server dirties some by itself all the time.
const FEW_PAGES: u64 = 0;

pub(super) async fn run(session: &mut Session, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
    let table = step.table.as_deref().map(table_name).transpose()?;
    let table = || {
        table.as_ref().map(|table| table.quoted()).ok_or_else(|| ConnectError::Malformed {
            target: "the saved clean-up plan".to_owned(),
            reason: format!("`{}` names no table; plan the clean-up again", step.id),
        })
    };
    match step.action.as_str() {
        plan::PURGE => purge(session).await,
        plan::REBUILD => {
            unlimited(session, &format!("ALTER TABLE {} FORCE", table()?)).await?;
            Ok(StepEnd::Done)
        }
        plan::ANALYZE => analyze(session, &table()?).await,
        plan::UNDO => churn::renew_undo(session).await,
        plan::BINLOG => purge_binary_log(session).await,
        plan::REDO => renew_redo(session).await,
        plan::FLUSH => flush(session).await,
        _ => Err(ConnectError::Malformed {
            target: "the saved clean-up plan".to_owned(),
            reason: format!("`{}` is no step for this server; plan the clean-up again", step.id),
        }),
    }
}

/// Runs a statement for as long as it takes.
pub(super) async fn unlimited(session: &mut Session, sql: &str) -> Result<(), ConnectError> {
    session.try_rows(sql.to_owned()).await.map(|_| ()).map_err(|error| session.who().explain(&error))
}

pub(super) async fn purge(session: &mut Session) -> Result<StepEnd, ConnectError> {
    if session.is_mariadb() && unlimited(session, "SET GLOBAL innodb_max_purge_lag_wait = 0").await.is_ok() {
        return Ok(StepEnd::Done);
    }
    wait_until(session, "Innodb_history_list_length", 64, "old versions of rows").await
}

async fn wait_until(
    session: &mut Session,
    counter: &'static str,
    most: u64,
    what: &str,
) -> Result<StepEnd, ConnectError> {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        match status(session, counter).await {
            Some(number) if number <= most => return Ok(StepEnd::Done),
            Some(_) => {}
            None => break,
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
    Ok(StepEnd::DoneInPart(format!("the server has not finished with its {what}; a transaction may be open")))
}

async fn analyze(session: &mut Session, table: &str) -> Result<StepEnd, ConnectError> {
    if session.is_mariadb() {
        unlimited(session, &format!("ANALYZE TABLE {table} PERSISTENT FOR ALL")).await?;
        // A shorter value written over a longer one leaves its end in the page until the file is written anew.
        // OPTIMIZE does not do that: a table without deleted rows is "already up to date" to it.
        if unlimited(session, "ALTER TABLE mysql.column_stats FORCE").await.is_err() {
            return Ok(StepEnd::DoneInPart(
                "old values stay in the file of mysql.column_stats: GRANT ALTER, INSERT, CREATE, DROP ON mysql.*"
                    .to_owned(),
            ));
        }
    } else {
        unlimited(session, &format!("ANALYZE TABLE {table}")).await?;
    }
    Ok(StepEnd::Done)
}

async fn purge_binary_log(session: &mut Session) -> Result<StepEnd, ConnectError> {
    unlimited(session, "FLUSH BINARY LOGS").await?;
    let mut waited = Duration::ZERO;
    loop {
        let rows = session.rows("SHOW BINARY LOGS".to_owned()).await?;
        let Some(newest) = rows.last().map(|row| types::text(row, 0)) else { return Ok(StepEnd::Done) };
        if rows.len() < 2 {
            return Ok(StepEnd::Done);
        }
        if waited > BINLOG_PATIENCE {
            let old = rows.len() - 1;
            return Ok(StepEnd::DoneInPart(format!("{old} old binary logs stay: a replica still reads them")));
        }
        // The server keeps a log that a recovery after a crash would need; that passes with its checkpoint.
        unlimited(session, &format!("PURGE BINARY LOGS TO '{}'", newest.replace('\'', "''"))).await?;
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
}

/// A change of size makes the server begin a new file and remove the old one.
async fn renew_redo(session: &mut Session) -> Result<StepEnd, ConnectError> {
    const NAME: &str = "innodb_log_file_size";
    let size: u64 = variable(session, NAME).await.and_then(|text| text.parse().ok()).unwrap_or(96 << 20);
    let other = if size > (8 << 20) { size / 2 } else { size * 2 } / 4096 * 4096;
    for target in [other, size] {
        unlimited(session, &format!("SET GLOBAL {NAME} = {target}")).await?;
        let mut waited = Duration::ZERO;
        while variable(session, NAME).await.and_then(|text| text.parse().ok()) != Some(target) {
            if waited > PATIENCE {
                return Ok(StepEnd::DoneInPart("the server has not finished with the new redo log".to_owned()));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }
    Ok(StepEnd::Done)
}

async fn flush(session: &mut Session) -> Result<StepEnd, ConnectError> {
    let mut before = Vec::new();
    for name in ["innodb_max_dirty_pages_pct", "innodb_max_dirty_pages_pct_lwm"] {
        if let Some(value) = variable(session, name).await {
            before.push((name, value));
        }
    }
    unlimited(session, "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0").await?;
    unlimited(session, "SET GLOBAL innodb_max_dirty_pages_pct = 0").await?;
    let end = wait_until(session, "Innodb_buffer_pool_pages_dirty", FEW_PAGES, "changed pages").await;
    for (name, value) in before {
        unlimited(session, &format!("SET GLOBAL {name} = {value}")).await?;
    }
    end
}
