//! Backups and dumps that lie readable beside the data.

use dataward_model::Remedy;
use dataward_model::Sensitivity;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::risk;

/// The check.
pub const CHECK: Check = Check {
    name: "encryption/plain-backup",
    summary: "backups and dumps that can be read",
    needs: Needs::Facts,
    run: check,
};

/// Endings of what copies whole databases and folders.
const ENDINGS: &[&str] = &[".bak", ".dmp", ".dump", ".sql", ".tar", ".tgz", ".txz", ".zip", ".7z", ".backup"];
const PACKED: &[&str] = &[".gz", ".bz2", ".xz", ".zst", ".lz4"];

/// One fault for each backup with personal data: copies travel further than what they copy.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.encryption else { return Vec::new() };
    let mut faults: Vec<Fault> = Vec::new();
    for table in snapshot.tables {
        let Some(source) = facts.sources.iter().find(|source| source.source == table.source) else { continue };
        let sealed = source.protections.iter().any(|known| known.unit.as_deref() == Some(table.unit.as_str()));
        if sealed || !is_backup(&table.unit) {
            continue;
        }
        let place = dataward_model::Place::of_table(table.source.clone(), &table.unit);
        let severity = risk::severity(table.sensitivity().min(Sensitivity::High), Exposure::Colleagues, table.people);
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
                title: format!("the backup `{place}` can be read; it holds {}", snapshot.holdings_of(&place)),
                reason: "backups leave the house and outlive what they copy: an unencrypted one is the breach that is \
                         noticed last (GDPR art. 32(1)(a), 34(3)(a))"
                    .to_owned(),
                law: &["eu-gdpr-32", "eu-gdpr-34"],
                remedy: Remedy::words(
                    "encrypt it (`dataward encrypt`, age, gpg) and delete the readable one, or delete it if nobody \
                     needs it",
                ),
            }),
        }
    }
    faults
}

fn is_backup(unit: &str) -> bool {
    let name = unit.to_ascii_lowercase();
    let name = PACKED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || name.contains("backup") || name.contains("pg_dump")
}
