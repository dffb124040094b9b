//! `retain hold`: stops every deletion of what it covers, whoever asks; and `retain status`.

use std::collections::BTreeMap;

use dataward_connect::amend::stored::is_stored;
use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_retain::hold::CellTest;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Holds;
use dataward_retain::hold::Matching;
use dataward_retain::hold_book::HoldBook;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use dataward_store::StoredHold;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::bind_retention::open;
use crate::environment;
use crate::erasure_folder;
use crate::evidence_log;
use crate::plan_folder;

/// Holds, in force or released.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HoldsReport {
    /// `dataward/retain-holds@1`.
    pub schema: &'static str,
    /// The holds, oldest first.
    pub holds: Vec<HoldLine>,
    /// Places that the inventory knows and that are not there any more: nothing of them is held.
    pub gone: Vec<String>,
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
    /// How many rows it covers now, themselves: told when it is placed and its source answers.
    pub rows_now: Option<u64>,
    /// When it was placed.
    #[schemars(with = "String")]
    pub placed_at: jiff::Timestamp,
    /// Who placed it.
    pub placed_by: String,
    /// When it was released.
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
    /// Holds that are in force.
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

/// What is held, for whoever plans or deletes.
///
/// # Errors
/// When the key of the holds is damaged, or the evidence log has a hold that was never released and that the state
/// does not know: it was lost with the state, and what it covered would go.
pub(crate) async fn hold_book<'a>(
    project: &Project,
    store: &'a Store,
    always: Vec<(SourceId, Cover)>,
) -> Result<HoldBook<'a>, AppError> {
    let _turn = environment::wait_for_turn(&project.state_dir().join("holds.lock"))?;
    let logged = settle(project, store).await?;
    let known = store.holds(true).await?;
    let lying = logged.iter().filter(|(_, logged)| logged.lies()).map(|(hold, _)| hold);
    if let Some(lost) = lying.into_iter().find(|hold| known.iter().all(|known| known.id != **hold)) {
        return Err(AppError::Refused {
            message: format!("the hold `{lost}` is in the evidence log and not in the state: nothing may be deleted"),
            hint: Some(
                "put the state back from a backup, or place all holds again: dataward retain hold place".to_owned(),
            ),
        });
    }
    Ok(HoldBook::new(store, plan_folder::hold_key(project)?, always))
}

/// When the log last said that a hold was placed, and that it was lifted.
#[derive(Clone, Debug, Default)]
struct Logged {
    placed: Option<Timestamp>,
    lifted: Option<(Timestamp, String)>,
}

impl Logged {
    fn lies(&self) -> bool {
        self.placed.is_some() && self.lifted.is_none()
    }
}

/// Makes log and state say the same of holds where a kill came between the two: a hold that was placed and not logged is
/// logged, one that was logged as lifted is lifted. What the log says then, by hold.
async fn settle(project: &Project, store: &Store) -> Result<BTreeMap<String, Logged>, AppError> {
    let mut logged: BTreeMap<String, Logged> = BTreeMap::new();
    // Entries that a kill kept from being published count.
    if evidence_log::exists(project) {
        drop(evidence_log::settled(project, store).await?);
    }
    evidence_log::each_statement(project, |statement| {
        let predicate = &statement["predicate"];
        let hold = predicate["event"]["object"].as_str().unwrap_or_default().to_owned();
        let at = || predicate["at"].as_str().and_then(|at| at.parse().ok());
        match predicate["event"]["action"].as_str() {
            Some("hold") => drop(logged.insert(hold, Logged { placed: at(), lifted: None })),
            Some("release") => {
                let by = predicate["actor"].as_str().unwrap_or_default().to_owned();
                logged.entry(hold).or_default().lifted = at().map(|at| (at, by));
            }
            _ => {}
        }
    })?;
    for hold in store.holds(true).await?.iter().filter(|hold| hold.kind == "hold") {
        // An entry of before is about another hold, of a state that was lost.
        let known = logged.get(&hold.id).filter(|logged| logged.placed.is_some_and(|placed| placed >= hold.placed_at));
        match known.map(|logged| logged.lifted.clone()) {
            None => {
                evidence_log::record_all(project, store, vec![event("hold", &hold.id)], hold.placed_at).await?;
                logged.insert(hold.id.clone(), Logged { placed: Some(hold.placed_at), lifted: None });
                if let Some((at, by)) = &hold.released {
                    evidence_log::record_all(project, store, vec![event("release", &hold.id)], *at).await?;
                    logged.entry(hold.id.clone()).or_default().lifted = Some((*at, by.clone()));
                }
            }
            Some(Some((at, by))) if hold.released.is_none() => {
                store.release_holds(&[hold.id.as_str()], at, &by).await?;
            }
            Some(_) => {}
        }
    }
    Ok(logged)
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
    check_words(matter, targets)?;
    let _turn = environment::wait_for_turn(&project.state_dir().join("holds.lock"))?;
    settle(project, &store).await?;
    let known = store.holds(true).await?.len();
    let mut holds: Vec<StoredHold> = Vec::new();
    let (mut rows_now, mut gone) = (Vec::new(), Vec::new());
    for target in targets {
        for (source, table, matching) in covered(project, &store, target).await? {
            let cover = Cover { matter: matter.to_owned(), table: table.clone(), rows: matching.clone() };
            match rows_covered(project, &source, cover).await {
                Ok(rows) => rows_now.push(rows),
                // A place that went since the last scan keeps none of the others of a person from being held.
                Err(AppError::Usage { .. }) if matches!(target, HoldTarget::Person(..)) => {
                    gone.push(table.map_or(source.to_string(), |table| format!("{source}.{table}")));
                    continue;
                }
                Err(error) => return Err(error),
            }
            let id = format!("H{}", known + holds.len() + 1);
            let rows = matching.map(|matching| book.seal(&id, &matching)).transpose()?;
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
    if holds.is_empty() {
        return Err(AppError::usage_hint("no place that the inventory knows is there any more", "dataward scan"));
    }
    // First the state: a hold that the log does not know yet still holds.
    store.place_holds(&holds).await?;
    let events = holds.iter().map(|hold| event("hold", &hold.id)).collect();
    evidence_log::record_all(project, &store, events, now).await?;
    let lines = holds.iter().zip(rows_now).map(|(hold, rows_now)| HoldLine { rows_now, ..line(hold) });
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: lines.collect(), gone })
}

