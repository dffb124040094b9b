//! Keys in memory: wiped when dropped, kept out of the swap where the system allows it, never printed.

use std::fmt;

use aws_lc_rs::rand::SecureRandom;
use aws_lc_rs::rand::SystemRandom;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::SealError;

/// Bytes that are wiped when dropped.
pub type SecretBytes = Zeroizing<Vec<u8>>;

/// The length of a key of AES-256.
pub const KEY_BYTES: usize = 32;

/// A page of its own: locks are taken and given back by the page.
#[repr(align(4096))]
struct Page([u8; 4096]);

/// A 256-bit key. Prints as `***`, is wiped when dropped, and its page is locked into memory when
/// the limit of the process allows it.
pub struct SecretKey {
    page: Box<Page>,
    lock: Option<region::LockGuard>,
}

impl SecretKey {
    /// A new random key.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(bytes.as_mut_slice())?;
        Ok(Self::of(&bytes))
    }

    /// The key of these bytes; the caller wipes what it has.
    pub fn of(bytes: &[u8; KEY_BYTES]) -> Self {
        let mut page = Box::new(Page([0; 4096]));
        let lock = region::lock(page.0.as_ptr(), page.0.len()).ok();
        page.0[..KEY_BYTES].copy_from_slice(bytes);
        Self { page, lock }
    }

    /// The key of these bytes, which must be 32.
    ///
    /// # Errors
    /// When they are not.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SealError> {
        let bytes: &[u8; KEY_BYTES] =
            bytes.try_into().map_err(|_| SealError::BadKey(format!("a key has 32 bytes, not {}", bytes.len())))?;
        Ok(Self::of(bytes))
    }

    /// The bytes of the key.
    pub fn bytes(&self) -> &[u8; KEY_BYTES] {
        self.page.0.first_chunk().expect("a page is longer than a key")
    }

    /// Whether the key cannot be written to the swap.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

impl Clone for SecretKey {
    fn clone(&self) -> Self {
        Self::of(self.bytes())
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.page.0[..KEY_BYTES].zeroize();
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Fills `bytes` from the system's random source.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), SealError> {
    SystemRandom::new().fill(bytes).map_err(|_| SealError::Internal("the system has no randomness"))
}

/// An array of random bytes, for nonces and ids.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// Whether two values are the same, in a time that does not tell where they differ.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed_and_two_are_never_alike() {
        let key = SecretKey::of(&[0x41; 32]);
        assert_eq!(format!("{key:?}"), "***");
        assert_ne!(SecretKey::random().unwrap().bytes(), SecretKey::random().unwrap().bytes());
        assert_eq!(key.clone().bytes(), key.bytes());
    }
}
