//! Copies of the same people in another table, file or dump: erasure and retention miss them.
//!
//! Found by keyed sketches, never by values. Of each pair of tables that share people one is taken for
//! the original: databases before files, tables before running text, then the one with more people, then the older
//! one. A log of more people than a list is taken for the list's original only where most of the log is not in the
//! list, so that it is no copy of it.

use std::collections::HashMap;

use dataward_model::Family;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::TableShape;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::collection::facts::CollectionFacts;
use crate::collection::facts::PlacedSketch;

/// The check.
pub const CHECK: Check = Check {
    name: "collection/shadow-copy",
    summary: "copies of the same people that no rule knows of",
    needs: Needs::Facts,
    run: check,
};

/// So many people must be seen in both: fewer may be test accounts and addresses of the house.
const COMMON: u64 = 8;

/// So large a share of one side must be in the other.
const SHARE: f64 = 0.5;

/// A table with so many different people a row has one row a person, as a copy of a list of customers
/// has; orders and visits repeat people and are no copies of it within their own source.
const ONE_ROW_ONE_PERSON: f64 = 0.9;

/// Hashes in more columns than this are looked at in the first so many only: time stays linear.
const HOLDERS: usize = 64;

/// Two columns that share people.
struct Pair<'a> {
    copy: &'a PlacedSketch,
    original: &'a PlacedSketch,
    /// Share of the copy's people that are in the original.
    within: f64,
    /// The smaller of both shares.
    mutual: f64,
}

fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.collection else { return Vec::new() };
    let mut best: HashMap<&Place, Pair<'_>> = HashMap::new();
    for (a, b) in candidates(&facts.sketches) {
        let Some(pair) = pair(facts, a, b) else { continue };
        if !is_copy(snapshot, facts, &pair) {
            continue;
        }
        let better = |old: &Pair<'_>| {
            (pair.mutual, &old.original.place).partial_cmp(&(old.mutual, &pair.original.place))
                == Some(std::cmp::Ordering::Greater)
        };
        if best.get(&pair.copy.place).is_none_or(better) {
            best.insert(&pair.copy.place, pair);
        }
    }
    let mut pairs: Vec<Pair<'_>> = best.into_values().collect();
    pairs.sort_by(|a, b| a.copy.place.cmp(&b.copy.place));
    pairs.iter().filter(|pair| !is_declared(snapshot, pair)).filter_map(|pair| fault(snapshot, pair)).collect()
}

