//! Copies of the same people in another table, file or dump: erasure and retention miss them.
//!
//! Found by keyed sketches, never by values. Of each pair of tables that share people one is taken for
//! the original: databases before files, what is not called a backup, export or the like before what is, tables before
//! running text, then the one with more people, then the older one. That order is one for all tables, so no two are
//! copies of each other. What is reached twice (two sources of one database, overlapping folders, hard links) is one
//! thing and no copy of itself.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashMap;

use dataward_model::Family;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::SourceId;
use dataward_model::TableShape;
use jiff::Timestamp;

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
}

/// Originals that hold nearly as large a share of a copy as the best of them (so far below it) are equals: then the one
/// that comes first among originals counts. A database counts before files all the same.
const AS_GOOD: f64 = 0.1;

fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.collection else { return Vec::new() };
    let mut by_copy: BTreeMap<&Place, Vec<Pair<'_>>> = BTreeMap::new();
    // A materialised view is no list that somebody copied, and nothing is a copy of one.
    let derived = |place: &Place| table(snapshot, place).is_some_and(|table| table.is_derived);
    let sketches: Vec<&PlacedSketch> = facts.sketches.iter().filter(|placed| !derived(&placed.place)).collect();
    for (a, b) in candidates(&sketches) {
        let Some(pair) = pair(facts, a, b) else { continue };
        if is_copy(snapshot, facts, &pair) {
            by_copy.entry(&pair.copy.place).or_default().push(pair);
        }
    }
    let original = |pairs: &Vec<Pair<'_>>| -> Option<usize> {
        let best = pairs.iter().map(|pair| pair.within).fold(0.0, f64::max);
        let order = |at: &usize| {
            let rank = rank(facts, pairs[*at].original);
            (rank.0, pairs[*at].within >= best - AS_GOOD, rank)
        };
        (0..pairs.len()).max_by(|a, b| order(a).cmp(&order(b)))
    };
    let pairs = by_copy.values().filter_map(|pairs| pairs.get(original(pairs)?));
    pairs.filter(|pair| !is_declared(snapshot, pair)).filter_map(|pair| fault(snapshot, facts, pair)).collect()
}

/// Pairs of columns of the same kind in different tables that have hashes in common.
fn candidates<'a>(sketches: &[&'a PlacedSketch]) -> Vec<(&'a PlacedSketch, &'a PlacedSketch)> {
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
    pairs.into_iter().map(|(a, b)| (sketches[a], sketches[b])).filter(|(a, b)| alike(a, b)).collect()
}

fn pair<'a>(facts: &CollectionFacts, a: &'a PlacedSketch, b: &'a PlacedSketch) -> Option<Pair<'a>> {
    let overlap = a.sketch.overlap(&b.sketch);
    if overlap.common < COMMON {
        return None;
    }
    // Of two samples only the product of their shares can be seen in both.
    let share = |of: u64, other_read: f64| (overlap.common as f64 / of.max(1) as f64 / other_read).min(1.0);
    let (a_in_b, b_in_a) = (share(overlap.first, b.read), share(overlap.second, a.read));
    if a_in_b.max(b_in_a) < SHARE || is_same(facts, &a.place, &b.place) {
        return None;
    }
    Some(if rank(facts, a) > rank(facts, b) {
        Pair { copy: b, original: a, within: b_in_a }
    } else {
        Pair { copy: a, original: b, within: a_in_b }
    })
}

/// The greater of two is the original of the other.
type Rank<'a> = (bool, bool, bool, u64, Option<Reverse<Timestamp>>, Reverse<&'a Place>);

fn rank<'a>(facts: &CollectionFacts, placed: &'a PlacedSketch) -> Rank<'a> {
    let table = facts.tables.iter().find(|table| table.place == placed.place);
    (
        table.is_some_and(|table| table.in_database),
        !is_called_a_copy(&placed.place),
        table.is_some_and(|table| table.shape == TableShape::Table),
        placed.distinct,
        table.map(|table| Reverse(table.first_seen)),
        Reverse(&placed.place),
    )
}

/// Words in names of sources, folders, files and tables that stand for copies.
const COPY_WORDS: &[&str] = &[
    "archiv",
    "archive",
    "archives",
    "backup",
    "backups",
    "bak",
    "bck",
    "bkp",
    "copie",
    "copy",
    "dmp",
    "dump",
    "dumps",
    "export",
    "exports",
    "kopie",
    "old",
    "orig",
    "restore",
    "sauvegarde",
    "save",
    "sicherung",
    "snapshot",
    "staging",
    "temp",
    "tmp",
];

fn is_called_a_copy(place: &Place) -> bool {
    let name = format!("{} {}", place.source, name(place)).to_lowercase();
    name.split(|c: char| !c.is_alphabetic()).any(|word| COPY_WORDS.contains(&word))
}

/// Whether both are one thing that is reached in two ways.
fn is_same(facts: &CollectionFacts, one: &Place, other: &Place) -> bool {
    let stored = |place: &Place| facts.tables.iter().find(|table| table.place == *place).map(|table| &table.stored);
    let (Some(one), Some(other)) = (stored(one), stored(other)) else { return false };
    one.iter().any(|known| other.contains(known))
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

fn fault(snapshot: &Snapshot<'_>, facts: &CollectionFacts, pair: &Pair<'_>) -> Option<Fault> {
    let held = table(snapshot, &pair.copy.place)?;
    let exposure = if held.readable_by_everyone { Exposure::Neighbours } else { Exposure::Unbounded };
    let (copy, original) = (&pair.copy.place, &pair.original.place);
    let percent = (pair.within * 100.0).round() as u64;
    let people = (pair.within * pair.copy.distinct as f64).round() as u64;
    let is_text =
        facts.tables.iter().any(|table| table.place == pair.copy.place && table.shape == TableShape::Document);
    Some(Fault {
        place: copy.clone(),
        detail: String::new(),
        severity: held.severity(exposure),
        people: Some(people),
        title: match is_text {
            true => format!("`{copy}` tells of the people in `{original}`: about {percent} % of those in it"),
            false => format!("`{copy}` holds the same people as `{original}`: about {percent} % of those in it"),
        },
        reason: format!(
            "{} that no rule knows of is forgotten when people are erased or data reaches its end \
             (GDPR art. 5(1)(c) and (e)); it was found by keyed hashes, no value was kept",
            if is_text { "a place" } else { "a copy" }
        ),
        law: &["eu-gdpr-5-1-c", "eu-gdpr-5-1-e"],
        remedy: remedy(held, copy, original, is_text),
    })
}

/// What to do. Letters and logs are no lists that somebody copied: they are kept for what they say, for their own time.
fn remedy(held: &HeldTable, copy: &Place, original: &Place, is_text: bool) -> Remedy {
    let declared = format!(
        "`[source.{}.table.{}]` with `copy_of = {}` in dataward.toml",
        copy.source,
        quoted(&name(copy)),
        quoted(&original_name(original)),
    );
    Remedy::Words(match is_text {
        true => format!(
            "say until when it is kept: `[[retain]]` with `what = {}` in dataward.toml; or that it goes with the \
             people in it: {declared}",
            quoted(&format!("{}.{}", held.source, held.unit))
        ),
        false => format!(
            "say that it is wanted: {declared}; or delete it if it is a copy that nobody needs, and run `dataward scan {}`",
            copy.source
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
