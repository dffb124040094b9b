//! Who opens an age file: X25519, X-Wing ("post-quantum") and passphrases.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::CHACHA20_POLY1305;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::agreement::X25519;
use aws_lc_rs::hkdf::HKDF_SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::SealError;
use crate::age::FILE_KEY_BYTES;
use crate::age::header::Stanza;
use crate::age::header::decode;
use crate::age::header::wrong;
use crate::bech32;
use crate::esdk::header::TAG_BYTES;
use crate::hpke;
use crate::hpke::Cipher;
use crate::kdf;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::secret::random;
use crate::xwing;
use crate::xwing::exchange;

const X25519_LABEL: &[u8] = b"age-encryption.org/v1/X25519";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
const HYBRID_LABEL: &[u8] = b"age-encryption.org/mlkem768x25519";
const HYBRID: &str = "mlkem768x25519";
/// log2 of scrypt's cost for files of ours, as age has it.
const WORK_FACTOR: u8 = 18;
/// More is refused: 2^20 takes 1 GiB of memory.
const HIGHEST_WORK_FACTOR: u8 = 20;

/// Someone an age file is sealed for.
#[derive(Clone)]
pub enum AgeRecipient {
    /// `age1pq1…`
    Hybrid(Vec<u8>),
    /// Who knows the passphrase.
    Passphrase(Zeroizing<String>),
    /// `age1…`
    X25519([u8; 32]),
}

/// A key that opens age files.
#[derive(Clone)]
pub enum AgeIdentity {
    /// `AGE-SECRET-KEY-PQ-1…`
    Hybrid(SecretKey),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
    /// `AGE-SECRET-KEY-1…`
    X25519(SecretKey),
}

impl fmt::Debug for AgeIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for AgeRecipient {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let wrong = || SealError::BadKey("not an age recipient: those begin with `age1`".to_owned());
        let (prefix, key) = bech32::decode(text).ok_or_else(wrong)?;
        match (prefix.as_str(), key.len()) {
            ("age", 32) => Ok(Self::X25519(key.try_into().expect("32 bytes"))),
            ("age1pq", xwing::PUBLIC_BYTES) => Ok(Self::Hybrid(key)),
            _ => Err(wrong()),
        }
    }
}

impl FromStr for AgeIdentity {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let wrong = || SealError::BadKey("not an age identity: those begin with `AGE-SECRET-KEY-`".to_owned());
        let (prefix, key) = bech32::decode(text.trim()).ok_or_else(wrong)?;
        let key = Zeroizing::new(key);
        match prefix.as_str() {
            "age-secret-key-" => Ok(Self::X25519(SecretKey::from_slice(&key)?)),
            "age-secret-key-pq-" => Ok(Self::Hybrid(SecretKey::from_slice(&key)?)),
            _ => Err(wrong()),
        }
    }
}

impl AgeRecipient {
    pub(crate) fn is_passphrase(&self) -> bool {
        matches!(self, Self::Passphrase(_))
    }

    pub(crate) fn wrap(&self, file_key: &[u8]) -> Result<Stanza, SealError> {
        let stanza = |arguments: &[&str], body| Stanza {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            body,
        };
        match self {
            Self::Hybrid(public) => {
                let (sent, text) = hpke::seal(public, HYBRID_LABEL, Cipher::ChaCha20Poly1305, file_key)?;
                Ok(stanza(&[HYBRID, &STANDARD_NO_PAD.encode(sent)], text))
            }
            Self::Passphrase(passphrase) => {
                let salt: [u8; 16] = random()?;
                let key = scrypt_key(passphrase, &salt, WORK_FACTOR)?;
                let salt = STANDARD_NO_PAD.encode(salt);
                Ok(stanza(&["scrypt", &salt, &WORK_FACTOR.to_string()], close(&key, file_key)?))
            }
            Self::X25519(public) => {
                const FAULT: SealError = SealError::Internal("an X25519 key cannot be made");
                let ephemeral = PrivateKey::generate(&X25519).map_err(|_| FAULT)?;
                let share = ephemeral.compute_public_key().map_err(|_| FAULT)?;
                let shared = exchange(&ephemeral, public)
                    .ok_or_else(|| SealError::BadKey("an age recipient that is no point".to_owned()))?;
                let salt = [share.as_ref(), public].concat();
                let key = kdf::derive(HKDF_SHA256, &salt, &shared, &[X25519_LABEL], 32)?;
                Ok(stanza(&["X25519", &STANDARD_NO_PAD.encode(share.as_ref())], close(&key, file_key)?))
            }
        }
    }
}

