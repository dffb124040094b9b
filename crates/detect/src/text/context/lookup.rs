//! Words of a list in a stretch of text, looked up where words begin, by their first four bytes: most
//! places of a text are passed over after one look into a small table. An automaton over the same
//! bytes costs many times as much, and this is asked for every candidate.

use std::ops::Range;

use crate::text::scan;

/// A list of words, ready to be looked up; case counts for nothing in ASCII.
pub(super) struct Lookup {
    /// Where the entries of a hash begin, one more for the end.
    buckets: Vec<u16>,
    /// The words by hash, longer ones first.
    entries: Vec<Entry>,
    /// The words of two bytes and what they are in the list.
    pairs: Vec<([u8; 2], usize)>,
    /// For each finer hash of three first bytes a bit for each form of the fourth that some word has.
    known: Box<[u8; 1 << FINE]>,
    /// A bit for each hash of two bytes that is a word.
    known_pairs: Box<[u64; (1 << FINE) / 64]>,
}

struct Entry {
    /// The first eight bytes, and a mask of those that the word has.
    head: u64,
    mask: u64,
    /// What follows them.
    rest: Box<[u8]>,
    length: usize,
    word: usize,
}

/// A word found: where, and its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) word: usize,
}

/// Hashes of three bytes: four times as many as words.
const BITS: u32 = 12;
/// Finer hashes for the first look.
const FINE: u32 = 14;

impl Lookup {
    /// Takes the words; those of one byte are never found.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut pairs = Vec::new();
        for (word, text) in words.enumerate() {
            let text = text.to_ascii_lowercase().into_bytes();
            match text.as_slice() {
                [] | [_] => {}
                [first, second] => {
                    pairs.push(([*first, *second], word));
                }
                longer => {
                    let mut head = [0; 8];
                    let mut mask = [0; 8];
                    for ((place, cover), byte) in head.iter_mut().zip(&mut mask).zip(longer) {
                        *place = *byte;
                        *cover = 0xFF;
                    }
                    let (head, mask) = (u64::from_le_bytes(head), u64::from_le_bytes(mask));
                    let rest = longer.get(8..).unwrap_or_default().into();
                    entries.push(Entry { head, mask, rest, length: longer.len(), word });
                }
            }
        }
        let mut known = Box::new([0_u8; 1 << FINE]);
        let mut known_pairs = Box::new([0_u64; (1 << FINE) / 64]);
        for entry in &entries {
            known[fine_hash(entry.head)] |= if entry.length == 3 { !0 } else { fourth(entry.head) };
        }
        for (pair, _) in &pairs {
            let hash = pair_hash(u64::from(u16::from_le_bytes(*pair)));
            known_pairs[hash / 64] |= 1 << (hash % 64);
        }
        entries.sort_by_key(|entry| (hash(entry.head), std::cmp::Reverse(entry.length)));
        let count = 1_u32 << BITS;
        let buckets = (0..=count)
            .map(|bucket| entries.partition_point(|entry| hash(entry.head) < bucket as usize))
            .map(|place| u16::try_from(place).expect("fewer words than 65,536"))
            .collect();
        Self { buckets, entries, pairs, known, known_pairs }
    }

    /// The words that begin in `places` where a word of the text begins, from `free` on, and end before
    /// `limit`: at each place the longest, none inside another. Returns where the last one ended.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        places: Range<usize>,
        limit: usize,
        mut free: usize,
        mut each: impl FnMut(Hit),
    ) -> usize {
        let before = places.start.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(0);
        let mut begins = scan::WordBegins::behind(before);
        let mut from = places.start;
        let mut block = scan::eight(bytes, from);
        while from < places.end {
            let next = scan::eight(bytes, from + 8);
            let mut marks = begins.next(block);
            if places.end - from < 8 {
                marks &= (1 << ((places.end - from) * 8)) - 1;
            }
            while marks != 0 {
                let bit = marks.trailing_zeros() - 7;
                marks &= marks - 1;
                // The first bytes of the word, of these eight and the next ones.
                let head = block >> bit | (next << 1) << (63 - bit);
                if self.may_begin(head) {
                    let at = from + bit as usize / 8;
                    if at >= free
                        && let Some((length, word)) = self.longest_at(&bytes[at..limit], scan::eight(bytes, at))
                    {
                        free = at + length;
                        each(Hit { start: at, end: free, word });
                    }
                }
            }
            from += 8;
            block = next;
        }
        free
    }

    /// The word of the list that is `bytes[start..end]`, if that is the longest one that begins there.
    pub(super) fn word_at(&self, bytes: &[u8], start: usize, end: usize) -> Option<usize> {
        let head = scan::eight(bytes, start);
        if !self.may_begin(head) {
            return None;
        }
        let (length, word) = self.longest_at(&bytes[start..], head)?;
        (start + length == end).then_some(word)
    }

    /// Whether a word may begin with the first four bytes of `head`.
    #[inline]
    fn may_begin(&self, head: u64) -> bool {
        let known = self.known.get(fine_hash(head)).is_some_and(|forms| forms & fourth(head) != 0);
        known || is_set(&*self.known_pairs, pair_hash(head))
    }

    /// The length and place in the list of the longest word at the beginning of `text`.
    fn longest_at(&self, text: &[u8], head: u64) -> Option<(usize, usize)> {
        let small = scan::lower(head);
        let bucket = hash(small);
        for entry in &self.entries[usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1])] {
            if small & entry.mask == entry.head
                && entry.length <= text.len()
                && (entry.rest.is_empty() || text[8..entry.length].eq_ignore_ascii_case(&entry.rest))
            {
                return Some((entry.length, entry.word));
            }
        }
        let pair = u16::try_from(small & 0xFFFF).unwrap_or(0).to_le_bytes();
        let (_, word) = self.pairs.iter().find(|(one, _)| text.len() >= 2 && *one == pair)?;
        Some((2, *word))
    }
}

