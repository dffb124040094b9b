//! The header of a message: suite, message id, labels, encrypted data keys, frame length, commitment.

use std::io::Read;

use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;

use crate::SealError;
use crate::error::cut_off;
use crate::esdk::context::Context;
use crate::esdk::suite::COMMITMENT_BYTES;
use crate::esdk::suite::Suite;

/// More recipients than this are refused: each costs an attempt to open.
pub const MOST_DATA_KEYS: usize = 64;
/// A longer header is refused: it has to be held in memory before anything is known to be true.
pub const LONGEST_HEADER: usize = 1 << 20;
/// Longer frames are refused for the same reason.
pub const LONGEST_FRAME: u32 = 16 << 20;
/// The length of an authentication tag.
pub const TAG_BYTES: usize = 16;
/// The length of an initialisation vector.
pub const IV_BYTES: usize = 12;

/// The data key, encrypted for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedDataKey {
    /// The kind of recipient: `local-kek`, `recovery`.
    pub provider: Vec<u8>,
    /// Which key, as its kind writes it.
    pub info: Vec<u8>,
    /// The data key, encrypted.
    pub ciphertext: Vec<u8>,
}

/// How the body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// In frames of this many bytes; the last may be shorter.
    Framed(u32),
    /// In one piece (old messages).
    Single,
}

/// The header of a message. Nothing in it is true before [`Header::authenticate`] said so.
#[derive(Clone, Debug)]
pub struct Header {
    /// The suite.
    pub suite: Suite,
    /// The message id: 32 random bytes, 16 in version 1.
    pub message_id: Vec<u8>,
    /// The labels.
    pub context: Context,
    /// The data key for each recipient.
    pub data_keys: Vec<EncryptedDataKey>,
    /// How the body is cut.
    pub body: Body,
    pub(crate) commitment: Option<[u8; COMMITMENT_BYTES]>,
    /// What is authenticated: the header less what follows.
    pub(crate) authenticated: Vec<u8>,
    pub(crate) iv: [u8; IV_BYTES],
    pub(crate) tag: [u8; TAG_BYTES],
}

