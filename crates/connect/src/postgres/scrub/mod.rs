//! Cleaning the files of a PostgreSQL cluster, and showing them.
//!
//! A DELETE leaves its rows in heap, index and TOAST pages until VACUUM, which leaves most of their bytes;
//! samples stay in `pg_statistic`, everything stays in the WAL. The recipe: VACUUM, a rewrite where the
//! table may be locked, REINDEX CONCURRENTLY elsewhere, ANALYZE, and new WAL over the old. The measured
//! residue after each step stands in `docs/book/deletion.md`.

mod files;
pub(super) mod plan;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;

use super::Postgres;
use super::derived::Derived;
use super::derived::derived;
use super::names::quote_identifier;
use super::names::split_unit_name;
use super::session::Session;
use crate::ConnectError;
use crate::scrub::RawReport;
use crate::scrub::Scrub;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;
use crate::scrub::StepEnd;
use crate::scrub::Watch;

/// How long one step may take: writing a large table anew.
const STEP_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// The most files of WAL that are written over. With the default `max_wal_size` of 1 GB there are 64.
const MOST_SWITCHES: i64 = 512;

#[async_trait]
impl Scrub for Postgres {
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let plan = plan::plan(&mut session, wish).await?;
        self.pool.end(session).await;
        Ok(plan)
    }

    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
        let mut session = self.pool.writer().await?;
        session.run(&format!("SET lock_timeout = '{}'", self.pool.limits().lock.as_millis())).await?;
        match step.action.as_str() {
            plan::RECYCLE_WAL => recycle_wal(&mut session).await,
            // Waits for nobody's transaction but may wait for locks as long as it needs.
            _ => {
                for statement in statements(step)? {
                    session.run_within(&statement, STEP_LIMIT).await?;
                }
                Ok(StepEnd::Done)
            }
        }
    }

    async fn copies(&self, tables: &[String]) -> Result<Vec<String>, ConnectError> {
        let mut session = self.pool.begin(self.pool.limits().catalogue).await?;
        let copies = derived_of(&mut session, tables).await?;
        self.pool.end(session).await;
        Ok(copies.into_iter().map(|view| view.name).collect())
    }

    async fn raw(&self, tables: &[String], watch: &dyn Watch) -> Result<RawReport, ConnectError> {
        let mut session = self.pool.begin(STEP_LIMIT).await?;
        let report = files::show(&mut session, self.pool.is_on_this_machine(), tables, watch).await?;
        self.pool.end(session).await;
        Ok(report)
    }
}

/// The materialised views that read these tables, which are named as the inventory has them.
async fn derived_of(session: &mut Session, tables: &[String]) -> Result<Vec<Derived>, ConnectError> {
    let sql = |name: &String| {
        let (schema, table) = split_unit_name(name)?;
        Some(format!("{}.{}", quote_identifier(&schema), quote_identifier(&table)))
    };
    let tables: Vec<String> = tables.iter().filter_map(sql).collect();
    derived(session, &tables).await
}

/// What a step runs, made again from its action and table: a saved plan is no way to bring in SQL.
fn statements(step: &ScrubStep) -> Result<Vec<String>, ConnectError> {
    let table = || -> Result<String, ConnectError> {
        let name = step.table.as_deref().unwrap_or_default();
        let (schema, table) = split_unit_name(name).ok_or_else(|| unknown(step))?;
        Ok(format!("{}.{}", quote_identifier(&schema), quote_identifier(&table)))
    };
    Ok(match step.action.as_str() {
        plan::REFRESH => vec![format!("REFRESH MATERIALIZED VIEW {}", table()?)],
        plan::REFRESH_BESIDE => vec![format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {}", table()?)],
        plan::VACUUM => vec![format!("VACUUM {}", table()?)],
        plan::REWRITE => vec![format!("VACUUM FULL {}", table()?)],
        plan::REINDEX => vec![format!("REINDEX TABLE CONCURRENTLY {}", table()?)],
        plan::ANALYZE => vec![format!("ANALYZE {}", table()?)],
        plan::STATISTICS => vec!["VACUUM FULL pg_catalog.pg_statistic".to_owned()],
        plan::CHECKPOINT => vec!["CHECKPOINT".to_owned()],
        _ => return Err(unknown(step)),
    })
}

fn unknown(step: &ScrubStep) -> ConnectError {
    let reason = format!("`{}` is no step for PostgreSQL; plan the clean-up again", step.id);
    ConnectError::Malformed { target: "the saved clean-up plan".to_owned(), reason }
}

/// Writes new WAL over all old files: a switch fills the rest of its file with zeros. After a checkpoint
/// old files wait, with their contents, to be written again.
async fn recycle_wal(session: &mut Session) -> Result<StepEnd, ConnectError> {
    const COUNT: &str = "SELECT count(*) FROM pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'";
    // A switch does nothing in a file that is still empty.
    const SWITCH: &str = "SELECT pg_catalog.pg_logical_emit_message(false, 'dataward', ''), pg_catalog.pg_switch_wal()";
    session.run(SWITCH).await?;
    session.run_within("CHECKPOINT", STEP_LIMIT).await?;
    let mut files = 0;
    // The number of files may shrink from checkpoint to checkpoint; twice over all of them is enough, as
    // the file that was in use at the first checkpoint is among those of the second round.
    for _ in 0..2 {
        let row = session.row(COUNT.to_owned()).await.map_err(|error| session.explain(error))?;
        files = row.try_get::<i64, _>(0).unwrap_or(MOST_SWITCHES);
        for _ in 0..files.min(MOST_SWITCHES) + 1 {
            session.run(SWITCH).await?;
        }
        session.run_within("CHECKPOINT", STEP_LIMIT).await?;
    }
    if files > MOST_SWITCHES {
        return Ok(StepEnd::DoneInPart(format!(
            "{MOST_SWITCHES} of {files} files of WAL were written over; run it again, or lower max_wal_size"
        )));
    }
    Ok(StepEnd::Done)
}
