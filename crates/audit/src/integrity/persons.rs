//! The same person in two tables: what one says of them and the other does not.
//!
//! Rows are joined by what is one person's alone (e-mail address, number of the state). What is compared
//! are keyed hashes of values written one way, so nothing of a value is kept or told.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_detect::TableVerdict;
use dataward_model::TableHead;

use super::TableCheck;
use super::duplicates::fields;
use super::duplicates::fields::Field;
use super::duplicates::fields::Kind;
use super::duplicates::fields::normalise;

/// Rows of a table that are kept, at 8 bytes for each column.
const MOST_ROWS: usize = 4_000_000;
/// People that two tables must share before their columns are compared.
const LEAST_SHARED: usize = 5;
/// Cells of a table that are named, as many as a report lists.
const MOST_CELLS: usize = TableCheck::MOST_ISSUES;
/// The share of shared people for whom two columns must agree: else they mean different things.
const AGREEMENT: f64 = 0.6;

/// What a table tells of persons, as keyed hashes.
#[derive(Debug)]
pub struct Persons {
    fields: Vec<Field>,
    /// For each field a hash of each row; 0 for none. What is compared later is kept elsewhere.
    hashes: Vec<Vec<u64>>,
    hasher: RandomState,
    /// How many rows are kept at most; when more come, none of these.
    room: usize,
}

/// Cells of a column that another table contradicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differences {
    /// Which of the tables that were given.
    pub table: usize,
    /// The column.
    pub column: String,
    /// The rows, by their places, each with why, without any value. That one of two tables is wrong is likely.
    pub rows: BTreeMap<u64, Arc<str>>,
}

impl Persons {
    /// For a table that tells of persons. `hasher` must be the same for all tables of a run.
    pub fn of(head: &TableHead, verdict: &TableVerdict, hasher: &RandomState) -> Option<Self> {
        let fields: Vec<Field> =
            fields::columns(head, verdict).into_iter().filter(|field| field.kind != Kind::Other).collect();
        let joined = fields.iter().any(|field| is_identity(field.kind));
        let hashes = vec![Vec::new(); fields.len()];
        (joined && fields.len() >= 2).then(|| Self { fields, hashes, hasher: hasher.clone(), room: MOST_ROWS })
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        let start = self.hashes.first().map_or(0, Vec::len);
        if start + batch.num_rows() > self.room {
            // A smaller batch that comes later stands elsewhere in the table than behind these.
            self.room = start;
            return;
        }
        let (mut text, mut normal) = (String::new(), String::new());
        for (field, hashes) in self.fields.iter().zip(&mut self.hashes) {
            hashes.resize(start + batch.num_rows(), 0);
            let Some(array) = batch.column_by_name(&field.column) else { continue };
            let options = FormatOptions::new();
            let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else { continue };
            for row in (0..array.len()).filter(|row| !array.is_null(*row)) {
                text.clear();
                if formatter.value(row).write(&mut text).is_ok() {
                    normalise(field.kind, &text, &mut normal);
                    if !normal.is_empty() {
                        hashes[start + row] = self.hasher.hash_one(&normal).max(1);
                    }
                }
            }
        }
    }

    /// The hashes, field by field, to be kept elsewhere until [`differences`] asks for them; after those of all
    /// fields, for each field where its persons stand.
    pub fn take_hashes(&mut self) -> Vec<Vec<u64>> {
        let mut words: Vec<Vec<u64>> = self.hashes.iter_mut().map(std::mem::take).collect();
        for (at, field) in self.fields.iter().enumerate() {
            words.push(if is_identity(field.kind) { places(&words[at]) } else { Vec::new() });
        }
        words
    }
}

/// Where each person stands, by one identity: hash and row, hash and row, sorted; those that stand there twice
/// are left out.
fn places(hashes: &[u64]) -> Vec<u64> {
    let filled = (0_u64..).zip(hashes).filter(|(_, hash)| **hash != 0);
    let mut places: Vec<(u64, u64)> = filled.map(|(row, hash)| (*hash, row)).collect();
    places.sort_unstable();
    let groups = places.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() == 1);
    groups.flat_map(|group| [group[0].0, group[0].1]).collect()
}

