//! The same person in two tables: what one says of them and the other does not.
//!
//! Rows are joined by what is one person's alone (e-mail address, number of the state). What is compared
//! are keyed hashes of values written one way, so nothing of a value is kept or told.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hash::RandomState;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_cast::display::ArrayFormatter;
use arrow_cast::display::FormatOptions;
use dataward_detect::TableVerdict;
use dataward_model::TableHead;

use super::Tier;
use super::duplicates::fields;
use super::duplicates::fields::Field;
use super::duplicates::fields::Kind;
use super::duplicates::fields::normalise;

/// Rows of a table that are kept, at 8 bytes for each column.
const MOST_ROWS: usize = 4_000_000;
/// People that two tables must share before their columns are compared.
const LEAST_SHARED: usize = 5;
/// The share of shared people for whom two columns must agree: else they mean different things.
const AGREEMENT: f64 = 0.6;

/// What a table tells of persons, as keyed hashes.
#[derive(Debug)]
pub struct Persons {
    fields: Vec<Field>,
    /// Row by row, a hash for each field; 0 for none.
    hashes: Vec<u64>,
    hasher: RandomState,
}

/// A cell that another table contradicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which of the tables that were given.
    pub table: usize,
    /// The column.
    pub column: String,
    /// The row, by its place.
    pub row: u64,
    /// How sure it is that one of the two is wrong.
    pub tier: Tier,
    /// Why, without any value.
    pub reason: String,
}

impl Persons {
    /// For a table that tells of persons. `hasher` must be the same for all tables of a run.
    pub fn of(head: &TableHead, verdict: &TableVerdict, hasher: &RandomState) -> Option<Self> {
        let fields: Vec<Field> =
            fields::columns(head, verdict).into_iter().filter(|field| field.kind != Kind::Other).collect();
        let joined = fields.iter().any(|field| is_identity(field.kind));
        (joined && fields.len() >= 2).then(|| Self { fields, hashes: Vec::new(), hasher: hasher.clone() })
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        let width = self.fields.len();
        if self.hashes.len() / width + batch.num_rows() > MOST_ROWS {
            return;
        }
        let start = self.hashes.len();
        self.hashes.resize(start + batch.num_rows() * width, 0);
        let (mut text, mut normal) = (String::new(), String::new());
        for (at, field) in self.fields.iter().enumerate() {
            let Some(array) = batch.column_by_name(&field.column) else { continue };
            let options = FormatOptions::new();
            let Ok(formatter) = ArrayFormatter::try_new(array.as_ref(), &options) else { continue };
            for row in (0..array.len()).filter(|row| !array.is_null(*row)) {
                text.clear();
                if formatter.value(row).write(&mut text).is_ok() {
                    normalise(field.kind, &text, &mut normal);
                    if !normal.is_empty() {
                        self.hashes[start + row * width + at] = self.hasher.hash_one(&normal).max(1);
                    }
                }
            }
        }
    }

    fn rows(&self) -> usize {
        self.hashes.len() / self.fields.len()
    }

    fn hash(&self, row: usize, field: usize) -> u64 {
        self.hashes[row * self.fields.len() + field]
    }

    /// Where each person stands, by one identity; those that stand there twice are left out.
    fn places(&self, field: usize) -> HashMap<u64, usize> {
        let mut places: HashMap<u64, usize> = HashMap::new();
        for row in 0..self.rows() {
            let hash = self.hash(row, field);
            if hash != 0 {
                places.entry(hash).and_modify(|at| *at = usize::MAX).or_insert(row);
            }
        }
        places.retain(|_, row| *row != usize::MAX);
        places
    }
}

fn is_identity(kind: Kind) -> bool {
    matches!(kind, Kind::Email | Kind::Id)
}

/// What the tables say differently of the same persons. Both cells are named: which is right, no table
/// knows.
pub fn differences(tables: &[(&str, &Persons)]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (one, (name, persons)) in tables.iter().enumerate() {
        let identities: Vec<(usize, Kind)> = persons
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| is_identity(field.kind))
            .map(|(at, field)| (at, field.kind))
            .collect();
        for (identity, kind) in identities {
            let places = persons.places(identity);
            for (other, (other_name, others)) in tables.iter().enumerate().skip(one + 1) {
                for (at, _) in others.fields.iter().enumerate().filter(|(_, field)| field.kind == kind) {
                    let shared: Vec<(usize, usize)> = others
                        .places(at)
                        .into_iter()
                        .filter_map(|(hash, row)| places.get(&hash).map(|first| (*first, row)))
                        .collect();
                    if shared.len() >= LEAST_SHARED {
                        let pair = [(one, *name, *persons), (other, *other_name, *others)];
                        compare(pair, &shared, kind, &mut found);
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| (a.table, a.row, &a.column).cmp(&(b.table, b.row, &b.column)));
    found.dedup_by(|a, b| (a.table, a.row, &a.column) == (b.table, b.row, &b.column));
    found
}

fn compare(
    [(one, name, persons), (other, other_name, others)]: [(usize, &str, &Persons); 2],
    shared: &[(usize, usize)],
    by: Kind,
    found: &mut Vec<Difference>,
) {
    let by = if by == Kind::Email { "e-mail address" } else { "number of the state" };
    for (a, field) in persons.fields.iter().enumerate() {
        for (b, same) in others.fields.iter().enumerate().filter(|(_, same)| same.kind == field.kind) {
            let both: Vec<(usize, usize)> = shared
                .iter()
                .copied()
                .filter(|(row, other)| persons.hash(*row, a) != 0 && others.hash(*other, b) != 0)
                .collect();
            let differ: Vec<(usize, usize)> =
                both.iter().copied().filter(|(row, other)| persons.hash(*row, a) != others.hash(*other, b)).collect();
            let agreeing = both.len() - differ.len();
            if both.len() < LEAST_SHARED || (agreeing as f64) < AGREEMENT * both.len() as f64 {
                continue;
            }
            let reason = |table: &str, column: &str| {
                format!(
                    "`{table}`.`{column}` says something else of the person with the same {by}, where {agreeing} of {} agree",
                    both.len()
                )
            };
            for (row, row_there) in differ {
                let mut name_cell = |table: usize, column: &str, row: usize, reason: String| {
                    let (column, row) = (column.to_owned(), row as u64);
                    found.push(Difference { table, column, row, tier: Tier::Likely, reason });
                };
                name_cell(one, &field.column, row, reason(other_name, &same.column));
                name_cell(other, &same.column, row_there, reason(name, &field.column));
            }
        }
    }
}
