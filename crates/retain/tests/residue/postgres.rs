use dataward_connect::postgres::Postgres;
use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::RawClass;
use dataward_connect::scrub::StepState;
use dataward_model::ErasureLevel;
use dataward_testkit::server::postgres::PostgresServer;

use super::*;

const TABLE: &str = "public.customers";

/// A server with the WAL settings of the measurement in the design, and the table.
async fn world(toast: &str, words: u64) -> (PostgresServer, Postgres) {
    let server = PostgresServer::private();
    server.execute("postgres", "ALTER SYSTEM SET max_wal_size = '64MB'").await;
    server.execute("postgres", "ALTER SYSTEM SET min_wal_size = '48MB'").await;
    server.execute("postgres", "SELECT pg_reload_conf()").await;
    server.execute("postgres", "CREATE DATABASE shop").await;
    let statements = format!(
        "CREATE TABLE customers (id integer PRIMARY KEY, email text, bio text COMPRESSION {toast});
         CREATE INDEX customers_email ON customers (email);
         INSERT INTO customers
         SELECT id, id::bigint * 2654435761 % 4294967296 || '.customer' || id || '@lantern.example',
                CASE WHEN id % 50 = 0 THEN (
                  SELECT string_agg('word' || (id::bigint * 1000 + n) * 2654435761 % 4294967296 / 65536 % 500 || ' ', ''
                                    ORDER BY n)
                    FROM generate_series(0, {words} - 1) n) END
           FROM generate_series(0, {ROWS} - 1) id;
         ANALYZE customers;"
    );
    server.execute("shop", &statements).await;
    server.execute("shop", "CHECKPOINT").await;
    let store = Postgres::new(&server.url("shop"), None).unwrap();
    (server, store)
}

const DELETE: &str = "DELETE FROM customers WHERE id % 5 < 3";

#[tokio::test]
async fn postgres_keeps_erased_values_by_default_and_loses_them_by_the_recipe() {
    let (server, store) = world("pglz", 2000).await;
    let emails = traces(Goes::Scattered, TABLE, "email", |id| Some(email(id)));
    let bios = traces(Goes::Scattered, TABLE, "bio", |id| (id % 50 == 0).then(|| bio(id, 2000)));
    assert_eq!(bios.values(), 400);

    server.execute("shop", DELETE).await;
    server.execute("shop", "CHECKPOINT").await;
    let residue = search(&store, TABLE, &emails).await;
    line("DELETE, CHECKPOINT", &residue);
    assert_eq!(residue.found(RawClass::Table), ERASED);
    assert_eq!(residue.found(RawClass::Index), ERASED);
    assert_eq!(residue.found(RawClass::Redo), ERASED);
    assert_between("statistics", residue.found(RawClass::Statistics), 30, 200);
    assert_eq!(residue.proven, Some(ErasureLevel::L0), "out of sight, and no more");
    let residue = search(&store, TABLE, &bios).await;
    assert_eq!(residue.found(RawClass::Toast), 400, "compressed and in pieces");

    server.execute("shop", "VACUUM customers").await;
    server.execute("shop", "CHECKPOINT").await;
    let residue = search(&store, TABLE, &emails).await;
    line("VACUUM", &residue);
    assert_between("heap after VACUUM", residue.found(RawClass::Table), 4_000, 11_000);
    assert_between("index after VACUUM", residue.found(RawClass::Index), 5_000, ERASED);
    assert_eq!(residue.found(RawClass::Redo), ERASED);
    assert_between("statistics", residue.found(RawClass::Statistics), 30, 200);
    let heap = residue.found(RawClass::Table);

    server.execute("shop", "REINDEX TABLE CONCURRENTLY customers").await;
    server.execute("shop", "CHECKPOINT").await;
    let residue = search(&store, TABLE, &emails).await;
    line("REINDEX", &residue);
    assert_eq!((residue.found(RawClass::Index), residue.found(RawClass::Table)), (0, heap));
    assert_eq!(residue.proven, Some(ErasureLevel::L0));

    server.execute("shop", "VACUUM FULL customers").await;
    server.execute("shop", "CHECKPOINT").await;
    let residue = search(&store, TABLE, &emails).await;
    line("VACUUM FULL", &residue);
    assert_eq!((residue.found(RawClass::Index), residue.found(RawClass::Table)), (0, 0));
    assert_eq!(residue.found(RawClass::Redo), ERASED);
    assert_eq!(residue.proven, Some(ErasureLevel::L1));

    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    for traces in [&emails, &bios] {
        let residue = search(&store, TABLE, traces).await;
        line("recipe", &residue);
        assert_eq!(residue.classes.iter().map(|class| class.found).sum::<u64>(), 0, "{:?}", residue.parts);
        assert_eq!(residue.proven, Some(ErasureLevel::L2));
    }
}

