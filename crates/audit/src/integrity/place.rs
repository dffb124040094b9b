//! Values in the place of their neighbours: two that were exchanged, or a row whose cells stand one column too
//! far to the right or left, as a lost or doubled separator leaves them.
//!
//! Each value is asked how much better it fits the column beside it than its own, by how often it and its way of
//! writing stand there (log-likelihood ratios of smoothed shares, the cell itself left out). One value says little; what
//! counts is the sum over neighbours that would all stand rightly one column further.

use std::collections::HashMap;
use std::sync::Arc;

use super::CellCheck;
use super::Found;
use super::Tier;
use super::Today;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;
use super::shape::plain_number;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "place", summary: "fits the column beside it, and not its own", run };

/// Rows from which on it is known what a column holds.
const ENOUGH: usize = 50;
/// Columns that are compared; the first ones of wider tables.
const MOST_COLUMNS: usize = 200;
/// What one value can say at most by itself, and by its way of writing: together less than [`MOVED`], so that no cell is
/// named for itself alone.
const MOST_BY_VALUE: f64 = 4.0;
const MOST_BY_SHAPE: f64 = 4.5;
/// The sum from which cells are taken to be moved: e^9, one in 8,000 by chance.
const MOVED: f64 = 9.0;
/// How often a value that was never seen in a column may come next.
const UNSEEN: f64 = 0.05;
/// From this share of cells on that stand in both columns alike often, they hold the same things.
const SAME_THINGS: f64 = 0.25;

fn run(block: &Block, _: &Today, found: &mut Found<'_>) {
    let columns = &block.columns[..block.columns.len().min(MOST_COLUMNS)];
    if block.rows < ENOUGH || columns.len() < 2 {
        return;
    }
    // For each column, how much better each of its values fits to the left, and to the right.
    let shapes: Vec<Shapes<'_>> = columns.iter().map(Shapes::of).collect();
    let fits = |at: usize, beside: Option<usize>| {
        beside
            .filter(|beside| *beside < columns.len())
            .map(|beside| better((&columns[at], &shapes[at]), (&columns[beside], &shapes[beside])))
    };
    let left: Vec<Option<Vec<f32>>> = (0..columns.len()).map(|at| fits(at, at.checked_sub(1))).collect();
    let right: Vec<Option<Vec<f32>>> = (0..columns.len()).map(|at| fits(at, Some(at + 1))).collect();
    let value = |side: &[Option<Vec<f32>>], at: usize, row: usize| {
        side[at].as_ref().map_or(0.0, |fits| f64::from(fits[columns[at].codes[row] as usize]))
    };
    let swapped: Arc<str> = "it and its neighbour would fit better in each other's place".into();
    let moved: Arc<str> = "the cells of this row from here on would fit better one column beside".into();
    for row in 0..block.rows {
        let mut at = 1;
        while at < columns.len() {
            if value(&right, at - 1, row) + value(&left, at, row) >= MOVED {
                found.cell(row, at - 1, Tier::Likely, &swapped);
                found.cell(row, at, Tier::Likely, &swapped);
                at += 1;
            }
            at += 1;
        }
        for side in [&left, &right] {
            if let Some(cells) = longest(columns.len(), |at| value(side, at, row)) {
                cells.for_each(|at| found.cell(row, at, Tier::Likely, &moved));
            }
        }
    }
}

/// The neighbours that speak most for being moved all together; at least two.
fn longest(columns: usize, fits: impl Fn(usize) -> f64) -> Option<std::ops::Range<usize>> {
    let (mut best, mut range) = (0.0, 0..0);
    let (mut sum, mut start) = (0.0, 0);
    for at in 0..columns {
        let fit = fits(at);
        // A blank, or what fits both, neither begins nor ends a run.
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += fit;
        if sum > best {
            (best, range) = (sum, start..at + 1);
        }
    }
    (best >= MOVED && range.len() >= 2).then_some(range)
}

/// The ways of writing of a column, and how often each occurs.
struct Shapes<'c> {
    of: &'c [String],
    counts: HashMap<&'c str, u32>,
}

