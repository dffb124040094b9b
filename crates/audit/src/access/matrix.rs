//! Principals by categories: the answer on one screen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_model::Category;
use dataward_model::Family;

use crate::access::entry::EntryGroup;
use crate::access::entry::Reach;
use crate::access::intent::Intent;
use crate::access::model::AccessModel;
use crate::access::model::Scope;

/// Who can read and write which family of categories.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The families that occur, in their order.
    pub families: Vec<Family>,
    /// One row for each principal that can do something.
    pub rows: Vec<MatrixRow>,
}

/// One principal.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// Its name.
    pub principal: String,
    /// Whether it can log in.
    pub login: bool,
    /// By family.
    pub cells: BTreeMap<Family, MatrixCell>,
}

/// What a principal can do to a family, at its widest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixCell {
    /// How it can read, by the easiest way; none when it cannot.
    pub reads: Option<Reach>,
    /// Whether it can read every row of some column.
    pub all_rows: bool,
    /// How it can write; none when it cannot.
    pub writes: Option<Reach>,
    /// Columns that it can do something to.
    pub columns: BTreeSet<(String, String)>,
    /// Categories that it can do something to and that the policy keeps from it.
    pub unwanted: BTreeSet<Category>,
}

impl Matrix {
    /// The matrix of a model; `intent` marks what the policy does not want.
    pub fn of(model: &dyn AccessModel, scope: &Scope, intent: &Intent) -> Self {
        let mut rows: BTreeMap<String, MatrixRow> = BTreeMap::new();
        let scope = Scope { without_paths: true, ..scope.clone() };
        model.visit(&scope, &mut |group| {
            if group.columns.iter().all(|(_, category)| category.is_none()) {
                return;
            }
            let row = rows.entry(group.principal.to_owned()).or_insert_with(|| MatrixRow {
                principal: group.principal.to_owned(),
                login: group.login,
                cells: BTreeMap::new(),
            });
            add(row, group, intent);
        });
        let rows: Vec<MatrixRow> = rows.into_values().collect();
        let families: BTreeSet<Family> = rows.iter().flat_map(|row| row.cells.keys().copied()).collect();
        Self { families: families.into_iter().collect(), rows }
    }
}

fn add(row: &mut MatrixRow, group: &EntryGroup<'_>, intent: &Intent) {
    use crate::access::entry::Privileges;
    let easier = |known: Option<Reach>| Some(known.map_or(group.reach, |known| known.min(group.reach)));
    for (column, category) in group.columns {
        let Some(category) = category else { continue };
        let cell = row.cells.entry(category.family()).or_default();
        if group.privileges.has(Privileges::SELECT) {
            cell.reads = easier(cell.reads);
            cell.all_rows |= group.rows.conditions().is_empty();
        }
        if group.privileges.writes() {
            cell.writes = easier(cell.writes);
        }
        cell.columns.insert((group.object.to_owned(), (*column).to_owned()));
        if intent.refuses(group.principal, category, group.privileges) {
            cell.unwanted.insert((*category).clone());
        }
    }
}
