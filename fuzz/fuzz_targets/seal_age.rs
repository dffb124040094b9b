//! Files of age, armored or not.

#![no_main]

use dataward_seal::age;
use dataward_seal::age::AgeIdentity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
    let identity: AgeIdentity = text.parse().expect("the key of the test vectors");
    if let Ok(mut opened) = age::open(bytes, &[identity]) {
        let _ = opened.copy_to(&mut Vec::new());
    }
});
