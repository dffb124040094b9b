//! What is kept of the keys: all of it wrapped, so the file alone opens nothing.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::SealError;
use crate::keys::Unlocked;
use crate::provider::Provider;
use crate::provider::ProviderSettings;
use crate::recipient::RsaIdentity;
use crate::recovery::NewRecovery;
use crate::secret::SecretKey;

/// The class whose key authenticates the key store itself.
pub const INTEGRITY: &str = "key-store";
/// Data keys that one version of a class key may wrap: random nonces of 96 bits, a factor of two
/// below the 2^32 of SP 800-38D section 8.3.
pub const NONCE_BUDGET: u64 = 1 << 31;

const SCHEMA: &str = "dataward/keys@1";

/// The keys, wrapped, and what is known of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStore {
    schema: String,
    /// The root and who holds it.
    pub root: RootRecord,
    /// The versions of each class key, oldest first.
    pub classes: BTreeMap<String, Vec<ClassVersion>>,
    /// The recovery key.
    pub recovery: RecoveryRecord,
    /// People that files are sealed for besides.
    pub recipients: Vec<PersonRecord>,
    /// HMAC over all of the above: who can write the file cannot add a recipient.
    integrity: String,
}

/// The root key, which never lies here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRecord {
    /// Who holds it.
    pub provider: ProviderSettings,
    /// Counts up with each turn.
    pub version: u32,
    /// Since when.
    pub created: Timestamp,
}

/// One version of a class key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassVersion {
    /// Counts up from 1.
    pub version: u32,
    /// Since when.
    pub created: Timestamp,
    /// What it is for now.
    pub state: KeyState,
    /// Data keys it has wrapped, as far as commands came to their end.
    pub uses: u64,
    /// Wrapped by the root, base64; empty once shredded.
    wrapped: String,
    /// Wrapped for the recovery key, base64; empty once shredded.
    recovery: String,
}

/// What a key is for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "since")]
pub enum KeyState {
    /// Seals and opens.
    Active,
    /// Opens only.
    Retired(Timestamp),
    /// Gone; what it sealed stays closed.
    Shredded(Timestamp),
}

/// The recovery key: its private half is split over printed sheets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryRecord {
    /// A short name for it, in headers of files too.
    pub id: String,
    /// Since when.
    pub created: Timestamp,
    /// SubjectPublicKeyInfo, PEM.
    pub public: String,
    /// PKCS#8, PEM, encrypted under what the sheets give together.
    pub private: String,
    /// Sheets needed.
    pub threshold: u8,
    /// Sheets printed.
    pub shares: u8,
    /// When the sheets were last tried.
    pub last_drill: Option<Timestamp>,
}

/// A person with an X-Wing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// What they are called here: a role rather than a name.
    pub name: String,
    /// `dwpq1…`
    pub public: String,
    /// Since when.
    pub added: Timestamp,
}

impl KeyStore {
    /// New keys for `classes` under `root`.
    ///
    /// # Errors
    /// When the provider cannot be used.
    pub async fn create(
        settings: ProviderSettings,
        root: &dyn Provider,
        recovery: &NewRecovery,
        classes: &[&str],
        now: Timestamp,
    ) -> Result<Self, SealError> {
        let mut store = Self {
            schema: SCHEMA.to_owned(),
            root: RootRecord { provider: settings, version: 1, created: now },
            classes: BTreeMap::new(),
            recovery: recovery.record(now),
            recipients: Vec::new(),
            integrity: String::new(),
        };
        let key = store.add_version(root, INTEGRITY, now).await?;
        for class in classes {
            store.add_version(root, class, now).await?;
        }
        store.authenticate(&key)?;
        Ok(store)
    }

