//! Files and objects on their way: listed, held, changed, cut off, swapped for links.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use std::time::SystemTime;

use dataward_connect::amend::Amend;
use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::IN_CONTENT;
use dataward_connect::files::Files;
use dataward_connect::objects::Credentials;
use dataward_connect::objects::Objects;
use dataward_retain::apply::Applied;
use dataward_retain::hold::Cover;
use dataward_testkit::server::azurite::Azurite;
use dataward_testkit::server::azurite::KEY;
use dataward_testkit::server::google;
use dataward_testkit::server::google::GoogleStore;
use dataward_testkit::server::moto::MotoServer;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::apply::Killer;
use crate::world::Planned;
use crate::world::Silent;
use crate::world::World;
use crate::world::rule;

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Sets the last change of a file to so many days ago.
fn age(folder: &Path, name: &str, days: u64) {
    let file = std::fs::File::options().append(true).open(folder.join(name)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "files are as old as the clock of the machine says")]
    let now = SystemTime::now();
    file.set_modified(now - Duration::from_secs(days * 86_400)).unwrap();
}

fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found
}

fn skipped(applied: &Applied) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (reason, rows) in applied.skipped.iter().flatten() {
        *all.entry(reason.clone()).or_default() += rows;
    }
    all
}

fn changed(applied: &Applied) -> u64 {
    applied.changed.iter().sum()
}

/// Changed more than a year ago.
const OLD: &str = "modified < datetime('now', '-1 year')";

fn folder_of(names: impl IntoIterator<Item = String>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        write(folder.path(), &name, &format!("content of {name}"));
        age(folder.path(), &name, 800);
    }
    folder
}

#[tokio::test]
async fn of_a_folder_what_is_due_goes_and_nothing_else() {
    let folder = folder_of((0..30).map(|n| format!("old/{}/{n}.log", n % 3)));
    write(folder.path(), "new/a.log", "x");
    write(folder.path(), ".dataward/state", "ours");
    age(folder.path(), ".dataward/state", 900);
    let world = World::over(Arc::new(Files::new(folder.path())));
    let planned = world.plan(vec![rule("stored", OLD)], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 30);
    let bytes: u64 = (0..30).map(|n| format!("content of old/{}/{n}.log", n % 3).len() as u64).sum();
    assert_eq!(planned.plan.steps[0].bytes, Some(bytes));
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (30, BTreeMap::new()));
    assert_eq!(files(folder.path()), [".dataward/state", "new/a.log"].map(str::to_owned).into());
    assert_eq!(planned.apply().await, applied, "a second run does nothing");
}

#[tokio::test]
async fn a_file_that_changed_or_is_held_stays_and_is_listed() {
    let folder = folder_of(
        ["changed.log", "touched.log", "gone.log", "held/a.log", "held/b.log", "free.log"].map(str::to_owned),
    );
    let world = World::over(Arc::new(Files::new(folder.path())));
    let planned = world.plan(vec![rule("stored", OLD)], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 6);
    write(folder.path(), "changed.log", "somebody writes here again");
    age(folder.path(), "changed.log", 800);
    age(folder.path(), "touched.log", 1);
    std::fs::remove_file(folder.path().join("gone.log")).unwrap();
    let cover = Cover { matter: "suit".to_owned(), table: Some("held".to_owned()), rows: None };
    let applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
    assert_eq!(changed(&applied), 1);
    let expected = [("changed", 2), ("gone", 1), ("held", 2)].map(|(word, rows)| (word.to_owned(), rows));
    assert_eq!(skipped(&applied), expected.into());
    assert_eq!(
        files(folder.path()),
        ["changed.log", "held/a.log", "held/b.log", "touched.log"].map(str::to_owned).into()
    );
}

#[tokio::test]
async fn a_held_file_is_kept_by_the_plan_already() {
    let folder = folder_of(["held/a.log", "held-not/b.log", "c.log"].map(str::to_owned));
    let world = World::over(Arc::new(Files::new(folder.path())));
    let cover = Cover { matter: "suit".to_owned(), table: Some("held".to_owned()), rows: None };
    let planned = world.plan(vec![rule("stored", OLD)], vec![cover]).await;
    assert_eq!(planned.goes("stored"), 2);
    assert_eq!(planned.plan.kept.len(), 1);
    planned.apply().await;
    assert_eq!(files(folder.path()), ["held/a.log".to_owned()].into());
}

