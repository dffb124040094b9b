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

/// All checks: the name that findings carry, as `stage/check`, what is wrong with all that it finds,
/// and the function. In the order in which a person should put things right.
const CHECKS: &[(&str, &str, Check)] = &[
    (readable_by_everyone::NAME, readable_by_everyone::SUMMARY, readable_by_everyone::check),
    (plain_connection::NAME, plain_connection::SUMMARY, plain_connection::check),
    (readable_secrets::NAME, readable_secrets::SUMMARY, readable_secrets::check),
    (no_retention_rule::NAME, no_retention_rule::SUMMARY, no_retention_rule::check),
    (undeclared_use::NAME, undeclared_use::SUMMARY, undeclared_use::check),
];

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _, _)| *name)
}

/// What is wrong with all that the check `name` finds, and its place in the order of repair; none
/// for a check that is no more.
pub fn summary(name: &str) -> Option<(usize, &'static str)> {
    CHECKS.iter().position(|(other, _, _)| *other == name).map(|order| (order, CHECKS[order].1))
}

/// Runs all checks: the gravest findings first, then by place.
pub fn run(snapshot: &Snapshot<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS
        .iter()
        .flat_map(|(name, _, check)| check(snapshot).into_iter().map(|fault| finding(name, fault, now)))
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
