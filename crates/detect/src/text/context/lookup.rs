//! Words of a list in a stretch of text, looked up by the three bytes with which they begin: most
//! places of a text are passed over after one look into a small table. An automaton over the same
//! bytes costs five times as much, and this is asked for every candidate.

/// A list of words, ready to be looked up; case counts for nothing in ASCII.
pub(super) struct Lookup {
    /// Where the entries of a hash begin, one more for the end.
    buckets: Vec<u16>,
    /// The words by hash, longer ones first.
    entries: Vec<Entry>,
    /// The words of two bytes and what they are in the list.
    pairs: Vec<([u8; 2], usize)>,
    pair_begins: [bool; 256],
    /// What each byte is for the question whether a word begins there.
    classes: [u8; 256],
    /// A bit for each finer hash that some word has: 4 KiB that stay in the nearest cache.
    known: Vec<u64>,
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
/// Longest stretch that is searched at once, in bytes; of a longer one only the end is.
pub(super) const WINDOW: usize = 120;

impl Lookup {
    /// Takes the words; those of one byte are never found.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut entries = Vec::new();
        let mut pairs = Vec::new();
        let mut pair_begins = [false; 256];
        let mut classes = CLASSES;
        for (word, text) in words.enumerate() {
            let text = text.to_ascii_lowercase().into_bytes();
            if let Some(first) = text.first() {
                classes[usize::from(*first)] |= BEGINS;
                classes[usize::from(first.to_ascii_uppercase())] |= BEGINS;
            }
            match text.as_slice() {
                [] | [_] => {}
                [first, second] => {
                    pairs.push(([*first, *second], word));
                    pair_begins[usize::from(*first)] = true;
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
        for entry in &entries {
            let fine = fine_hash(entry.head);
            known[fine / 64] |= 1 << (fine % 64);
        }
        entries.sort_by_key(|entry| (hash(entry.head), std::cmp::Reverse(entry.length)));
        let count = 1_u32 << BITS;
        let buckets = (0..=count)
            .map(|bucket| entries.partition_point(|entry| hash(entry.head) < bucket as usize))
            .map(|place| u16::try_from(place).expect("fewer words than 65,536"))
            .collect();
        Self { buckets, entries, pairs, pair_begins, classes, known }
    }

    /// The words that begin in `from..until` where a word of the text begins, and end before `until`:
    /// at each place the longest, none inside another.
    pub(super) fn find(&self, bytes: &[u8], from: usize, until: usize, mut each: impl FnMut(Hit)) {
        let from = from.max(until.saturating_sub(WINDOW));
        let Some(window) = bytes.get(from..until) else { return };
        let mut small = [0_u8; WINDOW + 8];
        for (place, byte) in small.iter_mut().zip(window) {
            *place = byte.to_ascii_lowercase();
        }
        let length = window.len();
        let mut before = if from == 0 { 0 } else { self.classes[usize::from(bytes[from - 1])] };
        let mut free = 0;
        for (at, byte) in window.iter().enumerate() {
            let class = self.classes[usize::from(*byte)];
            let needs = NEEDS[usize::from(before & LETTERS)];
            before = class;
            if class & BEGINS == 0 || class & needs == 0 || at < free {
                continue;
            }
            if let Some((found, word)) = self.longest_at(&small, at, length) {
                each(Hit { start: from + at, end: from + at + found, word });
                free = at + found;
            }
        }
    }

    /// The length and place in the list of the longest word at `at` of text in small letters.
    #[inline]
    fn longest_at(&self, small: &[u8; WINDOW + 8], at: usize, length: usize) -> Option<(usize, usize)> {
        let head = small.get(at..at + 8).and_then(|head| head.try_into().ok()).map_or(0, u64::from_le_bytes);
        let fine = fine_hash(head);
        let entries = if self.known[fine / 64] >> (fine % 64) & 1 == 1 {
            let bucket = hash(head);
            &self.entries[usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1])]
        } else {
            &[]
        };
        for entry in entries {
            if head & entry.mask == entry.head
                && at + entry.length <= length
                && (entry.rest.is_empty() || small[at + 8..].starts_with(&entry.rest))
            {
                return Some((entry.length, entry.word));
            }
        }
        if !self.pair_begins[usize::from(small[at])] {
            return None;
        }
        let (_, word) = self.pairs.iter().find(|(pair, _)| small[at..].starts_with(pair))?;
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

const LOWER: u8 = 1;
const UPPER: u8 = 2;
/// Begins a letter of Latin, Greek or Cyrillic script.
const WIDE: u8 = 4;
const LETTERS: u8 = LOWER | UPPER | WIDE;
/// Begins a character of a script without blanks.
const BLANKLESS: u8 = 8;
/// Begins some word of the list.
const BEGINS: u8 = 16;

/// What a byte must be to begin a word, by the letter before it: anything, a capital after a small
/// letter, or a character of a script without blanks.
const NEEDS: [u8; 8] = [BEGINS, UPPER | BLANKLESS, BLANKLESS, BLANKLESS, BLANKLESS, BLANKLESS, BLANKLESS, BLANKLESS];

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = if c.is_ascii_lowercase() {
            LOWER
        } else if c.is_ascii_uppercase() {
            UPPER
        } else if is_letter(c) {
            WIDE
        } else if c >= 0xE0 {
            BLANKLESS
        } else {
            0
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_each_word_the_longest_entry_is_found_whatever_its_case() {
        let lookup = Lookup::new(["tel", "telefon", "ip", "ip address", "電話"].into_iter());
        let found = |text: &str| -> Vec<(usize, usize, usize)> {
            let mut found = Vec::new();
            lookup.find(text.as_bytes(), 0, text.len(), |hit| found.push((hit.start, hit.end, hit.word)));
            found
        };
        assert_eq!(found("Telefonnummer"), [(0, 7, 1)]);
        assert_eq!(found("hotel IP Address x"), [(6, 16, 3)]);
        assert_eq!(found("myIp お電話"), [(2, 4, 2), (8, 14, 4)]);
        assert_eq!(found("i"), []);
    }
}
