//! Looks for traces in bytes: one pass, whatever the number of values.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use dataward_connect::scrub::RawPart;
use dataward_connect::scrub::Watch;

use super::forms::SHORTEST;
use super::traces::DIGEST_BYTES;
use super::traces::Digester;
use super::traces::Traces;
use crate::erasure_key::ErasureKey;

/// Bits of the first filter: 2 MiB, which stay in the processor's cache.
const FILTER_WORDS: usize = 1 << 18;

/// So many bytes behind a living value may make it look like a longer one: the length or the number that comes next.
const BEHIND: usize = 3;

/// Looks for traces in whatever it is shown.
pub struct Seeker {
    digester: Digester,
    /// One bit for each sum that a trace has.
    filter: Vec<u64>,
    /// The lengths of the traces with a sum, the shortest first.
    lengths: HashMap<u32, Vec<u16>>,
    /// The values with a digest.
    values: HashMap<[u8; DIGEST_BYTES], Vec<u32>>,
    /// How many values there are.
    total: usize,
    /// Digests that stand in living rows, and the first table that has them.
    living: HashMap<[u8; DIGEST_BYTES], u32>,
    /// The tables whose living rows were looked at.
    tables: Vec<String>,
    /// Digests of whole living values that begin as a trace does, and the first table that has them.
    cells: HashMap<[u8; DIGEST_BYTES], u32>,
    /// Values that a living value and what lies behind it in its row spell together.
    spelt: Mutex<HashMap<u32, u32>>,
    found: Mutex<BTreeMap<String, (RawPart, Found)>>,
}

/// What was found in a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Values, as bits.
    pub(crate) values: Vec<u64>,
}

impl Found {
    fn insert(&mut self, value: u32) {
        let word = value as usize / 64;
        if self.values.len() <= word {
            self.values.resize(word + 1, 0);
        }
        self.values[word] |= 1 << (value % 64);
    }

    pub(crate) fn join(&mut self, other: &Self) {
        if self.values.len() < other.values.len() {
            self.values.resize(other.values.len(), 0);
        }
        self.values.iter_mut().zip(&other.values).for_each(|(to, from)| *to |= from);
    }

    pub(crate) fn count(&self) -> u64 {
        self.values.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bits = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| at as u32 * 64 + bit)
        };
        self.values.iter().enumerate().flat_map(bits)
    }
}

