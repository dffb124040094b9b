//! Before the first row goes: the ledger is written, and the traces of what will be erased are gathered.
//!
//! The rows of the plan are fetched through the gate, some hundred at a time; of each row go into the ledger
//! the HMAC of its key and of its identity values, and into the traces the digests of its personal values.
//! Values are seen once, in memory, and dropped with the chunk.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::amend::Amend;
use dataward_connect::amend::Rows;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use jiff::Timestamp;

use crate::erasure_key::ErasureKey;
use crate::error::RetainError;
use crate::ledger::LedgerFile;
use crate::ledger::LedgerHead;
use crate::ledger::LedgerWriter;
use crate::literals;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::plan::Step;
use crate::rows_file::RowsReader;
use crate::verify::TraceGatherer;
use crate::verify::Traces;

/// Rows of a table whose values are looked for later. Of larger tables a random part of about as many is
/// taken: with none found, 95 % sure that fewer than 3 / 20,000 of the rows left anything.
pub const TRACED_ROWS: u64 = 20_000;

/// Rows fetched at a time.
const CHUNK: usize = 500;

/// Which columns of a table matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Those whose values tell people apart: they stand in the ledger.
    pub identity: Vec<String>,
    /// Those whose values are looked for in the files; empty: all columns.
    pub traced: Vec<String>,
}

/// What is recorded.
pub struct Gather<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its hash.
    pub hash: &'a str,
    /// The erasure key.
    pub key: &'a ErasureKey,
    /// The columns that matter, by source and table.
    pub columns: &'a dyn Fn(&SourceId, &str) -> Columns,
    /// Now.
    pub at: Timestamp,
    /// When the lines of the ledger end.
    pub until: Timestamp,
}

impl Gather<'_> {
    /// Writes the ledger and gives the traces, by source. Rows that are gone by now are left out.
    ///
    /// # Errors
    /// When a source can't be read or the ledger can't be written: then nothing may be erased.
    pub async fn run<'s>(
        &self,
        mut rows: RowsReader,
        source: impl Fn(&SourceId) -> Option<&'s dyn Amend>,
        ledger: &LedgerFile,
    ) -> Result<BTreeMap<SourceId, Traces>, RetainError> {
        let mut open = ledger.open()?;
        let mut writers: BTreeMap<usize, LedgerWriter<'_>> = BTreeMap::new();
        let mut gatherers: BTreeMap<SourceId, TraceGatherer> = BTreeMap::new();
        let totals = self.rows_by_table();
        while let Some(chunk) = rows.next_chunk()? {
            let step = &self.plan.steps[chunk.step];
            let Some(amend) = source(&step.source).filter(|_| step.action != "unlink") else { continue };
            let columns = self.columns_of(step);
            let kind = amend.kind();
            let writer =
                writers.entry(chunk.step).or_insert_with(|| LedgerWriter::new(self.key, self.head(step, &columns)));
            let gatherer = gatherers.entry(step.source.clone()).or_insert_with(|| TraceGatherer::new(self.key));
            let total = totals.get(&(&step.source, step.table.name.as_str())).copied().unwrap_or(0);
            for part in chunk.rows.parts(CHUNK) {
                for (at, values) in fetch(amend, &step.table, &part).await? {
                    let key = stored::lasting_key(kind, &part, at);
                    let identity: Vec<Option<Cow<'_, str>>> =
                        columns.identity.iter().map(|column| values.value(column)).collect();
                    let identity: Vec<Option<&str>> = identity.iter().map(Option::as_deref).collect();
                    writer.row(&key, &identity)?;
                    let sampled = self.key.draws(&key, TRACED_ROWS, total);
                    gatherer.row(sampled);
                    // Files go whole: there is nothing to search for their values in.
                    if sampled && !stored::is_stored(kind) {
                        values.each(&columns.traced, |column, sql_type, text| {
                            gatherer.value(&step.table.name, column, sql_type, text);
                        });
                    }
                }
                open.write(&writer.full_lines())?;
            }
        }
        for writer in writers.into_values() {
            open.write(&writer.finish()?)?;
        }
        open.finish()?;
        Ok(gatherers.into_iter().map(|(source, gatherer)| (source, gatherer.finish())).collect())
    }

    fn rows_by_table(&self) -> BTreeMap<(&SourceId, &str), u64> {
        let mut rows = BTreeMap::new();
        for step in self.plan.steps.iter().filter(|step| step.action != "unlink") {
            *rows.entry((&step.source, step.table.name.as_str())).or_default() += step.rows;
        }
        rows
    }

    /// Of rows that stay, only what is rewritten goes.
    fn columns_of(&self, step: &Step) -> Columns {
        let mut columns = (self.columns)(&step.source, &step.table.name);
        if let PlannedChange::Rewrite { columns: rewritten } = &step.change {
            columns.traced = rewritten.iter().map(|one| one.column.clone()).collect();
            columns.identity = columns.traced.clone();
        }
        columns
    }

    fn head(&self, step: &Step, columns: &Columns) -> LedgerHead {
        LedgerHead {
            plan: self.hash.to_owned(),
            source: step.source.clone(),
            table: step.table.name.clone(),
            rule: self.plan.rules.get(step.rule).map(|rule| rule.name.clone()).unwrap_or_default(),
            action: step.action.clone(),
            at: self.at,
            until: self.until,
            columns: columns.identity.clone(),
            rewrite: match &step.change {
                PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => None,
                PlannedChange::Rewrite { columns } => Some(columns.clone()),
            },
        }
    }
}

/// One row as texts.
pub struct RowTexts {
    batch: RecordBatch,
    at: usize,
    /// Texts stand in quotes: the gate of SQLite gives literals, as a column there has no type.
    literals: bool,
}

impl RowTexts {
    /// The value of a column; none for NULL or an unknown column.
    pub fn value(&self, column: &str) -> Option<Cow<'_, str>> {
        let texts = self.batch.column_by_name(column)?.as_any().downcast_ref::<StringArray>()?;
        let text = texts.is_valid(self.at).then(|| texts.value(self.at))?;
        Some(if self.literals { literals::bare(text) } else { Cow::Borrowed(text) })
    }

    fn each(&self, wanted: &[String], mut take: impl FnMut(&str, &str, &str)) {
        for field in self.batch.schema_ref().fields() {
            if !wanted.is_empty() && !wanted.contains(field.name()) {
                continue;
            }
            if let Some(text) = self.value(field.name()) {
                let sql_type = field.metadata().get("sql_type").map_or("", String::as_str);
                take(field.name(), sql_type, &text);
            }
        }
    }
}

/// The rows that are there, with their positions in `rows`.
///
/// # Errors
/// When the source can't be read.
pub async fn fetch(amend: &dyn Amend, table: &TableFacts, rows: &Rows) -> Result<Vec<(usize, RowTexts)>, RetainError> {
    let literals = amend.kind() == SourceKind::Sqlite;
    let batch = amend.fetch(table, rows).await?;
    if batch.num_rows() == rows.len() {
        return Ok((0..rows.len()).map(|at| (at, RowTexts { batch: batch.clone(), at, literals })).collect());
    }
    // Some are gone: which, only the rows one by one tell.
    let mut found = Vec::new();
    for at in 0..rows.len() {
        let batch = amend.fetch(table, &rows.pick([at])).await?;
        if batch.num_rows() == 1 {
            found.push((at, RowTexts { batch, at: 0, literals }));
        }
    }
    Ok(found)
}
