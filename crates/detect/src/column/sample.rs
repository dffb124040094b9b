//! A uniform sample of the distinct values of a column that does not depend on how it is split.
//!
//! Of all distinct values the [`SIZE`] with the smallest hashes are kept, each with its exact
//! count: a value that belongs into the sample of the whole belongs into the sample of every part
//! it occurs in, so no occurrence is ever missed and merging is associative and commutative.

use std::cmp::Ordering;

/// How many distinct values are kept.
pub(crate) const SIZE: usize = 256;

/// Bytes kept of a value. `SIZE * VALUE_BYTES` bounds the memory of a sample at 512 KiB.
pub(crate) const VALUE_BYTES: usize = 2048;

/// One distinct value.
#[derive(Clone)]
pub(crate) struct Sampled {
    hash: u64,
    /// Cells that hold it.
    pub(crate) count: u64,
    /// Its first [`VALUE_BYTES`] bytes. Never printed: see the room's head.
    pub(crate) text: Box<str>,
}

/// The values with the smallest hashes, sorted by hash.
#[derive(Clone, Default)]
pub(crate) struct Sample {
    values: Vec<Sampled>,
}

impl Sample {
    /// Whether a value with this hash belongs into the sample as it stands.
    #[inline]
    pub(crate) fn wants(&self, hash: u64) -> bool {
        self.values.len() < SIZE || self.values.last().is_some_and(|last| hash <= last.hash)
    }

    /// Counts an occurrence; `text` is asked for only when the value is new.
    pub(crate) fn add(&mut self, hash: u64, text: impl FnOnce() -> Box<str>) {
        match self.values.binary_search_by(|value| value.hash.cmp(&hash)) {
            Ok(found) => self.values[found].count += 1,
            Err(place) => {
                if place < SIZE {
                    self.values.insert(place, Sampled { hash, count: 1, text: text() });
                    self.values.truncate(SIZE);
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        let mut merged = Vec::with_capacity(SIZE.min(self.values.len() + other.values.len()));
        let mut left = std::mem::take(&mut self.values).into_iter().peekable();
        let mut right = other.values.into_iter().peekable();
        while merged.len() < SIZE {
            let order = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.hash.cmp(&b.hash),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let next = match order {
                Ordering::Less => left.next(),
                Ordering::Greater => right.next(),
                Ordering::Equal => left.next().zip(right.next()).map(|(mut a, b)| {
                    a.count += b.count;
                    a
                }),
            };
            merged.extend(next);
        }
        self.values = merged;
    }

    /// The values in hash order, which is random order.
    pub(crate) fn values(&self) -> &[Sampled] {
        &self.values
    }

    /// Whether every distinct value is here.
    pub(crate) fn is_complete(&self) -> bool {
        self.values.len() < SIZE
    }
}

/// Cuts a text at a character boundary.
pub(crate) fn keep(text: &str) -> Box<str> {
    if text.len() <= VALUE_BYTES {
        return text.into();
    }
    let mut end = VALUE_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

/// A 64-bit hash that is the same on every machine and in every run.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ (bytes.len() as u64);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks_exact gives eight bytes"));
        state = fold_multiply(state ^ word, 0xA076_1D64_78BD_642F);
    }
    let rest = chunks.remainder();
    let mut word = 0_u64;
    for (index, &byte) in rest.iter().enumerate() {
        word |= u64::from(byte) << (8 * index);
    }
    hash_word(fold_multiply(state ^ word, 0xE703_7ED1_A0B4_28DB))
}

/// A 64-bit hash of a number.
#[inline]
pub(crate) fn hash_word(word: u64) -> u64 {
    let mixed = (word ^ (word >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ (mixed >> 32)
}

#[inline]
fn fold_multiply(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}
