//! After a restore: finds the rows that were erased and are back, and makes a plan that takes them out again.
//!
//! The keys of a table stream by, column by column; of each the HMAC is looked up in the ledger. Rows with
//! such a key are fetched, some hundred at a time, and compared by their identity values: a key that the
//! engine gave to somebody else is left alone and counted. The plan goes the way of every other: approved,
//! applied through the gate, holds inside each statement, verified.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::Edge;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Guard;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::Through;
use dataward_connect::amend::stored;
use dataward_model::SourceId;
use futures::StreamExt;

use crate::dialect;
use crate::error::RetainError;
use crate::gather::fetch;
use crate::ledger::Ledger;
use crate::ledger::Same;
use crate::named_files::FileLink;
use crate::named_files::names_of;
use crate::order::Graph;
use crate::plan::Mask;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::plan::PlannedRule;
use crate::plan::PlannedSource;
use crate::plan::Replacement;
use crate::plan::Step;
use crate::plan::bytes_of;
use crate::rows_file::RowsWriter;
use crate::rows_file::Together;

/// Rows looked at more closely at a time.
const CHUNK: usize = 500;

/// Rows of one source that are back.
#[derive(Clone, Debug, Default)]
pub struct Back {
    /// By table.
    pub tables: BTreeMap<String, BackInTable>,
    /// Tables of the ledger that are not there any more.
    pub missing: Vec<String>,
    /// Rows that refer to some that are back and lose that before those go again, as the engine has it (`ON DELETE SET
    /// NULL`).
    pub unlinks: Vec<Unlink>,
}

/// Rows of one table that lose references to rows that are back.
#[derive(Clone, Debug, Default)]
pub struct Unlink {
    /// Their table.
    pub table: String,
    /// What they refer to.
    pub parent: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Rows,
}

/// Rows of one table that are back.
#[derive(Clone, Debug, Default)]
pub struct BackInTable {
    /// The rows, by the group of the ledger that they belong to.
    pub rows: BTreeMap<usize, Rows>,
    /// Rows with the key of an erased one that are somebody else.
    pub key_only: u64,
}

impl Back {
    /// How many rows are back.
    pub fn count(&self) -> u64 {
        self.tables.values().flat_map(|table| table.rows.values()).map(|rows| rows.len() as u64).sum()
    }
}

/// Finds the rows that are back. Reads only.
///
/// # Errors
/// When the source can't be read.
pub async fn find(source: &dyn Amend, catalogue: &Catalogue, ledger: &Ledger) -> Result<Back, RetainError> {
    let mut back = Back::default();
    for name in ledger.tables() {
        let Some(table) = catalogue.table(name) else {
            back.missing.push(name.to_owned());
            continue;
        };
        if table.identity == RowIdentity::None {
            continue;
        }
        let mut found = BackInTable::default();
        let mut waiting = Rows::default();
        let mut chunks = source.select(&Selection::new(table, Sql::always())).await?;
        while let Some(chunk) = chunks.next().await {
            let rows = chunk?.rows;
            let known =
                (0..rows.len()).filter(|at| ledger.has_key(name, &stored::lasting_key(source.kind(), &rows, *at)));
            let known = rows.pick(known.collect::<Vec<_>>());
            if !known.is_empty() {
                waiting.append(&known);
            }
            if waiting.len() >= CHUNK {
                compare(source, table, ledger, &std::mem::take(&mut waiting), &mut found).await?;
            }
        }
        compare(source, table, ledger, &waiting, &mut found).await?;
        back.tables.insert(name.to_owned(), found);
    }
    back.unlinks = unlinks(source, catalogue, ledger, &back).await?;
    Ok(back)
}

