//! The recovery key: an RSA key pair whose private half is encrypted under a code that is split
//! over printed sheets (Shamir, GF(256)).
//!
//! The sheets carry words (proquints) with a checksum. Enough of them give the code; the code is the
//! password of a standard encrypted PKCS#8 file, so OpenSSL, Python or any stock tool goes on from
//! there without us.

pub mod pkcs8;
mod share;
mod words;

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::digest::digest;
use jiff::Timestamp;

pub use share::Share;

use crate::SealError;
use crate::keys::RecoveryRecord;
use crate::recipient::OaepHash;
use crate::recipient::RECOVERY;
use crate::recipient::RsaIdentity;
use crate::recipient::RsaRecipient;
use crate::recipient::rsa_oaep::generate_rsa;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// A new recovery key and its sheets, which are shown once and kept nowhere.
#[derive(Debug)]
pub struct NewRecovery {
    id: String,
    public: String,
    private: String,
    threshold: u8,
    /// One for each sheet.
    pub shares: Vec<Share>,
}

impl NewRecovery {
    /// A new key, split so that `threshold` of `shares` sheets open it.
    ///
    /// # Errors
    /// When the numbers make no sense: 2 to 10 sheets, at least 2 of them needed.
    pub fn generate(threshold: u8, shares: u8) -> Result<Self, SealError> {
        if threshold < 2 || threshold > shares || shares > 10 {
            return Err(SealError::BadKey(format!(
                "{threshold} of {shares} sheets: between 2 and 10 sheets, and at least 2 of them needed"
            )));
        }
        let (private, public) = generate_rsa()?;
        let id = hex::encode(&digest(&SHA256, &public).as_ref()[..4]);
        let code = SecretKey::random()?;
        Ok(Self {
            public: pkcs8::pem("PUBLIC KEY", &public),
            private: pkcs8::encrypt(&private, &password(&code))?,
            threshold,
            shares: share::split(&code, &id, threshold, shares),
            id,
        })
    }

    pub(crate) fn record(&self, now: Timestamp) -> RecoveryRecord {
        RecoveryRecord {
            id: self.id.clone(),
            created: now,
            public: self.public.clone(),
            private: self.private.clone(),
            threshold: self.threshold,
            shares: u8::try_from(self.shares.len()).unwrap_or(u8::MAX),
            last_drill: None,
        }
    }
}

impl RecoveryRecord {
    /// Its public half.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn recipient(&self) -> Result<RsaRecipient, SealError> {
        RsaRecipient::new(RECOVERY, &self.id, &pkcs8::from_pem("PUBLIC KEY", &self.public)?)
    }

    /// The password of its encrypted private half, for tools that are not ours.
    ///
    /// # Errors
    /// When there are too few sheets, or one is wrong.
    pub fn danger_password(&self, shares: &[Share]) -> Result<SecretBytes, SealError> {
        Ok(password(&share::combine(shares, self.threshold)?))
    }

    /// Its private half, from enough sheets.
    ///
    /// # Errors
    /// When there are too few, they are of another key, or one is wrong.
    pub fn open(&self, shares: &[Share]) -> Result<RsaIdentity, SealError> {
        if let Some(other) = shares.iter().find(|share| share.key() != self.id) {
            return Err(SealError::WrongSecret(format!(
                "a sheet belongs to the recovery key {}, this one is {}",
                other.key(),
                self.id
            )));
        }
        let private = pkcs8::decrypt(&self.private, &self.danger_password(shares)?)?;
        RsaIdentity::new(RECOVERY, &self.id, &private, OaepHash::Sha256)
    }
}

/// What OpenSSL asks for as the password: the code in hex.
fn password(code: &SecretKey) -> SecretBytes {
    SecretBytes::new(hex::encode(code.bytes()).into_bytes())
}
