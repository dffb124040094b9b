//! How stored data is encrypted and how clients are connected, as real servers say it.

use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::at_rest::AtRest;
use dataward_connect::conformance::read_unit;
use dataward_connect::files::Files;
use dataward_connect::files::look_at_settings;
use dataward_connect::mysql::Mysql;
use dataward_connect::objects::Credentials;
use dataward_connect::objects::Objects;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PostgresServer;
use futures::StreamExt;
use futures::TryStreamExt;
use sqlx::Connection;
use sqlx::MySqlConnection;

/// Unit and what encrypts it; disks of the machine that runs the tests left out.
fn units(at_rest: &AtRest) -> Vec<(&str, &str)> {
    let named = at_rest.protections.iter().filter_map(|known| Some((known.unit.as_deref()?, known.by.as_str())));
    named.collect()
}

#[tokio::test]
async fn files_are_told_by_their_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("old")).unwrap();
    fs_err::write(folder.path().join("old/people.csv.age"), "age-encryption.org/v1\n").unwrap();
    fs_err::write(folder.path().join("people.csv"), "email\nada@example.org\n").unwrap();
    let found = Files::new(folder.path()).at_rest().await.unwrap();
    assert_eq!((units(&found), found.looked_at), (vec![("old/people.csv.age", "age")], 2));
}

#[test]
fn settings_are_read_and_other_files_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".env", ".env.local", "app/config.yaml", "Dockerfile", "people.csv", "photo.png"] {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "x").unwrap();
    }
    fs_err::write(folder.path().join("large.json"), vec![b' '; 1 << 20]).unwrap();
    let found = look_at_settings(folder.path(), |text| vec![text.len()]).unwrap();
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [".env", ".env.local", "Dockerfile", "app/config.yaml"]);
}

#[tokio::test]
async fn tables_that_innodb_encrypts_are_told_from_others() {
    let server = MariaDbServer::private_with_key();
    let statements = "CREATE DATABASE shop; CREATE TABLE shop.sealed (a int) ENCRYPTED=YES;
        CREATE TABLE shop.plain (a int); CREATE USER reader IDENTIFIED BY 'x'; GRANT SELECT ON shop.* TO reader";
    server.execute("mysql", statements).await;
    let found = Mysql::new(&server.url("shop"), None).unwrap().at_rest().await.unwrap();
    assert_eq!(units(&found), [("shop.sealed", "InnoDB tablespace encryption")]);
    assert_eq!((found.looked_at, found.unseen.as_slice()), (2, &[][..]));
    // Without PROCESS it is only what was declared, and that is said.
    let reader = format!("mysql://reader:x@{}", server.place("shop"));
    let found = Mysql::new(&reader, None).unwrap().at_rest().await.unwrap();
    assert_eq!(units(&found), [("shop.sealed", "InnoDB tablespace encryption")]);
    assert!(found.protections[0].proof.contains("declared") && found.unseen[0].contains("GRANT PROCESS"));
}

#[tokio::test]
async fn a_store_says_what_it_encrypts_with() {
    let moto = MotoServer::shared();
    moto.make_bucket("sealed", false);
    moto.make_bucket("open", false);
    let setting = b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
        <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
        </ServerSideEncryptionConfiguration>";
    moto.request("PUT", "/sealed?encryption", &[], setting);
    moto.request("PUT", "/open/by-store.csv", &[("x-amz-server-side-encryption", "AES256")], b"email\n");
    moto.put("open", "by-owner.csv", b"age-encryption.org/v1\n");
    moto.put("open", "readable.csv", b"email\n");
    let objects =
        |bucket: &str| Objects::new(&moto.url(bucket), Some(Credentials::access_key("key", "secret"))).unwrap();
    let found = objects("open").at_rest().await.unwrap();
    assert_eq!(units(&found), [("by-owner.csv", "age"), ("by-store.csv", "SSE-S3 (AES-256)")]);
    assert_eq!((found.looked_at, found.unseen.as_slice()), (3, &[][..]));
    let found = objects("sealed").at_rest().await.unwrap();
    assert_eq!(found.protections.iter().map(|known| known.by.as_str()).collect::<Vec<_>>(), ["SSE-KMS"]);
}

#[tokio::test]
async fn postgresql_shows_its_clients_to_those_who_may_look() {
    let database = PostgresServer::shared().database().await;
    let name = database.name();
    database.execute(&format!("CREATE ROLE {name}_reader LOGIN PASSWORD 'x'")).await;
    let _socket = database.connect().await;
    let clients = Postgres::new(&database.url(), None).unwrap().clients().await.unwrap().unwrap();
    assert!(clients.local >= 1 && clients.unseen == 0, "{clients:?}");
    assert_eq!((clients.in_clear, clients.wants_tls), (0, None));
    let url = format!("postgres://{name}_reader:x@{}", database.server().place(name));
    let clients = Postgres::new(&url, None).unwrap().clients().await.unwrap().unwrap();
    assert!(clients.unseen >= 1, "{clients:?}");
}

