//! Rows that are the same person: without labels, settings or training data.
//!
//! [`Register`] takes the rows of a table whose columns tell of persons ([`fields`]), keeps each value
//! once ([`intern`]), compares the rows that share a key ([`blocking`], [`compare`]), learns what
//! agreement is worth ([`model`]) and joins what is one person ([`cluster`]).

mod anyone;
mod blocking;
mod cluster;
mod compare;
mod derived;
pub(in crate::integrity) mod fields;
mod intern;
mod model;
mod own;
mod register;
mod similar;

use std::sync::Arc;

use arrow_array::RecordBatch;
use dataward_detect::TableVerdict;
use dataward_model::TableHead;

use self::blocking::Rule;
use self::cluster::Group;
use self::cluster::Link;
use self::compare::Comparison;
use self::compare::pattern;
use self::fields::Field;
use self::fields::Kind;
use self::model::Model;
use self::register::Rows;
use super::Tier;

/// Bytes that a register may take; rows beyond them are not compared.
const MOST_BYTES: usize = 1 << 30;
/// Rows that are compared.
const MOST_ROWS: usize = 8_000_000;
/// Fewer rows say too little of what is usual.
const LEAST_ROWS: usize = 20;
/// log2 of the odds from which two rows may be one person, are likely, and are for certain.
const MAY: f64 = 0.0;
const LIKELY: f64 = 2.0;
const CERTAIN: f64 = 10.0;

/// Rows of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// The rows by their place in the table, from 0; two or more.
    pub rows: Vec<u64>,
    /// How sure.
    pub tier: Tier,
    /// The probability that the least sure of them belongs to the others, by what was learned.
    pub probability: f64,
    /// Why, without any value.
    pub reason: Arc<str>,
}

/// A table of persons that is searched for rows of the same person.
#[derive(Debug)]
pub struct Register {
    fields: Vec<Field>,
    rows: Rows,
    left_out: u64,
}

impl Register {
    /// For a table that tells persons apart: it has names, and more than names. None for others.
    pub fn of(head: &TableHead, verdict: &TableVerdict) -> Option<Self> {
        let fields = fields::plan(head, verdict)?;
        Some(Self { rows: Rows::new(fields.len()), fields, left_out: 0 })
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        if self.rows.len() >= MOST_ROWS || self.rows.size() >= MOST_BYTES {
            self.left_out += batch.num_rows() as u64;
            return;
        }
        self.rows.add(&self.fields, batch);
    }

    /// Rows beyond the most that are compared.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The rows that are the same person, in the order of the table.
    pub fn finish(mut self) -> Vec<Duplicate> {
        if self.rows.len() < LEAST_ROWS {
            return Vec::new();
        }
        let kinds: Vec<Kind> = self.fields.iter().map(|field| field.kind).collect();
        anyone::forget(&mut self.rows, &kinds);
        for field in derived::fields(&self.rows, &kinds) {
            let codes: Vec<u32> = self.rows.texts[field].codes().collect();
            self.rows.forget_all(field, &codes);
        }
        let kinds = own::with_ids(&self.rows, &kinds, fields::MOST_IDS);
        self.fields.iter_mut().zip(&kinds).for_each(|(field, kind)| field.kind = *kind);
        let comparisons = compare::comparisons(&self.rows, &kinds);
        let rules = blocking::choose(&self.rows, &kinds);
        if rules.is_empty() {
            return Vec::new();
        }
        let model = model::learn(&self.rows, &comparisons, blocking::keyed(&rules));
        let links = links(&self.rows, &comparisons, &rules, &model);
        let weigh = |a: u32, b: u32| {
            let pair = (a as usize, b as usize);
            model.weight(&self.rows, &comparisons, pair, pattern(&self.rows, &comparisons, pair.0, pair.1))
        };
        let groups = cluster::groups(links, weigh);
        if self.is_journal(&groups) {
            return Vec::new();
        }
        groups.iter().map(|group| self.duplicate(group)).collect()
    }

    /// Whether the table tells what persons did rather than who they are: orders carry the name of the
    /// same customer to the letter, again and again.
    fn is_journal(&self, groups: &[Group]) -> bool {
        let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
        let others = |group: &&Group| {
            let first = self.rows.row(group.rows[0] as usize);
            group.rows[1..].iter().all(|row| {
                let row = self.rows.row(*row as usize);
                let same = |at: usize| self.fields[at].kind == Kind::Other || row[at] == first[at];
                (0..self.fields.len()).all(same)
            })
        };
        let literal = groups.iter().filter(others).count();
        rows * 10 >= self.rows.len() * 3 && literal * 10 >= groups.len() * 8
    }

    fn duplicate(&self, group: &Group) -> Duplicate {
        let first = self.rows.row(group.rows[0] as usize);
        let agree: Vec<&str> = (0..self.fields.len())
            .filter(|at| {
                first[*at] != 0 && group.rows.iter().all(|row| self.rows.row(*row as usize)[*at] == first[*at])
            })
            .map(|at| self.fields[at].column.as_str())
            .collect();
        // Name, address and telephone run in families: for certain is who shares what is a person's own.
        let own = (0..self.fields.len()).any(|at| {
            let is_own = matches!(self.fields[at].kind, Kind::Birth | Kind::Email | Kind::Id);
            is_own && first[at] != 0 && group.rows.iter().all(|row| self.rows.row(*row as usize)[at] == first[at])
        });
        let tier = match group.weight {
            CERTAIN.. if own => Tier::Certain,
            LIKELY.. => Tier::Likely,
            _ => Tier::Hint,
        };
        let odds = group.weight.min(60.0).exp2();
        let agreement = if agree.is_empty() {
            "no column agrees to the letter".to_owned()
        } else {
            format!("`{}` agree", agree.join("`, `"))
        };
        Duplicate {
            rows: group.rows.iter().map(|row| u64::from(*row)).collect(),
            tier,
            probability: odds / (1.0 + odds),
            reason: format!("{} rows tell of one person: {agreement}", group.rows.len()).into(),
        }
    }
}

/// Compares all pairs that share a key.
fn links(rows: &Rows, comparisons: &[Comparison], rules: &[Rule], model: &Model) -> Vec<Link> {
    let threads = threads();
    let work = |thread: usize| {
        let mut links = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            for group in rule.groups.iter().skip(thread).step_by(threads) {
                let group = rule.group(*group);
                for (place, &a) in group.iter().enumerate() {
                    for &b in &group[place + 1..] {
                        if blocking::is_found_before(rules, at, a, b) {
                            continue;
                        }
                        let pair = (a as usize, b as usize);
                        let weight = model.weight(rows, comparisons, pair, pattern(rows, comparisons, pair.0, pair.1));
                        if weight > MAY {
                            links.push(Link { rows: (a.min(b), a.max(b)), weight });
                        }
                    }
                }
            }
        }
        links
    };
    std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}
