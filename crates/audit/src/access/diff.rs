//! What changed between two answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::access::entry::EntryGroup;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::model::AccessModel;
use crate::access::model::Scope;

/// An answer without its paths: what the next one is compared with. Kept in the state, so small: the
/// columns of a table that somebody can do the same to are one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessSnapshot(Vec<Line>);

/// Principal, object, reach, rights, whether all rows, columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line(String, String, Reach, String, bool, Vec<String>);

/// What somebody can do to a column now and could not before, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccessChange {
    /// The account or role.
    pub principal: String,
    /// The table, view or file.
    pub object: String,
    /// The column.
    pub column: String,
    /// In which way.
    pub reach: Reach,
    /// What it could do; none: nothing.
    pub before: Option<Reached>,
    /// What it can do; none: nothing.
    pub after: Option<Reached>,
    /// What of it no way at least as strong gave before: an answer names a weaker way only for what the stronger
    /// ones do not give, so that one comes to light when a stronger one is taken away.
    pub came: Privileges,
}

/// What can be done, and to how many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// The rights.
    pub privileges: Privileges,
    /// Whether they reach every row.
    pub all_rows: bool,
}

/// One line of an answer: what somebody can do to some columns.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotLine<'a> {
    /// The account or role.
    pub principal: &'a str,
    /// The table, view or file.
    pub object: &'a str,
    /// Whether it can read.
    pub may_read: bool,
    /// Whether it can change or add.
    pub may_change: bool,
    /// The columns.
    pub columns: &'a [String],
}

impl AccessSnapshot {
    /// Its lines, in the order of the model.
    pub fn lines(&self) -> impl Iterator<Item = SnapshotLine<'_>> {
        self.0.iter().map(|Line(principal, object, _, rights, _, columns)| SnapshotLine {
            principal,
            object,
            may_read: rights.contains("select"),
            may_change: rights.contains("insert") || rights.contains("update"),
            columns,
        })
    }

    /// The answer of a model for every column in `scope`.
    pub fn of(model: &dyn AccessModel, scope: &Scope) -> Self {
        let mut snapshot = Self::default();
        let scope = Scope { without_paths: true, ..scope.clone() };
        model.visit(&scope, &mut |group| snapshot.push(group));
        snapshot
    }

    /// Adds entries.
    pub fn push(&mut self, group: &EntryGroup<'_>) {
        self.0.push(Line(
            group.principal.to_owned(),
            group.object.to_owned(),
            group.reach,
            group.privileges.words().collect::<Vec<_>>().join(" "),
            group.rows.conditions().is_empty(),
            group.columns.iter().map(|(column, _)| (*column).to_owned()).collect(),
        ));
    }

    fn cells(&self) -> BTreeMap<(&str, &str, &str, Reach), Reached> {
        let mut cells = BTreeMap::new();
        for Line(principal, object, reach, privileges, all_rows, columns) in &self.0 {
            let privileges = Privileges::from_words(privileges.split(' '));
            for column in columns {
                let key = (principal.as_str(), object.as_str(), column.as_str(), *reach);
                cells.insert(key, Reached { privileges, all_rows: *all_rows });
            }
        }
        cells
    }
}

/// What changed from `before` to `after`, in the order of principal, object, column and reach.
pub fn compare(before: &AccessSnapshot, after: &AccessSnapshot) -> Vec<AccessChange> {
    let (old, new) = (before.cells(), after.cells());
    let had = |(principal, object, column, reach): &(&str, &str, &str, Reach), all_rows: bool| {
        let ways = old.range((*principal, *object, *column, Reach::Direct)..=(*principal, *object, *column, *reach));
        let ways = ways.filter(|(_, reached)| reached.all_rows || !all_rows);
        ways.fold(Privileges::NONE, |all, (_, reached)| all.with(reached.privileges))
    };
    let change = |key: &(&str, &str, &str, Reach), before: Option<Reached>, after: Option<Reached>| AccessChange {
        principal: key.0.to_owned(),
        object: key.1.to_owned(),
        column: key.2.to_owned(),
        reach: key.3,
        before,
        after,
        came: after.map_or(Privileges::NONE, |after| after.privileges.without(had(key, after.all_rows))),
    };
    let mut changes: Vec<AccessChange> = new
        .iter()
        .filter(|(key, reached)| old.get(*key) != Some(reached))
        .map(|(key, reached)| change(key, old.get(key).copied(), Some(*reached)))
        .collect();
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    changes.extend(gone.map(|(key, reached)| change(key, Some(*reached), None)));
    changes.sort();
    changes
}

/// Of changes to an answer from which something was hidden: what was added. What is gone may only be hidden.
pub fn added(changes: Vec<AccessChange>) -> Vec<AccessChange> {
    let added = changes.into_iter().filter(|change| !change.came.is_none()).filter_map(|change| {
        let after = change.after?;
        let Some(before) = change.before else { return Some(change) };
        let both = Reached {
            privileges: before.privileges.with(after.privileges),
            all_rows: before.all_rows || after.all_rows,
        };
        (both != before).then_some(AccessChange { after: Some(both), ..change })
    });
    added.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(lines: &[(Reach, &str, bool)]) -> AccessSnapshot {
        let line = |(reach, rights, all): &(Reach, &str, bool)| {
            Line("ada".to_owned(), "shop".to_owned(), *reach, (*rights).to_owned(), *all, vec!["email".to_owned()])
        };
        AccessSnapshot(lines.iter().map(line).collect())
    }

    #[test]
    fn a_weaker_way_that_comes_to_light_is_no_widening() {
        const DIRECT: Reach = Reach::Direct;
        const ROLE: Reach = Reach::SetRole;
        let cases = [
            // The direct right is gone, and the role gave the same all along.
            (vec![(DIRECT, "select", true)], vec![(ROLE, "select", true)], ""),
            (vec![(DIRECT, "select update", true)], vec![(DIRECT, "update", true), (ROLE, "select", true)], ""),
            // What was not there by any way as strong.
            (vec![(ROLE, "select", true)], vec![(DIRECT, "select", true)], "select"),
            (vec![(DIRECT, "select", true)], vec![(ROLE, "select update", true)], "update"),
            (vec![(DIRECT, "select", false)], vec![(ROLE, "select", true)], "select"),
            (vec![(DIRECT, "select", true)], vec![(Reach::Definer, "select", false)], ""),
            (vec![], vec![(ROLE, "select", true)], "select"),
        ];
        for (before, after, came) in cases {
            let changes = compare(&answer(&before), &answer(&after));
            let all = changes.iter().fold(Privileges::NONE, |all, change| all.with(change.came));
            assert_eq!(all.to_string(), came, "{before:?} {after:?}");
            assert_eq!(added(changes).is_empty(), came.is_empty(), "{before:?} {after:?}");
        }
    }
}
