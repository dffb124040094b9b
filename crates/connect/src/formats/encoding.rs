//! Finds out how text is encoded and turns it into UTF-8 while it streams by.

use std::io;
use std::io::BufRead;
use std::io::Read;

use chardetng::EncodingDetector;
use chardetng::Iso2022JpDetection;
use chardetng::Utf8Detection;
use encoding_rs::CoderResult;
use encoding_rs::Decoder;
use encoding_rs::Encoding;
use encoding_rs::ISO_2022_JP;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;

/// How a text is encoded, as far as its head shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Bytes of the byte order mark to leave out.
    pub mark_bytes: usize,
    /// The head was plain ASCII, so that `encoding` (UTF-8) is a guess about the rest.
    pub ascii: bool,
}

/// Looks for a byte order mark, then for the NULs of UTF-16, then whether it is valid UTF-8, and
/// asks statistics last. `whole` says whether the text ends with `head`.
pub fn detect(head: &[u8], whole: bool) -> Detected {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(head) {
        return Detected { encoding, mark_bytes, ascii: false };
    }
    let detected = |encoding| Detected { encoding, mark_bytes: 0, ascii: false };
    if let Some(encoding) = utf_16_without_mark(head) {
        return detected(encoding);
    }
    if head.is_ascii() && ISO_2022_JP_BEGINS.iter().any(|escape| memchr::memmem::find(head, escape).is_some()) {
        return detected(ISO_2022_JP);
    }
    match std::str::from_utf8(head) {
        Ok(_) => return Detected { ascii: head.is_ascii(), ..detected(UTF_8) },
        // The head ends within a character.
        Err(error) if error.error_len().is_none() && !whole => return detected(UTF_8),
        // A stray byte in a long text that is UTF-8 otherwise is damage, not another encoding.
        Err(_) if mostly_utf_8(head) => return detected(UTF_8),
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, whole);
    detected(detector.guess(None, Utf8Detection::Deny))
}

/// The start of a text, decoded; at most `limit` bytes of it are looked at.
pub fn decode_head(head: &[u8], whole: bool, limit: usize) -> String {
    let detected = detect(head, whole);
    let end = head.len().min(limit);
    let start = detected.mark_bytes.min(end);
    let text = detected.encoding.decode_without_bom_handling(&head[start..end]).0;
    // The last character may have been cut by the end of the head.
    text.strip_suffix('\u{fffd}').unwrap_or(&text).to_owned()
}

/// English in UTF-16 has a NUL in every second byte.
fn utf_16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let sample = &head[..head.len().min(4096) & !1];
    if sample.len() < 8 {
        return None;
    }
    let nuls = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let most = sample.len() / 2 * 3 / 4;
    match () {
        () if odd >= most && even == 0 => Some(UTF_16LE),
        () if even >= most && odd == 0 => Some(UTF_16BE),
        () => None,
    }
}

/// At least nine of ten characters beyond ASCII are well-formed.
fn mostly_utf_8(head: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in head.utf8_chunks() {
        good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 9 * bad.max(1)
}

/// Text that is valid UTF-8 however it was stored. Read it as bytes, or line by line.
pub struct Utf8Text<'a> {
    inner: Box<dyn Read + 'a>,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_start: usize,
    raw_end: usize,
    ended: bool,
    finished: bool,
    text: Vec<u8>,
    text_start: usize,
    text_end: usize,
}

impl<'a> Utf8Text<'a> {
    /// Decodes all of `inner`, its byte order mark left out.
    pub fn new(inner: Box<dyn Read + 'a>, detected: Detected) -> Self {
        Self {
            inner,
            decoder: detected.encoding.new_decoder_with_bom_removal(),
            raw: vec![0; BLOCK_BYTES],
            raw_start: 0,
            raw_end: 0,
            ended: false,
            finished: false,
            text: vec![0; BLOCK_BYTES * 2],
            text_start: 0,
            text_end: 0,
        }
    }

    /// The next line without its end, in `line`; false at the end of the text. A line longer than
    /// `limit` bytes comes in pieces of about that size, cut between characters.
    pub fn read_line_within(&mut self, line: &mut String, limit: usize) -> io::Result<bool> {
        let mut bytes = std::mem::take(line).into_bytes();
        bytes.clear();
        let mut any = false;
        loop {
            let available = self.fill_buf()?;
            if available.is_empty() {
                break;
            }
            any = true;
            let room = limit.max(1).saturating_sub(bytes.len());
            let end = memchr::memchr(b'\n', available);
            if let Some(end) = end.filter(|end| *end <= room) {
                bytes.extend_from_slice(&available[..end]);
                self.consume(end + 1);
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                break;
            }
            if available.len() >= room {
                // The pieces of a character are at most four bytes, never split over two buffers.
                let cut = (room..available.len()).find(|at| available[*at] & 0xC0 != 0x80).unwrap_or(available.len());
                bytes.extend_from_slice(&available[..cut]);
                self.consume(cut);
                break;
            }
            bytes.extend_from_slice(available);
            let taken = available.len();
            self.consume(taken);
        }
        *line = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(any)
    }
}

impl BufRead for Utf8Text<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.text_start == self.text_end && !self.finished {
            if self.raw_start == self.raw_end && !self.ended {
                self.raw_start = 0;
                self.raw_end = self.inner.read(&mut self.raw)?;
                self.ended = self.raw_end == 0;
            }
            let raw = &self.raw[self.raw_start..self.raw_end];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, self.ended);
            self.raw_start += read;
            self.text_start = 0;
            self.text_end = written;
            // A decoder must not be used after it was told of the end and took everything.
            self.finished = self.ended && result == CoderResult::InputEmpty;
        }
        Ok(&self.text[self.text_start..self.text_end])
    }

    fn consume(&mut self, amount: usize) {
        self.text_start = (self.text_start + amount).min(self.text_end);
    }
}

impl Read for Utf8Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

const BLOCK_BYTES: usize = 32 << 10;

/// What changes to Japanese letters within seven bits (RFC 1468): no other text has it.
const ISO_2022_JP_BEGINS: [&[u8]; 2] = [b"\x1b$B", b"\x1b$@"];
