//! Numbers far from all others of their column.

use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::block::BLANK;
use super::block::Block;

pub(super) const CHECK: CellCheck =
    CellCheck { name: "outlier", summary: "a number far from all others of the column", run };

/// Distances between the quartiles that a number must lie outside of them.
const FAR: f64 = 12.0;

fn run(block: &Block, _: &Asked<'_>, found: &mut Found<'_>) {
    for (place, column) in block.columns.iter().enumerate() {
        let traits = column.traits();
        let mut numbers: Vec<(f64, u32)> =
            column.filled_values().filter_map(|(code, _, count)| Some((traits.number(code)?, count))).collect();
        let all: u32 = numbers.iter().map(|(_, count)| count).sum();
        if all < 50 || (all as usize) < column.filled() * 9 / 10 {
            continue;
        }
        if !may_be_far(&numbers) {
            continue;
        }
        numbers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let at = |share: f64| {
            let wanted = (f64::from(all) * share) as u32;
            let mut passed = 0;
            numbers.iter().find_map(|(number, count)| {
                passed += count;
                (passed > wanted).then_some(*number)
            })
        };
        let (Some(low), Some(high)) = (at(0.25), at(0.75)) else { continue };
        let width = high - low;
        let is_far = |number: f64| number < low - FAR * width || number > high + FAR * width;
        let far: u32 = numbers.iter().filter(|(number, _)| is_far(*number)).map(|(_, count)| count).sum();
        // Where many are far, the column is spread like that.
        if width <= 0.0 || far * 200 > all {
            continue;
        }
        let reason = Reason::plain("far outside of where nearly all numbers of the column lie");
        found.values(block, place, |code| {
            let number = traits.number(code)?;
            (code != BLANK && is_far(number)).then(|| (Tier::Hint, Arc::clone(&reason)))
        });
    }
}

/// Whether some number may be far outside: half as far as it must be, by the quartiles of some numbers. Where none is,
/// nothing need be sorted.
fn may_be_far(numbers: &[(f64, u32)]) -> bool {
    const SOME: usize = 2_000;
    if numbers.len() <= 2 * SOME {
        return true;
    }
    let mut some: Vec<f64> = numbers.iter().step_by(numbers.len() / SOME).map(|(number, _)| *number).collect();
    some.sort_unstable_by(f64::total_cmp);
    let (low, high) = (some[some.len() / 4], some[some.len() * 3 / 4]);
    let far = (high - low) * FAR / 2.0;
    numbers.iter().any(|(number, _)| *number < low - far || *number > high + far)
}