/// What refers to rows that are back and is none of them. A row loses all of its references at once: after the first it
/// would not be the row any more that was found.
async fn unlinks(
    source: &dyn Amend,
    catalogue: &Catalogue,
    ledger: &Ledger,
    back: &Back,
) -> Result<Vec<Unlink>, RetainError> {
    let going = |name: &str| -> Vec<&Rows> {
        let found = back.tables.get(name).into_iter().flat_map(|found| &found.rows);
        found
            .filter(|(group, _)| ledger.group(name, **group).is_some_and(|erased| erased.rewrite.is_none()))
            .map(|(_, rows)| rows)
            .collect()
    };
    type Losing = (Rows, BTreeSet<String>, String);
    let mut losing: BTreeMap<(String, Vec<u8>), Losing> = BTreeMap::new();
    for key in catalogue.foreign_keys.iter().filter(|key| key.on_delete == OnDelete::SetNull && key.nullable) {
        let (Some(child), Some(parent)) = (catalogue.table(&key.child), catalogue.table(&key.parent)) else { continue };
        let themselves: HashSet<Vec<u8>> =
            going(&child.name).iter().flat_map(|rows| (0..rows.len()).map(|at| rows.key_bytes(at))).collect();
        for parents in going(&parent.name).into_iter().flat_map(|rows| rows.parts(ROWS_A_RECORD)) {
            let mut selection = Selection::new(child, Sql::always());
            let edge = Edge { key: key.clone(), parent: parent.clone() };
            selection.through = Some(Through { edge, parents });
            let mut chunks = source.select(&selection).await?;
            while let Some(chunk) = chunks.next().await {
                let rows = chunk?.rows;
                for at in (0..rows.len()).filter(|at| !themselves.contains(&rows.key_bytes(*at))) {
                    let row = losing.entry((child.name.clone(), rows.key_bytes(at)));
                    let row = row.or_insert_with(|| (rows.pick([at]), BTreeSet::new(), parent.name.clone()));
                    row.1.extend(key.emptied().iter().cloned());
                }
            }
        }
    }
    let mut found: BTreeMap<(String, BTreeSet<String>, String), Rows> = BTreeMap::new();
    for ((table, _), (row, columns, parent)) in losing {
        found.entry((table, columns, parent)).or_default().append(&row);
    }
    let unlinks = found.into_iter();
    Ok(unlinks
        .map(|((table, columns, parent), rows)| Unlink { table, parent, columns: columns.into_iter().collect(), rows })
        .collect())
}

async fn compare(
    source: &dyn Amend,
    table: &TableFacts,
    ledger: &Ledger,
    rows: &Rows,
    found: &mut BackInTable,
) -> Result<(), RetainError> {
    for part in rows.parts(CHUNK) {
        let mut same: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, texts) in fetch(source, table, &part).await? {
            let identity: Vec<Option<Cow<'_, str>>> =
                ledger.columns(&table.name).iter().map(|column| texts.value(column)).collect();
            let identity: Vec<Option<&str>> = identity.iter().map(Option::as_deref).collect();
            match ledger.same(&table.name, &stored::lasting_key(source.kind(), &part, at), &identity) {
                Some(Same::Erased(group)) => same.entry(group).or_default().push(at),
                Some(Same::KeyOnly) => found.key_only += 1,
                None => {}
            }
        }
        for (group, positions) in same {
            found.rows.entry(group).or_default().append(&part.pick(positions));
        }
    }
    Ok(())
}