    /// Reads the text of a key store.
    ///
    /// # Errors
    /// When it is none. Whether it is what was written shows when it is unlocked.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let wrong = |what: &str| SealError::KeyStore(format!("the key store {what}; restore it from a copy"));
        let store: Self = serde_json::from_str(text).map_err(|_| wrong("is not what was written"))?;
        if store.schema != SCHEMA {
            return Err(wrong("is of another version of dataward"));
        }
        Ok(store)
    }

    /// The text to keep.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names, numbers and text are JSON");
        text.push('\n');
        text
    }

    /// Makes a new version of the key of `class`; earlier ones only open from now on.
    pub(crate) async fn add_version(
        &mut self,
        root: &dyn Provider,
        class: &str,
        now: Timestamp,
    ) -> Result<SecretKey, SealError> {
        let key = SecretKey::random()?;
        let versions = self.classes.entry(class.to_owned()).or_default();
        let version = versions.last().map_or(1, |last| last.version + 1);
        let wrapped = root.wrap(&key, &label(class, version)).await?;
        let recovery = self.recovery.recipient()?.encrypt(key.bytes())?;
        for earlier in versions.iter_mut().filter(|earlier| earlier.state == KeyState::Active) {
            earlier.state = KeyState::Retired(now);
        }
        versions.push(ClassVersion {
            version,
            created: now,
            state: KeyState::Active,
            uses: 0,
            wrapped: STANDARD.encode(wrapped),
            recovery: STANDARD.encode(recovery),
        });
        Ok(key)
    }

    /// Unwraps all keys with the root, and checks that the store is what was written.
    ///
    /// # Errors
    /// When the root is another one, or the store was changed.
    pub async fn unlock(&self, root: &dyn Provider) -> Result<Unlocked, SealError> {
        let mut keys = Vec::new();
        for (class, record) in self.living() {
            let wrapped = decode(&record.wrapped)?;
            keys.push((class.to_owned(), record.version, root.unwrap(&wrapped, &label(class, record.version)).await?));
        }
        self.unlocked(keys)
    }

    /// Unwraps all keys with the recovery key.
    ///
    /// # Errors
    /// When the recovery key is another one, or the store was changed.
    pub fn unlock_for_recovery(&self, recovery: &RsaIdentity) -> Result<Unlocked, SealError> {
        let mut keys = Vec::new();
        for (class, record) in self.living() {
            let opened = recovery.decrypt(&decode(&record.recovery)?);
            let opened = opened.ok_or_else(|| {
                SealError::WrongSecret(format!("the recovery key does not open `{class}` version {}", record.version))
            })?;
            keys.push((class.to_owned(), record.version, SecretKey::from_slice(&opened)?));
        }
        self.unlocked(keys)
    }

    fn unlocked(&self, keys: Vec<(String, u32, SecretKey)>) -> Result<Unlocked, SealError> {
        let integrity = keys.iter().find(|(class, ..)| class == INTEGRITY).map(|(.., key)| key);
        let integrity = integrity.ok_or_else(changed)?;
        let stated = hex::decode(&self.integrity).map_err(|_| changed())?;
        self.mac_key(integrity)
            .and_then(|key| aws_lc_rs::hmac::verify(&key, &self.authenticated(), &stated).map_err(|_| changed()))?;
        Unlocked::new(self, keys)
    }

    /// Wraps all keys anew under another root: no data is touched.
    ///
    /// # Errors
    /// When the provider cannot be used.
    pub async fn change_root(
        &mut self,
        keys: &Unlocked,
        settings: ProviderSettings,
        root: &dyn Provider,
        now: Timestamp,
    ) -> Result<(), SealError> {
        let mut wrapped = Vec::new();
        for (class, record) in self.living() {
            let key = keys.key(class, record.version).ok_or_else(changed)?;
            wrapped.push((class.to_owned(), record.version, root.wrap(key, &label(class, record.version)).await?));
        }
        for (class, version, bytes) in wrapped {
            if let Some(record) = self.version_mut(&class, version) {
                record.wrapped = STANDARD.encode(bytes);
            }
        }
        self.root = RootRecord { provider: settings, version: self.root.version + 1, created: now };
        self.authenticate(keys.integrity()?)
    }

    /// Makes a new version of the key of `class`, or its first.
    ///
    /// # Errors
    /// When the provider cannot be used.
    pub async fn rotate_class(
        &mut self,
        keys: &Unlocked,
        root: &dyn Provider,
        class: &str,
        now: Timestamp,
    ) -> Result<u32, SealError> {
        if class == INTEGRITY || !valid_name(class) {
            return Err(SealError::BadKey("a class is named in small letters, digits, `-` and `.`".to_owned()));
        }
        self.add_version(root, class, now).await?;
        self.authenticate(keys.integrity()?)?;
        Ok(self.classes[class].last().map_or(0, |last| last.version))
    }

    /// Replaces the recovery key by a new one.
    ///
    /// # Errors
    /// When the store was changed meanwhile.
    pub fn change_recovery(
        &mut self,
        keys: &Unlocked,
        recovery: &NewRecovery,
        now: Timestamp,
    ) -> Result<(), SealError> {
        self.recovery = recovery.record(now);
        let recipient = self.recovery.recipient()?;
        let living: Vec<(String, u32)> =
            self.living().map(|(class, record)| (class.to_owned(), record.version)).collect();
        for (class, version) in living {
            let wrapped = recipient.encrypt(keys.key(&class, version).ok_or_else(changed)?.bytes())?;
            if let Some(record) = self.version_mut(&class, version) {
                record.recovery = STANDARD.encode(wrapped);
            }
        }
        self.authenticate(keys.integrity()?)
    }

    /// Adds or replaces a person that files are sealed for from now on.
    ///
    /// # Errors
    /// When the key is none or the name cannot be used.
    pub fn add_person(&mut self, keys: &Unlocked, name: &str, public: &str, now: Timestamp) -> Result<(), SealError> {
        let key: crate::recipient::HpkeRecipient = public.parse()?;
        if !valid_name(name) {
            return Err(SealError::BadKey("a recipient is named in small letters, digits, `-` and `.`".to_owned()));
        }
        self.recipients.retain(|person| person.name != name);
        self.recipients.push(PersonRecord { name: name.to_owned(), public: key.to_string(), added: now });
        self.authenticate(keys.integrity()?)
    }

    /// Takes a person out; whether there was one.
    ///
    /// # Errors
    /// When the store was changed meanwhile.
    pub fn remove_person(&mut self, keys: &Unlocked, name: &str) -> Result<bool, SealError> {
        let before = self.recipients.len();
        self.recipients.retain(|person| person.name != name);
        self.authenticate(keys.integrity()?)?;
        Ok(self.recipients.len() < before)
    }

    /// Notes that the sheets were tried.
    ///
    /// # Errors
    /// When the store was changed meanwhile.
    pub fn note_drill(&mut self, keys: &Unlocked, now: Timestamp) -> Result<(), SealError> {
        self.recovery.last_drill = Some(now);
        self.authenticate(keys.integrity()?)
    }

    /// Counts data keys that the active key of `class` wrapped.
    ///
    /// # Errors
    /// When the budget is used up: the class must be rotated first.
    pub fn count_uses(&mut self, keys: &Unlocked, class: &str, uses: u64) -> Result<(), SealError> {
        let versions = self.classes.get_mut(class).into_iter().flatten();
        if let Some(active) = versions.last().filter(|last| last.state == KeyState::Active) {
            active.uses = active.uses.saturating_add(uses);
        }
        self.authenticate(keys.integrity()?)
    }

    /// Forgets the wrapped copies of a class key: what it sealed stays closed.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn shred(&mut self, keys: &Unlocked, class: &str, version: u32, now: Timestamp) -> Result<(), SealError> {
        let unknown = || SealError::BadKey(format!("there is no key `{class}` version {version}"));
        if class == INTEGRITY {
            return Err(unknown());
        }
        let record = self.version_mut(class, version).ok_or_else(unknown)?;
        if matches!(record.state, KeyState::Shredded(_)) {
            return Err(SealError::BadKey(format!("the key `{class}` version {version} is shredded already")));
        }
        record.state = KeyState::Shredded(now);
        record.wrapped.clear();
        record.recovery.clear();
        self.authenticate(keys.integrity()?)
    }

    /// The record of a version.
    pub fn version(&self, class: &str, version: u32) -> Option<&ClassVersion> {
        self.classes.get(class)?.iter().find(|record| record.version == version)
    }

    fn version_mut(&mut self, class: &str, version: u32) -> Option<&mut ClassVersion> {
        self.classes.get_mut(class)?.iter_mut().find(|record| record.version == version)
    }

    fn living(&self) -> impl Iterator<Item = (&str, &ClassVersion)> {
        let all = self.classes.iter().flat_map(|(class, versions)| versions.iter().map(move |v| (class.as_str(), v)));
        all.filter(|(_, record)| !matches!(record.state, KeyState::Shredded(_)))
    }

    /// What the HMAC is over: the store as JSON, without the HMAC.
    fn authenticated(&self) -> Vec<u8> {
        let bare = Self { integrity: String::new(), ..self.clone() };
        serde_json::to_vec(&bare).expect("names, numbers and text are JSON")
    }

    fn mac_key(&self, key: &SecretKey) -> Result<aws_lc_rs::hmac::Key, SealError> {
        let key = crate::kdf::derive(
            aws_lc_rs::hkdf::HKDF_SHA256,
            &[],
            key.bytes(),
            &[b"dataward key store integrity 1"],
            32,
        )?;
        Ok(aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key))
    }

    fn authenticate(&mut self, key: &SecretKey) -> Result<(), SealError> {
        let key = self.mac_key(key)?;
        self.integrity = hex::encode(aws_lc_rs::hmac::sign(&key, &self.authenticated()));
        Ok(())
    }
}

/// What a wrapped key is bound to.
fn label(class: &str, version: u32) -> String {
    format!("dataward class key 1: {class}/{version}")
}

fn changed() -> SealError {
    SealError::KeyStore("the key store was changed by someone without the root key; restore it from a copy".to_owned())
}

fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    STANDARD.decode(text).map_err(|_| changed())
}

fn valid_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !name.is_empty() && name.len() <= 64 && name.chars().all(good)
}
