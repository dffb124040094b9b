//! One table, looked at from all sides while it is read once.

use std::hash::RandomState;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use dataward_detect::Detector;
use dataward_detect::TableProfile;
use dataward_evidence::RowKey;
use dataward_model::TableHead;

use super::Issue;
use super::TableCheck;
use super::TableIssues;
use super::Tier;
use super::Today;
use super::answers::Answers;
use super::changes::Changes;
use super::changes::TableNow;
use super::duplicates::Duplicate;
use super::duplicates::Register;
use super::persons::Persons;
use super::references::KeyColumns;
use super::row_key::RowKeys;

/// Rows from which it is told what the columns hold; of wide tables fewer, as many as take so much memory.
const OPENING: usize = 4_096;
/// See [`OPENING`].
const OPENING_BYTES: usize = 32 << 20;

/// What all tables of a run are read with.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Tells what columns hold.
    pub detector: Arc<Detector>,
    /// The present day.
    pub today: Today,
    /// The key of this run for values that are compared between tables.
    pub hasher: RandomState,
    /// The key of the project for what is kept until the next audit; none: nothing is kept.
    pub key: Option<RowKey>,
    /// What people said about earlier findings.
    pub answers: Arc<Answers>,
}

/// What is known of a table beside its head.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Columns that others refer to, whatever they are called.
    pub referred: Vec<String>,
    /// Columns in which plans of retention made values up.
    pub made_up: Vec<String>,
}

/// A table while it is read.
#[derive(Debug)]
pub struct TableReader {
    head: TableHead,
    reading: Reading,
    check: TableCheck,
    keys: RowKeys,
    references: KeyColumns,
    changes: Option<Changes>,
    opening: Option<(TableProfile, Vec<RecordBatch>)>,
    opening_bytes: usize,
    rows: usize,
    register: Option<Register>,
    persons: Option<Persons>,
}

/// What was found in a table.
#[derive(Debug)]
pub struct TableFound {
    /// The table.
    pub name: String,
    /// Cells and rows that something speaks against.
    pub issues: TableIssues,
    /// What its rows are called.
    pub keys: RowKeys,
    /// What it holds, where that is kept.
    pub now: Option<TableNow>,
    answers: Arc<Answers>,
}

/// What a table is compared with others by.
#[derive(Debug)]
pub struct TableLinks {
    /// Keys and references.
    pub references: KeyColumns,
    /// What it tells of persons.
    pub persons: Option<Persons>,
}

impl TableReader {
    /// For a table whose rows come next.
    pub fn new(head: &TableHead, reading: &Reading, known: &Known) -> Self {
        Self {
            check: TableCheck::new(head, reading.today).with_made_up(&known.made_up).with_answers(&reading.answers),
            keys: RowKeys::of(head),
            references: KeyColumns::of(head, &reading.hasher, &known.referred),
            changes: reading.key.as_ref().map(|key| Changes::of(head, key)),
            opening: Some((reading.detector.profile(head), Vec::new())),
            opening_bytes: 0,
            rows: 0,
            register: None,
            persons: None,
            head: head.clone(),
            reading: reading.clone(),
        }
    }

    /// Takes the rows of a batch.
    pub fn add(&mut self, batch: &RecordBatch) {
        self.check.add(batch);
        self.keys.add(batch);
        self.references.add(batch);
        if let Some(changes) = &mut self.changes {
            changes.add(batch);
        }
        self.rows += batch.num_rows();
        match &mut self.opening {
            Some((profile, batches)) => {
                profile.update(&self.reading.detector, batch);
                batches.push(batch.clone());
                // Batches may be parts of larger ones.
                let bytes = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
                self.opening_bytes += batch.columns().iter().map(bytes).sum::<usize>();
                if self.rows >= OPENING || self.opening_bytes >= OPENING_BYTES {
                    self.open();
                }
            }
            None => self.add_persons(batch),
        }
    }

    /// Tells what the columns hold, and gives the rows so far to those who asked for it.
    fn open(&mut self) {
        let Some((profile, batches)) = self.opening.take() else { return };
        let verdict = profile.verdict(&self.reading.detector);
        self.register = Register::of(&self.head, &verdict);
        self.persons = Persons::of(&self.head, &verdict, &self.reading.hasher);
        batches.iter().for_each(|batch| self.add_persons(batch));
    }

    fn add_persons(&mut self, batch: &RecordBatch) {
        if let Some(register) = &mut self.register {
            register.add(batch);
        }
        if let Some(persons) = &mut self.persons {
            persons.add(batch);
        }
    }

    /// What was found. `is_whole`: all rows of the table came.
    pub fn finish(mut self, is_whole: bool) -> (TableFound, TableLinks) {
        self.open();
        if !is_whole {
            self.references.is_partial();
        }
        let issues = self.check.finish();
        let mut found = TableFound {
            issues,
            keys: self.keys,
            now: self.changes.filter(|_| is_whole).map(Changes::finish),
            answers: self.reading.answers,
            name: self.head.name,
        };
        found.push_duplicates(&self.register.map(Register::finish).unwrap_or_default());
        (found, TableLinks { references: self.references, persons: self.persons })
    }
}

impl TableFound {
    /// For what is found in a table when it is compared with others.
    pub fn later(name: &str, keys: RowKeys, answers: &Arc<Answers>) -> Self {
        let answers = Arc::clone(answers);
        Self { name: name.to_owned(), issues: TableIssues::default(), keys, now: None, answers }
    }

    /// Adds an issue about the row at a place in the table; an empty column stands for all of the row.
    pub fn push(&mut self, column: &str, row: u64, check: &'static str, tier: Tier, reason: &Arc<str>, with: &[u64]) {
        if self.issues.issues.len() >= TableCheck::MOST_ISSUES {
            self.issues.left_out += 1;
            return;
        }
        let tier = self.answers.weigh(&self.name, column, check, "", tier);
        self.issues.issues.push(Issue {
            column: column.to_owned(),
            row: self.keys.row(row),
            check,
            tier,
            pattern: Arc::default(),
            reason: Arc::clone(reason),
            with: with.iter().map(|row| self.keys.row(*row)).collect(),
        });
    }

    /// Turns rows of the same person into issues: each later row names the others.
    fn push_duplicates(&mut self, duplicates: &[Duplicate]) {
        for found in duplicates {
            for row in &found.rows[1..] {
                let others: Vec<u64> =
                    found.rows.iter().copied().filter(|other| other != row).take(MOST_NAMED).collect();
                self.push("", *row, "duplicate", found.tier, &found.reason, &others);
            }
        }
    }
}

/// Other rows of a person that an issue names.
const MOST_NAMED: usize = 20;
