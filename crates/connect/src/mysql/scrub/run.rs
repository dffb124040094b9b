//! The steps, done. What they run is made from action and table: a saved plan is no way to bring in SQL.

use std::time::Duration;

use super::super::quote::literal;
use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types;
use super::churn;
use super::plan;
use super::status;
use super::table_name;
use super::undo;
use super::variable;
use crate::ConnectError;
use crate::scrub::ScrubStep;
use crate::scrub::StepEnd;

/// How long the server may take to get old versions or pages out of the way.
pub(super) const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long the server may keep an old binary log for itself.
const BINLOG_PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a counter.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Dirty pages that may stay: the server dirties some by itself all the time.
const FEW_PAGES: u64 = 0;

pub(super) async fn run(session: &mut Session, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
    run_step(session, step).await.map_err(|error| match error {
        ConnectError::Denied { target, .. } => ConnectError::Unchanged {
            target,
            reason: format!("the account lacks a right for `{}`: it needs {}", step.id, step.needs.rights),
        },
        other => other,
    })
}

async fn run_step(session: &mut Session, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
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
        plan::ANALYZE if session.is_mariadb() => analyze(session, &table()?).await,
        plan::ANALYZE => {
            table()?;
            renew_histograms(session, step.table.as_deref().unwrap_or_default()).await
        }
        plan::UNDO if session.is_mariadb() => churn::renew_undo(session).await,
        plan::UNDO => undo::empty(session).await,
        plan::DICTIONARY => churn::renew_dictionary(session).await,
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
    wait_until(session, HISTORY, 64, "old versions of rows").await
}

/// MariaDB's counter of old versions that wait for the purge; MySQL has it among its metrics.
const HISTORY: &str = "Innodb_history_list_length";

async fn counter(session: &mut Session, name: &'static str) -> Option<u64> {
    if name != HISTORY || session.is_mariadb() {
        return status(session, name).await;
    }
    let sql = "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'";
    session.try_rows(sql.to_owned()).await.ok()?.first().and_then(|row| types::number(row, 0))
}

async fn wait_until(session: &mut Session, name: &'static str, most: u64, what: &str) -> Result<StepEnd, ConnectError> {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        match counter(session, name).await {
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
    unlimited(session, &format!("ANALYZE TABLE {table} PERSISTENT FOR ALL")).await?;
    // A shorter value written over a longer one leaves its end in the page until the file is written anew.
    // OPTIMIZE does not do that: a table without deleted rows is "already up to date" to it.
    if unlimited(session, "ALTER TABLE mysql.column_stats FORCE").await.is_err() {
        return Ok(StepEnd::DoneInPart(
            "old values stay in the file of mysql.column_stats: GRANT ALTER, INSERT, CREATE, DROP ON mysql.*"
                .to_owned(),
        ));
    }
    Ok(StepEnd::Done)
}

/// Takes MySQL's histograms of a table anew, each with as many buckets as it was asked to have.
async fn renew_histograms(session: &mut Session, name: &str) -> Result<StepEnd, ConnectError> {
    let table = table_name(name)?;
    let sql = format!(
        "SELECT COLUMN_NAME, CAST(HISTOGRAM->>'$.\"number-of-buckets-specified\"' AS UNSIGNED) \
         FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = {} AND TABLE_NAME = {}",
        literal(&table.schema),
        literal(&table.table)
    );
    for row in session.rows(sql).await? {
        let (column, buckets) = (quote_identifier(&types::text(&row, 0)), types::number(&row, 1).unwrap_or(100));
        let quoted = table.quoted();
        unlimited(session, &format!("ANALYZE TABLE {quoted} UPDATE HISTOGRAM ON {column} WITH {buckets} BUCKETS"))
            .await?;
    }
    unlimited(session, &format!("ANALYZE TABLE {}", table.quoted())).await?;
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

/// A change of size makes the server begin new files and remove the old ones. MySQL makes its spare files anew when
/// they grow; those that shrink keep their beginnings.
async fn renew_redo(session: &mut Session) -> Result<StepEnd, ConnectError> {
    let mariadb = session.is_mariadb();
    let (name, smallest, unit) = match mariadb {
        true => ("innodb_log_file_size", 8 << 20, 4096),
        false => ("innodb_redo_log_capacity", 16 << 20, 1 << 20),
    };
    if !mariadb {
        // What is not in the tables' files yet stays in the log.
        flush(session).await?;
    }
    let size: u64 = variable(session, name).await.and_then(|text| text.parse().ok()).unwrap_or(96 << 20);
    let other = if size >= smallest { size / 2 } else { size * 2 } / unit * unit;
    for target in [other, size] {
        unlimited(session, &format!("SET GLOBAL {name} = {target}")).await?;
        let mut waited = Duration::ZERO;
        while !has_redo_size(session, name, target).await {
            if waited > PATIENCE {
                return Ok(StepEnd::DoneInPart("the server has not finished with the new redo log".to_owned()));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }
    Ok(StepEnd::Done)
}

/// Whether the redo log is as large as it was set to be. MySQL's setting says so at once, its counters when it is.
async fn has_redo_size(session: &mut Session, name: &'static str, target: u64) -> bool {
    if session.is_mariadb() {
        return variable(session, name).await.and_then(|text| text.parse().ok()) == Some(target);
    }
    if status(session, "Innodb_redo_log_capacity_resized").await != Some(target) {
        return false;
    }
    let rows = session.try_rows("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_resize_status'".to_owned()).await;
    rows.is_ok_and(|rows| rows.first().is_some_and(|row| types::text(row, 1) == "OK"))
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
