//! The different values of a column: each stands once, one behind the other, and is found by its hash.

use std::hash::BuildHasher;
use std::ops::Index;

use foldhash::quality::RandomState;

use super::block::BLANK;

/// The values by number; the first stands for NULL and blanks.
#[derive(Clone, Debug)]
pub struct Values {
    text: String,
    /// Where each ends in the text. A block holds far less than 4 GiB of it.
    ends: Vec<u32>,
    hashes: Vec<u64>,
    /// Open addressing: the upper half of a value's hash and its number, [`BLANK`] for none.
    slots: Vec<(u32, u32)>,
    /// Keyed by chance: values of customers choose no collisions. The same for all columns of a block.
    hasher: RandomState,
}

impl Values {
    pub(super) fn new(hasher: &RandomState) -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
            hashes: vec![0],
            slots: vec![(0, BLANK); 64],
            hasher: hasher.clone(),
        }
    }

    /// How many there are, blank among them.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none; blank is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// All of them by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| &self[at])
    }

    /// The number of the value that another column of the block calls `code`; none where it is not there.
    pub(super) fn number_of(&self, other: &Self, code: u32) -> Option<u32> {
        self.find(other.hashes[code as usize], &other[code as usize]).ok()
    }

    /// The number of a text, and whether it is new.
    pub(super) fn number(&mut self, text: &str) -> (u32, bool) {
        let hash = self.hasher.hash_one(text.as_bytes());
        match self.find(hash, text) {
            Ok(code) => (code, false),
            Err(slot) => {
                let code = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                self.text.push_str(text);
                self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
                self.hashes.push(hash);
                self.slots[slot] = (mark(hash), code);
                if self.len() * 2 >= self.slots.len() {
                    self.grow();
                }
                (code, true)
            }
        }
    }

    /// The number of `text`, or else where it is to be put down.
    fn find(&self, hash: u64, text: &str) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                (_, BLANK) => return Err(at),
                (known, code) if known == mark(hash) && self[code as usize] == *text => return Ok(code),
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        self.slots = vec![(0, BLANK); mask + 1];
        for (code, hash) in (0_u32..).zip(&self.hashes).skip(1) {
            let mut at = *hash as usize & mask;
            while self.slots[at].1 != BLANK {
                at = (at + 1) & mask;
            }
            self.slots[at] = (mark(*hash), code);
        }
    }
}

impl Index<usize> for Values {
    type Output = str;

    fn index(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[at] as usize]
    }
}

fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32
}
