//! Project Wycheproof on every primitive that is used here.

use aws_lc_rs::aead;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::agreement;
use aws_lc_rs::cipher;
use aws_lc_rs::hkdf;
use aws_lc_rs::hmac;
use aws_lc_rs::pbkdf2;
use aws_lc_rs::rsa;
use aws_lc_rs::signature;
use ml_kem::Decapsulate;
use ml_kem::FromSeed;
use ml_kem::KeyExport;
use ml_kem::MlKem768;
use wycheproof::TestResult;

/// What the vector says, and what happened: an acceptable one may end either way.
fn judge(result: TestResult, right: bool, what: &str, case: usize) {
    match result {
        TestResult::Valid => assert!(right, "{what} {case}: refused"),
        TestResult::Invalid => assert!(!right, "{what} {case}: accepted"),
        TestResult::Acceptable => {}
    }
}

fn aead_set(name: wycheproof::aead::TestName, algorithm: impl Fn(usize) -> Option<&'static aead::Algorithm>) -> usize {
    let set = wycheproof::aead::TestSet::load(name).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        let Some(algorithm) = algorithm(group.key_size) else { continue };
        for test in &group.tests {
            let Ok(nonce) = <[u8; 12]>::try_from(test.nonce.as_ref()) else { continue };
            let key = LessSafeKey::new(UnboundKey::new(algorithm, &test.key).unwrap());
            let mut text = test.ct.to_vec();
            let opened = key.open_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&*test.aad),
                &test.tag,
                &mut text,
            );
            judge(test.result, opened.is_ok() && text == *test.pt, "aead", test.tc_id);
            if test.result == TestResult::Valid {
                let mut text = test.pt.to_vec();
                let tag = key
                    .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&*test.aad), &mut text)
                    .unwrap();
                assert_eq!((text.as_slice(), tag.as_ref()), (test.ct.as_ref(), test.tag.as_ref()));
            }
            judged += 1;
        }
    }
    judged
}

#[test]
fn aes_gcm() {
    let judged = aead_set(wycheproof::aead::TestName::AesGcm, |bits| match bits {
        128 => Some(&aead::AES_128_GCM),
        192 => Some(&aead::AES_192_GCM),
        256 => Some(&aead::AES_256_GCM),
        _ => None,
    });
    assert!(judged > 150, "{judged}");
}

#[test]
fn chacha20_poly1305() {
    assert!(aead_set(wycheproof::aead::TestName::ChaCha20Poly1305, |_| Some(&aead::CHACHA20_POLY1305)) > 250);
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn hkdf_with_each_hash() {
    use wycheproof::hkdf::TestName;
    let sets = [
        (TestName::HkdfSha256, hkdf::HKDF_SHA256),
        (TestName::HkdfSha384, hkdf::HKDF_SHA384),
        (TestName::HkdfSha512, hkdf::HKDF_SHA512),
    ];
    for (name, algorithm) in sets {
        for test in wycheproof::hkdf::TestSet::load(name).unwrap().test_groups.iter().flat_map(|group| &group.tests) {
            let prk = hkdf::Salt::new(algorithm, &test.salt).extract(&test.ikm);
            let mut okm = vec![0; test.size];
            let info = [test.info.as_ref()];
            let filled = prk.expand(&info, Length(test.size)).and_then(|derived| derived.fill(&mut okm));
            judge(test.result, filled.is_ok() && okm == *test.okm, "hkdf", test.tc_id);
        }
    }
}

#[test]
fn hmac_with_each_hash() {
    use wycheproof::mac::TestName;
    for (name, algorithm) in [(TestName::HmacSha256, hmac::HMAC_SHA256), (TestName::HmacSha512, hmac::HMAC_SHA512)] {
        for group in &wycheproof::mac::TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                let tag = hmac::sign(&hmac::Key::new(algorithm, &test.key), &test.msg);
                judge(test.result, tag.as_ref()[..group.tag_size / 8] == *test.tag, "hmac", test.tc_id);
            }
        }
    }
}

#[test]
fn x25519() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let private = agreement::PrivateKey::from_private_key(&agreement::X25519, &test.private_key).unwrap();
        let public = agreement::UnparsedPublicKey::new(&agreement::X25519, &*test.public_key);
        let shared = agreement::agree(&private, public, (), |secret| Ok(secret.to_vec()));
        judge(test.result, shared.is_ok_and(|secret| secret == *test.shared_secret), "x25519", test.tc_id);
    }
}

