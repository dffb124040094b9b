//! Keys and versions of many rows, column by column.

use std::cmp::Ordering;

/// One column of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyColumn {
    /// Binary keys.
    Bytes(Vec<Vec<u8>>),
    /// Whole numbers up to 64 bits.
    Integers(Vec<i64>),
    /// Everything else, as the engine writes it: texts, UUIDs, dates, decimals.
    Texts(Vec<String>),
}

/// Keys and versions of rows, in order. May hold personal data (an e-mail address as a primary key):
/// prints its length alone, and is kept sealed only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The columns of the key, all of the same length.
    pub keys: Vec<KeyColumn>,
    /// What changes with every change of the row: `xmin` on PostgreSQL, else the first 64 bits of a hash
    /// over all its columns; of a file, over size and modification time.
    pub versions: Vec<u64>,
    /// Where each row lay when it was read, where that helps to find it again: page and line of a row of PostgreSQL,
    /// as the page × 2^16 + the line. A hint alone; for all rows or for none.
    pub places: Vec<u64>,
}

/// Rows as they come out of [`super::Amend::select`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectedRows {
    /// The rows.
    pub rows: Rows,
    /// For each flag of the selection, whether it is true of each row.
    pub flags: Vec<Vec<bool>>,
    /// For a selection through an edge: the position of the parent among those asked with.
    pub parents: Vec<u32>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.len())
    }
}

impl KeyColumn {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn like(&self) -> Self {
        match self {
            Self::Bytes(_) => Self::Bytes(Vec::new()),
            Self::Integers(_) => Self::Integers(Vec::new()),
            Self::Texts(_) => Self::Texts(Vec::new()),
        }
    }

    fn push_from(&mut self, other: &Self, at: usize) {
        match (self, other) {
            (Self::Bytes(to), Self::Bytes(from)) => to.push(from[at].clone()),
            (Self::Integers(to), Self::Integers(from)) => to.push(from[at]),
            (Self::Texts(to), Self::Texts(from)) => to.push(from[at].clone()),
            _ => unreachable!("a key column keeps its kind"),
        }
    }

    fn compare(&self, left: usize, right: usize) -> Ordering {
        match self {
            Self::Bytes(values) => values[left].cmp(&values[right]),
            Self::Integers(values) => values[left].cmp(&values[right]),
            Self::Texts(values) => values[left].cmp(&values[right]),
        }
    }
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// The rows at these positions, in this order.
    pub fn pick(&self, positions: impl IntoIterator<Item = usize>) -> Self {
        let mut picked = Self { keys: self.keys.iter().map(KeyColumn::like).collect(), ..Self::default() };
        positions.into_iter().for_each(|at| picked.push(self, at));
        picked
    }

    /// The rows, at most `size` at a time.
    pub fn parts(&self, size: usize) -> impl Iterator<Item = Self> {
        (0..self.len()).step_by(size).map(move |first| self.pick(first..self.len().min(first + size)))
    }

    /// Adds one row of `other`, whose key has the same columns.
    pub fn push(&mut self, other: &Self, at: usize) {
        if self.keys.is_empty() {
            self.keys = other.keys.iter().map(KeyColumn::like).collect();
        }
        for (to, from) in self.keys.iter_mut().zip(&other.keys) {
            to.push_from(from, at);
        }
        self.versions.push(other.versions[at]);
        self.places.extend(other.places.get(at));
    }

    /// Adds the rows of `other`, whose key has the same columns.
    pub fn append(&mut self, other: &Self) {
        if self.keys.is_empty() {
            self.keys = other.keys.iter().map(KeyColumn::like).collect();
        }
        for (to, from) in self.keys.iter_mut().zip(&other.keys) {
            match (to, from) {
                (KeyColumn::Bytes(to), KeyColumn::Bytes(from)) => to.extend(from.iter().cloned()),
                (KeyColumn::Integers(to), KeyColumn::Integers(from)) => to.extend(from),
                (KeyColumn::Texts(to), KeyColumn::Texts(from)) => to.extend(from.iter().cloned()),
                _ => unreachable!("a key column keeps its kind"),
            }
        }
        self.versions.extend(&other.versions);
        self.places.extend(&other.places);
    }

    /// Whether it is known where each row lay.
    pub fn has_places(&self) -> bool {
        self.places.len() == self.len() && !self.is_empty()
    }

