//! A root in the keyring of the account: the Secret Service of the desktop (GNOME Keyring, KWallet,
//! KeePassXC), which opens it with the login.
//!
//! The key goes over the session bus, a socket that only the account can open; encrypting it there once
//! more would need a second set of ciphers and keep nobody out who is in.

use std::collections::HashMap;

use dbus_secret_service::EncryptionType;
use dbus_secret_service::SecretService;

use crate::SealError;
use crate::provider::LocalRoot;
use crate::secret::SecretBytes;

fn failed(message: &str) -> SealError {
    SealError::Provider { provider: "os-keyring", message: message.to_owned() }
}

fn connect() -> Result<SecretService, SealError> {
    SecretService::connect(EncryptionType::Plain).map_err(|_| {
        failed(
            "no keyring answers on the session bus; on a server without a desktop take systemd:NAME or a key file as root",
        )
    })
}

/// What tells our entry from others.
fn attributes(id: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "dataward"), ("purpose", "root key"), ("id", id)])
}

/// Puts a root into the keyring under `id`.
///
/// # Errors
/// When there is no keyring, or it stays locked.
pub fn keep(id: &str, root: &LocalRoot) -> Result<(), SealError> {
    let service = connect()?;
    let collection = service.get_default_collection().map_err(|_| failed("there is no default keyring"))?;
    collection.ensure_unlocked().map_err(|_| failed("the keyring stays locked"))?;
    let text = root.danger_text();
    collection
        .create_item("dataward root key", attributes(id), &text, false, "text/plain")
        .map(|_| ())
        .map_err(|_| failed("the keyring does not take the key"))
}

/// The root that was put there.
///
/// # Errors
/// When it is not there, or the keyring stays locked.
pub fn fetch(id: &str) -> Result<LocalRoot, SealError> {
    let service = connect()?;
    let found = service.search_items(attributes(id)).map_err(|_| failed("the keyring cannot be searched"))?;
    let item = found.unlocked.first().or(found.locked.first());
    let item = item.ok_or_else(|| failed("the keyring of this account does not hold the root key of these keys"))?;
    item.ensure_unlocked().map_err(|_| failed("the keyring stays locked"))?;
    let text = item.get_secret().map(SecretBytes::new).map_err(|_| failed("the keyring does not give the key out"))?;
    LocalRoot::parse(std::str::from_utf8(&text).map_err(|_| failed("the keyring holds something else"))?)
}