/// Whether a byte is an ASCII letter or begins one of Latin, Greek or Cyrillic script.
#[inline]
pub(super) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || (byte >= 0xC3 && byte < 0xE0)
}

/// A hash of the first three bytes.
#[inline]
fn hash(head: u64) -> usize {
    fine_hash(head) >> (FINE - BITS)
}

/// Letters of either case are alike; a few marks are taken for others, which the full look sorts out.
const CASELESS: u32 = 0x2020_2020;

#[inline]
fn fine_hash(head: u64) -> usize {
    (((head as u32 | CASELESS) & 0xFF_FFFF).wrapping_mul(0x9E37_79B1) >> (32 - FINE)) as usize
}

/// The form of the fourth byte, as one bit.
#[inline]
fn fourth(head: u64) -> u8 {
    1 << ((head >> 24) & 7)
}

/// A hash of the first two bytes.
#[inline]
fn pair_hash(head: u64) -> usize {
    (((head as u32 | CASELESS) & 0xFFFF).wrapping_mul(0x9E37_79B1) >> (32 - FINE)) as usize
}

#[inline]
fn is_set(bits: &[u64], place: usize) -> bool {
    bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_each_word_the_longest_entry_is_found_whatever_its_case() {
        let lookup = Lookup::new(["tel", "telefon", "ip", "ip address", "電話"].into_iter());
        let found = |text: &str| -> Vec<(usize, usize, usize)> {
            let mut found = Vec::new();
            lookup
                .find(text.as_bytes(), 0..text.len(), text.len(), 0, |hit| found.push((hit.start, hit.end, hit.word)));
            found
        };
        assert_eq!(found("Telefonnummer"), [(0, 7, 1)]);
        assert_eq!(found("hotel IP Address x"), [(6, 16, 3)]);
        assert_eq!(found("myIp お電話"), [(2, 4, 2), (8, 14, 4)]);
        assert_eq!(found("i"), []);
    }
}
