//! The algorithm suites of the AWS Encryption SDK, and the keys they derive.

use aws_lc_rs::aead;
use aws_lc_rs::hkdf;
use aws_lc_rs::signature;
use zeroize::Zeroizing;

use crate::SealError;
use crate::kdf;
use crate::secret::SecretBytes;
use crate::secret::same;

/// The length of the key commitment in the header of version 2.
pub const COMMITMENT_BYTES: usize = 32;

/// One algorithm suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The id in the header.
    pub id: u16,
    /// The length of data key and message key, in bytes.
    pub key_bytes: usize,
    pub(crate) derivation: Derivation,
    /// Whether a signature closes the message.
    pub signature: Option<Curve>,
}

/// How the message key comes from the data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivation {
    /// HKDF with SHA-512 and a key commitment: version 2.
    Committing,
    /// The data key itself.
    None,
    /// HKDF with SHA-256.
    Sha256,
    /// HKDF with SHA-384.
    Sha384,
}

/// The curve of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256 with SHA-256.
    P256,
    /// P-384 with SHA-384.
    P384,
}

const fn suite(id: u16, bits: usize, derivation: Derivation, signature: Option<Curve>) -> Suite {
    Suite { id, key_bytes: bits / 8, derivation, signature }
}

/// AES-256-GCM, HKDF-SHA512, key commitment: what we write.
pub const COMMITTING: Suite = suite(0x0478, 256, Derivation::Committing, None);
/// The same, signed with ECDSA P-384.
pub const COMMITTING_SIGNED: Suite = suite(0x0578, 256, Derivation::Committing, Some(Curve::P384));

const SUITES: &[Suite] = &[
    suite(0x0014, 128, Derivation::None, None),
    suite(0x0046, 192, Derivation::None, None),
    suite(0x0078, 256, Derivation::None, None),
    suite(0x0114, 128, Derivation::Sha256, None),
    suite(0x0146, 192, Derivation::Sha256, None),
    suite(0x0178, 256, Derivation::Sha256, None),
    suite(0x0214, 128, Derivation::Sha256, Some(Curve::P256)),
    suite(0x0346, 192, Derivation::Sha384, Some(Curve::P384)),
    suite(0x0378, 256, Derivation::Sha384, Some(Curve::P384)),
    COMMITTING,
    COMMITTING_SIGNED,
];

impl Suite {
    /// The suite with this id.
    pub fn by_id(id: u16) -> Option<Self> {
        SUITES.iter().find(|suite| suite.id == id).copied()
    }

    /// Whether the header commits to the key: one ciphertext cannot open to two plaintexts.
    pub fn commits(self) -> bool {
        self.derivation == Derivation::Committing
    }

    /// The message id's length: 32 bytes in version 2, 16 in version 1.
    pub(crate) fn message_id_bytes(self) -> usize {
        if self.commits() { 32 } else { 16 }
    }

    pub(crate) fn aead(self) -> &'static aead::Algorithm {
        match self.key_bytes {
            16 => &aead::AES_128_GCM,
            24 => &aead::AES_192_GCM,
            _ => &aead::AES_256_GCM,
        }
    }

    /// The message key and, in version 2, the commitment to it.
    pub(crate) fn derive(
        self,
        data_key: &[u8],
        message_id: &[u8],
    ) -> Result<(SecretBytes, Option<SecretBytes>), SealError> {
        if data_key.len() != self.key_bytes {
            return Err(SealError::malformed("the data key has the wrong length for its suite"));
        }
        let id = self.id.to_be_bytes();
        let old = |algorithm| kdf::derive(algorithm, &[], data_key, &[&id, message_id], self.key_bytes);
        Ok(match self.derivation {
            Derivation::Committing => {
                let prk = kdf::extract(hkdf::HKDF_SHA512, message_id, data_key);
                let key = kdf::expand(&prk, &[&id, b"DERIVEKEY"], self.key_bytes)?;
                (key, Some(kdf::expand(&prk, &[b"COMMITKEY"], COMMITMENT_BYTES)?))
            }
            Derivation::None => (Zeroizing::new(data_key.to_vec()), None),
            Derivation::Sha256 => (old(hkdf::HKDF_SHA256)?, None),
            Derivation::Sha384 => (old(hkdf::HKDF_SHA384)?, None),
        })
    }

    /// The message key, once the commitment in the header is what it must be.
    pub(crate) fn derive_checked(
        self,
        data_key: &[u8],
        message_id: &[u8],
        stated: Option<&[u8; COMMITMENT_BYTES]>,
    ) -> Result<SecretBytes, SealError> {
        let (key, commitment) = self.derive(data_key, message_id)?;
        match (commitment, stated) {
            (None, None) => Ok(key),
            (Some(derived), Some(stated)) if same(&derived, stated) => Ok(key),
            _ => Err(SealError::damaged("the key commitment")),
        }
    }
}

impl Curve {
    pub(crate) fn verification(self) -> &'static signature::EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &signature::ECDSA_P384_SHA384_ASN1,
        }
    }

    pub(crate) fn digest(self) -> &'static aws_lc_rs::digest::Algorithm {
        match self {
            Self::P256 => &aws_lc_rs::digest::SHA256,
            Self::P384 => &aws_lc_rs::digest::SHA384,
        }
    }
}