/// The rows of persons that stand in both, from two lists of [`places`].
fn shared(one: &[u64], other: &[u64]) -> Vec<(usize, usize)> {
    let (mut one, mut other) = (one.chunks_exact(2).peekable(), other.chunks_exact(2).peekable());
    let mut shared = Vec::new();
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        match a[0].cmp(&b[0]) {
            Ordering::Less => _ = one.next(),
            Ordering::Greater => _ = other.next(),
            Ordering::Equal => {
                shared.push((a[1] as usize, b[1] as usize));
                one.next();
                other.next();
            }
        }
    }
    shared
}

fn is_identity(kind: Kind) -> bool {
    matches!(kind, Kind::Email | Kind::Id)
}

/// Gives what [`Persons::take_hashes`] gave of a table, by the numbers of table and part, where it can.
type Parts<'a> = dyn FnMut(usize, usize) -> Option<Vec<u64>> + 'a;

/// Tells `found` what the tables say differently of the same persons, table after table. Both cells are named: which is
/// right, no table knows. What is said of one table is held at a time, a million cells at most.
pub fn differences(tables: &[(&str, &Persons)], parts: &mut Parts<'_>, found: &mut dyn FnMut(Differences)) {
    for (one, (_, persons)) in tables.iter().enumerate() {
        let mut here = Found::default();
        for (identity, field) in persons.fields.iter().enumerate().filter(|(_, field)| is_identity(field.kind)) {
            let is_same = |other: &Field| other.kind == field.kind;
            let others = || tables.iter().enumerate().filter(|(other, _)| *other != one);
            if !others().any(|(_, (_, others))| others.fields.iter().any(is_same)) {
                continue;
            }
            let Some(places) = parts(one, persons.fields.len() + identity) else { continue };
            for (other, (_, others)) in others() {
                for (at, _) in others.fields.iter().enumerate().filter(|(_, other)| is_same(other)) {
                    let Some(there) = parts(other, others.fields.len() + at) else { continue };
                    let shared = shared(&places, &there);
                    if shared.len() >= LEAST_SHARED {
                        compare(tables, (one, other), &shared, field.kind, parts, &mut here);
                    }
                }
            }
        }
        for (column, rows) in here.columns {
            found(Differences { table: one, column, rows });
        }
    }
}

/// What is said of one table: by column the rows, each with why.
#[derive(Default)]
struct Found {
    columns: BTreeMap<String, BTreeMap<u64, Arc<str>>>,
    cells: usize,
}

fn compare(
    tables: &[(&str, &Persons)],
    (one, other): (usize, usize),
    shared: &[(usize, usize)],
    by: Kind,
    parts: &mut Parts<'_>,
    found: &mut Found,
) {
    let by = if by == Kind::Email { "e-mail address" } else { "number of the state" };
    let ((_, persons), (other_name, others)) = (tables[one], tables[other]);
    for (a, field) in persons.fields.iter().enumerate() {
        for (b, same) in others.fields.iter().enumerate().filter(|(_, same)| same.kind == field.kind) {
            let (Some(here), Some(there)) = (parts(one, a), parts(other, b)) else { continue };
            let cell = |hashes: &[u64], row: usize| hashes.get(row).copied().unwrap_or(0);
            let both =
                shared.iter().copied().filter(|(row, other)| cell(&here, *row) != 0 && cell(&there, *other) != 0);
            let (agree, differ): (Vec<_>, Vec<_>) =
                both.partition(|(row, other)| cell(&here, *row) == cell(&there, *other));
            let all = agree.len() + differ.len();
            if all < LEAST_SHARED || (agree.len() as f64) < AGREEMENT * all as f64 {
                continue;
            }
            let reason: Arc<str> = format!(
                "`{other_name}`.`{}` says something else of the person with the same {by}, where {} of {all} agree",
                same.column,
                agree.len()
            )
            .into();
            let rows = found.columns.entry(field.column.clone()).or_default();
            for (row, _) in differ {
                if found.cells < MOST_CELLS && !rows.contains_key(&(row as u64)) {
                    rows.insert(row as u64, Arc::clone(&reason));
                    found.cells += 1;
                }
            }
        }
    }
}
