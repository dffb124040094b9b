use dataward_evidence::Entry;
use dataward_evidence::EvidenceError;
use dataward_evidence::Hash;
use dataward_evidence::KnownHead;
use dataward_evidence::Log;
use dataward_evidence::LogReader;
use dataward_evidence::Proof;
use dataward_evidence::disk::Disk;
use dataward_evidence::layout::expected_files;
use dataward_evidence::verify;
use dataward_evidence::verify::verify_on;
use proptest::prelude::*;
use sha2::Digest;
use sha2::Sha256;
use tempfile::tempdir;

use crate::world::*;

#[test]
fn a_log_in_a_folder_is_read_back_proved_and_found_sound() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("evidence");
    let mut log = Log::open(&path, signer(), &[]).unwrap();
    let receipts = log.append(&entries(0..3)).unwrap();
    assert_eq!(
        receipts.iter().map(|receipt| (receipt.index, receipt.size)).collect::<Vec<_>>(),
        [(0, 3), (1, 3), (2, 3)]
    );
    let early = KnownHead::from(log.head());
    log.append(&entries(3..600)).unwrap();
    drop(log);

    let key = signer().verifier_key();
    let report = verify(&path, &key, &[early]).unwrap();
    assert_eq!((report.faults, report.leftovers, report.older_heads), (vec![], vec![], 1));
    let reader = LogReader::open(&path, &key).unwrap();
    assert_eq!(reader.head().size, 600);
    assert_eq!(reader.show(255..258).unwrap(), (255..258).zip(entries(255..258)).collect::<Vec<_>>());
    assert_eq!(reader.show(598..9_999).unwrap().len(), 2);
    let proof = reader.proof(555).unwrap();
    assert!(Proof::parse(&proof.to_string(), &key).unwrap().proves(b"entry 555"));
    assert!(!proof.proves(b"entry 554"));
    assert!(matches!(reader.proof(600), Err(EvidenceError::NoSuchEntry { index: 600, size: 600 })));
    assert_eq!(Log::open(&path, signer(), &[early]).unwrap().head(), reader.head(), "opening changes nothing");
}

#[test]
fn a_new_log_is_an_empty_signed_log() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("evidence");
    Log::open(&path, signer(), &[]).unwrap();
    let report = verify(&path, &signer().verifier_key(), &[]).unwrap();
    assert!(report.is_sound());
    let note = report.head.unwrap().note;
    assert!(
        note.starts_with("blue-lantern.example/evidence\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"),
        "{note}"
    );
}

#[test]
fn only_one_process_writes_and_only_the_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let path = folder.path().join("evidence");
    let mut log = Log::open(&path, signer(), &[]).unwrap();
    log.append(&entries(0..1)).unwrap();
    assert!(matches!(Log::open(&path, signer(), &[]), Err(EvidenceError::Locked { .. })));
    drop(log);
    Log::open(&path, signer(), &[]).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("checkpoint"))), (0o700, 0o600));
}

#[test]
fn another_key_cannot_go_on_with_a_log() {
    let (disk, _) = log_of(&[entries(0..3)]);
    let other = dataward_evidence::Signer::new("blue-lantern.example/evidence", &[8; 32]).unwrap();
    let error = Log::open_on(disk, other, &[]).unwrap_err();
    assert!(matches!(error, EvidenceError::OtherKey { .. }), "{error}");
}

#[test]
fn the_folder_holds_exactly_the_files_of_the_specification() {
    for size in [1, 255, 256, 257, 512, 700] {
        let (disk, _) = log_of(&[entries(0..size - 1), entries(size - 1..size)]);
        let mut expected = expected_files(size);
        expected.extend(["checkpoint", "log.pub.pem", "log.vkey"].map(str::to_owned));
        expected.sort();
        assert_eq!(disk.list().unwrap(), expected, "size {size}");
    }
}

#[test]
fn proofs_of_others_and_malformed_ones_are_refused() {
    let (disk, _) = log_of(&[entries(0..5)]);
    let key = signer().verifier_key();
    let text = Log::open_on(disk, signer(), &[]).unwrap().proof(2).unwrap().to_string();
    let with_extra = text.replacen("index", "extra AAAA\nindex", 1);
    assert!(Proof::parse(&with_extra, &key).unwrap().proves(b"entry 2"));
    let faults = [
        text.replacen("v1", "v2", 1),
        text.replacen("index 2", "index 02", 1),
        text.replacen("index 2", "index -2", 1),
        text.replacen("index 2", "leaf 2", 1),
        text.replacen("\n\n", "\nnot base64\n\n", 1),
        text.replacen("\n\n", "\n", 2),
        text.replacen("index 2\n", &format!("index 2\n{}", format!("{}\n", Hash([0; 32])).repeat(65)), 1),
        String::new(),
    ];
    for fault in faults {
        assert!(Proof::parse(&fault, &key).is_err(), "{fault}");
    }
    for wrong in [text.replacen("index 2", "index 3", 1), text.replacen("index 2", "index 5", 1)] {
        assert!(!Proof::parse(&wrong, &key).unwrap().proves(b"entry 2"));
    }
}

/// RFC 9162, section 2.1.3.2: another algorithm than the one that made the proof.
fn verify_inclusion(proof: &Proof, entry: &[u8]) -> bool {
    let node = |left: [u8; 32], right: [u8; 32]| -> [u8; 32] {
        Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
    };
    let (mut position, mut last) = (proof.index, proof.head.size - 1);
    let mut hash: [u8; 32] = Sha256::new().chain_update([0]).chain_update(entry).finalize().into();
    for Hash(sibling) in proof.hashes.iter().copied() {
        if last == 0 {
            return false;
        }
        if position % 2 == 1 || position == last {
            hash = node(sibling, hash);
            while position % 2 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == proof.head.root.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_log_is_sound_continues_all_its_heads_and_proves_every_entry(
        sizes in prop::collection::vec(prop_oneof![1..4_u64, 200..300_u64, 500..530_u64], 1..6),
        seed in any::<u64>(),
    ) {
        let mut batches: Vec<Vec<Entry>> = Vec::new();
        for size in &sizes {
            let begun = batches.iter().map(|batch| batch.len() as u64).sum::<u64>();
            batches.push(entries(begun..begun + size));
        }
        let all: Vec<Entry> = batches.concat();
        let (disk, heads) = log_of(&batches);
        let report = verify_on(&disk, &signer().verifier_key(), &heads).unwrap();
        prop_assert_eq!(report.faults, vec![]);
        let log = Log::open_on(disk, signer(), &heads).unwrap();
        for step in 0..20 {
            let index = seed.wrapping_mul(step + 1) % all.len() as u64;
            let proof = log.proof(index).unwrap();
            prop_assert!(verify_inclusion(&proof, all[index as usize].bytes()));
            prop_assert!(proof.proves(all[index as usize].bytes()));
            prop_assert!(!proof.proves(b"another entry"));
        }
        // One by one or all at once: the same log.
        let (at_once, _) = log_of(&[all]);
        prop_assert_eq!(at_once.read("checkpoint").unwrap(), log.head().note.as_bytes());
    }
}
