//! Which columns of a file or object the inventory knows.

use std::collections::BTreeMap;

use dataward_model::Category;
use dataward_model::unit::is_of_file;

use crate::access::model::Scope;

/// The column that stands for all of a file whose columns nobody has looked at.
pub const WHOLE: &str = "*";

/// The name of a table in a file, and its columns in scope.
pub(super) type Looked<'s> = (&'s str, Vec<(&'s str, Option<&'s Category>)>);

/// What the inventory knows of a file or object: itself, and (unless `is_table`) sheets and members of it
/// (`file.xlsx#sheet`). One that it does not know counts as one column.
pub(super) fn looked_at<'s>(name: &'s str, is_table: bool, scope: &'s Scope) -> Vec<Looked<'s>> {
    let is_of = |other: &str| if is_table { other == name } else { is_of_file(other, name) };
    let known: Vec<(&str, &BTreeMap<String, Category>)> = (scope.categories.range(name.to_owned()..))
        .take_while(|(other, _)| other.starts_with(name))
        .filter(|(other, _)| is_of(other))
        .map(|(other, columns)| (other.as_str(), columns))
        .collect();
    if known.is_empty() {
        let all = scope.covers(None);
        return if all { vec![(name, vec![(WHOLE, None)])] } else { Vec::new() };
    }
    let mut found = Vec::new();
    for (other, columns) in known {
        let columns: Vec<(&str, Option<&Category>)> = (columns.iter())
            .filter(|(_, category)| scope.covers(Some(category)))
            .map(|(column, category)| (column.as_str(), Some(category)))
            .collect();
        if !columns.is_empty() {
            found.push((other, columns));
        }
    }
    found
}
