//! `retain plan --with`: what would go by another policy file. `dataward/retain-simulation@1`. Saves nothing.

use std::collections::BTreeMap;
use std::path::Path;

use dataward_model::Clock;
use dataward_policy::Policy;
use dataward_retain::plan::Plan;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::bind_retention::Conflict;
use crate::plan_retention::draft;

/// What another policy changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SimulationReport {
    /// `dataward/retain-simulation@1`.
    pub schema: &'static str,
    /// The other policy file.
    pub with: String,
    /// By source, table, action and rule: what goes.
    pub lines: Vec<SimulatedLine>,
    /// Rows and files that go today by the policy as it is.
    pub now: u64,
    /// Rows and files that would go today by the other one.
    pub then: u64,
    /// What would have to be decided first by the other one.
    pub conflicts: Vec<Conflict>,
    /// Sources that could not be asked.
    pub skipped: Vec<String>,
}

/// What goes of a table by a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SimulatedLine {
    /// The source.
    pub source: String,
    /// The table.
    pub table: String,
    /// erase, archive, clean-up, anonymise, unlink.
    pub action: String,
    /// The rule.
    pub rule: String,
    /// Rows today by the policy as it is.
    pub now: u64,
    /// Rows today by the other one.
    pub then: u64,
    /// Rows in thirty days by the other one, if nothing else changes.
    pub in_thirty_days: u64,
}

/// Compares the policy of the project with the one in `with`.
///
/// # Errors
/// When the other file can't be read or has a mistake, or the state can't be read.
pub async fn simulate_retention(
    project: &Project,
    with: &Path,
    sources: &[String],
    clock: &dyn Clock,
) -> Result<SimulationReport, AppError> {
    let name = with.display().to_string();
    let text = fs_err::read_to_string(with)
        .map_err(|error| AppError::usage(format!("cannot read the other policy file: {error}")))?;
    let other = Project { policy: Policy::parse(&name, &text)?, file: with.to_owned(), ..project.clone() };
    let store = project.store().await?;
    let now = clock.now();
    let later = now.saturating_add(SignedDuration::from_hours(30 * 24)).unwrap_or(now);
    let today = draft(project, &store, sources, now).await?;
    let then = draft(&other, &store, sources, now).await?;
    let soon = draft(&other, &store, sources, later).await?;
    let mut lines: BTreeMap<Key, [u64; 3]> = BTreeMap::new();
    for (at, plan) in [&today.plan, &then.plan, &soon.plan].into_iter().enumerate() {
        for (key, rows) in counted(plan) {
            lines.entry(key).or_default()[at] += rows;
        }
    }
    let line = |((source, table, action, rule), [now, then, in_thirty_days]): (Key, [u64; 3])| SimulatedLine {
        source,
        table,
        action,
        rule,
        now,
        then,
        in_thirty_days,
    };
    let mut skipped = today.skipped;
    skipped.extend(then.skipped.into_iter().filter(|one| !skipped.contains(one)).collect::<Vec<_>>());
    Ok(SimulationReport {
        schema: "dataward/retain-simulation@1",
        with: name,
        now: today.plan.rows(),
        then: then.plan.rows(),
        lines: lines.into_iter().map(line).collect(),
        conflicts: then.conflicts,
        skipped,
    })
}

/// Source, table, action, rule.
type Key = (String, String, String, String);

fn counted(plan: &Plan) -> impl Iterator<Item = (Key, u64)> + '_ {
    plan.steps.iter().map(|step| {
        let rule = plan.rules.get(step.rule).map(|rule| rule.name.clone()).unwrap_or_default();
        ((step.source.to_string(), step.table.name.clone(), step.action.clone(), rule), step.rows)
    })
}