#[tokio::test]
async fn a_folder_that_became_a_link_leads_nowhere() {
    let outside = folder_of(["a.log", "b.log"].map(str::to_owned));
    let folder = folder_of(["logs/a.log", "logs/b.log", "c.log"].map(str::to_owned));
    std::os::unix::fs::symlink(outside.path(), folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("a.log"), folder.path().join("link.log")).unwrap();
    let world = World::over(Arc::new(Files::new(folder.path())));
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 3, "links are no files");
    assert!(planned.plan.warnings.iter().any(|warning| warning.kind == "link"), "{:?}", planned.plan.warnings);
    std::fs::rename(folder.path().join("logs"), outside.path().join("logs")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("logs")).unwrap();
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (1, BTreeMap::from([("gone".to_owned(), 2)])));
    assert_eq!(files(outside.path()), ["a.log", "b.log", "logs/a.log", "logs/b.log"].map(str::to_owned).into());
}

#[tokio::test]
async fn further_names_of_a_file_are_named_before_it_goes() {
    let folder = folder_of(["a.log".to_owned()]);
    write(folder.path(), "fresh.log", "x");
    std::fs::hard_link(folder.path().join("a.log"), folder.path().join("kept-name.log")).unwrap();
    std::fs::hard_link(folder.path().join("fresh.log"), folder.path().join("fresh-too.log")).unwrap();
    let world = World::over(Arc::new(Files::new(folder.path())));
    let planned = world.plan(vec![rule("stored", "path = 'a.log'")], Vec::new()).await;
    let warning = planned.plan.warnings.iter().find(|warning| warning.kind == "hard-link").unwrap();
    assert!(warning.text.contains("a.log") && !warning.text.contains("fresh"), "{}", warning.text);
    planned.apply().await;
    assert!(folder.path().join("kept-name.log").exists());
    // Both names in one plan: the first that goes does not make the second a changed file.
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    assert_eq!(changed(&planned.apply().await), 3);
}

#[tokio::test]
async fn the_age_is_that_of_the_content_the_name_or_the_change() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "orders.csv", "id,placed_at,born\n1,2019-01-02,2001-01-01\n2,2019-03-04,2030-01-01\n");
    write(folder.path(), "mixed.csv", "id,placed_at\n1,2019-01-02\n2,2026-03-04\n");
    write(folder.path(), "doubt.csv", "id,placed_at\n1,2019-01-02\n2,soon\n3,2019-01-02\n");
    write(folder.path(), "app.log", "2018-05-06 10:00:00 start\n2018-05-07T01:00:00Z stop\n  at line 3\n");
    write(folder.path(), "letter.txt", "Dear Ada,\nborn on 1984-05-06 in Ulm,\nyours\nBob\n");
    write(folder.path(), "dump-2017-02.sql.txt", "nothing that says when\n");
    write(folder.path(), "plain.txt", "nothing that says when\n");
    let source = Arc::new(Files::new(folder.path()));
    let world = World::over(source.clone());
    let mut catalogue = source.catalogue().await.unwrap();
    let column = catalogue.tables[0].column("content_date").unwrap().clone();
    let column = dataward_connect::amend::ColumnFacts { name: "placed_at".to_owned(), ..column };
    assert_eq!(column.sql_type, IN_CONTENT);
    catalogue.tables[0].columns.push(column);
    let table = catalogue.tables[0].clone();
    let mut ages = BTreeMap::new();
    for name in files(folder.path()) {
        for (word, condition) in [
            ("content", "\"content_date\" < '2020-01-01'"),
            ("name", "name_date < '2020-01-01'"),
            ("column", "\"placed_at\" < '2020-01-01'"),
            ("by content", "dated_by = 'content' AND \"dated\" < '2020-01-01'"),
            ("by name", "\"dated_by\" = 'name' AND \"dated\" < '2020-01-01'"),
            ("unknown", "\"dated\" IS NULL"),
        ] {
            let condition = Sql::from_trusted(format!("path = '{name}' AND {condition}"));
            if source.count(&table, &condition).await.unwrap() == 1 {
                ages.entry(name.clone()).or_insert_with(Vec::new).push(word);
            }
        }
    }
    let expected: BTreeMap<String, Vec<&str>> = [
        ("app.log", vec!["content", "by content"]),
        ("doubt.csv", vec!["unknown"]),
        ("dump-2017-02.sql.txt", vec!["name", "by name"]),
        ("orders.csv", vec!["content", "column", "by content"]),
    ]
    .map(|(name, words)| (name.to_owned(), words))
    .into();
    assert_eq!(ages, expected);
    let planned = world.plan_with(catalogue, vec![rule("stored", "\"placed_at\" < '2020-01-01'")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 1);
    planned.apply().await;
    assert!(!files(folder.path()).contains("orders.csv"));
}

