//! Who can open a message: the two small traits, and one file per kind of key.

pub mod hpke;
pub mod raw_aes;
pub mod rsa_oaep;

pub use hpke::HpkeIdentity;
pub use hpke::HpkeRecipient;
pub use raw_aes::RawAes;
pub use rsa_oaep::OaepHash;
pub use rsa_oaep::RsaIdentity;
pub use rsa_oaep::RsaRecipient;

use crate::SealError;
use crate::esdk::EncryptedDataKey;
use crate::secret::SecretBytes;

/// The provider of our class keys, in headers.
pub const LOCAL: &str = "local-kek";
/// The provider of the recovery key, in headers.
pub const RECOVERY: &str = "recovery";

/// Someone a message is sealed for.
pub trait Recipient: Send + Sync {
    /// Encrypts `data_key` for them. `context` is the serialized encryption context, which is bound
    /// to it where the kind of key can do that.
    ///
    /// # Errors
    /// When their key cannot be used.
    fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<EncryptedDataKey, SealError>;

    /// Whether `key` names them.
    fn is_for(&self, key: &EncryptedDataKey) -> bool;
}

/// A key that opens messages.
pub trait Identity: Send + Sync {
    /// None: not mine. An error: mine, but it does not open. Else the data key.
    fn unwrap(&self, key: &EncryptedDataKey, context: &[u8]) -> Option<Result<SecretBytes, SealError>>;
}
