//! The server stops at once in the middle of an apply, and comes back: the next run ends the same.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use dataward_model::SourceKind;
use dataward_retain::apply::Watcher;
use dataward_testkit::server::as_account;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;

use crate::apply::changed;
use crate::apply::shop;
use crate::apply::skipped;
use crate::world::Silent;
use crate::world::World;

/// Stops the server at once and starts it again, beside every third batch.
pub(crate) struct Restarter {
    data: std::path::PathBuf,
    batches: AtomicU64,
    /// Of three batches the one beside which it is stopped, from 0.
    beside: u64,
    at_work: Mutex<Option<JoinHandle<()>>>,
}

impl Restarter {
    /// Of a server of one's own; of three batches `beside` is the one beside which it is stopped.
    pub(crate) fn of(server: &PostgresServer, beside: u64) -> Self {
        let data = server.socket_folder().join("data");
        Self { data, batches: AtomicU64::new(0), beside, at_work: Mutex::new(None) }
    }

    /// How many batches began: at every third the server is stopped.
    pub(crate) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// Waits until the server is there again.
    pub(crate) fn finish(&self) {
        if let Some(at_work) = self.at_work.lock().unwrap().take() {
            at_work.join().unwrap();
        }
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Command {
        let mut command = as_account(&programs().join("pg_ctl"));
        command.arg("--pgdata").arg(&self.data).args(["--silent", "--wait", "--mode=immediate"]);
        command.arg("--log").arg(self.data.join("restarted.log")).args(arguments);
        command
    }
}

impl Watcher for Restarter {
    fn progress(&self, _done: u64, _of: u64) {}

    fn point(&self, name: &'static str) {
        if name != "intent" {
            return;
        }
        if let Some(at_work) = self.at_work.lock().unwrap().take() {
            at_work.join().unwrap();
        }
        if self.batches.fetch_add(1, Ordering::Relaxed) % 3 == self.beside {
            // Meanwhile the batch runs: sometimes it is done, sometimes cut, sometimes refused.
            let mut command = self.pg_ctl(&["restart"]);
            *self.at_work.lock().unwrap() = Some(std::thread::spawn(move || drop(run(&mut command))));
        }
    }
}

impl Drop for Restarter {
    /// The server that was started again is ours to end.
    fn drop(&mut self) {
        if let Some(at_work) = self.at_work.lock().unwrap().take() {
            let _ = at_work.join();
        }
        let _ = self.pg_ctl(&["stop"]).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_at_once_and_comes_back_loses_nothing_of_what_was_said_to_be_done() {
    let server = PostgresServer::private();
    let restarter = Restarter::of(&server, 1);
    let world = World::on(server.database().await).await;
    let planned = shop(&world).await;
    let applied = planned.try_apply(&[], &restarter, &AtomicBool::new(false)).await.unwrap();
    assert!(restarter.batches() > 3);
    assert_eq!((changed(&applied), skipped(&applied).len()), (6000, 0), "{applied:?}");
    restarter.finish();
    assert_eq!(world.keys("parents").await, (2001..=3000).collect());
    assert_eq!(world.keys("children").await, (4001..=6000).collect());
    let again = planned.try_apply(&[], &Silent, &AtomicBool::new(false)).await.unwrap();
    assert_eq!(again, applied);
}

#[tokio::test]
async fn a_commit_that_the_server_may_forget_is_not_taken_for_done() {
    // Servers that run with synchronous_commit = off: what was said to be done was lost with them.
    let world = World::new(SourceKind::Postgresql).await;
    world
        .execute(
            "CREATE TABLE seen (setting text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
             $$BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END$$",
        )
        .await;
    let planned = shop(&world).await;
    world.execute("CREATE TRIGGER note AFTER DELETE ON parents FOR EACH STATEMENT EXECUTE FUNCTION note()").await;
    planned.apply().await;
    assert_eq!(world.number("seen", "setting <> 'on'").await.unwrap(), 0);
    assert!(world.number("seen", "setting = 'on'").await.unwrap() > 0);
}

/// Rows that one tree is made of, and what one of its rows that changed does to the rest.
#[tokio::test]
async fn of_trees_that_go_at_once_a_changed_row_keeps_its_line_alone() {
    let world = World::new(SourceKind::Postgresql).await;
    let planned = shop(&world).await;
    // A child was touched, one came to a parent by a way that cascades, one parent has a hold to come.
    world.execute("UPDATE children SET parent_id = 20 WHERE id = 39; INSERT INTO children VALUES (9001, 30)").await;
    let applied = planned.apply().await;
    let kept: Vec<i64> = world.keys("parents").await.into_iter().filter(|id| *id <= 2000).collect();
    assert_eq!(kept, [20, 30]);
    let children: Vec<i64> = world.keys("children").await.into_iter().filter(|id| *id <= 4000 || *id > 6000).collect();
    assert_eq!(children, [39, 40, 59, 60, 9001], "children of a parent that stays");
    let skipped = skipped(&applied);
    let reasons = ["changed", "referenced", "together"].map(|reason| skipped.get(reason).copied());
    assert_eq!(reasons, [Some(1), Some(1), Some(4)], "{skipped:?}");
    assert_eq!(changed(&applied), 6000 - 6);
}
