//! What a format is given to read.

use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::Budget;
use super::Head;
use super::Limits;
use super::ReadAt;
use super::Seekable;
use super::Utf8Text;
use super::limits::Watched;
use super::limits::from_io;
use super::limits::human_bytes;
use super::read_at::FileAt;
use crate::ConnectError;

/// A file, an object or a member of an archive, about to be read.
pub struct Input<'a> {
    name: String,
    hint: String,
    head: Vec<u8>,
    whole: bool,
    body: Body<'a>,
    depth: u32,
    budget: Arc<Budget>,
}

enum Body<'a> {
    /// What follows the head.
    Rest(Box<dyn Read + 'a>),
    /// All of it, the head included.
    At(Arc<dyn ReadAt>),
}

impl<'a> Input<'a> {
    /// A unit that can be read anywhere. `name` is the unit's name.
    pub fn random(name: &str, at: Arc<dyn ReadAt>, budget: Arc<Budget>) -> Result<Self, ConnectError> {
        let mut head = Vec::new();
        let mut start = Seekable::new(at.clone()).take(HEAD_BYTES);
        start.read_to_end(&mut head).map_err(|error| from_io(name, &error))?;
        let whole = head.len() as u64 >= at.size();
        Ok(Self { name: name.into(), hint: name.into(), head, whole, body: Body::At(at), depth: 0, budget })
    }

    /// A unit that can only be read from its start. `name` is the unit's name.
    pub fn stream(name: &str, reader: impl Read + 'a, budget: Arc<Budget>) -> Result<Self, ConnectError> {
        Self::at_depth(name.into(), name.into(), Box::new(reader), budget, 0)
    }

    fn at_depth(
        name: String,
        hint: String,
        mut reader: Box<dyn Read + 'a>,
        budget: Arc<Budget>,
        depth: u32,
    ) -> Result<Self, ConnectError> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head).or_else(|error| {
            // A damaged start is the business of whoever decodes it, as long as there is something.
            if head.is_empty() { Err(from_io(&name, &error)) } else { Ok(0) }
        })?;
        let whole = (head.len() as u64) < HEAD_BYTES;
        Ok(Self { name, hint, head, whole, body: Body::Rest(reader), depth, budget })
    }

    /// The path that formats take the extension from, where the name ends otherwise (an object's
    /// version).
    pub fn with_hint(mut self, path: &str) -> Self {
        self.hint = path.into();
        self
    }

    /// The name for people and for [`dataward_model::TableHead::name`]: `exports/a.zip!/b/c.csv`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first bytes, at most 64 KiB, and what can be told from them.
    pub fn head(&self) -> Head<'_> {
        Head::new(&self.hint, &self.head, self.whole)
    }

    /// How many bytes there are, where that is known before reading.
    pub fn size(&self) -> Option<u64> {
        match &self.body {
            Body::At(at) => Some(at.size()),
            Body::Rest(_) => self.whole.then_some(self.head.len() as u64),
        }
    }

    /// The limits to keep.
    pub fn limits(&self) -> &Limits {
        &self.budget.limits
    }

    /// The bytes at random, where that costs nothing.
    pub fn random_access(&self) -> Option<Arc<dyn ReadAt>> {
        match &self.body {
            Body::At(at) => Some(at.clone()),
            Body::Rest(_) => None,
        }
    }

    /// All bytes, from the first one on. Not buffered.
    pub fn into_read(self) -> Box<dyn Read + 'a> {
        match self.body {
            Body::At(at) => Box::new(Seekable::new(at)),
            Body::Rest(rest) => Box::new(io::Cursor::new(self.head).chain(rest)),
        }
    }

    /// All bytes as valid UTF-8, whatever encoding they are in; what is invalid becomes U+FFFD.
    pub fn into_text(self) -> Utf8Text<'a> {
        let encoding = super::encoding::detect(&self.head, self.whole);
        Utf8Text::new(self.into_read(), encoding)
    }

    /// All bytes in memory, for formats that cannot do without. Refused above
    /// [`Limits::document_bytes`].
    pub fn into_bytes(self) -> Result<Vec<u8>, ConnectError> {
        let limit = self.budget.limits.document_bytes;
        let name = self.name.clone();
        let too_large = || ConnectError::Limit {
            target: name.clone(),
            reason: format!("it is larger than {}, which this format needs in memory at once", human_bytes(limit)),
        };
        if self.size().is_some_and(|size| size > limit) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        self.into_read().take(limit + 1).read_to_end(&mut bytes).map_err(|error| from_io(&name, &error))?;
        if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
    }

    /// All bytes at random; what only comes as a stream is put aside, in memory up to
    /// [`Limits::memory_bytes`], else in an unnamed temporary file of at most
    /// [`Limits::spool_bytes`].
    pub fn into_random_access(self) -> Result<Arc<dyn ReadAt>, ConnectError> {
        let name = self.name.clone();
        let limits = self.budget.limits.clone();
        let failed = |error: io::Error| from_io(&name, &error);
        let mut reader = match self.body {
            Body::At(at) => return Ok(at),
            Body::Rest(rest) => io::Cursor::new(self.head).chain(rest),
        };
        let mut memory = Vec::new();
        reader.by_ref().take(limits.memory_bytes + 1).read_to_end(&mut memory).map_err(failed)?;
        if memory.len() as u64 <= limits.memory_bytes {
            return Ok(Arc::new(Bytes::from(memory)));
        }
        let mut file = tempfile::tempfile().map_err(failed)?;
        file.write_all(&memory).map_err(failed)?;
        drop(memory);
        let copied = io::copy(&mut reader.take(limits.spool_bytes), &mut file).map_err(failed)?;
        if copied == limits.spool_bytes {
            return Err(ConnectError::Limit {
                target: name,
                reason: format!("it is larger than {}; unpack it yourself and scan the result", human_bytes(copied)),
            });
        }
        file.rewind().map_err(failed)?;
        Ok(Arc::new(FileAt::new(file).map_err(failed)?))
    }

    /// The way into what this input packs. Refused when archives lie too deep in each other.
    pub fn inside(&self) -> Result<Inside, ConnectError> {
        let depth = self.depth + 1;
        if depth > self.budget.limits.depth {
            return Err(ConnectError::Limit {
                target: self.name.clone(),
                reason: format!(
                    "archives lie more than {} deep in each other; unpack it yourself and scan the result",
                    self.budget.limits.depth
                ),
            });
        }
        Ok(Inside { name: self.name.clone(), hint: self.hint.clone(), depth, budget: self.budget.clone() })
    }
}

