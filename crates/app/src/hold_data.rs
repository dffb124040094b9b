//! `retain hold`: stops every deletion of what it covers, whoever asks; and `retain status`.

use std::collections::BTreeMap;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_retain::hold::Matching;
use dataward_retain::hold_book::HoldBook;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use dataward_store::StoredHold;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::plan_folder;

/// Holds that lie, or lay.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HoldsReport {
    /// `dataward/retain-holds@1`.
    pub schema: &'static str,
    /// The holds, oldest first.
    pub holds: Vec<HoldLine>,
}

/// One hold. Which rows it means is not told: it names a person.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HoldLine {
    /// Its name.
    pub id: String,
    /// The matter.
    pub matter: String,
    /// The source.
    pub source: String,
    /// The table; null: all of the source.
    pub table: Option<String>,
    /// Whether it covers certain rows only.
    pub rows_only: bool,
    /// When it was placed.
    #[schemars(with = "String")]
    pub placed_at: jiff::Timestamp,
    /// Who placed it.
    pub placed_by: String,
    /// When it was lifted.
    #[schemars(with = "Option<String>")]
    pub released_at: Option<jiff::Timestamp>,
}

/// Plans and holds, and what is next.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RetainStatus {
    /// `dataward/retain-status@1`.
    pub schema: &'static str,
    /// Plans, newest first.
    pub plans: Vec<PlanLine>,
    /// Holds that lie now.
    pub holds: Vec<HoldLine>,
    /// The next command.
    pub next: Option<String>,
}

/// A plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanLine {
    /// Its hash.
    pub plan: String,
    /// planned, approved, applying, done, dropped.
    pub state: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub made_at: jiff::Timestamp,
    /// Who made it.
    pub made_by: String,
    /// Rows that it changes.
    pub rows: u64,
    /// Rows of it that are done.
    pub rows_done: u64,
    /// Who approved it.
    pub approved_by: Option<String>,
}

/// What a hold covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldTarget {
    /// A person, by a value of a category: wherever the inventory has it.
    Person(Category, String),
    /// A source or a table of it.
    Place(String),
    /// Rows of a table of which columns have these values.
    Rows(String, Vec<(String, String)>),
}

/// Places a hold. It counts from now on, also for plans that are being applied.
///
/// # Errors
/// When nothing is named so, or the state or the log can't be written: then nothing is held.
pub async fn place_hold(
    project: &Project,
    matter: &str,
    targets: &[HoldTarget],
    clock: &dyn Clock,
) -> Result<HoldsReport, AppError> {
    let now = clock.now();
    let store = project.store().await?;
    let book = HoldBook::new(&store, plan_folder::hold_key(project)?, Vec::new());
    let by = environment::actor();
    let known = store.holds(true).await?.len();
    let mut holds: Vec<StoredHold> = Vec::new();
    for target in targets {
        for (source, table, matching) in covered(project, &store, target).await? {
            let id = format!("H{}", known + holds.len() + 1);
            let rows = matching.map(|matching| book.seal(&id, &Matching(matching))).transpose()?;
            holds.push(StoredHold {
                id,
                kind: "hold".to_owned(),
                matter: matter.to_owned(),
                source,
                table,
                rows,
                placed_at: now,
                placed_by: by.clone(),
                released: None,
            });
        }
    }
    // First the state: a hold that the log does not know yet still holds.
    store.place_holds(&holds).await?;
    let events = holds.iter().map(|hold| event("hold", &hold.id)).collect();
    evidence_log::record_all(project, &store, events, now).await?;
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: holds.iter().map(line).collect() })
}

/// Lifts the hold of this id, or all of this matter. What waited goes with the next plan.
///
/// # Errors
/// When none lies, or the log can't be written: then they lie on.
pub async fn release_hold(project: &Project, name: &str, clock: &dyn Clock) -> Result<HoldsReport, AppError> {
    let store = project.store().await?;
    let lying: Vec<StoredHold> =
        store.holds(false).await?.into_iter().filter(|hold| hold.id == name || hold.matter == name).collect();
    if lying.is_empty() {
        return Err(AppError::usage_hint(format!("no hold `{name}` lies now"), "dataward retain hold list"));
    }
    let events = lying.iter().map(|hold| event("release", &hold.id)).collect();
    evidence_log::record_all(project, &store, events, clock.now()).await?;
    store.release_holds(name, clock.now(), &environment::actor()).await?;
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: lying.iter().map(line).collect() })
}

