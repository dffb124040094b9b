//! One file to one file: frames have known places, so threads take them as they come.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use dataward_seal::SealError;
use dataward_seal::esdk::Body;
use dataward_seal::esdk::Layout;
use dataward_seal::esdk::Message;
use dataward_seal::esdk::OpenStream;

use crate::KeyRing;
use crate::ProtectError;

/// Frames that a thread takes at a time: 1 MiB.
const BATCH: u64 = 16;
/// More threads gain nothing: the disk is slower than two cores.
const MOST_THREADS: usize = 4;
/// Smaller files are not worth a second thread.
const WORTH_A_THREAD: u64 = 8 << 20;

/// What watches: bytes of plaintext done, and whether to stop.
#[derive(Debug, Default)]
pub struct Watch {
    /// Bytes of plaintext done.
    pub bytes: AtomicU64,
    /// Set to stop; what is under way is left as it was.
    pub stop: AtomicBool,
    /// Whether the report names every file that was done in place.
    pub remembers: bool,
}

/// Seals all of `source` into `target`, which is empty. Returns the plaintext's length.
///
/// # Errors
/// When either cannot be read or written, or the source shrinks meanwhile.
pub fn seal(
    source: (&File, &Path),
    target: &File,
    message: &Message,
    threads: usize,
    watch: &Watch,
) -> Result<u64, ProtectError> {
    let (source, place) = source;
    let length = source.metadata().map_err(ProtectError::io("read", place))?.len();
    let Body::Framed(frame_length) = message.header.body else {
        return Err(ProtectError::refused(place, "the message has no frames"));
    };
    let header = message.header.to_bytes();
    let layout = Layout::new(header.len() as u64, frame_length, length).map_err(ProtectError::seal(place))?;
    target.write_all_at(&header, 0).map_err(ProtectError::io("write the sealed copy of", place))?;
    share_out(layout, threads, watch, place, |range, buffer| {
        buffer.resize(range.clone().map(|index| layout.sealed_bytes_in(index)).sum(), 0);
        let (mut rest, mut done) = (buffer.as_mut_slice(), 0);
        let start = range.start;
        for index in range {
            let (frame, later) = rest.split_at_mut(layout.sealed_bytes_in(index));
            let (at, bytes) = (layout.text_at(index), layout.bytes_in(index));
            source
                .read_exact_at(&mut frame[at..at + bytes], index * u64::from(frame_length))
                .map_err(ProtectError::io("read", place))?;
            layout.seal_frame(&message.key, index, frame).map_err(ProtectError::seal(place))?;
            done += bytes as u64;
            rest = later;
        }
        target
            .write_all_at(buffer, layout.offset(start))
            .map_err(ProtectError::io("write the sealed copy of", place))?;
        Ok(done)
    })?;
    Ok(length)
}

/// What [`open`] does with each piece of plaintext, at its offset.
type Sink<'a> = dyn Fn(u64, &[u8]) -> Result<(), ProtectError> + Sync + 'a;

/// Opens a sealed file with the key ring; each true piece goes to `sink`, in any order. Returns the
/// message and the plaintext's length.
///
/// # Errors
/// When it does not open, or the sink fails. What the sink got is true but may not be all.
pub fn open(
    sealed: (&File, &Path),
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
    sink: &Sink<'_>,
) -> Result<(Message, u64), ProtectError> {
    let (sealed, place) = sealed;
    let mut input = io::BufReader::with_capacity(16 << 10, FromStart { file: sealed, position: 0 });
    let message = keys.open(&mut input).map_err(ProtectError::seal(place))?;
    let length = sealed.metadata().map_err(ProtectError::io("read", place))?.len();
    // Frames of others may lie otherwise (an empty last frame, a signature): then one after the other.
    let Some(layout) = layout_of(&message, length) else {
        return stream(input, message, place, watch, sink);
    };
    share_out(layout, threads, watch, place, |range, buffer| {
        buffer.resize(range.clone().map(|index| layout.sealed_bytes_in(index)).sum(), 0);
        sealed.read_exact_at(buffer, layout.offset(range.start)).map_err(ProtectError::io("read", place))?;
        let (mut rest, mut done) = (buffer.as_mut_slice(), 0);
        for index in range {
            let (frame, later) = rest.split_at_mut(layout.sealed_bytes_in(index));
            let text = layout.open_frame(&message.key, index, frame).map_err(ProtectError::seal(place))?;
            sink(index * u64::from(layout.frame_length), text)?;
            done += text.len() as u64;
            rest = later;
        }
        Ok(done)
    })?;
    Ok((message, layout.plaintext))
}

