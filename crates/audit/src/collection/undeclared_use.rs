//! Personal data whose purpose or lawful basis nobody wrote down.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;

use crate::Check;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "collection/undeclared-use",
    summary: "not declared: purpose, lawful basis, origin or owner is missing",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each source with personal data that lacks purpose, lawful basis, origin or owner; where
/// the policy speaks of some of its tables, one for each other table.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (id, source) in &snapshot.policy.sources {
        let lacking: Vec<(&HeldTable, Vec<&str>)> = snapshot
            .tables
            .iter()
            .filter(|table| table.source == *id)
            .map(|table| (table, source.declaration_of(&table.table).missing()))
            .filter(|(_, missing)| !missing.is_empty())
            .collect();
        let Some((_, first)) = lacking.first() else { continue };
        let held = snapshot.tables.iter().filter(|table| table.source == *id).count();
        if lacking.len() == held && lacking.iter().all(|(_, missing)| missing == first) {
            let title = format!("`{id}` holds personal data, and the policy does not say its {}", first.join(", "));
            let remedy = format!("write {} into [source.{id}] of dataward.toml", first.join(", "));
            faults.push(fault(Place::of_source(id.clone()), snapshot.people(id), title, remedy));
            continue;
        }
        for (table, missing) in lacking {
            let title = format!("the policy does not say {} of `{}`", missing.join(", "), table.table);
            let name = table.table.replace('\\', "\\\\").replace('"', "\\\"");
            let remedy = format!("write {} into `[source.{id}.table.\"{name}\"]` of dataward.toml", missing.join(", "));
            faults.push(fault(table.place(), table.people, title, remedy));
        }
    }
    faults
}

fn fault(place: Place, people: Option<u64>, title: String, remedy: String) -> Fault {
    Fault {
        place,
        detail: String::new(),
        severity: Severity::Medium,
        people,
        title,
        reason: "each processing needs a purpose, a lawful basis and someone who answers for it \
                 (GDPR art. 5(1)(b), 6(1) and 30(1))"
            .to_owned(),
        law: &["eu-gdpr-5-1-b", "eu-gdpr-6-1", "eu-gdpr-30"],
        remedy: Remedy::Words(remedy),
    }
}
