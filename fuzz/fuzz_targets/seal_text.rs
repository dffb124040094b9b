//! What people type and files hold: sheets, recipients, identities, key stores, PEM.

#![no_main]

use dataward_seal::age::AgeIdentity;
use dataward_seal::age::AgeRecipient;
use dataward_seal::keys::KeyStore;
use dataward_seal::provider::LocalRoot;
use dataward_seal::recipient::HpkeIdentity;
use dataward_seal::recipient::HpkeRecipient;
use dataward_seal::recovery::Share;
use dataward_seal::recovery::pkcs8;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(share) = Share::parse(text) {
        let again = Share::parse(&share.danger_words()).expect("what was read is read again");
        assert_eq!(again.danger_words(), share.danger_words());
    }
    let _ = text.parse::<AgeIdentity>();
    let _ = text.parse::<AgeRecipient>();
    if let Ok(recipient) = text.parse::<HpkeRecipient>() {
        assert!(recipient.to_string().parse::<HpkeRecipient>().is_ok());
    }
    let _ = HpkeIdentity::parse(text);
    let _ = LocalRoot::parse(text);
    if let Ok(store) = KeyStore::parse(text) {
        assert!(KeyStore::parse(&store.to_text()).is_ok());
    }
    let _ = pkcs8::from_pem("PUBLIC KEY", text);
    // A file that asks for a billion rounds must be refused before they are run.
    let _ = pkcs8::decrypt(text, b"password");
});
