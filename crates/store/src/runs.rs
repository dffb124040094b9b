//! Runs of audit stages: when each ran last and what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::json;
use crate::row::time_text;

/// One run of an audit stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageRun {
    /// The stage (`collection`, `access`, …).
    pub stage: String,
    /// When it began.
    pub started: Timestamp,
    /// When it came to its end; none: under way or cut off.
    pub finished: Option<Timestamp>,
    /// What came of it, counted (`checks`, `findings`, `critical`, `skipped`, …).
    pub outcome: BTreeMap<String, u64>,
    /// The places that it could not look at.
    pub gaps: Vec<String>,
}

impl Store {
    /// Keeps a run of a stage. Called when it begins and again when it ends, with the same start.
    pub async fn record_run(&self, run: &StageRun) -> Result<(), StoreError> {
        const DOING: &str = "keep a run of an audit stage";
        const SQL: &str = "
            INSERT INTO stage_runs (stage, started, finished, outcome, gaps) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET finished = ?3, outcome = ?4, gaps = ?5";
        let outcome = json(&run.outcome).map_err(|error| self.fault(DOING, &error))?;
        let gaps = json(&run.gaps).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(&run.stage)
            .bind(time_text(run.started))
            .bind(run.finished.map(time_text))
            .bind(outcome)
            .bind(gaps)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// The runs of all stages that came to their end, oldest first.
    pub async fn runs(&self) -> Result<Vec<StageRun>, StoreError> {
        self.runs_by("SELECT * FROM stage_runs WHERE finished IS NOT NULL ORDER BY started, stage").await
    }

    /// The last run of each stage that left something out, by stage, where none that counts came after it.
    pub async fn runs_in_part(&self) -> Result<Vec<StageRun>, StoreError> {
        const SQL: &str = "
            SELECT * FROM stage_runs r WHERE finished IS NULL AND started = (
                SELECT max(started) FROM stage_runs l WHERE l.stage = r.stage)
            ORDER BY stage";
        self.runs_by(SQL).await
    }

    /// The last run of each stage that came to its end, by stage.
    pub async fn last_runs(&self) -> Result<Vec<StageRun>, StoreError> {
        const SQL: &str = "
            SELECT * FROM stage_runs r WHERE started = (
                SELECT max(started) FROM stage_runs l WHERE l.stage = r.stage AND l.finished IS NOT NULL)
            ORDER BY stage";
        self.runs_by(SQL).await
    }

    async fn runs_by(&self, sql: &'static str) -> Result<Vec<StageRun>, StoreError> {
        let run = |row: &sqlx::sqlite::SqliteRow| {
            Ok(StageRun {
                stage: row.text("stage")?,
                started: row.time("started")?,
                finished: row.time_or_none("finished")?,
                outcome: row.json("outcome")?,
                gaps: row.json("gaps")?,
            })
        };
        let rows = sqlx::query(sql).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(run).collect())
            .map_err(|error| self.fault("read the runs of audit stages", &error))
    }
}
