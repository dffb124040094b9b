//! `retain plan`: which rows have reached the end of their period, exactly, and what stays and why.
//! `dataward/retain-plan@1`. Changes nothing.

use std::collections::BTreeMap;

pub use dataward_connect::amend::stored::STORED;
use dataward_model::Clock;
use dataward_policy::Wait;
use dataward_retain::make::LARGEST_TREE;
use dataward_retain::make::SourceInput;
use dataward_retain::make::make;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedChange;
use dataward_retain::plan::PlannedRule;
use dataward_retain::plan::Warning;
use dataward_retain::refills::Worth;
use dataward_retain::replay::ERASED_BEFORE;
use dataward_store::PlanState;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::approve_plan::short;
use crate::bind_references::file_links;
use crate::bind_retention::Bound;
use crate::bind_retention::Conflict;
use crate::bind_retention::bind;
use crate::end_archives;
use crate::end_archives::ArchiveLine;
use crate::erasure_folder;
use crate::hold_data::hold_book;
use crate::hold_places;
use crate::list_planned::FileLine;
use crate::list_planned::files_of;
use crate::plan_folder;
use crate::plan_folder::Fresh;
use crate::plan_warnings;

/// A plan, for people and programs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RetainPlanReport {
    /// `dataward/retain-plan@1`.
    pub schema: &'static str,
    /// The plan's hash, which is its name.
    pub plan: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub made_at: jiff::Timestamp,
    /// Who made it.
    pub made_by: String,
    /// planned, approved, applying, done, dropped; `not saved` when it was only looked at while another one waits, `empty`
    /// when there is nothing to do: then nothing waits.
    pub state: String,
    /// Whether somebody else must approve it.
    pub four_eyes: bool,
    /// The rules that it follows.
    pub rules: Vec<RuleLine>,
    /// What happens, table by table, in the order of execution.
    pub tables: Vec<TableLine>,
    /// References of rows that stay, which are taken away.
    pub unlinked: Vec<UnlinkedLine>,
    /// What must be decided first: until then the rule does nothing there.
    pub conflicts: Vec<Conflict>,
    /// What somebody should know before approving.
    pub warnings: Vec<WarningLine>,
    /// What it will take.
    pub forecast: Forecast,
    /// Sources that could not be planned, with the reason.
    pub skipped: Vec<String>,
    /// Archives that have come to their own end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<ArchiveLine>,
    /// How long the people concerned are told before, where a rule says so: `48 hours`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<String>,
    /// Each file and object that goes, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FileLine>>,
}

/// A rule of a plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleLine {
    /// Its name.
    pub name: String,
    /// What it covers.
    pub what: String,
    /// How long that is kept.
    pub keep: String,
    /// Counted from when.
    pub from: String,
    /// erase, archive, clean-up, anonymise.
    pub then: String,
}

/// What happens to a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TableLine {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// erase, archive, clean-up, anonymise.
    pub action: String,
    /// The rule, by its name.
    pub rule: String,
    /// Rows that go, or are changed.
    pub rows: u64,
    /// Its place in the order of execution, from 1.
    pub order: u64,
    /// Columns that are emptied or made up; none: whole rows go.
    pub columns: Vec<String>,
    /// The tables whose rows take these along.
    pub because_of: Vec<String>,
    /// Of files and objects: what their age was counted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Of files and objects: the bytes that go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Partitions that are dropped as a whole, as all of their rows go.
    pub partitions: Vec<String>,
    /// The table is emptied at once and filled again with what stays; about so many seconds nobody reads or writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once_seconds: Option<u32>,
    /// Rows that stay although their time is over.
    pub kept: Vec<KeptLine>,
}

/// Rows that stay.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KeptLine {
    /// How many.
    pub rows: u64,
    /// Why.
    pub reason: String,
}

/// A reference that is taken away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UnlinkedLine {
    /// The source.
    pub source: String,
    /// The table that refers.
    pub table: String,
    /// Its columns that become NULL.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// Its place in the order of execution, among the tables.
    pub order: u64,
}