/// The holds that lie now; with `all` also those that were lifted.
///
/// # Errors
/// When the state can't be read.
pub async fn list_holds(project: &Project, all: bool) -> Result<HoldsReport, AppError> {
    let holds = project.store().await?.holds(all).await?;
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: holds.iter().map(line).collect() })
}

/// Plans and holds.
///
/// # Errors
/// When the state can't be read.
pub async fn retain_status(project: &Project) -> Result<RetainStatus, AppError> {
    let store = project.store().await?;
    let mut plans = Vec::new();
    for plan in store.plans().await? {
        let done = store.batches(&plan.hash).await?.iter().filter(|batch| batch.done).map(|batch| batch.count).sum();
        plans.push(PlanLine {
            plan: plan.hash.clone(),
            state: format!("{:?}", plan.state).to_lowercase(),
            made_at: plan.made_at,
            made_by: plan.made_by.clone(),
            rows: plan.rows,
            rows_done: done,
            approved_by: plan.approved.map(|(by, _)| by),
        });
    }
    let next = match plans.iter().find(|plan| ["applying", "approved", "planned"].contains(&plan.state.as_str())) {
        Some(plan) if plan.state == "planned" => {
            format!("dataward retain approve {}", crate::approve_plan::short(&plan.plan))
        }
        Some(plan) => format!("dataward retain apply {}", crate::approve_plan::short(&plan.plan)),
        None => "dataward retain plan".to_owned(),
    };
    let holds = store.holds(false).await?.iter().map(line).collect();
    Ok(RetainStatus { schema: "dataward/retain-status@1", plans, holds, next: Some(next) })
}

type Covered = (SourceId, Option<String>, Option<Vec<(String, String)>>);

async fn covered(project: &Project, store: &Store, target: &HoldTarget) -> Result<Vec<Covered>, AppError> {
    match target {
        HoldTarget::Place(place) => {
            let (source, table) = split(project, place)?;
            Ok(vec![(source, table, None)])
        }
        HoldTarget::Rows(place, columns) => {
            let (source, table) = split(project, place)?;
            if table.is_none() {
                return Err(AppError::usage_hint("rows are of a table", "name it as SOURCE.TABLE"));
            }
            Ok(vec![(source, table, Some(columns.clone()))])
        }
        HoldTarget::Person(category, value) => {
            let entries = store.inventory(&InventoryFilter::default()).await?;
            let fits = |entry: &&dataward_store::InventoryEntry| {
                entry.category().is_some_and(|found| found.is_within(category)) && entry.place.column.is_some()
            };
            let found: Vec<Covered> = entries
                .iter()
                .filter(fits)
                .map(|entry| {
                    let column = entry.place.column.clone().unwrap_or_default();
                    (entry.place.source.clone(), entry.place.table.clone(), Some(vec![(column, value.clone())]))
                })
                .collect();
            if found.is_empty() {
                return Err(AppError::usage_hint(
                    format!("the inventory has no column with `{}`", category.key()),
                    "dataward scan",
                ));
            }
            Ok(found)
        }
    }
}

fn split(project: &Project, place: &str) -> Result<(SourceId, Option<String>), AppError> {
    let (source, table) = match place.split_once('.') {
        Some((source, table)) => (source, Some(table.to_owned())),
        None => (place, None),
    };
    let known = project.policy.sources.keys().find(|id| id.as_str() == source);
    let known = known.ok_or_else(|| {
        AppError::usage_hint(format!("`{source}` is no source of the policy file"), "write SOURCE or SOURCE.TABLE")
    })?;
    Ok((known.clone(), table))
}

fn event(action: &str, id: &str) -> Event {
    Event::Retention(Retention {
        action: action.to_owned(),
        object: id.to_owned(),
        planned_by: None,
        rows: BTreeMap::new(),
        skipped: BTreeMap::new(),
    })
}

fn line(hold: &StoredHold) -> HoldLine {
    HoldLine {
        id: hold.id.clone(),
        matter: hold.matter.clone(),
        source: hold.source.to_string(),
        table: hold.table.clone(),
        rows_only: hold.rows.is_some(),
        placed_at: hold.placed_at,
        placed_by: hold.placed_by.clone(),
        released_at: hold.released.as_ref().map(|(at, _)| *at),
    }
}