/// What it takes to make the inputs of an archive's members.
#[derive(Clone)]
pub struct Inside {
    name: String,
    hint: String,
    depth: u32,
    budget: Arc<Budget>,
}

impl Inside {
    /// The account of the unit.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The name of the archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same for the part `number` of a file that holds many of one kind: `box.mbox#12`.
    pub fn numbered(&self, number: u64) -> Self {
        Self { name: format!("{}#{number}", self.name), ..self.clone() }
    }

    /// The name a member gets: `a.zip!/b/c.csv`. The path is only ever shown, never opened.
    pub fn member_name(&self, path: &str) -> String {
        format!("{}!/{}", self.name, path.trim_start_matches('/'))
    }

    /// A member that is stored as `stored` bytes (counted as they are read, or known before) and
    /// comes out of `reader`.
    pub fn member<'a>(
        &self,
        path: &str,
        reader: impl Read + 'a,
        stored: Arc<AtomicU64>,
    ) -> Result<Input<'a>, ConnectError> {
        let name = self.member_name(path);
        let reader = Watched::new(reader, &name, stored, self.budget.clone());
        Input::at_depth(name, path.to_owned(), Box::new(reader), self.budget.clone(), self.depth)
    }

    /// A member whose bytes lie in the archive as they are (tar, mail attachments): nothing can
    /// blow up here, and it costs the unit nothing.
    pub fn plain_member<'a>(&self, path: &str, reader: impl Read + 'a) -> Result<Input<'a>, ConnectError> {
        Input::at_depth(self.member_name(path), path.to_owned(), Box::new(reader), self.budget.clone(), self.depth)
    }

    /// The only thing in a compressed file: it keeps the file's name, less the ending `extension`
    /// when formats look for one.
    pub fn only<'a>(
        &self,
        extension: &str,
        reader: impl Read + 'a,
        stored: Arc<AtomicU64>,
    ) -> Result<Input<'a>, ConnectError> {
        let hint = match self.hint.to_ascii_lowercase() {
            // `.tgz` and friends say what is inside as well.
            lower if [".tgz", ".tbz", ".tbz2", ".txz", ".tzst"].iter().any(|end| lower.ends_with(end)) => {
                "x.tar".into()
            }
            lower if lower.ends_with(extension) => self.hint[..self.hint.len() - extension.len()].to_owned(),
            _ => self.hint.clone(),
        };
        let reader = Watched::new(reader, &self.name, stored, self.budget.clone());
        Input::at_depth(self.name.clone(), hint, Box::new(reader), self.budget.clone(), self.depth)
    }
}

/// Counts the bytes read through it.
pub struct Counted<R> {
    inner: R,
    counter: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    /// Adds what is read of `inner` to `counter`.
    pub fn new(inner: R, counter: Arc<AtomicU64>) -> Self {
        Self { inner, counter }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.counter.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Enough to see the dialect of a CSV file and the member names at the start of an archive.
const HEAD_BYTES: u64 = 64 << 10;
