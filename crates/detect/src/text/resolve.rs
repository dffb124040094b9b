//! Which of overlapping finds stays.

use super::Found;

/// Finds in order and without overlaps: the surer one wins; of equally sure ones the longer.
pub(crate) fn resolve(mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|one| one.log_odds > 0.0 && one.start < one.end);
    found.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        while let Some(last) = kept.last() {
            if last.end <= one.start || !beats(&one, last) {
                break;
            }
            kept.pop();
        }
        if kept.last().is_none_or(|last| last.end <= one.start) {
            kept.push(one);
        }
    }
    kept
}

fn beats(one: &Found, other: &Found) -> bool {
    let score = |found: &Found| found.log_odds.min(8.0) + (found.end - found.start) as f32 * 0.05;
    score(one) > score(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dataward_model::Category;

    fn found(start: usize, end: usize, log_odds: f32) -> Found {
        Found { start, end, category: Category::NAME, log_odds }
    }

    #[test]
    fn the_surer_of_two_overlapping_finds_stays() {
        let kept = resolve(vec![found(0, 5, 1.0), found(3, 9, 4.0), found(9, 12, 1.0), found(0, 2, -1.0)]);
        let ranges: Vec<_> = kept.iter().map(|one| (one.start, one.end)).collect();
        assert_eq!(ranges, [(3, 9), (9, 12)]);
    }
}