/// Pairs of columns of the same kind in different tables that have hashes in common.
fn candidates(sketches: &[PlacedSketch]) -> Vec<(&PlacedSketch, &PlacedSketch)> {
    let mut holders: Vec<(u64, usize)> = sketches
        .iter()
        .enumerate()
        .flat_map(|(index, placed)| placed.sketch.hashes().map(move |hash| (hash, index)))
        .collect();
    holders.sort_unstable();
    let mut common: HashMap<(usize, usize), u64> = HashMap::new();
    for same in holders.chunk_by(|a, b| a.0 == b.0) {
        let same = &same[..same.len().min(HOLDERS)];
        for (at, (_, first)) in same.iter().enumerate() {
            for (_, second) in &same[at + 1..] {
                *common.entry((*first, *second)).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<(usize, usize)> =
        common.into_iter().filter(|(_, n)| *n >= COMMON).map(|(pair, _)| pair).collect();
    pairs.sort_unstable();
    let alike = |a: &PlacedSketch, b: &PlacedSketch| a.category.family() == b.category.family() && a.place != b.place;
    pairs.into_iter().map(|(a, b)| (&sketches[a], &sketches[b])).filter(|(a, b)| alike(a, b)).collect()
}

fn pair<'a>(facts: &CollectionFacts, a: &'a PlacedSketch, b: &'a PlacedSketch) -> Option<Pair<'a>> {
    let overlap = a.sketch.overlap(&b.sketch);
    if overlap.common < COMMON {
        return None;
    }
    // Of two samples only the product of their shares can be seen in both.
    let share = |of: u64, other_read: f64| (overlap.common as f64 / of.max(1) as f64 / other_read).min(1.0);
    let (a_in_b, b_in_a) = (share(overlap.first, b.read), share(overlap.second, a.read));
    if a_in_b.max(b_in_a) < SHARE {
        return None;
    }
    let mutual = a_in_b.min(b_in_a);
    let rank = |placed: &PlacedSketch| {
        let table = facts.tables.iter().find(|table| table.place == placed.place);
        let age = table.map(|table| std::cmp::Reverse(table.first_seen));
        let in_database = table.is_some_and(|table| table.in_database);
        // Where both are in each other, text is the copy.
        let is_table = mutual >= SHARE && table.is_some_and(|table| table.shape == TableShape::Table);
        (in_database, is_table, placed.distinct, age, std::cmp::Reverse(placed.place.clone()))
    };
    Some(if rank(a) > rank(b) {
        Pair { copy: b, original: a, within: b_in_a, mutual }
    } else {
        Pair { copy: a, original: b, within: a_in_b, mutual }
    })
}

/// A file, or what lies in another source, is a copy whatever it looks like; within one database people are
/// referred to on purpose, and only what looks like the list itself is one.
fn is_copy(snapshot: &Snapshot<'_>, facts: &CollectionFacts, pair: &Pair<'_>) -> bool {
    if pair.within < SHARE {
        return false;
    }
    let in_database = facts.tables.iter().any(|table| table.place == pair.copy.place && table.in_database);
    if !in_database || pair.copy.place.source != pair.original.place.source {
        return true;
    }
    let one_row_each = pair.copy.distinct as f64 >= ONE_ROW_ONE_PERSON * pair.copy.rows as f64;
    let families = |placed: &PlacedSketch| table(snapshot, &placed.place).map(families).unwrap_or_default();
    let theirs = families(pair.original);
    one_row_each && families(pair.copy).iter().filter(|family| theirs.contains(family)).count() >= 2
}

fn families(table: &HeldTable) -> Vec<Family> {
    let mut families: Vec<Family> = table.columns.iter().map(|column| column.category.family()).collect();
    families.sort();
    families.dedup();
    families
}

fn table<'a>(snapshot: &Snapshot<'a>, place: &Place) -> Option<&'a HeldTable> {
    snapshot.tables.iter().find(|table| table.source == place.source && Some(&table.table) == place.table.as_ref())
}

fn is_declared(snapshot: &Snapshot<'_>, pair: &Pair<'_>) -> bool {
    let place = &pair.copy.place;
    let source = snapshot.policy.sources.get(&place.source);
    source.is_some_and(|source| source.declaration_of(place.table.as_deref().unwrap_or_default()).copy_of.is_some())
}

fn fault(snapshot: &Snapshot<'_>, pair: &Pair<'_>) -> Option<Fault> {
    let held = table(snapshot, &pair.copy.place)?;
    let exposure = if held.readable_by_everyone { Exposure::Neighbours } else { Exposure::Unbounded };
    let (copy, original) = (&pair.copy.place, &pair.original.place);
    let percent = (pair.within * 100.0).round() as u64;
    let people = (pair.within * pair.copy.distinct as f64).round() as u64;
    Some(Fault {
        place: copy.clone(),
        detail: original.to_string(),
        severity: held.severity(exposure),
        people: Some(people),
        title: format!("`{}` holds the same people as `{original}`: about {percent} % of those in it", name(copy)),
        reason: "a copy that no rule knows of is forgotten when people are erased or data reaches its end \
                 (GDPR art. 5(1)(c) and (e)); it was found by keyed hashes, no value was kept"
            .to_owned(),
        law: &["eu-gdpr-5-1-c", "eu-gdpr-5-1-e"],
        remedy: format!(
            "delete the copy and run `dataward scan {}`, or say that it is wanted: `[source.{}.table.{}]` with \
             `copy_of = {}` in dataward.toml",
            copy.source,
            copy.source,
            quoted(&name(copy)),
            quoted(&original_name(original)),
        ),
    })
}

fn name(place: &Place) -> String {
    place.table.clone().unwrap_or_default()
}

fn original_name(place: &Place) -> String {
    let source: &SourceId = &place.source;
    format!("{source}.{}", name(place))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
