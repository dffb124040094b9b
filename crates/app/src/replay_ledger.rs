//! `retain replay`: after a restore, finds what was erased before and plans to take it out again.

use std::collections::BTreeMap;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_policy::Approval;
use dataward_retain::plan::Plan;
use dataward_retain::replay;
use dataward_retain::rows_file::RowsWriter;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::StoredPlan;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::erasure_folder;
use crate::evidence_log;
use crate::plan_folder;
use crate::plan_retention::policy_sha256;
use crate::plan_retention::rows_by_table;
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
    let mut plan = Plan {
        made_at: now,
        made_by: environment::actor(),
        policy_sha256: policy_sha256(project)?,
        pack: crate::bind_retention::pack_version(),
        four_eyes: project.policy.retain.iter().any(|rule| rule.approve == Approval::FourEyes),
        rules: Vec::new(),
        steps: Vec::new(),
        sources: BTreeMap::new(),
        due: Vec::new(),
        kept: Vec::new(),
        warnings: Vec::new(),
        rows_sha256: String::new(),
        chunks: 0,
    };
    let folder = plan_folder::create(project)?;
    let fresh = folder.join(format!("new-{}.rows", std::process::id()));
    let row_key = SecretKey::random().map_err(|error| AppError::Internal(error.to_string()))?;
    let kept_key = row_key.bytes().to_vec();
    let mut writer = RowsWriter::create(&fresh, row_key)?;
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
    if plan.steps.is_empty() {
        let _ = fs_err::remove_file(&fresh);
        return Ok(report);
    }
    let hash = plan.hash()?;
    let renamed = fs_err::rename(&fresh, plan_folder::rows(project, &hash));
    renamed.map_err(|error| AppError::unreachable(format!("cannot save the plan: {error}")))?;
    plan_folder::save(project, &hash, &plan)?;
    let event = Event::Retention(Retention {
        action: "plan".to_owned(),
        object: hash.clone(),
        planned_by: None,
        rows: rows_by_table(&plan),
        skipped: BTreeMap::new(),
    });
    evidence_log::record_all(project, &store, vec![event], now).await?;
    let stored = StoredPlan {
        hash: hash.clone(),
        made_at: plan.made_at,
        made_by: plan.made_by.clone(),
        state: PlanState::Planned,
        rows: plan.rows(),
        row_key: Some(kept_key),
        approved: None,
        receipt: None,
        started_at: None,
        finished_at: None,
    };
    store.save_plan(&stored).await?;
    report.plan = Some(hash);
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
