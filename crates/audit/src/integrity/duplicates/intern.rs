//! Texts by number: each different one once, all bytes in one piece.

use std::hash::BuildHasher;
use std::hash::RandomState;

/// The number of what is not there.
pub(super) const NONE: u32 = 0;

/// Different texts and how often each occurs. Numbers are given in the order of coming.
#[derive(Debug)]
pub(super) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    counts: Vec<u32>,
    slots: Vec<u32>,
    /// Keyed by chance: values of customers choose no collisions.
    hasher: RandomState,
}

impl Interner {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), ends: vec![0], counts: vec![0], slots: vec![NONE; 64], hasher: RandomState::new() }
    }

    /// The number of `text`; empty text is [`NONE`].
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            self.counts[0] += 1;
            return NONE;
        }
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = self.hasher.hash_one(text.as_bytes()) as usize & mask;
        loop {
            let code = self.slots[at];
            if code == NONE {
                break;
            }
            if self.text(code) == text.as_bytes() {
                self.counts[code as usize] += 1;
                return code;
            }
            at = (at + 1) & mask;
        }
        let code = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.counts.push(1);
        self.slots[at] = code;
        code
    }

    /// The bytes of a number.
    pub(super) fn text(&self, code: u32) -> &[u8] {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] as usize };
        &self.bytes[start..self.ends[code] as usize]
    }

    /// How many rows have it.
    pub(super) fn count(&self, code: u32) -> u32 {
        self.counts[code as usize]
    }

    /// Counts its rows as rows in which nothing stands.
    pub(super) fn forget(&mut self, code: u32) {
        let rows = std::mem::take(&mut self.counts[code as usize]);
        self.counts[0] += rows;
    }

    /// One more than the largest number.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All numbers but [`NONE`].
    pub(super) fn codes(&self) -> impl Iterator<Item = u32> {
        1..u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Bytes of memory.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + 8 * self.ends.len() + 4 * self.slots.len()
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let mut slots = vec![NONE; size];
        for code in self.codes() {
            let mut at = self.hasher.hash_one(self.text(code)) as usize & (size - 1);
            while slots[at] != NONE {
                at = (at + 1) & (size - 1);
            }
            slots[at] = code;
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_number_and_is_counted() {
        let mut texts = Interner::new();
        let first: Vec<u32> = (0..500).map(|n| texts.number(&format!("v{n}"))).collect();
        let again: Vec<u32> = (0..500).map(|n| texts.number(&format!("v{n}"))).collect();
        assert_eq!(first, again);
        assert_eq!((texts.len(), texts.count(7), texts.text(7)), (501, 2, b"v6".as_slice()));
        assert_eq!(texts.number(""), NONE);
    }
}
