//! What a table held, as keyed hashes: enough to find later that a row was changed, taken out or put in,
//! and nothing to find a value by.
//!
//! Each row gives a mark of its identity (its primary key, or all of it where there is none) and one of
//! its content, both HMAC-SHA256 under a key of the project. Contents are added up (modulo 2^256) in
//! buckets by identity, so that the order in which an engine hands rows out does not count; the buckets are
//! the leaves of a Merkle tree. Small tables keep the mark of every row too, to name the rows that changed.

use std::collections::BTreeMap;
use std::fmt;

use hmac::Hmac;
use hmac::Mac;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;

use crate::EvidenceError;
use crate::canonical::canonical_json;

/// Buckets of a table.
const BUCKETS: usize = 4096;
/// Rows up to which the marks of every row are kept (16 bytes each).
pub const MOST_MARKS: usize = 250_000;
/// First byte of the stored form.
const VERSION: u8 = 2;
/// What was kept before the order of rows was, when numbers with a point and bytes went in as the engine's type had them.
const BEFORE_ORDER: u8 = 1;

/// The key of a project, 32 random bytes. Who has it can find out whether a guessed row was in a table.
#[derive(Clone)]
pub struct RowKey([u8; 32]);

impl RowKey {
    /// From its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowKey(***)")
    }
}

/// Marks of one row: 64 bits each of the keyed hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowMark {
    /// Of its key; of the content where there is none.
    pub identity: u64,
    /// Of all its cells.
    pub content: u64,
}

/// Rows whose identities begin alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    sum: [u64; 4],
    rows: u32,
}

impl Bucket {
    fn add(&mut self, hash: &[u8; 32]) {
        let mut carry = false;
        for (sum, bytes) in self.sum.iter_mut().zip(hash.chunks_exact(8)) {
            let word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
            let (first, one) = sum.overflowing_add(word);
            let (second, two) = first.overflowing_add(u64::from(carry));
            (*sum, carry) = (second, one | two);
        }
        self.rows = self.rows.wrapping_add(1);
    }

    fn bytes(&self) -> [u8; 36] {
        let mut bytes = [0; 36];
        for (part, word) in bytes.chunks_exact_mut(8).zip(self.sum) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        bytes[32..].copy_from_slice(&self.rows.to_le_bytes());
        bytes
    }
}

/// Takes the rows of a table, in any order.
pub struct TableMarker {
    base: Hmac<Sha256>,
    buckets: Vec<Bucket>,
    marks: Option<Vec<RowMark>>,
    rows: u64,
    order: Sha256,
}

impl fmt::Debug for TableMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableMarker").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl TableMarker {
    /// For a table whose rows come next.
    pub fn new(key: &RowKey) -> Self {
        let base = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
        let buckets = vec![Bucket::default(); BUCKETS];
        Self { base, buckets, marks: Some(Vec::new()), rows: 0, order: Sha256::new() }
    }

    /// Takes a row: the bytes of its key, if it has one, and of all its cells, written so that different
    /// rows give different bytes.
    pub fn row(&mut self, key: Option<&[u8]>, content: &[u8]) {
        let whole = self.hash(b"row", content);
        let identity = key.map_or(whole, |key| self.hash(b"key", key));
        let word = |hash: &[u8; 32]| u64::from_le_bytes(hash[..8].try_into().unwrap_or_default());
        let mark = RowMark { identity: word(&identity), content: word(&whole) };
        self.buckets[mark.identity as usize % BUCKETS].add(&whole);
        self.order.update(whole);
        self.rows += 1;
        if let Some(marks) = &mut self.marks {
            marks.push(mark);
        }
        if self.rows as usize > MOST_MARKS {
            self.marks = None;
        }
    }

    fn hash(&self, what: &[u8], bytes: &[u8]) -> [u8; 32] {
        let mut mac = self.base.clone();
        mac.update(what);
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }

    /// What the table holds; beside it the marks of its rows in the order of coming, while there are few.
    pub fn finish(self) -> (TableDigest, Option<Vec<RowMark>>) {
        let mut sorted = self.marks.clone();
        if let Some(marks) = &mut sorted {
            marks.sort_unstable();
        }
        let order = Some(self.order.finalize().into());
        (TableDigest { buckets: self.buckets, marks: sorted, rows: self.rows, order }, self.marks)
    }
}

/// What a table held at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    buckets: Vec<Bucket>,
    marks: Option<Vec<RowMark>>,
    rows: u64,
    /// Over the keyed hashes of the rows in the order of coming; no part of the root. None: kept before there was one.
    order: Option<[u8; 32]>,
}

