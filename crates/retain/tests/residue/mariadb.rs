use dataward_connect::mysql::Mysql;
use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::RawClass;
use dataward_model::ErasureLevel;
use dataward_testkit::server::mariadb::MariaDbServer;

use super::*;

const TABLE: &str = "shop.customers";

async fn world(options: &[&str]) -> (MariaDbServer, Mysql) {
    let options: Vec<&str> = ["--log-bin=binlog", "--server-id=1"].iter().chain(options).copied().collect();
    let server = MariaDbServer::private_with(&options);
    server.execute("mysql", "CREATE DATABASE shop").await;
    let fill = format!(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(100), name VARCHAR(100), KEY (email));
         INSERT INTO customers
         SELECT seq, CONCAT(seq * 2654435761 % 4294967296, '.customer', seq, '@lantern.example'), CONCAT('Reader ', seq)
           FROM seq_0_to_{};
         ANALYZE TABLE customers PERSISTENT FOR ALL;",
        ROWS - 1
    );
    server.execute("shop", &fill).await;
    let store = Mysql::new(&server.url("shop"), None).unwrap();
    (server, store)
}

/// The row format of the binary log keeps whole rows; statements would not.
const DELETE: &str = "SET SESSION binlog_format = 'ROW'; DELETE FROM customers WHERE id < 12000";

/// Deletes while a reader keeps the old versions, so that they reach the disk, as they do on a server that
/// runs for longer than a test; then lets them be purged.
async fn delete(server: &MariaDbServer, store: &Mysql) {
    let mut reader = server.connect("shop").await;
    let begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT count(*) FROM customers";
    sqlx::raw_sql(begin).execute(&mut reader).await.unwrap();
    server.execute("shop", DELETE).await;
    run_only(store, TABLE, &["flush-pages"]).await;
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
    run_only(store, TABLE, &["purge-old-versions", "flush-pages"]).await;
}

#[tokio::test]
async fn mariadb_keeps_erased_values_by_default_and_in_ibdata1_for_ever() {
    let (server, store) = world(&[]).await;
    let emails = traces(Goes::Oldest, TABLE, "email", |id| Some(email(id)));
    delete(&server, &store).await;
    let residue = search(&store, TABLE, &emails).await;
    line("DELETE, purged, flushed (defaults)", &residue);
    assert_between("table", residue.found(RawClass::Table), 10_000, ERASED);
    assert_between("undo", residue.found(RawClass::Undo), 11_000, ERASED);
    assert_eq!(residue.found(RawClass::Redo), ERASED);
    assert_eq!(residue.found(RawClass::Binlog), ERASED);
    assert_between("statistics", residue.found(RawClass::Statistics), 1, 300);
    assert_eq!(residue.proven, Some(ErasureLevel::L0));

    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!(run.reached(), ErasureLevel::L1);
    assert!(run.reasons().iter().any(|reason| reason.contains("ibdata1")), "{:?}", run.reasons());
    let residue = search(&store, TABLE, &emails).await;
    line("recipe (defaults)", &residue);
    let left = [RawClass::Table, RawClass::Redo, RawClass::Binlog].map(|class| residue.found(class));
    assert_eq!(left, [0, 0, 0], "{:?} {:?}", residue.parts, run.reasons());
    assert!(residue.found(RawClass::Undo) > 0, "ibdata1 never shrinks");
    assert_eq!(residue.proven, Some(ErasureLevel::L1));
}

#[tokio::test]
async fn mariadb_with_undo_files_loses_everything_by_the_recipe() {
    let (server, store) =
        world(&["--innodb-undo-tablespaces=3", "--innodb-immediate-scrub-data-uncompressed=ON"]).await;
    let emails = traces(Goes::Oldest, TABLE, "email", |id| Some(email(id)));
    delete(&server, &store).await;
    let residue = search(&store, TABLE, &emails).await;
    line("DELETE, purged, flushed (scrub option, undo files)", &residue);
    assert_between("table", residue.found(RawClass::Table), 0, 600);
    assert_between("undo", residue.found(RawClass::Undo), 1, ERASED);
    assert_eq!((residue.found(RawClass::Redo), residue.found(RawClass::Binlog)), (ERASED, ERASED));

    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let residue = search(&store, TABLE, &emails).await;
    line("recipe (scrub option, undo files)", &residue);
    assert_eq!(residue.classes.iter().map(|class| class.found).sum::<u64>(), 0, "{:?}", residue.parts);
    assert_eq!(residue.proven, Some(ErasureLevel::L2));
}