#[test]
fn rsa_oaep_sha256() {
    let set = wycheproof::rsa_oaep::TestSet::load(wycheproof::rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256).unwrap();
    for group in &set.test_groups {
        let key = rsa::PrivateDecryptingKey::from_pkcs8(&group.pkcs8).unwrap();
        let key = rsa::OaepPrivateDecryptingKey::new(key).unwrap();
        for test in &group.tests {
            let mut room = vec![0; key.min_output_size()];
            let label = (!test.label.is_empty()).then_some(&*test.label).map(AsRef::as_ref);
            let opened = key.decrypt(&rsa::OAEP_SHA256_MGF1SHA256, &test.ct, &mut room, label);
            judge(test.result, opened.is_ok_and(|text| *text == *test.pt.as_ref()), "oaep", test.tc_id);
        }
    }
}

#[test]
fn ml_kem_768_from_a_seed() {
    let set = wycheproof::mlkem::TestSet::load(wycheproof::mlkem::TestName::MlKem768).unwrap();
    let mut judged = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let (Some(seed), Some(ciphertext)) = (&test.seed, &test.ct) else { continue };
        let right = ml_kem::Seed::try_from(seed.as_ref()).ok().is_some_and(|seed| {
            let (private, public) = MlKem768::from_seed(&seed);
            let same_public = test.encaps_key.as_ref().is_none_or(|key| public.to_bytes().as_slice() == key.as_ref());
            let secret = private.decapsulate_slice(ciphertext);
            same_public
                && secret.is_ok_and(|secret| {
                    test.shared_secret.as_ref().is_some_and(|stated| **stated == *secret.as_slice())
                })
        });
        judge(test.result, right, "ml-kem", test.tc_id);
        judged += 1;
    }
    assert!(judged > 50, "{judged}");
}

#[test]
fn ml_kem_768_public_keys() {
    let set = wycheproof::mlkem::TestSet::load(wycheproof::mlkem::TestName::MlKem768Encaps).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Some(public) = &test.encaps_key else { continue };
        let taken = aws_lc_rs::kem::EncapsulationKey::new(&aws_lc_rs::kem::ML_KEM_768, public)
            .is_ok_and(|key| key.encapsulate().is_ok());
        judge(test.result, taken, "ml-kem public key", test.tc_id);
    }
}

#[test]
fn pbkdf2_sha256() {
    let set = wycheproof::pbkdf2::TestSet::load(wycheproof::pbkdf2::TestName::Pbkdf2HmacSha256).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Some(count) = u32::try_from(test.iteration_count).ok().and_then(std::num::NonZeroU32::new) else {
            continue;
        };
        let mut key = vec![0; test.dk_len];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, count, &test.salt, &test.password, &mut key);
        judge(test.result, key == *test.dk, "pbkdf2", test.tc_id);
    }
}

#[test]
fn aes_256_cbc() {
    let set = wycheproof::cipher::TestSet::load(wycheproof::cipher::TestName::AesCbcPkcs5).unwrap();
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let key = cipher::UnboundCipherKey::new(&cipher::AES_256, &test.key).unwrap();
            let key = cipher::PaddedBlockDecryptingKey::cbc_pkcs7(key).unwrap();
            let iv = aws_lc_rs::iv::FixedLength::from(<[u8; 16]>::try_from(test.nonce.as_ref()).unwrap());
            let mut text = test.ct.to_vec();
            let opened = key.decrypt(&mut text, cipher::DecryptionContext::Iv128(iv));
            judge(test.result, opened.is_ok_and(|text| *text == *test.pt.as_ref()), "cbc", test.tc_id);
        }
    }
}

#[test]
fn ecdsa_signatures() {
    use wycheproof::ecdsa::TestName;
    let sets = [
        (TestName::EcdsaSecp256r1Sha256, &signature::ECDSA_P256_SHA256_ASN1),
        (TestName::EcdsaSecp384r1Sha384, &signature::ECDSA_P384_SHA384_ASN1),
    ];
    for (name, algorithm) in sets {
        for group in &wycheproof::ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = signature::UnparsedPublicKey::new(algorithm, &*group.key.key);
            for test in &group.tests {
                judge(test.result, key.verify(&test.msg, &test.sig).is_ok(), "ecdsa", test.tc_id);
            }
        }
    }
}
