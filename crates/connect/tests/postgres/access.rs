//! What an account may not read is said, with the statement that would allow it.

use std::sync::Arc;

use dataward_connect::ConnectError;
use dataward_connect::postgres::Postgres;
use dataward_connect::postgres::least_privilege;
use dataward_model::Redacted;
use dataward_testkit::server::postgres::TestDatabase;

use super::database;
use super::fails;
use super::read_all;
use super::source;
use super::texts;

/// An account named for the test's database, as accounts belong to the whole server.
async fn with_reader(database: &TestDatabase, grants: &str) -> (String, Arc<Postgres>) {
    let account = format!("reader_{}", database.name());
    database.execute(&format!("CREATE ROLE {account} LOGIN PASSWORD 'reads'")).await;
    database.execute(&grants.replace("READER", &account)).await;
    let url = format!("postgres://{account}@{}", database.server().place(database.name()));
    (account, Arc::new(Postgres::new(&url, Some(Redacted::new("reads".into()))).unwrap()))
}

#[tokio::test]
async fn a_refusal_names_the_grant_that_is_missing() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (a int, b text, c text); INSERT INTO t VALUES (1, 'x', 'secret'); \
             CREATE SCHEMA hidden; CREATE TABLE hidden.h (a int); \
             CREATE TABLE partly (a int, b text); INSERT INTO partly VALUES (1, 'secret'); \
             CREATE VIEW behind AS SELECT * FROM t; \
             CREATE FUNCTION peek() RETURNS text LANGUAGE sql AS 'SELECT c FROM t LIMIT 1'; \
             CREATE VIEW through_function AS SELECT peek() AS p",
        )
        .await;
    let grants = "GRANT SELECT (a) ON partly TO READER; GRANT SELECT ON through_function TO READER";
    let (account, source) = with_reader(&database, grants).await;
    let message = fails(&*source, "public.t").await.to_string();
    let grant = format!("GRANT SELECT ON TABLE \"public\".\"t\" TO \"{account}\"");
    assert_eq!(message, format!("not allowed to read public.t: needed: {grant}"));
    let message = fails(&*source, "hidden.h").await.to_string();
    assert!(message.contains(&format!("GRANT USAGE ON SCHEMA \"hidden\" TO \"{account}\"")), "{message}");
    let error = fails(&*source, "public.through_function").await;
    assert!(matches!(error, ConnectError::Denied { .. }), "{error}");

    let reading = read_all(&*source, "public.partly").await;
    assert_eq!(texts(&reading.tables[0].content, "a"), [Some("1".to_owned())]);
    assert_eq!(reading.tables[0].head.columns.len(), 2);
    assert_eq!(reading.skipped[0].place, "public.partly.b");
    assert!(reading.skipped[0].reason.contains("GRANT SELECT (\"b\") ON TABLE \"public\".\"partly\""));
}

#[tokio::test]
async fn row_level_security_is_told() {
    let database = database().await;
    database
        .execute(
            "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); ALTER TABLE t ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY small ON t USING (a < 2)",
        )
        .await;
    let (account, reader) = with_reader(&database, "GRANT SELECT ON t TO READER").await;
    let reading = read_all(&*reader, "public.t").await;
    assert_eq!(reading.tables[0].rows, 1);
    assert!(reading.skipped[0].reason.contains(&format!("ALTER ROLE \"{account}\" BYPASSRLS")));
    let reading = read_all(&*source(&database), "public.t").await;
    assert_eq!((reading.tables[0].rows, reading.skipped.len()), (2, 0));
}

#[tokio::test]
async fn a_superuser_does_not_run_the_code_of_others() {
    let database = database().await;
    let (account, _) = with_reader(&database, "GRANT CREATE ON SCHEMA public TO READER").await;
    database
        .execute(&format!(
            "CREATE TABLE seen (by_whom text); \
             SET SESSION AUTHORIZATION {account}; \
             CREATE TYPE pair AS (a text, b text); \
             CREATE FUNCTION evil(pair) RETURNS text LANGUAGE plpgsql AS \
               $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$; \
             CREATE CAST (pair AS text) WITH FUNCTION evil(pair) AS ASSIGNMENT; \
             CREATE TABLE bait (p pair); INSERT INTO bait VALUES (ROW('x', 'y')); \
             CREATE VIEW trap AS SELECT evil(p) AS e FROM bait; \
             RESET SESSION AUTHORIZATION; \
             CREATE VIEW around AS SELECT * FROM trap"
        ))
        .await;
    let source = source(&database);
    for view in ["public.trap", "public.around"] {
        let error = fails(&*source, view).await;
        assert!(error.to_string().contains("would run code of accounts that are none"), "{error}");
    }
    let bait = read_all(&*source, "public.bait").await;
    assert_eq!(texts(&bait.tables[0].content, "p"), [Some("(x,y)".to_owned())]);
}

#[tokio::test]
async fn the_account_that_init_proposes_reads_everything_and_writes_nothing() {
    let database = database().await;
    database.execute("CREATE SCHEMA s; CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1)").await;
    let account = format!("init \"{}\"", database.name());
    database.execute(&least_privilege(&account, database.name())).await;
    let quoted = account.replace('"', "\"\"");
    database.execute(&format!("ALTER ROLE \"{quoted}\" PASSWORD 'reads'")).await;
    let keywords = format!(
        "host=127.0.0.1 port={} dbname={} user='{account}'",
        database.server().server().port(),
        database.name()
    );
    let source = Postgres::new(&keywords, Some(Redacted::new("reads".into()))).unwrap();
    assert_eq!(read_all(&source, "s.t").await.tables[0].rows, 1);
}
