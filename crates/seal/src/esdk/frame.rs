//! Frames: what a message key seals and opens, and where in the file each lies.

use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;

use crate::SealError;
use crate::esdk::header::IV_BYTES;
use crate::esdk::header::TAG_BYTES;
use crate::esdk::suite::Suite;

/// The sequence number that announces the last frame.
pub(crate) const LAST: u32 = u32::MAX;
/// Bytes before the ciphertext of a frame: sequence number and initialisation vector.
pub(crate) const BEFORE: usize = 4 + IV_BYTES;
/// Bytes a frame adds to its plaintext.
pub const FRAME_OVERHEAD: usize = BEFORE + TAG_BYTES;
/// Bytes the last frame adds: the announcement and the length besides.
pub const LAST_OVERHEAD: usize = FRAME_OVERHEAD + 8;

/// Which part of a body: its sequence number, and whether it is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Frame(u32),
    Last(u32),
    Single,
}

impl Part {
    fn content(self) -> &'static [u8] {
        match self {
            Self::Frame(_) => b"AWSKMSEncryptionClient Frame",
            Self::Last(_) => b"AWSKMSEncryptionClient Final Frame",
            Self::Single => b"AWSKMSEncryptionClient Single Block",
        }
    }

    fn sequence(self) -> u32 {
        match self {
            Self::Frame(sequence) | Self::Last(sequence) => sequence,
            Self::Single => 1,
        }
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Frame(sequence) | Self::Last(sequence) => format!("frame {sequence}"),
            Self::Single => "the body".to_owned(),
        }
    }
}

/// The key that seals and opens the frames of one message; many threads may use it.
pub struct MessageKey {
    pub(crate) key: LessSafeKey,
    message_id: Vec<u8>,
}

impl std::fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl MessageKey {
    pub(crate) fn new(suite: Suite, key: &[u8], message_id: &[u8]) -> Result<Self, SealError> {
        let key = UnboundKey::new(suite.aead(), key).map_err(|_| SealError::Internal("a key of the wrong length"))?;
        Ok(Self { key: LessSafeKey::new(key), message_id: message_id.to_vec() })
    }

    fn authenticated(&self, part: Part, length: usize) -> Vec<u8> {
        let content = part.content();
        let mut out = Vec::with_capacity(self.message_id.len() + content.len() + 12);
        out.extend(&self.message_id);
        out.extend(content);
        out.extend(part.sequence().to_be_bytes());
        out.extend((length as u64).to_be_bytes());
        out
    }

    /// Opens one part in place: `bytes` is ciphertext first, plaintext afterwards.
    pub(crate) fn open(&self, part: Part, iv: [u8; IV_BYTES], bytes: &mut [u8], tag: &[u8]) -> Result<(), SealError> {
        let authenticated = self.authenticated(part, bytes.len());
        self.key
            .open_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(authenticated), tag, bytes)
            .map(|_| ())
            .map_err(|_| SealError::damaged(part.name()))
    }

    /// Writes the frame of `plaintext` onto `frame`, which has just its length.
    ///
    /// INVARIANT: a sequence number is used once for a message key, as it is the nonce.
    pub(crate) fn seal(&self, part: Part, frame: &mut [u8], length: usize) -> Result<(), SealError> {
        const SHORT: SealError = SealError::Internal("a frame without room");
        let iv = counter(part.sequence());
        let (head, body) = match part {
            Part::Last(sequence) => {
                let (head, body) = frame.split_at_mut_checked(BEFORE + 8).ok_or(SHORT)?;
                head[..4].copy_from_slice(&LAST.to_be_bytes());
                head[4..8].copy_from_slice(&sequence.to_be_bytes());
                head[20..24].copy_from_slice(&(length as u32).to_be_bytes());
                (&mut head[8..20], body)
            }
            _ => {
                let (head, body) = frame.split_at_mut_checked(BEFORE).ok_or(SHORT)?;
                head[..4].copy_from_slice(&part.sequence().to_be_bytes());
                (&mut head[4..], body)
            }
        };
        head.copy_from_slice(&iv);
        let (text, tag) = body.split_at_mut_checked(length).ok_or(SHORT)?;
        let authenticated = self.authenticated(part, length);
        let sealed = self
            .key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(authenticated), text)
            .map_err(|_| SealError::Internal("a frame cannot be sealed"))?;
        tag.get_mut(..TAG_BYTES).ok_or(SHORT)?.copy_from_slice(sealed.as_ref());
        Ok(())
    }
}

/// The initialisation vector of a frame: eight zero bytes and the sequence number.
pub(crate) fn counter(sequence: u32) -> [u8; IV_BYTES] {
    let mut iv = [0; IV_BYTES];
    iv[8..].copy_from_slice(&sequence.to_be_bytes());
    iv
}

