//! Keys in memory, ready to seal and to open.

use crate::SealError;
use crate::esdk::Context;
use crate::keys::INTEGRITY;
use crate::keys::KeyState;
use crate::keys::KeyStore;
use crate::keys::NONCE_BUDGET;
use crate::recipient::HpkeRecipient;
use crate::recipient::Identity;
use crate::recipient::LOCAL;
use crate::recipient::RawAes;
use crate::recipient::Recipient;
use crate::secret::SecretKey;

/// All class keys that are not shredded, and the people files are sealed for.
pub struct Unlocked {
    keys: Vec<(String, u32, SecretKey)>,
    active: Vec<(String, u32, u64)>,
    recovery: crate::recipient::RsaRecipient,
    people: Vec<HpkeRecipient>,
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Unlocked {
    pub(crate) fn new(store: &KeyStore, keys: Vec<(String, u32, SecretKey)>) -> Result<Self, SealError> {
        let last = |(class, versions): (&String, &Vec<crate::keys::ClassVersion>)| {
            let last = versions.last().filter(|last| last.state == KeyState::Active)?;
            Some((class.clone(), last.version, last.uses))
        };
        Ok(Self {
            keys,
            active: store.classes.iter().filter_map(last).collect(),
            recovery: store.recovery.recipient()?,
            people: store.recipients.iter().map(|person| person.public.parse()).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn key(&self, class: &str, version: u32) -> Option<&SecretKey> {
        self.keys.iter().find(|(other, number, _)| other == class && *number == version).map(|(.., key)| key)
    }

    pub(crate) fn integrity(&self) -> Result<&SecretKey, SealError> {
        let key = self.keys.iter().find(|(class, ..)| class == INTEGRITY).map(|(.., key)| key);
        key.ok_or(SealError::Internal("the key of the key store is missing"))
    }

    /// The version of `class` that seals now.
    ///
    /// # Errors
    /// When there is none, or it has wrapped as many data keys as is safe.
    pub fn active_version(&self, class: &str) -> Result<u32, SealError> {
        let (_, version, uses) = self.active.iter().find(|(other, ..)| other == class).ok_or_else(|| {
            SealError::BadKey(format!(
                "there is no key for the class `{class}`: `dataward keys rotate --class {class}` makes one"
            ))
        })?;
        if *uses >= NONCE_BUDGET {
            return Err(SealError::BadKey(format!(
                "the key `{class}` version {version} has sealed {uses} files: `dataward keys rotate --class {class}` first"
            )));
        }
        Ok(*version)
    }

    /// The classes that have a key to seal with.
    pub fn classes(&self) -> Vec<String> {
        self.active.iter().map(|(class, ..)| class.clone()).filter(|class| class != INTEGRITY).collect()
    }

    /// Who a file of `class` is sealed for, in the order of its header: the class key, the recovery
    /// key, then people.
    ///
    /// # Errors
    /// When there is no key for the class.
    pub fn recipients(&self, class: &str) -> Result<Vec<Box<dyn Recipient>>, SealError> {
        let version = self.active_version(class)?;
        let key = self.key(class, version).ok_or(SealError::Internal("an active key is missing"))?;
        let mut recipients: Vec<Box<dyn Recipient>> = vec![Box::new(raw_aes(class, version, key))];
        recipients.push(Box::new(self.recovery.clone()));
        recipients.extend(self.people.iter().map(|person| Box::new(person.clone()) as Box<dyn Recipient>));
        Ok(recipients)
    }

    /// The labels of a file of `class`.
    ///
    /// # Errors
    /// When there is no key for the class.
    pub fn context(&self, class: &str) -> Result<Context, SealError> {
        let version = self.active_version(class)?.to_string();
        Ok(Context::of([("class", class), ("format", "dataward/1"), ("key-version", &version)]))
    }

    /// The keys that open files.
    pub fn identities(&self) -> Vec<Box<dyn Identity>> {
        let classes = self.keys.iter().filter(|(class, ..)| class != INTEGRITY);
        classes.map(|(class, version, key)| Box::new(raw_aes(class, *version, key)) as Box<dyn Identity>).collect()
    }
}

fn raw_aes(class: &str, version: u32, key: &SecretKey) -> RawAes {
    RawAes::new(LOCAL, &format!("{class}/{version}"), key.clone())
}
