//! Accounts that are too easy to enter, ways around the rights on tables, what is one step away: the
//! notes of a model as findings.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Sensitivity;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::access::NoteKind;
use crate::risk;

/// Accounts that are easier to enter than they should be, or should not be there.
pub const ACCOUNT: Check = Check {
    name: "access/account",
    summary: "accounts that are too easy to enter, too powerful, or no longer needed",
    needs: Needs::Facts,
    run: |snapshot| of_kind(snapshot, NoteKind::Account, Exposure::Colleagues),
};

/// Ways to data around the rights on tables.
pub const SIDE_DOOR: Check = Check {
    name: "access/side-door",
    summary: "ways to the data around the rights on tables",
    needs: Needs::Facts,
    run: |snapshot| of_kind(snapshot, NoteKind::SideDoor, Exposure::Unbounded),
};

/// One step from rights that nobody gave.
pub const ESCALATION: Check = Check {
    name: "access/escalation",
    summary: "one step away from rights that nobody gave",
    needs: Needs::Facts,
    run: |snapshot| of_kind(snapshot, NoteKind::Escalation, Exposure::Unbounded),
};

/// Who reads what is made tomorrow.
pub const NEW_TABLES: Check = Check {
    name: "access/new-tables",
    summary: "new tables are open to somebody from their first row",
    needs: Needs::Facts,
    run: |snapshot| of_kind(snapshot, NoteKind::Future, Exposure::Inside),
};

/// Barriers that do not hold.
pub const WEAK_BARRIER: Check = Check {
    name: "access/weak-barrier",
    summary: "barriers that do not hold, and rights of roles that are gone",
    needs: Needs::Facts,
    run: |snapshot| of_kind(snapshot, NoteKind::Weakness, Exposure::Inside),
};

/// One fault for each note (GDPR art. 32(1)(b)).
fn of_kind(snapshot: &Snapshot<'_>, kind: NoteKind, exposure: Exposure) -> Vec<Fault> {
    let mut faults = Vec::new();
    for held in snapshot.facts.access.iter().flat_map(|access| &access.sources) {
        let tables = snapshot.tables.iter().filter(|table| table.source == held.source);
        let sensitivity = tables.map(crate::HeldTable::sensitivity).max().unwrap_or(Sensitivity::Low);
        let people = snapshot.people(&held.source);
        for note in held.model.notes().iter().filter(|note| note.kind == kind) {
            let whom =
                |mark: &str| note.principal.as_deref().map(|name| format!("`{name}`{mark} ")).unwrap_or_default();
            faults.push(Fault {
                place: Place::of_source(held.source.clone()),
                // Counts and lines change from day to day, and the fault stays the same.
                detail: format!("{}{}", whom(""), note.text).replace(|c: char| c.is_ascii_digit(), ""),
                severity: risk::severity(sensitivity, exposure, people),
                people,
                title: format!("in `{}`: {}{}", held.source, whom(":"), note.text),
                reason: "access to personal data holds against those it is meant to keep out (GDPR art. 32(1)(b))"
                    .to_owned(),
                law: &["eu-gdpr-5-1-f", "eu-gdpr-32"],
                remedy: note
                    .remedy
                    .clone()
                    .unwrap_or_else(|| Remedy::command(format!("dataward access {}", held.source))),
            });
        }
    }
    faults
}
