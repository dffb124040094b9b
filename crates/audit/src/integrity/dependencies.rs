//! What one column says about another, nearly always: rows with the same flight have the same
//! departure. Where a cell disagrees with most of its group, the columns vote on which cell is wrong.

use std::collections::HashMap;
use std::sync::Arc;

use dataward_model::counted;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "dependency", summary: "other rows with the same key say something else", run };

/// Columns that are compared with each other; the first ones of wider tables.
const MOST_COLUMNS: usize = 80;
/// Rows of a group that must agree before it says anything.
const LEAST_GROUP: u32 = 3;
/// What it is worth for the key itself that it tells another column rightly.
const SUPPORT: f32 = 0.5;
/// How much better than chance a column must tell another.
const LEAST_LIFT: f64 = 0.55;
/// Groups by which it is found out whether a column tells another; all of them vote.
const MOST_MEASURED: usize = 4_000;
/// Groups, and rows of each, that a glance falls on, and by how much it may be wrong.
const MOST_GLANCED: usize = 300;
const MOST_GLANCED_OF: usize = 64;
const GLANCE_MISSES: f64 = 0.2;
/// The share of groups in which more than half must agree.
const LEAST_AGREED: f64 = 0.85;

fn run(block: &Block, asked: &Asked<'_>, found: &mut Found<'_>) {
    let columns = &block.columns[..block.columns.len().min(MOST_COLUMNS)];
    let mut votes: Vec<Vec<Vote>> = columns.iter().map(|_| Vec::new()).collect();
    // A cell that tells the others of its row rightly is right itself.
    let mut support: Vec<Vec<f32>> = columns.iter().map(|_| Vec::new()).collect();
    for (key, column) in columns.iter().enumerate() {
        if !is_key(column) {
            continue;
        }
        let groups = Groups::of(column);
        for (told, other) in columns.iter().enumerate() {
            if told == key || !is_told(other) {
                continue;
            }
            // What the owner said is no rule has no vote.
            let said = asked.answers.of(asked.table, &other.name, CHECK.name, &pattern(&column.name));
            if said == Some(false) || !Dependency::may_be(&groups, other) {
                continue;
            }
            if let Some(dependency) = Dependency::measure(&groups, other) {
                votes[told].resize(block.rows, Vote::default());
                support[key].resize(block.rows, 0.0);
                dependency.vote(&groups, other, key, &mut votes[told], &mut support[key]);
            }
        }
    }
    for (told, (votes, support)) in votes.iter_mut().zip(&support).enumerate() {
        for (vote, support) in votes.iter_mut().zip(support) {
            vote.agree += support;
        }
        judge(block, columns, told, votes, found);
    }
}

/// Whether groups of rows share a value of the column.
fn is_key(column: &Column) -> bool {
    let distinct = column.distinct() as usize;
    distinct > 2 && column.filled() >= 20 && column.filled() * 10 >= distinct * 13
}

/// Whether the column has values that repeat, so that a group can agree.
fn is_told(column: &Column) -> bool {
    let distinct = column.distinct() as usize;
    distinct > 2 && column.filled() >= 20 && column.filled() * 10 >= distinct * 11
}

/// Rows by the value of a column.
struct Groups {
    /// Row numbers, group after group.
    rows: Vec<u32>,
    /// Where each group begins, one more for the end.
    starts: Vec<u32>,
    /// The groups large enough to say something; blanks are none.
    large: Vec<u32>,
}

