//! Keys and folders for tests.

use std::path::Path;

use dataward_protect::KeyRing;
use dataward_protect::Sealing;
use dataward_seal::SecretKey;
use dataward_seal::esdk::Context;
use dataward_seal::recipient::HpkeRecipient;
use dataward_seal::recipient::LOCAL;
use dataward_seal::recipient::RawAes;
use dataward_seal::recipient::Recipient;

/// A key ring with one class key, and people besides.
pub(crate) fn keys(number: u8, people: &[HpkeRecipient]) -> KeyRing {
    let key = RawAes::new(LOCAL, "files/1", SecretKey::of(&[number; 32]));
    let mut recipients: Vec<Box<dyn Recipient>> = vec![Box::new(key.clone())];
    recipients.extend(people.iter().map(|person| Box::new(person.clone()) as Box<dyn Recipient>));
    KeyRing {
        sealing: Sealing { recipients, context: Context::of([("class", "files")]) },
        identities: vec![Box::new(key)],
        ..KeyRing::default()
    }
}

/// Bytes that differ everywhere.
pub(crate) fn text(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 + index / 251) as u8).collect()
}

/// Names of the files in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