#[tokio::test]
async fn values_that_are_compressed_within_the_table_are_seen_too() {
    let (server, store) = world("lz4", 300).await;
    let bios = traces(Goes::Scattered, TABLE, "bio", |id| (id % 50 == 0).then(|| bio(id, 300)));
    server.execute("shop", DELETE).await;
    server.execute("shop", "CHECKPOINT").await;
    // LZ4 makes them so short that they stay in the table.
    assert_eq!(search(&store, TABLE, &bios).await.found(RawClass::Table), 400);
    server.execute("shop", "VACUUM FULL customers").await;
    server.execute("shop", "CHECKPOINT").await;
    assert_eq!(search(&store, TABLE, &bios).await.found(RawClass::Table), 0);
}

#[tokio::test]
async fn without_an_exclusive_lock_the_level_is_honestly_lower() {
    let (server, store) = world("pglz", 2000).await;
    let emails = traces(Goes::Scattered, TABLE, "email", |id| Some(email(id)));
    server.execute("shop", DELETE).await;
    let run = scrub(&store, TABLE, ErasureLevel::L2, Exclusive::Refused).await;
    assert_eq!(run.reached(), ErasureLevel::L0);
    assert!(run.reasons()[0].contains("exclusive lock"), "{:?}", run.reasons());
    let residue = search(&store, TABLE, &emails).await;
    assert!(residue.found(RawClass::Table) > 0);
    assert_eq!((residue.found(RawClass::Index), residue.found(RawClass::Statistics)), (0, 0));
    assert_eq!(residue.proven, Some(ErasureLevel::L0));
}

#[tokio::test]
async fn an_account_without_rights_is_told_which_are_missing() {
    let (server, _) = world("pglz", 2000).await;
    server.execute("shop", "CREATE ROLE reader LOGIN PASSWORD 'x'; GRANT SELECT ON customers TO reader").await;
    server.execute("shop", DELETE).await;
    let url = format!("postgres://reader:x@{}", server.place("shop"));
    let store = Postgres::new(&url, None).unwrap();
    let wish = ScrubWish { tables: vec![TABLE.to_owned()], level: ErasureLevel::L2, exclusive: Exclusive::Allowed };
    let plan = store.scrub_plan(&wish).await.unwrap();
    assert!(plan.steps.iter().all(|step| matches!(step.state, StepState::Blocked { .. })));
    assert_eq!(plan.reach(ErasureLevel::L2), ErasureLevel::L0);
    let emails = traces(Goes::Scattered, TABLE, "email", |id| Some(email(id)));
    let residue = search(&store, TABLE, &emails).await;
    assert_eq!((residue.how, residue.proven), (None, Some(ErasureLevel::L0)));
    assert!(residue.blind.iter().any(|spot| spot.level == Some(ErasureLevel::L1)), "{:?}", residue.blind);
}

#[tokio::test]
async fn files_on_another_machine_are_read_through_the_server() {
    let (server, _) = world("pglz", 2000).await;
    // The functions are given to one database's role; the folder of the server is not told to it.
    let rights = "CREATE ROLE searcher LOGIN PASSWORD 'x'; GRANT SELECT ON customers TO searcher;
        GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean), pg_ls_waldir(),
              pg_ls_dir(text, boolean, boolean) TO searcher";
    server.execute("shop", rights).await;
    server.execute("shop", DELETE).await;
    server.execute("shop", "CHECKPOINT").await;
    let store = Postgres::new(&format!("postgres://searcher:x@{}", server.place("shop")), None).unwrap();
    let emails = traces(Goes::Scattered, TABLE, "email", |id| Some(email(id)));
    let residue = search(&store, TABLE, &emails).await;
    assert_eq!(residue.how, Some(dataward_connect::scrub::HowRead::Server));
    let found = [RawClass::Table, RawClass::Index, RawClass::Redo].map(|class| residue.found(class));
    assert_eq!(found, [ERASED, ERASED, ERASED]);
    let bios = traces(Goes::Scattered, TABLE, "bio", |id| (id % 50 == 0).then(|| bio(id, 2000)));
    assert_eq!(search(&store, TABLE, &bios).await.found(RawClass::Toast), 400);
}

#[tokio::test]
async fn samples_of_a_part_go_from_the_statistics_of_the_whole_too() {
    let server = PostgresServer::private();
    let made = "CREATE TABLE visits (id integer, email text) PARTITION BY RANGE (id);
        CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (0) TO (1000);
        CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM (1000) TO (2000);
        INSERT INTO visits SELECT id, 'visitor' || id || '@lantern.example' FROM generate_series(0, 1999) id;
        ANALYZE visits; DELETE FROM visits WHERE id < 900";
    server.execute("postgres", made).await;
    let store = Postgres::new(&server.url("postgres"), None).unwrap();
    let run = scrub(&store, "public.visits_old", ErasureLevel::L2, Exclusive::Allowed).await;
    assert_eq!((run.reached(), run.reasons()), (ErasureLevel::L2, vec![]));
    let mut connection = server.connect("postgres").await;
    let sampled =
        "SELECT count(*) FROM pg_stats WHERE tablename = 'visits' AND histogram_bounds::text LIKE '%visitor1@%'
        OR tablename = 'visits' AND most_common_vals::text LIKE '%visitor1@%'
        OR tablename = 'visits' AND histogram_bounds::text ~ 'visitor[0-8]?[0-9]?[0-9]@'";
    let left: i64 = sqlx::query_scalar(sampled).fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0);
}