/// How a table differs from what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Rows whose content changed under the same key, by their place now.
    pub changed: Vec<u64>,
    /// Rows that were not there, by their place now. Without keys a changed row is one gone and one new.
    pub new: Vec<u64>,
    /// Marks of the keys of rows that are gone.
    pub gone: Vec<u64>,
    /// Buckets that differ: all that is known of large tables.
    pub buckets: u64,
    /// Rows now less rows before.
    pub growth: i64,
}

impl TableDigest {
    /// Rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The root of the Merkle tree over the buckets (RFC 6962's hashes of leaves and nodes).
    pub fn root(&self) -> [u8; 32] {
        let leaf = |bucket: &Bucket| -> [u8; 32] {
            Sha256::new().chain_update([0]).chain_update(bucket.bytes()).finalize().into()
        };
        let mut level: Vec<[u8; 32]> = self.buckets.iter().map(leaf).collect();
        while level.len() > 1 {
            let node = |pair: &[[u8; 32]]| -> [u8; 32] {
                Sha256::new().chain_update([1]).chain_update(pair.concat()).finalize().into()
            };
            level = level.chunks(2).map(node).collect();
        }
        level.first().copied().unwrap_or_default()
    }

    /// The root, in hex.
    pub fn root_hex(&self) -> String {
        hex::encode(self.root())
    }

    /// Whether it was kept before the order of rows was, and numbers with a point were written another way.
    pub fn is_before_order(&self) -> bool {
        self.order.is_none()
    }

    /// Whether it holds the rows that `before` held, in another order.
    pub fn is_reordered(&self, before: &Self) -> bool {
        let orders = self.order.zip(before.order);
        orders.is_some_and(|(now, before)| now != before) && self.root() == before.root()
    }

    /// What differs from `before`; none when nothing does. `marks` are those of the rows now, in the order of
    /// coming: without them, or without marks kept before, only buckets are told.
    pub fn differences(&self, before: &Self, marks: Option<&[RowMark]>) -> Option<Differences> {
        if self.root() == before.root() {
            return None;
        }
        let differing = self.buckets.iter().zip(&before.buckets).filter(|(now, before)| now != before).count() as u64;
        let growth = i64::try_from(self.rows).unwrap_or(i64::MAX) - i64::try_from(before.rows).unwrap_or(i64::MAX);
        let mut found = Differences { buckets: differing, growth, ..Differences::default() };
        let (Some(marks), Some(old)) = (marks, &before.marks) else { return Some(found) };
        let mut known: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for mark in old {
            known.entry(mark.identity).or_default().push(mark.content);
        }
        // First what is as it was, so that of two rows with one key the changed one is named.
        let mut rest: Vec<(u64, RowMark)> = Vec::new();
        for (row, mark) in (0_u64..).zip(marks) {
            let same = known.get_mut(&mark.identity).and_then(|contents| {
                contents.iter().position(|content| *content == mark.content).map(|at| contents.swap_remove(at))
            });
            if same.is_none() {
                rest.push((row, *mark));
            }
        }
        for (row, mark) in rest {
            match known.get_mut(&mark.identity).and_then(Vec::pop) {
                Some(_) => found.changed.push(row),
                None => found.new.push(row),
            }
        }
        found.gone = known.iter().flat_map(|(key, contents)| contents.iter().map(|_| *key)).collect();
        Some(found)
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![if self.order.is_some() { VERSION } else { BEFORE_ORDER }];
        bytes.extend(self.rows.to_le_bytes());
        bytes.extend(self.order.iter().flatten());
        self.buckets.iter().for_each(|bucket| bytes.extend(bucket.bytes()));
        for mark in self.marks.iter().flatten() {
            bytes.extend(mark.identity.to_le_bytes());
            bytes.extend(mark.content.to_le_bytes());
        }
        bytes
    }

    /// From the stored form; none when it is none, or of a version that is not known.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, bytes) = bytes.split_first()?;
        let (rows, bytes) = bytes.split_first_chunk::<8>()?;
        let rows = u64::from_le_bytes(*rows);
        let (order, bytes) = match *version {
            VERSION => bytes.split_first_chunk::<32>().map(|(order, bytes)| (Some(*order), bytes))?,
            BEFORE_ORDER => (None, bytes),
            _ => return None,
        };
        if bytes.len() < BUCKETS * 36 {
            return None;
        }
        let (buckets, marks) = bytes.split_at(BUCKETS * 36);
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let buckets = buckets.chunks_exact(36).map(|bytes| Bucket {
            sum: std::array::from_fn(|at| word(&bytes[at * 8..at * 8 + 8])),
            rows: u32::from_le_bytes(bytes[32..].try_into().unwrap_or_default()),
        });
        let buckets = buckets.collect();
        let kept = rows as usize <= MOST_MARKS;
        if marks.len() != if kept { rows as usize * 16 } else { 0 } {
            return None;
        }
        let marks = kept.then(|| {
            marks.chunks_exact(16).map(|one| RowMark { identity: word(&one[..8]), content: word(&one[8..]) }).collect()
        });
        Some(Self { buckets, marks, rows, order })
    }
}

