//! Files and objects that a `[[protect]]` entry of the policy wants encrypted, and that can be read.

use std::collections::HashMap;

use dataward_connect::at_rest::Readable;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::unit::files_of;
use dataward_policy::ProtectRule;
use dataward_policy::Subject;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;

use super::SourceAtRest;

/// The check.
pub const CHECK: Check = Check {
    name: "encryption/must-be-encrypted",
    summary: "files that the policy wants encrypted, and that can be read",
    needs: Needs::Facts,
    run: check,
};

/// The readable files and objects of one source that a rule covers, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered<'a> {
    /// The rule.
    pub rule: &'a ProtectRule,
    /// The files and objects.
    pub units: Vec<&'a Readable>,
}

/// What each rule wants encrypted in a source and is not; rules that have all they want are left out.
/// A file that two rules want is counted with the first: it is sealed once.
pub fn covered<'a>(rules: &'a [ProtectRule], tables: &[HeldTable], source: &'a SourceAtRest) -> Vec<Covered<'a>> {
    let tables = by_unit(tables, source);
    let mut found: Vec<Covered<'a>> = rules.iter().map(|rule| Covered { rule, units: Vec::new() }).collect();
    for readable in &source.readable {
        let unit = readable.unit.as_str();
        let held = tables.get(unit).map(Vec::as_slice).unwrap_or_default();
        let wanted = found.iter_mut().find(|covered| {
            covered.rule.covers(&source.source, unit) || held.iter().any(|table| holds(covered.rule, table))
        });
        if let Some(covered) = wanted {
            covered.units.push(readable);
        }
    }
    found.retain(|covered| !covered.units.is_empty());
    found
}

/// The tables of a source by the file or object they are stored in, by each name that it may have.
fn by_unit<'a>(tables: &'a [HeldTable], source: &SourceAtRest) -> HashMap<&'a str, Vec<&'a HeldTable>> {
    let mut found: HashMap<&str, Vec<&HeldTable>> = HashMap::new();
    for table in tables.iter().filter(|table| table.source == source.source) {
        files_of(&table.unit).for_each(|file| found.entry(file).or_default().push(table));
    }
    found
}

fn holds(rule: &ProtectRule, table: &HeldTable) -> bool {
    let wanted = |subject: &Subject| match subject {
        Subject::Category(category) => table.columns.iter().any(|column| column.category.is_within(category)),
        Subject::Place { .. } => false,
    };
    rule.what.iter().any(wanted)
}

/// One fault for each rule and source.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.encryption else { return Vec::new() };
    let of_source = |source| {
        let found = covered(&snapshot.policy.protect, snapshot.tables, source);
        found.into_iter().map(|covered| fault(snapshot, source, &covered)).collect::<Vec<_>>()
    };
    facts.sources.iter().flat_map(of_source).collect()
}

fn fault(snapshot: &Snapshot<'_>, source: &SourceAtRest, covered: &Covered<'_>) -> Fault {
    let tables = by_unit(snapshot.tables, source);
    let held: Vec<&HeldTable> =
        covered.units.iter().filter_map(|readable| tables.get(readable.unit.as_str())).flatten().copied().collect();
    // What the business itself has decided on is never a trifle, whatever we found in it.
    let severity = held.iter().map(|table| table.severity(Exposure::Colleagues)).max();
    let count = covered.units.len();
    let first = &covered.units[0].unit;
    let files = if count == 1 {
        format!("`{first}` can be read")
    } else {
        format!("{count} files of `{}` can be read, `{first}` first among them", source.source)
    };
    Fault {
        place: Place::of_source(source.source.clone()),
        detail: covered.rule.name.clone(),
        severity: severity.unwrap_or(Severity::Medium).max(Severity::Medium),
        people: held.iter().filter_map(|table| table.people).max(),
        title: format!("{files}, though `{}` in the policy wants them encrypted", covered.rule.name),
        reason: "the policy is what was promised to customers and auditors, and encryption is what spares you notices \
                 to people after a breach (GDPR art. 32(1)(a), 34(3)(a))"
            .to_owned(),
        law: &["eu-gdpr-32", "eu-gdpr-34"],
        remedy: Remedy::command("dataward encrypt --from-audit"),
    }
}
