//! What is kept of erased values so that they can be looked for: keyed digests, never a value.
//!
//! A *trace* is the HMAC-SHA256 of one form of a value (see [`super::forms`]), its length, and 24 bits of
//! a keyed sum over its first six bytes, by which a place in a file is ruled out without a digest. So the
//! files of a store can be searched after a `kill -9`, after a restart, and years later by anyone who
//! holds the erasure key, while nowhere, not even sealed, a value is kept. Who holds the key can test
//! guesses, so the traces are personal data as long as it exists; destroying the key ends that. They lie
//! in a file that is sealed with the key too: the sums alone would let a guess be tested without it.
//!
//! The alternative, sealed values under a key that is destroyed after the verification, was left: it
//! keeps the values readable for as long as the key exists, and can't verify again later.

use std::collections::HashMap;

use hmac::Hmac;
use hmac::Mac;
use sha2::Sha256;

use super::forms::SHORTEST;
use super::forms::forms;
use crate::erasure_key::ErasureKey;
use crate::proof_error::ProofError;

/// The bytes of a digest that are kept: 2^-128 is the chance that another value has the same.
pub(crate) const DIGEST_BYTES: usize = 16;

/// Bits of the sum over the first bytes of a form.
const SUM_BITS: u32 = 24;

/// The first bytes of the file; the number is that of the format.
const MAGIC: &[u8; 8] = b"dwtrace1";

/// One form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) value: u32,
    pub(crate) sum: u32,
    pub(crate) length: u16,
    pub(crate) digest: [u8; DIGEST_BYTES],
}

/// A column that values were gathered from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TracedColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// Different values that are looked for.
    pub values: u64,
    /// Values too short to be looked for.
    pub too_short: u64,
}

/// The traces of one run of deletions in one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    pub(crate) columns: Vec<TracedColumn>,
    /// The column of each value.
    pub(crate) values: Vec<u32>,
    pub(crate) traces: Vec<Trace>,
    /// Rows that were erased, and of how many of them the values were taken.
    pub(crate) rows: u64,
    pub(crate) sampled: u64,
}

/// Makes digests; one for each thread.
#[derive(Clone)]
pub(crate) struct Digester {
    keyed: Hmac<Sha256>,
    multiplier: u64,
}

impl Digester {
    pub(crate) fn new(key: &ErasureKey) -> Self {
        let keyed = key.keyed("traces");
        let sum = key.keyed("trace sums").finalize().into_bytes();
        let multiplier = sum.first_chunk::<8>().map_or(1, |bytes| u64::from_le_bytes(*bytes)) | 1;
        Self { keyed, multiplier }
    }

    pub(crate) fn digest(&self, bytes: &[u8]) -> [u8; DIGEST_BYTES] {
        let mut keyed = self.keyed.clone();
        keyed.update(bytes);
        let digest = keyed.finalize().into_bytes();
        *digest.first_chunk().expect("SHA-256 gives 32 bytes")
    }

    /// The sum over the six lowest bytes of `window`.
    pub(crate) fn sum(&self, window: u64) -> u32 {
        ((window & 0xffff_ffff_ffff).wrapping_mul(self.multiplier) >> (64 - SUM_BITS)) as u32
    }
}