/// What somebody should know.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WarningLine {
    /// The source.
    pub source: String,
    /// The table, where it is about one.
    pub table: Option<String>,
    /// missing-index, trigger, rewrite-rule, row-security, no-key, no-keys, set-default, at-once, not-at-once, no-rows-yet.
    pub kind: String,
    /// In a sentence.
    pub text: String,
}

/// What a plan will take: estimates.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Forecast {
    /// Seconds.
    pub seconds: u64,
    /// Bytes in tables and indexes that will be free.
    pub bytes_freed: u64,
}

/// What a row costs a server: 25 µs of the table's and 3 indexes' time (retention.md section 8: 360,000 rows
/// in 3 s of CPU), thrice that on a disk that is busy.
const ROW_SECONDS: f64 = 25e-6;

/// Makes a plan for these sources, or all, and saves it. Older plans that nobody approved are dropped. With
/// [`Look::AtFiles`] each file and object that goes is named; where a plan waits, nothing is saved then: a look must not
/// take its place.
///
/// # Errors
/// When the state, the log or a rule can't be read. A source that can't be reached is listed; where nothing is left to
/// plan beside it, that is an error, and older plans stay.
pub async fn plan_retention(
    project: &Project,
    sources: &[String],
    look: Look,
    clock: &dyn Clock,
) -> Result<RetainPlanReport, AppError> {
    let now = clock.now();
    let store = project.store().await?;
    if look == Look::AtTables {
        refuse_while_a_replay_waits(project, &store).await?;
    }
    let Drafted { mut plan, fresh, conflicts, skipped } = draft(project, &store, sources, now).await?;
    let ended = end_archives::find(project, &store, now).await?;
    let ends = ended.iter().filter(|(_, kept)| kept.is_none());
    plan.archives = ends.map(|(archive, _)| archive.clone()).collect();
    if plan.steps.is_empty() && plan.archives.is_empty() && !skipped.is_empty() {
        // Nothing is no answer while a source was not asked: what waits for an approval goes on waiting.
        return Err(AppError::unreachable(format!("no plan was made: {}", skipped.join("; "))));
    }
    let files = match look {
        Look::AtFiles => Some(files_of(&plan, fresh.reader(&plan)?)?),
        Look::AtTables => None,
    };
    let waits = store.plans().await?.iter().any(|plan| plan.state == PlanState::Planned);
    let is_empty = plan.rows() == 0 && plan.archives.is_empty();
    let (hash, state) = match files.is_some() && waits {
        true => (plan.hash()?, "not saved"),
        false => {
            drop_waiting(project, &store, now).await?;
            (fresh.save(project, &store, &plan, now).await?, if is_empty { "empty" } else { "planned" })
        }
    };
    if state == "empty" {
        // It is noted that a plan was made; nothing of it waits for anybody.
        store.end_plan(&hash, PlanState::Dropped, now).await?;
        plan_folder::remove_rows(project, &hash);
    }
    let mut report = report(&hash, &plan, state, conflicts, skipped);
    report.files = files;
    report.archives = ended.into_iter().map(|(archive, kept)| end_archives::line(&archive, kept)).collect();
    Ok(report)
}

/// What a restore brought back must not stay because the plan that takes it out again gave way to another one.
async fn refuse_while_a_replay_waits(project: &Project, store: &dataward_store::Store) -> Result<(), AppError> {
    for waiting in store.plans().await?.iter().filter(|plan| plan.state == PlanState::Planned) {
        let is_replay = |plan: &Plan| plan.rules.iter().any(|rule| rule.name.starts_with(ERASED_BEFORE));
        if plan_folder::load(project, &waiting.hash).is_ok_and(|plan| is_replay(&plan)) {
            let name = short(&waiting.hash);
            return Err(AppError::Refused {
                message: format!(
                    "the plan {name} of `retain replay` waits: it takes out again what a restore brought back, and a new \
                     plan would take its place"
                ),
                hint: Some(format!("dataward retain approve {name}, or give it up first: dataward retain drop {name}")),
            });
        }
    }
    Ok(())
}

/// How much of a new plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Each file and object too.
    AtFiles,
    /// Tables.
    AtTables,
}

/// A plan that is not saved yet.
pub(crate) struct Drafted {
    pub(crate) plan: Plan,
    pub(crate) fresh: Fresh,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) skipped: Vec<String>,
}

