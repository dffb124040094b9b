//! Changed, cut, reordered and spliced messages: refused, and nothing false released.

use dataward_seal::SecretKey;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::LOCAL;
use dataward_seal::recipient::RawAes;
use proptest::prelude::*;

use crate::support::key;
use crate::support::opened;
use crate::support::refusal;
use crate::support::sealed;
use crate::support::text;

const FRAME: usize = 65_536;
const SEALED_FRAME: usize = FRAME + 32;

/// Where the body begins.
fn header_length(message: &[u8]) -> usize {
    let open = dataward_seal::esdk::open(&mut std::io::Cursor::new(message), &[&key(1)], &OpenRules::default());
    open.unwrap().header.length() as usize
}

/// A refused message may have released whole true frames first, and nothing else.
fn assert_refused(message: &[u8], original: &[u8], fault: &str) {
    let (released, error) = opened(message, &key(1), &OpenRules::default());
    assert!(error.is_some(), "{fault}: opened");
    assert!(original.starts_with(&released), "{fault}: released what was never sealed");
    assert!(released.len() % FRAME == 0, "{fault}: released part of a frame");
}

#[test]
fn a_bit_flipped_in_any_byte_of_the_header_is_found() {
    let text = text(100);
    let message = sealed(&text, &key(1));
    for position in 0..header_length(&message) {
        for bit in [0, 7] {
            let mut changed = message.clone();
            changed[position] ^= 1 << bit;
            let (released, error) = opened(&changed, &key(1), &OpenRules::default());
            assert!(error.is_some() && released.is_empty(), "byte {position}, bit {bit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn prop_a_bit_flipped_anywhere_in_the_body_is_found(position in 0.0..1.0_f64, bit in 0..8_u8) {
        let text = text(2 * FRAME + 300);
        let message = sealed(&text, &key(1));
        let start = header_length(&message);
        let position = start + ((message.len() - start) as f64 * position) as usize;
        let mut changed = message;
        changed[position] ^= 1 << bit;
        assert_refused(&changed, &text, &format!("byte {position}, bit {bit}"));
    }
}

#[test]
fn a_message_cut_anywhere_is_refused_as_cut() {
    let text = text(FRAME + 50);
    let message = sealed(&text, &key(1));
    let header = header_length(&message);
    let ends = (0..header).chain(header..header + 40).chain((header + 40..message.len()).step_by(997));
    for end in ends.chain([header + SEALED_FRAME, message.len() - 1]) {
        assert_refused(&message[..end], &text, &format!("cut at {end}"));
        assert!(refusal(&message[..end], &key(1)).starts_with("the message is cut off"), "cut at {end}");
    }
}

#[test]
fn frames_that_change_places_are_refused() {
    let text = text(3 * FRAME);
    let message = sealed(&text, &key(1));
    let start = header_length(&message);
    let frame = |index: usize| message[start + index * SEALED_FRAME..start + (index + 1) * SEALED_FRAME].to_vec();
    let swapped = [&message[..start], &frame(1), &frame(0), &message[start + 2 * SEALED_FRAME..]].concat();
    assert_refused(&swapped, &text, "swapped");
    assert_eq!(refusal(&swapped, &key(1)), "not a sealed message that we take: frame 2 where frame 1 belongs");
    let repeated = [&message[..start + SEALED_FRAME], &message[start..]].concat();
    assert_refused(&repeated, &text, "repeated");
    let dropped = [&message[..start], &message[start + SEALED_FRAME..]].concat();
    assert_refused(&dropped, &text, "dropped");
    let renumbered = {
        let mut bytes = swapped.clone();
        bytes[start..start + 16].copy_from_slice(&message[start..start + 16]);
        bytes
    };
    assert_eq!(
        refusal(&renumbered, &key(1)),
        "frame 1 does not authenticate: it was changed after it was sealed, or belongs to another message"
    );
}

#[test]
fn frames_and_headers_of_other_messages_are_refused() {
    let text = text(2 * FRAME);
    let (one, two) = (sealed(&text, &key(1)), sealed(&text, &key(1)));
    let start = header_length(&one);
    let spliced = [&one[..start], &two[start..]].concat();
    assert_refused(&spliced, &text, "another body");
    let spliced = [&one[..start + SEALED_FRAME], &two[start + SEALED_FRAME..]].concat();
    assert_refused(&spliced, &text, "another last frame");
}

#[test]
fn bytes_after_the_last_frame_are_refused() {
    let message = [sealed(b"abc", &key(1)), b"x".to_vec()].concat();
    assert_eq!(refusal(&message, &key(1)), "not a sealed message that we take: bytes follow its last frame");
}

#[test]
fn another_key_is_told_from_a_damaged_one() {
    let message = sealed(b"abc", &key(1));
    let stranger = RawAes::new(LOCAL, "other/1", SecretKey::of(&[1; 32]));
    let error = refusal(&message, &stranger);
    assert!(error.starts_with("none of your keys opens this; it was sealed for: local-kek files/1"), "{error}");
    assert_eq!(
        refusal(&message, &key(2)),
        "the copy of the file key for `files/1` does not open: the header was changed, or the key is another one of the same name"
    );
}
