//! Cleaning the files of a MariaDB or MySQL server, and showing them.
//!
//! A DELETE of InnoDB leaves the rows in their pages, their old versions in the undo log, and all of it in
//! redo and binary log; `ANALYZE PERSISTENT` keeps the smallest and largest values. The recipe: wait for the
//! purge, write the table anew, take the statistics anew, write over the undo log where it lies in files of
//! its own, purge the binary log, and begin a new redo log. MySQL empties its undo tablespaces by itself. The measured residue after each step stands in
//! `docs/book/deletion.md`.

mod churn;
mod files;
mod plan;
mod run;
mod undo;

use async_trait::async_trait;

use super::Mysql;
use super::faults::TableName;
use super::session::Session;
use super::types;
use crate::ConnectError;
use crate::scrub::RawReport;
use crate::scrub::Scrub;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;
use crate::scrub::StepEnd;
use crate::scrub::Watch;

#[async_trait]
impl Scrub for Mysql {
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
        let mut session = self.door.enter().await?;
        let plan = plan::plan(&mut session, wish).await?;
        session.leave();
        Ok(plan)
    }

    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
        // Not given back: what is set up for writing is not for the next reader.
        let mut session = self.door.enter().await?;
        session.rows("SET SESSION TRANSACTION READ WRITE; SET SESSION lock_wait_timeout = 10".to_owned()).await?;
        run::run(&mut session, step).await
    }

    async fn raw(&self, tables: &[String], watch: &dyn Watch) -> Result<RawReport, ConnectError> {
        let mut session = self.door.enter().await?;
        let report = files::show(&mut session, tables, watch).await?;
        session.leave();
        Ok(report)
    }
}

/// Schema and table of a unit's name.
fn table_name(name: &str) -> Result<TableName, ConnectError> {
    let (schema, table) = name.split_once('.').ok_or_else(|| ConnectError::Malformed {
        target: format!("`{name}`"),
        reason: "it is no name of a table; write `database.table`".to_owned(),
    })?;
    Ok(TableName { schema: schema.to_owned(), table: table.to_owned() })
}

/// A server variable; none where the server does not know it.
async fn variable(session: &mut Session, name: &'static str) -> Option<String> {
    let rows = session.try_rows(format!("SELECT @@GLOBAL.{name}")).await.ok()?;
    rows.first().map(|row| types::text(row, 0))
}

/// Whether a server of MySQL is at least this version: what it is asked for came with that.
fn is_mysql_since(session: &Session, since: (u32, u32, u32)) -> bool {
    !session.is_mariadb() && version(session) >= since
}

fn version(session: &Session) -> (u32, u32, u32) {
    let mut numbers = session.version().split(|c: char| !c.is_ascii_digit()).map(|text| text.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

/// A status counter.
async fn status(session: &mut Session, name: &'static str) -> Option<u64> {
    let rows = session.try_rows(format!("SHOW GLOBAL STATUS LIKE '{name}'")).await.ok()?;
    rows.first().and_then(|row| types::number(row, 1))
}