/// Bytes of the longest value that a hold can mean: SQLite takes patterns of 50,000, each letter twice.
const LONGEST_VALUE: usize = 20_000;

/// A matter must not look like a hold's own name, and nothing be in it or in a value that no engine takes.
fn check_words(matter: &str, targets: &[HoldTarget]) -> Result<(), AppError> {
    let is_a_name = matter.strip_prefix('H').is_some_and(|rest| rest.parse::<u64>().is_ok());
    if is_a_name || matter.trim().is_empty() || matter.contains(char::is_control) {
        let message = "the matter must say in words what it is, on one line, and not be named as holds are (`H1`)";
        return Err(AppError::usage_hint(message, "--matter \"suit 7\""));
    }
    let is_odd = |text: &str| text.contains('\0') || text.len() > LONGEST_VALUE;
    let is_refused = |target: &HoldTarget| match target {
        HoldTarget::Person(_, value) => is_odd(value),
        HoldTarget::Place(place) => is_odd(place),
        HoldTarget::Rows(place, columns) => {
            is_odd(place) || columns.iter().any(|(column, value)| is_odd(column) || is_odd(value))
        }
    };
    if targets.iter().any(is_refused) {
        return Err(AppError::usage(format!(
            "a value has a NUL in it or more than {LONGEST_VALUE} bytes: not every engine can be asked for that"
        )));
    }
    Ok(())
}

/// Lifts the hold of this id, or all of this matter. What waited goes with the next plan.
///
/// # Errors
/// When none is in force, or the log can't be written: then they stay.
pub async fn release_hold(project: &Project, name: &str, clock: &dyn Clock) -> Result<HoldsReport, AppError> {
    let store = project.store().await?;
    let _turn = environment::wait_for_turn(&project.state_dir().join("holds.lock"))?;
    settle(project, &store).await?;
    let lying = store.holds(false).await?;
    let is_id = lying.iter().any(|hold| hold.id == name);
    let means = |hold: &StoredHold| if is_id { hold.id == name } else { hold.matter == name };
    let lying: Vec<StoredHold> = lying.into_iter().filter(means).collect();
    if lying.is_empty() {
        return Err(AppError::usage_hint(format!("no hold `{name}` is in force"), "dataward retain hold list"));
    }
    let events = lying.iter().map(|hold| event("release", &hold.id)).collect();
    evidence_log::record_all(project, &store, events, clock.now()).await?;
    let (now, by) = (clock.now(), environment::actor());
    let ids: Vec<&str> = lying.iter().map(|hold| hold.id.as_str()).collect();
    store.release_holds(&ids, now, &by).await?;
    let released = lying.iter().map(|hold| HoldLine { released_at: Some(now), ..line(hold) });
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: released.collect(), gone: Vec::new() })
}

