//! Tables and files with personal data that nothing was seen to encrypt.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::risk;

use super::SourceAtRest;

/// The check.
pub const CHECK: Check = Check {
    name: "encryption/not-encrypted",
    summary: "personal data on disks that nothing was seen to encrypt",
    needs: Needs::Facts,
    run: check,
};

/// One fault for each source: disks are encrypted whole. GDPR art. 32(1)(a); art. 34(3)(a) spares the
/// notice to people where what was stolen was encrypted.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.encryption else { return Vec::new() };
    facts.sources.iter().filter_map(|source| fault(snapshot, source)).collect()
}

fn fault(snapshot: &Snapshot<'_>, source: &SourceAtRest) -> Option<Fault> {
    let open: Vec<&HeldTable> = snapshot
        .tables
        .iter()
        .filter(|table| table.source == source.source && source.of_unit(&table.unit).is_none())
        .collect();
    let worst = open.iter().map(|table| table.sensitivity()).max()?;
    let tables =
        if open.len() == 1 { "one table or file".to_owned() } else { format!("{} tables or files", open.len()) };
    let blind = match source.unseen.first() {
        Some(unseen) => format!(" (not seen: {unseen})"),
        None => String::new(),
    };
    Some(Fault {
        place: Place::of_source(source.source.clone()),
        detail: String::new(),
        // Whoever gets the disk, a backup or a discarded machine; not anyone who logs in. Never the gravest
        // thing: what lies there readable for those who log in is a finding of its own.
        severity: risk::severity(worst.min(Sensitivity::High), Exposure::Inside, snapshot.people(&source.source))
            .min(Severity::Medium),
        people: snapshot.people(&source.source),
        title: format!("nothing was seen to encrypt {tables} of `{}` with personal data{blind}", source.source),
        reason:
            "whoever takes the disk or a copy of it reads all of it; encryption is also what spares you notices to \
                 people after a breach (GDPR art. 32(1)(a), 34(3)(a))"
                .to_owned(),
        law: &["eu-gdpr-32", "eu-gdpr-34"],
        remedy: Remedy::words(
            "encrypt the disk (LUKS), or the tables and files themselves; where somebody else keeps the disk, have \
             him confirm it and accept this finding with his word as the reason",
        ),
    })
}
