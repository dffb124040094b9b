//! References that lead nowhere: declared ones, and those that nobody declared but nearly all rows keep.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hash::RandomState;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_model::ColumnRole;
use dataward_model::Reference;
use dataward_model::TableHead;

use super::Tier;

/// Columns of a table that may be keys or references.
const MOST_COLUMNS: usize = 16;
/// Cells of one column that are kept, at 8 bytes each.
const MOST_CELLS: usize = 8_000_000;
/// The share of rows that must keep a reference which nobody declared: `shared/design/integrity.md` B2, 9.
const INCLUSION: f64 = 0.99;
/// From here on it is worth a hint.
const NEARLY: f64 = 0.9;
/// Fewer different values are contained in anything.
const LEAST_VALUES: usize = 10;

/// A column that may be a key or a reference: keyed hashes of its cells, 0 for none.
#[derive(Debug)]
pub struct KeyColumn {
    /// Its name.
    pub column: String,
    role: ColumnRole,
    references: Option<Reference>,
    cells: Vec<u64>,
    numeric: bool,
}

/// The columns of a table that may be keys or references.
#[derive(Debug)]
pub struct KeyColumns {
    columns: Vec<KeyColumn>,
    hasher: RandomState,
    whole: bool,
}

/// A cell that refers to a row that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Which of the tables that were given.
    pub table: usize,
    /// The column.
    pub column: String,
    /// The row, by its place.
    pub row: u64,
    /// How sure.
    pub tier: Tier,
    /// Why.
    pub reason: String,
}

impl KeyColumns {
    /// For a table whose rows come next. `hasher` must be the same for all tables of a run.
    pub fn of(head: &TableHead, hasher: &RandomState) -> Self {
        let wanted = |name: &str| {
            let name = name.to_lowercase();
            ["id", "no", "nr", "num", "number", "key", "code", "ref", "uuid"].iter().any(|end| {
                name == *end
                    || name.ends_with(&format!("_{end}"))
                    || (name.len() > end.len() && name.ends_with(end) && matches!(*end, "id" | "uuid"))
            })
        };
        let columns = head
            .columns
            .iter()
            .filter(|column| column.role != ColumnRole::Plain || column.references.is_some() || wanted(&column.name))
            .take(MOST_COLUMNS)
            .map(|column| KeyColumn {
                column: column.name.clone(),
                role: column.role,
                references: column.references.clone(),
                cells: Vec::new(),
                numeric: true,
            })
            .collect();
        Self { columns, hasher: hasher.clone(), whole: true }
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        for column in &mut self.columns {
            let before = column.cells.len();
            if before + batch.num_rows() > MOST_CELLS {
                self.whole = false;
                continue;
            }
            column.cells.resize(before + batch.num_rows(), 0);
            let Some(array) = batch.column_by_name(&column.column) else { continue };
            if array.data_type().is_nested() {
                continue;
            }
            let options = FormatOptions::new();
            let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else { continue };
            let mut text = String::new();
            for row in (0..array.len()).filter(|row| !array.is_null(*row)) {
                text.clear();
                if formatter.value(row).write(&mut text).is_err() || text.trim().is_empty() {
                    continue;
                }
                let value = text.trim();
                column.numeric &= value.bytes().all(|byte| byte.is_ascii_digit());
                column.cells[before + row] = self.hasher.hash_one(value).max(1);
            }
        }
    }

    /// What was read is not the whole table: nothing can be said of what is not in it.
    pub fn is_partial(&mut self) {
        self.whole = false;
    }
}

