//! Columns that are emptied or made up while their rows stay.

use std::collections::BTreeMap;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Amend;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use futures::StreamExt;

use crate::closure::KeptReason;
use crate::dialect;
use crate::error::RetainError;
use crate::plan::Mask;
use crate::plan::PlannedChange;
use crate::plan::Replacement;
use crate::planner::BoundRule;
use crate::planner::Found;
use crate::planner::PlanInput;
use crate::rows_file::Together;
use crate::steps::CHUNK_ROWS;
use crate::steps::Draft;
use crate::steps::DraftChunk;
use crate::steps::DraftStep;

/// Adds the steps of rules that cover columns. A row for which several rules are due gets all of it in
/// one statement: the second would find the row changed by the first. What is NULL stays NULL: rows are put
/// together by which of their columns are.
pub(crate) async fn add(
    draft: &mut Draft,
    found: &Found,
    source: &dyn Amend,
    input: &PlanInput<'_>,
) -> Result<(), RetainError> {
    let mut by_table: BTreeMap<&str, Vec<(usize, &BoundRule)>> = BTreeMap::new();
    for (bound, rule) in input.rules.iter().enumerate().filter(|(_, rule)| !rule.columns.is_empty()) {
        by_table.entry(rule.table.as_str()).or_default().push((bound, rule));
    }
    for (name, rules) in by_table {
        let Some(number) = input.catalogue.tables.iter().position(|table| table.name == name) else { continue };
        let table = &input.catalogue.tables[number];
        let held = input.holds.condition(input.catalogue, input.references, table);
        let open = |rule: &BoundRule| not_done(rule, input);
        if table.identity == RowIdentity::None {
            for (_, rule) in &rules {
                let rows = source.count(table, &open(rule)).await?;
                if rows > 0 {
                    *draft.kept.entry((number as u16, rule.rule, KeptReason::NoKey)).or_default() += rows;
                }
            }
            continue;
        }
        let mut selection = Selection::new(table, Sql::any(rules.iter().map(|(_, rule)| open(rule)))).flag(held);
        for (_, rule) in &rules {
            selection = selection.flag(open(rule));
        }
        let columns = distinct(rules.iter().map(|(_, rule)| *rule));
        for replacement in &columns {
            let column = dialect::identifier(input.catalogue.kind, &replacement.column);
            selection = selection.flag(Sql::from_trusted(format!("{ALIAS}.{column} IS NOT NULL")));
        }
        let mut by_rules: BTreeMap<(Vec<usize>, Vec<bool>), Rows> = BTreeMap::new();
        let mut chunks = source.select(&selection).await?;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            for at in 0..chunk.rows.len() {
                let due: Vec<usize> = (0..rules.len()).filter(|rule| chunk.flags[rule + 1][at]).collect();
                let Some(first) = due.first() else { continue };
                let node = found.closure.find(number as u16, &chunk.rows, at);
                if node.is_some_and(|node| found.closure.goes(node)) {
                    continue;
                }
                if chunk.flags[0][at] {
                    let key = (number as u16, rules[*first].1.rule, KeptReason::Hold);
                    *draft.kept.entry(key).or_default() += 1;
                    continue;
                }
                let filled = (0..columns.len()).map(|column| chunk.flags[1 + rules.len() + column][at]).collect();
                by_rules.entry((due, filled)).or_default().push(&chunk.rows, at);
            }
        }
        for ((due, filled), rows) in by_rules {
            let is_filled = |replacement: &Replacement| {
                columns.iter().zip(&filled).any(|(known, filled)| *filled && known.column == replacement.column)
            };
            let mut columns = distinct(due.iter().map(|rule| rules[*rule].1));
            columns.retain(is_filled);
            let conditions = due.iter().map(|rule| format!("({})", rules[*rule].1.due.as_str()));
            draft.steps.push(DraftStep {
                table: number as u16,
                rule: rules[due[0]].1.rule,
                action: rules[due[0]].1.action.as_str(),
                change: PlannedChange::Rewrite { columns },
                condition: Sql::from_trusted(conditions.collect::<Vec<_>>().join(" AND ")),
                because_of: None,
                archive: None,
                basis: None,
                at_once: None,
                rows: rows.len() as u64,
            });
            let step = draft.steps.len() - 1;
            for part in rows.sorted_positions().chunks(CHUNK_ROWS) {
                draft.chunks.push(DraftChunk {
                    step,
                    rows: rows.pick(part.iter().copied()),
                    together: Together::Alone,
                    trees: Vec::new(),
                    height: 0,
                });
            }
        }
    }
    Ok(())
}

/// What these rules put into which column; of several the first counts.
fn distinct<'a>(rules: impl Iterator<Item = &'a BoundRule>) -> Vec<Replacement> {
    let mut columns: Vec<Replacement> = Vec::new();
    for replacement in rules.flat_map(|rule| &rule.columns) {
        if !columns.iter().any(|known| known.column == replacement.column) {
            columns.push(replacement.clone());
        }
    }
    columns
}

/// Due, and not emptied or made up already: what the last run did is not done again.
fn not_done(rule: &BoundRule, input: &PlanInput<'_>) -> Sql {
    let kind = input.catalogue.kind;
    let open: Vec<String> = rule
        .columns
        .iter()
        .map(|replacement| {
            let column = format!("{ALIAS}.{}", dialect::identifier(kind, &replacement.column));
            match &replacement.with {
                Mask::Null => format!("{column} IS NOT NULL"),
                Mask::MadeUp { sql_type, check, .. } => {
                    let done = crate::mask::is_made_up(kind, &column, sql_type, check.as_ref());
                    format!("{column} IS NOT NULL AND NOT ({done})")
                }
            }
        })
        .collect();
    Sql::from_trusted(format!("({}) AND ({})", rule.due.as_str(), open.join(" OR ")))
}