impl AgeIdentity {
    /// A new key that does not hold against quantum computers, as `age-keygen` makes it.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self::X25519(SecretKey::random()?))
    }

    /// Who files are sealed for that this key opens; `age1…`.
    ///
    /// # Errors
    /// For passphrases, which have none.
    pub fn recipient(&self) -> Result<String, SealError> {
        match self {
            Self::Hybrid(seed) => Ok(bech32::encode("age1pq", &xwing::public_key(seed)?)),
            Self::Passphrase(_) => Err(SealError::BadKey("a passphrase has no recipient".to_owned())),
            Self::X25519(seed) => Ok(bech32::encode("age", &curve_keys(seed)?.1)),
        }
    }

    /// None: not mine. An error: malformed, or mine but not openable. Else the file key.
    pub(crate) fn unwrap(&self, stanza: &Stanza) -> Option<Result<SecretBytes, SealError>> {
        let arguments: Vec<&str> = stanza.arguments.iter().map(String::as_str).collect();
        let (kind, arguments) = arguments.split_first()?;
        match (self, *kind) {
            (Self::Hybrid(seed), HYBRID) => hybrid(seed, arguments, &stanza.body).transpose(),
            (Self::Passphrase(passphrase), "scrypt") => Some(by_passphrase(passphrase, arguments, &stanza.body)),
            (Self::X25519(seed), "X25519") => by_curve(seed, arguments, &stanza.body).transpose(),
            _ => None,
        }
    }
}

fn curve_keys(seed: &SecretKey) -> Result<(PrivateKey, Vec<u8>), SealError> {
    const FAULT: SealError = SealError::Internal("an X25519 key cannot be made");
    let private = PrivateKey::from_private_key(&X25519, seed.bytes()).map_err(|_| FAULT)?;
    let public = private.compute_public_key().map_err(|_| FAULT)?.as_ref().to_vec();
    Ok((private, public))
}

/// The one argument, decoded, and a body of a file key and its tag.
fn share(arguments: &[&str], body: &[u8], length: usize) -> Result<Vec<u8>, SealError> {
    let [share] = arguments else { return Err(wrong("has a recipient with arguments too many or too few")) };
    let share = decode(share).filter(|share| share.len() == length);
    let share = share.ok_or_else(|| wrong("has a recipient with a malformed share"))?;
    if body.len() != FILE_KEY_BYTES + TAG_BYTES {
        return Err(wrong("has a file key of another length"));
    }
    Ok(share)
}

fn hybrid(seed: &SecretKey, arguments: &[&str], body: &[u8]) -> Result<Option<SecretBytes>, SealError> {
    let sent = share(arguments, body, xwing::ENCAPSULATED_BYTES)?;
    if xwing::decapsulate(seed, &sent)?.is_none() {
        return Err(wrong("has a recipient with a share that gives no secret"));
    }
    hpke::open(seed, HYBRID_LABEL, Cipher::ChaCha20Poly1305, &sent, body)
}

fn by_curve(seed: &SecretKey, arguments: &[&str], body: &[u8]) -> Result<Option<SecretBytes>, SealError> {
    let share = share(arguments, body, 32)?;
    let (private, public) = curve_keys(seed)?;
    let shared =
        exchange(&private, &share).ok_or_else(|| wrong("has a recipient with a share that gives no secret"))?;
    let key = kdf::derive(HKDF_SHA256, &[share, public].concat(), &shared, &[X25519_LABEL], 32)?;
    open(&key, body)
}

fn by_passphrase(passphrase: &str, arguments: &[&str], body: &[u8]) -> Result<SecretBytes, SealError> {
    let [salt, factor] = arguments else { return Err(wrong("has a passphrase with arguments too many or too few")) };
    let canonical = !factor.starts_with('0') && factor.bytes().all(|c| c.is_ascii_digit());
    let factor: u8 = factor.parse().ok().filter(|_| canonical).ok_or_else(|| wrong("has a malformed work factor"))?;
    if factor > HIGHEST_WORK_FACTOR {
        return Err(wrong(&format!("asks for a work factor over {HIGHEST_WORK_FACTOR}")));
    }
    let salt = share(&[salt], body, 16)?;
    let key = scrypt_key(passphrase, &salt, factor)?;
    open(&key, body)?.ok_or_else(|| SealError::WrongSecret("the passphrase is not the right one".to_owned()))
}

fn scrypt_key(passphrase: &str, salt: &[u8], factor: u8) -> Result<SecretBytes, SealError> {
    const FAULT: SealError = SealError::Internal("scrypt refuses its parameters");
    let parameters = scrypt::Params::new(factor, 8, 1).map_err(|_| FAULT)?;
    let mut key = Zeroizing::new(vec![0; 32]);
    let salt = [SCRYPT_LABEL, salt].concat();
    scrypt::scrypt(passphrase.as_bytes(), &salt, &parameters, &mut key).map_err(|_| FAULT)?;
    Ok(key)
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| SealError::Internal("a key of the wrong length"))?;
    Ok(LessSafeKey::new(key))
}

/// Each wrapping key is used once: the nonce is zero.
fn close(key: &[u8], file_key: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut text = Zeroizing::new(file_key.to_vec());
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut *text)
        .map_err(|_| SealError::Internal("a file key cannot be sealed"))?;
    Ok(text.to_vec())
}

fn open(key: &[u8], body: &[u8]) -> Result<Option<SecretBytes>, SealError> {
    let mut text = Zeroizing::new(body.to_vec());
    let opened = cipher(key)?.open_in_place(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut text).ok();
    Ok(opened.map(|key| Zeroizing::new(key.to_vec())))
}