impl Groups {
    fn of(column: &Column) -> Self {
        let mut starts = Vec::with_capacity(column.counts.len() + 1);
        let mut sum = 0;
        for count in &column.counts {
            starts.push(sum);
            sum += count;
        }
        starts.push(sum);
        let mut next = starts.clone();
        let mut rows = vec![0; column.codes.len()];
        for (row, code) in (0_u32..).zip(&column.codes) {
            let place = &mut next[*code as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        let is_large = |group: &u32| starts[*group as usize + 1] - starts[*group as usize] >= LEAST_GROUP;
        let large = (1..column.distinct()).filter(is_large).collect();
        Self { rows, starts, large }
    }

    fn each(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        self.large.iter().map(|group| {
            let ends = &self.starts[*group as usize..];
            &self.rows[ends[0] as usize..ends[1] as usize]
        })
    }
}

/// How well a column tells another.
struct Dependency {
    /// The share of cells that agree with most of their group.
    agreement: f64,
}

impl Dependency {
    /// A glance at some rows of some groups: most pairs of columns have nothing to do with each other, by far.
    fn may_be(groups: &Groups, told: &Column) -> bool {
        let step = groups.each().len().div_ceil(MOST_GLANCED).max(1);
        let mut tally = Tally::new(told);
        let stride = stride(told.codes.len());
        let (mut agreeing, mut by_chance, mut cells, mut drawn) = (0_u32, 0_u32, 0_u32, 0);
        for group in groups.each().step_by(step) {
            let some = &group[..group.len().min(MOST_GLANCED_OF)];
            agreeing += tally.most(some.iter().map(|row| told.codes[*row as usize])).1;
            let filled = tally.filled;
            let shuffled = tally.most(some.iter().map(|_| draw(&mut drawn, stride, told))).1;
            by_chance +=
                u32::try_from(u64::from(shuffled) * u64::from(filled) / u64::from(tally.filled.max(1))).unwrap_or(0);
            cells += filled;
        }
        let (agreement, chance) =
            (f64::from(agreeing) / f64::from(cells.max(1)), f64::from(by_chance) / f64::from(cells.max(1)));
        (agreement - chance) / (1.0 - chance).max(1e-9) >= LEAST_LIFT - GLANCE_MISSES
    }

    /// None when it tells no more than chance would.
    fn measure(groups: &Groups, told: &Column) -> Option<Self> {
        let mut tally = Tally::new(told);
        let (mut agreeing, mut by_chance, mut cells, mut number) = (0_u64, 0_u64, 0_u64, 0_u32);
        let (mut asked, mut agreed) = (0_u32, 0_u32);
        // The same groups over cells drawn from other rows: what chance reaches.
        let rows = told.codes.len();
        let stride = stride(rows);
        let mut drawn = 0;
        // Groups from all over the column: what chance has put into the first ones says little.
        let step = groups.each().len().div_ceil(MOST_MEASURED).max(1);
        for group in groups.each().step_by(step) {
            let most = tally.most(group.iter().map(|row| told.codes[*row as usize]));
            let filled = tally.filled;
            asked += u32::from(filled >= LEAST_GROUP);
            agreed += u32::from(filled >= LEAST_GROUP && most.1 * 2 > filled);
            let shuffled = tally.most(group.iter().map(|_| draw(&mut drawn, stride, told)));
            let others = tally.filled.max(1);
            agreeing += u64::from(most.1);
            by_chance += u64::from(shuffled.1) * u64::from(filled) / u64::from(others);
            cells += u64::from(filled);
            number += 1;
        }
        if number < 3 || cells < 20 || ((cells * step as u64) as f64) < 0.05 * rows as f64 {
            return None;
        }
        // Errors leave most of a group in agreement. Where many groups do not agree at all, a value just
        // happens to come in runs: families share a street, not everyone with their postal code.
        if f64::from(agreed) < LEAST_AGREED * f64::from(asked) {
            return None;
        }
        let agreement = agreeing as f64 / cells as f64;
        let chance = (by_chance as f64 / cells as f64).min(1.0);
        let lift = (agreement - chance) / (1.0 - chance).max(1e-9);
        (chance < 0.999 && lift >= LEAST_LIFT && agreement >= 0.6).then_some(Self { agreement })
    }

    /// Every cell of each group is voted for or against.
    fn vote(&self, groups: &Groups, told: &Column, key: usize, votes: &mut [Vote], support: &mut [f32]) {
        let mut tally = Tally::new(told);
        let weight = (self.agreement / (1.0 - self.agreement).max(0.002)).ln().max(0.1) as f32;
        for group in groups.each() {
            let (most, count) = tally.most(group.iter().map(|row| told.codes[*row as usize]));
            // A group that does not agree says nothing.
            if most == BLANK || count < 2 || f64::from(count) < 0.5 * f64::from(tally.filled) {
                continue;
            }
            for row in group {
                let code = told.codes[*row as usize];
                let vote = &mut votes[*row as usize];
                if code == most {
                    vote.agree += weight;
                    support[*row as usize] += weight * SUPPORT;
                    continue;
                }
                let same = tally.counts.get(code as usize).copied().unwrap_or(0);
                if code != BLANK && same * 2 > count {
                    continue;
                }
                let share = f64::from(count) / f64::from(tally.filled.max(1));
                vote.against += weight;
                if share * self.agreement > f64::from(vote.share) {
                    vote.share = (share * self.agreement) as f32;
                    vote.key = u32::try_from(key).unwrap_or(u32::MAX);
                    (vote.count, vote.of) = (count, tally.filled);
                }
            }
        }
    }
}

/// What the other columns say of a cell.
#[derive(Clone, Debug, Default)]
struct Vote {
    agree: f32,
    against: f32,
    /// The strongest that is against it: how sure, which column, how many of how many rows.
    share: f32,
    key: u32,
    count: u32,
    of: u32,
}

fn judge(block: &Block, columns: &[Column], told: usize, votes: &[Vote], found: &mut Found<'_>) {
    let mut reasons: HashMap<(u32, u32, u32), Arc<Reason>> = HashMap::new();
    for (row, vote) in votes.iter().enumerate() {
        if vote.against <= vote.agree || vote.against == 0.0 {
            continue;
        }
        let reason = reasons.entry((vote.key, vote.count, vote.of)).or_insert_with(|| {
            let key = &columns[vote.key as usize].name;
            let rows = counted(u64::from(vote.of), "row", "rows");
            let text = format!("{} of {rows} with the same `{key}` agree on another value", vote.count);
            Reason::new(pattern(key), text)
        });
        let rare = block.columns[told].counts[columns[told].codes[row] as usize] <= 2;
        let tier = if vote.share >= 0.95 && vote.count >= 10 && vote.agree == 0.0 && vote.against >= 8.0 && rare {
            Tier::Certain
        } else {
            Tier::Likely
        };
        found.cell(row, told, tier, reason);
    }
}

/// The words for what rows with the same value of a column say.
fn pattern(key: &str) -> String {
    format!("rows with the same `{key}` say something else")
}

/// Counts values of a group; the counts stay until the next group.
struct Tally {
    counts: Vec<u32>,
    seen: Vec<u32>,
    filled: u32,
}

impl Tally {
    fn new(column: &Column) -> Self {
        Self { counts: vec![0; column.values.len()], seen: Vec::new(), filled: 0 }
    }

    /// The most frequent value that is not blank, and how often it is there; the lower number wins.
    fn most(&mut self, codes: impl Iterator<Item = u32>) -> (u32, u32) {
        for code in self.seen.drain(..) {
            self.counts[code as usize] = 0;
        }
        self.filled = 0;
        let mut most = (BLANK, 0);
        for code in codes.filter(|code| *code != BLANK) {
            self.filled += 1;
            let count = &mut self.counts[code as usize];
            if *count == 0 {
                self.seen.push(code);
            }
            *count += 1;
            if *count > most.1 || (*count == most.1 && code < most.0) {
                most = (code, *count);
            }
        }
        most
    }
}

/// The value of the next row that is drawn, far from the one before.
fn draw(drawn: &mut usize, stride: usize, told: &Column) -> u32 {
    *drawn += stride;
    if *drawn >= told.codes.len() {
        *drawn -= told.codes.len();
    }
    told.codes[*drawn]
}

/// A step that visits every row once before it repeats, far apart.
fn stride(rows: usize) -> usize {
    let mut step = (rows as f64 * 0.618) as usize | 1;
    while greatest_common_divisor(step, rows) != 1 {
        step += 2;
    }
    step
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