#[tokio::test]
async fn mariadb_says_whether_it_wants_tls_and_how_many_came_with_it() {
    let server = MariaDbServer::private_without_tls();
    let source = Mysql::new(&server.url("mysql"), None).unwrap();
    let clients = source.clients().await.unwrap().unwrap();
    assert_eq!(clients.wants_tls, Some(false));
    assert!(clients.since_start.is_some_and(|(all, encrypted)| all > 0 && encrypted == 0), "{clients:?}");
    server.execute("mysql", "SET GLOBAL require_secure_transport = ON").await;
    // The connection made before is still open.
    assert_eq!(source.clients().await.unwrap().unwrap().wants_tls, Some(true));
}

#[tokio::test]
async fn postgresql_counts_writes_and_lookups_and_no_readings_of_the_whole() {
    let database = PostgresServer::shared().database().await;
    database.execute("CREATE TABLE visitors (id int PRIMARY KEY, email text)").await;
    // Counters reach the others when a transaction has ended and the session is told to hand them over.
    let done = |sql: &str| format!("{sql}; SELECT pg_stat_force_next_flush()");
    database.execute(&done("INSERT INTO visitors SELECT n, n || '@example.org' FROM generate_series(1, 500) n")).await;
    let source = Postgres::new(&database.url(), None).unwrap();
    let counters = async || {
        let uses = source.uses().await.unwrap().unwrap();
        let table = uses.into_iter().find(|table| table.table == "public.visitors").unwrap();
        (table.lookups, table.writes)
    };
    assert_eq!(counters().await, (0, 500));
    database.execute(&done("SELECT count(email) FROM visitors")).await;
    assert_eq!(counters().await, (0, 500), "who reads everything looks nothing up");
    database.execute(&done("SET enable_seqscan = off; SELECT email FROM visitors WHERE id = 7")).await;
    assert_eq!(counters().await, (1, 500));
}

#[tokio::test]
async fn mariadb_says_when_it_does_not_count() {
    let server = MariaDbServer::private_without_tls();
    let source = Mysql::new(&server.url("mysql"), None).unwrap();
    assert_eq!(source.uses().await.unwrap(), None, "its performance schema is off");
}

#[tokio::test]
async fn postgresql_tells_since_when_nobody_used_a_table() {
    // Before 15 nobody can ask a session to hand its counters over.
    for version in PostgresServer::versions().into_iter().filter(|version| *version >= 15) {
        let server = PostgresServer::private_of(version);
        let done = async |sql: &str| {
            server.execute("postgres", &format!("{sql}; SELECT pg_stat_force_next_flush()")).await;
        };
        let source = Postgres::new(&server.url("postgres"), None).unwrap();
        let idle = async || {
            let uses = source.uses().await.unwrap().unwrap();
            uses.into_iter().find(|table| table.table == "public.visitors").unwrap().idle_since
        };
        done(
            "CREATE TABLE visitors (id int PRIMARY KEY, email text); INSERT INTO visitors VALUES (7, 'a@example.org')",
        )
        .await;
        assert_eq!(idle().await, None, "{version}: it was written to");
        done("SELECT pg_stat_reset()").await;
        done("SELECT count(email) FROM visitors").await;
        let reset = idle().await.expect("nobody looked anything up since the statistics were reset");
        done("SET enable_seqscan = off; SELECT email FROM visitors WHERE id = 7").await;
        let after = idle().await;
        assert_eq!(after.is_some(), version >= 16, "{version}: from 16 on the last lookup is kept");
        assert!(after.is_none_or(|after| after >= reset));
    }
}

#[tokio::test]
async fn mariadb_tells_that_nobody_used_a_table_since_it_was_started() {
    // Counters can be put back to nothing, as a start does.
    let schema = "TRUNCATE performance_schema.table_io_waits_summary_by_table;
        TRUNCATE performance_schema.table_io_waits_summary_by_index_usage";
    for (counts, anew) in
        [("--performance-schema=ON", schema), ("--userstat=ON", "FLUSH TABLE_STATISTICS; FLUSH INDEX_STATISTICS")]
    {
        let server = MariaDbServer::private_with(&[counts]);
        let source = Mysql::new(&server.url("mysql"), None).unwrap();
        let idle = async || {
            let uses = source.uses().await.unwrap().unwrap();
            uses.into_iter().find(|table| table.table == "shop.visitors").unwrap().idle_since
        };
        let made = "CREATE DATABASE shop; CREATE TABLE shop.visitors (id INT PRIMARY KEY, email TEXT);
            INSERT INTO shop.visitors VALUES (7, 'a@example.org')";
        server.execute("mysql", made).await;
        assert_eq!(idle().await, None, "{counts}: it was written to");
        server.execute("mysql", anew).await;
        server.execute("shop", "SELECT email FROM visitors").await;
        assert!(idle().await.is_some(), "{counts}: who reads everything looks nothing up");
        server.execute("shop", "SELECT email FROM visitors WHERE id = 7").await;
        assert_eq!(idle().await, None, "{counts}: a row was looked up");
    }
}

