//! Small secrets of our own at rest: AES-256-GCM under a random nonce, bound to a label.
//!
//! For state files of some megabytes that only this program reads. What people open without us is sealed
//! as [`crate::esdk`].

use aws_lc_rs::aead::AES_256_GCM;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use zeroize::Zeroizing;

use crate::SealError;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::secret::random;

const NONCE_BYTES: usize = 12;

fn cipher(key: &SecretKey) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&AES_256_GCM, key.bytes());
    Ok(LessSafeKey::new(key.map_err(|_| SealError::Internal("a key of the wrong length"))?))
}

/// `text` sealed with `key` for `label`: nonce, ciphertext, tag.
///
/// # Errors
/// When the system has no randomness to give.
pub fn seal(key: &SecretKey, text: &[u8], label: &str) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    let mut sealed = Zeroizing::new(text.to_vec());
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(label), &mut *sealed)
        .map_err(|_| SealError::Internal("a text cannot be sealed"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// What [`seal`] sealed; none when it was another key, another label, or was changed.
pub fn open(key: &SecretKey, sealed: &[u8], label: &str) -> Option<SecretBytes> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let mut text = Zeroizing::new(text.to_vec());
    let length =
        cipher(key).ok()?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(label), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_and_every_changed_byte_is_found() {
        let key = SecretKey::of(&[7; 32]);
        let sealed = seal(&key, b"traces", "shop").unwrap();
        assert_eq!(open(&key, &sealed, "shop").unwrap().as_slice(), b"traces");
        assert_eq!(open(&key, &sealed, "ship"), None);
        assert_eq!(open(&SecretKey::of(&[8; 32]), &sealed, "shop"), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, &changed, "shop"), None, "byte {at}");
        }
        assert_ne!(seal(&key, b"traces", "shop").unwrap(), sealed);
    }
}
