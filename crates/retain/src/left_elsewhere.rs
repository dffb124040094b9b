//! Whom `anonymise` leaves in other tables: rows that refer to those that are rewritten, in tables of which no rule
//! speaks. They keep what they say of the person, and the plan should say so.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::Edge;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::amend::Through;
use dataward_model::counted;
use futures::StreamExt;

use crate::error::RetainError;
use crate::make::SourceInput;
use crate::plan::PlannedChange;
use crate::plan::Warning;
use crate::steps::Draft;

/// Parents asked about in one statement.
const PARENTS: usize = 5_000;

/// One warning for each table of which rows are rewritten and to which rows of tables without a rule refer.
pub(crate) async fn warnings(source: &SourceInput<'_>, draft: &Draft) -> Result<Vec<Warning>, RetainError> {
    let mut rewritten: BTreeMap<u16, Rows> = BTreeMap::new();
    for chunk in &draft.chunks {
        let step = &draft.steps[chunk.step];
        if step.action == "anonymise" && matches!(step.change, PlannedChange::Rewrite { .. }) {
            rewritten.entry(step.table).or_default().append(&chunk.rows);
        }
    }
    let changed: BTreeSet<&str> =
        draft.steps.iter().map(|step| source.catalogue.tables[step.table as usize].name.as_str()).collect();
    let mut found = Vec::new();
    for (number, rows) in rewritten {
        let table = &source.catalogue.tables[number as usize];
        let mut everywhere: BTreeSet<usize> = BTreeSet::new();
        let mut by_child: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for key in source.references.iter().filter(|key| key.parent == table.name && key.child != table.name) {
            let has_rule = source.rules.iter().any(|rule| rule.table == key.child) || changed.contains(&*key.child);
            let Some(child) = source.catalogue.table(&key.child).filter(|_| !has_rule) else { continue };
            for first in (0..rows.len()).step_by(PARENTS) {
                let parents = rows.pick(first..rows.len().min(first + PARENTS));
                let mut selection = Selection::new(child, Sql::always());
                let edge = Edge { key: key.clone(), parent: table.clone() };
                selection.through = Some(Through { edge, parents });
                let mut chunks = source.source.select(&selection).await?;
                while let Some(chunk) = chunks.next().await {
                    let people = chunk?.parents.into_iter().map(|at| first + at as usize);
                    by_child.entry(&child.name).or_default().extend(people);
                }
            }
        }
        by_child.retain(|_, people| !people.is_empty());
        by_child.values().for_each(|people| everywhere.extend(people));
        if everywhere.is_empty() {
            continue;
        }
        let children: Vec<String> =
            by_child.iter().map(|(child, people)| format!("{child} ({})", people.len())).collect();
        found.push(Warning {
            source: source.id.clone(),
            table: Some(table.name.clone()),
            kind: "left-elsewhere".to_owned(),
            text: format!(
                "of the {} that are anonymised in {}, {} also stand in {}, for which there is no rule: what is said \
                 of them there stays",
                counted(rows.len() as u64, "row", "rows"),
                table.name,
                everywhere.len(),
                children.join(", ")
            ),
        });
    }
    Ok(found)
}
