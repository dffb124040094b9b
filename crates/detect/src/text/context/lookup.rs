//! Words of a list in a stretch of text, looked up by the three bytes with which they begin: most
//! places of a text are passed over after one look into a small table. An automaton over the same
//! bytes costs five times as much, and this is asked for every candidate.

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
    /// A bit for each finer hash that some word has, by its first three bytes or, where it has no more,
    /// its two: 4 KiB each that stay in the nearest cache.
    known: Vec<u64>,
    known_pairs: Vec<u64>,
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
const FINE: u32 = 15;
/// How many bytes are searched at once.
const BLOCK: usize = 64;
/// Longest word, in bytes.
const LONGEST: usize = 64;

impl Lookup {
    /// Takes the words; those of one byte are never found.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut pairs = Vec::new();
        for (word, text) in words.enumerate() {
            assert!(text.len() <= LONGEST, "no word of the list is as long");
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
        let mut known = vec![0_u64; (1 << FINE) / 64];
        let mut known_pairs = known.clone();
        for entry in &entries {
            set(&mut known, fine_hash(entry.head));
        }
        for (pair, _) in &pairs {
            set(&mut known_pairs, pair_hash(u64::from(u16::from_le_bytes(*pair))));
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
        let mut from = places.start;
        while from < places.end {
            let until = places.end.min(from + BLOCK);
            let window = &bytes[from..until];
            let stretch = &bytes[from..limit.min(until + LONGEST).max(until)];
            // Both loops go through many bytes with one instruction.
            let mut small = [0_u8; BLOCK + LONGEST + 8];
            for (place, byte) in small.iter_mut().zip(stretch) {
                *place = byte.to_ascii_lowercase();
            }
            let mut marks = [0_u8; BLOCK];
            marks[0] = u8::from(begins(from.checked_sub(1).map_or(0, |before| bytes[before]), window[0]));
            for ((mark, before), byte) in marks[1..].iter_mut().zip(window).zip(&window[1..]) {
                *mark = u8::from(begins(*before, *byte));
            }
            scan::each_mark(&marks[..window.len().next_multiple_of(8)], |at| {
                let head = scan::eight(&small, at);
                let known = is_set(&self.known, fine_hash(head)) || is_set(&self.known_pairs, pair_hash(head));
                if known
                    && from + at >= free
                    && let Some((found, word)) = self.longest_at(&small, at, limit - from)
                {
                    free = from + at + found;
                    each(Hit { start: from + at, end: free, word });
                }
            });
            from = until;
        }
        free
    }

    /// The length and place in the list of the longest word at `at` of text in small letters.
    fn longest_at(&self, small: &[u8; BLOCK + LONGEST + 8], at: usize, length: usize) -> Option<(usize, usize)> {
        let head = small.get(at..at + 8).and_then(|head| head.try_into().ok()).map_or(0, u64::from_le_bytes);
        let bucket = hash(head);
        for entry in &self.entries[usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1])] {
            if head & entry.mask == entry.head
                && at + entry.length <= length
                && (entry.rest.is_empty() || small[at + 8..].starts_with(&entry.rest))
            {
                return Some((entry.length, entry.word));
            }
        }
        let (_, word) = self.pairs.iter().find(|(pair, _)| at + 2 <= length && small[at..].starts_with(pair))?;
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

#[inline]
fn fine_hash(head: u64) -> usize {
    ((head as u32 & 0xFF_FFFF).wrapping_mul(0x9E37_79B1) >> (32 - FINE)) as usize
}

/// A hash of the first two bytes.
#[inline]
fn pair_hash(head: u64) -> usize {
    ((head as u32 & 0xFFFF).wrapping_mul(0x9E37_79B1) >> (32 - FINE)) as usize
}

fn set(bits: &mut [u64], place: usize) {
    bits[place / 64] |= 1 << (place % 64);
}

#[inline]
fn is_set(bits: &[u64], place: usize) -> bool {
    bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
}

/// Whether a word may begin with `byte` behind `before`: a letter behind none, a capital behind a small
/// letter, a character of a script without blanks anywhere. Without branches, so that many bytes are
/// asked at once.
#[inline]
const fn begins(before: u8, byte: u8) -> bool {
    let small = before.wrapping_sub(b'a') < 26;
    let letter = small | (before.wrapping_sub(b'A') < 26) | (before.wrapping_sub(0xC3) < 0x1D);
    let capital = byte.wrapping_sub(b'A') < 26;
    let able = capital | (byte.wrapping_sub(b'a') < 26) | (byte >= 0x80);
    able & (!letter | (small & capital) | (byte >= 0xE0))
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
