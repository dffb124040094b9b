//! Files with personal data that every account of the machine can read.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_policy::Policy;
use dataward_policy::SourceUrl;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::access::shell;

/// The check.
pub const CHECK: Check = Check {
    name: "access/readable-by-everyone",
    summary: "readable by everyone on this machine",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each stored file, however many tables it holds.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for table in snapshot.tables.iter().filter(|table| table.readable_by_everyone) {
        let place = Place::of_table(table.source.clone(), &table.unit);
        let severity = table.severity(Exposure::Neighbours);
        match faults.iter_mut().find(|fault| fault.place == place) {
            Some(fault) => {
                fault.severity = fault.severity.max(severity);
                fault.people = fault.people.max(table.people);
            }
            None => faults.push(Fault {
                place: place.clone(),
                detail: String::new(),
                severity,
                people: table.people,
                title: format!(
                    "everyone on this machine can read `{place}`, which holds {}",
                    snapshot.holdings_of(&place)
                ),
                reason: "only those may see personal data who need to (GDPR art. 5(1)(f) and 32(1))".to_owned(),
                law: &["eu-gdpr-5-1-f", "eu-gdpr-32"],
                remedy: Remedy::Command(format!("chmod o-rwx {}", shell::word(&stored_path(snapshot.policy, table)))),
            }),
        }
    }
    faults
}

/// The path of the stored file as someone beside the policy file would type it.
fn stored_path(policy: &Policy, table: &HeldTable) -> String {
    match policy.sources.get(&table.source).map(|source| &source.url) {
        // A source may be one file.
        Some(SourceUrl::Path(file)) if file.file_name().is_some_and(|name| name == table.unit.as_str()) => {
            file.display().to_string()
        }
        Some(SourceUrl::Path(folder)) => folder.join(&table.unit).display().to_string(),
        Some(SourceUrl::Sqlite(file)) => file.display().to_string(),
        Some(SourceUrl::Remote { .. }) | None => table.unit.clone(),
    }
}