impl KeyColumn {
    fn distinct(&self) -> Vec<u64> {
        let mut values: Vec<u64> = self.cells.iter().copied().filter(|cell| *cell != 0).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

/// The references of all tables of one source that lead nowhere.
pub fn orphans(tables: &[(&str, &KeyColumns)]) -> Vec<Orphan> {
    let mut known: HashMap<(usize, usize), Vec<u64>> = HashMap::new();
    let mut found = Vec::new();
    for (at, (name, child)) in tables.iter().enumerate() {
        for column in child.columns.iter().filter(|column| column.cells.iter().any(|cell| *cell != 0)) {
            for (other, (parent_name, parent)) in tables.iter().enumerate().filter(|(_, (_, parent))| parent.whole) {
                for (place, key) in parent.columns.iter().enumerate() {
                    let declared = column
                        .references
                        .as_ref()
                        .is_some_and(|to| to.table == *parent_name && to.column == key.column);
                    let guessed = column.references.is_none()
                        && other != at
                        && column.role != ColumnRole::PrimaryKey
                        && column.numeric == key.numeric
                        && is_named_after(&column.column, parent_name, &key.column);
                    if !declared && !guessed {
                        continue;
                    }
                    let values = known.entry((other, place)).or_insert_with(|| key.distinct());
                    let filled = key.cells.iter().filter(|cell| **cell != 0).count();
                    // What is referred to is unique.
                    if guessed && (values.len() < filled || values.len() < LEAST_VALUES) {
                        continue;
                    }
                    judge(at, name, column, parent_name, key, values, declared, &mut found);
                }
            }
        }
    }
    found
}

#[expect(clippy::too_many_arguments, reason = "both ends of a reference")]
fn judge(
    table: usize,
    _name: &str,
    column: &KeyColumn,
    parent: &str,
    key: &KeyColumn,
    values: &[u64],
    declared: bool,
    found: &mut Vec<Orphan>,
) {
    let there = |cell: u64| values.binary_search(&cell).is_ok();
    let filled = column.cells.iter().filter(|cell| **cell != 0).count();
    let lost = column.cells.iter().filter(|cell| **cell != 0 && !there(**cell)).count();
    let share = 1.0 - lost as f64 / filled.max(1) as f64;
    let different = column.distinct().len();
    let tier = match share {
        _ if lost == 0 => return,
        _ if declared => Tier::Certain,
        INCLUSION.. if different >= LEAST_VALUES => Tier::Likely,
        NEARLY.. if different >= LEAST_VALUES => Tier::Hint,
        _ => return,
    };
    let reason = if declared {
        format!("refers to a row of `{parent}` that is not there")
    } else {
        format!(
            "no row of `{parent}` has this `{}`, which {:.1} % of the rows keep though nobody declared it",
            key.column,
            (share * 1000.0).floor() / 10.0
        )
    };
    let rows = (0_u64..).zip(&column.cells).filter(|(_, cell)| **cell != 0 && !there(**cell));
    found.extend(rows.map(|(row, _)| Orphan {
        table,
        column: column.column.clone(),
        row,
        tier,
        reason: reason.clone(),
    }));
}

/// Whether a column is called as the key of a table is: `customer_id` for `customers`.`id` or
/// `customers`.`customer_id`.
fn is_named_after(column: &str, table: &str, key: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let (column, key) = (plain(column), plain(key));
    let file = table.rsplit('/').next().unwrap_or(table);
    let stem = if file.contains('.') && table.matches('.').count() == 1 && !file.starts_with('.') {
        // `public.customers` of a database, or `customers.csv` of a folder.
        let (head, tail) = file.split_once('.').unwrap_or((file, ""));
        if ["csv", "tsv", "json", "jsonl", "parquet", "xlsx", "txt"].contains(&tail) { head } else { tail }
    } else {
        file.split('#').next_back().unwrap_or(file)
    };
    let table = plain(stem);
    let singulars = [
        table.clone(),
        table.strip_suffix("ies").map(|stem| format!("{stem}y")).unwrap_or_default(),
        table.strip_suffix("es").unwrap_or_default().to_owned(),
        table.strip_suffix('s').unwrap_or_default().to_owned(),
    ];
    singulars.iter().filter(|name| name.len() >= 3).any(|name| {
        column == format!("{name}{key}") || (column == key && key.starts_with(name.as_str()) && key.len() > name.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_matched_to_tables_by_name() {
        for (column, table, key, expected) in [
            ("customer_id", "public.customers", "id", true),
            ("customer_id", "shop.customer", "customer_id", true),
            ("customerId", "customers.csv", "id", true),
            ("category_id", "main.categories", "id", true),
            ("id", "customers", "id", false),
            ("order_id", "customers", "id", false),
        ] {
            assert_eq!(is_named_after(column, table, key), expected, "{column} {table} {key}");
        }
    }
}
