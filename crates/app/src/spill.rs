//! Where numbers wait that are needed later and would fill the memory: a file without a name, in the folder for
//! temporary files, that is gone with the process.

use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;

/// Numbers written and read in one go.
const STEP: usize = 8_192;

/// The file.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    file: Option<File>,
    end: u64,
    failed: bool,
}

/// Where some numbers lie in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    at: u64,
    count: usize,
}

impl Spill {
    /// Keeps numbers; none when they could not be written.
    pub(crate) fn keep(&mut self, words: &[u64]) -> Option<Words> {
        let kept = self.write(words);
        self.failed |= kept.is_err();
        kept.ok()
    }

    /// Numbers that were kept; none when they could not be read.
    pub(crate) fn read(&mut self, words: Words) -> Option<Vec<u64>> {
        let read = self.read_at(words);
        self.failed |= read.is_err();
        read.ok()
    }

    /// Whether something could not be written or read.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    fn write(&mut self, words: &[u64]) -> std::io::Result<Words> {
        let at = self.end;
        if !words.is_empty() {
            let mut file = match self.file.take() {
                Some(file) => file,
                None => tempfile::tempfile()?,
            };
            file.seek(SeekFrom::Start(at))?;
            for part in words.chunks(STEP) {
                let bytes: Vec<u8> = part.iter().flat_map(|word| word.to_le_bytes()).collect();
                file.write_all(&bytes)?;
            }
            self.file = Some(file);
            self.end += words.len() as u64 * 8;
        }
        Ok(Words { at, count: words.len() })
    }

    fn read_at(&mut self, words: Words) -> std::io::Result<Vec<u64>> {
        let mut read = Vec::with_capacity(words.count);
        if words.count == 0 {
            return Ok(read);
        }
        let Some(file) = &mut self.file else { return Err(std::io::ErrorKind::NotFound.into()) };
        file.seek(SeekFrom::Start(words.at))?;
        let mut bytes = vec![0; STEP * 8];
        while read.len() < words.count {
            let part = &mut bytes[..(words.count - read.len()).min(STEP) * 8];
            file.read_exact(part)?;
            read.extend(part.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_in_any_order() {
        let mut spill = Spill::default();
        let lists: Vec<Vec<u64>> =
            [0, 1, 8_192, 20_000].map(|count| (0..count).map(|at| at << 40 | at).collect()).into();
        let kept: Vec<Words> = lists.iter().map(|list| spill.keep(list).unwrap()).collect();
        for at in [3, 0, 2, 1] {
            assert_eq!(spill.read(kept[at]).unwrap(), lists[at]);
        }
        assert!(!spill.has_failed());
    }
}
