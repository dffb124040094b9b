//! The coverage gate: personal data that no retention rule covers never goes away.

use dataward_model::Category;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::counted;
use dataward_policy::Policy;
use dataward_policy::RetentionRule;
use dataward_policy::Subject;
use dataward_policy::TableName;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldColumn;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::collection::retention_conflict::OpenKind;

/// The check.
pub const CHECK: Check = Check {
    name: "collection/no-retention-rule",
    summary: "kept for ever: no rule says when it goes",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each table that holds a category no rule covers, and for each rule whose period cannot begin.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let stuck = snapshot.facts.retention.iter().flatten().filter(|open| open.kind == OpenKind::NoStart);
    let stuck = stuck.map(|open| Fault {
        place: open.place.clone(),
        detail: open.id.clone(),
        severity: severity(snapshot, &open.place),
        people: open.people,
        title: open.text.clone(),
        reason: "personal data may be kept no longer than its purpose needs (GDPR art. 5(1)(e)); a period that never \
                 begins never ends, whatever the rule says"
            .to_owned(),
        law: &["eu-gdpr-5-1-e"],
        remedy: Remedy::command(&open.command),
    });
    uncovered(snapshot).into_iter().chain(stuck).collect()
}

/// As for other data of the table without an end.
fn severity(snapshot: &Snapshot<'_>, place: &Place) -> Severity {
    let table = snapshot.tables.iter().find(|table| table.place() == *place);
    table.map_or(Severity::Medium, |table| table.severity(Exposure::Unbounded))
}

fn uncovered(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .tables
        .iter()
        .filter(|table| !table.is_derived)
        .filter_map(|table| {
            let (columns, [one, many]) = counted_columns(table);
            let open = columns.iter().filter(|column| !is_covered(snapshot.policy, table, column)).count();
            (open > 0).then(|| Fault {
                place: table.place(),
                detail: String::new(),
                severity: table.severity(Exposure::Unbounded),
                people: table.people,
                title: format!(
                    "no rule says when the personal data in `{}` goes ({open} of {})",
                    table.place(),
                    counted(columns.len() as u64, one, many)
                ),
                reason: "personal data may be kept no longer than its purpose needs (GDPR art. 5(1)(e)); \
                         without a rule it is kept for ever"
                    .to_owned(),
                law: &["eu-gdpr-5-1-e"],
                remedy: remedy(table),
            })
        })
        .collect()
}

/// The columns to count: of running text, which has one name for all that was found in it, what stands in it.
fn counted_columns(table: &HeldTable) -> (Vec<&HeldColumn>, [&'static str; 2]) {
    let is_text = table.columns.iter().skip(1).any(|column| column.column == table.columns[0].column);
    let columns = table.columns.iter().filter(|column| !is_text || column.category != Category::CONTENT).collect();
    (columns, if is_text { ["kind", "kinds"] } else { ["column", "columns"] })
}

/// A rule to begin with. A file goes whole, by its own age.
fn remedy(table: &HeldTable) -> Remedy {
    let (what, from) = if table.goes_whole { (&table.unit, "dated") } else { (&table.table, "last_activity") };
    Remedy::words(format!(
        "add `[[retain]]` to dataward.toml, each setting on a line of its own: `name = \"…\"`, `what = \"{}.{}\"`, \
         `keep = \"2 years\"`, `from = \"{from}\"`, `then = \"erase\"`",
        table.source,
        what.replace('"', "\\\"")
    ))
}

/// As a plan goes by it.
fn is_covered(policy: &Policy, table: &HeldTable, column: &HeldColumn) -> bool {
    let name = TableName { source: table.source.clone(), table: table.table.clone() };
    // A wish for a category does nothing in files: each goes whole or stays.
    let does_something = |rule: &RetentionRule| !table.goes_whole || matches!(rule.what, Subject::Place { .. });
    let mut rules = policy.retain.iter().filter(|rule| does_something(rule));
    rules.any(|rule| rule.covers(&name, Some(&column.column), &column.category))
}
