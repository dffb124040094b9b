//! `retain approve`: somebody answers for a plan. Refused when the plan is no longer what its maker saw.

use std::collections::BTreeMap;
use std::sync::Arc;

use dataward_connect::Amend;
use dataward_connect::amend::stored::is_stored;
use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_retain::RetainError;
use dataward_retain::approve;
use dataward_retain::plan::Plan;
use dataward_store::PlanState;
use dataward_store::Store;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::erasure_folder;
use crate::evidence_log;
use crate::hold_places;
use crate::plan_folder;
use crate::plan_retention::policy_sha256;
use crate::plan_retention::rows_by_table;
use crate::registry;
use crate::unseen_references;

/// An approval.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ApprovalReport {
    /// `dataward/retain-approval@1`.
    pub schema: &'static str,
    /// The plan's hash.
    pub plan: String,
    /// Who made the plan.
    pub made_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// Rows that it changes.
    pub rows: u64,
    /// The approval's entry in the evidence log.
    pub log_index: u64,
}

/// Approves the plan whose hash begins with `name`, or the newest that waits.
///
/// # Errors
/// [`AppError::Refused`] when the plan is stale, a hold came, or whoever made it may not approve it.
pub async fn approve_plan(
    project: &Project,
    name: Option<&str>,
    clock: &dyn Clock,
) -> Result<ApprovalReport, AppError> {
    let now = clock.now();
    let store = project.store().await?;
    let stored = plan_folder::find(&store, name, &[PlanState::Planned]).await?;
    if stored.state != PlanState::Planned {
        return Err(AppError::Refused {
            message: format!(
                "the plan {} does not wait for an approval: it is {:?}",
                short(&stored.hash),
                stored.state
            )
            .to_lowercase(),
            hint: Some("dataward retain status".to_owned()),
        });
    }
    let plan = plan_folder::load(project, &stored.hash)?;
    let approver = environment::actor();
    approve::check_approver(&plan, &approver)?;
    erasure_folder::check_ledger(project)?;
    let sources = open_sources(project, &plan)?;
    check_standing(project, &store, &plan, &sources, now).await?;
    let mut catalogues = Vec::new();
    for (id, source) in &sources {
        catalogues.push((id, source.as_ref(), source.catalogue().await.map_err(RetainError::from)?));
    }
    let opened: Vec<_> = catalogues.iter().map(|(id, source, catalogue)| (*id, *source, catalogue)).collect();
    hold_places::check(project, &store, &opened, now).await?;
    let event = Event::Retention(Retention {
        action: "approve".to_owned(),
        object: stored.hash.clone(),
        planned_by: Some(plan.made_by.clone()),
        rows: rows_by_table(&plan),
        skipped: BTreeMap::new(),
    });
    // A run that was killed before it noted the approval has logged it already.
    let receipt = evidence_log::receipt_once(project, &store, event, now).await?;
    store.approve_plan(&stored.hash, &approver, now, &receipt).await?;
    Ok(ApprovalReport {
        schema: "dataward/retain-approval@1",
        plan: stored.hash,
        made_by: plan.made_by.clone(),
        approved_by: approver,
        rows: plan.rows(),
        log_index: receipt.log_index,
    })
}

/// The first twelve digits of a hash: enough for people.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// The ways to the sources of a plan.
pub(crate) fn open_sources(project: &Project, plan: &Plan) -> Result<BTreeMap<SourceId, Arc<dyn Amend>>, AppError> {
    let mut opened = BTreeMap::new();
    for id in plan.sources.keys() {
        let declared = project.policy.sources.get(id).ok_or_else(|| AppError::Refused {
            message: format!("the source `{id}` of the plan is not in the policy file any more"),
            hint: Some("dataward retain plan".to_owned()),
        })?;
        let password =
            declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose()?;
        opened.insert(id.clone(), registry::amend(&declared.url, password, &project.root)?);
    }
    Ok(opened)
}

/// Why a plan that waits can't be approved or applied any more: it is too old, policy or rules are others since, a hold
/// came. Its sources are not asked.
pub(crate) async fn stale(
    project: &Project,
    store: &Store,
    hash: &str,
    now: Timestamp,
) -> Result<Option<String>, AppError> {
    let plan = match plan_folder::load(project, hash) {
        Ok(plan) => plan,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let due: Vec<u64> = plan.due.iter().map(|due| due.rows).collect();
    let newest_hold = newest_holds(project, store, &plan).await?;
    let standing = approve::Standing {
        now,
        policy_sha256: &policy_sha256(project)?,
        pack: &crate::bind_retention::pack_version(),
        newest_hold: &newest_hold,
        due: &due,
    };
    Ok(approve::check(&plan, &standing).err().map(|error| error.to_string()))
}

/// The newest hold on each source of a plan.
async fn newest_holds(
    project: &Project,
    store: &Store,
    plan: &Plan,
) -> Result<BTreeMap<SourceId, (Timestamp, String)>, AppError> {
    let mut newest: BTreeMap<SourceId, (Timestamp, String)> = BTreeMap::new();
    let places = hold_places::places(project).await;
    for hold in store.holds(false).await? {
        let of = |source: &&SourceId| places.of_hold(&hold, source).is_some();
        for source in plan.sources.keys().filter(of) {
            newest.insert(source.clone(), (hold.placed_at, hold.matter.clone()));
        }
    }
    Ok(newest)
}

/// Refuses a plan that is no longer what its maker saw.
pub(crate) async fn check_standing(
    project: &Project,
    store: &Store,
    plan: &Plan,
    sources: &BTreeMap<SourceId, Arc<dyn Amend>>,
    now: Timestamp,
) -> Result<(), AppError> {
    let due = approve::count_due(plan, |id| sources.get(id).cloned()).await?;
    let newest_hold = newest_holds(project, store, plan).await?;
    let standing = approve::Standing {
        now,
        policy_sha256: &policy_sha256(project)?,
        pack: &crate::bind_retention::pack_version(),
        newest_hold: &newest_hold,
        due: &due,
    };
    approve::check(plan, &standing)?;
    unseen_references::check(project, store, plan, now).await?;
    // Files and objects have no columns; to ask for theirs would list all of them.
    for (id, source) in sources.iter().filter(|(_, source)| !is_stored(source.kind())) {
        let catalogue = source.catalogue().await.map_err(RetainError::from)?;
        approve::check_columns(plan, id, &catalogue)?;
        approve::check_hidden(plan, id, &catalogue)?;
    }
    Ok(())
}
