//! Saved plans of retention, their approvals, and the journal of applying them.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::KeptReceipt;
use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::count;
use crate::row::json;
use crate::row::time_text;
use crate::row::word;

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanState {
    /// It is being applied, or was stopped in the middle.
    Applying,
    /// Somebody approved it.
    Approved,
    /// It came to its end.
    Done,
    /// Another plan took its place, or it grew too old.
    Dropped,
    /// It waits for an approval.
    Planned,
}

/// A saved plan; the plan itself is a file.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPlan {
    /// Its name.
    pub hash: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// How far it is.
    pub state: PlanState,
    /// Rows that it changes.
    pub rows: u64,
    /// The key of its sealed rows; none once it has ended.
    pub row_key: Option<Vec<u8>>,
    /// Who approved it, and when.
    pub approved: Option<(String, Timestamp)>,
    /// The receipt of the approval.
    pub receipt: Option<KeptReceipt>,
    /// When applying began.
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// What somebody should know of how it was carried out, in sentences.
    pub notes: Vec<String>,
}

impl std::fmt::Debug for StoredPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPlan({} {:?})", self.hash, self.state)
    }
}

/// One transaction of an apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    /// The record of the plan's rows.
    pub chunk: u64,
    /// The first row of it.
    pub first: u64,
    /// How many rows.
    pub count: u64,
    /// The step.
    pub step: u64,
    /// Whether it is known to have been done; else it may have been.
    pub done: bool,
    /// Rows that were changed.
    pub changed: u64,
    /// Rows that were left alone, by why.
    pub skipped: BTreeMap<String, u64>,
}

impl StoredBatch {
    /// These rows of a record of a step, of which nothing is known to have been done.
    pub fn begun(chunk: u64, step: usize, rows: Range<usize>) -> Self {
        Self {
            chunk,
            first: rows.start as u64,
            count: rows.len() as u64,
            step: step as u64,
            done: false,
            changed: 0,
            skipped: BTreeMap::new(),
        }
    }
}

impl Store {
    /// Keeps a new plan.
    pub async fn save_plan(&self, plan: &StoredPlan) -> Result<(), StoreError> {
        const DOING: &str = "keep a plan";
        const SQL: &str = "INSERT INTO retain_plans (hash, made_at, made_by, state, rows, row_key)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let state = word(&plan.state).map_err(|error| self.fault(DOING, &error))?;
        let mut transaction = self.begin(DOING).await?;
        sqlx::query(SQL)
            .bind(&plan.hash)
            .bind(time_text(plan.made_at))
            .bind(&plan.made_by)
            .bind(state)
            .bind(count(plan.rows))
            .bind(&plan.row_key)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await
    }

