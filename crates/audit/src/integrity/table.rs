//! One table, checked while it is read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::TableHead;
use dataward_model::made_up::ADDRESS;
use dataward_model::made_up::DAY;
use dataward_model::made_up::DOCUMENT;
use dataward_model::made_up::NOTHING;
use dataward_model::made_up::is_made_up;

use super::Answers;
use super::Asked;
use super::CELL_CHECKS;
use super::Found;
use super::FoundCell;
use super::Reason;
use super::Tier;
use super::Today;
use super::block::BLANK;
use super::block::Block;
use super::row_key::uuid;

/// A cell that something speaks against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The column.
    pub column: String,
    /// The row.
    pub row: Row,
    /// The check that says most against it.
    pub check: &'static str,
    /// How sure that is.
    pub tier: Tier,
    /// What kind of fault of the column it is: one question to its owner. Empty where the check asks one question.
    pub pattern: Arc<str>,
    /// Why, without any value.
    pub reason: Arc<str>,
    /// The other rows that it is about: those of the same person.
    pub with: Vec<Row>,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// By its place in the table, from 0.
    Index(u64),
    /// By its primary key, where that is a number.
    Key(i64),
    /// By its primary key, where that is a UUID.
    Uuid(u128),
}

/// What the checks say of a table.
#[derive(Clone, Debug, Default)]
pub struct TableIssues {
    /// At most one for each cell; in the order of rows.
    pub issues: Vec<Issue>,
    /// Issues beyond [`TableCheck::MOST_ISSUES`], counted only.
    pub left_out: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Columns that were checked.
    pub columns: u64,
}

/// Checks a table block by block. Tables of more than 4 million cells, or 96 MiB of different
/// values, are judged in several blocks, each by what stands in it.
#[derive(Debug)]
pub struct TableCheck {
    key: Option<String>,
    names: Vec<String>,
    /// Columns that refer to other rows of the table.
    own: Vec<String>,
    /// Columns in which plans of retention made values up.
    made_up: Vec<String>,
    block: Block,
    today: Today,
    /// What people said about earlier findings.
    answers: Arc<Answers>,
    name: String,
    first_row: u64,
    done: TableIssues,
}

impl TableCheck {
    /// Issues kept of one table.
    pub const MOST_ISSUES: usize = 1_000_000;

    /// For a table whose rows come next.
    pub fn new(head: &TableHead, today: Today) -> Self {
        let keys: Vec<_> = head.columns.iter().filter(|column| column.role == ColumnRole::PrimaryKey).collect();
        let names: Vec<String> = head.columns.iter().map(|column| column.name.clone()).collect();
        let key = if let [only] = keys.as_slice() { Some(only.name.clone()) } else { None };
        let is_own = |column: &&ColumnHead| column.references.as_ref().is_some_and(|to| to.table == head.name);
        let own = head.columns.iter().filter(is_own).map(|column| column.name.clone()).collect();
        let block = Block::new(names.iter().map(String::as_str));
        Self {
            key,
            names,
            own,
            made_up: Vec::new(),
            block,
            today,
            answers: Arc::default(),
            name: head.name.clone(),
            first_row: 0,
            done: TableIssues::default(),
        }
    }

    /// The same, where plans of retention made up values in `columns`: these are neither right nor wrong.
    #[must_use]
    pub fn with_made_up(self, columns: &[String]) -> Self {
        Self { made_up: columns.to_vec(), ..self }
    }

    /// The same, weighed by what people said.
    #[must_use]
    pub fn with_answers(self, answers: &Arc<Answers>) -> Self {
        Self { answers: Arc::clone(answers), ..self }
    }

    /// Whether a value was made up by us. Days, addresses and words that stand for nothing people too write, so those
    /// are ours only where a plan wrote them.
    fn is_ours(&self, column: &str, text: &str) -> bool {
        let peoples = text == NOTHING || text == ADDRESS || text == DOCUMENT || text.starts_with(DAY);
        is_made_up(text) && (!peoples || self.made_up.iter().any(|known| known == column))
    }

    /// Looks at more rows.
    pub fn add(&mut self, batch: &RecordBatch) {
        self.block.add(batch);
        if self.block.is_full() {
            self.judge();
        }
    }

    /// What is wrong.
    pub fn finish(mut self) -> TableIssues {
        self.judge();
        self.done
    }

    /// Makes cells as sure as what people said of their like lets them be, before the surest of each is taken.
    fn weigh(&self, block: &Block, cells: &mut [FoundCell]) {
        if self.answers.is_empty() {
            return;
        }
        // A reason is shared by all cells that it is given for.
        let mut known: HashMap<(*const Reason, u32, Tier), Tier> = HashMap::new();
        for cell in cells {
            let weighed = || {
                let (column, check) = (&block.columns[cell.column as usize].name, CELL_CHECKS[cell.check].name);
                self.answers.weigh(&self.name, column, check, &cell.reason.pattern, cell.tier)
            };
            cell.tier = *known.entry((Arc::as_ptr(&cell.reason), cell.column, cell.tier)).or_insert_with(weighed);
        }
    }

    fn judge(&mut self) {
        let block = std::mem::replace(&mut self.block, Block::new(self.names.iter().map(String::as_str)));
        if block.rows == 0 {
            return;
        }
        let mut cells: Vec<FoundCell> = Vec::new();
        let asked = Asked { today: self.today, table: &self.name, own: &self.own, answers: &self.answers };
        for (check, one) in CELL_CHECKS.iter().enumerate() {
            (one.run)(&block, &asked, &mut Found { check, cells: &mut cells });
        }
        cells.retain(|cell| {
            let column = &block.columns[cell.column as usize];
            !self.is_ours(&column.name, &column.values[column.codes[cell.row as usize] as usize])
        });
        self.weigh(&block, &mut cells);
        cells.sort_by(|a, b| (a.row, a.column, b.tier, a.check).cmp(&(b.row, b.column, a.tier, b.check)));
        cells.dedup_by(|later, first| (later.row, later.column) == (first.row, first.column));
        let key = self.key.as_ref().and_then(|key| block.columns.iter().find(|column| column.name == *key));
        for cell in cells {
            if self.done.issues.len() >= Self::MOST_ISSUES {
                self.done.left_out += 1;
                continue;
            }
            let code = key.map_or(BLANK, |key| key.codes[cell.row as usize]);
            let called = key.map(|key| &key.values[code as usize]);
            let row = match called.map(|text| (text.parse().ok(), uuid(text))) {
                Some((Some(number), _)) => Row::Key(number),
                Some((None, Some(id))) => Row::Uuid(id),
                _ => Row::Index(self.first_row + u64::from(cell.row)),
            };
            self.done.issues.push(Issue {
                column: block.columns[cell.column as usize].name.clone(),
                row,
                check: CELL_CHECKS[cell.check].name,
                tier: cell.tier,
                pattern: Arc::clone(&cell.reason.pattern),
                reason: Arc::clone(&cell.reason.text),
                with: Vec::new(),
            });
        }
        self.first_row += block.rows as u64;
        self.done.rows = self.first_row;
        self.done.columns = self.done.columns.max(block.columns.len() as u64);
    }
}
