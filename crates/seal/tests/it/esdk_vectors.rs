//! The decrypt vectors of the AWS Encryption SDK: what opens, what must be refused.

use std::io::Cursor;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataward_seal::SecretKey;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::OlderSuites;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::OaepHash;
use dataward_seal::recipient::RawAes;
use dataward_seal::recipient::RsaIdentity;
use serde_json::Value;

use crate::support::opened;

struct Vectors {
    zip: zip::ZipArchive<Cursor<Vec<u8>>>,
}

impl Vectors {
    fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/esdk").join(name);
        Self { zip: zip::ZipArchive::new(Cursor::new(std::fs::read(path).unwrap())).unwrap() }
    }

    fn file(&mut self, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.zip.by_name(name.trim_start_matches("file://")).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn json(&mut self, name: &str) -> Value {
        serde_json::from_slice(&self.file(name)).unwrap()
    }
}

/// The private key of a vector; none for a KMS key of Amazon's and for public keys.
fn identity(description: &Value, keys: &Value) -> Option<Box<dyn Identity>> {
    let key = &keys["keys"][description["key"].as_str().unwrap()];
    let provider = description["provider-id"].as_str().unwrap_or_default();
    let material = key["material"].as_str()?;
    let name = key["key-id"].as_str().unwrap();
    match (key["algorithm"].as_str()?, key["decrypt"].as_bool()?) {
        ("aes", true) => {
            let key = SecretKey::from_slice(&STANDARD.decode(material).unwrap()).unwrap();
            Some(Box::new(RawAes::new(provider, name, key)))
        }
        ("rsa", true) => {
            let pem: String = material.lines().filter(|line| !line.starts_with('-')).collect();
            let hash = match description["padding-hash"].as_str().unwrap() {
                "sha1" => OaepHash::Sha1,
                "sha256" => OaepHash::Sha256,
                "sha384" => OaepHash::Sha384,
                _ => OaepHash::Sha512,
            };
            Some(Box::new(RsaIdentity::new(provider, name, &STANDARD.decode(pem).unwrap(), hash).unwrap()))
        }
        _ => None,
    }
}

/// Runs a set: how many opened as they must, were refused, and need Amazon.
fn run(name: &str) -> (usize, usize, usize) {
    let mut vectors = Vectors::open(name);
    let manifest = vectors.json("manifest.json");
    let keys = vectors.json("keys.json");
    let (mut right, mut refused, mut elsewhere) = (0, 0, 0);
    for (name, test) in manifest["tests"].as_object().unwrap() {
        let descriptions = test["master-keys"].as_array().unwrap();
        let identities: Vec<_> = descriptions.iter().filter_map(|description| identity(description, &keys)).collect();
        let Some(identity) = identities.first() else {
            elsewhere += 1;
            continue;
        };
        let labels = test["encryption-context"].as_object().unwrap();
        let context = Context::of(labels.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())));
        let rules = OpenRules { older_suites: OlderSuites::Open, context };
        let message = vectors.file(test["ciphertext"].as_str().unwrap());
        let (plain, error) = opened(&message, identity.as_ref(), &rules);
        let expected = vectors.file(test["result"]["output"]["plaintext"].as_str().unwrap());
        match error {
            None => {
                assert_eq!(plain, expected, "{name}");
                right += 1;
            }
            Some(_) => refused += 1,
        }
        if !name.starts_with("04") && !name.starts_with("05") {
            let strict = OpenRules { older_suites: OlderSuites::Refuse, ..rules };
            let (plain, error) = opened(&message, identity.as_ref(), &strict);
            assert!(plain.is_empty());
            assert!(error.unwrap().to_string().contains("does not commit to its key"), "{name}");
        }
    }
    (right, refused, elsewhere)
}

#[test]
fn all_99_with_raw_keys_open() {
    assert_eq!(run("v4-Net-4.0.1.zip"), (99, 0, 33));
}

#[test]
fn all_5_valid_ones_open() {
    assert_eq!(run("valid-Net-4.0.0.zip"), (5, 0, 0));
}

#[test]
fn all_28_invalid_ones_are_refused() {
    assert_eq!(run("invalid-Net-4.0.0.zip"), (0, 28, 0));
}
