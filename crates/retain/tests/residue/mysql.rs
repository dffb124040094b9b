use dataward_connect::mysql::Mysql;
use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::RawClass;
use dataward_model::ErasureLevel;
use dataward_testkit::server::mysql::MysqlServer;

use super::*;

const TABLE: &str = "shop.customers";

async fn world() -> (MysqlServer, Mysql) {
    let server = MysqlServer::private(&["--log-bin=binlog", "--server-id=1"]);
    server.execute("mysql", "CREATE DATABASE shop").await;
    let fill = format!(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(100), name VARCHAR(100), KEY (email));
         SET SESSION cte_max_recursion_depth = {ROWS};
         INSERT INTO customers
         WITH RECURSIVE ids(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id < {})
         SELECT id, CONCAT(id * 2654435761 % 4294967296, '.customer', id, '@lantern.example'), CONCAT('Reader ', id)
           FROM ids;
         ANALYZE TABLE customers UPDATE HISTOGRAM ON email WITH 100 BUCKETS;",
        ROWS - 1
    );
    server.execute("shop", &fill).await;
    let store = Mysql::new(&server.url("shop"), None).unwrap();
    (server, store)
}

/// Deletes while a reader keeps the old versions, so that they reach the disk, as they do on a server that
/// runs for longer than a test; then lets them be purged.
async fn delete(server: &MysqlServer, store: &Mysql) {
    let mut reader = server.connect("shop").await;
    let begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT count(*) FROM customers";
    sqlx::raw_sql(begin).execute(&mut reader).await.unwrap();
    server.execute("shop", "DELETE FROM customers WHERE id < 12000").await;
    run_only(store, TABLE, &["flush-pages"]).await;
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
    run_only(store, TABLE, &["purge-old-versions", "flush-pages"]).await;
}

#[tokio::test]
async fn mysql_keeps_erased_values_by_default_and_loses_everything_by_the_recipe() {
    let (server, store) = world().await;
    let emails = traces(Goes::Oldest, TABLE, "email", |id| Some(email(id)));
    delete(&server, &store).await;
    let residue = search(&store, TABLE, &emails).await;
    line("DELETE, purged, flushed (defaults of MySQL)", &residue);
    assert_between("table", residue.found(RawClass::Table), 10_000, ERASED);
    assert_between("undo", residue.found(RawClass::Undo), 11_000, ERASED);
    assert_eq!(residue.found(RawClass::Redo), ERASED);
    assert_eq!(residue.found(RawClass::Binlog), ERASED);
    assert_between("statistics", residue.found(RawClass::Statistics), 1, 300);
    let twice: u64 = residue.parts.iter().filter(|part| part.part.name.ends_with("dblwr")).map(|part| part.found).sum();
    assert!(twice > 0, "pages are written twice: {:?}", residue.parts);
    assert_eq!(residue.proven, Some(ErasureLevel::L0));

    let run = scrub(&store, TABLE, ErasureLevel::L1, Exclusive::Refused).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L1, vec![]));
    let residue = search(&store, TABLE, &emails).await;
    line("rebuilt (defaults of MySQL)", &residue);
    assert_eq!(residue.proven, Some(ErasureLevel::L1));
    assert_between("undo", residue.found(RawClass::Undo), 1, ERASED);

    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Refused).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let residue = search(&store, TABLE, &emails).await;
    line("recipe (defaults of MySQL)", &residue);
    assert_eq!(residue.classes.iter().map(|class| class.found).sum::<u64>(), 0, "{:?}", residue.parts);
    assert_eq!(residue.proven, Some(ErasureLevel::L2));
}

/// A kill in the middle leaves the spare tablespace and an inactive one behind; an open reader keeps old versions.
#[tokio::test]
async fn an_undo_log_of_mysql_that_a_killed_run_left_is_put_right() {
    let (server, store) = world().await;
    let left = "CREATE UNDO TABLESPACE dataward_scrub ADD DATAFILE 'dataward_scrub.ibu'; \
                ALTER UNDO TABLESPACE innodb_undo_002 SET INACTIVE";
    server.execute("shop", left).await;
    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Refused).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let mut session = server.connect("shop").await;
    let spaces: Vec<(String, String)> = sqlx::query_as(
        "SELECT NAME, STATE FROM information_schema.INNODB_TABLESPACES WHERE SPACE_TYPE = 'Undo' ORDER BY NAME",
    )
    .fetch_all(&mut session)
    .await
    .unwrap();
    let active = |name: &str| (name.to_owned(), "active".to_owned());
    assert_eq!(spaces, [active("innodb_undo_001"), active("innodb_undo_002")]);
}
