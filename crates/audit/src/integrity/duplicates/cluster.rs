//! From pairs to persons: the surest pairs first; two groups join when their rows are alike on the
//! whole, so that one chance likeness does not chain two families together.

use std::collections::HashMap;

/// A weight counts so much at most: one sure pair outweighs no doubt about ten others.
const MOST_WEIGHT: f64 = 20.0;
/// Pairs between two groups that are looked at.
const MOST_PAIRS: usize = 400;

/// A pair of rows and log2 of the odds that they are one person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) rows: (u32, u32),
    pub(super) weight: f64,
}

/// Rows of one person.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// In the order of the table.
    pub(super) rows: Vec<u32>,
    /// How sure the least sure of its rows is, as log2 of the odds of its best link.
    pub(super) weight: f64,
}

/// Joins rows; `weigh` compares any two.
pub(super) fn groups(mut links: Vec<Link>, weigh: impl Fn(u32, u32) -> f64) -> Vec<Group> {
    links.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.rows.cmp(&b.rows)));
    let mut group_of: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<(u32, f64)>> = Vec::new();
    for link in links {
        let (a, b) = link.rows;
        match (group_of.get(&a).copied(), group_of.get(&b).copied()) {
            (None, None) => {
                group_of.extend([(a, groups.len()), (b, groups.len())]);
                groups.push(vec![(a, link.weight), (b, link.weight)]);
            }
            (Some(group), None) | (None, Some(group)) => {
                let new = if group_of.contains_key(&a) { b } else { a };
                if are_alike(&groups[group], &[(new, 0.0)], &weigh) {
                    group_of.insert(new, group);
                    groups[group].push((new, link.weight));
                }
            }
            (Some(one), Some(other)) if one != other && are_alike(&groups[one], &groups[other], &weigh) => {
                let moved = std::mem::take(&mut groups[other]);
                for (row, _) in &moved {
                    group_of.insert(*row, one);
                }
                groups[one].extend(moved);
            }
            _ => {}
        }
    }
    let mut found: Vec<Group> = groups
        .into_iter()
        .filter(|group| group.len() > 1)
        .map(|group| {
            let weight = group.iter().map(|(_, weight)| *weight).fold(f64::MAX, f64::min);
            let mut rows: Vec<u32> = group.into_iter().map(|(row, _)| row).collect();
            rows.sort_unstable();
            Group { rows, weight }
        })
        .collect();
    found.sort_by_key(|group| group.rows[0]);
    found
}

fn are_alike(one: &[(u32, f64)], other: &[(u32, f64)], weigh: impl Fn(u32, u32) -> f64) -> bool {
    if one.len() == 1 && other.len() == 1 {
        return true;
    }
    let (mut sum, mut number) = (0.0, 0);
    'all: for (a, _) in one {
        for (b, _) in other {
            sum += weigh(*a, *b).clamp(-MOST_WEIGHT, MOST_WEIGHT);
            number += 1;
            if number == MOST_PAIRS {
                break 'all;
            }
        }
    }
    sum > 0.0
}
