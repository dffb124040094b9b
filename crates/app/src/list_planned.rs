//! The names of the files and objects that go by a plan. They are printed, and kept nowhere in clear.

use dataward_connect::amend::stored::STORED;
use dataward_connect::amend::stored::bytes_at;
use dataward_connect::amend::stored::name_at;
use dataward_retain::plan::Plan;
use dataward_retain::rows_file::RowsReader;
use dataward_store::PlanState;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::plan_folder;

/// A file, or a version of an object.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileLine {
    /// The source.
    pub source: String,
    /// The path or key.
    pub path: String,
    /// The version, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its size.
    pub bytes: u64,
}

/// The files and objects that go by a plan that has not ended yet.
///
/// # Errors
/// When there is none of that name, or it has ended: its names are gone then.
pub async fn list_files(project: &Project, name: &str) -> Result<Vec<FileLine>, AppError> {
    use PlanState::*;
    let store = project.store().await?;
    let stored = plan_folder::find(&store, Some(name), &[Planned, Approved, Applying]).await?;
    let plan = plan_folder::load(project, &stored.hash)?;
    let rows = plan_folder::rows(project, &stored.hash);
    files_of(&plan, RowsReader::open(&rows, plan_folder::row_key(&stored)?, &plan.rows_sha256)?)
}

/// Those among the rows of a plan.
pub(crate) fn files_of(plan: &Plan, mut reader: RowsReader) -> Result<Vec<FileLine>, AppError> {
    let mut files = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        let step = &plan.steps[chunk.step];
        if step.table.name != STORED {
            continue;
        }
        for at in 0..chunk.rows.len() {
            let (path, version) = name_at(&chunk.rows, at);
            files.push(FileLine {
                source: step.source.to_string(),
                path: path.to_owned(),
                version: Some(version.to_owned()).filter(|version| !version.is_empty()),
                bytes: bytes_at(&chunk.rows, at),
            });
        }
    }
    Ok(files)
}
