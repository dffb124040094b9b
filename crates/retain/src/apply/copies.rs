//! The copies that are made before anything of a chunk goes.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::ConnectError;
use dataward_connect::amend::stored;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceKind;

use super::Apply;
use super::state::State;
use crate::archive::Archive;
use crate::archive::ContentPlace;
use crate::archive::with_column;
use crate::error::RetainError;
use crate::literals::readable;
use crate::rows_file::PlannedRows;

impl Apply<'_> {
    /// Archives the rows of a chunk, unless that was done before.
    pub(super) async fn copy_first(&self, chunk: &PlannedRows, state: &State) -> Result<(), RetainError> {
        let step = &self.plan.steps[chunk.step];
        let Some(class) = &step.archive else { return Ok(()) };
        let Some(archive) = self.archive else {
            return Err(RetainError::Internal(format!("rows of `{}` would go without a copy", step.table.name)));
        };
        if archive.has(class, self.hash, state.chunk) {
            return Ok(());
        }
        let (_, _, target) = self.place(chunk.step)?;
        let mut rows = target.source.fetch(&step.table, &chunk.rows).await?;
        if target.source.kind() == SourceKind::Sqlite {
            rows = readable(&rows)?;
        }
        // Before the part has its name: what has one has its subjects too.
        if let Some(key) = archive.subjects_key() {
            let subjects = self.subjects(step, target, &rows, key).await?;
            archive.keep_subjects(class, self.hash, state.chunk, &subjects)?;
        }
        if is_stored(target.source.kind()) {
            rows = self.copy_contents(archive, class, chunk, state, &rows).await?;
        }
        archive.keep(class, self.hash, state.chunk, &rows)?;
        self.watcher.point("archived");
        Ok(())
    }

    /// Archives what the files or objects of a chunk hold; the list of them then names the copies. One that was
    /// changed or removed since the plan has none, and stays.
    async fn copy_contents(
        &self,
        archive: &Archive,
        class: &str,
        chunk: &PlannedRows,
        state: &State,
        known: &RecordBatch,
    ) -> Result<RecordBatch, RetainError> {
        let (_, _, target) = self.place(chunk.step)?;
        let mut copies: HashMap<(String, String), String> = HashMap::new();
        for at in 0..chunk.rows.len() {
            let content = match target.source.content(&chunk.rows, at).await {
                Ok(Some(content)) => content,
                Ok(None) | Err(ConnectError::Gone { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let place = ContentPlace { class, plan: self.hash, chunk: state.chunk, at };
            let name = archive.keep_content(place, content).await?;
            let (path, version) = stored::name_at(&chunk.rows, at);
            copies.insert((path.to_owned(), version.to_owned()), name);
            self.watcher.point("copied");
        }
        let text = |column: &str, at: usize| {
            let texts = known.column_by_name(column)?.as_any().downcast_ref::<StringArray>()?;
            Some(texts.value(at).to_owned())
        };
        let named = |at: usize| copies.get(&(text("path", at)?, text("version", at)?)).cloned();
        with_column(known, "archived_as", (0..known.num_rows()).map(named).collect())
    }
}
