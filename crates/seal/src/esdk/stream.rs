//! Bodies in order: sealing what is written, opening what is read, one frame in memory.

use std::io::Read;
use std::io::Write;

use aws_lc_rs::digest;
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::SealError;
use crate::error::cut_off;
use crate::esdk::frame::BEFORE;
use crate::esdk::frame::LAST;
use crate::esdk::frame::Part;
use crate::esdk::header::Body;
use crate::esdk::header::IV_BYTES;
use crate::esdk::header::TAG_BYTES;
use crate::esdk::message::FRAME_LENGTH;
use crate::esdk::message::Message;
use crate::esdk::suite::Curve;

/// A body in one piece is held in memory whole before a byte of it is released: no more than this.
pub const LONGEST_SINGLE: u64 = 64 << 20;

/// Room before the text for the head of either kind of frame.
const ROOM: usize = BEFORE + 8;

/// Seals what is written to it. Call [`finish`](Self::finish): without it the message has no end,
/// and nobody opens it.
pub struct SealStream<W> {
    output: W,
    message: Message,
    /// Room for the head, the text gathered so far, room for the tag.
    frame: Vec<u8>,
    gathered: usize,
    sequence: u32,
}

impl<W: Write> SealStream<W> {
    /// Writes the header of `message` and takes its body.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn new(mut output: W, message: Message) -> Result<Self, SealError> {
        output.write_all(&message.header.to_bytes())?;
        let frame = vec![0; ROOM + FRAME_LENGTH as usize + TAG_BYTES];
        Ok(Self { output, message, frame, gathered: 0, sequence: 1 })
    }

    /// Takes the next bytes of plaintext.
    ///
    /// # Errors
    /// When the output cannot be written or the message is longer than the format takes.
    pub fn push(&mut self, mut text: &[u8]) -> Result<(), SealError> {
        while !text.is_empty() {
            // Only when more follows: the last frame is never empty but in an empty message.
            if self.gathered == FRAME_LENGTH as usize {
                self.frame_out()?;
            }
            let start = ROOM + self.gathered;
            let (now, later) = text.split_at(text.len().min(FRAME_LENGTH as usize - self.gathered));
            self.frame[start..start + now.len()].copy_from_slice(now);
            self.gathered += now.len();
            text = later;
        }
        Ok(())
    }

    /// Where the sealed bytes go; what is taken out of it must be kept in order.
    pub fn output(&mut self) -> &mut W {
        &mut self.output
    }

    fn frame_out(&mut self) -> Result<(), SealError> {
        if self.sequence == LAST - 1 {
            return Err(SealError::TooLarge("the message is longer than 256 TiB".to_owned()));
        }
        let frame = &mut self.frame[ROOM - BEFORE..];
        self.message.key.seal(Part::Frame(self.sequence), frame, self.gathered)?;
        self.output.write_all(frame)?;
        self.sequence += 1;
        self.gathered = 0;
        Ok(())
    }

    /// Writes the last frame and gives the output back, flushed.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> Result<W, SealError> {
        let frame = &mut self.frame[..ROOM + self.gathered + TAG_BYTES];
        self.message.key.seal(Part::Last(self.sequence), frame, self.gathered)?;
        self.output.write_all(frame)?;
        self.output.flush()?;
        Ok(self.output)
    }
}

/// Opens a body frame by frame; nothing is released that has not been authenticated.
pub struct OpenStream<R> {
    input: Counted<R>,
    message: Message,
    sequence: u32,
    frame: Vec<u8>,
    ended: bool,
}

/// Reads, and remembers for the signature.
struct Counted<R> {
    input: R,
    signed: Option<(Curve, digest::Context)>,
}

impl<R: Read> Counted<R> {
    fn fill(&mut self, bytes: &mut [u8], what: &str) -> Result<(), SealError> {
        self.input.read_exact(bytes).map_err(|error| cut_off(error, what))?;
        if let Some((_, digest)) = &mut self.signed {
            digest.update(bytes);
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], SealError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }
}

