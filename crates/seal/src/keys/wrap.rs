//! A key wrapped by a key: nonce, AES-256-GCM, and a label that says which key it is.

use crate::SealError;
use crate::blob;
use crate::secret::SecretKey;

/// `key` wrapped by `by`; 60 bytes.
pub(crate) fn wrap(by: &SecretKey, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
    blob::seal(by, key.bytes(), label)
}

/// The key in what [`wrap`] gave; none when it was another key, another label, or was changed.
pub(crate) fn unwrap(by: &SecretKey, wrapped: &[u8], label: &str) -> Result<Option<SecretKey>, SealError> {
    blob::open(by, wrapped, label).map(|key| SecretKey::from_slice(&key)).transpose()
}
