//! A real process, really killed with -9 at every call that writes.

use std::io;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use dataward_evidence::Log;
use dataward_evidence::disk::Disk;
use dataward_evidence::disk::Folder;
use dataward_evidence::verify;
use tempfile::tempdir;

use crate::world::*;

/// A folder whose process dies before a chosen call.
struct Deadly {
    folder: Folder,
    calls_left: usize,
}

impl Deadly {
    fn call(&mut self) {
        if self.calls_left == 0 {
            let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            unreachable!("the signal has been delivered when `kill` is done");
        }
        self.calls_left -= 1;
    }
}

impl Disk for Deadly {
    fn folder(&self) -> &Path {
        self.folder.folder()
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.folder.read(path)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }

    fn write(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        self.call();
        self.folder.write(path, &content[..content.len() / 2])?;
        self.call();
        self.folder.write(path, content)
    }

    fn sync_file(&mut self, path: &str) -> io::Result<()> {
        self.call();
        self.folder.sync_file(path)
    }

    fn sync_folder_of(&mut self, path: &str) -> io::Result<()> {
        self.call();
        self.folder.sync_folder_of(path)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.call();
        self.folder.rename(from, to)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.call();
        self.folder.remove(path)
    }
}

const TEST: &str = "killed::killed_at_any_call_of_append_the_log_is_whole_and_goes_on";

/// The test is its own victim: run again with the variable set it appends until it is killed.
#[test]
fn killed_at_any_call_of_append_the_log_is_whole_and_goes_on() {
    const CHILD: &str = "DATAWARD_EVIDENCE_TEST_KILLED";
    if let Ok(work) = std::env::var(CHILD) {
        let (calls, path) = work.split_once(' ').unwrap();
        let disk = Deadly { folder: Folder::lock(Path::new(path)).unwrap(), calls_left: calls.parse().unwrap() };
        let mut log = Log::open_on(disk, signer(), &[]).unwrap();
        for number in log.head().size..258 {
            log.append(&entries(number..number + 1)).unwrap();
            println!("appended {number}");
        }
        return;
    }
    let folder = tempdir().unwrap();
    let mut kills = 0;
    for calls in 0.. {
        let path = folder.path().join(calls.to_string());
        // Each child takes the log over the edge of a tile: 255, 256, 257 and 258 entries.
        let begun = Log::open(&path, signer(), &[]).unwrap().append(&entries(0..254)).unwrap();
        assert_eq!(begun.len(), 254);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(CHILD, format!("{calls} {}", path.display()))
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let acknowledged = 254 + stdout.lines().filter(|line| line.contains("appended ")).count() as u64;
        let mut log = Log::open(&path, signer(), &[]).unwrap();
        let size = log.head().size;
        assert!(size == acknowledged || size == acknowledged + 1, "{acknowledged} acknowledged, {size} there");
        log.append(&entries(size..300)).unwrap();
        assert_eq!(log.show(0..300).unwrap(), (0..300).zip(entries(0..300)).collect::<Vec<_>>());
        let report = verify(&path, &signer().verifier_key(), &[]).unwrap();
        assert_eq!((report.faults, report.leftovers), (vec![], vec![]), "killed at call {calls}");
        if output.status.success() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 40, "only {kills} kills: does the child do its work?");
}
