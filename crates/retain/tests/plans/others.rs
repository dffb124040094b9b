//! While a server is at work for others, they go first.

use dataward_connect::Amend;
use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;

/// Asks until the answer is this; the test's own limit of time ends it otherwise.
async fn becomes(source: &dyn Amend, wanted: bool) {
    while source.works_for_others().await.unwrap() != wanted {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_says_whether_it_is_at_work_for_others() {
    let server = PostgresServer::private();
    let source = Postgres::new(&server.url("postgres"), None).unwrap();
    becomes(&source, false).await;
    let mut other = server.connect("postgres").await;
    let long = "SELECT count(*) FROM generate_series(1, 1000000000000)";
    let work = tokio::spawn(async move { sqlx::raw_sql(long).execute(&mut other).await.map(drop) });
    becomes(&source, true).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM gen%'";
    server.execute("postgres", end).await;
    assert!(work.await.unwrap().is_err());
    becomes(&source, false).await;

    let server = MariaDbServer::private_with(&[]);
    let source = Mysql::new(&server.url("mysql"), None).unwrap();
    becomes(&source, false).await;
    let mut other = server.connect("mysql").await;
    let id: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut other).await.unwrap();
    let long = "SELECT BENCHMARK(1000000000000, MD5('a'))";
    let work = tokio::spawn(async move { sqlx::raw_sql(long).execute(&mut other).await.map(drop) });
    becomes(&source, true).await;
    server.execute("mysql", &format!("KILL {id}")).await;
    assert!(work.await.unwrap().is_err());
    becomes(&source, false).await;
}
