//! Approving a plan, and the one place where a plan becomes one that the gate lets through.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::Amend;
use dataward_connect::amend::ApprovedPlan;
use dataward_connect::amend::ApprovedStep;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ColumnFacts;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::TableFacts;
use dataward_evidence::Receipt;
use dataward_model::SourceId;
use dataward_model::counted;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::error::RetainError;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::plan::Step;
use crate::planner::hidden_children;

/// A plan older than this is made anew: a week.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The share by which the number of rows that are due may have moved since the plan: a tenth.
pub const DRIFT: f64 = 0.1;

/// Rows that may always come or go: a tenth of ten rows is one row.
const ALWAYS: u64 = 10;

/// How things stand now.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Now.
    pub now: Timestamp,
    /// SHA-256 of the policy file, in hex.
    pub policy_sha256: &'a str,
    /// The version of the rule pack.
    pub pack: &'a str,
    /// When the newest hold that still lies was placed, and its matter, by source.
    pub newest_hold: &'a BTreeMap<SourceId, (Timestamp, String)>,
    /// Of each entry of [`Plan::due`], how many rows are due now.
    pub due: &'a [u64],
}

/// Whether so much time went by since `plan` was made, beside that in which people are told, that it must be made
/// anew.
pub fn is_too_old(plan: &Plan, now: Timestamp) -> bool {
    let notice = SignedDuration::from_hours(plan.notice().unwrap_or(0).into());
    now.duration_since(plan.made_at) > OLDEST + notice
}

/// Refuses a plan that is no longer what its maker saw.
///
/// # Errors
/// [`RetainError::Refused`], with the reason.
pub fn check(plan: &Plan, standing: &Standing<'_>) -> Result<(), RetainError> {
    const AGAIN: &str = "dataward retain plan";
    let refuse = |why: String| Err(RetainError::refused(why, AGAIN));
    if is_too_old(plan, standing.now) {
        return refuse("the plan is older than a week, beside the time in which people are told".to_owned());
    }
    if standing.policy_sha256 != plan.policy_sha256 {
        return refuse("the policy file was changed since the plan was made".to_owned());
    }
    if standing.pack != plan.pack {
        return refuse("the rule pack is another one than when the plan was made".to_owned());
    }
    for source in plan.sources.keys() {
        if let Some((_, matter)) = standing.newest_hold.get(source).filter(|(placed, _)| *placed > plan.made_at) {
            return refuse(format!("a hold (`{matter}`) was placed on `{source}` since the plan was made"));
        }
    }
    for (then, now) in plan.due.iter().zip(standing.due) {
        let moved = then.rows.abs_diff(*now);
        if moved > ALWAYS && moved as f64 > DRIFT * then.rows as f64 {
            return refuse(format!(
                "`{}` had {} due when the plan was made and has {now} now: more than a tenth",
                then.table,
                counted(then.rows, "row that was", "rows that were")
            ));
        }
    }
    Ok(())
}

/// Refuses a plan whose tables in `source` have other columns by now: a row that is copied into an archive would lack
/// what came since, and what was planned for a column may not fit it any more. A column that is added changes no row.
///
/// # Errors
/// [`RetainError::Refused`], with the first table and its columns.
pub fn check_columns(plan: &Plan, source: &SourceId, now: &Catalogue) -> Result<(), RetainError> {
    for step in plan.steps.iter().filter(|step| step.source == *source) {
        let Some(table) = now.table(&step.table.name) else { continue };
        let other = |column: &ColumnFacts, table: &TableFacts| {
            table.column(&column.name).is_none_or(|known| known.sql_type != column.sql_type)
        };
        let came = table.columns.iter().filter(|column| other(column, &step.table));
        let went = step.table.columns.iter().filter(|column| table.column(&column.name).is_none());
        let changed: Vec<String> = came
            .map(|column| match step.table.column(&column.name) {
                None => format!("`{}` is new", column.name),
                Some(known) => format!("`{}` was {} and is {}", column.name, known.sql_type, column.sql_type),
            })
            .chain(went.map(|column| format!("`{}` is gone", column.name)))
            .collect();
        if !changed.is_empty() {
            return Err(RetainError::refused(
                format!("the columns of `{}` are not those of the plan: {}", table.name, changed.join(", ")),
                "give the plan up and make it anew: dataward retain drop, then dataward retain plan",
            ));
        }
    }
    Ok(())
}

/// Refuses a plan by which the server would take along or change rows of `source` that this account is not shown:
/// row security hides them by now.
///
/// # Errors
/// [`RetainError::Refused`], with the table that hides rows.
pub fn check_hidden(plan: &Plan, source: &SourceId, now: &Catalogue) -> Result<(), RetainError> {
    let erases = |step: &&Step| step.source == *source && !matches!(step.change, PlannedChange::Rewrite { .. });
    let erased: BTreeSet<&str> = plan.steps.iter().filter(erases).map(|step| step.table.name.as_str()).collect();
    let hidden = |key: &&ForeignKey| erased.contains(key.parent.as_str()) && hidden_children(now, key);
    match now.foreign_keys.iter().find(hidden) {
        None => Ok(()),
        Some(key) => Err(RetainError::refused(
            format!(
                "row security hides rows of `{}` from this account, and what it hides may refer to rows of `{}` that go: \
                 the server would take it along or change it, held or not",
                key.child, key.parent
            ),
            "name an account that sees all of it (its owner, one with BYPASSRLS), then make the plan anew: dataward retain \
             drop, then dataward retain plan",
        )),
    }
}

/// Refuses an approval by whoever made the plan, where the policy wants four eyes.
///
/// # Errors
/// [`RetainError::Refused`].
pub fn check_approver(plan: &Plan, approver: &str) -> Result<(), RetainError> {
    if plan.four_eyes && approver == plan.made_by {
        return Err(RetainError::refused(
            format!("`{approver}` made the plan, and the policy wants somebody else to approve it"),
            "let another account run the same command: one of the group that may write to `.dataward`, or root",
        ));
    }
    Ok(())
}

/// How many rows are due now, for each entry of [`Plan::due`].
///
/// # Errors
/// When a source can't be read.
pub async fn count_due(
    plan: &Plan,
    source: impl Fn(&SourceId) -> Option<std::sync::Arc<dyn Amend>>,
) -> Result<Vec<u64>, RetainError> {
    let mut counts = Vec::with_capacity(plan.due.len());
    for due in &plan.due {
        let (Some(source), Some(table)) = (source(&due.source), plan.table(&due.source, &due.table)) else {
            // Nothing of the table goes: whatever moved there does not matter.
            counts.push(due.rows);
            continue;
        };
        counts.push(source.count(table, &due.condition).await?);
    }
    Ok(counts)
}

/// The plan as the gate knows it, one for each source. `receipt` is that of the approval's entry in the
/// evidence log.
pub fn approved(plan: &Plan, hash: &str, receipt: &Receipt) -> BTreeMap<SourceId, ApprovedPlan> {
    let mut steps: BTreeMap<SourceId, Vec<ApprovedStep>> = BTreeMap::new();
    for step in &plan.steps {
        steps.entry(step.source.clone()).or_default().push(ApprovedStep {
            table: step.table.clone(),
            change: step.change.at_the_gate(),
            condition: step.condition.clone(),
            rows: step.rows,
            taken_by: step.because_of.clone(),
            at_once: step.at_once.clone(),
        });
    }
    let of = |(source, steps): (SourceId, Vec<ApprovedStep>)| {
        (source.clone(), ApprovedPlan::from_approval(hash.to_owned(), source, steps, receipt.clone()))
    };
    steps.into_iter().map(of).collect()
}