/// Cuts a plan off at each point of the journal, several times, and goes on until it is done.
async fn cut_off(planned: Planned, points: &[&'static str]) -> Applied {
    std::panic::set_hook(Box::new(|_| {}));
    let planned = Arc::new(planned);
    for point in points {
        for time in 1..3 {
            let killer = Killer { point, left: AtomicU64::new(time) };
            let again = Arc::clone(&planned);
            let run =
                tokio::spawn(async move { again.try_apply(&[], &killer, &AtomicBool::new(false)).await.map(drop) });
            let _ = run.await;
        }
    }
    planned.apply().await
}

#[tokio::test]
async fn cut_off_at_any_point_a_folder_ends_the_same() {
    // More than one batch of 500.
    let folder = folder_of((0..1700).map(|n| format!("{n}.log")));
    write(folder.path(), "new.log", "x");
    let world = World::over(Arc::new(Files::new(folder.path())));
    let planned = world.plan(vec![rule("stored", OLD)], Vec::new()).await;
    let applied = cut_off(planned, &["before-intent", "intent", "changed", "flushed"]).await;
    assert_eq!((changed(&applied), skipped(&applied)), (1700, BTreeMap::new()));
    assert_eq!(files(folder.path()), ["new.log".to_owned()].into());
}

fn bucket(moto: &MotoServer, name: &str, versioned: bool) -> Arc<Objects> {
    moto.make_bucket(name, versioned);
    Arc::new(Objects::new(&moto.url(name), Some(Credentials::access_key("key", "secret"))).unwrap())
}

async fn stored(source: &dyn Amend) -> u64 {
    let catalogue = source.catalogue().await.unwrap();
    source.count(&catalogue.tables[0], &Sql::always()).await.unwrap()
}

#[tokio::test]
async fn of_an_object_all_versions_and_marks_of_deletion_go() {
    let moto = MotoServer::shared();
    let source = bucket(&moto, "retain-versions", true);
    for text in ["one", "two", "three"] {
        moto.put("retain-versions", "logs/a.csv", text.as_bytes());
    }
    moto.put("retain-versions", "logs/deleted%20one.csv", b"gone?");
    moto.request("DELETE", "/retain-versions/logs/deleted%20one.csv", &[], b"");
    moto.put("retain-versions", "logs/a.csv.bak", b"another key that begins so");
    moto.put("retain-versions", "keep.csv", b"stays");
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "path IN ('logs/a.csv', 'logs/deleted one.csv')")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 5, "three versions, one deleted, one mark");
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (5, BTreeMap::new()));
    assert_eq!(stored(source.as_ref()).await, 2);
    assert_eq!(planned.apply().await, applied);
}

#[tokio::test]
async fn an_older_version_that_stays_keeps_what_hides_it() {
    let moto = MotoServer::shared();
    let source = bucket(&moto, "retain-hidden", true);
    moto.put("retain-hidden", "a.csv", b"the older one");
    moto.request("DELETE", "/retain-hidden/a.csv", &[], b"");
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "marker = 1")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 1);
    let applied = planned.apply().await;
    assert_eq!(skipped(&applied), BTreeMap::from([("older-version".to_owned(), 1)]));
    assert_eq!(stored(source.as_ref()).await, 2, "the mark would have hidden it no more");
}

