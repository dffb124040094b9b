//! People with an X-Wing key: HPKE with ML-KEM-768 and X25519, against whoever records today to
//! decrypt with a quantum computer. Stock SDKs skip recipients of a kind they do not know.

use std::fmt;
use std::str::FromStr;

use crate::SealError;
use crate::bech32;
use crate::error::shown;
use crate::esdk::EncryptedDataKey;
use crate::hpke;
use crate::hpke::Cipher;
use crate::recipient::Identity;
use crate::recipient::Recipient;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::xwing;

/// The provider of these recipients, in headers.
pub const PROVIDER: &str = "hpke-mlkem768x25519";
const LABEL: &[u8] = b"dataward data key 1";
const PUBLIC_PREFIX: &str = "dwpq";
const PRIVATE_PREFIX: &str = "dataward-secret-key-pq-";

/// Someone with an X-Wing public key, written `dwpq1…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HpkeRecipient {
    public: Vec<u8>,
}

/// An X-Wing private key, written `DATAWARD-SECRET-KEY-PQ-1…`.
#[derive(Clone, Debug)]
pub struct HpkeIdentity {
    seed: SecretKey,
    id: String,
}

/// A short name for a public key: the first half of its SHA-256.
pub(crate) fn key_id(public: &[u8]) -> String {
    hex::encode(&aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public).as_ref()[..16])
}

impl HpkeRecipient {
    /// A short name for the key.
    pub fn id(&self) -> String {
        key_id(&self.public)
    }
}

impl fmt::Display for HpkeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(PUBLIC_PREFIX, &self.public))
    }
}

impl FromStr for HpkeRecipient {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        match bech32::decode(text) {
            Some((prefix, public)) if prefix == PUBLIC_PREFIX && public.len() == xwing::PUBLIC_BYTES => {
                Ok(Self { public })
            }
            _ => Err(SealError::BadKey("not a recipient of dataward: those begin with `dwpq1`".to_owned())),
        }
    }
}

impl Recipient for HpkeRecipient {
    fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<EncryptedDataKey, SealError> {
        let (sent, text) = hpke::seal(&self.public, &[LABEL, context].concat(), Cipher::Aes256Gcm, data_key)?;
        Ok(EncryptedDataKey {
            provider: PROVIDER.as_bytes().to_vec(),
            info: self.id().into_bytes(),
            ciphertext: [sent, text].concat(),
        })
    }

    fn is_for(&self, key: &EncryptedDataKey) -> bool {
        key.provider == PROVIDER.as_bytes() && key.info == self.id().as_bytes()
    }
}

impl HpkeIdentity {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, SealError> {
        Self::of(SecretKey::random()?)
    }

    fn of(seed: SecretKey) -> Result<Self, SealError> {
        let id = key_id(&xwing::public_key(&seed)?);
        Ok(Self { seed, id })
    }

    /// Who messages are sealed for that this key opens.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn recipient(&self) -> Result<HpkeRecipient, SealError> {
        Ok(HpkeRecipient { public: xwing::public_key(&self.seed)? })
    }

    /// The private key as text, to be kept in a file that its owner alone can read.
    pub fn danger_text(&self) -> SecretBytes {
        SecretBytes::new(bech32::encode(PRIVATE_PREFIX, self.seed.bytes()).to_uppercase().into_bytes())
    }

    /// Reads what [`danger_text`](Self::danger_text) wrote.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let (prefix, seed) =
            bech32::decode(text.trim()).ok_or_else(|| SealError::BadKey("not a private key of dataward".to_owned()))?;
        if prefix != PRIVATE_PREFIX {
            return Err(SealError::BadKey("not a private key of dataward".to_owned()));
        }
        let seed = zeroize::Zeroizing::new(seed);
        Self::of(SecretKey::from_slice(&seed)?)
    }
}

impl Identity for HpkeIdentity {
    fn unwrap(&self, key: &EncryptedDataKey, context: &[u8]) -> Option<Result<SecretBytes, SealError>> {
        if key.provider != PROVIDER.as_bytes() || key.info != self.id.as_bytes() {
            return None;
        }
        let wrong = || SealError::WrongKey { recipient: shown(&key.info) };
        let Some((sent, text)) = key.ciphertext.split_at_checked(xwing::ENCAPSULATED_BYTES) else {
            return Some(Err(wrong()));
        };
        let opened = hpke::open(&self.seed, &[LABEL, context].concat(), Cipher::Aes256Gcm, sent, text);
        Some(opened.and_then(|bytes| bytes.ok_or_else(wrong)))
    }
}
