//! The rows of a plan, sealed: keys may be personal data (an e-mail address as a primary key), so they
//! never touch the disk in clear. The key lies in the state and is overwritten when the plan ends; what
//! is left then is noise.
//!
//! One record a chunk: its length (u32, big-endian), then nonce, ciphertext and tag of: step, what goes with it
//! (u32 each), of [`Together::Trees`] their height, their number and the tree of each row, rows. The label of each record is its number, so none can be moved or left out unseen; the digest of
//! the file stands in the plan.

use std::io::BufReader;
use std::io::BufWriter;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use dataward_connect::amend::Rows;
use dataward_seal::SecretKey;
use dataward_seal::blob;
use sha2::Digest;
use sha2::Sha256;

use crate::error::RetainError;

/// Writes the records.
pub struct RowsWriter {
    path: PathBuf,
    file: BufWriter<fs_err::File>,
    key: SecretKey,
    digest: Sha256,
    chunks: u64,
}

/// Rows of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRows {
    /// The step.
    pub step: usize,
    /// What goes in the same transaction.
    pub together: Together,
    /// Of rows of trees: the tree that each belongs to; of others nothing.
    pub trees: Vec<u32>,
    /// Of rows of trees: they go after those of their transaction for which this is less, and those of earlier steps.
    pub height: u32,
    /// The rows.
    pub rows: Rows,
}

/// Which records after one another belong into one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Together {
    /// None: parts of a record may go by themselves.
    Alone,
    /// Rows that hang together under this number and are too many for one transaction: children first, in parts each of
    /// which goes as a whole or not at all.
    Large(u32),
    /// All rows of a partition, which is dropped with them: all of them, else one by one.
    Partition(u32),
    /// All rows of tables that are emptied at once, under this number: all of them, else in batches.
    Refill(u32),
    /// Rows with all that hangs on them, children first, under this number. Cheapest together, and with their
    /// neighbours; where something stops them tree by tree, each as a whole or not at all.
    Trees(u32),
}

/// The highest bit of a word.
const REFILL: u32 = 1 << 31;

impl Together {
    /// The number in the upper 30 bits, the kind in the lowest two; of the last kind there are two, by the highest bit.
    fn word(self) -> u32 {
        match self {
            Self::Refill(number) => number << 2 | 3 | REFILL,
            Self::Alone => 0,
            Self::Large(number) => number << 2 | 1,
            Self::Trees(number) => number << 2 | 2,
            Self::Partition(number) => number << 2 | 3,
        }
    }

    fn of(word: u32) -> Self {
        match word & 3 {
            0 => Self::Alone,
            1 => Self::Large(word >> 2),
            2 => Self::Trees(word >> 2),
            _ if word & REFILL != 0 => Self::Refill((word & !REFILL) >> 2),
            _ => Self::Partition(word >> 2),
        }
    }
}

/// Reads the records.
pub struct RowsReader {
    path: PathBuf,
    file: BufReader<fs_err::File>,
    key: SecretKey,
    next: u64,
}

impl RowsWriter {
    /// A new file, for those who may write to its folder.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(path: &Path, key: SecretKey) -> Result<Self, RetainError> {
        let file = dataward_owner::overwrite(path);
        let file = file.map_err(|error| RetainError::file("write the rows of the plan", path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), key, digest: Sha256::new(), chunks: 0 })
    }

    /// Adds rows of a step.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn push(&mut self, step: usize, together: Together, rows: &Rows) -> Result<(), RetainError> {
        self.push_trees(step, together, (0, &[]), rows)
    }

    /// Adds rows of a step, with their height and the tree of each where they go in trees.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn push_trees(
        &mut self,
        step: usize,
        together: Together,
        (height, trees): (u32, &[u32]),
        rows: &Rows,
    ) -> Result<(), RetainError> {
        let mut text = Vec::new();
        text.extend((step as u32).to_be_bytes());
        text.extend(together.word().to_be_bytes());
        if let Together::Trees(_) = together {
            text.extend(height.to_be_bytes());
            text.extend((trees.len() as u32).to_be_bytes());
            trees.iter().for_each(|tree| text.extend(tree.to_be_bytes()));
        }
        text.extend(rows.encode());
        let sealed = blob::seal(&self.key, &text, &label(self.chunks))
            .map_err(|error| RetainError::Internal(error.to_string()))?;
        let length = (sealed.len() as u32).to_be_bytes();
        for part in [&length[..], &sealed] {
            self.digest.update(part);
            let written = self.file.write_all(part);
            written.map_err(|error| RetainError::file("write the rows of the plan", &self.path, &error))?;
        }
        self.chunks += 1;
        Ok(())
    }

    /// Syncs the file and gives its digest, in hex, and the number of records.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn finish(mut self) -> Result<(String, u64), RetainError> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| RetainError::file("write the rows of the plan", &self.path, &error))?;
        Ok((hex::encode(self.digest.finalize()), self.chunks))
    }
}

