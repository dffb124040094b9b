//! Power cuts, `kill -9` and a full disk at every call, simulated.

use std::collections::HashMap;

use dataward_evidence::Entry;
use dataward_evidence::EvidenceError;
use dataward_evidence::KnownHead;
use dataward_evidence::Log;
use dataward_evidence::disk::Disk;
use dataward_evidence::verify::verify_on;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::sim_disk::Failure;
use crate::sim_disk::SimDisk;
use crate::world::*;

#[derive(Clone, Copy, PartialEq)]
enum Crash {
    Kill,
    PowerCut,
}

/// What must never be broken: all that was acknowledged, and one root for each size.
#[derive(Default)]
struct Promises {
    acknowledged: Vec<Entry>,
    heads: Vec<KnownHead>,
    root_of_size: HashMap<String, String>,
}

impl Promises {
    fn watch(&mut self, disk: &SimDisk, path: &str) {
        for note in disk.ever_seen(path) {
            let note = String::from_utf8(note).unwrap();
            let lines: Vec<&str> = note.lines().collect();
            let (size, root) = (lines[1].to_owned(), lines[2].to_owned());
            let first = self.root_of_size.entry(size.clone()).or_insert_with(|| root.clone());
            assert_eq!(*first, root, "two heads of size {size} were signed");
        }
    }

    fn check(&self, log: &Log<SimDisk>, disk: &SimDisk) {
        let kept = log.show(0..self.acknowledged.len() as u64).unwrap();
        let kept: Vec<Entry> = kept.into_iter().map(|(_, entry)| entry).collect();
        assert!(kept == self.acknowledged, "an acknowledged entry is lost or changed");
        let report = verify_on(disk, &signer().verifier_key(), &self.heads).unwrap();
        assert_eq!((report.faults, report.leftovers), (vec![], vec![]));
    }
}

/// Three lives of one log, each ended by a crash at a random call.
fn live_and_crash(seed: u64, crash: Crash) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut disk = SimDisk::default();
    let mut promises = Promises::default();
    for life in 0..3 {
        disk.fail_after(random.random_range(0..120), Failure::Gone);
        if let Ok(mut log) = Log::open_on(disk.clone(), signer(), &promises.heads) {
            let sizes = [1, 1, 1, random.random_range(1..4), random.random_range(200..300)];
            for step in 0..12 {
                let texts = (0..sizes[random.random_range(0..sizes.len())]).map(|n| format!("{life}/{step}/{n}"));
                let batch: Vec<Entry> = texts.map(|text| entry(&text)).collect();
                if log.append(&batch).is_err() {
                    break;
                }
                promises.acknowledged.extend(batch);
                promises.heads.push(KnownHead::from(log.head()));
            }
        }
        // A power cut may lose a head that nobody saw; a killed process has shown what it wrote.
        promises.watch(&disk, if crash == Crash::Kill { "checkpoint.next" } else { "checkpoint" });
        disk = match crash {
            Crash::Kill => disk.after_kill(),
            Crash::PowerCut => disk.after_power_cut(&mut random),
        };
        let before = disk.copy();
        let log = Log::open_on(disk.clone(), signer(), &promises.heads)
            .unwrap_or_else(|error| panic!("seed {seed}, life {life}: {error}\n{:?}", before.list()));
        promises.check(&log, &disk);
        // Entries that were never acknowledged may be there, whole: their head was signed.
        let all = log.show(0..log.head().size).unwrap();
        promises.acknowledged = all.into_iter().map(|(_, entry)| entry).collect();
        promises.heads.push(KnownHead::from(log.head()));
    }
}

#[test]
fn no_power_cut_loses_an_acknowledged_entry_or_leaves_a_torn_log() {
    for seed in 0..120 {
        live_and_crash(seed, Crash::PowerCut);
    }
}

#[test]
fn no_kill_loses_an_acknowledged_entry_or_makes_a_second_head_of_one_size() {
    for seed in 0..60 {
        live_and_crash(seed, Crash::Kill);
    }
}

#[test]
fn a_full_disk_at_any_call_is_a_plain_error_and_the_log_goes_on_later() {
    let (begun, heads) = log_of(&[entries(0..254)]);
    let mut refused = 0;
    for calls in 0..80 {
        let disk = begun.copy();
        let mut promises = Promises { acknowledged: entries(0..254), heads: heads.clone(), ..Promises::default() };
        let mut log = Log::open_on(disk.clone(), signer(), &heads).unwrap();
        disk.fail_after(calls, Failure::FullOnce);
        for step in 0..5 {
            let first = entry(&format!("first {step}"));
            match log.append(std::slice::from_ref(&first)) {
                Ok(_) => promises.acknowledged.push(first),
                Err(error) => {
                    assert!(error.to_string().contains("the disk is full"), "{error}");
                    refused += 1;
                }
            }
            // Whatever comes next is another entry: a head that was signed must not be signed anew.
            let next = entry(&format!("second {step}"));
            while let Err(error) = log.append(std::slice::from_ref(&next)) {
                if matches!(error, EvidenceError::Reopen { .. }) {
                    drop(log);
                    log = Log::open_on(disk.clone(), signer(), &heads).unwrap();
                    let there = log.show(promises.acknowledged.len() as u64..999).unwrap();
                    promises.acknowledged.extend(there.into_iter().map(|(_, entry)| entry));
                } else {
                    assert!(error.to_string().contains("the disk is full"), "{error}");
                    refused += 1;
                }
            }
            promises.acknowledged.push(next);
        }
        promises.watch(&disk, "checkpoint.next");
        drop(log);
        promises.check(&Log::open_on(disk.clone(), signer(), &heads).unwrap(), &disk);
    }
    assert!(refused > 40, "only {refused} calls of 80 were hit");
}