impl<R: Read> OpenStream<R> {
    /// The body of `message`, whose header has just been read from `input`.
    pub fn new(input: R, message: Message) -> Self {
        let signed = message.header.suite.signature.map(|curve| {
            let mut context = digest::Context::new(curve.digest());
            context.update(&message.header.to_bytes());
            (curve, context)
        });
        Self { input: Counted { input, signed }, message, sequence: 1, frame: Vec::new(), ended: false }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The message, once the body has been read.
    pub fn into_message(self) -> Message {
        self.message
    }

    /// Whether a signature at the end must be checked before the whole is trusted: then put the
    /// parts aside until the last one came.
    pub fn is_signed(&self) -> bool {
        self.message.header.suite.signature.is_some()
    }

    /// The plaintext of the next frame; none after the last, when all was there and true.
    ///
    /// # Errors
    /// When a frame is missing, changed or out of its order, or bytes follow the last one.
    pub fn next_part(&mut self) -> Result<Option<&[u8]>, SealError> {
        if self.ended {
            return Ok(None);
        }
        let (part, iv, length) = match self.message.header.body {
            Body::Framed(frame_length) => self.frame_head(frame_length)?,
            Body::Single => self.single_head()?,
        };
        self.frame.resize(length, 0);
        self.input.fill(&mut self.frame, &part.name())?;
        let tag: [u8; TAG_BYTES] = self.input.array(&part.name())?;
        if let Err(error) = self.message.key.open(part, iv, &mut self.frame, &tag) {
            // What the cipher left in the buffer is nobody's to see.
            self.frame.fill(0);
            return Err(error);
        }
        match part {
            Part::Frame(sequence) => self.sequence = sequence.checked_add(1).unwrap_or(LAST),
            Part::Last(_) | Part::Single => {
                self.ended = true;
                self.close()?;
            }
        }
        Ok(Some(&self.frame))
    }

    fn frame_head(&mut self, frame_length: u32) -> Result<(Part, [u8; IV_BYTES], usize), SealError> {
        let what = format!("frame {}", self.sequence);
        let first = u32::from_be_bytes(self.input.array(&what)?);
        let last = first == LAST;
        let sequence = if last { u32::from_be_bytes(self.input.array(&what)?) } else { first };
        if sequence != self.sequence {
            return Err(SealError::malformed(format!("frame {sequence} where {what} belongs")));
        }
        let iv = self.input.array(&what)?;
        if !last {
            return Ok((Part::Frame(sequence), iv, frame_length as usize));
        }
        let length = u32::from_be_bytes(self.input.array(&what)?);
        if length > frame_length {
            return Err(SealError::malformed("its last frame is longer than the others"));
        }
        Ok((Part::Last(sequence), iv, length as usize))
    }

    fn single_head(&mut self) -> Result<(Part, [u8; IV_BYTES], usize), SealError> {
        let iv = self.input.array("the body")?;
        let length = u64::from_be_bytes(self.input.array("the body")?);
        if length > LONGEST_SINGLE {
            return Err(SealError::TooLarge(format!(
                "a body of {length} bytes in one piece, more than {LONGEST_SINGLE}"
            )));
        }
        Ok((Part::Single, iv, usize::try_from(length).expect("at most 64 MiB")))
    }

    /// The signature, and that nothing follows.
    fn close(&mut self) -> Result<(), SealError> {
        if let Some((curve, digest)) = self.input.signed.take() {
            let length = u16::from_be_bytes(self.input.array("the signature")?);
            let mut signature = vec![0; usize::from(length)];
            self.input.fill(&mut signature, "the signature")?;
            let damaged = || SealError::damaged("the signature");
            let key = self.message.header.context.value("aws-crypto-public-key").ok_or_else(damaged)?;
            let key = STANDARD.decode(key).map_err(|_| damaged())?;
            ParsedPublicKey::new(curve.verification(), key)
                .ok()
                .and_then(|key| key.verify_digest_sig(&digest.finish(), &signature).ok())
                .ok_or_else(damaged)?;
        }
        match self.input.input.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(SealError::malformed("bytes follow its last frame")),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the whole plaintext to `output`; returns its length.
    ///
    /// # Errors
    /// As [`next_part`](Self::next_part); what was written before is then to be thrown away.
    pub fn copy_to(&mut self, output: &mut impl Write) -> Result<u64, SealError> {
        let mut total = 0;
        while let Some(text) = self.next_part()? {
            output.write_all(text)?;
            total += text.len() as u64;
        }
        output.flush()?;
        Ok(total)
    }
}
