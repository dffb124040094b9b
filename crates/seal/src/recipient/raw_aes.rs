//! The raw AES keyring of the AWS Encryption SDK: AES-256-GCM under a key that both sides have.

use aws_lc_rs::aead::AES_256_GCM;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use zeroize::Zeroizing;

use crate::SealError;
use crate::error::shown;
use crate::esdk::EncryptedDataKey;
use crate::esdk::header::IV_BYTES;
use crate::esdk::header::TAG_BYTES;
use crate::recipient::Identity;
use crate::recipient::Recipient;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::secret::random;

/// A key-encryption key: recipient and identity in one.
#[derive(Clone, Debug)]
pub struct RawAes {
    namespace: String,
    name: String,
    key: SecretKey,
}

impl RawAes {
    /// The key `name` within `namespace`, as the SDK calls them.
    pub fn new(namespace: &str, name: &str, key: SecretKey) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), key }
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, self.key.bytes());
        Ok(LessSafeKey::new(key.map_err(|_| SealError::Internal("a key of the wrong length"))?))
    }

    /// Key name, tag length in bits, IV length, IV.
    fn info(&self, iv: &[u8]) -> Vec<u8> {
        let mut info = self.prefix();
        info.extend(iv);
        info
    }

    fn prefix(&self) -> Vec<u8> {
        let mut info = self.name.clone().into_bytes();
        info.extend((TAG_BYTES as u32 * 8).to_be_bytes());
        info.extend((IV_BYTES as u32).to_be_bytes());
        info
    }
}

impl Recipient for RawAes {
    fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<EncryptedDataKey, SealError> {
        let iv: [u8; IV_BYTES] = random()?;
        let mut ciphertext = Zeroizing::new(data_key.to_vec());
        self.cipher()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(iv), Aad::from(context), &mut *ciphertext)
            .map_err(|_| SealError::Internal("a data key cannot be sealed"))?;
        Ok(EncryptedDataKey {
            provider: self.namespace.clone().into_bytes(),
            info: self.info(&iv),
            ciphertext: ciphertext.to_vec(),
        })
    }

    fn is_for(&self, key: &EncryptedDataKey) -> bool {
        key.provider == self.namespace.as_bytes() && key.info.starts_with(&self.prefix())
    }
}

impl Identity for RawAes {
    fn unwrap(&self, key: &EncryptedDataKey, context: &[u8]) -> Option<Result<SecretBytes, SealError>> {
        let iv = key.info.strip_prefix(self.prefix().as_slice())?;
        let iv: [u8; IV_BYTES] = iv.try_into().ok()?;
        if key.provider != self.namespace.as_bytes() {
            return None;
        }
        let mut bytes = Zeroizing::new(key.ciphertext.clone());
        let opened = self.cipher().and_then(|cipher| {
            cipher
                .open_in_place(Nonce::assume_unique_for_key(iv), Aad::from(context), &mut bytes)
                .map(|key| Zeroizing::new(key.to_vec()))
                .map_err(|_| SealError::WrongKey { recipient: shown(self.name.as_bytes()) })
        });
        Some(opened)
    }
}
