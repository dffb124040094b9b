//! Bytes that can be read anywhere: a file, memory, a range of an object.

use std::fs::File;
use std::io;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;

/// Bytes that can be read anywhere, from several threads.
pub trait ReadAt: Send + Sync {
    /// How many there are.
    fn size(&self) -> u64;

    /// Fills some of `buffer` from `offset` on; 0 only at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// A file as it was when it was opened; what is appended later is not seen.
pub struct FileAt {
    file: File,
    size: u64,
}

impl FileAt {
    /// Takes an open file.
    pub fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }
}

impl ReadAt for FileAt {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        loop {
            match self.file.read_at(&mut buffer[..wanted], offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Shorter than when we opened it: somebody cut it while we read.
                Ok(0) if wanted > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                other => return other,
            }
        }
    }
}

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let count = buffer.len().min(self.len() - start);
        buffer[..count].copy_from_slice(&self[start..start + count]);
        Ok(count)
    }
}

/// Counts the bytes read through it.
pub struct CountedAt<A> {
    inner: A,
    counter: Arc<AtomicU64>,
}

impl<A: ReadAt> CountedAt<A> {
    /// Adds what is read of `inner` to `counter`.
    pub fn new(inner: A, counter: Arc<AtomicU64>) -> Self {
        Self { inner, counter }
    }
}

impl<A: ReadAt> ReadAt for CountedAt<A> {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read_at(offset, buffer)?;
        self.counter.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// [`ReadAt`] with a position, for libraries that want `Read + Seek`. Unbuffered.
#[derive(Clone)]
pub struct Seekable {
    at: Arc<dyn ReadAt>,
    position: u64,
}

impl Seekable {
    /// Starts at the first byte.
    pub fn new(at: Arc<dyn ReadAt>) -> Self {
        Self::from_offset(at, 0)
    }

    /// Starts at `position`.
    pub fn from_offset(at: Arc<dyn ReadAt>, position: u64) -> Self {
        Self { at, position }
    }
}

impl io::Read for Seekable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.at.size() {
            return Ok(0);
        }
        let read = self.at.read_at(self.position, buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl io::Seek for Seekable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.at.size().checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
