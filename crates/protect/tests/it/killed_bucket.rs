//! `kill -9` at every request to a bucket: whole plaintext or whole ciphertext, always.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::process::Command;
use std::sync::Arc;

use dataward_protect::file::Watch;
use dataward_protect::objects::Work;
use dataward_protect::objects::range_of;
use dataward_protect::objects::run;
use dataward_testkit::server::moto::MotoServer;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::bucket::bucket_at;
use crate::support::keys;
use crate::support::text;

const BUCKET: &str = "DATAWARD_TEST_KILLED_BUCKET";
/// One part of an upload.
const SMALL: usize = 100_000;
/// Two parts of an upload, so that kills between them are among the kills.
const LARGE: usize = 9 << 20;

/// Does nothing but when the other one runs it under strace: `PORT BUCKET WORK`.
#[tokio::test]
async fn in_a_process_that_is_killed() {
    let Some(words) = std::env::var_os(BUCKET) else { return };
    let words = words.into_string().unwrap();
    let [port, name, work] = words.split(' ').collect::<Vec<_>>()[..] else { panic!("{words}") };
    let work = if work == "open" { Work::Open } else { Work::Seal };
    let store = bucket_at(port.parse().unwrap(), name);
    let done = run(store, "", work, &keys(1, &[]), &Watch::default()).await.unwrap();
    assert!(done.failed.is_empty(), "{:?}", done.failed);
}

/// Runs ourselves on a bucket, killed at the `when`th message to the server; whether it came so far.
fn killed_at(server: &MotoServer, name: &str, work: &str, when: usize) -> bool {
    let calls = "sendto,sendmsg,writev";
    let run = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:signal=KILL:when={when}")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "killed_bucket::in_a_process_that_is_killed"])
        .env(BUCKET, format!("{} {name} {work}", server.port()))
        .output()
        .expect("strace of Debian's package strace");
    !run.status.success()
}

async fn is_whole(store: &Arc<dyn ObjectStore>, length: usize) -> bool {
    if let Ok(found) = store.get(&Path::from("a")).await {
        return found.bytes().await.unwrap() == text(length);
    }
    let mut out = Vec::new();
    let sink = |text: &[u8]| {
        out.extend_from_slice(text);
        Ok(())
    };
    let opened = range_of(store.as_ref(), "a.dw", &keys(1, &[]), 0..u64::MAX, sink).await;
    opened.is_ok() && out == text(length)
}

async fn every_kill(work: &str, length: usize, step: usize) {
    let server = MotoServer::shared();
    let mut kills = 0;
    for when in (1..1000).step_by(step) {
        let name = format!("killed-{work}-{length}-{when}");
        server.make_bucket(&name, false);
        let store = bucket_at(server.port(), &name);
        store.put(&Path::from("a"), text(length).into()).await.unwrap();
        if work == "open" {
            run(store.clone(), "", Work::Seal, &keys(1, &[]), &Watch::default()).await.unwrap();
        }
        if !killed_at(&server, &name, work, when) {
            break;
        }
        kills += 1;
        assert!(is_whole(&store, length).await, "{work} killed at message {when}");
        let after = if work == "open" { Work::Open } else { Work::Seal };
        let done = run(store.clone(), "", after, &keys(1, &[]), &Watch::default()).await.unwrap();
        assert!(done.failed.is_empty(), "{work} killed at message {when}: {:?}", done.failed);
        assert!(is_whole(&store, length).await, "{work} killed at message {when}, after the next run");
        let (there, gone) = if work == "open" { ("a", "a.dw") } else { ("a.dw", "a") };
        assert!(store.head(&Path::from(there)).await.is_ok() && store.head(&Path::from(gone)).await.is_err());
    }
    assert!(kills > 3, "only {kills} kills");
}

#[tokio::test]
async fn sealing_a_small_object_survives_a_kill_at_any_request() {
    every_kill("seal", SMALL, 1).await;
}

#[tokio::test]
async fn opening_a_small_object_survives_a_kill_at_any_request() {
    every_kill("open", SMALL, 1).await;
}

/// A large one sends many messages: every fourth stands for its neighbours.
#[tokio::test]
async fn sealing_an_object_in_parts_survives_kills_between_them() {
    every_kill("seal", LARGE, 4).await;
}