#[tokio::test]
async fn what_the_store_locks_stays_and_is_said() {
    let moto = MotoServer::shared();
    moto.request("PUT", "/retain-locked", &[("x-amz-bucket-object-lock-enabled", "true")], b"");
    let until = "2099-01-01T00:00:00Z";
    let lock = [
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-object-lock-retain-until-date", until),
        ("x-amz-sdk-checksum-algorithm", "SHA256"),
    ];
    moto.request("PUT", "/retain-locked/locked.csv", &lock, b"locked");
    moto.put("retain-locked", "free.csv", b"free");
    moto.put("retain-locked", "late.csv", b"late");
    let credentials = Credentials::access_key("key", "secret");
    let source = Arc::new(Objects::new(&moto.url("retain-locked"), Some(credentials)).unwrap());
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    // Told beforehand, and not planned.
    let told =
        planned.plan.warnings.iter().find(|warning| warning.kind == "object-lock").map(|told| told.text.as_str());
    assert!(told.is_some_and(|told| told.ends_with("1 version that is due is: locked.csv")), "{told:?}");
    let kept: Vec<(u64, &str)> = planned.plan.kept.iter().map(|kept| (kept.rows, kept.reason.as_str())).collect();
    assert_eq!(kept, [(1, "protected: the store keeps them, by object lock or a legal hold of its own")]);
    assert_eq!(planned.goes("stored"), 2);
    // One is locked in between.
    moto.request("PUT", "/retain-locked/late.csv?legal-hold", &[], LEGAL_HOLD);
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (1, BTreeMap::from([("protected".to_owned(), 1)])));
    assert_eq!(stored(source.as_ref()).await, 2);
}

const LEGAL_HOLD: &[u8] =
    b"<LegalHold xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>ON</Status></LegalHold>";

#[tokio::test]
async fn an_object_that_was_written_again_stays() {
    let moto = MotoServer::shared();
    let source = bucket(&moto, "retain-changed", false);
    for name in ["a.csv", "b.csv"] {
        moto.put("retain-changed", name, b"old");
    }
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    moto.put("retain-changed", "a.csv", b"new");
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (1, BTreeMap::from([("changed".to_owned(), 1)])));
    assert_eq!(stored(source.as_ref()).await, 1);
}

#[tokio::test]
async fn cut_off_at_any_point_a_bucket_ends_the_same() {
    let moto = MotoServer::shared();
    let source = bucket(&moto, "retain-cut", true);
    for n in 0..40 {
        moto.put("retain-cut", &format!("{n}.csv"), b"one");
        moto.put("retain-cut", &format!("{n}.csv"), b"two");
    }
    moto.put("retain-cut", "keep.csv", b"stays");
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "path <> 'keep.csv'")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 80);
    let applied = cut_off(planned, &["before-intent", "intent", "changed", "flushed"]).await;
    assert_eq!((changed(&applied), skipped(&applied)), (80, BTreeMap::new()));
    assert_eq!(stored(source.as_ref()).await, 1);
}

#[tokio::test]
async fn marks_of_sheets_and_members_in_a_name_are_part_of_it() {
    let names =
        ["Invoice #1.pdf", "Invoice #2.pdf", "#recycle/a.log", "wow!/b.log", "wow!/c.log", "book.xlsx", "x.zip"];
    let folder = folder_of(names.map(str::to_owned));
    let world = World::over(Arc::new(Files::new(folder.path())));
    let held = ["Invoice #1.pdf", "#recycle", "wow!/b.log", "book.xlsx#Customers", "x.zip!/people.csv"];
    let covers = held.map(|name| Cover { matter: "suit".to_owned(), table: Some(name.to_owned()), rows: None });
    let planned = world.plan(vec![rule("stored", OLD)], covers.to_vec()).await;
    assert_eq!(planned.goes("stored"), 2);
    planned.apply().await;
    let left = ["#recycle/a.log", "Invoice #1.pdf", "book.xlsx", "wow!/b.log", "x.zip"];
    assert_eq!(files(folder.path()), left.map(str::to_owned).into());
}

#[tokio::test]
async fn blobs_of_azure_go_as_objects_do() {
    let azurite = Azurite::shared();
    azurite.make_container("retain-blobs");
    for name in ["logs/a.csv", "logs/b%20c.csv", "logs/changed.csv", "logs/held.csv", "keep.csv"] {
        azurite.put("retain-blobs", name, "old");
    }
    let source = Arc::new(Objects::new(&azurite.url("retain-blobs"), Some(Credentials::secret(KEY))).unwrap());
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "path LIKE 'logs/%'")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 4);
    let unseen = |warning: &dataward_retain::plan::Warning| warning.text.contains("versions");
    assert!(planned.plan.warnings.iter().any(unseen), "{:?}", planned.plan.warnings);
    azurite.put("retain-blobs", "logs/changed.csv", "new");
    let cover = Cover { matter: "suit".to_owned(), table: Some("logs/held.csv".to_owned()), rows: None };
    let applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
    let expected = [("changed", 1), ("held", 1)].map(|(word, rows)| (word.to_owned(), rows));
    assert_eq!((changed(&applied), skipped(&applied)), (2, expected.into()));
    assert_eq!(stored(source.as_ref()).await, 3);
}

