//! The receipt of one entry: C2SP tlog-proof@v1, a text file that anyone can check offline.

use std::fmt;

use tlog_tiles::Hash;
use tlog_tiles::check_record;
use tlog_tiles::record_hash;

use crate::EvidenceError;
use crate::TreeHead;
use crate::VerifierKey;

/// That an entry is in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The entry's index, from 0.
    pub index: u64,
    /// The hashes beside its way up to the root, from the leaf on.
    pub hashes: Vec<Hash>,
    /// The signed head.
    pub head: TreeHead,
}

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// A tree of 2^64 leaves is this high.
const HASHES_LIMIT: usize = 64;

impl Proof {
    /// Reads a `.tlog-proof` file and checks the signature of the head in it. An `extra` line is
    /// read over.
    pub fn parse(text: &str, key: &VerifierKey) -> Result<Self, EvidenceError> {
        let wrong = |reason: &str| EvidenceError::malformed("tlog-proof", reason);
        let (proof, note) = text.split_once("\n\n").ok_or_else(|| wrong("there is no head in it"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(MAGIC) {
            return Err(wrong("it does not begin with `c2sp.org/tlog-proof@v1`"));
        }
        let mut line = lines.next();
        if line.is_some_and(|line| line.starts_with("extra ")) {
            line = lines.next();
        }
        let number =
            line.and_then(|line| line.strip_prefix("index ")).ok_or_else(|| wrong("there is no index in it"))?;
        let index: u64 = number.parse().map_err(|_| wrong("the index is no number"))?;
        if index.to_string() != number {
            return Err(wrong("the index is not written plainly"));
        }
        let hashes: Vec<Hash> = lines
            .take(HASHES_LIMIT + 1)
            .map(|line| Hash::parse_hash(line).map_err(|_| wrong("a line is no hash")))
            .collect::<Result<_, _>>()?;
        if hashes.len() > HASHES_LIMIT {
            return Err(wrong("it has too many hashes"));
        }
        Ok(Self { index, hashes, head: TreeHead::parse(note.as_bytes(), key)? })
    }

    /// Whether `entry` is the one that this proves.
    pub fn proves(&self, entry: &[u8]) -> bool {
        check_record(&self.hashes, self.head.size, self.head.root, self.index, record_hash(entry)).is_ok()
    }
}

/// The text of the file.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.head.note)
    }
}
