//! The one door through which a user's data is changed.
//!
//! [`Amend`] has a planning half, which reads only ([`Amend::catalogue`], [`Amend::select`],
//! [`Amend::fetch`]), and one method that changes something, [`Amend::amend`]. That one takes
//! [`Batch`]es, which only an [`ApprovedPlan`] makes, and that is made by `retain::approve` alone, from
//! the receipt of the approval's entry in the evidence log. So no statement can leave out what a plan's
//! step demands: each runs with the step's own condition, with the holds of the moment and with the
//! versions of the rows as they were planned, all inside the statement or its transaction. The house
//! test refuses another maker of an [`ApprovedPlan`] and any other statement that deletes or updates.
//!
//! One implementation an engine, in its folder under `amend/`.

pub(crate) mod checks;
mod facts;
mod gate;
mod rows;
mod sql;
pub mod stored;
mod whereabouts;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use async_trait::async_trait;
use bytes::Bytes;
use dataward_model::SourceKind;
use futures::stream::BoxStream;

use crate::ConnectError;

pub use checks::Check;
pub use facts::Catalogue;
pub use facts::ColumnFacts;
pub use facts::ForeignKey;
pub use facts::OnDelete;
pub use facts::Partition;
pub use facts::Partitioning;
pub use facts::RowIdentity;
pub use facts::TableFacts;
pub use gate::ApprovedPlan;
pub use gate::ApprovedStep;
pub use gate::AtOnce;
pub use gate::Batch;
pub use gate::BatchDone;
pub use gate::BatchOutcome;
pub use gate::Change;
pub use gate::Guard;
pub use gate::Limits;
pub use gate::SkipReason;
pub use rows::KeyColumn;
pub use rows::Rows;
pub use rows::SelectedRows;
pub use sql::Edge;
pub use sql::Selection;
pub use sql::Sql;
pub use sql::Through;
pub use whereabouts::Whereabouts;

/// A source whose data can be retired.
#[async_trait]
pub trait Amend: Send + Sync {
    /// What kind of store it is.
    fn kind(&self) -> SourceKind;

    /// Where it is, by its address alone: the same for two sources that are one.
    fn whereabouts(&self) -> Whereabouts;

    /// Who the server is, by its own word: the same whatever name leads to it. None where it does not say, or where there
    /// is no server. Reads only.
    async fn identity(&self) -> Result<Option<String>, ConnectError> {
        Ok(None)
    }

    /// Ends what a change of ours left half done when it was cut off, where the engine waits for that with
    /// whoever opens it next (a journal of SQLite). For plans and clean-ups that are carried on; never to plan.
    async fn recover(&self) -> Result<(), ConnectError> {
        Ok(())
    }

    /// The facts that a plan needs: tables, keys, columns, references, triggers, partitions, sizes.
    /// Reads only.
    async fn catalogue(&self) -> Result<Catalogue, ConnectError>;

    /// The rows that a selection means: keys, versions, and for each of its flags whether it is true.
    /// Reads only, in chunks of some thousand rows, in bounded memory.
    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError>;

    /// How many rows of a table a condition is true of. Reads only.
    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError>;

    /// All columns of the rows with these keys, in the order of the keys where they are there, for the
    /// archive. Reads only.
    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<RecordBatch, ConnectError>;

    /// What somebody should know before the rows of `table` go of which `due` is true, beside what the
    /// catalogue says. Reads only.
    async fn notes(&self, table: &TableFacts, due: &Sql) -> Result<Vec<Note>, ConnectError> {
        let _ = (table, due);
        Ok(Vec::new())
    }

    /// What would stop changes of this kind or spoil their end, beside what the catalogue says: rights that the account
    /// lacks, a server that takes no changes, what keeps rows that were deleted. Reads only.
    async fn obstacles(&self, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
        let _ = intents;
        Ok(Vec::new())
    }

    /// Why these tables (as they stand in SQL) can't be emptied at once and filled again with what stays, each reason
    /// in a few words; none where the engine has no safe way to do that at all. Reads only.
    async fn at_once_obstacles(&self, tables: &[String]) -> Result<Option<Vec<String>>, ConnectError> {
        let _ = tables;
        Ok(None)
    }