/// Where the frames of a message lie, by arithmetic.
///
/// The last frame holds 1 to `frame_length` bytes, or none when the message is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes before the first frame.
    pub header: u64,
    /// Plaintext bytes in a frame.
    pub frame_length: u32,
    /// Plaintext bytes in the message.
    pub plaintext: u64,
}

impl Layout {
    /// The layout of a message of `plaintext` bytes.
    ///
    /// # Errors
    /// When it would need more than 2^32 - 2 frames.
    pub fn new(header: u64, frame_length: u32, plaintext: u64) -> Result<Self, SealError> {
        let layout = Self { header, frame_length, plaintext };
        if layout.frames() >= u64::from(LAST) {
            return Err(SealError::TooLarge("more bytes than a message of these frames takes".to_owned()));
        }
        Ok(layout)
    }

    /// The layout of a message file of `length` bytes that we wrote: in it only the last frame is
    /// short. None when no message has this length; the message must then be read as a stream.
    pub fn of_file(header: u64, frame_length: u32, length: u64) -> Option<Self> {
        let frame = u64::from(frame_length);
        let body = length.checked_sub(header)?.checked_sub(LAST_OVERHEAD as u64)?;
        let whole = body / (frame + FRAME_OVERHEAD as u64);
        let rest = body - whole * (frame + FRAME_OVERHEAD as u64);
        (rest <= frame && (rest > 0 || whole == 0)).then_some(())?;
        Self::new(header, frame_length, whole * frame + rest).ok()
    }

    /// How many frames there are, the last one included.
    pub fn frames(&self) -> u64 {
        self.plaintext.div_ceil(u64::from(self.frame_length)).max(1)
    }

    /// The offset of frame `index` (from 0) in the file.
    pub fn offset(&self, index: u64) -> u64 {
        self.header + index * (u64::from(self.frame_length) + FRAME_OVERHEAD as u64)
    }

    /// Plaintext bytes in frame `index`.
    pub fn bytes_in(&self, index: u64) -> usize {
        let start = index * u64::from(self.frame_length);
        usize::try_from(self.plaintext.saturating_sub(start).min(u64::from(self.frame_length)))
            .expect("a frame has at most 16 MiB")
    }

    /// Bytes of frame `index` in the file.
    pub fn sealed_bytes_in(&self, index: u64) -> usize {
        self.bytes_in(index) + if index + 1 == self.frames() { LAST_OVERHEAD } else { FRAME_OVERHEAD }
    }

    /// The length of the whole message.
    pub fn sealed(&self) -> u64 {
        let last = self.frames() - 1;
        self.offset(last) + self.sealed_bytes_in(last) as u64
    }

    pub(crate) fn part(&self, index: u64) -> Part {
        let sequence = u32::try_from(index + 1).expect("the constructor counted the frames");
        if index + 1 == self.frames() { Part::Last(sequence) } else { Part::Frame(sequence) }
    }

    /// Seals frame `index` of `key`'s message. `frame` has [`sealed_bytes_in`](Self::sealed_bytes_in)
    /// bytes; the plaintext stands in it from [`text_at`](Self::text_at) on.
    ///
    /// # Errors
    /// When `frame` is too short.
    pub fn seal_frame(&self, key: &MessageKey, index: u64, frame: &mut [u8]) -> Result<(), SealError> {
        key.seal(self.part(index), frame, self.bytes_in(index))
    }

    /// Where in frame `index` the text begins.
    pub fn text_at(&self, index: u64) -> usize {
        if index + 1 == self.frames() { BEFORE + 8 } else { BEFORE }
    }

    /// Opens frame `index` in place and returns its plaintext.
    ///
    /// # Errors
    /// When it is not the frame that belongs there.
    pub fn open_frame<'a>(&self, key: &MessageKey, index: u64, frame: &'a mut [u8]) -> Result<&'a mut [u8], SealError> {
        let part = self.part(index);
        let sequence = part.sequence();
        let damaged = || SealError::damaged(part.name());
        let length = self.bytes_in(index);
        if frame.len() != self.sealed_bytes_in(index) {
            return Err(damaged());
        }
        let (head, body) = frame.split_at_mut(self.text_at(index));
        let mut expected = Vec::with_capacity(24);
        if matches!(part, Part::Last(_)) {
            expected.extend(LAST.to_be_bytes());
        }
        expected.extend(sequence.to_be_bytes());
        expected.extend(counter(sequence));
        if matches!(part, Part::Last(_)) {
            expected.extend((length as u32).to_be_bytes());
        }
        if head != expected {
            return Err(damaged());
        }
        let (text, tag) = body.split_at_mut(length);
        key.open(part, counter(sequence), text, tag)?;
        Ok(text)
    }
}
