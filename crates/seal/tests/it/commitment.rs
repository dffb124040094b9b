//! The key commitment vectors: one ciphertext must not open to two plaintexts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataward_seal::SealError;
use dataward_seal::SecretBytes;
use dataward_seal::esdk::EncryptedDataKey;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::Identity;
use serde_json::Value;

use crate::support::opened;

/// Whoever is asked first gets the data key of the vector.
struct Known(Vec<u8>);

impl Identity for Known {
    fn unwrap(&self, _: &EncryptedDataKey, _: &[u8]) -> Option<Result<SecretBytes, SealError>> {
        Some(Ok(SecretBytes::new(self.0.clone())))
    }
}

#[test]
fn all_46_are_judged_as_they_say() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/esdk/commitment-test-vectors.json")).unwrap();
    let tests = vectors["tests"].as_array().unwrap();
    let mut refused = 0;
    for test in tests {
        let bytes = |name: &str| STANDARD.decode(test[name].as_str().unwrap()).unwrap();
        let (plain, error) = opened(&bytes("ciphertext"), &Known(bytes("decrypted-dek")), &OpenRules::default());
        if test["status"] == true {
            let frames = test["plaintext-frames"].as_array().unwrap();
            let expected: String = frames.iter().map(|frame| frame.as_str().unwrap()).collect();
            assert_eq!(String::from_utf8(plain).unwrap(), expected, "{}: {error:?}", test["comment"]);
        } else {
            assert!(plain.is_empty());
            assert!(error.unwrap().to_string().starts_with("the key commitment does not authenticate"));
            refused += 1;
        }
    }
    assert_eq!((tests.len(), refused), (46, 5));
}
