use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use dataward_store::Store;
use dataward_store::StoreError;
use sqlx::Connection;
use sqlx::SqliteConnection;
use tempfile::tempdir;

use crate::world::*;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn raw(path: &Path, sql: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn only_the_owner_can_read_the_state() {
    let folder = tempdir().unwrap();
    let state = folder.path().join("business/.dataward");
    let store = open(&state).await;
    scan(&store, 1, &[customers()]).await;
    assert_eq!(mode(&state), 0o700);
    for entry in std::fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    store.close().await;
    std::fs::set_permissions(state.join("state.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    open(&state).await;
    assert_eq!(mode(&state.join("state.db")), 0o600, "a file that was opened up is closed again");
}

#[tokio::test]
async fn a_newer_file_is_refused_with_both_versions() {
    let folder = tempdir().unwrap();
    open(folder.path()).await.close().await;
    raw(&folder.path().join("state.db"), "PRAGMA user_version = 99").await;
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 2.., .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("state.db");
    fs_err::write(&path, "").unwrap();
    raw(&path, "CREATE TABLE theirs (a)").await;
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_one_sentence() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("state.db");
    fs_err::write(&path, "ada@example.org is no SQLite file ".repeat(100)).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(!error.to_string().contains("ada@example.org"));
}

#[tokio::test]
async fn a_damaged_page_is_one_sentence_without_what_it_held() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let many: Vec<_> = (0..50).map(|n| table(&format!("public.t{n}"), vec![column("email", None); 1])).collect();
    scan(&store, 1, &many).await;
    store.close().await;
    let path = folder.path().join("state.db");
    let mut bytes = fs_err::read(&path).unwrap();
    for page in bytes.chunks_mut(4096).skip(3) {
        page[..64].fill(0xff);
    }
    fs_err::write(&path, bytes).unwrap();
    let error = match Store::open(folder.path()).await {
        Ok(store) => store.inventory(&Default::default()).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

/// The test runs itself again with a file size limit and the signal for it ignored, which is how a
/// full disk looks from inside (the real thing needs a mount).
#[tokio::test]
async fn a_full_disk_is_one_sentence_and_loses_nothing_that_was_recorded() {
    const CHILD: &str = "DATAWARD_STORE_TEST_FULL_DISK";
    if let Ok(folder) = std::env::var(CHILD) {
        return fill(Path::new(&folder)).await;
    }
    let folder = tempdir().unwrap();
    open(folder.path()).await.close().await;
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "files::a_full_disk_is_one_sentence_and_loses_nothing_that_was_recorded", "--nocapture"])
        .env(CHILD, folder.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let recorded = stdout.lines().filter(|line| line.starts_with("recorded")).count();
    assert!(recorded > 0 && stdout.contains("is full (or a file size limit is reached)"), "{stdout}");

    let store = open(folder.path()).await;
    assert_eq!(store.tables(None).await.unwrap().len(), recorded);
    scan(&store, 9, &[customers()]).await;
}

async fn fill(folder: &Path) {
    let store = open(folder).await;
    let scan = store.begin_scan(minute(1), &request()).await.unwrap();
    for number in 0..100_000 {
        let columns = (0..40).map(|column_number| column(&format!("c{column_number}"), None)).collect();
        let unit = table(&format!("public.t{number}"), columns);
        match store.record_units(&scan, minute(1), &[unit]).await {
            Ok(()) => println!("recorded {number}"),
            Err(error) => return println!("{error}"),
        }
    }
    panic!("the disk never got full");
}

#[tokio::test]
async fn two_processes_at_once_lose_nothing() {
    const CHILD: &str = "DATAWARD_STORE_TEST_TWO_PROCESSES";
    if let Ok(work) = std::env::var(CHILD) {
        let (name, folder) = work.split_once(' ').unwrap();
        let store = open(Path::new(folder)).await;
        let scan = store.begin_scan(minute(1), &request()).await.unwrap();
        for number in 0..30 {
            let unit = table(&format!("{name}{number}"), vec![column("email", None)]);
            store.record_units(&scan, minute(1), &[unit]).await.unwrap();
        }
        return;
    }
    let folder = tempdir().unwrap();
    let spawn = |name: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "files::two_processes_at_once_lose_nothing"])
            .env(CHILD, format!("{name} {}", folder.path().display()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children = [spawn("a"), spawn("b"), spawn("c")];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = open(folder.path()).await;
    assert_eq!(store.tables(None).await.unwrap().len(), 90);
    assert_eq!(store.scans(10).await.unwrap().len(), 3);
}
