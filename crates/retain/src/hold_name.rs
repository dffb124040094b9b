//! Names of a person who is held: written whole, in parts, in any order, within longer ones, and in the names of files.
//! Rather one row or file too many is held than one too few.

use std::collections::BTreeMap;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::has_no_blanks;
use dataward_connect::amend::stored::spellings;
use dataward_connect::amend::stored::weight;
use dataward_connect::amend::stored::words;
use dataward_model::Category;
use dataward_model::Family;
use dataward_model::SourceKind;
use dataward_store::InventoryEntry;

use crate::dialect;
use crate::hold::CellTest;
use crate::hold::Cover;
use crate::hold::Matching;
use crate::hold_person::Person;

/// Letters and digits from which on a value is looked for within longer words; one of East Asia counts for three.
pub(crate) const WITHIN: usize = 6;

/// Letters from which on a word of a name is looked for within longer texts of a column.
pub(crate) const PART: usize = 3;

/// Whether this is the name of a person or a part of one.
pub(crate) fn is_name(category: &Category) -> bool {
    category.family() == Family::Name
}

/// The rows whose names may be the person's: all words of it in a whole name, its words in the columns of first and last
/// names.
pub(crate) fn covers<'a>(
    entries: impl Iterator<Item = &'a InventoryEntry>,
    person: &Person,
    matter: &str,
) -> Vec<Cover> {
    let parts: Vec<&str> = person.value.split([' ', ',', '\t']).filter(|word| !word.is_empty()).collect();
    let mut by_table: BTreeMap<&str, Columns<'_>> = BTreeMap::new();
    for entry in entries {
        let (Some(table), Some(column)) = (entry.place.table.as_deref(), entry.place.column.as_deref()) else {
            continue;
        };
        let columns = by_table.entry(table).or_default();
        match entry.category().map(|category| category.info().key) {
            Some("user.name.first") => columns.first.push(column),
            Some("user.name.last") => columns.last.push(column),
            Some(_) if entry.category().is_some_and(is_name) => columns.whole.push(column),
            _ if entry.also.iter().any(is_name) => columns.whole.push(column),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (table, columns) in by_table {
        let mut cover = |tests: Vec<CellTest>| {
            let rows = Some(Matching(tests));
            found.push(Cover { matter: matter.to_owned(), table: Some(table.to_owned()), rows });
        };
        for column in &columns.whole {
            cover(parts.iter().map(|part| mentions(column, part)).collect());
        }
        for column in columns.first.iter().chain(&columns.last) {
            cover(vec![CellTest::Is { column: (*column).to_owned(), value: person.value.clone() }]);
        }
        match (columns.first.is_empty(), columns.last.is_empty()) {
            (false, false) if parts.len() > 1 => {
                for (first, last) in pairs(&columns.first, &columns.last) {
                    for (one, other) in pairs(&parts, &parts).filter(|(one, other)| one != other) {
                        cover(vec![mentions(first, one), mentions(last, other)]);
                    }
                }
            }
            // Which of the words is the last name nobody knows.
            _ => {
                for (column, part) in pairs(&columns.first, &parts).chain(pairs(&columns.last, &parts)) {
                    cover(vec![mentions(column, part)]);
                }
            }
        }
    }
    found
}

/// Columns of a table.
#[derive(Default)]
struct Columns<'a> {
    whole: Vec<&'a str>,
    first: Vec<&'a str>,
    last: Vec<&'a str>,
}

fn pairs<'a>(ones: &'a [&'a str], others: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    ones.iter().flat_map(|one| others.iter().map(|other| (*one, *other)))
}

fn mentions(column: &str, part: &str) -> CellTest {
    let (column, value) = (column.to_owned(), part.to_owned());
    if part.chars().count() < PART { CellTest::Is { column, value } } else { CellTest::Mentions { column, value } }
}

/// Files and objects whose path or key speaks of a person. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct InPath(Sql);

impl std::fmt::Debug for InPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl InPath {
    /// Whose path has the value as one or several of its words, however these are parted; of a name all words, in any
    /// order.
    pub(crate) fn of(person: &Person) -> Self {
        let column = format!("{ALIAS}.words");
        let has =
            |text: &str, within: &str| format!("instr({within}, {}) > 0", dialect::literal(SourceKind::Files, text));
        let mut ways = Vec::new();
        for spelling in [person.value.clone()].into_iter().chain(spellings(&person.value)) {
            let words = words(&spelling);
            let parts: Vec<&str> = words.split_whitespace().collect();
            let orders = [parts.concat(), parts.iter().rev().copied().collect::<String>()];
            if parts.is_empty() {
                continue;
            }
            for together in orders.iter().take(if is_name(&person.category) { 2 } else { 1 }) {
                if weight(together) >= WITHIN {
                    ways.push(has(together, &format!("replace({column}, ' ', '')")));
                }
            }
            if is_name(&person.category) {
                let each = parts.iter().map(|word| match has_no_blanks(word) {
                    true => has(word, &column),
                    false => has(&format!(" {word} "), &column),
                });
                ways.push(format!("({})", each.collect::<Vec<_>>().join(" AND ")));
            } else {
                ways.push(has(&words, &column));
            }
        }
        ways.dedup();
        Self(Sql::any(ways.into_iter().map(Sql::from_trusted)))
    }

    pub(crate) fn condition(&self) -> Sql {
        Sql::from_trusted(format!("coalesce(({}), 0)", self.0.as_str()))
    }
}
