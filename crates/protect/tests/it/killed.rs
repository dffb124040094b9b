//! `kill -9` at every system call that changes a file: whole plaintext or whole ciphertext, always.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::path::Path;
use std::process::Command;

use dataward_protect::KeyRing;
use dataward_protect::file::Watch;
use dataward_protect::tree::Work;
use dataward_protect::tree::run;
use dataward_seal::recipient::HpkeIdentity;

use crate::support::keys;
use crate::support::names;
use crate::support::text;

const FOLDER: &str = "DATAWARD_TEST_KILLED_FOLDER";

/// Does nothing but when one of the others runs it under strace.
#[test]
fn in_a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let (work, keys) = asked_for(folder);
    run(&folder.join("data"), &work, &keys, 1, &Watch::default()).unwrap();
}

/// What a file in the folder asks for; a rewrap is for the person whose public key it holds.
fn asked_for(folder: &Path) -> (Work, KeyRing) {
    match std::fs::read_to_string(folder.join("rewrap")) {
        Ok(person) => (Work::Rewrap, keys(1, &[person.parse().unwrap()])),
        Err(_) if folder.join("open").exists() => (Work::OpenInPlace, keys(1, &[])),
        Err(_) => (Work::SealInPlace, keys(1, &[])),
    }
}

/// Runs ourselves on `folder`, killed at the `when`th call of `call`; whether it came so far.
fn killed_at(folder: &Path, call: &str, when: usize) -> bool {
    let run = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=KILL:when={when}")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "killed::in_a_process_that_is_killed"])
        .env(FOLDER, folder)
        .output()
        .expect("strace of Debian's package strace");
    !run.status.success()
}

/// After any kill, and after the run that follows it.
fn check(folder: &Path, fault: &str) {
    let data = folder.join("data");
    let expected = text(150_000);
    let plain = std::fs::read(data.join("a")).is_ok_and(|bytes| bytes == expected);
    let sealed_file = data.join("a.dw");
    let opens = || {
        let file = std::fs::File::open(&sealed_file).ok()?;
        let out = std::sync::Mutex::new(vec![0; expected.len()]);
        let keep = |offset: u64, text: &[u8]| {
            out.lock().unwrap()[offset as usize..][..text.len()].copy_from_slice(text);
            Ok(())
        };
        dataward_protect::file::open((&file, &sealed_file), &keys(1, &[]), 1, &Watch::default(), &keep).ok()?;
        Some(out.into_inner().unwrap() == expected)
    };
    assert!(plain || opens() == Some(true), "{fault}: neither whole plaintext nor whole ciphertext");
}

fn every_kill(asks: &str) {
    let person = HpkeIdentity::generate().unwrap().recipient().unwrap();
    let calls = ["openat", "pwrite64", "fsync", "renameat2", "unlink", "fchmod", "utimensat", "fadvise64"];
    let mut kills = 0;
    for call in calls {
        for when in 1..60 {
            let folder = tempfile::tempdir().unwrap();
            let data = folder.path().join("data");
            std::fs::create_dir(&data).unwrap();
            std::fs::write(data.join("a"), text(150_000)).unwrap();
            if asks != "seal" {
                run(&data, &Work::SealInPlace, &keys(1, &[]), 1, &Watch::default()).unwrap();
                std::fs::write(folder.path().join(asks), person.to_string()).unwrap();
            }
            if !killed_at(folder.path(), call, when) {
                break;
            }
            kills += 1;
            let fault = format!("killed at {call} number {when}");
            check(folder.path(), &fault);
            let (work, keys) = asked_for(folder.path());
            let after = run(&data, &work, &keys, 1, &Watch::default()).unwrap();
            assert_eq!(after.failures, 0, "{fault}: {:?}", after.failed);
            check(folder.path(), &fault);
            assert_eq!(
                names(&data),
                [if asks == "open" { "a" } else { "a.dw" }],
                "{fault}: the next run ends the work"
            );
        }
    }
    assert!(kills > 15, "only {kills} kills");
}

#[test]
fn sealing_in_place_survives_a_kill_at_any_call() {
    every_kill("seal");
}

#[test]
fn opening_in_place_survives_a_kill_at_any_call() {
    every_kill("open");
}

#[test]
fn sealing_anew_survives_a_kill_at_any_call() {
    every_kill("rewrap");
}
