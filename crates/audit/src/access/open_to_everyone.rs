//! Objects with customer data that anyone on the internet can read or write.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::access::revoke;

/// The check.
pub const CHECK: Check = Check {
    name: "access/open-to-everyone",
    summary: "open to everyone on the internet",
    needs: Needs::Facts,
    run: check,
};

/// What stands open in one object.
#[derive(Default)]
struct Open {
    titles: BTreeSet<&'static str>,
    statements: BTreeSet<String>,
    words: BTreeSet<&'static str>,
}

/// One fault for each object, always critical: whoever guesses or finds its name has the data.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for held in snapshot.facts.access.iter().flat_map(|access| &access.sources) {
        let anonymous: BTreeSet<&str> =
            held.model.principals().iter().filter(|one| one.anonymous).map(|one| one.name.as_str()).collect();
        if anonymous.is_empty() {
            continue;
        }
        let mut open: BTreeMap<String, Open> = BTreeMap::new();
        held.model.visit(&held.scope, &mut |group| {
            if !anonymous.contains(group.principal) {
                return;
            }
            let entry = open.entry(group.object.to_owned()).or_default();
            entry
                .titles
                .extend(group.columns.iter().filter_map(|(_, category)| *category).map(|category| category.title()));
            entry.statements.extend(group.paths.iter().filter_map(|path| path.revoke.clone()));
            entry.words.extend(group.privileges.words().filter(|word| *word != "insert"));
        });
        for (object, open) in open.into_iter().filter(|(_, open)| !open.titles.is_empty()) {
            let people = snapshot.tables.iter().filter(|table| table.source == held.source && table.table == object);
            let people = people.filter_map(|table| table.people).max();
            let can = match (open.words.contains("select"), open.words.contains("update")) {
                (true, true) => "read and replace",
                (false, true) => "replace",
                (true | false, _) => "read",
            };
            faults.push(Fault {
                place: Place::of_table(held.source.clone(), &object),
                detail: String::new(),
                severity: Severity::Critical,
                people,
                title: format!(
                    "everyone on the internet can {can} `{object}` of `{}`, which holds {}",
                    held.source,
                    open.titles.into_iter().collect::<Vec<_>>().join(", ")
                ),
                reason:
                    "personal data is open to unknown people (GDPR art. 5(1)(f) and 32(1)); who has read it by now \
                         is not known, so it may be a breach to report (art. 33)"
                        .to_owned(),
                law: &["eu-gdpr-5-1-f", "eu-gdpr-32"],
                remedy: match open.statements.is_empty() {
                    true => Remedy::command(format!("dataward access {} --principal everyone", held.source)),
                    false => Remedy::Command(revoke::one_after_another(open.statements.iter().map(String::as_str))),
                },
            });
        }
    }
    faults
}
