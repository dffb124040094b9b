//! A signer and entries for the tests.

use dataward_evidence::Entry;
use dataward_evidence::KnownHead;
use dataward_evidence::Log;
use dataward_evidence::Signer;

use crate::sim_disk::SimDisk;

pub(crate) fn signer() -> Signer {
    Signer::new("blue-lantern.example/evidence", &[7; 32]).unwrap()
}

pub(crate) fn entries(numbers: std::ops::Range<u64>) -> Vec<Entry> {
    numbers.map(|number| entry(&format!("entry {number}"))).collect()
}

pub(crate) fn entry(text: &str) -> Entry {
    Entry::new(text).unwrap()
}

/// A log in memory that was appended to in these batches, and its head after each.
pub(crate) fn log_of(batches: &[Vec<Entry>]) -> (SimDisk, Vec<KnownHead>) {
    let disk = SimDisk::default();
    let mut log = Log::open_on(disk.clone(), signer(), &[]).unwrap();
    let heads = batches
        .iter()
        .map(|batch| {
            log.append(batch).unwrap();
            KnownHead::from(log.head())
        })
        .collect();
    (disk, heads)
}