/// The holds that are in force; with `all` also those that were released.
///
/// # Errors
/// When the state can't be read.
pub async fn list_holds(project: &Project, all: bool) -> Result<HoldsReport, AppError> {
    let holds = project.store().await?.holds(all).await?;
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: holds.iter().map(line).collect(), gone: Vec::new() })
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
    let key = evidence_log::exists(project).then(|| evidence_log::verifier_key(&evidence_log::folder(project)));
    let certified: Vec<String> = match key.transpose()? {
        Some(key) => {
            let files = erasure_folder::read_certificates(project, &key)?;
            files.into_iter().map(|file| file.certificate.plan).collect()
        }
        None => Vec::new(),
    };
    let unproven = plans.iter().find(|plan| plan.state == "done" && plan.rows > 0);
    let unproven = unproven.filter(|plan| !certified.contains(&plan.plan));
    let next = match plans.iter().find(|plan| ["applying", "approved", "planned"].contains(&plan.state.as_str())) {
        Some(plan) if plan.state == "planned" => {
            format!("dataward retain approve {}", crate::approve_plan::short(&plan.plan))
        }
        Some(plan) => format!("dataward retain apply {}", crate::approve_plan::short(&plan.plan)),
        None => match unproven {
            Some(plan) => format!("dataward retain verify {}", crate::approve_plan::short(&plan.plan)),
            None => "dataward retain plan".to_owned(),
        },
    };
    let holds = store.holds(false).await?.iter().map(line).collect();
    Ok(RetainStatus { schema: "dataward/retain-status@1", plans, holds, next: Some(next) })
}

type Covered = (SourceId, Option<String>, Option<Matching>);

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
            Ok(vec![(source, table, Some(Matching::all(columns.iter().cloned())))])
        }
        HoldTarget::Person(category, value) => {
            if value.trim().is_empty() {
                return Err(AppError::usage_hint("an empty value means nobody", "write CATEGORY=VALUE"));
            }
            let entries = store.inventory(&InventoryFilter::default()).await?;
            let found: Vec<Covered> = entries.iter().filter_map(|entry| covered_by(entry, category, value)).collect();
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

/// What of an entry of the inventory may be about the person with this value: the rows of its column that have it, the
/// texts that mention it, a document that holds values of the category.
fn covered_by(entry: &InventoryEntry, category: &Category, value: &str) -> Option<Covered> {
    let is_it = |found: &Category| found.is_within(category);
    let value = value.to_owned();
    let test = match entry.place.column.clone() {
        Some(column) if entry.category().is_some_and(is_it) => Some(CellTest::Is { column, value }),
        Some(column) if entry.also.iter().any(is_it) => Some(CellTest::Mentions { column, value }),
        None if entry.spans.iter().any(|span| is_it(&span.category)) => None,
        _ => return None,
    };
    Some((entry.place.source.clone(), entry.place.table.clone(), test.map(|test| Matching(vec![test]))))
}

/// How many rows, files or objects a hold covers by itself, what hangs on them not counted. None where nobody can
/// tell: a source that does not answer must not keep a hold from being placed.
async fn rows_covered(project: &Project, source: &SourceId, cover: Cover) -> Result<Option<u64>, AppError> {
    let (Some(declared), Some(name)) = (project.policy.sources.get(source), &cover.table) else { return Ok(None) };
    let Ok(Some((amend, catalogue))) = open(project, declared).await else { return Ok(None) };
    if is_stored(catalogue.kind) {
        let condition = Holds::new(vec![cover.clone()]).condition(&catalogue, &[], &catalogue.tables[0]);
        return Ok(amend.count(&catalogue.tables[0], &condition).await.ok());
    }
    let Some(table) = catalogue.table(name) else {
        return Err(AppError::usage_hint(
            format!("`{source}` has no table `{name}`: a hold on it would hold nothing"),
            format!("dataward inventory --source {source}"),
        ));
    };
    let unknown = |column: &&str| table.columns.iter().all(|known| known.name != *column);
    if let Some(unknown) = cover.rows.iter().flat_map(Matching::columns).find(unknown) {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        return Err(AppError::usage_hint(
            format!("`{source}.{name}` has no column `{unknown}`: a hold by it would hold nothing"),
            format!("known: {}", known.join(", ")),
        ));
    }
    let condition = Holds::new(vec![cover]).condition(&catalogue, &[], table);
    Ok(amend.count(table, &condition).await.ok())
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
        rows_now: None,
        placed_at: hold.placed_at,
        placed_by: hold.placed_by.clone(),
        released_at: hold.released.as_ref().map(|(at, _)| *at),
    }
}
