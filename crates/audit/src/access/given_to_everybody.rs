//! Customer data that everybody who can log in reads or changes, because it was given to PUBLIC.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_model::Category;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use jiff::tz::TimeZone;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::access::Intent;
use crate::access::Path;
use crate::access::Privileges;
use crate::access::revoke;
use crate::risk;

/// The check.
pub const CHECK: Check = Check {
    name: "access/given-to-everybody",
    summary: "given to PUBLIC: everybody who can log in",
    needs: Needs::Facts,
    run: check,
};

/// Whether a way leads over what everybody has, in PostgreSQL and MariaDB alike.
fn is_everybodys(path: &Path) -> bool {
    path.text.contains(" <- PUBLIC: ") || path.text.contains(" <- PUBLIC <- ")
}

/// What was given, as the way says it; what a function that everybody may call shows can be read.
fn given_by(path: &Path) -> Privileges {
    let words = path.text.split_once(": GRANT ").map_or("", |(_, rest)| rest.split(" ON ").next().unwrap_or_default());
    let words: Vec<String> =
        words.split(", ").map(|word| word.split(' ').next().unwrap_or_default().to_lowercase()).collect();
    let given = Privileges::from_words(words.iter().map(String::as_str));
    if given.is_none() { Privileges::SELECT } else { given }
}

/// What was given away of one table.
struct Open {
    categories: BTreeSet<Category>,
    columns: BTreeSet<String>,
    privileges: Privileges,
    statements: BTreeSet<String>,
}

/// One fault for each table, whatever the policy says of single accounts: whoever is given an account tomorrow has this
/// too (GDPR art. 25(2): by default not accessible to an indefinite number of persons).
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let today = snapshot.now.to_zoned(TimeZone::UTC).date();
    for held in snapshot.facts.access.iter().flat_map(|access| &access.sources) {
        let intent = Intent::new(&snapshot.policy.access, today, held.model.principals());
        let mut open: BTreeMap<String, Open> = BTreeMap::new();
        held.model.visit(&held.scope, &mut |group| {
            let paths = group.paths.iter().filter(|path| is_everybodys(path));
            let given = paths.clone().fold(Privileges::NONE, |all, path| all.with(given_by(path)));
            let statements: Vec<&String> = paths.filter_map(|path| path.revoke.as_ref()).collect();
            if statements.is_empty() || !group.login {
                return;
            }
            for (column, category) in group.columns {
                let Some(category) = category else { continue };
                if intent.gives_anyone(category, group.privileges) {
                    continue;
                }
                let entry = open.entry(group.object.to_owned()).or_insert_with(|| Open {
                    categories: BTreeSet::new(),
                    columns: BTreeSet::new(),
                    privileges: Privileges::NONE,
                    statements: BTreeSet::new(),
                });
                entry.categories.insert((*category).clone());
                entry.columns.insert((*column).to_owned());
                entry.privileges = entry.privileges.with(given.and(group.privileges));
                entry.statements.extend(statements.iter().map(|one| (*one).clone()));
            }
        });
        for (object, open) in open {
            let tables = snapshot.tables.iter().filter(|table| table.source == held.source && table.table == object);
            let people = tables.filter_map(|table| table.people).max().or_else(|| snapshot.people(&held.source));
            let severities = open
                .categories
                .iter()
                .map(|category| risk::severity(category.sensitivity(), Exposure::Colleagues, people));
            let columns: Vec<&str> = open.columns.iter().map(String::as_str).collect();
            faults.push(Fault {
                place: Place::of_table(held.source.clone(), &object),
                detail: String::new(),
                severity: severities.max().unwrap_or(Severity::Low),
                people,
                title: format!(
                    "everybody who can log in can {} `{object}` of `{}` ({}): it was given to PUBLIC",
                    open.privileges,
                    held.source,
                    columns.join(", ")
                ),
                reason:
                    "by default personal data is not open to an indefinite number of people (GDPR art. 25(2)); whoever \
                         gets an account tomorrow has this too"
                        .to_owned(),
                law: &["eu-gdpr-5-1-f", "eu-gdpr-32"],
                remedy: Remedy::Command(revoke::one_after_another(open.statements.iter().map(String::as_str))),
            });
        }
    }
    faults
}
