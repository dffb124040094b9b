//! HKDF of RFC 5869 with any output length, over aws-lc-rs.

use aws_lc_rs::hkdf::Algorithm;
use aws_lc_rs::hkdf::KeyType;
use aws_lc_rs::hkdf::Prk;
use aws_lc_rs::hkdf::Salt;
use zeroize::Zeroizing;

use crate::SealError;
use crate::secret::SecretBytes;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Extract.
pub(crate) fn extract(algorithm: Algorithm, salt: &[u8], secret: &[u8]) -> Prk {
    Salt::new(algorithm, salt).extract(secret)
}

/// HKDF-Expand to `length` bytes.
pub(crate) fn expand(prk: &Prk, info: &[&[u8]], length: usize) -> Result<SecretBytes, SealError> {
    const TOO_LONG: SealError = SealError::Internal("a derived key is too long");
    let mut out = Zeroizing::new(vec![0; length]);
    prk.expand(info, Length(length)).and_then(|okm| okm.fill(&mut out)).map_err(|_| TOO_LONG)?;
    Ok(out)
}

/// HKDF in one step.
pub(crate) fn derive(
    algorithm: Algorithm,
    salt: &[u8],
    secret: &[u8],
    info: &[&[u8]],
    length: usize,
) -> Result<SecretBytes, SealError> {
    expand(&extract(algorithm, salt, secret), info, length)
}
