//! A root from a passphrase: Argon2id (RFC 9106, second recommended choice), and a commitment, as
//! passphrases can be guessed and a guess must open one key store only.

use argon2::Algorithm;
use argon2::Argon2;
use argon2::Params;
use argon2::Version;
use aws_lc_rs::hkdf::HKDF_SHA256;
use serde::Deserialize;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::SealError;
use crate::kdf;
use crate::provider::LocalRoot;
use crate::secret::SecretKey;
use crate::secret::random;
use crate::secret::same;

const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// A key store that asks for more than 1 GiB or 64 passes is refused.
const MOST_MEMORY_KIB: u32 = 1 << 20;
/// NIST SP 800-63B-4 asks for 15 characters where a passphrase stands alone.
const FEWEST_CHARACTERS: usize = 15;
/// Of zxcvbn's scale of 0 to 4: safely unguessable with a slow hash, as Argon2id is (10^8 guesses and more).
const WEAKEST: zxcvbn::Score = zxcvbn::Score::Three;

/// How a passphrase becomes the root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassphraseSettings {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    commitment: String,
}

/// Settings for a new passphrase, and the root it gives.
///
/// # Errors
/// When the passphrase is too easily guessed.
pub fn choose(passphrase: &str) -> Result<(PassphraseSettings, LocalRoot), SealError> {
    let strength = zxcvbn::zxcvbn(passphrase, &["dataward"]).score();
    if passphrase.chars().count() < FEWEST_CHARACTERS || strength < WEAKEST {
        return Err(SealError::WrongSecret(format!(
            "the passphrase is too easily guessed: take at least {FEWEST_CHARACTERS} characters, five words or more that \
             have nothing to do with each other (strength {} of 4, {} is needed)",
            u8::from(strength),
            u8::from(WEAKEST)
        )));
    }
    let salt: [u8; 16] = random()?;
    let mut settings = PassphraseSettings {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: hex::encode(salt),
        commitment: String::new(),
    };
    let (root, commitment) = settings.derive(passphrase)?;
    settings.commitment = hex::encode(&*commitment);
    Ok((settings, root))
}

impl PassphraseSettings {
    /// The root of a passphrase.
    ///
    /// # Errors
    /// When it is another passphrase.
    pub fn root(&self, passphrase: &str) -> Result<LocalRoot, SealError> {
        let (root, commitment) = self.derive(passphrase)?;
        let stated = hex::decode(&self.commitment).unwrap_or_default();
        if !same(&commitment, &stated) {
            return Err(SealError::WrongSecret("the passphrase is not the right one".to_owned()));
        }
        Ok(root)
    }

    fn derive(&self, passphrase: &str) -> Result<(LocalRoot, Zeroizing<Vec<u8>>), SealError> {
        let wrong = || SealError::KeyStore("the settings of the passphrase are not what was written".to_owned());
        if self.memory_kib > MOST_MEMORY_KIB || self.passes > 64 || self.lanes > 64 {
            return Err(wrong());
        }
        let parameters = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| wrong())?;
        let salt = hex::decode(&self.salt).map_err(|_| wrong())?;
        let mut stretched = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(passphrase.as_bytes(), &salt, stretched.as_mut_slice())
            .map_err(|_| wrong())?;
        let part = |label: &[u8]| kdf::derive(HKDF_SHA256, &salt, &*stretched, &[b"dataward passphrase 1 ", label], 32);
        let root = LocalRoot::new(SecretKey::from_slice(&part(b"root")?)?);
        Ok((root, part(b"commitment")?))
    }
}
