//! Limits that keep memory bounded whatever a file claims.

use dataward_seal::esdk::EncryptedDataKey;
use dataward_seal::recipient::Recipient;

use crate::support::key;
use crate::support::refusal;

/// Version 2, suite 0478, a message id, no labels, then `rest`.
fn header(rest: &[u8]) -> Vec<u8> {
    [&[2, 4, 0x78][..], &[7; 32], &[0, 0], rest].concat()
}

fn data_key(length: usize) -> Vec<u8> {
    let mut bytes = vec![0, 1, b'p', 0, 1, b'i'];
    bytes.extend((length as u16).to_be_bytes());
    bytes.extend(vec![0; length]);
    bytes
}

#[test]
fn the_65th_recipient_is_refused_when_read_and_when_written() {
    let mut bytes = 65_u16.to_be_bytes().to_vec();
    (0..65).for_each(|_| bytes.extend(data_key(48)));
    assert_eq!(refusal(&header(&bytes), &key(1)), "refused: it names 65 recipients, more than 64");
    let key = key(1);
    let many: Vec<&dyn Recipient> = (0..65).map(|_| &key as &dyn Recipient).collect();
    let error = dataward_seal::esdk::begin(&many, Default::default()).unwrap_err();
    assert_eq!(error.to_string(), "refused: 65 recipients, a message takes 1 to 64");
    assert!(dataward_seal::esdk::begin(&many[1..], Default::default()).is_ok());
    assert!(dataward_seal::esdk::begin(&[], Default::default()).is_err());
}

#[test]
fn a_header_of_two_mebibytes_is_refused_before_it_is_read() {
    let mut bytes = 32_u16.to_be_bytes().to_vec();
    (0..32).for_each(|_| bytes.extend(data_key(65_535)));
    let bytes = header(&bytes);
    assert!(bytes.len() > 2 << 20);
    assert_eq!(refusal(&bytes, &key(1)), "refused: a header longer than 1 MiB");
}

#[test]
fn each_field_that_is_not_what_it_must_be_is_named() {
    let one = [&[0, 1][..], &data_key(48)].concat();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("another kind of file", b"PK\x03\x04".to_vec(), "its first byte is not that of an AWS Encryption SDK message"),
        ("an unknown suite", [&[2, 4, 0x79][..], &[0; 64]].concat(), "no algorithm suite 0479 in version 2"),
        (
            "version 1 with a suite of version 2",
            [&[1, 0x80, 4, 0x78][..], &[0; 64]].concat(),
            "no algorithm suite 0478 in version 1",
        ),
        ("no recipient", header(&[0, 0]), "it names no recipient"),
        ("a strange body", header(&[&one[..], &[3]].concat()), "its body is neither framed nor in one piece"),
        ("empty frames", header(&[&one[..], &[2, 0, 0, 0, 0]].concat()), "frames of no length"),
        (
            "huge frames",
            header(&[&one[..], &[2, 0xff, 0xff, 0xff, 0xff]].concat()),
            "refused: frames of 4294967295 bytes, more than 16777216",
        ),
        (
            "one piece with frames",
            header(&[&one[..], &[1, 0, 0, 0, 9]].concat()),
            "a body in one piece with a frame length",
        ),
        (
            "labels announced",
            [&[2, 4, 0x78][..], &[7; 32], &[0, 2, 0, 0]].concat(),
            "its labels are announced but missing",
        ),
        (
            "labels twice",
            [&[2, 4, 0x78][..], &[7; 32], &[0, 14, 0, 2, 0, 1, b'a', 0, 1, b'b', 0, 1, b'a', 0, 1, b'c']].concat(),
            "its labels name the same label twice",
        ),
        ("labels cut", [&[2, 4, 0x78][..], &[7; 32], &[0, 4, 0, 1, 0, 9]].concat(), "its labels are cut off"),
    ];
    for (fault, bytes, expected) in cases {
        let error = refusal(bytes, &key(1));
        assert_eq!(error.strip_prefix("not a sealed message that we take: ").unwrap_or(&error), *expected, "{fault}");
    }
}

#[test]
fn a_stranger_names_recipients_without_control_characters() {
    struct Rude;
    impl Recipient for Rude {
        fn wrap(&self, _: &[u8], _: &[u8]) -> Result<EncryptedDataKey, dataward_seal::SealError> {
            Ok(EncryptedDataKey { provider: b"\x1b[2Jx".to_vec(), info: vec![b'y'; 500], ciphertext: vec![0] })
        }

        fn is_for(&self, _: &EncryptedDataKey) -> bool {
            false
        }
    }
    let message = dataward_seal::esdk::begin(&[&Rude], Default::default()).unwrap();
    let error = refusal(&message.header.to_bytes(), &key(1));
    assert_eq!(error, format!("none of your keys opens this; it was sealed for: (unnamed) {}", "y".repeat(64)));
}
