//! References that lead nowhere: declared ones, and those that nobody declared but nearly all rows keep.

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

/// A column that may be a key or a reference.
#[derive(Debug)]
pub struct KeyColumn {
    /// Its name.
    pub column: String,
    role: ColumnRole,
    references: Option<Reference>,
    /// Keyed hashes of its cells, 0 for none; what is compared later is kept elsewhere.
    cells: Vec<u64>,
    numeric: bool,
}

/// The columns of a table that may be keys or references.
#[derive(Debug)]
pub struct KeyColumns {
    columns: Vec<KeyColumn>,
    hasher: RandomState,
    whole: bool,
    /// How many cells of a column are kept at most; when more come, none of these.
    room: usize,
}

/// Cells of a column that refer to rows that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphans {
    /// Which of the tables that were given.
    pub table: usize,
    /// The column.
    pub column: String,
    /// The rows, by their places.
    pub rows: Vec<u64>,
    /// How sure.
    pub tier: Tier,
    /// Why.
    pub reason: String,
}

impl KeyColumns {
    /// For a table whose rows come next. `hasher` must be the same for all tables of a run; `referred` are columns that
    /// others are known to refer to, whatever they are called.
    pub fn of(head: &TableHead, hasher: &RandomState, referred: &[String]) -> Self {
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
            .filter(|column| {
                let told = column.references.is_some() || referred.contains(&column.name);
                told || column.role != ColumnRole::Plain || wanted(&column.name)
            })
            .take(MOST_COLUMNS)
            .map(|column| KeyColumn {
                column: column.name.clone(),
                role: column.role,
                references: column.references.clone(),
                cells: Vec::new(),
                numeric: true,
            })
            .collect();
        Self { columns, hasher: hasher.clone(), whole: true, room: MOST_CELLS }
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        let before = self.columns.first().map_or(0, |column| column.cells.len());
        if before + batch.num_rows() > self.room {
            // A smaller batch that comes later stands elsewhere in the table than behind these.
            (self.room, self.whole) = (before, false);
            return;
        }
        for column in &mut self.columns {
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

    /// The hashes of the cells, column by column, to be kept elsewhere until [`orphans`] asks for them.
    pub fn take_cells(&mut self) -> Vec<Vec<u64>> {
        self.columns.iter_mut().map(|column| std::mem::take(&mut column.cells)).collect()
    }
}

/// Tells `found` the references of all tables of one source that lead nowhere, one after the other. `cells` gives the
/// hashes of a table's column, by their numbers, where it can; two columns are held at a time.
pub fn orphans(
    tables: &[(&str, &KeyColumns)],
    cells: &mut dyn FnMut(usize, usize) -> Option<Vec<u64>>,
    found: &mut dyn FnMut(Orphans),
) {
    for (parent, (parent_name, keys)) in tables.iter().enumerate().filter(|(_, (_, keys))| keys.whole) {
        for (place, key) in keys.columns.iter().enumerate() {
            let children = || {
                tables.iter().enumerate().flat_map(|(child, (_, columns))| {
                    let columns = columns.columns.iter().enumerate();
                    columns.filter_map(move |(at, column)| {
                        let leads = leads_to(column, key, parent_name, child == parent)?;
                        Some((child, at, column, leads))
                    })
                })
            };
            if children().next().is_none() {
                continue;
            }
            let Some(mut values) = cells(parent, place) else { continue };
            values.retain(|cell| *cell != 0);
            let filled = values.len();
            values.sort_unstable();
            values.dedup();
            // What is referred to is unique.
            let may_be_guessed = values.len() == filled && filled >= LEAST_VALUES;
            for (child, at, column, leads) in children() {
                if leads == Leads::ByName && !may_be_guessed {
                    continue;
                }
                let Some(cells) = cells(child, at) else { continue };
                let lost = judge(&cells, &values, leads, (parent_name, &key.column));
                if let Some((rows, tier, reason)) = lost {
                    found(Orphans { table: child, column: column.column.clone(), rows, tier, reason });
                }
            }
        }
    }
}

/// How it is known that a column refers to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    Declared,
    ByName,
}

fn leads_to(column: &KeyColumn, key: &KeyColumn, parent: &str, is_own: bool) -> Option<Leads> {
    match &column.references {
        Some(to) => (to.table == parent && to.column == key.column).then_some(Leads::Declared),
        None => (!is_own
            && column.role != ColumnRole::PrimaryKey
            && column.numeric == key.numeric
            && is_named_after(&column.column, parent, &key.column))
        .then_some(Leads::ByName),
    }
}

fn judge(cells: &[u64], values: &[u64], leads: Leads, (parent, key): (&str, &str)) -> Option<(Vec<u64>, Tier, String)> {
    let is_lost = |cell: &u64| *cell != 0 && values.binary_search(cell).is_err();
    let filled = cells.iter().filter(|cell| **cell != 0).count();
    let rows: Vec<u64> = (0_u64..).zip(cells).filter(|(_, cell)| is_lost(cell)).map(|(row, _)| row).collect();
    if rows.is_empty() {
        return None;
    }
    if leads == Leads::Declared {
        return Some((rows, Tier::Certain, format!("refers to a row of `{parent}` that is not there")));
    }
    let share = 1.0 - rows.len() as f64 / filled.max(1) as f64;
    let tier = match share {
        INCLUSION.. => Tier::Likely,
        NEARLY.. => Tier::Hint,
        _ => return None,
    };
    let mut different = cells.to_vec();
    different.sort_unstable();
    different.dedup();
    different.retain(|cell| *cell != 0);
    let reason = format!(
        "no row of `{parent}` has this `{key}`, which {:.1} % of the rows keep though nobody declared it",
        (share * 1000.0).floor() / 10.0
    );
    (different.len() >= LEAST_VALUES).then_some((rows, tier, reason))
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
    use std::sync::Arc;

    use arrow_array::ArrayRef;
    use arrow_array::Int64Array;
    use dataward_model::ColumnHead;

    use super::*;

    #[test]
    fn rows_behind_what_there_is_room_for_are_not_taken_for_earlier_ones() {
        let (hasher, key) = (RandomState::new(), ColumnHead::new("id", "integer"));
        let to = Reference { table: "people".to_owned(), column: "id".to_owned() };
        let refers = ColumnHead { references: Some(to), ..ColumnHead::new("person", "integer") };
        let ids = |ids: std::ops::Range<i64>| -> ArrayRef { Arc::new(ids.collect::<Int64Array>()) };
        let mut people = KeyColumns::of(&TableHead::table("people", vec![key]), &hasher, &[]);
        people.add(&RecordBatch::try_from_iter([("id", ids(0..10))]).unwrap());
        let mut orders = KeyColumns::of(&TableHead::table("orders", vec![refers]), &hasher, &[]);
        orders.room = 12;
        for (from, to) in [(0, 10), (0, 10), (20, 22)] {
            orders.add(&RecordBatch::try_from_iter([("person", ids(from..to))]).unwrap());
        }
        let mut cells = [people.take_cells(), orders.take_cells()];
        let mut found = Vec::new();
        let tables = [("people", &people), ("orders", &orders)];
        let mut give = |table: usize, column: usize| Some(std::mem::take(&mut cells[table][column]));
        orphans(&tables, &mut give, &mut |orphans| found.push(orphans));
        assert!(found.is_empty(), "rows 20 and 21 are not rows 10 and 11: {found:?}");
    }

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