impl<'c> Shapes<'c> {
    fn of(column: &'c Column) -> Self {
        let of = column.shapes();
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for (shape, count) in of.iter().zip(&column.counts) {
            *counts.entry(shape).or_default() += count;
        }
        Self { of, counts }
    }
}

/// For each value of a column how much better it fits the one beside. Nothing is said of columns that are
/// mostly empty, or hold the same things.
fn better((own, own_shapes): (&Column, &Shapes<'_>), (beside, shapes): (&Column, &Shapes<'_>)) -> Vec<f32> {
    let mut fits = vec![0.0; own.values.len()];
    if own.filled() < ENOUGH || beside.filled() < ENOUGH {
        return fits;
    }
    let alike: f64 = own
        .filled_values()
        .filter(|(_, value, count)| beside.count_of(value) * 4 >= *count)
        .map(|(.., count)| f64::from(count))
        .sum();
    let same_things = alike >= SAME_THINGS * own.filled() as f64;
    for (code, value, count) in own.filled_values() {
        let shape = own_shapes.of[code as usize].as_str();
        let here = f64::from(own_shapes.counts.get(shape).copied().unwrap_or(1).saturating_sub(1));
        let there = f64::from(shapes.counts.get(shape).copied().unwrap_or(0));
        let by_shape = ((there + 0.5) / (here + 0.5)).ln().clamp(-MOST_BY_SHAPE, MOST_BY_SHAPE);
        // Numbers are anywhere by chance.
        let by_value = if same_things || plain_number(value).is_some() {
            0.0
        } else {
            let here = f64::from(count.saturating_sub(1));
            let there = f64::from(beside.count_of(value));
            ((there + UNSEEN) / (here + UNSEEN)).ln().clamp(-MOST_BY_VALUE, MOST_BY_VALUE)
        };
        fits[code as usize] = (by_shape + by_value) as f32;
    }
    // That nothing stands in a cell is told by `missing`.
    fits[BLANK as usize] = 0.0;
    fits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc as Shared;

    use arrow_array::ArrayRef;
    use arrow_array::RecordBatch;
    use arrow_array::StringArray;

    use super::*;

    fn cells(rows: &[[String; 4]]) -> Vec<(usize, usize)> {
        let column =
            |at: usize| Shared::new(StringArray::from_iter_values(rows.iter().map(|row| row[at].clone()))) as ArrayRef;
        let names = ["name", "phone", "city", "joined"];
        let batch = RecordBatch::try_from_iter(names.iter().enumerate().map(|(at, name)| (*name, column(at)))).unwrap();
        let mut block = Block::new(names);
        block.add(&batch);
        let mut cells = Vec::new();
        run(&block, &(2026, 11, 29), &mut Found { check: 0, cells: &mut cells });
        let mut cells: Vec<(usize, usize)> =
            cells.into_iter().map(|cell| (cell.row as usize, cell.column as usize)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    fn rows() -> Vec<[String; 4]> {
        (0..300)
            .map(|row| {
                [
                    ["Anna", "Peter", "Maria", "Thomas", "Julia"][row % 5].to_owned(),
                    format!("+49 30 {:07}", row * 7_919),
                    ["Berlin", "Hamburg", "Leipzig", "Dresden"][row % 4].to_owned(),
                    format!("20{:02}-0{}-1{}", row % 20, 1 + row % 9, row % 9),
                ]
            })
            .collect()
    }

    #[test]
    fn cells_in_each_others_place_and_rows_that_slipped_are_named_and_others_not() {
        assert!(cells(&rows()).is_empty());
        let mut swapped = rows();
        swapped[40].swap(1, 2);
        assert_eq!(cells(&swapped), [(40, 1), (40, 2)]);
        let mut slipped = rows();
        slipped[77].rotate_right(1);
        slipped[77][0].clear();
        assert_eq!(cells(&slipped), [(77, 1), (77, 2), (77, 3)]);
        let mut names = rows();
        names[9].swap(0, 2);
        assert!(cells(&names).is_empty(), "columns that are not neighbours are not compared");
    }
}
