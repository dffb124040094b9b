//! Partitions that go as a whole: dropping one costs the engine next to nothing, whatever is in it.
//!
//! Only where the rule says so of the whole range: a row that lay at its very end would be due too, so nothing
//! that comes later could belong there and stay. And only where each row in it goes by itself, nothing refers to
//! the table, and no trigger wants to see the rows go.

use dataward_connect::amend::Amend;
use dataward_connect::amend::Partition;
use dataward_connect::amend::Partitioning;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_model::SourceKind;
use futures::StreamExt;

use crate::closure::Node;
use crate::dialect;
use crate::error::RetainError;
use crate::planner::BoundRule;
use crate::planner::Found;
use crate::planner::PlanInput;

/// Rows of the largest partition that goes as a whole: its keys are sent to the server in one piece.
const MOST_ROWS: u64 = 5_000_000;

/// A partition in which nothing stays.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) table: u16,
    /// The position among the bound rules.
    pub(crate) bound: usize,
    /// True of every row in it.
    pub(crate) due: Sql,
    /// As it stands in SQL.
    pub(crate) partition: String,
    pub(crate) nodes: Vec<Node>,
}

/// The partitions of the source in which nothing stays.
pub(crate) async fn find(source: &dyn Amend, found: &Found, input: &PlanInput<'_>) -> Result<Vec<Whole>, RetainError> {
    let mut whole = Vec::new();
    if input.catalogue.kind != SourceKind::Postgresql {
        return Ok(whole);
    }
    for (number, table) in input.catalogue.tables.iter().enumerate() {
        let Some(partitioning) = partitioning(table, input) else { continue };
        let rules = input.rules.iter().enumerate().filter(|(_, rule)| rule.table == table.name);
        let rules: Vec<(usize, &BoundRule)> =
            rules.filter(|(_, rule)| rule.columns.is_empty() && rule.archive.is_none()).collect();
        for partition in partitioning.partitions.iter().filter(|partition| partition.alone) {
            for (bound, rule) in &rules {
                if ends_due(source, table, partitioning, partition, rule).await?
                    && let Some(nodes) = all_go(source, found, (number as u16, table), partition).await?
                {
                    let (table, due, partition) = (number as u16, rule.due.clone(), partition.sql.clone());
                    whole.push(Whole { table, bound: *bound, due, partition, nodes });
                    break;
                }
            }
        }
    }
    Ok(whole)
}

/// The partitioning of a table from which partitions may be dropped at all.
fn partitioning<'a>(table: &'a TableFacts, input: &PlanInput<'_>) -> Option<&'a Partitioning> {
    let quiet = table.triggers.is_empty() && table.rules.is_empty() && !table.row_security;
    let alone = input.references.iter().all(|key| key.parent != table.name);
    let partitioning = table.partitioning.as_ref()?;
    (quiet && alone && partitioning.by_range && partitioning.columns.len() == 1).then_some(partitioning)
}

/// Whether a row at the end of the partition's range, of which nothing else is known, would be due.
async fn ends_due(
    source: &dyn Amend,
    table: &TableFacts,
    partitioning: &Partitioning,
    partition: &Partition,
    rule: &BoundRule,
) -> Result<bool, RetainError> {
    let Some(end) = &partition.end else { return Ok(false) };
    let column = |column: &dataward_connect::amend::ColumnFacts| {
        let value = if partitioning.columns.contains(&column.name) { end.as_str() } else { "NULL" };
        let name = dialect::identifier(SourceKind::Postgresql, &column.name);
        format!("CAST({value} AS {}) AS {name}", column.sql_type)
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let last = TableFacts { sql: format!("(SELECT {})", columns.join(", ")), ..table.clone() };
    Ok(source.count(&last, &rule.due).await? == 1)
}

/// The rows of a partition when all of them go, and there is one.
async fn all_go(
    source: &dyn Amend,
    found: &Found,
    (number, table): (u16, &TableFacts),
    partition: &Partition,
) -> Result<Option<Vec<Node>>, RetainError> {
    let part = TableFacts { sql: partition.sql.clone(), ..table.clone() };
    let mut nodes = Vec::new();
    let mut chunks = source.select(&Selection::new(&part, Sql::always())).await?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        for at in 0..chunk.rows.len() {
            let node = found.closure.find(number, &chunk.rows, at);
            match node.filter(|node| found.closure.goes(*node) && found.closure.due[*node as usize]) {
                Some(node) if (nodes.len() as u64) < MOST_ROWS => nodes.push(node),
                _ => return Ok(None),
            }
        }
    }
    Ok((!nodes.is_empty()).then_some(nodes))
}
