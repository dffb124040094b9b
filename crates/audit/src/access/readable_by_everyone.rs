//! Files with personal data that every account of the machine can read.

use dataward_model::Place;
use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::Fault;
use crate::Snapshot;

/// The check's name in findings.
pub const NAME: &str = "access/readable-by-everyone";

/// One fault for each stored file, however many tables it holds.
pub fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for table in snapshot.tables.iter().filter(|table| table.readable_by_everyone) {
        let place = Place::of_table(table.source.clone(), &table.unit);
        let severity = match table.sensitivity() {
            Sensitivity::Low => Severity::Low,
            Sensitivity::Normal => Severity::Medium,
            Sensitivity::High | Sensitivity::Special => Severity::Critical,
        };
        match faults.iter_mut().find(|fault| fault.place == place) {
            Some(fault) => fault.severity = fault.severity.max(severity),
            None => faults.push(Fault {
                place,
                severity,
                title: format!("everyone on this machine can read `{}`, which holds {}", table.unit, table.holdings()),
                reason: "only those may see personal data who need to (GDPR art. 5(1)(f) and 32(1))".to_owned(),
                remedy: format!("chmod o-rwx {}", shell_word(&table.unit)),
            }),
        }
    }
    faults
}

/// A path as one word of a shell command, relative to its source.
fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@');
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