impl RowsReader {
    /// Opens a file whose digest is `sha256`.
    ///
    /// # Errors
    /// When it can't be read, or is another one.
    pub fn open(path: &Path, key: SecretKey, sha256: &str) -> Result<Self, RetainError> {
        let fault = |error: std::io::Error| RetainError::file("read the rows of the plan", path, &error);
        let mut file = fs_err::File::open(path).map_err(fault)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).map_err(fault)? {
                0 => break,
                read => digest.update(&buffer[..read]),
            }
        }
        if hex::encode(digest.finalize()) != sha256 {
            return Err(RetainError::refused(
                format!("the file `{}` is not the one that the plan was made with", path.display()),
                "dataward retain plan",
            ));
        }
        file.seek(SeekFrom::Start(0)).map_err(fault)?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), key, next: 0 })
    }

    /// Begins anew.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn rewind(&mut self) -> Result<(), RetainError> {
        self.next = 0;
        let sought = self.file.seek(SeekFrom::Start(0));
        sought.map(drop).map_err(|error| RetainError::file("read the rows of the plan", &self.path, &error))
    }

    /// Skips records.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn skip(&mut self, chunks: u64) -> Result<(), RetainError> {
        for _ in 0..chunks {
            if self.sealed()?.is_none() {
                break;
            }
            self.next += 1;
        }
        Ok(())
    }

    /// The next record; none after the last.
    ///
    /// # Errors
    /// When the file can't be read or a record is not what was written.
    pub fn next_chunk(&mut self) -> Result<Option<PlannedRows>, RetainError> {
        let Some(sealed) = self.sealed()? else { return Ok(None) };
        let text = blob::open(&self.key, &sealed, &label(self.next));
        let planned = text.and_then(|text| {
            let mut rest = text.as_slice();
            let step = take_word(&mut rest)? as usize;
            let together = Together::of(take_word(&mut rest)?);
            let (mut height, mut trees) = (0, Vec::new());
            if let Together::Trees(_) = together {
                height = take_word(&mut rest)?;
                trees = (0..take_word(&mut rest)?).map(|_| take_word(&mut rest)).collect::<Option<_>>()?;
            }
            let rows = Rows::decode(rest)?;
            let fits = !matches!(together, Together::Trees(_)) || trees.len() == rows.len();
            fits.then_some(PlannedRows { step, together, trees, height, rows })
        });
        self.next += 1;
        planned.map(Some).ok_or_else(|| {
            RetainError::refused(
                format!("the file `{}` was changed, or its key is another one", self.path.display()),
                "dataward retain plan",
            )
        })
    }

    fn sealed(&mut self) -> Result<Option<Vec<u8>>, RetainError> {
        let fault = |error: std::io::Error| RetainError::file("read the rows of the plan", &self.path, &error);
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other.map_err(fault)?,
        }
        let mut sealed = vec![0; u32::from_be_bytes(length) as usize];
        self.file.read_exact(&mut sealed).map_err(fault)?;
        Ok(Some(sealed))
    }
}

fn take_word(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*head))
}

fn label(chunk: u64) -> String {
    format!("dataward retain plan rows {chunk}")
}

#[cfg(test)]
mod tests {
    use dataward_connect::amend::KeyColumn;

    use super::*;

    #[test]
    fn keys_are_nowhere_in_the_file_and_come_back_with_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        let rows =
            Rows { keys: vec![KeyColumn::Texts(vec!["ada@example.com".into()])], versions: vec![1], ..Rows::default() };
        let mut writer = RowsWriter::create(&path, SecretKey::of(&[1; 32])).unwrap();
        writer.push(3, Together::Alone, &rows).unwrap();
        writer.push(4, Together::Large(7), &rows).unwrap();
        writer.push_trees(5, Together::Trees(8), (2, &[6]), &rows).unwrap();
        let (digest, chunks) = writer.finish().unwrap();
        assert_eq!(chunks, 3);
        let bytes = fs_err::read(&path).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"ada@"));
        let mut reader = RowsReader::open(&path, SecretKey::of(&[1; 32]), &digest).unwrap();
        reader.skip(1).unwrap();
        assert_eq!(
            reader.next_chunk().unwrap(),
            Some(PlannedRows {
                step: 4,
                together: Together::Large(7),
                trees: Vec::new(),
                height: 0,
                rows: rows.clone()
            })
        );
        let trees = reader.next_chunk().unwrap().unwrap();
        assert_eq!(trees.height, 2);
        assert_eq!((trees.step, trees.together, trees.trees, trees.rows.len()), (5, Together::Trees(8), vec![6], 1));
        assert_eq!(reader.next_chunk().unwrap(), None);
        assert!(RowsReader::open(&path, SecretKey::of(&[2; 32]), &digest).unwrap().next_chunk().is_err());
        assert!(RowsReader::open(&path, SecretKey::of(&[1; 32]), "00").is_err());
    }
}
