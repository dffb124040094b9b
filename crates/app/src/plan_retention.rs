//! `retain plan`: which rows have reached the end of their period, exactly, and what stays and why.
//! `dataward/retain-plan@1`. Changes nothing.

use std::collections::BTreeMap;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::make::SourceInput;
use dataward_retain::make::make;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedChange;
use dataward_retain::plan::PlannedRule;
use dataward_retain::plan::Warning;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::StoredPlan;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::bind_retention::Bound;
use crate::bind_retention::Conflict;
use crate::bind_retention::bind;
use crate::environment;
use crate::evidence_log;
use crate::plan_folder;

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
    /// planned, approved, applying, done, dropped.
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
}

/// What somebody should know.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WarningLine {
    /// The source.
    pub source: String,
    /// The table, where it is about one.
    pub table: Option<String>,
    /// missing-index, trigger, rewrite-rule, row-security, no-key, set-default, no-rows-yet.
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

/// Makes a plan for these sources, or all, and saves it. Older plans that nobody approved are dropped.
///
/// # Errors
/// When the state, the log or a rule can't be read. A source that can't be reached is listed.
pub async fn plan_retention(
    project: &Project,
    sources: &[String],
    clock: &dyn Clock,
) -> Result<RetainPlanReport, AppError> {
    let now = clock.now();
    let store = project.store().await?;
    let Bound { sources: bound, rules, conflicts, always, four_eyes, skipped } =
        bind(project, &store, sources, now).await?;
    let holds = HoldBook::new(&store, plan_folder::hold_key(project)?, always);
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
        });
    }
    let empty = Plan {
        made_at: now,
        made_by: environment::actor(),
        policy_sha256: policy_sha256(project)?,
        pack: crate::bind_retention::pack_version(),
        four_eyes,
        rules,
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
    let internal = |error: dataward_seal::SealError| AppError::Internal(error.to_string());
    let key = SecretKey::random().map_err(internal)?;
    let kept_key = key.bytes().to_vec();
    let plan = make(empty, &inputs, &fresh, key).await?;
    let hash = plan.hash()?;
    drop_waiting(project, &store, now).await?;
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
    Ok(report(&hash, &plan, "planned", conflicts, skipped))
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
async fn drop_waiting(project: &Project, store: &dataward_store::Store, now: jiff::Timestamp) -> Result<(), AppError> {
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
    Ok(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `source.table action` and how many rows, for the log.
pub(crate) fn rows_by_table(plan: &Plan) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for step in &plan.steps {
        *rows.entry(format!("{}.{} {}", step.source, step.table.name, step.action)).or_default() += step.rows;
    }
    rows
}

fn report(hash: &str, plan: &Plan, state: &str, conflicts: Vec<Conflict>, skipped: Vec<String>) -> RetainPlanReport {
    let rule_name = |rule: usize| plan.rules.get(rule).map(|rule| rule.name.clone()).unwrap_or_default();
    let mut tables: Vec<TableLine> = Vec::new();
    let mut unlinked: Vec<UnlinkedLine> = Vec::new();
    for step in &plan.steps {
        let columns = match &step.change {
            PlannedChange::Erase { .. } => Vec::new(),
            PlannedChange::Rewrite { columns } => columns.iter().map(|one| one.column.clone()).collect(),
        };
        let (source, table) = (step.source.to_string(), step.table.name.clone());
        if step.action == "unlink" {
            unlinked.push(UnlinkedLine { source, table, columns, rows: step.rows });
            continue;
        }
        let same = |line: &&mut TableLine| {
            line.source == source && line.table == table && line.action == step.action && line.columns == columns
        };
        let because: Vec<String> = step.because_of.iter().cloned().collect();
        match tables.iter_mut().find(same) {
            Some(line) => {
                line.rows += step.rows;
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
    }
}

fn forecast(plan: &Plan) -> Forecast {
    let freed = plan
        .steps
        .iter()
        .filter(|step| matches!(step.change, PlannedChange::Erase { .. }))
        .map(|step| step.table.bytes as f64 * step.rows as f64 / step.table.rows_estimate.max(step.rows).max(1) as f64)
        .sum::<f64>();
    Forecast { seconds: (plan.rows() as f64 * ROW_SECONDS).ceil() as u64, bytes_freed: freed as u64 }
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