impl Seeker {
    /// Looks for `traces`, which were made with `key`.
    pub fn new(traces: &Traces, key: &ErasureKey) -> Self {
        let mut filter = vec![0_u64; FILTER_WORDS];
        let mut lengths: HashMap<u32, Vec<u16>> = HashMap::new();
        let mut values: HashMap<_, Vec<u32>> = HashMap::new();
        for trace in &traces.traces {
            filter[trace.sum as usize / 64 % FILTER_WORDS] |= 1 << (trace.sum % 64);
            let known = lengths.entry(trace.sum).or_default();
            if let Err(at) = known.binary_search(&trace.length) {
                known.insert(at, trace.length);
            }
            values.entry(trace.digest).or_default().push(trace.value);
        }
        Self {
            digester: Digester::new(key),
            filter,
            lengths,
            values,
            total: traces.values.len(),
            living: HashMap::new(),
            tables: Vec::new(),
            cells: HashMap::new(),
            spelt: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// Calls `hit` with each form in `bytes` that belongs to a trace, and its digest.
    fn each(&self, bytes: &[u8], mut hit: impl FnMut(&[u8], &[u8; DIGEST_BYTES], &[u32])) {
        let mut at = 0;
        while at + SHORTEST <= bytes.len() {
            let window = match bytes.get(at..at + 8).and_then(|eight| eight.first_chunk::<8>()) {
                Some(eight) => u64::from_le_bytes(*eight),
                None => bytes[at..at + SHORTEST].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            };
            let sum = self.digester.sum(window);
            if self.filter[sum as usize / 64 % FILTER_WORDS] & (1 << (sum % 64)) != 0
                && let Some(lengths) = self.lengths.get(&sum)
            {
                for length in lengths {
                    let Some(form) = bytes.get(at..at + usize::from(*length)) else { break };
                    let digest = self.digester.digest(form);
                    if let Some(values) = self.values.get(&digest) {
                        hit(form, &digest, values);
                    }
                }
            }
            at += 1;
        }
    }

    /// The living rows that come now are of this table.
    pub(crate) fn enter(&mut self, table: &str) {
        self.tables.push(table.to_owned());
    }

    /// Takes note that these bytes stand in living rows: what is found in them is not residue.
    pub(crate) fn live(&mut self, bytes: &[u8]) {
        let table = self.tables.len().saturating_sub(1) as u32;
        let mut seen = Vec::new();
        self.each(bytes, |_, digest, _| seen.push(*digest));
        for digest in seen {
            self.living.entry(digest).or_insert(table);
        }
    }

    /// Takes note of a whole value of a living row. Rows have no gap between their values: `Mill Lane 11` and the first
    /// byte behind it may look like `Mill Lane 117`.
    pub(crate) fn live_value(&mut self, value: &[u8]) {
        let Some(first) = value.first_chunk::<SHORTEST>() else { return };
        let window = first.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if self.lengths.contains_key(&self.digester.sum(window)) {
            let table = self.tables.len().saturating_sub(1) as u32;
            self.cells.entry(self.digester.digest(value)).or_insert(table);
        }
    }

    /// The table of a living value that is all of `form` but its last bytes.
    fn spelt_in(&self, form: &[u8]) -> Option<u32> {
        let shorter = |less: usize| form.get(..form.len().checked_sub(less)?).filter(|part| part.len() >= SHORTEST);
        (1..=BEHIND).filter_map(shorter).find_map(|part| self.cells.get(&self.digester.digest(part)).copied())
    }

    /// Values that stand in living rows too, so that nothing can be said about them: how many, by the first table that
    /// has them. One form is enough: the others (UTF-16, binary) would stand in another column's files.
    pub(crate) fn undecidable(&self) -> BTreeMap<String, u64> {
        let mut first: HashMap<u32, u32> = self.spelt.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (digest, table) in &self.living {
            for value in self.values.get(digest).into_iter().flatten() {
                first.entry(*value).and_modify(|known| *known = (*known).min(*table)).or_insert(*table);
            }
        }
        let mut tables = BTreeMap::new();
        for table in first.into_values() {
            *tables.entry(self.tables.get(table as usize).cloned().unwrap_or_default()).or_default() += 1;
        }
        tables
    }

    /// How many values are looked for.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// What was found in each part.
    pub(crate) fn into_found(self) -> Vec<(RawPart, Found)> {
        self.found.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }
}

impl Watch for Seeker {
    fn look(&self, part: &RawPart, block: &[u8]) {
        let (mut hits, mut spelt) = (Vec::new(), Vec::new());
        self.each(block, |form, digest, values| {
            if self.living.contains_key(digest) {
                return;
            }
            match self.spelt_in(form) {
                Some(table) => spelt.extend(values.iter().map(|value| (*value, table))),
                None => hits.extend_from_slice(values),
            }
        });
        if !spelt.is_empty() {
            self.spelt.lock().unwrap_or_else(PoisonError::into_inner).extend(spelt);
        }
        if hits.is_empty() {
            return;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{:?} {}", part.class, part.name);
        let entry = found.entry(key).or_insert_with(|| (part.clone(), Found::default()));
        hits.into_iter().for_each(|value| entry.1.insert(value));
    }
}

#[cfg(test)]
mod tests {
    use dataward_connect::scrub::RawClass;

    use super::super::traces::TraceGatherer;
    use super::*;

    fn seeker(values: &[&str]) -> Seeker {
        let key = ErasureKey::of(&[7; 32]);
        let mut gatherer = TraceGatherer::new(&key);
        values.iter().for_each(|value| gatherer.value("customers", "email", "text", value));
        Seeker::new(&gatherer.finish(), &key)
    }

    fn look(seeker: &Seeker, block: &[u8]) {
        seeker.look(&RawPart { class: RawClass::Table, name: "t".into(), table: None }, block);
    }

    fn count(seeker: Seeker) -> u64 {
        seeker.into_found().first().map_or(0, |(_, found)| found.count())
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        for before in 0..20 {
            for after in [0, 1, 9] {
                let seeker = seeker(&["ada@lantern.example", "grace@lantern.example", "bo.x@y"]);
                let mut block = vec![0xff; before];
                block.extend(b"grace@lantern.example");
                block.extend(vec![0; after]);
                look(&seeker, &block);
                assert_eq!(count(seeker), 1, "{before} before, {after} after");
            }
        }
    }

    #[test]
    fn a_value_that_lives_on_elsewhere_is_no_residue() {
        let mut seeker = seeker(&["ada@lantern.example", "grace@lantern.example"]);
        seeker.enter("public.letters");
        seeker.live(b"...ada@lantern.example...");
        seeker.enter("public.copies");
        seeker.live(b"ada@lantern.example");
        look(&seeker, b"ada@lantern.example grace@lantern.example");
        assert_eq!(seeker.undecidable(), BTreeMap::from([("public.letters".to_owned(), 1)]));
        assert_eq!(count(seeker), 1);
    }

    #[test]
    fn what_a_living_value_and_the_byte_behind_it_spell_is_no_residue() {
        let erased = ["Mill Lane 117", "Mill Lane 118", "High Street 22"];
        let mut seeker = seeker(&erased);
        seeker.enter("people");
        ["Mill Lane 11", "High Street"].iter().for_each(|value| seeker.live_value(value.as_bytes()));
        look(&seeker, b"\x07Mill Lane 117\0\0High Street 22\0Mill Lane 1\0Mill Lane 118");
        assert_eq!(seeker.undecidable(), BTreeMap::from([("people".to_owned(), 3)]));
        assert_eq!(count(seeker), 0, "nobody can tell these from the living ones");
        let seeker = self::seeker(&erased);
        look(&seeker, b"Mill Lane 117");
        assert_eq!(count(seeker), 1);
    }

    #[test]
    fn another_key_finds_nothing() {
        let key = ErasureKey::of(&[7; 32]);
        let mut gatherer = TraceGatherer::new(&key);
        gatherer.value("customers", "email", "text", "ada@lantern.example");
        let seeker = Seeker::new(&gatherer.finish(), &ErasureKey::of(&[8; 32]));
        look(&seeker, b"ada@lantern.example");
        assert_eq!(count(seeker), 0);
    }
}
