//! What is sealed opens, in order and frame by frame, at every length that matters.

use std::io::Cursor;

use dataward_seal::esdk;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::Layout;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::HpkeIdentity;
use dataward_seal::recipient::OaepHash;
use dataward_seal::recipient::RECOVERY;
use dataward_seal::recipient::RsaIdentity;
use dataward_seal::recipient::RsaRecipient;
use dataward_seal::recipient::rsa_oaep::generate_rsa;
use proptest::prelude::*;

use crate::support::key;
use crate::support::opened;
use crate::support::sealed;
use crate::support::text;

const FRAME: usize = 65_536;

#[test]
fn every_length_around_a_frame_comes_back_and_has_the_length_foretold() {
    for length in [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME + 17] {
        let text = text(length);
        let message = sealed(&text, &key(1));
        let (plain, error) = opened(&message, &key(1), &OpenRules::default());
        assert!(error.is_none() && plain == text, "{length}: {error:?}");

        let mut input = Cursor::new(&message);
        let open = esdk::open(&mut input, &[&key(1)], &OpenRules::default()).unwrap();
        let layout = Layout::of_file(open.header.length(), 65_536, message.len() as u64).unwrap();
        assert_eq!((layout.plaintext, layout.sealed()), (length as u64, message.len() as u64));
        let mut plain = Vec::new();
        for index in 0..layout.frames() {
            let start = layout.offset(index) as usize;
            let mut frame = message[start..start + layout.sealed_bytes_in(index)].to_vec();
            plain.extend_from_slice(layout.open_frame(&open.key, index, &mut frame).unwrap());
        }
        assert_eq!(plain, text);
    }
}

#[test]
fn frames_sealed_apart_make_the_same_message_as_a_stream() {
    let text = text(2 * FRAME + 5);
    let message = esdk::begin(&[&key(1)], Context::default()).unwrap();
    let layout = Layout::new(message.header.length(), 65_536, text.len() as u64).unwrap();
    let mut bytes = message.header.to_bytes();
    bytes.resize(layout.sealed() as usize, 0);
    for index in (0..layout.frames()).rev() {
        let start = layout.offset(index) as usize;
        let frame = &mut bytes[start..start + layout.sealed_bytes_in(index)];
        let (at, length) = (layout.text_at(index), layout.bytes_in(index));
        frame[at..at + length].copy_from_slice(&text[index as usize * FRAME..][..length]);
        layout.seal_frame(&message.key, index, frame).unwrap();
    }
    let (plain, error) = opened(&bytes, &key(1), &OpenRules::default());
    assert!(error.is_none() && plain == text, "{error:?}");
}

#[test]
fn each_recipient_opens_with_a_key_of_their_own() {
    let (private, public) = generate_rsa().unwrap();
    let person = HpkeIdentity::generate().unwrap();
    let recovery = RsaRecipient::new(RECOVERY, "r1", &public).unwrap();
    let local = key(1);
    let context = Context::of([("class", "files")]);
    let message = esdk::begin(&[&local, &recovery, &person.recipient().unwrap()], context).unwrap();
    let mut stream = esdk::SealStream::new(Vec::new(), message).unwrap();
    stream.push(b"for three").unwrap();
    let bytes = stream.finish().unwrap();
    let offline = RsaIdentity::new(RECOVERY, "r1", &private, OaepHash::Sha256).unwrap();
    let written = HpkeIdentity::parse(std::str::from_utf8(&person.danger_text()).unwrap()).unwrap();
    let identities: [&dyn dataward_seal::recipient::Identity; 3] = [&local, &offline, &written];
    for identity in identities {
        assert_eq!(opened(&bytes, identity, &OpenRules::default()).0, b"for three");
    }
}

#[test]
fn what_lies_beside_a_message_opens_with_it_alone() {
    let bytes = sealed(b"a", &key(1));
    let open = |bytes: &[u8]| esdk::open(&mut Cursor::new(bytes), &[&key(1)], &OpenRules::default()).unwrap();
    let attachment = open(&bytes).seal_attachment(b"user.comment").unwrap();
    assert_eq!(open(&bytes).open_attachment(&attachment).unwrap(), b"user.comment");
    assert!(open(&sealed(b"a", &key(1))).open_attachment(&attachment).is_err());
    assert!(open(&bytes).open_attachment(&attachment[..11]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn prop_open_of_seal_is_the_text(bytes in prop::collection::vec(any::<u8>(), 0..200_000)) {
        let (plain, error) = opened(&sealed(&bytes, &key(1)), &key(1), &OpenRules::default());
        prop_assert!(error.is_none());
        prop_assert_eq!(plain, bytes);
    }

    /// Whatever stands in a file, opening it ends with an error or a plaintext: never a panic.
    #[test]
    fn prop_no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), known in any::<bool>()) {
        let bytes = if known { [&[2, 4, 0x78][..], &bytes].concat() } else { bytes };
        prop_assert!(opened(&bytes, &key(1), &OpenRules::default()).1.is_some());
    }
}