#[tokio::test]
async fn postgresql_tells_which_columns_no_statement_names_where_it_keeps_them() {
    for version in PostgresServer::versions() {
        let server = PostgresServer::private_with(version, &["shared_preload_libraries=pg_stat_statements"]);
        let database = server.database().await;
        let source = Postgres::new(&database.url(), None).unwrap();
        let named = async || {
            let uses = source.uses().await.unwrap().unwrap();
            uses.into_iter().find(|table| table.table == "public.visitors").unwrap().named
        };
        database
            .execute("CREATE TABLE visitors (id int PRIMARY KEY, email text, fax text, born date, town text)")
            .await;
        assert_eq!(named().await, None, "{version}: nobody keeps statements here");
        database.execute("CREATE SCHEMA kept; CREATE EXTENSION pg_stat_statements SCHEMA kept").await;
        if version < 14 {
            assert_eq!(named().await, None, "it does not tell since when");
            continue;
        }
        database.execute("INSERT INTO visitors (id, email) VALUES (7, 'ada@example.org')").await;
        database.execute("CREATE VIEW ages AS SELECT born FROM visitors").await;
        let mut connection = database.connect().await;
        let copied = connection.copy_out_raw("COPY (SELECT fax FROM visitors) TO STDOUT").await.unwrap();
        assert_eq!(copied.collect::<Vec<_>>().await.len(), 1);
        let kept = named().await.expect("all statements are kept");
        let used = ["id", "email", "fax", "born", "town"].map(|column| kept.may_name(column));
        assert_eq!(used, [true, true, false, true, false], "{version}: {kept:?}");
        database.execute("SELECT * FROM visitors").await;
        assert!(named().await.unwrap().may_name("town"), "{version}");
        // Who may not read the statements of others is told nothing rather than too little.
        database.execute("CREATE ROLE auditor LOGIN PASSWORD 'secret'").await;
        database.execute("GRANT USAGE ON SCHEMA kept TO auditor").await;
        let place = database.url().rsplit_once('@').unwrap().1.to_owned();
        let url = format!("postgres://auditor:secret@{place}");
        let uses = Postgres::new(&url, None).unwrap().uses().await.unwrap().unwrap();
        assert!(uses.iter().all(|table| table.named.is_none()), "{version}");
    }
}

#[tokio::test]
async fn mysql_and_mariadb_tell_which_columns_no_statement_names_where_they_keep_them() {
    let mariadb = MariaDbServer::private_with(&["--performance-schema=ON"]);
    let mysql = MysqlServer::private(&[]);
    columns_that_no_statement_names(|database| mariadb.url(database), "MariaDB").await;
    columns_that_no_statement_names(|database| mysql.url(database), "MySQL").await;
}

async fn columns_that_no_statement_names(url: impl Fn(&str) -> String, product: &str) {
    let source = Mysql::new(&url("shop"), None).unwrap();
    let named = async || {
        let uses = source.uses().await.unwrap().unwrap();
        uses.into_iter().find(|table| table.table == "shop.visitors").unwrap().named
    };
    let mut root = MySqlConnection::connect(&url("mysql")).await.unwrap();
    let mut done = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&mut root).await.unwrap_or_else(|error| panic!("{product}: {error}"));
    };
    // What the server does as it starts is none of ours.
    done("CREATE DATABASE shop").await;
    done("CREATE TABLE shop.visitors (id int PRIMARY KEY, email text, fax text, born date, town text, tip text)").await;
    done("INSERT INTO shop.visitors (id, email) VALUES (7, 'ada@example.org')").await;
    done("CREATE VIEW shop.ages AS SELECT born FROM shop.visitors").await;
    // Our own readings are no use, nor are dumps.
    let units: Vec<_> = source.units().await.unwrap().try_collect().await.unwrap();
    let unit = units.iter().find(|unit| unit.name == "shop.visitors").unwrap();
    read_unit(&source, unit, &ReadRequest::full()).await.unwrap();
    done("SELECT /*!40001 SQL_NO_CACHE */ * FROM shop.visitors").await;
    let kept = named().await.unwrap_or_else(|| panic!("{product}: all statements are kept"));
    let used = ["id", "email", "fax", "born", "town"].map(|column| kept.may_name(column));
    assert_eq!(used, [true, true, false, true, false], "{product}: {kept:?}");
    // MariaDB keeps nothing of what a program prepares.
    sqlx::query("SELECT town FROM shop.visitors WHERE id = ?").bind(7).fetch_all(&mut root).await.unwrap();
    let town = named().await.map(|kept| ["fax", "town"].map(|column| kept.may_name(column)));
    assert_eq!(town, (product == "MySQL").then_some([false, true]));
    let mut done = async |statement: &'static str| sqlx::raw_sql(statement).execute(&mut root).await.map(drop);
    done("CREATE USER auditor IDENTIFIED BY 'secret'").await.unwrap();
    done("GRANT SELECT ON shop.* TO auditor").await.unwrap();
    done("PREPARE late FROM 'SELECT tip FROM shop.visitors'").await.unwrap();
    assert_eq!(named().await, None, "{product}: of statements made at run time the text is not kept");
}