/// Adds steps to `plan` that take the rows out again, children before their parents; the rows go sealed
/// into `writer`. Rows wait for the files that they name by `links`.
///
/// # Errors
/// When they can't be written.
pub fn add_to_plan(
    plan: &mut Plan,
    id: &SourceId,
    catalogue: &Catalogue,
    (back, ledger): (&Back, &Ledger),
    links: &[FileLink],
    writer: &mut RowsWriter,
) -> Result<(), RetainError> {
    plan.sources.insert(id.clone(), PlannedSource { kind: catalogue.kind, product: catalogue.product.clone() });
    for unlink in &back.unlinks {
        let Some(table) = catalogue.table(&unlink.table) else { continue };
        let columns = unlink.columns.iter();
        let columns = columns.map(|column| Replacement { column: column.clone(), with: Mask::Null }).collect();
        let number = plan.steps.len();
        let rule = rule(plan, "references to what was erased", &unlink.table);
        plan.steps.push(Step {
            source: id.clone(),
            table: table.clone(),
            rule,
            action: "unlink".to_owned(),
            change: PlannedChange::Rewrite { columns },
            condition: Sql::always(),
            rows: unlink.rows.len() as u64,
            order: number as u64 + 1,
            because_of: Some(unlink.parent.clone()),
            archive: None,
            basis: None,
            names: Vec::new(),
            named_by: Vec::new(),
            bytes: None,
            at_once: None,
        });
        for part in unlink.rows.parts(ROWS_A_RECORD) {
            writer.push(number, Together::Alone, &part)?;
        }
    }
    for name in children_first(catalogue) {
        let (Some(found), Some(table)) = (back.tables.get(name), catalogue.table(name)) else { continue };
        for (group, rows) in &found.rows {
            let Some(erased) = ledger.group(name, *group) else { continue };
            let rule = rule(plan, &erased.rule, name);
            let change = match &erased.rewrite {
                Some(columns) => PlannedChange::Rewrite { columns: columns.clone() },
                None => PlannedChange::Erase { guards: guards(catalogue, &table.name) },
            };
            let number = plan.steps.len();
            let names = names_of(links, (id, name), &change);
            plan.steps.push(Step {
                source: id.clone(),
                table: table.clone(),
                rule,
                // What went into an archive is there still.
                action: if erased.action == "archive" { "erase".to_owned() } else { erased.action.clone() },
                change,
                // The row's own version says whether it is still the one that was found.
                condition: Sql::always(),
                rows: rows.len() as u64,
                order: number as u64 + 1,
                because_of: None,
                archive: None,
                basis: None,
                names,
                named_by: Vec::new(),
                bytes: bytes_of(catalogue, rows),
                at_once: None,
            });
            for part in rows.parts(ROWS_A_RECORD) {
                writer.push(number, Together::Alone, &part)?;
            }
        }
    }
    Ok(())
}

/// What the names of rules begin with in a plan that takes rows out again.
pub const ERASED_BEFORE: &str = "erased before: ";

/// Rows in one record of the sealed file.
const ROWS_A_RECORD: usize = 5_000;

fn rule(plan: &mut Plan, name: &str, table: &str) -> usize {
    let name = format!("{ERASED_BEFORE}{}", name.strip_prefix(ERASED_BEFORE).unwrap_or(name));
    if let Some(at) = plan.rules.iter().position(|rule| rule.name == name) {
        return at;
    }
    plan.rules.push(PlannedRule {
        name,
        what: table.to_owned(),
        keep: "nothing: erased before the restore".to_owned(),
        from: "the erasure ledger".to_owned(),
        then: "erase".to_owned(),
        notify_hours: None,
    });
    plan.rules.len() - 1
}

/// The tables' names, children before their parents.
fn children_first(catalogue: &Catalogue) -> Vec<&str> {
    let number = |name: &str| catalogue.tables.iter().position(|table| table.name == name).map(|at| at as u32);
    let arrow = |key: &ForeignKey| Some((number(&key.parent)?, number(&key.child)?));
    let arrows: Vec<(u32, u32)> = catalogue.foreign_keys.iter().filter_map(arrow).collect();
    let order = Graph::new(catalogue.tables.len(), &arrows).components();
    order.into_iter().flatten().map(|at| catalogue.tables[at as usize].name.as_str()).collect()
}

/// Rows that the engine would take along by itself, and that are none of the ledger's.
fn guards(catalogue: &Catalogue, name: &str) -> Vec<Guard> {
    let dangerous = |key: &&ForeignKey| key.parent == name && key.child != name && key.on_delete != OnDelete::Refuse;
    let guard = |key: &ForeignKey| {
        let child = catalogue.table(&key.child)?;
        let alias = dataward_connect::amend::ALIAS;
        let on = dialect::join(catalogue.kind, "dataward_c", &key.child_columns, alias, &key.parent_columns);
        let referenced = Sql::from_trusted(format!("EXISTS (SELECT 1 FROM {} AS dataward_c WHERE {on})", child.sql));
        Some(Guard { referenced, engine_changes: Some(child.name_sql().to_owned()) })
    };
    catalogue.foreign_keys.iter().filter(dangerous).filter_map(guard).collect()
}