    /// Positions in the order of the keys: neighbours in an index are deleted together.
    pub fn sorted_positions(&self) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..self.len()).collect();
        positions.sort_unstable_by(|left, right| {
            let differing = self.keys.iter().map(|column| column.compare(*left, *right));
            differing.fold(Ordering::Equal, Ordering::then)
        });
        positions
    }

    /// The key of one row as bytes: equal exactly for equal keys of the same table.
    pub fn key_bytes(&self, at: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(9 * self.keys.len());
        for column in &self.keys {
            match column {
                KeyColumn::Integers(values) => bytes.extend(values[at].to_be_bytes()),
                KeyColumn::Bytes(values) => push_sized(&mut bytes, &values[at]),
                KeyColumn::Texts(values) => push_sized(&mut bytes, values[at].as_bytes()),
            }
        }
        bytes
    }

    /// All of it as bytes, for a sealed file. [`Rows::decode`] reads it back.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 * self.len() + 16);
        bytes.extend((self.len() as u32).to_be_bytes());
        bytes.push(self.keys.len() as u8);
        for column in &self.keys {
            match column {
                KeyColumn::Bytes(values) => {
                    bytes.push(b'b');
                    values.iter().for_each(|value| push_sized(&mut bytes, value));
                }
                KeyColumn::Integers(values) => {
                    bytes.push(b'i');
                    values.iter().for_each(|value| bytes.extend(value.to_be_bytes()));
                }
                KeyColumn::Texts(values) => {
                    bytes.push(b't');
                    values.iter().for_each(|value| push_sized(&mut bytes, value.as_bytes()));
                }
            }
        }
        bytes.push(u8::from(self.has_places()));
        let places = self.places.iter().filter(|_| self.has_places());
        self.versions.iter().chain(places).for_each(|word| bytes.extend(word.to_be_bytes()));
        bytes
    }

    /// What [`Rows::encode`] wrote; none when the bytes are something else.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let rows = u32::from_be_bytes(take(bytes, 4)?.try_into().ok()?) as usize;
        let columns = take(bytes, 1)?[0];
        let mut keys = Vec::new();
        for _ in 0..columns {
            keys.push(match take(bytes, 1)?[0] {
                b'b' => KeyColumn::Bytes((0..rows).map(|_| Some(take_sized(bytes)?.to_vec())).collect::<Option<_>>()?),
                b'i' => KeyColumn::Integers(
                    take(bytes, rows.checked_mul(8)?)?
                        .chunks_exact(8)
                        .map(|word| i64::from_be_bytes(word.try_into().expect("eight bytes")))
                        .collect(),
                ),
                b't' => KeyColumn::Texts(
                    (0..rows).map(|_| String::from_utf8(take_sized(bytes)?.to_vec()).ok()).collect::<Option<_>>()?,
                ),
                _ => return None,
            });
        }
        let has_places = take(bytes, 1)?[0] == 1;
        let versions = take_words(bytes, rows)?;
        let places = if has_places { take_words(bytes, rows)? } else { Vec::new() };
        bytes.is_empty().then_some(Self { keys, versions, places })
    }
}

fn push_sized(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend((value.len() as u32).to_be_bytes());
    bytes.extend_from_slice(value);
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(head)
}

fn take_words(bytes: &mut &[u8], count: usize) -> Option<Vec<u64>> {
    let words = take(bytes, count.checked_mul(8)?)?.chunks_exact(8);
    Some(words.map(|word| u64::from_be_bytes(word.try_into().expect("eight bytes"))).collect())
}

fn take_sized<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = u32::from_be_bytes(take(bytes, 4)?.try_into().ok()?) as usize;
    take(bytes, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows {
            keys: vec![
                KeyColumn::Texts(vec!["b".into(), "a".into(), "a".into()]),
                KeyColumn::Integers(vec![1, 2, -1]),
                KeyColumn::Bytes(vec![vec![], vec![0], vec![1, 2]]),
            ],
            versions: vec![7, 8, u64::MAX],
            places: Vec::new(),
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        let bytes = rows().encode();
        assert_eq!(Rows::decode(&bytes), Some(rows()));
        assert_eq!(Rows::decode(&Rows::default().encode()), Some(Rows::default()));
        let placed = Rows { places: vec![3 << 16 | 1, 0, 9], ..rows() };
        assert_eq!(Rows::decode(&placed.encode()), Some(placed.clone()));
        assert_eq!(placed.pick([2, 0]).places, [9, 3 << 16 | 1]);
        for cut in 0..bytes.len() {
            assert_eq!(Rows::decode(&bytes[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn rows_sort_by_their_whole_key_and_print_no_value() {
        assert_eq!(rows().sorted_positions(), [2, 1, 0]);
        assert_eq!(format!("{:?}", rows()), "Rows(3)");
    }
}
