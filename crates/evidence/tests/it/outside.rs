//! Tools that are not ours judge our log: the commands of `docs/book/check-us-without-us.md`, word
//! for word, run by bash with OpenSSL and the PyPI package aics-tlog.

use fs_err::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_evidence::Entry;
use dataward_evidence::Event;
use dataward_evidence::Init;
use dataward_evidence::Log;
use dataward_evidence::Statement;
use sha2::Digest;
use sha2::Sha256;
use tempfile::TempDir;
use tempfile::tempdir;

use crate::world::signer;

/// Entries when the auditor came first, and now.
const OLD: u64 = 300;
const NEW: u64 = 700;

const DETAILS: &str = "{\"tables\":12}\n";

fn statement(number: u64) -> Entry {
    let event = Event::Init(Init { sources: Vec::new(), policy_sha256: format!("{number:064x}") });
    let statement = Statement {
        event,
        actor: "ops".to_owned(),
        at: jiff::Timestamp::from_second(1_790_000_000 + number as i64).unwrap(),
        tool_version: "0.1.0".to_owned(),
        evidence_sha256: Some(Sha256::digest(DETAILS).into()),
    };
    statement.entry().unwrap()
}

fn statements(numbers: std::ops::Range<u64>) -> Vec<Entry> {
    numbers.map(statement).collect()
}

/// A folder as the auditor has it: the log, the key and older head of their own, a receipt.
fn audited() -> TempDir {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut log = Log::open(&at("evidence"), signer(), &[]).unwrap();
    log.append(&statements(0..OLD)).unwrap();
    fs_err::write(at("older-checkpoint"), &log.head().note).unwrap();
    log.append(&statements(OLD..NEW)).unwrap();
    fs_err::write(at("receipt.tlog-proof"), log.proof(7).unwrap().to_string()).unwrap();
    fs_err::write(at("details.json"), DETAILS).unwrap();
    for key in ["log.vkey", "log.pub.pem"] {
        std::fs::copy(at("evidence").join(key), at(key)).unwrap();
    }
    folder
}

/// Replaces the log by one with these entries, signed with the right key.
fn forge(folder: &TempDir, entries: &[Entry]) {
    let path = folder.path().join("evidence");
    std::fs::remove_dir_all(&path).unwrap();
    Log::open(&path, signer(), &[]).unwrap().append(entries).unwrap();
}

/// Runs the page; the heading of the step that failed, and what it printed.
fn failing_step(folder: &TempDir) -> Option<(char, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/check-us-without-us.md");
    let page = fs_err::read_to_string(page).unwrap();
    let mut ran = 0;
    for section in page.split("\n## ").skip(1) {
        for block in section.split("```sh\n").skip(1) {
            let (commands, _) = block.split_once("```").unwrap();
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", commands])
                .current_dir(folder.path())
                .env("PATH", format!("{}:{}", tools().display(), std::env::var("PATH").unwrap()))
                .output()
                .unwrap();
            let said =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            if !output.status.success() {
                return Some((section.chars().next().unwrap(), said));
            }
            ran += 1;
        }
    }
    assert_eq!(ran, 8, "the page has eight blocks of commands");
    None
}

/// The folder of programs of the virtual environment in `DATAWARD_TEST_VENV`, else of
/// `target/test-tools/venv`, made if it is not there yet.
fn tools() -> PathBuf {
    let folder = match std::env::var_os("DATAWARD_TEST_VENV") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv"),
    };
    fs_err::create_dir_all(&folder).unwrap();
    // One test process installs, the others wait.
    let lock = File::create(folder.join("dataward.lock")).unwrap().into_parts().0;
    lock.lock().unwrap();
    if !folder.join("bin/aics-tlog").exists() {
        let succeeds = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = ["install", "--quiet", "--disable-pip-version-check", "--ignore-requires-python", "aics-tlog==0.2.1"];
        succeeds(Command::new(folder.join("bin/pip")).args(pip));
    }
    folder.join("bin").canonicalize().unwrap()
}

#[test]
fn the_page_for_auditors_accepts_a_sound_log() {
    assert_eq!(failing_step(&audited()), None);
}

#[test]
fn the_page_for_auditors_refuses_a_changed_byte_in_any_file() {
    let folder = audited();
    let files = [
        ("log.vkey", '1'),
        ("log.pub.pem", '1'),
        ("checkpoint", '2'),
        ("tile/1/000.p/2", '3'),
        ("tile/0/000", '3'),
        ("tile/0/002.p/188", '3'),
        ("tile/entries/000", '4'),
        ("tile/entries/001", '4'),
        ("tile/entries/002.p/188", '4'),
    ];
    for (file, step) in files {
        let path = folder.path().join("evidence").join(file);
        let whole = fs_err::read(&path).unwrap();
        let mut bytes = whole.clone();
        bytes[whole.len() / 2] ^= 1;
        fs_err::write(&path, bytes).unwrap();
        let refused = failing_step(&folder).unwrap_or_else(|| panic!("{file}: accepted"));
        assert_eq!(refused.0, step, "{file}: {}", refused.1);
        fs_err::write(&path, whole).unwrap();
    }
}

#[test]
fn the_page_for_auditors_refuses_a_dropped_entry_even_if_signed_again() {
    let folder = audited();
    let mut entries = statements(0..NEW);
    entries.remove(42);
    forge(&folder, &entries);
    assert_eq!(failing_step(&folder).map(|(step, _)| step), Some('3'));
}

#[test]
fn the_page_for_auditors_refuses_a_log_that_was_rewound() {
    let folder = audited();
    forge(&folder, &statements(0..OLD - 1));
    assert_eq!(failing_step(&folder).map(|(step, _)| step), Some('3'));
}

#[test]
fn the_page_for_auditors_refuses_a_head_signed_by_someone_else() {
    let folder = audited();
    let path = folder.path().join("evidence");
    std::fs::remove_dir_all(&path).unwrap();
    let thief = dataward_evidence::Signer::new(signer().name(), &[9; 32]).unwrap();
    Log::open(&path, thief, &[]).unwrap().append(&statements(0..NEW)).unwrap();
    for key in ["log.vkey", "log.pub.pem"] {
        std::fs::copy(folder.path().join(key), path.join(key)).unwrap();
    }
    assert_eq!(failing_step(&folder).map(|(step, _)| step), Some('2'));
}

#[test]
fn the_page_for_auditors_refuses_a_receipt_for_another_entry() {
    let folder = audited();
    let path = folder.path().join("receipt.tlog-proof");
    let receipt = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, receipt.replacen("index 7", "index 8", 1)).unwrap();
    assert_eq!(failing_step(&folder).map(|(step, _)| step), Some('6'));
}
