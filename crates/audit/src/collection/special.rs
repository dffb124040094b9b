//! Special categories (GDPR art. 9 and 10) and data about children (art. 8): each needs more than a
//! lawful basis.

use dataward_model::Category;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;

/// Health, belief, origin and the like without a condition of art. 9(2).
pub const CATEGORY: Check = Check {
    name: "collection/special-category",
    summary: "special categories, and nobody wrote down the condition they are held under",
    needs: Needs::Inventory,
    run: special,
};

/// What looks like data about children.
pub const CHILDREN: Check = Check {
    name: "collection/children",
    summary: "data that looks as if it were about children",
    needs: Needs::Inventory,
    run: children,
};

fn special(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let fault = |table: &HeldTable| {
        let mut columns: Vec<&str> = table
            .columns
            .iter()
            .filter(|column| column.category.sensitivity() == Sensitivity::Special)
            .filter(|column| !column.category.is_within(&Category::CHILDREN))
            .map(|column| column.category.title())
            .collect();
        columns.sort_unstable();
        columns.dedup();
        (!columns.is_empty() && !has_condition(snapshot, table)).then(|| Fault {
            place: table.place(),
            detail: String::new(),
            severity: table.severity(Exposure::Inside).max(Severity::Medium),
            people: table.people,
            title: format!("`{}` holds special categories: {}", table.place(), columns.join(", ")),
            reason: "these may be processed only under one of ten conditions (GDPR art. 9(2)), and on a large scale \
                     only after an impact assessment (art. 35)"
                .to_owned(),
            law: &["eu-gdpr-9", "eu-gdpr-35"],
            remedy: condition_remedy(table, "explicit consent"),
        })
    };
    snapshot.tables.iter().filter_map(fault).collect()
}

fn children(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let fault = |table: &HeldTable| {
        let by_category = table.columns.iter().any(|column| column.category.is_within(&Category::CHILDREN));
        let by_column = table.columns.iter().find(|column| names_children(&column.column));
        if !by_category && by_column.is_none() && !names_children(&table.table) || has_condition(snapshot, table) {
            return None;
        }
        let where_seen = match by_column {
            Some(column) => format!("column `{}`", column.column),
            None => "its name or what is in it".to_owned(),
        };
        Some(Fault {
            place: table.place(),
            detail: String::new(),
            severity: table.severity(Exposure::Inside).max(Severity::Medium),
            people: table.people,
            title: format!("`{}` looks as if it were about children ({where_seen})", table.place()),
            reason: "children merit specific protection; below 16 (13 to 16 by member state) online services need \
                     the parents' consent (GDPR art. 8 and recital 38)"
                .to_owned(),
            law: &["eu-gdpr-8"],
            remedy: condition_remedy(table, "consent of the parents"),
        })
    };
    snapshot.tables.iter().filter_map(fault).collect()
}

fn has_condition(snapshot: &Snapshot<'_>, table: &HeldTable) -> bool {
    let source = snapshot.policy.sources.get(&table.source);
    source.is_some_and(|source| source.declaration_of(&table.table).special_basis.is_some())
}

fn condition_remedy(table: &HeldTable, example: &str) -> Remedy {
    let name = table.table.replace('\\', "\\\\").replace('"', "\\\"");
    Remedy::words(format!(
        "write the condition into dataward.toml: `[source.{}.table.\"{name}\"]` with `special_basis = \"{example}\"`, or delete it",
        table.source
    ))
}

/// Words for children in names of tables and columns, in the languages of our name lists. `kind` and
/// `minor` alone are left out: the one is an English word for sort, the other stands in version numbers.
const WORDS: &[&str] = &[
    "child",
    "children",
    "childs",
    "kid",
    "kids",
    "minors",
    "pupil",
    "pupils",
    "schoolchild",
    "toddler",
    "guardian",
    "guardians",
    "enfant",
    "enfants",
    "kinder",
    "schueler",
    "niño",
    "niños",
    "nino",
    "ninos",
    "bambino",
    "bambini",
    "kinderen",
    "dziecko",
    "dzieci",
];

fn names_children(name: &str) -> bool {
    let mut word = String::new();
    let mut before_was_lower = false;
    // Words end at signs and before capitals: `childName`, `child_name`, `CHILD-NAME`.
    for letter in name.chars().chain(['_']) {
        let begins = letter.is_uppercase() && before_was_lower;
        if begins || !letter.is_alphanumeric() {
            if WORDS.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        before_was_lower = letter.is_lowercase();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_children_from_sorts_and_versions() {
        for name in ["children", "childName", "CHILD_DOB", "public.pupils", "legal-guardian-email", "niños"] {
            assert!(names_children(name), "{name}");
        }
        for name in ["kind", "minor_version", "childhood_friends", "customers", "childproof", "kidney_function"] {
            assert!(!names_children(name), "{name}");
        }
    }
}
