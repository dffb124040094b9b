use std::path::Path;

use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::RawClass;
use dataward_connect::sqlite::Sqlite;
use dataward_model::ErasureLevel;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteConnection;

use super::*;

const TABLE: &str = "customers";

async fn open(file: &Path, settings: &str) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await.unwrap();
    run(&mut connection, settings).await;
    connection
}

async fn run(connection: &mut SqliteConnection, statements: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(connection).await.unwrap();
}

const FILL: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, name TEXT);
    CREATE INDEX customers_email ON customers (email);
    WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id < 19999)
    INSERT INTO customers
    SELECT id, (id * 2654435761 % 4294967296) || '.customer' || id || '@lantern.example', 'Reader ' || id FROM ids;";

const DELETE: &str = "DELETE FROM customers WHERE id < 12000";

/// Database, journal and write-ahead log; nothing where there is no such file.
async fn found(file: &Path) -> (u64, u64, u64, Residue) {
    let emails = traces(Goes::Oldest, TABLE, "email", |id| Some(email(id)));
    let residue = search(&Sqlite::new(file), TABLE, &emails).await;
    let count = |class| residue.found(class);
    (count(RawClass::Database), count(RawClass::Journal), count(RawClass::Redo), residue)
}

#[tokio::test]
async fn sqlite_keeps_erased_values_by_default_and_loses_them_by_the_recipe() {
    for (secure_delete, least, most) in [("OFF", 11_000, ERASED), ("FAST", 11_000, ERASED), ("ON", 0, 600)] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let mut connection = open(&file, &format!("PRAGMA secure_delete = {secure_delete}")).await;
        run(&mut connection, FILL).await;
        run(&mut connection, DELETE).await;
        connection.close().await.unwrap();
        let (database, _, _, residue) = found(&file).await;
        line(&format!("DELETE, secure_delete={secure_delete}"), &residue);
        assert_between(secure_delete, database, least, most);
        let proven = if database == 0 { ErasureLevel::L2 } else { ErasureLevel::L0 };
        assert_eq!(residue.proven, Some(proven));

        let run = scrub(&Sqlite::new(&file), TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
        assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
        let (database, journal, log, residue) = found(&file).await;
        line("recipe", &residue);
        assert_eq!((database, journal, log), (0, 0, 0));
        // Neither journal nor log is there: the database file is all there is.
        assert_eq!(residue.proven, Some(ErasureLevel::L2));
    }
}

#[tokio::test]
async fn a_persistent_journal_keeps_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut connection = open(&file, "PRAGMA journal_mode = PERSIST; PRAGMA secure_delete = ON").await;
    run(&mut connection, FILL).await;
    run(&mut connection, DELETE).await;
    connection.close().await.unwrap();
    let (database, journal, _, residue) = found(&file).await;
    line("DELETE, journal_mode=PERSIST, secure_delete=ON", &residue);
    assert_between("database", database, 0, 600);
    assert_eq!(journal, ERASED);
    let run = scrub(&Sqlite::new(&file), TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let (database, journal, _, residue) = found(&file).await;
    line("recipe", &residue);
    assert_eq!((database, journal, residue.proven), (0, 0, Some(ErasureLevel::L2)));
    assert!(!folder.path().join("shop.db-journal").exists());
}

#[tokio::test]
async fn a_write_ahead_log_keeps_all_of_it_until_it_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut connection = open(&file, "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON").await;
    run(&mut connection, FILL).await;
    run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    run(&mut connection, DELETE).await;
    let (database, _, _, residue) = found(&file).await;
    line("DELETE in WAL mode, secure_delete=ON", &residue);
    assert_eq!(database, ERASED, "until the log is written back");

    // The application stays connected.
    let run = scrub(&Sqlite::new(&file), TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let (database, _, log, residue) = found(&file).await;
    line("recipe", &residue);
    assert_eq!((database, log, residue.proven), (0, 0, Some(ErasureLevel::L2)));
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_reader_that_does_not_let_go_lowers_the_level() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut connection = open(&file, "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON").await;
    run(&mut connection, FILL).await;
    run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE); BEGIN; SELECT count(*) FROM customers").await;
    let mut other = open(&file, "SELECT 1").await;
    run(&mut other, DELETE).await;
    let step = {
        let wish = ScrubWish { tables: vec![TABLE.to_owned()], level: ErasureLevel::L2, exclusive: Exclusive::Allowed };
        let plan = Sqlite::new(&file).scrub_plan(&wish).await.unwrap();
        plan.steps.into_iter().find(|step| step.action == "empty-log").unwrap()
    };
    let plan = dataward_connect::scrub::ScrubPlan { steps: vec![step], limits: vec![] };
    let mut run_of = ScrubRun::new(ErasureLevel::L2, plan);
    run_scrub(&Sqlite::new(&file), &mut run_of, |_| Ok(())).await.unwrap();
    assert_eq!(run_of.reached(), ErasureLevel::L0, "{:?}", run_of.reasons());
    let (database, _, _, residue) = found(&file).await;
    assert_eq!((database, residue.proven), (ERASED, Some(ErasureLevel::L0)));
    run(&mut connection, "COMMIT").await;
}

#[tokio::test]
async fn words_of_a_full_text_index_go_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut connection = open(&file, "PRAGMA secure_delete = OFF").await;
    run(&mut connection, FILL).await;
    run(&mut connection, "CREATE VIRTUAL TABLE words USING fts5(email, content='customers', content_rowid='id', tokenize=\"unicode61 tokenchars '@.'\");
         INSERT INTO words(words) VALUES ('rebuild');
         INSERT INTO words(words, rowid, email) SELECT 'delete', id, email FROM customers WHERE id < 12000;").await;
    run(&mut connection, DELETE).await;
    connection.close().await.unwrap();
    assert!(found(&file).await.0 > 11_000);
    let run = scrub(&Sqlite::new(&file), TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    assert_eq!(found(&file).await.0, 0);
}