/// The six bytes at the beginning of `bytes`, for [`Digester::sum`].
fn first_window(bytes: &[u8]) -> u64 {
    bytes.iter().take(SHORTEST).rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Takes values in and makes traces of them.
pub struct TraceGatherer {
    digester: Digester,
    traces: Traces,
    columns: HashMap<(String, String), u32>,
    /// What is known already, by column and digest of the text.
    known: HashMap<(u32, [u8; DIGEST_BYTES]), ()>,
}

impl TraceGatherer {
    /// An empty one.
    pub fn new(key: &ErasureKey) -> Self {
        Self { digester: Digester::new(key), traces: Traces::default(), columns: HashMap::new(), known: HashMap::new() }
    }

    /// Counts a row that is erased; `sampled`: its values are given to [`TraceGatherer::value`].
    pub fn row(&mut self, sampled: bool) {
        self.traces.rows += 1;
        self.traces.sampled += u64::from(sampled);
    }

    /// Takes a value in.
    pub fn value(&mut self, table: &str, column: &str, sql_type: &str, text: &str) {
        let at = match self.columns.get(&(table.to_owned(), column.to_owned())) {
            Some(at) => *at,
            None => {
                let at = self.traces.columns.len() as u32;
                let traced = TracedColumn { table: table.to_owned(), column: column.to_owned(), ..Default::default() };
                self.traces.columns.push(traced);
                self.columns.insert((table.to_owned(), column.to_owned()), at);
                at
            }
        };
        if self.known.insert((at, self.digester.digest(text.as_bytes())), ()).is_some() {
            return;
        }
        let value = self.traces.values.len() as u32;
        let Self { digester, traces, .. } = self;
        let any = forms(text, sql_type, |form| {
            traces.traces.push(Trace {
                value,
                sum: digester.sum(first_window(form)),
                length: form.len() as u16,
                digest: digester.digest(form),
            });
        });
        let column = &mut traces.columns[at as usize];
        if any {
            column.values += 1;
            traces.values.push(at);
        } else {
            column.too_short += 1;
        }
    }

    /// The traces.
    pub fn finish(self) -> Traces {
        self.traces
    }
}

impl Traces {
    /// Different values that are looked for.
    pub fn values(&self) -> u64 {
        self.values.len() as u64
    }

    /// The columns they came from.
    pub fn columns(&self) -> &[TracedColumn] {
        &self.columns
    }

    /// Rows that were erased.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows whose values are looked for.
    pub fn sampled(&self) -> u64 {
        self.sampled
    }

    /// Sealed with the erasure key, for a file that belongs to `plan`.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, key: &ErasureKey, plan: &str) -> Result<Vec<u8>, ProofError> {
        key.seal(&self.encode(), &label(plan))
    }

    /// What [`Traces::seal`] sealed.
    ///
    /// # Errors
    /// When it belongs to another plan or key, or was changed.
    pub fn open(sealed: &[u8], key: &ErasureKey, plan: &str) -> Result<Self, ProofError> {
        let foreign = || ProofError::Foreign { what: "the traces of the erased values".to_owned() };
        Self::decode(&key.open(sealed, &label(plan)).ok_or_else(foreign)?).ok_or_else(foreign)
    }

    /// As bytes. [`Traces::decode`] reads them.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.rows.to_le_bytes());
        bytes.extend(self.sampled.to_le_bytes());
        bytes.extend((self.columns.len() as u32).to_le_bytes());
        for column in &self.columns {
            for text in [&column.table, &column.column] {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            bytes.extend(column.values.to_le_bytes());
            bytes.extend(column.too_short.to_le_bytes());
        }
        bytes.extend((self.values.len() as u32).to_le_bytes());
        self.values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes.extend((self.traces.len() as u32).to_le_bytes());
        for trace in &self.traces {
            bytes.extend(trace.value.to_le_bytes());
            bytes.extend(trace.sum.to_le_bytes());
            bytes.extend(trace.length.to_le_bytes());
            bytes.extend(trace.digest);
        }
        bytes
    }

    /// Reads what [`Traces::encode`] wrote; none when it is something else.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes.strip_prefix(MAGIC)?);
        let (rows, sampled) = (rest.long()?, rest.long()?);
        let mut traces = Self { rows, sampled, ..Self::default() };
        for _ in 0..rest.word()? {
            let (table, column) = (rest.text()?, rest.text()?);
            traces.columns.push(TracedColumn { table, column, values: rest.long()?, too_short: rest.long()? });
        }
        for _ in 0..rest.word()? {
            let column = rest.word()?;
            traces.columns.get(column as usize)?;
            traces.values.push(column);
        }
        for _ in 0..rest.word()? {
            let (value, sum) = (rest.word()?, rest.word()?);
            traces.values.get(value as usize)?;
            let length = u16::from_le_bytes(*rest.take(2)?.first_chunk()?);
            let digest = *rest.take(DIGEST_BYTES)?.first_chunk()?;
            traces.traces.push(Trace { value, sum, length, digest });
        }
        rest.0.is_empty().then_some(traces)
    }
}

fn label(plan: &str) -> String {
    format!("dataward traces of {plan}")
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn long(&mut self) -> Option<u64> {
        self.take(8)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.word()? as usize;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_read_back_and_hold_no_value() {
        let mut gatherer = TraceGatherer::new(&ErasureKey::of(&[7; 32]));
        for text in ["ada@lantern.example", "ada@lantern.example", "grace@lantern.example", "Bo"] {
            gatherer.row(true);
            gatherer.value("customers", "email", "text", text);
        }
        let traces = gatherer.finish();
        assert_eq!((traces.values(), traces.columns[0].too_short, traces.rows()), (2, 1, 4));
        let bytes = traces.encode();
        assert_eq!(Traces::decode(&bytes).as_ref(), Some(&traces));
        assert!(!String::from_utf8_lossy(&bytes).contains("lantern"));
        let key = ErasureKey::of(&[7; 32]);
        let sealed = traces.seal(&key, "f00d").unwrap();
        assert_eq!(Traces::open(&sealed, &key, "f00d").unwrap(), traces);
        assert!(Traces::open(&sealed, &key, "beef").is_err(), "another plan");
        for end in 0..bytes.len() {
            assert_eq!(Traces::decode(&bytes[..end]), None);
        }
    }
}
