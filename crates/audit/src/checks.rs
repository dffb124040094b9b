//! The one list of checks.

use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use jiff::Timestamp;

use crate::Fault;
use crate::Snapshot;
use crate::access::readable_by_everyone;
use crate::collection::no_retention_rule;
use crate::collection::undeclared_use;
use crate::encryption::readable_secrets;
use crate::transit::plain_connection;

type Check = fn(&Snapshot<'_>) -> Vec<Fault>;

/// All checks: the name that findings carry, as `stage/check`, and the function.
const CHECKS: &[(&str, Check)] = &[
    (readable_by_everyone::NAME, readable_by_everyone::check),
    (no_retention_rule::NAME, no_retention_rule::check),
    (undeclared_use::NAME, undeclared_use::check),
    (readable_secrets::NAME, readable_secrets::check),
    (plain_connection::NAME, plain_connection::check),
];

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _)| *name)
}

/// Runs all checks: the gravest findings first, then by place.
pub fn run(snapshot: &Snapshot<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS
        .iter()
        .flat_map(|(name, check)| check(snapshot).into_iter().map(|fault| finding(name, fault, now)))
        .collect();
    findings.sort_by(|a, b| (b.severity, &a.place, &a.check).cmp(&(a.severity, &b.place, &b.check)));
    findings
}

fn finding(check: &str, fault: Fault, now: Timestamp) -> Finding {
    Finding {
        id: finding_id(check, &fault.place),
        check: check.to_owned(),
        place: fault.place,
        severity: fault.severity,
        title: fault.title,
        reason: fault.reason,
        remedy: fault.remedy,
        first_seen: now,
        state: FindingState::Open,
    }
}

/// The same fault at the same place has the same id in every audit: FNV-1a (64 bits) over check and
/// place, written `F-` and 16 hex digits.
pub fn finding_id(check: &str, place: &Place) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    // A line feed cannot stand in a check's name, so check and place never run into each other.
    let text = format!("{check}\n{place}");
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("F-{hash:016x}")
}
