//! Which people are in a column, so that two columns can be compared and nobody can be named.

/// A keyed sketch of a column's identity values: the [`Sketch::SIZE`] smallest of their keyed hashes
/// (a bottom-k sketch, Cohen and Kaplan 2007).
///
/// Two columns that hold the same values have the same hashes, so that the overlap of the sketches tells
/// the overlap of the columns. The hashes are SipHash-2-4 under the project's own key of 128 bits: who
/// has a sketch and not the key can neither read a value from it nor try one out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    hashes: Vec<u64>,
}

/// How far two sketches agree, counted among hashes that both would have kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Hashes in both.
    pub common: u64,
    /// Hashes of the first that the second would have kept too.
    pub first: u64,
    /// Hashes of the second that the first would have kept too.
    pub second: u64,
}

impl Sketch {
    /// How many hashes are kept: 8 KiB. With 1,024 a table is recognised in one a hundred times as
    /// large by about ten common hashes.
    pub const SIZE: usize = 1024;

    /// Adds a keyed hash; adding it again changes nothing.
    pub fn add(&mut self, hash: u64) {
        if self.is_full() && self.hashes.last().is_some_and(|last| hash >= *last) {
            return;
        }
        if let Err(place) = self.hashes.binary_search(&hash) {
            self.hashes.insert(place, hash);
            self.hashes.truncate(Self::SIZE);
        }
    }

    /// Adds what another sketch under the same key saw. Associative and commutative.
    pub fn merge(&mut self, other: &Self) {
        other.hashes.iter().for_each(|hash| self.add(*hash));
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The hashes, from the smallest.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        self.hashes.iter().copied()
    }

    /// Whether it is certain that this hash was never added: a full sketch has forgotten what lies beyond its last.
    pub fn lacks(&self, hash: u64) -> bool {
        let kept = !self.is_full() || self.hashes.last().is_some_and(|last| hash <= *last);
        kept && self.hashes.binary_search(&hash).is_err()
    }

    fn is_full(&self) -> bool {
        self.hashes.len() == Self::SIZE
    }

    /// How far this one and another under the same key agree.
    pub fn overlap(&self, other: &Self) -> Overlap {
        // Beyond its last hash a full sketch has forgotten what it saw.
        let end = |sketch: &Self| if sketch.is_full() { sketch.hashes.last().copied() } else { None };
        let end = end(self).unwrap_or(u64::MAX).min(end(other).unwrap_or(u64::MAX));
        let kept = |sketch: &Self| sketch.hashes.partition_point(|hash| *hash <= end);
        let (mine, theirs) = (&self.hashes[..kept(self)], &other.hashes[..kept(other)]);
        let common = mine.iter().filter(|hash| theirs.binary_search(hash).is_ok()).count() as u64;
        Overlap { common, first: mine.len() as u64, second: theirs.len() as u64 }
    }

    /// As bytes, for a state file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.to_be_bytes()).collect()
    }

    /// From the bytes of a state file; none when they are not those of a sketch.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let hashes: Vec<u64> = words.iter().map(|word| u64::from_be_bytes(*word)).collect();
        let sorted = hashes.is_sorted_by(|a, b| a < b);
        (rest.is_empty() && sorted && hashes.len() <= Self::SIZE).then_some(Self { hashes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that looks like a hash (Steele, Lea and Flood 2014).
    fn mix(number: u64) -> u64 {
        let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn sketch(numbers: impl Iterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::default();
        numbers.for_each(|number| sketch.add(mix(number)));
        sketch
    }

    #[test]
    fn a_part_is_seen_in_a_whole_that_is_far_larger() {
        let overlap = sketch(0..3_000).overlap(&sketch(0..100_000));
        assert!(overlap.common >= 10 && overlap.common == overlap.first, "{overlap:?}");
        assert!(overlap.second > 20 * overlap.first, "{overlap:?}");
    }

    #[test]
    fn only_what_would_have_been_kept_is_certain_to_be_missing() {
        let (few, many) = (sketch(0..50), sketch(0..5_000));
        assert!((0..50).all(|number| !few.lacks(mix(number))) && few.lacks(mix(50)));
        assert!((0..5_000).all(|number| !many.lacks(mix(number))));
        assert!(!many.lacks(u64::MAX) && (5_000..90_000).any(|number| many.lacks(mix(number))));
    }

    #[test]
    fn others_share_nothing_and_halves_half() {
        assert_eq!(sketch(0..5_000).overlap(&sketch(5_000..9_000)).common, 0);
        let half = sketch(0..4_000).overlap(&sketch(2_000..6_000));
        let share = half.common as f64 / half.first as f64;
        assert!((0.42..0.58).contains(&share), "{share}");
    }

    #[test]
    fn parts_merge_in_any_order_and_bytes_come_back() {
        let whole = sketch(0..9_000);
        let parts = [sketch(0..4_000), sketch(3_000..7_000), sketch(6_500..9_000)];
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = Sketch::default();
            order.iter().for_each(|&part| merged.merge(&parts[part]));
            assert_eq!(merged, whole);
        }
        assert_eq!(Sketch::from_bytes(&whole.to_bytes()), Some(whole));
        assert_eq!(Sketch::from_bytes(&[1, 2, 3]), None);
    }
}
