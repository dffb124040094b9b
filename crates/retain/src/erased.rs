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

impl ErasedRow {
    /// Whether a row with the same key and these identity values is this one: most of its values must be there. One of
    /// them may be anybody's (a town, a first name), and one may have been changed since a backup was made.
    fn is(&self, found: &[Digest]) -> bool {
        2 * self.identity.iter().filter(|one| found.contains(one)).count() > self.identity.len()
    }
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

    /// Takes out the row with this key and these identity values that `plan` brought: it stayed.
    fn keep(&mut self, key: Digest, identity: &[Digest], plan: usize) {
        let Some(rows) = self.rows.get_mut(&key) else { return };
        let same = |row: &ErasedRow| row.plan == plan && (row.identity.is_empty() || row.is(identity));
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
    /// It is: key and most of its identity values, or the key where the row had none. With the number of its group.
    Erased(usize),
    /// It has the key of a row that went and is somebody else: keys are given again by some engines.
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
        let known = self.tables.iter().filter(|(_, table)| !table.rows.is_empty());
        let mut names: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// How many rows of the table were erased; one that was erased again after a restore counts once.
    pub fn rows(&self, table: &str) -> u64 {
        let again = |other: &ErasedRow, row: &ErasedRow| other.identity == row.identity || other.is(&row.identity);
        let different = |rows: &Vec<ErasedRow>| {
            rows.iter().enumerate().filter(|(at, row)| !rows[..*at].iter().any(|other| again(other, row))).count()
        };
        self.tables.get(table).map_or(0, |table| table.rows.values().map(|rows| different(rows) as u64).sum())
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
        let same = rows.iter().find(|row| row.is(&digests) || (row.identity.is_empty() && by_key(row.group)));
        match same {
            Some(row) => Some(Same::Erased(row.group)),
            None => rows.iter().any(|row| by_key(row.group)).then_some(Same::KeyOnly),
        }
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

#[cfg(test)]
mod tests {
    use dataward_model::SourceId;
    use jiff::Timestamp;

    use super::*;
    use crate::ledger::LedgerFile;
    use crate::ledger::LedgerHead;
    use crate::ledger::LedgerWriter;

    const ADA: [&str; 5] = ["ada@lantern.example", "Ada", "Lovelace", "+44 20 7946 0001", "London"];

    fn ledger(plans: &[&str], rewrite: Option<Vec<Replacement>>) -> Ledger {
        let folder = tempfile::tempdir().unwrap();
        let (file, key) = (LedgerFile::new(folder.path().join("ledger.jsonl")), ErasureKey::of(&[7; 32]));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for plan in plans {
            let head = LedgerHead {
                plan: (*plan).to_owned(),
                source: SourceId::new("shop").unwrap(),
                table: "customers".to_owned(),
                rule: "Customers".to_owned(),
                action: "erase".to_owned(),
                rewrite: rewrite.clone(),
                at: at("2026-11-29T12:00:00Z"),
                until: at("2028-11-29T12:00:00Z"),
                columns: ["email", "first_name", "last_name", "phone", "city"].map(str::to_owned).to_vec(),
            };
            let mut writer = LedgerWriter::new(&key, head);
            writer.row(b"40", &ADA.map(Some)).unwrap();
            file.append(&writer.finish().unwrap()).unwrap();
        }
        file.read(&key, &SourceId::new("shop").unwrap(), at("2026-12-01T12:00:00Z")).unwrap()
    }

    fn same(ledger: &Ledger, row: [&str; 5]) -> Option<Same> {
        ledger.same("customers", b"40", &row.map(Some))
    }

    #[test]
    fn a_town_or_a_name_in_common_makes_nobody_the_one_who_was_erased() {
        let ledger = ledger(&["f00d"], None);
        assert_eq!(same(&ledger, ADA), Some(Same::Erased(0)));
        let moved = ["ada@elsewhere.example", "Ada", "Lovelace", "+44 20 7946 0001", "Paris"];
        assert_eq!(same(&ledger, moved), Some(Same::Erased(0)), "as a backup has her");
        let other = ["grace@lantern.example", "Grace", "Hopper", "+1 202 555 0143", "London"];
        assert_eq!(same(&ledger, other), Some(Same::KeyOnly));
        let namesake = ["ada2@lantern.example", "Ada", "Byron", "+44 20 7946 0002", "London"];
        assert_eq!(same(&ledger, namesake), Some(Same::KeyOnly));
    }

    #[test]
    fn a_row_that_was_rewritten_is_there_by_right_and_is_nobody_else() {
        let ledger = ledger(&["f00d"], Some(Vec::new()));
        assert_eq!(same(&ledger, ADA), Some(Same::Erased(0)));
        assert_eq!(same(&ledger, ["anon@anonymous.invalid", "Anon-1", "Anon-2", "0", "London"]), None);
    }

    #[test]
    fn a_row_that_was_erased_again_after_a_restore_counts_once() {
        assert_eq!(ledger(&["f00d", "cafe"], None).rows("customers"), 1);
    }
}
