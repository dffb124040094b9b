//! Who holds the root key: one small trait, one file per kind of holder.
//!
//! A provider is asked once for each class key when the keys are unlocked, never for each file. The
//! root itself leaves none of them but the local ones, where it is a passphrase or a file. What
//! speaks HTTP is given an [`Exchange`]: this room opens no connection.

pub mod aws_kms;
pub mod os_keyring;
pub mod passphrase;
pub mod pkcs11;
pub mod vault;

use async_trait::async_trait;
use serde::Deserialize;
use serde::Serialize;

pub use aws_kms::AwsCredentials;
pub use aws_kms::AwsKms;
pub use passphrase::PassphraseSettings;
pub use pkcs11::Pkcs11;
pub use vault::Vault;

use crate::SealError;
use crate::keys::wrap;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// Wraps class keys under a root key.
#[async_trait]
pub trait Provider: Send + Sync {
    /// `key`, encrypted by the root and bound to `label`.
    ///
    /// # Errors
    /// When the provider cannot be reached or refuses.
    async fn wrap(&self, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError>;

    /// The key in what [`wrap`](Self::wrap) gave.
    ///
    /// # Errors
    /// When the provider cannot be reached or refuses, or the root is another one.
    async fn unwrap(&self, wrapped: &[u8], label: &str) -> Result<SecretKey, SealError>;
}

/// Who holds the root, as the key store writes it down: no secret among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ProviderSettings {
    /// A key of AWS KMS.
    AwsKms {
        /// Key id, ARN or alias.
        key: String,
        /// `eu-central-1`
        region: String,
        /// Where KMS is, when not at Amazon's address of the region.
        endpoint: Option<String>,
    },
    /// A file with the root key, on another disk or a stick.
    KeyFile {
        /// Where it is.
        path: String,
    },
    /// An entry in the keyring of the account.
    OsKeyring {
        /// What tells it from others.
        id: String,
    },
    /// A passphrase, through Argon2id.
    Passphrase(PassphraseSettings),
    /// A key in a security module.
    Pkcs11 {
        /// The module's library.
        module: String,
        /// The label of the token.
        token: String,
        /// The label of the AES key in it.
        key: String,
    },
    /// A credential that systemd gives to our service.
    SystemdCredential {
        /// Its name in the unit file.
        name: String,
    },
    /// A transit key of Vault or OpenBao.
    Vault {
        /// `https://vault.internal:8200`
        address: String,
        /// Where the transit engine is mounted.
        mount: String,
        /// The name of the key.
        key: String,
    },
}

impl ProviderSettings {
    /// One word for the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AwsKms { .. } => "aws-kms",
            Self::KeyFile { .. } => "key-file",
            Self::OsKeyring { .. } => "os-keyring",
            Self::Passphrase(_) => "passphrase",
            Self::Pkcs11 { .. } => "pkcs11",
            Self::SystemdCredential { .. } => "systemd-credential",
            Self::Vault { .. } => "vault",
        }
    }
}

/// A root key that is in our own memory: from a passphrase, a file or a credential.
#[derive(Clone, Debug)]
pub struct LocalRoot {
    key: SecretKey,
}

impl LocalRoot {
    /// This key.
    pub fn new(key: SecretKey) -> Self {
        Self { key }
    }

    /// The key in the text of a file: 64 digits of hex.
    ///
    /// # Errors
    /// When it is none. Never says what was read.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let bytes = hex::decode(text.trim()).map(SecretBytes::new);
        let bytes = bytes.map_err(|_| SealError::BadKey("a root key is 64 digits of hex".to_owned()))?;
        Ok(Self::new(SecretKey::from_slice(&bytes)?))
    }

    /// The text for a new file.
    pub fn danger_text(&self) -> SecretBytes {
        SecretBytes::new(format!("{}\n", hex::encode(self.key.bytes())).into_bytes())
    }
}

#[async_trait]
impl Provider for LocalRoot {
    async fn wrap(&self, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
        wrap::wrap(&self.key, key, label)
    }

    async fn unwrap(&self, wrapped: &[u8], label: &str) -> Result<SecretKey, SealError> {
        wrap::unwrap(&self.key, wrapped, label)?.ok_or_else(another_root)
    }
}

pub(crate) fn another_root() -> SealError {
    SealError::WrongSecret("the root key is not the one that these keys were wrapped with".to_owned())
}

/// Sends one HTTP POST. Implemented above, where connections are made.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Status and body of the answer; the body of at most 1 MiB.
    ///
    /// # Errors
    /// When nobody answers; the message names no header and no body.
    async fn post(&self, url: &str, headers: &[(String, SecretBytes)], body: &[u8]) -> Result<(u16, Vec<u8>), String>;
}
