//! One file, compressed: gzip, bzip2, xz, Zstandard. Several compressed parts one after the other
//! are one file, as their tools have it.

use std::io;
use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Certainty;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::input::Counted;
use super::limits::from_io;
use super::run::decode;
use crate::ConnectError;

/// gzip (RFC 1952).
pub(super) struct Gzip;
/// bzip2.
pub(super) struct Bzip2;
/// xz.
pub(super) struct Xz;
/// Zstandard (RFC 8878).
pub(super) struct Zstandard;

impl Format for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        certain_if(head.starts_with(&[0x1f, 0x8b, 8]))
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        decompress(input, out, ".gz", |stored| Ok(flate2::read::MultiGzDecoder::new(stored)))
    }
}

impl Format for Bzip2 {
    fn name(&self) -> &'static str {
        "bzip2"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let block = head.bytes.get(4..10);
        let begins = block == Some(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);
        let is_empty = block == Some(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]);
        certain_if(head.starts_with(b"BZh") && (begins || is_empty))
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        decompress(input, out, ".bz2", |stored| Ok(bzip2::read::MultiBzDecoder::new(stored)))
    }
}

impl Format for Xz {
    fn name(&self) -> &'static str {
        "xz"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        certain_if(head.starts_with(b"\xfd7zXZ\0"))
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        if xz_dictionary_bytes(input.head().bytes).is_some_and(|bytes| bytes > MOST_WINDOW_BYTES) {
            return Err(too_much_memory(&input));
        }
        decompress(input, out, ".xz", |stored| Ok(lzma_rust2::XzReader::new(stored, true)))
    }
}

impl Format for Zstandard {
    fn name(&self) -> &'static str {
        "Zstandard"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let skippable = head.bytes.len() > 8 && head.bytes[0] & 0xf0 == 0x50 && head.bytes[1..4] == [0x2a, 0x4d, 0x18];
        certain_if(head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || skippable)
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        if zstd_window_bytes(input.head().bytes).is_some_and(|bytes| bytes > MOST_WINDOW_BYTES) {
            return Err(too_much_memory(&input));
        }
        decompress(input, out, ".zst", |stored| {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(BufReader::with_capacity(BUFFER_BYTES, stored))?;
            decoder.window_log_max(MOST_WINDOW_BYTES.ilog2())?;
            Ok(decoder)
        })
    }
}

fn decompress<'a, R: Read + 'a>(
    input: Input<'a>,
    out: &mut Out,
    extension: &str,
    open: impl FnOnce(BufReader<Counted<Box<dyn Read + 'a>>>) -> io::Result<R>,
) -> Result<(), ConnectError> {
    let inside = input.inside()?;
    let stored_bytes = Arc::new(AtomicU64::new(0));
    let stored = Counted::new(input.into_read(), stored_bytes.clone());
    let buffered = BufReader::with_capacity(BUFFER_BYTES, stored);
    let reader = open(buffered).map_err(|error| from_io(inside.name(), &error))?;
    decode(inside.only(extension, reader, stored_bytes)?, out)
}

fn certain_if(condition: bool) -> Certainty {
    if condition { Certainty::Certain } else { Certainty::No }
}

fn too_much_memory(input: &Input<'_>) -> ConnectError {
    ConnectError::Limit {
        target: input.name().to_owned(),
        reason: "it was compressed so that unpacking takes more than 64 MiB of memory; unpack it yourself and scan the result"
            .into(),
    }
}

/// The dictionary that the first block asks for (The .xz File Format, 3.1 and 5.3.1).
fn xz_dictionary_bytes(head: &[u8]) -> Option<u64> {
    let block = head.get(12..)?;
    let header = block.get(..(usize::from(*block.first()?) + 1) * 4)?;
    let bits = header.windows(3).skip(1).find(|window| window[0] == 0x21 && window[1] == 1).map(|window| window[2])?;
    Some((2 | u64::from(bits & 1)) << (bits.min(40) / 2 + 11))
}

/// The window that the first frame asks for (RFC 8878, 3.1.1.1).
fn zstd_window_bytes(head: &[u8]) -> Option<u64> {
    let frame = head.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?;
    let (descriptor, rest) = frame.split_first()?;
    if descriptor & 0x20 != 0 {
        // A single segment: the window is as large as the content, which the ratio watches.
        return None;
    }
    let window = rest.first()?;
    let base = 1u64 << (10 + (window >> 3));
    Some(base + base / 8 * u64::from(window & 7))
}

/// What unpacking may keep in memory: `xz -9` asks for as much.
const MOST_WINDOW_BYTES: u64 = 64 << 20;
const BUFFER_BYTES: usize = 64 << 10;