#[tokio::test]
async fn objects_of_google_go_as_others_do() {
    let google = GoogleStore::shared();
    google.make_bucket("retain-google");
    for name in ["logs%2Fa.csv", "logs%2Fb.csv", "logs%2Fchanged.csv", "logs%2Fheld.csv", "keep.csv"] {
        google.put("retain-google", name, "old");
    }
    let source = Arc::new(Objects::new(&google.url("retain-google"), Some(Credentials::secret(google::KEY))).unwrap());
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "path LIKE 'logs/%'")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 4);
    let unseen = |warning: &dataward_retain::plan::Warning| warning.text.contains("versions");
    assert!(planned.plan.warnings.iter().any(unseen), "{:?}", planned.plan.warnings);
    google.put("retain-google", "logs%2Fchanged.csv", "new");
    let cover = Cover { matter: "suit".to_owned(), table: Some("logs/held.csv".to_owned()), rows: None };
    let applied = planned.try_apply(&[cover], &Silent, &AtomicBool::new(false)).await.unwrap();
    let expected = [("changed", 1), ("held", 1)].map(|(word, rows)| (word.to_owned(), rows));
    assert_eq!((changed(&applied), skipped(&applied)), (2, expected.into()));
    assert_eq!(stored(source.as_ref()).await, 3);
    assert_eq!(planned.apply().await, applied, "a second run does nothing");
}

#[tokio::test]
async fn at_google_nothing_goes_without_a_key() {
    let google = GoogleStore::shared();
    google.make_bucket("retain-google-open");
    google.put("retain-google-open", "a.csv", "old");
    let url = format!("{}&auth=anonymous", google.url("retain-google-open"));
    let source = Arc::new(Objects::new(&url, None).unwrap());
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    let applied = planned.apply().await;
    assert_eq!((changed(&applied), skipped(&applied)), (0, BTreeMap::from([("denied".to_owned(), 1)])));
    assert_eq!(stored(source.as_ref()).await, 1);
}

/// A store before another one, which says of each removal that it is done and passes none on.
async fn swallowing_removals(behind: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await?);
                }
                if head.starts_with(b"DELETE") {
                    return client.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
                }
                let mut store = TcpStream::connect(("127.0.0.1", behind)).await?;
                let head = String::from_utf8_lossy(&head).replacen("\r\n", "\r\nConnection: close\r\n", 1);
                store.write_all(head.as_bytes()).await?;
                tokio::io::copy(&mut store, &mut client).await?;
                Ok(())
            });
        }
    });
    port
}

#[tokio::test]
async fn a_store_that_says_gone_and_keeps_is_found_out() {
    let moto = MotoServer::shared();
    moto.make_bucket("retain-swallowed", true);
    for text in [b"one", b"two"] {
        moto.put("retain-swallowed", "a.csv", text);
    }
    let port = swallowing_removals(moto.port()).await;
    let url = moto.url("retain-swallowed").replace(&format!(":{}", moto.port()), &format!(":{port}"));
    let source = Arc::new(Objects::new(&url, Some(Credentials::access_key("key", "secret"))).unwrap());
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "1 = 1")], Vec::new()).await;
    assert_eq!(planned.goes("stored"), 2);
    let applied = planned.apply().await;
    let expected = [("older-version", 1), ("still-there", 1)].map(|(word, rows)| (word.to_owned(), rows));
    assert_eq!((changed(&applied), skipped(&applied)), (0, expected.into()));
    assert_eq!(stored(source.as_ref()).await, 2);
}

#[tokio::test]
async fn an_object_whose_key_no_address_can_hold_is_left_alone_and_keeps_nothing_else() {
    let moto = MotoServer::shared();
    let source = bucket(&moto, "retain-dots", false);
    moto.put("retain-dots", "logs/a.csv", b"old");
    moto.put("retain-dots", "logs/%2E%2E/a.csv", b"another");
    moto.put("retain-dots", "a.csv", b"what the address of the other one means");
    let world = World::over(source.clone());
    let planned = world.plan(vec![rule("stored", "path LIKE 'logs/%'")], Vec::new()).await;
    assert_eq!(changed(&planned.apply().await), 1);
    let left = String::from_utf8(moto.request("GET", "/retain-dots", &[], b"")).unwrap();
    assert!(left.contains("<Key>a.csv</Key>"), "{left}");
}