    /// All plans, newest first.
    pub async fn plans(&self) -> Result<Vec<StoredPlan>, StoreError> {
        let rows = sqlx::query("SELECT * FROM retain_plans ORDER BY made_at DESC, hash").fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(plan_of).collect()).map_err(|error| self.fault("read the plans", &error))
    }

    /// Keeps the approval of a plan. Returns whether it was waiting for one.
    pub async fn approve_plan(
        &self,
        hash: &str,
        by: &str,
        at: Timestamp,
        receipt: &KeptReceipt,
    ) -> Result<bool, StoreError> {
        const DOING: &str = "keep an approval";
        const SQL: &str = "UPDATE retain_plans SET state = 'approved', approved_by = ?2, approved_at = ?3,
            log_index = ?4, tree_size = ?5, root_hash = ?6 WHERE hash = ?1 AND state = 'planned'";
        let mut transaction = self.begin(DOING).await?;
        let done = sqlx::query(SQL)
            .bind(hash)
            .bind(by)
            .bind(time_text(at))
            .bind(count(receipt.log_index))
            .bind(count(receipt.tree_size))
            .bind(&receipt.root_hash)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.fault(DOING, &error))?;
        self.commit(DOING, transaction).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Says that a plan is being applied, from when on.
    pub async fn begin_plan(&self, hash: &str, at: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE retain_plans SET state = 'applying', started_at = coalesce(started_at, ?2)
                           WHERE hash = ?1 AND state IN ('approved', 'applying')";
        self.change_plan("begin a plan", sqlx::query(SQL).bind(hash.to_owned()).bind(time_text(at))).await
    }

    /// Says that a plan has come to its end; the key of its rows is overwritten.
    pub async fn end_plan(&self, hash: &str, state: PlanState, at: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "end a plan";
        const SQL: &str = "UPDATE retain_plans SET state = ?2, finished_at = ?3, row_key = NULL WHERE hash = ?1";
        let state = word(&state).map_err(|error| self.fault(DOING, &error))?;
        self.change_plan(DOING, sqlx::query(SQL).bind(hash.to_owned()).bind(state).bind(time_text(at))).await
    }

    /// Keeps something that somebody should know of how a plan is carried out, once however often it is said.
    pub async fn note_plan(&self, hash: &str, note: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE retain_plans SET notes = json_insert(notes, '$[#]', ?2)
                           WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM json_each(notes) WHERE value = ?2)";
        self.change_plan("note a plan", sqlx::query(SQL).bind(hash.to_owned()).bind(note.to_owned())).await
    }

    /// What was noted of a plan, in order.
    pub async fn plan_notes(&self, hash: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.plans().await?.into_iter().find(|plan| plan.hash == hash).map(|plan| plan.notes).unwrap_or_default())
    }

    /// Journals a batch: the one that ended, if any, and the one that is about to begin, in one go.
    pub async fn journal(&self, plan: &str, ended: &[StoredBatch], next: &[StoredBatch]) -> Result<(), StoreError> {
        const DOING: &str = "write the journal";
        const SQL: &str = "
            INSERT INTO retain_batches (plan, chunk, first, count, state, step, changed, skipped)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT DO UPDATE SET count = ?4, state = ?5, changed = ?7, skipped = ?8";
        let mut transaction = self.begin(DOING).await?;
        for batch in ended.iter().chain(next) {
            let skipped = json(&batch.skipped).map_err(|error| self.fault(DOING, &error))?;
            sqlx::query(SQL)
                .bind(plan)
                .bind(count(batch.chunk))
                .bind(count(batch.first))
                .bind(count(batch.count))
                .bind(if batch.done { "done" } else { "intent" })
                .bind(count(batch.step))
                .bind(count(batch.changed))
                .bind(skipped)
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.fault(DOING, &error))?;
        }
        self.commit(DOING, transaction).await
    }

    /// The journal of a plan, in order.
    pub async fn batches(&self, plan: &str) -> Result<Vec<StoredBatch>, StoreError> {
        const SQL: &str = "SELECT * FROM retain_batches WHERE plan = ?1 ORDER BY chunk, first";
        let batch = |row: &SqliteRow| {
            Ok(StoredBatch {
                chunk: row.number("chunk")?,
                first: row.number("first")?,
                count: row.number("count")?,
                step: row.number("step")?,
                done: row.text("state")? == "done",
                changed: row.number("changed")?,
                skipped: row.json("skipped")?,
            })
        };
        let rows = sqlx::query(SQL).bind(plan).fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(batch).collect()).map_err(|error| self.fault("read the journal", &error))
    }

    async fn change_plan(
        &self,
        doing: &'static str,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin(doing).await?;
        query.execute(&mut *transaction).await.map_err(|error| self.fault(doing, &error))?;
        self.commit(doing, transaction).await
    }
}

fn plan_of(row: &SqliteRow) -> Result<StoredPlan, sqlx::Error> {
    let hash = row.text("hash")?;
    let receipt = match (row.number_or_none("log_index")?, row.number_or_none("tree_size")?) {
        (Some(log_index), Some(tree_size)) => Some(KeptReceipt {
            kind: "retention".to_owned(),
            object: hash.clone(),
            log_index,
            tree_size,
            root_hash: row.text("root_hash")?,
        }),
        _ => None,
    };
    let approved = match (row.text_or_none("approved_by")?, row.time_or_none("approved_at")?) {
        (Some(by), Some(at)) => Some((by, at)),
        _ => None,
    };
    Ok(StoredPlan {
        hash,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        state: row.word("state")?,
        rows: row.number("rows")?,
        row_key: row.try_get("row_key")?,
        approved,
        receipt,
        started_at: row.time_or_none("started_at")?,
        finished_at: row.time_or_none("finished_at")?,
        notes: row.json("notes")?,
    })
}
