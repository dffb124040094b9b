//! What the ledger says of the rows of one source: which were erased, and whether a row is one of them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::Mac;

use crate::erasure_key::ErasureKey;
use crate::ledger::Digest;
use crate::ledger::KEPT;
use crate::ledger::Line;
use crate::ledger::MAC_BYTES;
use crate::ledger::NOTHING;
use crate::ledger::first;
use crate::ledger::identity_digest;
use crate::ledger::key_digest;
use crate::plan::Replacement;

/// Erased rows of one source, to be found again.
#[derive(Debug)]
pub struct Ledger {
    key: ErasureKey,
    tables: HashMap<String, ErasedTable>,
}

/// Erased rows of one table.
#[derive(Debug, Default)]
struct ErasedTable {
    columns: Vec<String>,
    groups: Vec<Group>,
    plans: Vec<String>,
    /// By the digest of the key.
    rows: HashMap<Digest, Vec<ErasedRow>>,
}

/// One erased row.
#[derive(Debug, PartialEq, Eq)]
struct ErasedRow {
    identity: Vec<Digest>,
    group: usize,
    plan: usize,
}

impl ErasedTable {
    /// Adds a row, unless the same plan brought it before: what was gathered by a run that was cut off is gathered
    /// again.
    fn erase(&mut self, key: Digest, row: ErasedRow) {
        let rows = self.rows.entry(key).or_default();
        if !rows.contains(&row) {
            rows.push(row);
        }
    }

    /// Takes out the row with this key and one of these identity values that `plan` brought: it stayed.
    fn keep(&mut self, key: Digest, identity: &[Digest], plan: usize) {
        let Some(rows) = self.rows.get_mut(&key) else { return };
        let same = |row: &ErasedRow| {
            row.plan == plan && (row.identity.is_empty() || row.identity.iter().any(|one| identity.contains(one)))
        };
        if let Some(at) = rows.iter().rposition(same) {
            rows.remove(at);
        }
        if rows.is_empty() {
            self.rows.remove(&key);
        }
    }
}

/// The position of `wanted` in `known`, where it is added when it is not there.
fn numbered<T: PartialEq>(known: &mut Vec<T>, wanted: T) -> usize {
    known.iter().position(|one| *one == wanted).unwrap_or_else(|| {
        known.push(wanted);
        known.len() - 1
    })
}

/// Rows of a table that went in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The rule.
    pub rule: String,
    /// erase, archive, clean-up, anonymise.
    pub action: String,
    /// What was rewritten, where the rows stayed.
    pub rewrite: Option<Vec<Replacement>>,
}

/// Whether a row is one that was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// It is: key and identity, or the key where the row had no identity value. With the number of its group.
    Erased(usize),
    /// It has the key of an erased row and is somebody else: keys are given again by some engines.
    KeyOnly,
}

impl Ledger {
    pub(crate) fn new(key: &ErasureKey) -> Self {
        Self { key: key.clone(), tables: HashMap::new() }
    }

    pub(crate) fn take(&mut self, line: &Line) -> Option<()> {
        let bytes = STANDARD_NO_PAD.decode(&line.rows).ok()?;
        let width = MAC_BYTES * (1 + line.head.columns.len());
        let table = self.tables.entry(line.head.table.clone()).or_default();
        // The columns may have changed from plan to plan: digests of identity are looked up in all.
        for column in &line.head.columns {
            if !table.columns.contains(column) {
                table.columns.push(column.clone());
            }
        }
        let head = &line.head;
        let rows = bytes.chunks_exact(width);
        rows.remainder().is_empty().then_some(())?;
        let plan = numbered(&mut table.plans, head.plan.clone());
        if head.action == KEPT {
            for row in rows {
                let mut digests = row.chunks_exact(MAC_BYTES).map(first);
                table.keep(digests.next()?, &digests.collect::<Vec<_>>(), plan);
            }
            return Some(());
        }
        let group = Group { rule: head.rule.clone(), action: head.action.clone(), rewrite: head.rewrite.clone() };
        let group = numbered(&mut table.groups, group);
        for row in rows {
            let mut digests = row.chunks_exact(MAC_BYTES).map(first);
            let key = digests.next()?;
            let identity = digests.filter(|digest| *digest != NOTHING).collect();
            table.erase(key, ErasedRow { identity, group, plan });
        }
        Some(())
    }

    /// The tables with erased rows, sorted.
    pub fn tables(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tables.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// How many rows of the table were erased.
    pub fn rows(&self, table: &str) -> u64 {
        self.tables.get(table).map_or(0, |table| table.rows.values().map(|rows| rows.len() as u64).sum())
    }

    /// The identity columns whose values decide, for rows of this table.
    pub fn columns(&self, table: &str) -> &[String] {
        self.tables.get(table).map_or(&[], |table| &table.columns)
    }

    /// A group of a table's rows, by the number that [`Same::Erased`] gives.
    pub fn group(&self, table: &str, number: usize) -> Option<&Group> {
        self.tables.get(table)?.groups.get(number)
    }

    /// Whether the table had an erased row with this key: such a row is worth a closer look.
    pub fn has_key(&self, table: &str, key: &[u8]) -> bool {
        let digest = key_digest(&self.key, table, key);
        self.tables.get(table).is_some_and(|table| table.rows.contains_key(&digest))
    }

    /// Whether a row is one that was erased, by its key and the values of [`Ledger::columns`].
    pub fn same(&self, table: &str, key: &[u8], identity: &[Option<&str>]) -> Option<Same> {
        let erased = self.tables.get(table)?;
        let rows = erased.rows.get(&key_digest(&self.key, table, key))?;
        let digests: Vec<Digest> = identity.iter().flatten().map(|value| identity_digest(&self.key, value)).collect();
        // A row that was rewritten is there by right; it is back only when its old values are.
        let by_key = |group: usize| erased.groups.get(group).is_some_and(|group| group.rewrite.is_none());
        let same = rows.iter().find(|row| {
            row.identity.iter().any(|one| digests.contains(one)) || (row.identity.is_empty() && by_key(row.group))
        });
        Some(match same {
            Some(row) => Same::Erased(row.group),
            None => Same::KeyOnly,
        })
    }

    /// A digest over the keys of all rows of a table: the same for the same rows in any order.
    pub fn digest(&self, table: &str) -> String {
        let mut keys: Vec<&Digest> = self.tables.get(table).map_or_else(Vec::new, |table| table.rows.keys().collect());
        keys.sort_unstable();
        let mut mac = self.key.keyed("ledger digest");
        keys.into_iter().for_each(|key| mac.update(key));
        hex::encode(mac.finalize().into_bytes())
    }
}