/// One digest over the roots of the tables of a source, in hex: SHA-256 of the canonical JSON (RFC 8785) of an
/// object from table names to roots in hex. Who has the roots can show that they are those of then.
///
/// # Errors
/// When a name cannot be written as JSON.
pub fn roots_sha256(roots: &BTreeMap<String, String>) -> Result<String, EvidenceError> {
    let object = roots.iter().map(|(table, root)| (table.clone(), Value::String(root.clone()))).collect();
    Ok(hex::encode(Sha256::digest(canonical_json(&Value::Object(object))?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_over_roots_is_that_of_a_json_object() {
        let roots = [("orders", "02".repeat(32)), ("customers", "01".repeat(32))];
        let roots = roots.map(|(table, root)| (table.to_owned(), root)).into();
        let text = format!(r#"{{"customers":"{}","orders":"{}"}}"#, "01".repeat(32), "02".repeat(32));
        assert_eq!(roots_sha256(&roots).unwrap(), hex::encode(Sha256::digest(text)));
    }

    fn digest(rows: &[(u32, &str)], keyed: bool) -> (TableDigest, Option<Vec<RowMark>>) {
        let mut marker = TableMarker::new(&RowKey::new([7; 32]));
        for (key, content) in rows {
            let whole = format!("{key}\0{content}");
            marker.row(keyed.then(|| key.to_string()).as_ref().map(String::as_bytes), whole.as_bytes());
        }
        marker.finish()
    }

    #[test]
    fn every_kind_of_change_is_found_and_order_is_none() {
        let before = digest(&[(1, "a"), (2, "b"), (3, "c"), (4, "d")], true).0;
        let (same, marks) = digest(&[(4, "d"), (2, "b"), (1, "a"), (3, "c")], true);
        assert_eq!(same.differences(&before, marks.as_deref()), None);
        assert!(same.is_reordered(&before) && !before.is_reordered(&before));
        let (now, marks) = digest(&[(1, "a"), (2, "x"), (4, "d"), (5, "e")], true);
        let found = now.differences(&before, marks.as_deref()).unwrap();
        assert_eq!((found.changed, found.new, found.gone.len(), found.growth), (vec![1], vec![3], 1, 0));
        // Values in each other's place.
        let (now, marks) = digest(&[(1, "b"), (2, "a"), (3, "c"), (4, "d")], true);
        assert_eq!(now.differences(&before, marks.as_deref()).unwrap().changed, [0, 1]);
    }

    #[test]
    fn rows_without_keys_are_a_multiset() {
        let before = digest(&[(0, "a"), (0, "a"), (0, "b")], false).0;
        let (now, marks) = digest(&[(0, "b"), (0, "a")], false);
        let found = now.differences(&before, marks.as_deref()).unwrap();
        assert_eq!((found.changed.len(), found.new.len(), found.gone.len(), found.growth), (0, 0, 1, -1));
    }

    #[test]
    fn what_is_stored_comes_back_and_damage_is_refused() {
        let (digest, _) = digest(&[(1, "a"), (2, "b")], true);
        let bytes = digest.to_bytes();
        assert_eq!(TableDigest::from_bytes(&bytes).as_ref(), Some(&digest));
        for broken in [&bytes[..bytes.len() - 1], &bytes[1..], &[]] {
            assert_eq!(TableDigest::from_bytes(broken), None);
        }
        // As versions before kept it: without the order.
        let old = TableDigest::from_bytes(&[&[BEFORE_ORDER][..], &bytes[1..9], &bytes[41..]].concat()).unwrap();
        assert!(old.is_before_order() && old.root() == digest.root() && !digest.is_reordered(&old));
        assert_eq!(TableDigest::from_bytes(&old.to_bytes()), Some(old));
    }

    #[test]
    fn another_key_gives_another_digest() {
        let mut other = TableMarker::new(&RowKey::new([8; 32]));
        other.row(Some(b"1"), b"1\0a");
        assert_ne!(other.finish().0.root(), digest(&[(1, "a")], true).0.root());
    }
}
