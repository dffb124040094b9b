//! `retain replay`: after a restore, finds what was erased before and plans to take it out again.

use std::sync::Arc;

use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::stored::is_stored;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_model::counted;
use dataward_policy::Approval;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::ledger::Ledger;
use dataward_retain::make::planned_intents;
use dataward_retain::plan::Warning;
use dataward_retain::replay;
use dataward_retain::rows_file::RowsWriter;
use dataward_store::PlanState;
use dataward_store::Store;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::approve_plan::short;
use crate::bind_references::file_links;
use crate::environment;
use crate::erasure_folder;
use crate::hold_data::hold_book;
use crate::hold_places;
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
    /// What somebody should do before the plan is approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
    // The ledger names all rows of a plan before the first one goes: those of it that stay are no erased ones.
    no_plan_is_half_way(&store).await?;
    let key = erasure_folder::key(project)?;
    let ledger_file = erasure_folder::ledger(project);
    let four_eyes = project.policy.retain.iter().any(|rule| rule.approve == Approval::FourEyes);
    let mut plan = plan_folder::empty(project, four_eyes, Vec::new(), now)?;
    let (fresh, row_key) = Fresh::begin(project)?;
    let mut writer = RowsWriter::create(fresh.path(), row_key)?;
    let mut report =
        ReplayReport { schema: "dataward/retain-replay@1", plan: None, tables: vec![], skipped: vec![], notes: vec![] };
    let holds = hold_book(project, &store, Vec::new()).await?;
    let mut found: Vec<Found<'_>> = Vec::new();
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
        let source = registry::amend(&declared.url, password, &project.root)?;
        let search = async {
            let catalogue = source.catalogue().await?;
            let back = replay::find(source.as_ref(), &catalogue, &ledger).await?;
            Ok::<_, dataward_retain::RetainError>((catalogue, back))
        };
        let (catalogue, back) = match search.await {
            Ok(searched) => searched,
            Err(error) => {
                report.skipped.push(format!("{id}: {error}"));
                continue;
            }
        };
        report.tables.extend(lines(id, &ledger, &back));
        report.notes.extend(unseen(&holds, id, source.as_ref(), &catalogue).await?);
        if back.count() > 0 {
            found.push(Found { id, source, catalogue, ledger, back });
        }
    }
    if !found.is_empty() {
        let opened: Vec<_> = found.iter().map(|one| (one.id, one.source.as_ref(), &one.catalogue)).collect();
        hold_places::check(project, &store, &opened, now).await?;
    }
    // Rows go before the files that they name, and wait for those that can't follow.
    found.sort_by_key(|one| is_stored(one.catalogue.kind));
    let mut links = file_links(project);
    links.retain(|link| found.iter().any(|one| *one.id == link.files));
    for Found { id, source, catalogue, ledger, back } in &found {
        replay::add_to_plan(&mut plan, id, catalogue, (back, ledger), &links, &mut writer)?;
        let notes = source.obstacles(&planned_intents(&plan, id)).await.map_err(dataward_retain::RetainError::from)?;
        plan.warnings.extend(notes.into_iter().map(|note| Warning {
            source: (*id).clone(),
            table: None,
            kind: note.kind.to_owned(),
            text: note.text,
        }));
    }
    (plan.rows_sha256, plan.chunks) = writer.finish()?;
    if !plan.steps.is_empty() {
        // One may have begun while we searched.
        no_plan_is_half_way(&store).await?;
        drop_waiting(project, &store, now).await?;
        report.plan = Some(fresh.save(project, &store, &plan, now).await?);
    }
    Ok(report)
}

/// Refuses to go on while a plan is being applied or was cut off.
async fn no_plan_is_half_way(store: &Store) -> Result<(), AppError> {
    match store.plans().await?.into_iter().find(|plan| plan.state == PlanState::Applying) {
        None => Ok(()),
        Some(plan) => Err(AppError::Refused {
            message: format!(
                "the plan {} is not at its end: which of its rows are erased is not known yet",
                short(&plan.hash)
            ),
            hint: Some(format!("dataward retain apply {0}, or dataward retain drop {0}", short(&plan.hash))),
        }),
    }
}

/// A source in which rows are back.
struct Found<'a> {
    id: &'a SourceId,
    source: Arc<dyn Amend>,
    catalogue: Catalogue,
    ledger: Ledger,
    back: replay::Back,
}

/// Files that a hold on a person keeps because no scan has looked through them as they are now: a restore gives all of
/// them another day.
async fn unseen(
    holds: &HoldBook<'_>,
    id: &SourceId,
    source: &dyn Amend,
    catalogue: &Catalogue,
) -> Result<Option<String>, AppError> {
    let Some(table) = catalogue.tables.first().filter(|_| is_stored(catalogue.kind)) else { return Ok(None) };
    let holds = holds.of(id).await?;
    let count = async |condition| source.count(table, &condition).await.map_err(dataward_retain::RetainError::from);
    let stay = count(holds.condition(catalogue, &[], table))
        .await?
        .saturating_sub(count(holds.found(catalogue, table)).await?);
    Ok((stay > 0).then(|| {
        let files = counted(stay, "file of", "files of");
        format!(
            "{files} {id} stay for a hold on a person, as no scan has looked through them as they are now: dataward scan \
             --full {id}, then replay again"
        )
    }))
}

fn lines(id: &SourceId, ledger: &Ledger, back: &replay::Back) -> Vec<ReplayedTable> {
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
