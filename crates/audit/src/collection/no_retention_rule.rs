//! The coverage gate: personal data that no retention rule covers never goes away.

use dataward_policy::Policy;
use dataward_policy::Subject;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldColumn;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "collection/no-retention-rule",
    summary: "kept for ever: no rule says when it goes",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each table that holds a category no rule covers.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .tables
        .iter()
        .filter_map(|table| {
            let open = table.columns.iter().filter(|column| !is_covered(snapshot.policy, table, column)).count();
            (open > 0).then(|| Fault {
                place: table.place(),
                detail: String::new(),
                severity: table.severity(Exposure::Unbounded),
                people: table.people,
                title: format!(
                    "no rule says when the personal data in `{}` goes ({open} of {} columns)",
                    table.table,
                    table.columns.len()
                ),
                reason: "personal data may be kept no longer than its purpose needs (GDPR art. 5(1)(e)); \
                         without a rule it is kept for ever"
                    .to_owned(),
                law: &["eu-gdpr-5-1-e"],
                remedy: format!(
                    "add `[[retain]]` with `what = \"{}.{}\"` to dataward.toml",
                    table.source,
                    table.table.replace('"', "\\\"")
                ),
            })
        })
        .collect()
}

fn is_covered(policy: &Policy, table: &HeldTable, column: &HeldColumn) -> bool {
    policy.retain.iter().any(|rule| match &rule.what {
        Subject::Category(category) => column.category.is_within(category),
        Subject::Place { source, rest } => {
            *source == table.source
                && [table.table.as_str(), &format!("{}.{}", table.table, column.column)]
                    .iter()
                    .any(|place| is_below(place, rest))
        }
    })
}

/// Whether `place` is `above` or lies below it at a dot: `public.orders` below `public`.
fn is_below(place: &str, above: &str) -> bool {
    above.is_empty() || place.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
