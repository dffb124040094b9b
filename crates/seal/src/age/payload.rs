//! The payload of an age file: chunks of 64 KiB under ChaCha20-Poly1305 (the STREAM construction).

use std::io::Read;
use std::io::Write;

use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::CHACHA20_POLY1305;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::hkdf::HKDF_SHA256;

use crate::SealError;
use crate::age::from_reader;
use crate::esdk::header::TAG_BYTES;
use crate::kdf;
use crate::secret::random;

const CHUNK: usize = 64 << 10;
const SALT_BYTES: usize = 16;

struct Chunks {
    key: LessSafeKey,
    counter: u64,
}

impl Chunks {
    fn new(file_key: &[u8], salt: &[u8]) -> Result<Self, SealError> {
        let key = kdf::derive(HKDF_SHA256, salt, file_key, &[b"payload"], 32)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key);
        let key = LessSafeKey::new(key.map_err(|_| SealError::Internal("a key of the wrong length"))?);
        Ok(Self { key, counter: 0 })
    }

    /// Eleven bytes of counter, one that marks the last chunk.
    fn nonce(&mut self, last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.counter.to_be_bytes());
        nonce[11] = u8::from(last);
        self.counter += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Seals what is written to it. Without [`finish`](Self::finish) the file has no end.
pub struct SealPayload<W> {
    output: W,
    chunks: Chunks,
    gathered: Vec<u8>,
}

impl<W: Write> SealPayload<W> {
    pub(crate) fn new(mut output: W, file_key: &[u8]) -> Result<Self, SealError> {
        let salt: [u8; SALT_BYTES] = random()?;
        output.write_all(&salt)?;
        Ok(Self { output, chunks: Chunks::new(file_key, &salt)?, gathered: Vec::with_capacity(CHUNK + TAG_BYTES) })
    }

    /// Takes the next bytes of plaintext.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn push(&mut self, mut text: &[u8]) -> Result<(), SealError> {
        while !text.is_empty() {
            if self.gathered.len() == CHUNK {
                self.chunk_out(false)?;
            }
            let (now, later) = text.split_at(text.len().min(CHUNK - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            text = later;
        }
        Ok(())
    }

    fn chunk_out(&mut self, last: bool) -> Result<(), SealError> {
        let nonce = self.chunks.nonce(last);
        self.chunks
            .key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut self.gathered)
            .map_err(|_| SealError::Internal("a chunk cannot be sealed"))?;
        self.output.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }

    /// Writes the last chunk and gives the output back, flushed.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> Result<W, SealError> {
        self.chunk_out(true)?;
        self.output.flush()?;
        Ok(self.output)
    }
}

/// Opens a payload chunk by chunk; nothing is released that has not been authenticated.
pub struct OpenPayload<R> {
    input: R,
    chunks: Chunks,
    chunk: Vec<u8>,
    ended: bool,
}

impl<R: Read> OpenPayload<R> {
    pub(crate) fn new(mut input: R, file_key: &[u8]) -> Result<Self, SealError> {
        let mut salt = [0; SALT_BYTES];
        input.read_exact(&mut salt).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => crate::age::header::wrong("is followed by nothing"),
            _ => from_reader(error),
        })?;
        Ok(Self { input, chunks: Chunks::new(file_key, &salt)?, chunk: Vec::new(), ended: false })
    }

    /// The plaintext of the next chunk; none after the last, when all was there and true.
    ///
    /// # Errors
    /// When a chunk is missing, changed or out of its order, or bytes follow the last one.
    pub fn next_part(&mut self) -> Result<Option<&[u8]>, SealError> {
        if self.ended {
            return match self.input.read(&mut [0]).map_err(from_reader)? {
                0 => Ok(None),
                _ => Err(SealError::malformed("bytes follow its last payload chunk")),
            };
        }
        let number = self.chunks.counter + 1;
        self.chunk.resize(CHUNK + TAG_BYTES, 0);
        let mut filled = 0;
        while filled < self.chunk.len() {
            match self.input.read(&mut self.chunk[filled..]).map_err(from_reader)? {
                0 => break,
                more => filled += more,
            }
        }
        self.chunk.truncate(filled);
        if filled < TAG_BYTES {
            return Err(SealError::truncated(format!("payload chunk {number} is incomplete")));
        }
        // Only the last chunk may be short; a whole one may be either, and only one opens.
        let sealed = if filled == CHUNK + TAG_BYTES { self.chunk.clone() } else { Vec::new() };
        let first = filled < CHUNK + TAG_BYTES;
        if !self.opens(first) {
            self.chunk = sealed;
            if self.chunk.is_empty() {
                return Err(SealError::damaged(format!("payload chunk {number}")));
            }
            self.chunks.counter -= 1;
            if !self.opens(true) {
                self.chunk.fill(0);
                return Err(SealError::damaged(format!("payload chunk {number}")));
            }
            self.ended = true;
        } else {
            self.ended = first;
        }
        if self.chunk.is_empty() && number > 1 {
            return Err(SealError::malformed("its last payload chunk is empty though others stand before it"));
        }
        Ok(Some(&self.chunk))
    }

    fn opens(&mut self, last: bool) -> bool {
        let nonce = self.chunks.nonce(last);
        match self.chunks.key.open_in_place(nonce, Aad::empty(), &mut self.chunk).map(|text| text.len()) {
            Ok(length) => {
                self.chunk.truncate(length);
                true
            }
            Err(_) => false,
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