/// The layout of a message whose frames lie as ours do; none for others.
fn layout_of(message: &Message, length: u64) -> Option<Layout> {
    match message.header.body {
        Body::Framed(65_536) if message.header.suite.signature.is_none() && message.header.suite.commits() => {
            Layout::of_file(message.header.length(), 65_536, length)
        }
        _ => None,
    }
}

/// Opens each frame of `source`, a message of the key `old`, and seals it in its place with the key of `new`:
/// text stands at the same place in both, so nothing is copied. Returns the plaintext's length.
///
/// # Errors
/// When a frame does not open, or frames lie otherwise than ours do.
pub(crate) fn reseal(
    source: (&File, &Path),
    target: &File,
    (old, new): (&Message, &Message),
    threads: usize,
    watch: &Watch,
) -> Result<u64, ProtectError> {
    let (source, place) = source;
    let length = source.metadata().map_err(ProtectError::io("read", place))?.len();
    let from = layout_of(old, length)
        .ok_or_else(|| ProtectError::refused(place, "its frames are not of 64 KiB: decrypt and encrypt it"))?;
    let header = new.header.to_bytes();
    let to = Layout::new(header.len() as u64, 65_536, from.plaintext).map_err(ProtectError::seal(place))?;
    let failed = || ProtectError::io("write the new copy of", place);
    target.write_all_at(&header, 0).map_err(failed())?;
    share_out(from, threads, watch, place, |range, buffer| {
        buffer.resize(range.clone().map(|index| from.sealed_bytes_in(index)).sum(), 0);
        source.read_exact_at(buffer, from.offset(range.start)).map_err(ProtectError::io("read", place))?;
        let (mut rest, mut done, start) = (buffer.as_mut_slice(), 0, range.start);
        for index in range {
            let (frame, later) = rest.split_at_mut(from.sealed_bytes_in(index));
            done += from.open_frame(&old.key, index, frame).map_err(ProtectError::seal(place))?.len() as u64;
            to.seal_frame(&new.key, index, frame).map_err(ProtectError::seal(place))?;
            rest = later;
        }
        target.write_all_at(buffer, to.offset(start)).map_err(failed())?;
        Ok(done)
    })?;
    Ok(from.plaintext)
}

fn stream(
    input: impl io::Read,
    message: Message,
    place: &Path,
    watch: &Watch,
    sink: &Sink<'_>,
) -> Result<(Message, u64), ProtectError> {
    let mut stream = OpenStream::new(input, message);
    let mut offset = 0;
    while let Some(text) = stream.next_part().map_err(ProtectError::seal(place))? {
        if watch.stop.load(Ordering::Relaxed) {
            return Err(stopped(place));
        }
        sink(offset, text)?;
        offset += text.len() as u64;
        watch.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
    }
    Ok((stream.into_message(), offset))
}

