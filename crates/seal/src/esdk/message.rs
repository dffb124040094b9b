//! Beginning a message for recipients, and opening its header with a key.

use std::io::Read;

use aws_lc_rs::aead::AES_256_GCM;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::hkdf::HKDF_SHA512;

use crate::SealError;
use crate::error::shown;
use crate::esdk::context::Context;
use crate::esdk::frame::MessageKey;
use crate::esdk::header::Header;
use crate::esdk::header::IV_BYTES;
use crate::esdk::suite::COMMITMENT_BYTES;
use crate::esdk::suite::COMMITTING;
use crate::kdf;
use crate::recipient::Identity;
use crate::recipient::Recipient;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::secret::random;

/// Plaintext bytes in a frame of ours.
pub const FRAME_LENGTH: u32 = 64 << 10;

/// A message whose header is known to be true, and the keys of its body.
#[derive(Debug)]
pub struct Message {
    /// The header.
    pub header: Header,
    /// Seals and opens the frames.
    pub key: MessageKey,
    attachments: SecretBytes,
}

/// Whether suites without key commitment are opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OlderSuites {
    /// They are: for files that an older SDK wrote.
    Open,
    /// They are not: one ciphertext of theirs can open to two plaintexts.
    #[default]
    Refuse,
}

/// What is asked of a message that is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenRules {
    /// Whether suites without key commitment are opened.
    pub older_suites: OlderSuites,
    /// Labels that the message must have been sealed with. Those it does not carry itself are
    /// authenticated all the same (the SDK's required encryption context).
    pub context: Context,
}

/// Begins a message with a fresh data key for `recipients`.
///
/// # Errors
/// When there is no recipient, there are too many, or one's key cannot be used.
pub fn begin(recipients: &[&dyn Recipient], context: Context) -> Result<Message, SealError> {
    let data_key = SecretKey::random()?;
    let message_id = random::<32>()?.to_vec();
    let serialized = context.serialized()?;
    let data_keys = recipients
        .iter()
        .map(|recipient| recipient.wrap(data_key.bytes(), &serialized))
        .collect::<Result<Vec<_>, _>>()?;
    let (key, commitment) = COMMITTING.derive(data_key.bytes(), &message_id)?;
    let commitment: [u8; COMMITMENT_BYTES] = commitment
        .as_deref()
        .and_then(|commitment| commitment.as_slice().try_into().ok())
        .ok_or(SealError::Internal("a suite without commitment"))?;
    let attachments = attachment_key(data_key.bytes(), &message_id)?;
    let key = MessageKey::new(COMMITTING, &key, &message_id)?;
    let header = Header::new(COMMITTING, message_id, context, data_keys, FRAME_LENGTH, commitment, &key.key)?;
    Ok(Message { header, key, attachments })
}

/// Reads the header of a message and opens it with the first of `identities` that is a recipient.
///
/// # Errors
/// When it is no message, goes beyond a limit, is for others, or does not authenticate. The
/// commitment is compared before anything else of the message is believed.
pub fn open(input: &mut impl Read, identities: &[&dyn Identity], rules: &OpenRules) -> Result<Message, SealError> {
    let header = Header::read(input)?;
    if !header.suite.commits() && rules.older_suites == OlderSuites::Refuse {
        return Err(SealError::Unsupported(format!(
            "sealed with suite {:04x}, which does not commit to its key; allow older suites if you trust who wrote it",
            header.suite.id
        )));
    }
    // Labels asked for must agree with those carried; those not carried are authenticated besides.
    let carried = &header.context;
    if let Some((label, _)) =
        rules.context.labels().find(|(key, value)| carried.value(key).is_some_and(|v| v != *value))
    {
        return Err(SealError::malformed(format!("its label `{label}` is not the one asked for")));
    }
    let extra = rules.context.without(carried);
    let serialized = carried.with(&rules.context).serialized()?;
    let data_key = unwrap(&header, identities, &serialized)?;
    let key = header.suite.derive_checked(&data_key, &header.message_id, header.commitment.as_ref())?;
    let key = MessageKey::new(header.suite, &key, &header.message_id)?;
    header.authenticate(&key.key, &extra)?;
    let attachments = attachment_key(&data_key, &header.message_id)?;
    Ok(Message { header, key, attachments })
}

fn unwrap(header: &Header, identities: &[&dyn Identity], context: &[u8]) -> Result<SecretBytes, SealError> {
    let mut failed = None;
    for data_key in &header.data_keys {
        for identity in identities {
            match identity.unwrap(data_key, context) {
                Some(Ok(key)) => return Ok(key),
                Some(Err(error)) => failed = failed.or(Some(error)),
                None => {}
            }
        }
    }
    Err(failed.unwrap_or_else(|| SealError::NoKey {
        recipients: header
            .data_keys
            .iter()
            .map(|key| format!("{} {}", shown(&key.provider), shown(&key.info)))
            .collect(),
    }))
}

/// A key of its own for what lies beside a message and belongs to it.
fn attachment_key(data_key: &[u8], message_id: &[u8]) -> Result<SecretBytes, SealError> {
    kdf::derive(HKDF_SHA512, message_id, data_key, &[b"dataward attachment 1"], 32)
}

impl Message {
    /// Seals a few bytes that lie beside the message: extended attributes of a file.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal_attachment(&self, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; IV_BYTES] = random()?;
        let mut text = bytes.to_vec();
        self.attachment_cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
            .map_err(|_| SealError::Internal("an attachment cannot be sealed"))?;
        Ok([&nonce[..], &text].concat())
    }

    /// Opens what [`seal_attachment`](Self::seal_attachment) sealed.
    ///
    /// # Errors
    /// When it is not of this message.
    pub fn open_attachment(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let damaged = || SealError::damaged("what was sealed beside the message");
        let (nonce, text) = sealed.split_first_chunk::<IV_BYTES>().ok_or_else(damaged)?;
        let mut text = text.to_vec();
        let opened = self
            .attachment_cipher()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut text)
            .map_err(|_| damaged())?;
        Ok(opened.to_vec())
    }

    fn attachment_cipher(&self) -> Result<LessSafeKey, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, &self.attachments);
        Ok(LessSafeKey::new(key.map_err(|_| SealError::Internal("a key of the wrong length"))?))
    }
}
