//! Bytes changed by someone without the key.

use dataward_evidence::KnownHead;
use dataward_evidence::Log;
use dataward_evidence::disk::Disk;
use dataward_evidence::verify::verify_on;

use crate::world::*;

#[test]
fn every_changed_byte_is_found_and_its_file_named() {
    let (disk, heads) = log_of(&[entries(0..100), entries(100..300)]);
    let key = signer().verifier_key();
    for path in disk.list().unwrap() {
        let length = disk.read(&path).unwrap().len();
        // All bytes of small files; of large ones enough that every entry or hash is met.
        let step = if length < 300 { 1 } else { 19 };
        for position in (0..length).step_by(step).chain([length - 1]) {
            let damaged = disk.copy();
            damaged.change(&path, |bytes| bytes[position] ^= 1);
            let report = verify_on(&damaged, &key, &heads).unwrap();
            assert!(
                report.faults.iter().all(|fault| fault.file == path),
                "{path} byte {position}: {:?}",
                report.faults
            );
            assert!(!report.is_sound(), "{path} byte {position}");
        }
        assert!(Log::open_on(damaged_copy(&disk, &path), signer(), &heads).is_err(), "{path}: would sign on");
    }
}

fn damaged_copy(disk: &crate::sim_disk::SimDisk, path: &str) -> crate::sim_disk::SimDisk {
    let damaged = disk.copy();
    damaged.change(path, |bytes| bytes[20] ^= 1);
    damaged
}

#[test]
fn a_changed_entry_is_named_by_its_index() {
    let (disk, _) = log_of(&[entries(0..600)]);
    disk.change("tile/entries/001", |bundle| {
        let place = bundle.windows(9).position(|window| window == b"entry 300").unwrap();
        bundle[place + 8] = b'9';
    });
    let report = verify_on(&disk, &signer().verifier_key(), &[]).unwrap();
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["`tile/entries/001`, entry 300: the entry is not the one that was logged"]);
}

#[test]
fn missing_cut_and_longer_files_are_found() {
    let (disk, heads) = log_of(&[entries(0..300)]);
    let key = signer().verifier_key();
    for path in disk.list().unwrap() {
        let mut missing = disk.copy();
        missing.remove(&path).unwrap();
        let cut = disk.copy();
        cut.change(&path, |bytes| bytes.truncate(bytes.len() / 2));
        let longer = disk.copy();
        longer.change(&path, |bytes| bytes.push(0));
        for damaged in [missing, cut, longer] {
            let report = verify_on(&damaged, &key, &heads).unwrap();
            assert!(report.faults.iter().any(|fault| fault.file == path), "{path}: {:?}", report.faults);
            assert!(Log::open_on(damaged, signer(), &heads).is_err(), "{path}: would sign on");
        }
    }
}

#[test]
fn an_entry_changed_together_with_its_tiles_is_still_found() {
    let (disk, heads) = log_of(&[entries(0..300)]);
    let mut other = entries(0..300);
    other[7] = entry("back-dated");
    let (rewritten, _) = log_of(&[other]);
    for path in rewritten.list().unwrap().iter().filter(|path| path.starts_with("tile/")) {
        disk.change(path, |bytes| *bytes = rewritten.read(path).unwrap());
    }
    let report = verify_on(&disk, &signer().verifier_key(), &[]).unwrap();
    assert_eq!(report.faults[0].to_string(), "`checkpoint`: its root hash is not that of the 300 entries");
    assert!(Log::open_on(disk, signer(), &heads).is_err());
}

#[test]
fn a_file_that_is_not_ours_is_listed_and_left_alone() {
    let (mut disk, heads) = log_of(&[entries(0..3)]);
    disk.write("notes.txt", b"remember the milk").unwrap();
    let report = verify_on(&disk, &signer().verifier_key(), &heads).unwrap();
    assert_eq!((report.faults, report.leftovers), (vec![], vec!["notes.txt".to_owned()]));
    Log::open_on(disk.clone(), signer(), &heads).unwrap();
    assert!(disk.read("notes.txt").is_ok());
}

#[test]
fn an_older_head_of_a_larger_or_other_log_speaks_in_a_sentence() {
    let (disk, heads) = log_of(&[entries(0..3)]);
    let larger = KnownHead { size: 9, ..heads[0] };
    let other = KnownHead { size: 2, ..heads[0] };
    let say = |known| Log::open_on(disk.copy(), signer(), &[known]).unwrap_err().to_string();
    assert!(say(larger).contains("was rewound: it has 3 entries, 9 were signed before"), "{}", say(larger));
    assert!(say(other).contains("is a fork: its first 2 entries are not what was signed before"));
}
