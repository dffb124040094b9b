//! One column as it is read: counts over all cells, a sample of its distinct values, and how often
//! precise patterns stand somewhere in longer cells.
//!
//! Every cell pays for a hash and two comparisons; everything expensive is done on the sample when
//! a verdict is asked for.

mod cells;
pub(crate) mod distinct;
pub(crate) mod facts;
pub(crate) mod identity;
pub(crate) mod sample;
pub(crate) mod shape;

use std::collections::BTreeMap;

use arrow_array::Array;
use dataward_model::Category;
use dataward_model::Sketch;

use crate::Detector;
use distinct::Distinct;
use sample::Sample;

/// What arrived in a column, by the kind of its Arrow type. More than one bit: the type changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u16);

impl Kinds {
    pub(crate) const BOOLEAN: Self = Self(1);
    pub(crate) const INTEGER: Self = Self(2);
    pub(crate) const DECIMAL: Self = Self(4);
    pub(crate) const DATE: Self = Self(8);
    pub(crate) const TIMESTAMP: Self = Self(16);
    pub(crate) const TIME: Self = Self(32);
    pub(crate) const TEXT: Self = Self(64);
    pub(crate) const BINARY: Self = Self(128);
    pub(crate) const NESTED: Self = Self(256);

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Nothing but `other`.
    pub(crate) fn only(self, other: Self) -> bool {
        self.0 != 0 && self.0 & !other.0 == 0
    }

    /// The word for a type that nothing declared.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::BOOLEAN => "boolean",
            Self::INTEGER => "integer",
            Self::DECIMAL => "decimal",
            Self::DATE => "date",
            Self::TIMESTAMP => "timestamp",
            Self::TIME => "time",
            Self::TEXT => "text",
            Self::BINARY => "binary",
            Self::NESTED => "nested",
            Self(0) => "",
            _ => "mixed",
        }
    }
}

/// Hits of one category inside longer cells are counted up to here; then looking stops. A
/// saturating sum is still associative and commutative.
pub(crate) const ENOUGH_HITS: u32 = 64;

/// What was seen of a column.
#[derive(Clone, Default)]
pub(crate) struct ColumnProfile {
    /// Cells seen, NULLs included.
    pub(crate) rows: u64,
    /// Cells that are neither NULL nor blank.
    pub(crate) filled: u64,
    /// Bytes of text in filled cells.
    pub(crate) bytes: u64,
    pub(crate) kinds: Kinds,
    pub(crate) distinct: Distinct,
    pub(crate) sample: Sample,
    /// Longer cells in which something of a category stands, up to [`ENOUGH_HITS`] each.
    pub(crate) inside: BTreeMap<Category, u32>,
    /// Cells that could tell people apart; empty without a key.
    pub(crate) identity: Sketch,
}

impl ColumnProfile {
    /// Looks at a whole array. Lists are looked into; structs are split up by the table.
    pub(crate) fn update(&mut self, detector: &Detector, array: &dyn Array) {
        cells::update(self, detector, array);
    }

    /// Counts cells of rows in which the column does not occur.
    pub(crate) fn skip(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.filled += other.filled;
        self.bytes += other.bytes;
        self.kinds.add(other.kinds);
        self.distinct.merge(&other.distinct);
        self.sample.merge(other.sample);
        self.identity.merge(&other.identity);
        for (category, hits) in other.inside {
            let mine = self.inside.entry(category).or_default();
            *mine = (*mine + hits).min(ENOUGH_HITS);
        }
    }

    /// Different values: exact while all of them are in the sample.
    pub(crate) fn distinct(&self) -> u64 {
        if self.sample.is_complete() {
            return self.sample.values().len() as u64;
        }
        (self.distinct.estimate().round() as u64).clamp(sample::SIZE as u64, self.filled)
    }

    #[inline]
    fn see_text(&mut self, text: &str) {
        let trimmed = trim(text);
        if trimmed.is_empty() {
            return;
        }
        self.filled += 1;
        self.bytes += trimmed.len() as u64;
        let hash = sample::hash_bytes(trimmed.as_bytes());
        self.distinct.add(hash);
        if self.sample.wants(hash) {
            self.sample.add(hash, || sample::keep(trimmed));
        }
    }

    #[inline]
    fn see_number(&mut self, bits: u64, text: impl FnOnce() -> Box<str>) {
        self.filled += 1;
        self.bytes += 8;
        let hash = sample::hash_word(bits);
        self.distinct.add(hash);
        if self.sample.wants(hash) {
            self.sample.add(hash, text);
        }
    }
}

/// Without blanks around (CHAR(n) is padded); cheap where there are none.
#[inline]
fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b'!'..=b'~'), Some(b'!'..=b'~')) => text,
        _ => text.trim(),
    }
}
