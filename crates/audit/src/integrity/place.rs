//! Values in the place of their neighbours: two that were exchanged, or a row whose cells stand one column too
//! far to the right or left, as a lost or doubled separator leaves them.
//!
//! Each value is asked how much better it fits the column beside it than its own, by how often it and its way of
//! writing (of numbers, how large they are too) stand there (log-likelihood ratios of smoothed shares, the cell itself
//! left out). One value says little; what counts is the sum over neighbours that would all stand rightly one column
//! further, and that two which would fit each other's column are odd in the same row more often than chance would have it.

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;
use std::collections::HashMap;

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
/// The most that one of two can say leaves this to the other.
const LEAST: f64 = MOVED - MOST_BY_VALUE - MOST_BY_SHAPE;
/// How often a value that was never seen in a column may come next.
const UNSEEN: f64 = 0.05;
/// The share of a column's cells from which on numbers of a size are usual in it.
const USUAL: f64 = 0.05;
/// From this share of cells on that stand in both columns alike often, they hold the same things.
const SAME_THINGS: f64 = 0.25;

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    let columns = &block.columns[..block.columns.len().min(MOST_COLUMNS)];
    if block.rows < ENOUGH || columns.len() < 2 {
        return;
    }
    // For each column, how much better each of its values fits to the left, and to the right.
    let shapes: Vec<Shapes<'_>> = columns.iter().map(Shapes::of).collect();
    let fits = |at: usize, beside: Option<usize>| {
        let beside = beside.filter(|beside| *beside < columns.len())?;
        better((&columns[at], &shapes[at]), (&columns[beside], &shapes[beside]))
    };
    let left: Vec<Option<Vec<f32>>> = (0..columns.len()).map(|at| fits(at, at.checked_sub(1))).collect();
    let right: Vec<Option<Vec<f32>>> = (0..columns.len()).map(|at| fits(at, Some(at + 1))).collect();
    let value = |side: &[Option<Vec<f32>>], at: usize, row: usize| {
        side[at].as_ref().map_or(0.0, |fits| f64::from(fits[columns[at].codes[row] as usize]))
    };
    let swapped = Reason::plain("it and its neighbour would fit better in each other's place");
    let moved = Reason::plain("the cells of this row from here on would fit better one column beside");
    let rows = rows_to_ask(block.rows, columns, [&left, &right]);
    let together: Vec<f64> =
        (0..columns.len())
            .map(|at| {
                if at == 0 {
                    0.0
                } else {
                    together([&columns[at - 1], &columns[at]], [&right[at - 1], &left[at]], &rows)
                }
            })
            .collect();
    for row in rows {
        let mut at = 1;
        while at < columns.len() {
            let (one, other) = (value(&right, at - 1, row), value(&left, at, row));
            let (apart, speak) = (one + other, one >= LEAST && other >= LEAST);
            let cell = |at: usize| &columns[at].values[columns[at].codes[row] as usize];
            let alike = || cell(at - 1) == cell(at);
            if (apart >= MOVED || speak && apart + together[at] >= MOVED) && !alike() {
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

/// The rows in which two cells at least would fit better beside: one alone says too little.
fn rows_to_ask(rows: usize, columns: &[Column], sides: [&[Option<Vec<f32>>]; 2]) -> Vec<usize> {
    let mut speaking = vec![0_u8; rows];
    for (at, column) in columns.iter().enumerate() {
        let speaks =
            |code: usize| sides.iter().any(|side| side[at].as_ref().is_some_and(|fits| f64::from(fits[code]) >= LEAST));
        let by_code: Vec<u8> = (0..column.values.len()).map(|code| u8::from(speaks(code))).collect();
        if by_code.contains(&1) {
            for (speaking, code) in speaking.iter_mut().zip(&column.codes) {
                *speaking = speaking.saturating_add(by_code[*code as usize]);
            }
        }
    }
    (0..rows).filter(|row| speaking[*row] >= 2).collect()
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

/// How much more often two neighbours would fit each other's column in the same row than if the one had nothing to do
/// with the other.
fn together(columns: [&Column; 2], fits: [&Option<Vec<f32>>; 2], rows: &[usize]) -> f64 {
    let [Some(right), Some(left)] = fits else { return 0.0 };
    let speaks = |fits: &[f32], code: u32| f64::from(fits[code as usize]) >= LEAST;
    let share = |column: &Column, fits: &[f32]| {
        let some = (0..).zip(&column.counts).filter(|(code, _)| speaks(fits, *code));
        some.map(|(_, count)| f64::from(*count)).sum::<f64>() / column.codes.len() as f64
    };
    let both = |row: &&usize| speaks(right, columns[0].codes[**row]) && speaks(left, columns[1].codes[**row]);
    let seen = rows.iter().filter(both).count();
    let expected = share(columns[0], right) * share(columns[1], left) * columns[0].codes.len() as f64;
    if seen < LEAST_TOGETHER { 0.0 } else { (seen as f64 / expected.max(0.05)).ln().clamp(0.0, MOST_BY_SHAPE) }
}

/// Rows that say something of what happens together.
const LEAST_TOGETHER: usize = 3;

/// How many cells are written in each way, with the size of numbers.
struct Shapes<'c> {
    /// For each value the number of its way.
    of: Vec<u32>,
    counts: Vec<u32>,
    ways: Vec<Way<'c>>,
    numbers: HashMap<Way<'c>, u32>,
}

/// The shape, and twice the binary logarithm of a number, negative ones apart.
type Way<'c> = (&'c str, i32);

impl<'c> Shapes<'c> {
    fn of(column: &'c Column) -> Self {
        let traits = column.traits();
        let mut known = Self {
            of: Vec::with_capacity(column.values.len()),
            counts: Vec::new(),
            ways: Vec::new(),
            numbers: HashMap::new(),
        };
        for (code, count) in (0..).zip(&column.counts) {
            let way = (traits.shape_text(code), traits.number(code).map_or(0, size));
            let last = known.of.last().copied().filter(|last| known.ways[*last as usize] == way);
            let number = last.unwrap_or_else(|| {
                let next = u32::try_from(known.ways.len()).unwrap_or(u32::MAX);
                *known.numbers.entry(way).or_insert(next)
            });
            if number as usize == known.ways.len() {
                known.ways.push(way);
                known.counts.push(0);
            }
            known.counts[number as usize] += count;
            known.of.push(number);
        }
        known
    }
}

fn size(number: f64) -> i32 {
    // From 2^-16 on, so that only what is no number has 0.
    let size = (number.abs().log2() * 2.0).floor().clamp(-32.0, 400.0) as i32 + 33;
    if number < 0.0 { -size } else { size }
}

/// For each value of a column how much better it fits the one beside. Nothing is said of columns that are
/// mostly empty.
fn better((own, own_shapes): (&Column, &Shapes<'_>), (beside, shapes): (&Column, &Shapes<'_>)) -> Option<Vec<f32>> {
    if own.filled() < ENOUGH || beside.filled() < ENOUGH {
        return None;
    }
    let by_shape: Vec<f64> = (own_shapes.ways.iter().zip(&own_shapes.counts))
        .map(|(way, count)| {
            let here = f64::from(count.saturating_sub(1));
            let there = shapes.numbers.get(way).map_or(0, |number| shapes.counts[*number as usize]);
            // A size that is usual here speaks for no other place: in questionnaires all columns have the same few.
            let most = if way.1 != 0 && here > USUAL * own.filled() as f64 { 0.0 } else { MOST_BY_SHAPE };
            ((f64::from(there) + 0.5) / (here + 0.5)).ln().clamp(-MOST_BY_SHAPE, most)
        })
        .collect();
    let there: Vec<u32> = (0..own.distinct()).map(|code| beside.count_of(own, code)).collect();
    let cells = own.counts.iter().zip(&there).skip(1).filter(|(count, there)| **there * 4 >= **count);
    let alike: f64 = cells.map(|(count, _)| f64::from(*count)).sum();
    let same_things = alike >= SAME_THINGS * own.filled() as f64;
    let by_value = |code: u32| {
        // Numbers are anywhere by chance.
        if same_things || own.traits().number(code).is_some() {
            return 0.0;
        }
        let (here, there) = (own.counts[code as usize].saturating_sub(1), there[code as usize]);
        if here == 0 && there == 0 {
            return 0.0;
        }
        ((f64::from(there) + UNSEEN) / (f64::from(here) + UNSEEN)).ln().clamp(-MOST_BY_VALUE, MOST_BY_VALUE)
    };
    let mut fits: Vec<f32> = (0..own.distinct())
        .map(|code| (by_shape[own_shapes.of[code as usize] as usize] + by_value(code)) as f32)
        .collect();
    // That nothing stands in a cell is told by `missing`.
    fits[BLANK as usize] = 0.0;
    Some(fits)
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
        let answers = crate::integrity::Answers::default();
        let asked = Asked { today: (2026, 11, 29), table: "t", own: &[], answers: &answers };
        run(&block, &asked, &mut Found { check: 0, cells: &mut cells });
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
