//! A keyed sketch of the values that tell people apart, so that copies of the same people are found.
//!
//! What a column holds is known only at its end, so every cell that could be an e-mail address, a
//! telephone number or an id is sketched; the sketch counts only when the verdict says that it is one.

use std::hash::Hasher;

use dataward_model::Category;
use dataward_model::Family;
use dataward_model::Sketch;
use siphasher::sip::SipHasher24;

/// The project's key for sketches.
pub(crate) type SketchKey = [u8; 16];

/// Shorter cells are no identity values, longer ones are texts.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=80;

/// Digits that an id or a telephone number has at least.
const DIGITS: usize = 7;

/// The last digits of a telephone number: with and without the code of its country they are the same.
const SUBSCRIBER: usize = 9;

/// Adds what could be an identity value.
#[inline]
pub(crate) fn see(sketch: &mut Sketch, key: &SketchKey, cell: &str) {
    let cell = cell.trim_ascii();
    if !LENGTHS.contains(&cell.len()) {
        return;
    }
    let mut digits = 0;
    let mut at = false;
    for byte in cell.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        at |= byte == b'@';
    }
    if at || digits >= DIGITS {
        see_likely(sketch, key, cell, at);
    }
}

/// The hash that a sketch under `key` has of a value, however it is written; none of what no sketch takes up.
pub fn hash_of(key: &[u8; 16], value: &str) -> Option<u64> {
    let mut alone = Sketch::default();
    see(&mut alone, key, value);
    alone.hashes().next()
}

fn see_likely(sketch: &mut Sketch, key: &SketchKey, cell: &str, at: bool) {
    let bytes = cell.as_bytes();
    // Dates and moments: many and no ids.
    if bytes[4] == b'-' && bytes.get(7) == Some(&b'-') {
        return;
    }
    let mut hasher = SipHasher24::new_with_key(key);
    if at {
        hasher.write(b"@");
        hasher.write(cell.to_lowercase().as_bytes());
    } else {
        let letters: String = cell.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
        // A card number has 13 digits and more, and other numbers of that length count whole too.
        let subscriber =
            letters.len() <= 15 && letters.len() > SUBSCRIBER && letters.bytes().all(|b| b.is_ascii_digit());
        hasher.write(b"#");
        hasher.write(&letters.as_bytes()[if subscriber { letters.len() - SUBSCRIBER } else { 0 }..]);
    }
    sketch.add(hasher.finish());
}

/// Whether values of a category tell people apart: names and birthdays are shared, addresses of houses
/// too.
pub(crate) fn identifies(category: &Category) -> bool {
    matches!(category.family(), Family::Email | Family::Phone | Family::GovernmentId | Family::Financial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(cells: &[&str]) -> Sketch {
        let mut sketch = Sketch::default();
        cells.iter().for_each(|cell| see(&mut sketch, &[7; 16], cell));
        sketch
    }

    #[test]
    fn ways_of_writing_the_same_are_one() {
        assert_eq!(hashes(&["Ada@Example.org "]), hashes(&["ada@example.org"]));
        assert_eq!(hashes(&["+49 151 23456789"]), hashes(&["0151/2345 6789"]));
        assert_eq!(hashes(&["DE89 3704 0044 0532 0130 00"]), hashes(&["de89370400440532013000"]));
        assert_ne!(hashes(&["+49 151 23456789"]), hashes(&["+49 151 23456780"]));
    }

    #[test]
    fn what_is_no_identity_value_is_left_out() {
        assert!(hashes(&["", "Ada", "12345", "2024-05-01 12:00:00", "a text without numbers"]).is_empty());
        assert!(hashes(&[&"long@".repeat(40)]).is_empty());
        assert!(!hashes(&["äöüäöü 1234567"]).is_empty());
    }

    #[test]
    fn another_key_gives_another_sketch() {
        let mut other = Sketch::default();
        see(&mut other, &[8; 16], "ada@example.org");
        assert_eq!(other.overlap(&hashes(&["ada@example.org"])).common, 0);
    }
}
