//! The raw RSA keyring of the AWS Encryption SDK: RSA with OAEP, for the recovery key.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::rsa::OAEP_SHA1_MGF1SHA1;
use aws_lc_rs::rsa::OAEP_SHA256_MGF1SHA256;
use aws_lc_rs::rsa::OAEP_SHA384_MGF1SHA384;
use aws_lc_rs::rsa::OAEP_SHA512_MGF1SHA512;
use aws_lc_rs::rsa::OaepAlgorithm;
use aws_lc_rs::rsa::OaepPrivateDecryptingKey;
use aws_lc_rs::rsa::OaepPublicEncryptingKey;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use aws_lc_rs::rsa::PublicEncryptingKey;
use zeroize::Zeroizing;

use crate::SealError;
use crate::error::shown;
use crate::esdk::EncryptedDataKey;
use crate::recipient::Identity;
use crate::recipient::Recipient;
use crate::secret::SecretBytes;

/// The hash of the padding. We write SHA-256; the others are for messages of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-1, as SoftHSM2 and old keyrings have it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl OaepHash {
    fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::Sha1 => &OAEP_SHA1_MGF1SHA1,
            Self::Sha256 => &OAEP_SHA256_MGF1SHA256,
            Self::Sha384 => &OAEP_SHA384_MGF1SHA384,
            Self::Sha512 => &OAEP_SHA512_MGF1SHA512,
        }
    }
}

/// Someone with an RSA public key.
#[derive(Clone, Debug)]
pub struct RsaRecipient {
    namespace: String,
    name: String,
    key: Arc<OaepPublicEncryptingKey>,
}

impl RsaRecipient {
    /// The owner of the public key `der` (SubjectPublicKeyInfo), OAEP with SHA-256.
    ///
    /// # Errors
    /// When it is no RSA key of 2048 bits or more.
    pub fn new(namespace: &str, name: &str, der: &[u8]) -> Result<Self, SealError> {
        let wrong = || SealError::BadKey("not an RSA public key of at least 2048 bits".to_owned());
        let key = PublicEncryptingKey::from_der(der).map_err(|_| wrong())?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| wrong())?;
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned(), key: Arc::new(key) })
    }
}

impl Recipient for RsaRecipient {
    fn wrap(&self, data_key: &[u8], _context: &[u8]) -> Result<EncryptedDataKey, SealError> {
        Ok(EncryptedDataKey {
            provider: self.namespace.clone().into_bytes(),
            info: self.name.clone().into_bytes(),
            ciphertext: self.encrypt(data_key)?,
        })
    }

    fn is_for(&self, key: &EncryptedDataKey) -> bool {
        key.provider == self.namespace.as_bytes() && key.info == self.name.as_bytes()
    }
}

impl RsaRecipient {
    /// Encrypts a few bytes for them.
    ///
    /// # Errors
    /// When they are too many for the key.
    pub fn encrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut room = vec![0; self.key.ciphertext_size()];
        let written = self
            .key
            .encrypt(OaepHash::Sha256.algorithm(), bytes, &mut room, None)
            .map_err(|_| SealError::Internal("a key cannot be sealed for an RSA recipient"))?;
        Ok(written.to_vec())
    }
}

/// An RSA private key.
#[derive(Debug)]
pub struct RsaIdentity {
    namespace: String,
    name: String,
    key: OaepPrivateDecryptingKey,
    hash: OaepHash,
}

impl RsaIdentity {
    /// The private key `pkcs8` (DER).
    ///
    /// # Errors
    /// When it is no RSA private key.
    pub fn new(namespace: &str, name: &str, pkcs8: &[u8], hash: OaepHash) -> Result<Self, SealError> {
        let wrong = || SealError::BadKey("not an RSA private key of at least 2048 bits".to_owned());
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| wrong())?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| wrong())?;
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned(), key, hash })
    }

    /// Decrypts a few bytes; none when they are not for this key.
    pub fn decrypt(&self, bytes: &[u8]) -> Option<SecretBytes> {
        let mut room = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let opened = self.key.decrypt(self.hash.algorithm(), bytes, &mut room, None).ok()?;
        Some(Zeroizing::new(opened.to_vec()))
    }
}

impl Identity for RsaIdentity {
    fn unwrap(&self, key: &EncryptedDataKey, _context: &[u8]) -> Option<Result<SecretBytes, SealError>> {
        if key.provider != self.namespace.as_bytes() || key.info != self.name.as_bytes() {
            return None;
        }
        let opened = self.decrypt(&key.ciphertext);
        Some(opened.ok_or_else(|| SealError::WrongKey { recipient: shown(self.name.as_bytes()) }))
    }
}

/// A new RSA key pair of 3072 bits: private key (PKCS#8) and public key (SubjectPublicKeyInfo), DER.
///
/// # Errors
/// When the system has no randomness.
pub fn generate_rsa() -> Result<(SecretBytes, Vec<u8>), SealError> {
    const FAILED: SealError = SealError::Internal("no RSA key can be made");
    let private = PrivateDecryptingKey::generate(KeySize::Rsa3072).map_err(|_| FAILED)?;
    let public = AsDer::as_der(&private.public_key()).map_err(|_| FAILED)?;
    let private = AsDer::as_der(&private).map_err(|_| FAILED)?;
    Ok((Zeroizing::new(private.as_ref().to_vec()), public.as_ref().to_vec()))
}