impl Header {
    /// A header to be written, authenticated with `key`.
    pub(crate) fn new(
        suite: Suite,
        message_id: Vec<u8>,
        context: Context,
        data_keys: Vec<EncryptedDataKey>,
        frame_length: u32,
        commitment: [u8; COMMITMENT_BYTES],
        key: &LessSafeKey,
    ) -> Result<Self, SealError> {
        if data_keys.is_empty() || data_keys.len() > MOST_DATA_KEYS {
            return Err(SealError::TooLarge(format!(
                "{} recipients, a message takes 1 to {MOST_DATA_KEYS}",
                data_keys.len()
            )));
        }
        let mut header = Self {
            suite,
            message_id,
            context,
            data_keys,
            body: Body::Framed(frame_length),
            commitment: Some(commitment),
            authenticated: Vec::new(),
            iv: [0; IV_BYTES],
            tag: [0; TAG_BYTES],
        };
        header.authenticated = header.written(frame_length, &commitment)?;
        let tag = key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(header.iv),
                Aad::from(&header.authenticated),
                &mut [],
            )
            .map_err(|_| SealError::Internal("the header cannot be sealed"))?;
        header.tag.copy_from_slice(tag.as_ref());
        Ok(header)
    }

    fn written(&self, frame_length: u32, commitment: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut out = vec![2];
        out.extend(self.suite.id.to_be_bytes());
        out.extend(&self.message_id);
        put(&mut out, &self.context.serialized()?)?;
        out.extend(u16::try_from(self.data_keys.len()).unwrap_or(u16::MAX).to_be_bytes());
        for key in &self.data_keys {
            put(&mut out, &key.provider)?;
            put(&mut out, &key.info)?;
            put(&mut out, &key.ciphertext)?;
        }
        out.push(2);
        out.extend(frame_length.to_be_bytes());
        out.extend(commitment);
        if out.len() > LONGEST_HEADER {
            return Err(SealError::TooLarge("the header would be longer than 1 MiB".to_owned()));
        }
        Ok(out)
    }

    /// The header as it stands in a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.authenticated.clone();
        if !self.suite.commits() {
            out.extend(self.iv);
        }
        out.extend(self.tag);
        out
    }

    /// Its length in a file.
    pub fn length(&self) -> u64 {
        let iv = if self.suite.commits() { 0 } else { IV_BYTES };
        (self.authenticated.len() + iv + TAG_BYTES) as u64
    }

    /// Reads a header.
    ///
    /// # Errors
    /// When it is none, is cut off or goes beyond a limit.
    pub fn read(input: &mut impl Read) -> Result<Self, SealError> {
        let mut source = Source { input, taken: Vec::new() };
        let wrong = |what: &str| SealError::malformed(what);
        let version = source.byte()?;
        if !matches!(version, 1 | 2) {
            return Err(wrong("its first byte is not that of an AWS Encryption SDK message"));
        }
        if version == 1 && source.byte()? != 0x80 {
            return Err(wrong("its second byte is not that of customer data"));
        }
        let id = source.u16()?;
        let suite = Suite::by_id(id)
            .filter(|suite| suite.commits() == (version == 2))
            .ok_or_else(|| wrong(&format!("no algorithm suite {id:04x} in version {version}")))?;
        let message_id = source.bytes(suite.message_id_bytes())?;
        let context = Context::parse(&source.counted()?)?;
        let count = usize::from(source.u16()?);
        if count == 0 {
            return Err(wrong("it names no recipient"));
        }
        if count > MOST_DATA_KEYS {
            return Err(SealError::TooLarge(format!("it names {count} recipients, more than {MOST_DATA_KEYS}")));
        }
        let mut data_keys = Vec::with_capacity(count);
        for _ in 0..count {
            let (provider, info, ciphertext) = (source.counted()?, source.counted()?, source.counted()?);
            data_keys.push(EncryptedDataKey { provider, info, ciphertext });
        }
        let framed = match source.byte()? {
            1 => false,
            2 => true,
            _ => return Err(wrong("its body is neither framed nor in one piece")),
        };
        if version == 1 && (source.bytes(4)? != [0; 4] || usize::from(source.byte()?) != IV_BYTES) {
            return Err(wrong("a reserved field is not what it must be"));
        }
        let body = match (framed, source.u32()?) {
            (true, 0) => return Err(wrong("frames of no length")),
            (true, length) if length > LONGEST_FRAME => {
                return Err(SealError::TooLarge(format!("frames of {length} bytes, more than {LONGEST_FRAME}")));
            }
            (true, length) => Body::Framed(length),
            (false, 0) => Body::Single,
            (false, _) => return Err(wrong("a body in one piece with a frame length")),
        };
        let commitment = match version {
            2 => Some(source.array()?),
            _ => None,
        };
        let authenticated = std::mem::take(&mut source.taken);
        let iv = if version == 1 { source.array()? } else { [0; IV_BYTES] };
        let tag = source.array()?;
        Ok(Self { suite, message_id, context, data_keys, body, commitment, authenticated, iv, tag })
    }

    /// Checks the header's tag. `extra` are labels that are authenticated without standing in it.
    pub(crate) fn authenticate(&self, key: &LessSafeKey, extra: &Context) -> Result<(), SealError> {
        let mut authenticated = self.authenticated.clone();
        authenticated.extend(extra.serialized()?);
        key.open_in_place(Nonce::assume_unique_for_key(self.iv), Aad::from(authenticated), &mut self.tag.clone())
            .map_err(|_| SealError::damaged("the header"))?;
        Ok(())
    }
}

/// A field with its length in two bytes.
fn put(out: &mut Vec<u8>, field: &[u8]) -> Result<(), SealError> {
    let length = u16::try_from(field.len())
        .map_err(|_| SealError::TooLarge("a field of the header is longer than 65,535 bytes".to_owned()))?;
    out.extend(length.to_be_bytes());
    out.extend(field);
    Ok(())
}

/// Reads fields and remembers their bytes, up to the limit.
struct Source<'a, R> {
    input: &'a mut R,
    taken: Vec<u8>,
}

impl<R: Read> Source<'_, R> {
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, SealError> {
        let start = self.taken.len();
        if start + length > LONGEST_HEADER {
            return Err(SealError::TooLarge("a header longer than 1 MiB".to_owned()));
        }
        self.taken.resize(start + length, 0);
        self.input.read_exact(&mut self.taken[start..]).map_err(|error| cut_off(error, "the header"))?;
        Ok(self.taken[start..].to_vec())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SealError> {
        let bytes = self.bytes(N)?;
        Ok(bytes.try_into().expect("as many bytes as were asked for"))
    }

    fn byte(&mut self) -> Result<u8, SealError> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, SealError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, SealError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn counted(&mut self) -> Result<Vec<u8>, SealError> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }
}
