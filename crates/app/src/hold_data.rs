//! `retain hold`: stops every deletion of what it covers, whoever asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Matching;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::hold_book::Meaning;
use dataward_retain::hold_person::Person;
use dataward_store::Store;
use dataward_store::StoredHold;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::count_held::rows_covered;
use crate::environment;
use crate::evidence_log;
use crate::hold_places;
use crate::plan_folder;
use crate::scan_sources::SKETCH_KEY;

/// Holds, in force or released.
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
    /// The source; null: a person is held, in every source.
    pub source: Option<String>,
    /// The table; null: all of the source.
    pub table: Option<String>,
    /// Whether it covers certain rows only.
    pub rows_only: bool,
    /// How many rows, files and objects it covers now, themselves: told when it is placed and all its sources answer.
    pub rows_now: Option<u64>,
    /// In how many of these what is held was found; the others stay because nobody can tell. Told likewise.
    pub rows_found: Option<u64>,
    /// Why its place is not there any more, where that is so: every plan stops until it is placed anew. Looked at by
    /// `retain hold list` and `retain status`, where its source answers.
    pub missing: Option<String>,
    /// Why it could not be counted when it was placed: the source or table, and the reason. It holds all the same.
    pub not_counted: Option<String>,
    /// Columns that seem to refer to what is held, `source.table.column`, and of which nothing says to what: rows behind
    /// them are not held. Told when it is placed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_followed: Vec<String>,
    /// When it was placed.
    #[schemars(with = "String")]
    pub placed_at: jiff::Timestamp,
    /// Who placed it.
    pub placed_by: String,
    /// When it was released.
    #[schemars(with = "Option<String>")]
    pub released_at: Option<jiff::Timestamp>,
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
    let turn = environment::wait_for_turn(&project.state_dir().join("holds.lock"))?;
    let logged = settle(project, store).await?;
    let known = store.holds(true).await?;
    // Servers may be slow to answer: nobody waits for us meanwhile.
    drop(turn);
    let lying = logged.iter().filter(|(_, logged)| logged.lies()).map(|(hold, _)| hold);
    if let Some(lost) = lying.into_iter().find(|hold| known.iter().all(|known| known.id != **hold)) {
        return Err(AppError::Refused {
            message: format!("the hold `{lost}` is in the evidence log and not in the state: nothing may be deleted"),
            hint: Some(
                "put the state back from a backup, or place all holds again: dataward retain hold place".to_owned(),
            ),
        });
    }
    book(project, store, always).await
}

/// The holds of the state, with the project's own way to tell whether a value stands in a file.
async fn book<'a>(
    project: &Project,
    store: &'a Store,
    always: Vec<(SourceId, Cover)>,
) -> Result<HoldBook<'a>, AppError> {
    let key = *SKETCH_KEY.read_or_make::<16>(&project.state_dir())?;
    let hash_of = move |value: &str| dataward_detect::hash_of(&key, value);
    let is_asked = !always.is_empty() || !store.holds(false).await?.is_empty();
    let book = HoldBook::new(store, plan_folder::hold_key(project)?, always).with_hash(Arc::new(hash_of));
    Ok(book.in_places(if is_asked { hold_places::places(project).await } else { hold_places::by_address(project) }))
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
    let book = book(project, &store, Vec::new()).await?;
    check_words(matter, targets)?;
    let _turn = environment::wait_for_turn(&project.state_dir().join("holds.lock"))?;
    settle(project, &store).await?;
    let known = store.holds(true).await?.len();
    let places = hold_places::places(project).await;
    let mut holds: Vec<StoredHold> = Vec::new();
    for target in targets {
        let id = format!("H{}", known + holds.len() + 1);
        let (source, table, meaning) = covered(project, &store, target).await?;
        let rows = meaning.map(|meaning| book.seal(&id, &meaning)).transpose()?;
        holds.push(StoredHold {
            id,
            kind: "hold".to_owned(),
            matter: matter.to_owned(),
            address: source.as_ref().and_then(|id| places.of(id)?.on_server()),
            source,
            table,
            rows,
            placed_at: now,
            placed_by: environment::actor(),
            released: None,
        });
    }
    let mut rows_now = Vec::new();
    for hold in &holds {
        let mut not_followed = Vec::new();
        let covered = rows_covered(project, &book, hold, &mut not_followed).await?;
        rows_now.push((covered, not_followed));
    }
    // First the state: a hold that the log does not know yet still holds.
    store.place_holds(&holds).await?;
    let events = holds.iter().map(|hold| event("hold", &hold.id)).collect();
    evidence_log::record_all(project, &store, events, now).await?;
    let lines = holds.iter().zip(rows_now).map(|(hold, (covered, not_followed))| HoldLine {
        not_followed,
        rows_now: covered.as_ref().ok().map(|(rows, _)| *rows),
        rows_found: covered.as_ref().ok().map(|(_, found)| *found),
        not_counted: covered.err(),
        ..line(hold)
    });
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: lines.collect() })
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
    let now = clock.now();
    let ids: Vec<&str> = lying.iter().map(|hold| hold.id.as_str()).collect();
    store.release_holds(&ids, now, &environment::actor()).await?;
    let released = lying.iter().map(|hold| HoldLine { released_at: Some(now), ..line(hold) });
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: released.collect() })
}