/// Works a plan out and saves nothing.
pub(crate) async fn draft(
    project: &Project,
    store: &dataward_store::Store,
    sources: &[String],
    now: jiff::Timestamp,
) -> Result<Drafted, AppError> {
    erasure_folder::check_ledger(project)?;
    let Bound { sources: bound, rules, conflicts, always, four_eyes, skipped } =
        bind(project, store, sources, now).await?;
    let holds = hold_book(project, store, always).await?;
    let opened: Vec<_> = bound.iter().map(|one| (&one.id, one.source.as_ref(), &one.catalogue)).collect();
    hold_places::check(project, store, &opened, now).await?;
    let mut inputs = Vec::new();
    for source in &bound {
        inputs.push(SourceInput {
            id: source.id.clone(),
            source: source.source.as_ref(),
            catalogue: source.catalogue.clone(),
            references: source.references.clone(),
            rules: source.rules.clone(),
            doubtful: source.doubtful.clone(),
            holds: holds.of(&source.id).await?,
            worth: Worth::default(),
            largest_tree: LARGEST_TREE,
        });
    }
    let empty = plan_folder::empty(project, four_eyes, rules, now)?;
    let (fresh, key) = Fresh::begin(project)?;
    let mut plan = make(empty, &inputs, &file_links(project), fresh.path(), key).await?;
    plan_warnings::add(&mut plan, project, store).await?;
    Ok(Drafted { plan, fresh, conflicts, skipped })
}

/// A plan that was made before, as it was made.
///
/// # Errors
/// When there is none of that name, or it can't be read.
pub async fn show_plan(project: &Project, name: Option<&str>) -> Result<RetainPlanReport, AppError> {
    use PlanState::*;
    let store = project.store().await?;
    let stored = plan_folder::find(&store, name, &[Planned, Approved, Applying, Done, Dropped]).await?;
    let plan = plan_folder::load(project, &stored.hash)?;
    let state = format!("{:?}", stored.state).to_lowercase();
    Ok(report(&stored.hash, &plan, &state, Vec::new(), Vec::new()))
}

/// Plans that nobody approved give way to a newer one.
pub(crate) async fn drop_waiting(
    project: &Project,
    store: &dataward_store::Store,
    now: jiff::Timestamp,
) -> Result<(), AppError> {
    for plan in store.plans().await?.iter().filter(|plan| plan.state == PlanState::Planned) {
        store.end_plan(&plan.hash, PlanState::Dropped, now).await?;
        plan_folder::remove_rows(project, &plan.hash);
    }
    Ok(())
}

/// SHA-256 of the policy file, in hex.
pub(crate) fn policy_sha256(project: &Project) -> Result<String, AppError> {
    let text = fs_err::read(&project.file)
        .map_err(|error| AppError::unreachable(format!("cannot read the policy file: {error}")))?;
    Ok(hex::encode(Sha256::digest(text)))
}

/// `source.table action` and how many rows, for the log.
pub(crate) fn rows_by_table(plan: &Plan) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for step in &plan.steps {
        *rows.entry(format!("{}.{} {}", step.source, step.table.name, step.action)).or_default() += step.rows;
    }
    rows.extend(plan.archives.iter().map(|archive| (format!("{} end", archive.class), archive.files)));
    rows
}

