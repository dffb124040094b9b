//! The key of the erasure ledger and of the traces: without it neither says anything.

use std::fmt;

use dataward_seal::SecretBytes;
use dataward_seal::SecretKey;
use dataward_seal::blob;
use hmac::Hmac;
use hmac::Mac;
use sha2::Sha256;

use crate::ProofError;

/// A key of 256 bits from which one key for each use is derived (HMAC-SHA256 of the use's name). Prints as
/// `***`.
#[derive(Clone)]
pub struct ErasureKey(SecretKey);

impl ErasureKey {
    /// The key of these bytes; the caller wipes what it has.
    pub fn of(bytes: &[u8; 32]) -> Self {
        Self(SecretKey::of(bytes))
    }

    /// HMAC-SHA256 with the key for `purpose`, ready for a message.
    pub(crate) fn keyed(&self, purpose: &str) -> Hmac<Sha256> {
        let mut derive = Hmac::<Sha256>::new_from_slice(self.0.bytes()).expect("HMAC takes keys of any length");
        derive.update(purpose.as_bytes());
        Hmac::<Sha256>::new_from_slice(&derive.finalize().into_bytes()).expect("HMAC takes keys of any length")
    }

    /// Whether the row with this key is one of about `wanted` that are taken out of `total` at random: the same
    /// rows each time.
    pub(crate) fn draws(&self, row: &[u8], wanted: u64, total: u64) -> bool {
        if total <= wanted {
            return true;
        }
        let mut drawn = self.keyed("draw");
        drawn.update(row);
        let drawn = drawn.finalize().into_bytes();
        let drawn = drawn.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        u128::from(drawn) * u128::from(total) < u128::from(wanted) << 64
    }

    fn sealing(&self, purpose: &str) -> SecretKey {
        let bytes = self.keyed(purpose).finalize().into_bytes();
        SecretKey::of(bytes.first_chunk().expect("SHA-256 gives 32 bytes"))
    }

    /// `text` sealed for `label`.
    pub(crate) fn seal(&self, text: &[u8], label: &str) -> Result<Vec<u8>, ProofError> {
        blob::seal(&self.sealing("sealing"), text, label).map_err(|_| ProofError::NoRandomness)
    }

    /// What was sealed for `label`; none when key or label are others, or it was changed.
    pub(crate) fn open(&self, sealed: &[u8], label: &str) -> Option<SecretBytes> {
        blob::open(&self.sealing("sealing"), sealed, label)
    }
}

impl fmt::Debug for ErasureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
