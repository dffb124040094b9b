//! Bodies of objects for the formats: bytes anywhere, fetched in ranges as they are asked for.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::bucket::Bucket;
use super::bucket::Part;
use crate::formats::ReadAt;

/// An object as [`ReadAt`]. A reader that goes through it gets ever larger ranges, so that few
/// requests are made; one that jumps (Parquet, zip, a sample) gets small ones, so that little is
/// fetched for nothing. Use it from threads for blocking work only.
pub(super) struct ObjectAt {
    bucket: Arc<dyn Bucket>,
    /// The object; its range is the whole of it.
    whole: Part,
    runtime: Handle,
    fetched: Arc<AtomicU64>,
    blocks: Mutex<Blocks>,
}

/// What was fetched last, newest first.
#[derive(Default)]
struct Blocks {
    kept: Vec<(u64, Bytes)>,
    /// Size of the next range of a reader that goes on where it was.
    next_bytes: u64,
}

impl ObjectAt {
    /// Reads `whole` from `bucket`, adding what is fetched to `fetched`.
    pub(super) fn new(bucket: Arc<dyn Bucket>, whole: Part, runtime: Handle, fetched: Arc<AtomicU64>) -> Self {
        Self { bucket, whole, runtime, fetched, blocks: Mutex::default() }
    }
}

impl ReadAt for ObjectAt {
    fn size(&self) -> u64 {
        self.whole.range.end
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.size() || buffer.is_empty() {
            return Ok(0);
        }
        let mut blocks = self.blocks.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(found) = blocks.copy(offset, buffer) {
            return Ok(found);
        }
        let goes_on = blocks.kept.iter().any(|(start, block)| start + block.len() as u64 == offset);
        let wanted = match goes_on {
            true => blocks.next_bytes,
            false => FIRST_BYTES,
        };
        blocks.next_bytes = (wanted * 2).min(MOST_BYTES);
        let end = offset.saturating_add(wanted.max(buffer.len().min(MOST_BYTES as usize) as u64)).min(self.size());
        let part = Part { range: offset..end, ..self.whole.clone() };
        let block = self.runtime.block_on(self.bucket.range(&part)).map_err(io::Error::other)?;
        if block.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.fetched.fetch_add(block.len() as u64, Ordering::Relaxed);
        blocks.keep(offset, block);
        Ok(blocks.copy(offset, buffer).unwrap_or(0))
    }
}

impl Blocks {
    fn copy(&self, offset: u64, buffer: &mut [u8]) -> Option<usize> {
        let (start, block) =
            self.kept.iter().find(|(start, block)| (*start..start + block.len() as u64).contains(&offset))?;
        let from = usize::try_from(offset - start).ok()?;
        let count = buffer.len().min(block.len() - from);
        buffer[..count].copy_from_slice(&block[from..from + count]);
        Some(count)
    }

    fn keep(&mut self, start: u64, block: Bytes) {
        self.kept.insert(0, (start, block));
        self.kept.truncate(KEPT);
    }
}

/// Size of a range after a jump.
const FIRST_BYTES: u64 = 256 << 10;

/// Largest range. What is kept of an object is at most [`KEPT`] of these.
const MOST_BYTES: u64 = 4 << 20;

/// Two, because readers of zip and Parquet go back and forth between two places.
const KEPT: usize = 2;