/// Opens only the frames that hold `range` of the plaintext, in order.
///
/// # Errors
/// When the file does not open or its frames have no known places.
pub fn open_range(
    sealed: (&File, &Path),
    keys: &KeyRing,
    range: std::ops::Range<u64>,
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), ProtectError> {
    let (sealed, place) = sealed;
    let mut input = io::BufReader::with_capacity(16 << 10, FromStart { file: sealed, position: 0 });
    let message = keys.open(&mut input).map_err(ProtectError::seal(place))?;
    let length = sealed.metadata().map_err(ProtectError::io("read", place))?.len();
    let layout = match message.header.body {
        Body::Framed(frame) if message.header.suite.signature.is_none() => {
            Layout::of_file(message.header.length(), frame, length)
        }
        _ => None,
    };
    let layout =
        layout.ok_or_else(|| ProtectError::refused(place, "its frames have no known places: open it whole"))?;
    let frame_length = u64::from(layout.frame_length);
    let end = range.end.min(layout.plaintext);
    let mut position = range.start;
    let mut buffer = Vec::new();
    while position < end {
        let index = position / frame_length;
        buffer.resize(layout.sealed_bytes_in(index), 0);
        sealed.read_exact_at(&mut buffer, layout.offset(index)).map_err(ProtectError::io("read", place))?;
        let text = layout.open_frame(&message.key, index, &mut buffer).map_err(ProtectError::seal(place))?;
        let from = usize::try_from(position - index * frame_length).expect("within a frame");
        let to = text.len().min(usize::try_from(end - index * frame_length).unwrap_or(usize::MAX));
        sink(&text[from..to]).map_err(ProtectError::io("write what was opened of", place))?;
        position = index * frame_length + to as u64;
    }
    Ok(())
}

/// Hands out batches of frames to threads; the first error ends it.
fn share_out(
    layout: Layout,
    threads: usize,
    watch: &Watch,
    place: &Path,
    work: impl Fn(std::ops::Range<u64>, &mut Vec<u8>) -> Result<u64, ProtectError> + Sync,
) -> Result<(), ProtectError> {
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let run = || -> Result<(), ProtectError> {
        let mut buffer = Vec::new();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            if start >= layout.frames() || failed.load(Ordering::Relaxed) {
                return Ok(());
            }
            if watch.stop.load(Ordering::Relaxed) {
                return Err(stopped(place));
            }
            match work(start..layout.frames().min(start + BATCH), &mut buffer) {
                Ok(bytes) => watch.bytes.fetch_add(bytes, Ordering::Relaxed),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            };
        }
    };
    let threads = if layout.plaintext < WORTH_A_THREAD { 1 } else { threads.clamp(1, MOST_THREADS) };
    if threads == 1 {
        return run();
    }
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut result = run();
        for helper in helpers {
            let theirs = helper.join().unwrap_or(Err(ProtectError::refused(place, "a thread ended early")));
            result = result.and(theirs);
        }
        result
    })
}

fn stopped(place: &Path) -> ProtectError {
    ProtectError::refused(place, "stopped")
}

/// Reads a file from its start without moving its position.
struct FromStart<'a> {
    file: &'a File,
    position: u64,
}

impl io::Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(out, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// Whether a sealed file opens, with the keys, to just the bytes of `plain`.
///
/// # Errors
/// When it does not open, or to other bytes.
pub fn compare(sealed: (&File, &Path), plain: &File, keys: &KeyRing, threads: usize) -> Result<Message, ProtectError> {
    let differs = || ProtectError::Seal {
        place: sealed.1.display().to_string(),
        source: SealError::WrongSecret(
            "what was read back is not what stands in the file: it changed meanwhile".to_owned(),
        ),
    };
    let (message, length) = open(sealed, keys, threads, &Watch::default(), &|offset, text| {
        let mut there = [0; 65_536];
        let mut at = offset;
        for part in text.chunks(there.len()) {
            let there = &mut there[..part.len()];
            plain.read_exact_at(there, at).map_err(|_| differs())?;
            if there != part {
                return Err(differs());
            }
            at += part.len() as u64;
        }
        Ok(())
    })?;
    let there = plain.metadata().map_err(ProtectError::io("read", sealed.1))?.len();
    if there == length { Ok(message) } else { Err(differs()) }
}
