//! Findings of one check as one thing to know and to do: twenty tables without a rule are one problem.

use std::collections::HashSet;

use dataward_model::Finding;
use dataward_model::Severity;
use dataward_store::StoredFinding;
use jiff::Timestamp;

/// The open findings of one check.
#[derive(Clone, Debug)]
pub struct FindingGroup {
    /// The check, as `stage/check`.
    pub check: String,
    /// What is wrong with all of them.
    pub summary: String,
    /// The greatest severity among them.
    pub severity: Severity,
    /// Where, the gravest first; each once, whatever else is wrong with it.
    pub places: Vec<String>,
    /// The gravest of them.
    pub worst: Finding,
    /// When the first of them was seen.
    pub since: Timestamp,
}

/// Groups `findings`, which come with the gravest first. The gravest group comes first; among equals
/// the one that should be put right first.
pub fn finding_groups(findings: &[StoredFinding]) -> Vec<FindingGroup> {
    let mut groups: Vec<FindingGroup> = Vec::new();
    for stored in findings {
        let finding = &stored.finding;
        match groups.iter_mut().find(|group| group.check == finding.check) {
            Some(group) => {
                group.places.push(finding.place.to_string());
                group.since = group.since.min(finding.first_seen);
            }
            None => groups.push(FindingGroup {
                check: finding.check.clone(),
                summary: dataward_audit::checks::summary(&finding.check)
                    .map_or_else(|| finding.title.clone(), |(_, summary)| summary.to_owned()),
                severity: finding.severity,
                places: vec![finding.place.to_string()],
                worst: finding.clone(),
                since: finding.first_seen,
            }),
        }
    }
    for group in &mut groups {
        let mut known = HashSet::new();
        group.places.retain(|place| known.insert(place.clone()));
    }
    let order =
        |group: &FindingGroup| dataward_audit::checks::summary(&group.check).map_or(usize::MAX, |(order, _)| order);
    groups.sort_by_key(|group| (std::cmp::Reverse(group.severity), order(group)));
    groups
}
