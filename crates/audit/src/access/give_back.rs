//! What a statement that takes rights away takes beside what it should, and the statements that give it back.
//!
//! A right on a table or a database is taken away as a whole. Where the policy gives one column of it, or speaks of
//! others not at all, that part is granted again, column by column or table by table.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::access::Path;
use crate::access::entry::EntryGroup;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::intent::Intent;
use crate::access::model::AccessModel;
use crate::access::model::RightsOn;
use crate::access::model::Scope;

/// What accounts can do as themselves today, with every way to it.
#[derive(Debug)]
pub struct GiveBack<'a> {
    model: &'a dyn AccessModel,
    held: Vec<Held>,
}

/// Columns of one object that an account reaches by the same ways.
#[derive(Debug)]
struct Held {
    principal: String,
    object: String,
    /// Each with what of it the policy keeps from the account, and whether the policy gives it by name.
    columns: Vec<(String, Privileges, bool)>,
    privileges: Privileges,
    paths: Vec<Path>,
}

impl<'a> GiveBack<'a> {
    /// Looks at all that `principal` can do, or at what every account can do where none is named.
    pub fn new(model: &'a dyn AccessModel, scope: &Scope, intent: &Intent, principal: Option<&str>) -> Self {
        let everything = Scope {
            categories: scope.categories.clone(),
            all_columns: true,
            principal: principal.map(str::to_owned),
            ..Scope::default()
        };
        let mut held = Vec::new();
        model.visit(&everything, &mut |group| {
            if group.login && group.reach != Reach::Definer {
                held.push(Held::new(group, intent));
            }
        });
        Self { model, held }
    }

    /// The statements that give back what `taken` takes and the policy does not want taken.
    pub fn statements(&self, taken: &BTreeSet<&str>) -> Vec<String> {
        let mut tables: BTreeMap<(&str, &str), Vec<&Held>> = BTreeMap::new();
        for held in &self.held {
            tables.entry((&held.principal, &held.object)).or_default().push(held);
        }
        let mut statements: Vec<String> = Vec::new();
        for ((principal, object), held) in tables {
            let rights = rights_to_give(&held, taken);
            if !rights.is_empty() {
                let new = self.model.grants(principal, object, &rights, taken);
                // What a schema needs is said with its first table.
                let new: Vec<String> = new.into_iter().filter(|one| !statements.contains(one)).collect();
                statements.extend(new);
            }
        }
        statements
    }
}

/// Of one account and object: each right with the columns on which it goes back; none named: on all of it.
fn rights_to_give<'h>(held: &[&'h Held], taken: &BTreeSet<&str>) -> Vec<(Privileges, Vec<&'h str>)> {
    let mut rights = Vec::new();
    for (privilege, _) in Privileges::EACH {
        let mut columns: Vec<&str> = Vec::new();
        let mut whole = true;
        for one in held.iter().filter(|one| one.privileges.has(privilege)) {
            for (column, refused, by_name) in &one.columns {
                let Some(loss) = one.loss(privilege, column, taken) else { continue };
                if refused.has(privilege) {
                    whole = false;
                } else if *by_name || loss != Loss::OfEverybody {
                    columns.push(column);
                    whole &= loss == Loss::AllColumns;
                }
            }
        }
        if !columns.is_empty() {
            rights.push((privilege, if whole { Vec::new() } else { columns }));
        }
    }
    rights
}

/// What a right on a column was lost with, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    /// What everybody had: not every account needs it.
    OfEverybody,
    /// A right on some columns alone.
    OfColumns,
    /// A right on the object, or on more.
    AllColumns,
}

impl Held {
    fn new(group: &EntryGroup<'_>, intent: &Intent) -> Self {
        let column = |(name, category): &(&str, Option<&dataward_model::Category>)| {
            let refused = category
                .map_or(Privileges::NONE, |category| intent.refused(group.principal, category, group.privileges));
            let by_name = category.is_some_and(|category| intent.speaks_of(category));
            ((*name).to_owned(), refused, by_name)
        };
        Self {
            principal: group.principal.to_owned(),
            object: group.object.to_owned(),
            columns: group.columns.iter().map(column).collect(),
            privileges: group.privileges,
            paths: group.paths.to_vec(),
        }
    }