/// The holds that are in force; with `all` also those that were released.
///
/// # Errors
/// When the state can't be read.
pub async fn list_holds(project: &Project, all: bool) -> Result<HoldsReport, AppError> {
    let holds = project.store().await?.holds(all).await?;
    Ok(HoldsReport { schema: "dataward/retain-holds@1", holds: looked_at(project, &holds).await? })
}

type Covered = (Option<SourceId>, Option<String>, Option<Meaning>);

async fn covered(project: &Project, store: &Store, target: &HoldTarget) -> Result<Covered, AppError> {
    match target {
        HoldTarget::Place(place) => {
            let (source, table) = split(project, place)?;
            Ok((Some(source), table, None))
        }
        HoldTarget::Rows(place, columns) => {
            let (source, table) = split(project, place)?;
            if table.is_none() {
                return Err(AppError::usage_hint("rows are of a table", "name it as SOURCE.TABLE"));
            }
            Ok((Some(source), table, Some(Meaning::Rows(Matching::all(columns.iter().cloned())))))
        }
        HoldTarget::Person(category, value) => {
            if value.trim().is_empty() {
                return Err(AppError::usage_hint("an empty value means nobody", "write CATEGORY=VALUE"));
            }
            if store.tables(None).await?.is_empty() {
                return Err(AppError::usage_hint(
                    "nothing was scanned yet: nobody can be found",
                    "dataward scan --full",
                ));
            }
            let person = Person { category: category.clone(), value: value.clone() };
            Ok((None, None, Some(Meaning::Person(person))))
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

/// Holds, each with whether its place is still there.
pub(crate) async fn looked_at(project: &Project, holds: &[StoredHold]) -> Result<Vec<HoldLine>, AppError> {
    let mut missing = hold_places::missing(project, holds).await?;
    Ok(holds.iter().map(|hold| HoldLine { missing: missing.remove(&hold.id), ..line(hold) }).collect())
}

fn line(hold: &StoredHold) -> HoldLine {
    HoldLine {
        id: hold.id.clone(),
        matter: hold.matter.clone(),
        source: hold.source.as_ref().map(SourceId::to_string),
        table: hold.table.clone(),
        rows_only: hold.rows.is_some(),
        rows_now: None,
        rows_found: None,
        missing: None,
        not_counted: None,
        not_followed: Vec::new(),
        placed_at: hold.placed_at,
        placed_by: hold.placed_by.clone(),
        released_at: hold.released.as_ref().map(|(at, _)| *at),
    }
}
