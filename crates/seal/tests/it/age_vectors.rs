//! The age test suite (C2SP/CCTV): 143 files, judged as each says.

use std::io::BufReader;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::digest::digest;
use dataward_seal::SealError;
use dataward_seal::age;
use dataward_seal::age::AgeIdentity;
use dataward_seal::age::AgeRecipient;

/// What became of a file: the suite's words.
fn outcome(bytes: &[u8], identities: &[AgeIdentity], armored: bool) -> (&'static str, Vec<u8>) {
    let mut released = Vec::new();
    let input = BufReader::new(bytes);
    let opened = if armored { age::open_armored(input, identities) } else { age::open(input, identities) };
    let result = opened.map(|mut payload| payload.copy_to(&mut released));
    let header = |error: SealError| match error {
        SealError::Malformed(text) if text.starts_with("its armor") => "armor failure",
        SealError::Malformed(_) | SealError::TooLarge(_) => "header failure",
        SealError::Damaged { .. } => "HMAC failure",
        SealError::NoKey { .. } | SealError::WrongSecret(_) => "no match",
        other => panic!("{other}"),
    };
    let outcome = match result {
        Ok(Ok(_)) => "success",
        Ok(Err(SealError::Malformed(text))) if text.starts_with("its armor") => "armor failure",
        Ok(Err(_)) => "payload failure",
        Err(error) => header(error),
    };
    (outcome, released)
}

#[test]
fn all_143_files_are_judged_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/age");
    let mut judged = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let description = std::str::from_utf8(&bytes[..end]).unwrap();
        let field = |name: &str| {
            let lines = description.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
        };
        let mut file = bytes[end + 2..].to_vec();
        if field("compressed") == ["zlib"] {
            let mut plain = Vec::new();
            flate2::read::ZlibDecoder::new(file.as_slice()).read_to_end(&mut plain).unwrap();
            file = plain;
        }
        let keys = field("identity").into_iter().map(|text| text.parse().unwrap());
        let phrases = field("passphrase").into_iter().map(|text| AgeIdentity::Passphrase(text.into()));
        let identities: Vec<AgeIdentity> = keys.chain(phrases).collect();
        let (outcome, released) = outcome(&file, &identities, field("armored") == ["yes"]);
        assert_eq!([outcome], field("expect")[..], "{name}");
        if let [payload] = &field("payload")[..] {
            assert_eq!(hex::encode(digest(&SHA256, &released)), *payload, "{name}: what was released");
        }
        judged += 1;
    }
    assert_eq!(judged, 143);
}

#[test]
fn what_is_sealed_for_each_kind_of_recipient_opens() {
    let text: Vec<u8> = (0..200_000_u32).map(|value| value as u8).collect();
    let curve = AgeIdentity::generate().unwrap();
    let hybrid: AgeIdentity =
        "AGE-SECRET-KEY-PQ-1HZLGZUPT4ETPKDEV8HSGFDCYZ4E522W0A7PU2LHT8EH9W6YLNC3SW78XKG".parse().unwrap();
    for identity in [curve, hybrid] {
        let recipient: AgeRecipient = identity.recipient().unwrap().parse().unwrap();
        for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let mut payload = age::seal(Vec::new(), std::slice::from_ref(&recipient)).unwrap();
            payload.push(&text[..length]).unwrap();
            let file = payload.finish().unwrap();
            assert_eq!(outcome(&file, std::slice::from_ref(&identity), false), ("success", text[..length].to_vec()));
        }
    }
    let phrase = || "correct horse".to_owned().into();
    let file = age::seal(Vec::new(), &[AgeRecipient::Passphrase(phrase())]).unwrap().finish().unwrap();
    assert_eq!(outcome(&file, &[AgeIdentity::Passphrase(phrase())], false).0, "success");
    assert_eq!(outcome(&file, &[AgeIdentity::Passphrase("wrong".to_owned().into())], false).0, "no match");
}
