//! A security module by PKCS#11: an AES-256 key that never leaves it wraps with AES-GCM.
//!
//! RSA-OAEP is not used: SoftHSM2 and some cards know it with SHA-1 only.

use std::path::Path;

use async_trait::async_trait;
use cryptoki::context::CInitializeArgs;
use cryptoki::context::CInitializeFlags;
use cryptoki::context::Pkcs11 as Module;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::Attribute;
use cryptoki::object::KeyType;
use cryptoki::object::ObjectClass;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::SealError;
use crate::esdk::header::IV_BYTES;
use crate::provider::Provider;
use crate::provider::another_root;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;
use crate::secret::random;

/// An AES key in a security module.
pub struct Pkcs11 {
    module: Module,
    token: String,
    key: String,
    pin: SecretBytes,
}

fn failed(message: impl Into<String>) -> SealError {
    SealError::Provider { provider: "pkcs11", message: message.into() }
}

impl Pkcs11 {
    /// The key `key` on the token `token` of the library `module`, which is loaded into our process.
    ///
    /// # Errors
    /// When the library is none.
    pub fn open(module: &Path, token: &str, key: &str, pin: SecretBytes) -> Result<Self, SealError> {
        let library = Module::new(module).map_err(|_| failed(format!("`{}` is no module", module.display())))?;
        library
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .map_err(|_| failed(format!("`{}` does not start", module.display())))?;
        Ok(Self { module: library, token: token.to_owned(), key: key.to_owned(), pin })
    }

    /// Makes the key in the module, unless there is one of its name.
    ///
    /// # Errors
    /// When the token is not there, the PIN is wrong, or it makes no such keys.
    pub fn make_key(&self) -> Result<(), SealError> {
        let session = self.session()?;
        if self.find(&session)?.is_some() {
            return Ok(());
        }
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        let made = session.generate_key(&Mechanism::AesKeyGen, &template);
        made.map(|_| ()).map_err(|_| failed("the token makes no AES key of 256 bits"))
    }

    fn session(&self) -> Result<Session, SealError> {
        let slots = self.module.get_slots_with_token().map_err(|_| failed("lists no tokens"))?;
        let named = |slot: &cryptoki::slot::Slot| {
            self.module.get_token_info(*slot).is_ok_and(|token| token.label().trim_end() == self.token)
        };
        let slot = slots.into_iter().find(named).ok_or_else(|| failed(format!("no token `{}`", self.token)))?;
        let session = self.module.open_rw_session(slot).map_err(|_| failed("opens no session"))?;
        let pin = std::str::from_utf8(&self.pin).map_err(|_| failed("the PIN is not text"))?;
        match session.login(UserType::User, Some(&AuthPin::new(pin.into()))) {
            Ok(()) | Err(cryptoki::error::Error::Pkcs11(cryptoki::error::RvError::UserAlreadyLoggedIn, _)) => {}
            Err(_) => return Err(failed(format!("the token `{}` does not take the PIN", self.token))),
        }
        Ok(session)
    }

    fn find(&self, session: &Session) -> Result<Option<ObjectHandle>, SealError> {
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        let found = session.find_objects(&template).map_err(|_| failed("lists no keys"))?;
        Ok(found.first().copied())
    }

    fn key(&self, session: &Session) -> Result<ObjectHandle, SealError> {
        self.find(session)?.ok_or_else(|| failed(format!("no AES key `{}` on the token `{}`", self.key, self.token)))
    }
}

fn gcm<'a>(iv: &'a mut [u8], label: &'a str) -> Result<Mechanism<'a>, SealError> {
    let parameters = GcmParams::new(iv, label.as_bytes(), 128.into()).map_err(|_| failed("takes no AES-GCM"))?;
    Ok(Mechanism::AesGcm(parameters))
}

#[async_trait]
impl Provider for Pkcs11 {
    async fn wrap(&self, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
        let session = self.session()?;
        let handle = self.key(&session)?;
        let mut iv: [u8; IV_BYTES] = random()?;
        let nonce = iv;
        let text = session.encrypt(&gcm(&mut iv, label)?, handle, key.bytes());
        let text = text.map_err(|_| failed("the key does not encrypt with AES-GCM"))?;
        Ok([&nonce[..], &text].concat())
    }

    async fn unwrap(&self, wrapped: &[u8], label: &str) -> Result<SecretKey, SealError> {
        let session = self.session()?;
        let handle = self.key(&session)?;
        let (nonce, text) = wrapped.split_first_chunk::<IV_BYTES>().ok_or_else(another_root)?;
        let mut iv = *nonce;
        let key = session.decrypt(&gcm(&mut iv, label)?, handle, text).map_err(|_| another_root())?;
        SecretKey::from_slice(&Zeroizing::new(key))
    }
}
