//! HPKE (RFC 9180) in base mode with X-Wing and HKDF-SHA256: sealing a few bytes for a public key.

use aws_lc_rs::aead;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::hkdf::HKDF_SHA256;
use aws_lc_rs::hkdf::Prk;
use zeroize::Zeroizing;

use crate::SealError;
use crate::kdf;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::xwing;

/// The cipher, by its number in RFC 9180 section 7.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256-GCM: our own recipients.
    Aes256Gcm = 2,
    /// ChaCha20-Poly1305: age's recipients.
    ChaCha20Poly1305 = 3,
}

/// Seals `bytes` for the owner of an X-Wing public key: what to send to them, and the ciphertext.
///
/// # Errors
/// When `public` is no such key.
pub fn seal(public: &[u8], info: &[u8], cipher: Cipher, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), SealError> {
    let (sent, shared) = xwing::encapsulate(public)?;
    let (key, nonce) = schedule(&shared, info, cipher)?;
    let mut text = bytes.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut text)
        .map_err(|_| SealError::Internal("HPKE cannot seal"))?;
    Ok((sent, text))
}

/// Opens what was sealed; none when it was not for this key, or was changed.
///
/// # Errors
/// When the crypto library refuses the private key.
pub fn open(
    seed: &SecretKey,
    info: &[u8],
    cipher: Cipher,
    sent: &[u8],
    text: &[u8],
) -> Result<Option<SecretBytes>, SealError> {
    let Some(shared) = xwing::decapsulate(seed, sent)? else { return Ok(None) };
    let (key, nonce) = schedule(&shared, info, cipher)?;
    let mut bytes = Zeroizing::new(text.to_vec());
    let opened = key.open_in_place(nonce, Aad::empty(), &mut bytes).ok();
    Ok(opened.map(|bytes| Zeroizing::new(bytes.to_vec())))
}

/// The key schedule of section 5.1, base mode: the key, and the nonce of the first and only message.
fn schedule(shared: &[u8], info: &[u8], cipher: Cipher) -> Result<(LessSafeKey, Nonce), SealError> {
    let suite = [b"HPKE".as_slice(), &[0x64, 0x7a], &[0, 1], &[0, cipher as u8]].concat();
    let (key, nonce) = schedule_bytes(&suite, shared, info)?;
    let algorithm = match cipher {
        Cipher::Aes256Gcm => &aead::AES_256_GCM,
        Cipher::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
    };
    let key = UnboundKey::new(algorithm, &key).map_err(|_| SealError::Internal("a key of the wrong length"))?;
    let nonce =
        Nonce::try_assume_unique_for_key(&nonce).map_err(|_| SealError::Internal("a nonce of the wrong length"))?;
    Ok((LessSafeKey::new(key), nonce))
}

fn schedule_bytes(suite: &[u8], shared: &[u8], info: &[u8]) -> Result<(SecretBytes, SecretBytes), SealError> {
    // The labels of Extract stand before its input; the output is needed as bytes only for the hashes.
    let extract = |salt: &[u8], label: &[u8], input: &[u8]| -> Prk {
        kdf::extract(HKDF_SHA256, salt, &[b"HPKE-v1", suite, label, input].concat())
    };
    let hash = |label: &[u8], input: &[u8]| {
        use aws_lc_rs::hmac;
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]), &[b"HPKE-v1", suite, label, input].concat())
    };
    let context = [&[0], hash(b"psk_id_hash", b"").as_ref(), hash(b"info_hash", info).as_ref()].concat();
    let secret = extract(shared, b"secret", b"");
    let expand = |label: &[u8], length: u8| {
        kdf::expand(&secret, &[&[0, length], b"HPKE-v1", suite, label, &context], usize::from(length))
    };
    Ok((expand(b"key", 32)?, expand(b"base_nonce", 12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both vectors of hpkewg/hpke-pq for X-Wing: of the one with HKDF-SHA256 all ten messages, of the one with
    /// SHAKE256, which nothing here uses, the KEM.
    #[test]
    fn the_published_vectors_open() {
        let text = include_str!("../tests/vectors/hpke-xwing.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
        let mut messages = 0;
        for vector in &vectors {
            let field = |name: &str| bytes(&vector[name]);
            let seed = SecretKey::from_slice(&field("skRm")).unwrap();
            assert_eq!(xwing::public_key(&seed).unwrap(), field("pkRm"));
            let shared = xwing::decapsulate(&seed, &field("enc")).unwrap().unwrap();
            assert_eq!(*shared, field("shared_secret"));
            if vector["kdf_id"] != 1 {
                continue;
            }
            let (key, nonce) = schedule_bytes(&field("suite_id"), &shared, &field("info")).unwrap();
            assert_eq!((&*key, &*nonce), (&field("key"), &field("base_nonce")));
            for (number, message) in vector["encryptions"].as_array().unwrap().iter().enumerate() {
                // Ours are always the first; the nonces of later ones count up (section 5.2).
                let (key, first) = schedule(&shared, &field("info"), Cipher::ChaCha20Poly1305).unwrap();
                let mut nonce = *first.as_ref();
                nonce[11] ^= u8::try_from(number).unwrap();
                assert_eq!(nonce.as_slice(), bytes(&message["nonce"]));
                let mut text = bytes(&message["ct"]);
                let nonce = Nonce::assume_unique_for_key(nonce);
                assert_eq!(
                    key.open_in_place(nonce, Aad::from(bytes(&message["aad"])), &mut text).unwrap(),
                    bytes(&message["pt"])
                );
                messages += 1;
            }
        }
        assert_eq!((vectors.len(), messages), (2, 10));
    }

    #[test]
    fn what_is_sealed_opens_with_that_key_and_label_alone() {
        let seed = SecretKey::random().unwrap();
        let public = xwing::public_key(&seed).unwrap();
        for cipher in [Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305] {
            let (sent, text) = seal(&public, b"label", cipher, b"secret").unwrap();
            assert_eq!(open(&seed, b"label", cipher, &sent, &text).unwrap().unwrap().as_slice(), b"secret");
            assert!(open(&seed, b"other", cipher, &sent, &text).unwrap().is_none());
            assert!(open(&SecretKey::random().unwrap(), b"label", cipher, &sent, &text).unwrap().is_none());
            for position in (0..sent.len()).step_by(37) {
                let mut changed = sent.clone();
                changed[position] ^= 1;
                assert!(open(&seed, b"label", cipher, &changed, &text).unwrap().is_none(), "byte {position}");
            }
        }
        assert!(seal(&public[1..], b"", Cipher::Aes256Gcm, b"").is_err());
    }
}
