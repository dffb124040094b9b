//! A key wrapped by a key: nonce, AES-256-GCM, and a label that says which key it is.

use aws_lc_rs::aead::AES_256_GCM;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use zeroize::Zeroizing;

use crate::SealError;
use crate::esdk::header::IV_BYTES;
use crate::secret::SecretKey;
use crate::secret::random;

fn cipher(key: &SecretKey) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&AES_256_GCM, key.bytes());
    Ok(LessSafeKey::new(key.map_err(|_| SealError::Internal("a key of the wrong length"))?))
}

/// `key` wrapped by `by`; 60 bytes.
pub(crate) fn wrap(by: &SecretKey, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; IV_BYTES] = random()?;
    let mut text = Zeroizing::new(key.bytes().to_vec());
    cipher(by)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(label), &mut *text)
        .map_err(|_| SealError::Internal("a key cannot be wrapped"))?;
    Ok([&nonce[..], &text].concat())
}

/// The key in what [`wrap`] gave; none when it was another key, another label, or was changed.
pub(crate) fn unwrap(by: &SecretKey, wrapped: &[u8], label: &str) -> Result<Option<SecretKey>, SealError> {
    let Some((nonce, text)) = wrapped.split_first_chunk::<IV_BYTES>() else { return Ok(None) };
    let mut text = Zeroizing::new(text.to_vec());
    match cipher(by)?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(label), &mut text) {
        Ok(key) => SecretKey::from_slice(key).map(Some),
        Err(_) => Ok(None),
    }
}