    /// The content of the file or object at `at` among `rows`, as long as it is the version that was planned.
    /// None where rows are no files. Reads only.
    async fn content(&self, rows: &Rows, at: usize) -> Result<Option<Content>, ConnectError> {
        let _ = (rows, at);
        Ok(None)
    }

    /// Of files and objects: what is stored now under these paths, and for each flag whether it is true of it. Others
    /// store nothing under paths. Reads only.
    async fn stored_now(
        &self,
        table: &TableFacts,
        paths: &[String],
        flags: &[Sql],
    ) -> Result<SelectedRows, ConnectError> {
        let _ = (table, paths, flags);
        Ok(SelectedRows::default())
    }

    /// Changes the rows of the batches, all in one transaction: all of it or nothing. Rows that changed
    /// since the plan, are held, or are no longer due are left alone and listed.
    ///
    /// # Errors
    /// When the source cannot be reached or does not let us. What passes by itself (somebody holds a
    /// lock, a row is referenced by a new one) is an outcome, not an error; then nothing was changed.
    async fn amend(&self, plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError>;

    /// What would become of a batch at this moment, and nothing is changed: of rows that hang together and go in several
    /// transactions all are looked at before the first goes. Reads only. Where rows can't refer to each other nothing is
    /// looked at.
    async fn look(&self, batch: &Batch) -> Result<BatchDone, ConnectError> {
        let changed = (0..batch.rows().len() as u32).collect();
        Ok(BatchDone { changed, ..BatchDone::default() })
    }

    /// Gives the space of what went back, without a lock that would stop the application: `VACUUM`,
    /// `OPTIMIZE TABLE`, an incremental vacuum. Where there is nothing to give back, nothing happens.
    async fn reclaim(&self, plan: &ApprovedPlan, table: &TableFacts) -> Result<(), ConnectError>;

    /// Why work should pause for the moment: a replica that lags, too many dead rows. None: go on.
    async fn pressure(&self, limits: &Limits) -> Result<Option<String>, ConnectError> {
        let _ = limits;
        Ok(None)
    }

    /// Whether the source is at work for others at this moment, as far as it tells this account: then they go first.
    async fn works_for_others(&self) -> Result<bool, ConnectError> {
        Ok(false)
    }
}

/// The name of the table that a condition is about, in every statement: `dataward_t.column` works from
/// within a subquery too.
pub const ALIAS: &str = "dataward_t";

/// All columns of some rows, as the engine writes them as text; the SQL type stands beside each column's
/// name, so that nothing is lost on the way into an archive and back.
pub(crate) fn texts_batch(
    table: &TableFacts,
    rows: usize,
    value: impl Fn(usize, usize) -> Option<String>,
) -> Result<RecordBatch, ConnectError> {
    let field = |column: &ColumnFacts| {
        let sql_type = HashMap::from([("sql_type".to_owned(), column.sql_type.clone())]);
        Field::new(&column.name, DataType::Utf8, true).with_metadata(sql_type)
    };
    let schema = Schema::new(table.columns.iter().map(field).collect::<Vec<_>>());
    let column = |at: usize| -> ArrayRef { Arc::new((0..rows).map(|row| value(row, at)).collect::<StringArray>()) };
    let columns = (0..table.columns.len()).map(column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| ConnectError::Internal {
        target: format!("`{}`", table.name),
        reason: "its rows do not fit its columns".to_owned(),
    })
}

/// What a plan means to do with rows of a table.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// The table.
    pub table: &'a TableFacts,
    /// Rows go.
    pub erases: bool,
    /// Columns that get other values.
    pub rewrites: Vec<&'a str>,
    /// Its space is given back when its rows have gone.
    pub reclaims: bool,
}

/// What somebody should know of a source before a plan of it is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// denied, hard-link, link, unlisted, versions, object-lock, replicated, unfinished-uploads; no-right, takes-no-changes,
    /// rows-kept-back, unseen-references, hidden-references, materialised-view.
    pub kind: &'static str,
    /// In a sentence.
    pub text: String,
}

/// The bytes of one file or object, in order.
pub type Content = BoxStream<'static, Result<Bytes, ConnectError>>;

/// Selected rows, chunk by chunk.
pub type RowStream = BoxStream<'static, Result<SelectedRows, ConnectError>>;