pub(crate) fn report(
    hash: &str,
    plan: &Plan,
    state: &str,
    conflicts: Vec<Conflict>,
    skipped: Vec<String>,
) -> RetainPlanReport {
    let rule_name = |rule: usize| plan.rules.get(rule).map(|rule| rule.name.clone()).unwrap_or_default();
    let mut tables: Vec<TableLine> = Vec::new();
    let mut unlinked: Vec<UnlinkedLine> = Vec::new();
    for step in &plan.steps {
        let columns = match &step.change {
            PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => Vec::new(),
            PlannedChange::Rewrite { columns } => columns.iter().map(|one| one.column.clone()).collect(),
        };
        let (source, table) = (step.source.to_string(), step.table.name.clone());
        if step.action == "unlink" {
            let (rows, order) = (step.rows, step.order);
            let same =
                |line: &&mut UnlinkedLine| (&line.source, &line.table, &line.columns) == (&source, &table, &columns);
            match unlinked.iter_mut().find(same) {
                Some(line) => line.rows += rows,
                None => unlinked.push(UnlinkedLine { source, table, columns, rows, order }),
            }
            continue;
        }
        let same = |line: &&mut TableLine| {
            (&line.source, &line.table, &line.action, &line.rule)
                == (&source, &table, &step.action, &rule_name(step.rule))
                && line.columns == columns
                && line.basis == step.basis
        };
        let because: Vec<String> = step.because_of.iter().cloned().collect();
        let partition = step.change.partition().map(str::to_owned);
        match tables.iter_mut().find(same) {
            Some(line) => {
                line.rows += step.rows;
                line.bytes = line.bytes.map(|bytes| bytes + step.bytes.unwrap_or(0));
                line.partitions.extend(partition);
                line.because_of
                    .extend(because.into_iter().filter(|table| !line.because_of.contains(table)).collect::<Vec<_>>());
            }
            None => tables.push(TableLine {
                source,
                table,
                action: step.action.clone(),
                rule: rule_name(step.rule),
                rows: step.rows,
                order: step.order,
                columns,
                because_of: because,
                basis: step.basis.clone(),
                bytes: step.bytes,
                partitions: partition.into_iter().collect(),
                at_once_seconds: step.at_once.as_ref().map(|at_once| at_once.seconds),
                kept: Vec::new(),
            }),
        }
    }
    for kept in &plan.kept {
        let line = KeptLine { rows: kept.rows, reason: kept.reason.clone() };
        let (source, rule) = (kept.source.to_string(), rule_name(kept.rule));
        let same = |line: &&mut TableLine| line.source == source && line.table == kept.table && line.rule == rule;
        match tables.iter_mut().find(same) {
            Some(table) => table.kept.push(line),
            None => {
                let order = tables.iter().map(|line| line.order).max().unwrap_or(0) + 1;
                let action = plan.rules.get(kept.rule).map(|rule| rule.then.clone()).unwrap_or_default();
                tables.push(TableLine {
                    source,
                    table: kept.table.clone(),
                    action,
                    rule,
                    rows: 0,
                    order,
                    columns: Vec::new(),
                    because_of: Vec::new(),
                    basis: None,
                    bytes: None,
                    partitions: Vec::new(),
                    at_once_seconds: None,
                    kept: vec![line],
                });
            }
        }
    }
    RetainPlanReport {
        schema: "dataward/retain-plan@1",
        plan: hash.to_owned(),
        made_at: plan.made_at,
        made_by: plan.made_by.clone(),
        state: state.to_owned(),
        four_eyes: plan.four_eyes,
        rules: plan.rules.iter().map(rule_line).collect(),
        tables,
        unlinked,
        conflicts,
        warnings: plan.warnings.iter().map(warning_line).collect(),
        forecast: forecast(plan),
        skipped,
        archives: plan.archives.iter().map(|archive| end_archives::line(archive, None)).collect(),
        notify: plan.notice().map(|hours| Wait::from_hours(hours).map_or_else(String::new, |wait| wait.to_string())),
        files: None,
    }
}

fn forecast(plan: &Plan) -> Forecast {
    let freed = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.change, PlannedChange::Rewrite { .. }))
        .map(|step| match step.bytes {
            Some(bytes) => bytes as f64,
            None => step.table.bytes as f64 * step.rows as f64 / step.table.rows_estimate.max(step.rows).max(1) as f64,
        })
        .sum::<f64>();
    let rows: u64 = plan.steps.iter().filter(|step| step.change.partition().is_none()).map(|step| step.rows).sum();
    Forecast { seconds: (rows as f64 * ROW_SECONDS).ceil() as u64, bytes_freed: freed as u64 }
}

fn rule_line(rule: &PlannedRule) -> RuleLine {
    RuleLine {
        name: rule.name.clone(),
        what: rule.what.clone(),
        keep: rule.keep.clone(),
        from: rule.from.clone(),
        then: rule.then.clone(),
    }
}

fn warning_line(warning: &Warning) -> WarningLine {
    WarningLine {
        source: warning.source.to_string(),
        table: warning.table.clone(),
        kind: warning.kind.clone(),
        text: warning.text.clone(),
    }
}
