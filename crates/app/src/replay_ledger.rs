//! `retain replay`: after a restore, finds what was erased before and plans to take it out again.

use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_policy::Approval;
use dataward_retain::replay;
use dataward_retain::rows_file::RowsWriter;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::erasure_folder;
use crate::plan_folder;
use crate::plan_folder::Fresh;
use crate::plan_retention::drop_waiting;
use crate::registry;

/// What is back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplayReport {
    /// `dataward/retain-replay@1`.
    pub schema: &'static str,
    /// The plan that takes it out again; none when nothing is back.
    pub plan: Option<String>,
    /// The tables that the ledger knows.
    pub tables: Vec<ReplayedTable>,
    /// Sources that could not be searched, with the reason.
    pub skipped: Vec<String>,
}

/// What is back of a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplayedTable {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// Rows that the ledger knows.
    pub erased: u64,
    /// Rows that are back.
    pub back: u64,
    /// Rows with the key of an erased one that are somebody else; they stay.
    pub somebody_else: u64,
}

/// Searches these sources, or all, for rows of the ledger, and saves a plan that takes them out again. It
/// waits for an approval like every other.
///
/// # Errors
/// When a name is not declared, or state, ledger or log can't be read. A source that can't be reached is
/// listed.
pub async fn replay_ledger(project: &Project, names: &[String], clock: &dyn Clock) -> Result<ReplayReport, AppError> {
    if let Some(unknown) = names.iter().find(|name| !project.policy.sources.keys().any(|id| id.as_str() == *name)) {
        return Err(AppError::usage(format!("`{unknown}` is no source of the policy file")));
    }
    let now = clock.now();
    let store = project.store().await?;
    let key = erasure_folder::key(project)?;
    let ledger_file = erasure_folder::ledger(project);
    let four_eyes = project.policy.retain.iter().any(|rule| rule.approve == Approval::FourEyes);
    let mut plan = plan_folder::empty(project, four_eyes, Vec::new(), now)?;
    let (fresh, row_key) = Fresh::begin(project)?;
    let mut writer = RowsWriter::create(fresh.path(), row_key)?;
    let mut report = ReplayReport { schema: "dataward/retain-replay@1", plan: None, tables: vec![], skipped: vec![] };
    for (id, declared) in &project.policy.sources {
        if !names.is_empty() && !names.iter().any(|name| name == id.as_str()) {
            continue;
        }
        let ledger = ledger_file.read(&key, id, now)?;
        if ledger.tables().is_empty() {
            continue;
        }
        let password =
            declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose()?;
        let Some(source) = registry::amend(&declared.url, password, &project.root)? else { continue };
        let found = async {
            let catalogue = source.catalogue().await?;
            let back = replay::find(source.as_ref(), &catalogue, &ledger).await?;
            Ok::<_, dataward_retain::RetainError>((catalogue, back))
        };
        let (catalogue, back) = match found.await {
            Ok(found) => found,
            Err(error) => {
                report.skipped.push(format!("{id}: {error}"));
                continue;
            }
        };
        report.tables.extend(lines(id, &ledger, &back));
        if back.count() > 0 {
            replay::add_to_plan(&mut plan, id, &catalogue, &back, &ledger, &mut writer)?;
        }
    }
    (plan.rows_sha256, plan.chunks) = writer.finish()?;
    if !plan.steps.is_empty() {
        drop_waiting(project, &store, now).await?;
        report.plan = Some(fresh.save(project, &store, &plan, now).await?);
    }
    Ok(report)
}

fn lines(id: &SourceId, ledger: &dataward_retain::ledger::Ledger, back: &replay::Back) -> Vec<ReplayedTable> {
    let line = |table: &&str| {
        let found = back.tables.get(*table);
        ReplayedTable {
            source: id.to_string(),
            table: (*table).to_owned(),
            erased: ledger.rows(table),
            back: found.map_or(0, |found| found.rows.values().map(|rows| rows.len() as u64).sum()),
            somebody_else: found.map_or(0, |found| found.key_only),
        }
    };
    ledger.tables().iter().map(line).collect()
}