    /// How `privilege` on `column` is lost once `taken` has run; none where a way to it stays.
    fn loss(&self, privilege: Privileges, column: &str, taken: &BTreeSet<&str>) -> Option<Loss> {
        let mut loss = None;
        for path in &self.paths {
            let revoke = path.revoke.as_deref()?;
            let way = Statement::of(revoke);
            // What a role brings stands in the way's text.
            let words = way.words.or_else(|| granted(&path.text));
            if words.is_some_and(|words| !gives(words, privilege, column)) {
                continue;
            }
            // Whoever reads the rows of a part through the whole gets the whole back.
            if path.text.contains(", which holds the rows of ") {
                continue;
            }
            let closed = taken.iter().any(|one| {
                let one = Statement::of(one);
                match (one.words, way.words) {
                    (Some(words), Some(_)) => one.rest == way.rest && gives(words, privilege, column),
                    _ => one.text == way.text,
                }
            });
            if !closed {
                return None;
            }
            let everybody = path.text.strip_prefix(&self.principal).is_some_and(|rest| rest.starts_with(" <- PUBLIC"));
            loss = loss.max(Some(match words {
                _ if everybody => Loss::OfEverybody,
                Some(words) if is_of_columns(words) => Loss::OfColumns,
                _ => Loss::AllColumns,
            }));
        }
        loss
    }
}

/// A statement of ours, taken apart: `REVOKE words ON thing FROM whom`.
struct Statement<'s> {
    text: &'s str,
    /// What is revoked; none where it is no right on a thing (a role, SUPERUSER) or more than one statement.
    words: Option<&'s str>,
    /// Where, and from whom.
    rest: &'s str,
}

impl<'s> Statement<'s> {
    fn of(text: &'s str) -> Self {
        let parts = text.strip_prefix("REVOKE ").and_then(|words| words.split_once(" ON "));
        match parts {
            Some((words, rest)) if !words.starts_with("GRANT OPTION") => Self { text, words: Some(words), rest },
            _ => Self { text, words: None, rest: "" },
        }
    }
}

/// `SELECT (id)` of a way such as `ada <- readers: GRANT SELECT (id) ON shop.orders`.
fn granted(text: &str) -> Option<&str> {
    Some(text.split_once(": GRANT ")?.1.split_once(" ON ")?.0)
}

/// Whether words such as `SELECT (id, email), UPDATE` give a right on a column.
fn gives(words: &str, privilege: Privileges, column: &str) -> bool {
    let Some(name) = privilege.words().next() else { return false };
    let Some(at) = words.find(&name.to_uppercase()) else { return false };
    let behind = words[at + name.len()..].trim_start();
    if !behind.starts_with('(') {
        return true;
    }
    // Names may hold brackets and commas: a name is looked for with what must stand around it.
    let end = behind.find("), ").unwrap_or(behind.len().saturating_sub(1));
    let listed = behind.get(1..end).unwrap_or_default();
    listed.split(", ").any(|one| one.trim_matches(['"', '`']) == column.replace('"', "\"\"").replace('`', "``"))
}

fn is_of_columns(words: &str) -> bool {
    words.contains('(')
}

/// `SELECT (id, email), UPDATE`: each right with its columns, or without any for all of them.
pub(super) fn rights_in_words(rights: &RightsOn<'_>, ident: impl Fn(&str) -> String) -> String {
    let one = |(privileges, columns): &(Privileges, Vec<&str>)| {
        let columns: Vec<String> = columns.iter().map(|column| ident(column)).collect();
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        let words: Vec<String> = privileges.words().map(|word| format!("{}{columns}", word.to_uppercase())).collect();
        words.join(", ")
    };
    rights.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_statement_say_which_columns_they_are_about() {
        let words = "SELECT (id, \"E-Mail\"), UPDATE";
        assert!(gives(words, Privileges::SELECT, "id") && gives(words, Privileges::SELECT, "E-Mail"));
        assert!(!gives(words, Privileges::SELECT, "name") && gives(words, Privileges::UPDATE, "name"));
        assert!(!gives(words, Privileges::INSERT, "id"));
        assert!(gives("SELECT, INSERT", Privileges::INSERT, "any"));
        let statement = Statement::of("REVOKE SELECT (`a b`) ON `shop`.`t` FROM 'app'@'%';");
        assert_eq!((statement.words, statement.rest), (Some("SELECT (`a b`)"), "`shop`.`t` FROM 'app'@'%';"));
        assert!(Statement::of("REVOKE readers FROM ada;").words.is_none());
        assert_eq!(granted("ada <- readers: GRANT SELECT (id) ON shop.orders"), Some("SELECT (id)"));
        assert_eq!(granted("ada: SUPERUSER"), None);
    }
}
