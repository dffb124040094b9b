//! The format of age (age-encryption.org/v1): the second format, for handing files to people.
//!
//! Written here on the primitives that are in the tree already, as the crate would bring its own
//! translation, cipher and prompt crates along: 143 files of the age test suite judge it. ChaCha20-
//! Poly1305 under a 128-bit file key: fine for sending a file, but not the AES-256 that our own
//! files promise. Begin at [`seal`] and [`open`].

pub mod armor;
mod header;
mod payload;
mod recipients;

use std::io::BufRead;
use std::io::Read;
use std::io::Write;

use aws_lc_rs::hkdf::HKDF_SHA256;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

pub use self::payload::OpenPayload;
pub use self::payload::SealPayload;
pub use self::recipients::AgeIdentity;
pub use self::recipients::AgeRecipient;
use crate::SealError;
use crate::age::header::Header;
use crate::kdf;
use crate::secret::SecretBytes;
use crate::secret::random;

/// The first line of a file that is not armored.
pub const MAGIC: &str = "age-encryption.org/v1";
const FILE_KEY_BYTES: usize = 16;

/// Writes a header for `recipients` and gives what seals the payload.
///
/// # Errors
/// When there is no recipient, a passphrase is not the only one, or the output cannot be written.
pub fn seal<W: Write>(mut output: W, recipients: &[AgeRecipient]) -> Result<SealPayload<W>, SealError> {
    if recipients.is_empty() {
        return Err(SealError::BadKey("nobody to seal for: give a recipient (age1…) or a passphrase".to_owned()));
    }
    if recipients.len() > 1 && recipients.iter().any(AgeRecipient::is_passphrase) {
        return Err(SealError::BadKey("a passphrase must be the only recipient of an age file".to_owned()));
    }
    let file_key = Zeroizing::new(random::<FILE_KEY_BYTES>()?);
    let stanzas = recipients.iter().map(|recipient| recipient.wrap(&*file_key)).collect::<Result<_, _>>()?;
    let mut header = Header { stanzas, mac: [0; 32], authenticated: Vec::new() };
    let text = header.unsigned();
    header.mac.copy_from_slice(mac(&*file_key, &text)?.as_ref());
    output.write_all(&text)?;
    writeln!(output, " {}", STANDARD_NO_PAD.encode(header.mac))?;
    SealPayload::new(output, &*file_key)
}

/// Reads the header of a file, armored or not, and gives what opens the payload.
///
/// # Errors
/// When it is no age file, is for others, or was changed.
pub fn open<'a, R: BufRead + 'a>(
    mut input: R,
    identities: &[AgeIdentity],
) -> Result<OpenPayload<Box<dyn Read + 'a>>, SealError> {
    let armored = armor::is_armored(&mut input)?;
    if armored { open_armored(input, identities) } else { open_binary(Box::new(input), identities) }
}

/// The same for a file that must be armored.
///
/// # Errors
/// As [`open`], and when it is not.
pub fn open_armored<'a, R: BufRead + 'a>(
    mut input: R,
    identities: &[AgeIdentity],
) -> Result<OpenPayload<Box<dyn Read + 'a>>, SealError> {
    if !armor::is_armored(&mut input)? {
        return Err(SealError::malformed("its armor is missing"));
    }
    open_binary(Box::new(armor::Dearmor::new(input)), identities)
}

fn open_binary<'a>(
    mut input: Box<dyn Read + 'a>,
    identities: &[AgeIdentity],
) -> Result<OpenPayload<Box<dyn Read + 'a>>, SealError> {
    let header = Header::read(&mut input)?;
    let file_key = unwrap(&header, identities)?;
    let key = mac_key(&file_key)?;
    hmac::verify(&key, &header.authenticated, &header.mac).map_err(|_| SealError::damaged("the header"))?;
    OpenPayload::new(input, &file_key)
}

fn unwrap(header: &Header, identities: &[AgeIdentity]) -> Result<SecretBytes, SealError> {
    for stanza in &header.stanzas {
        for identity in identities {
            if let Some(key) = identity.unwrap(stanza) {
                return key;
            }
        }
    }
    let kinds = header.stanzas.iter().filter_map(|stanza| stanza.arguments.first());
    Err(SealError::NoKey { recipients: kinds.map(|kind| crate::error::shown(kind.as_bytes())).collect() })
}

fn mac_key(file_key: &[u8]) -> Result<hmac::Key, SealError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &kdf::derive(HKDF_SHA256, &[], file_key, &[b"header"], 32)?))
}

fn mac(file_key: &[u8], text: &[u8]) -> Result<hmac::Tag, SealError> {
    Ok(hmac::sign(&mac_key(file_key)?, text))
}

/// An error of ours that came through a reader, as it was.
pub(crate) fn from_reader(error: std::io::Error) -> SealError {
    match error.downcast::<SealError>() {
        Ok(error) => error,
        Err(error) => SealError::Io(error),
    }
}
