//! What would stop an apply in the middle, or keep what it deleted, is said by the plan.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_connect::scrub::Exclusive;
use dataward_connect::scrub::Scrub;
use dataward_connect::scrub::ScrubWish;
use dataward_model::ErasureLevel;
use dataward_policy::Action;
use dataward_retain::plan::Mask;
use dataward_retain::plan::Replacement;
use dataward_testkit::server::as_account;
use dataward_testkit::server::free_port;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;
use dataward_testkit::server::wait_until;
use sqlx::Connection;

use crate::world::Planned;
use crate::world::World;
use crate::world::rule;

const SHOP: &str = "CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(60), due INTEGER NOT NULL);
    CREATE TABLE letters (id INTEGER NOT NULL PRIMARY KEY, email VARCHAR(60), due INTEGER NOT NULL);
    INSERT INTO customers VALUES (1, 'ada@lantern.example', 1), (2, 'ben@lantern.example', 0);
    INSERT INTO letters VALUES (1, 'ada@lantern.example', 1);";

const SHOP_AGAIN: &str = "INSERT INTO customers VALUES (1, 'ada@lantern.example', 1)";

fn says(planned: &Planned, kind: &str) -> Vec<String> {
    let of_kind = planned.plan.warnings.iter().filter(|warning| warning.kind == kind);
    of_kind.map(|warning| warning.text.clone()).collect()
}

/// Rows of the one table go, of the other the address.
async fn plan(world: &World) -> Planned {
    let mut letters = rule(&world.name("letters").await, "due = 1");
    letters.action = Action::Anonymise;
    letters.columns = vec![Replacement { column: "email".to_owned(), with: Mask::Null }];
    world.plan(vec![rule(&world.name("customers").await, "due = 1"), letters], Vec::new()).await
}

fn lacks(planned: &Planned, table: &str, right: &str) -> bool {
    says(planned, "no-right").iter().any(|text| text.contains(table) && text.contains(&format!("GRANT {right} ON")))
}

#[tokio::test]
async fn an_account_that_may_only_read_postgresql_is_told_before() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("shop", SHOP).await;
    let grants = "CREATE ROLE reader LOGIN PASSWORD 'x'; GRANT SELECT ON customers, letters TO reader";
    server.execute("shop", grants).await;
    let url = format!("postgres://reader:x@{}", server.place("shop"));
    let world = World::over(Arc::new(Postgres::new(&url, None).unwrap()));
    let planned = plan(&world).await;
    let warnings = &planned.plan.warnings;
    assert!(lacks(&planned, "customers", "DELETE") && lacks(&planned, "letters", "UPDATE"), "{warnings:?}");
    server.execute("shop", "GRANT DELETE ON customers TO reader; GRANT UPDATE (email) ON letters TO reader").await;
    assert_eq!(says(&plan(&world).await, "no-right"), Vec::<String>::new());
}

#[tokio::test]
async fn an_account_that_may_only_read_mariadb_or_mysql_is_told_before() {
    let (mariadb, mysql) = (MariaDbServer::private_with(&[]), MysqlServer::private(&[]));
    let create = "CREATE DATABASE rights_shop";
    let grants = "CREATE USER reader@'%' IDENTIFIED BY 'x'; GRANT SELECT ON rights_shop.* TO reader@'%'";
    let more = "GRANT DELETE ON rights_shop.customers TO reader@'%'; GRANT UPDATE (email) ON rights_shop.letters TO reader@'%'";
    for is_mysql in [false, true] {
        let execute = async |database: &str, script: &str| match is_mysql {
            true => mysql.execute(database, script).await,
            false => mariadb.execute(database, script).await,
        };
        execute("mysql", create).await;
        execute("rights_shop", SHOP).await;
        execute("rights_shop", grants).await;
        let port = if is_mysql { mysql.server().port() } else { mariadb.server().port() };
        let url = format!("mysql://reader:x@127.0.0.1:{port}/rights_shop");
        let world = World::over(Arc::new(Mysql::new(&url, None).unwrap()));
        let planned = plan(&world).await;
        let warnings = &planned.plan.warnings;
        assert!(lacks(&planned, "customers", "DELETE") && lacks(&planned, "letters", "UPDATE"), "{warnings:?}");
        execute("rights_shop", more).await;
        assert_eq!(says(&plan(&world).await, "no-right"), Vec::<String>::new());
        let applied = plan(&world).await.apply().await;
        assert_eq!((applied.changed, applied.skipped), (vec![1, 1], vec![BTreeMap::new(); 2]));
        let left = (
            world.number("customers", "1 = 1").await.unwrap(),
            world.number("letters", "email IS NULL").await.unwrap(),
        );
        assert_eq!(left, (1, 1));
        execute("rights_shop", SHOP_AGAIN).await;
        execute("rights_shop", "SET GLOBAL read_only = 1").await;
        assert_eq!(says(&plan(&world).await, "takes-no-changes").len(), 1);
    }
}

/// What the plan of a clean-up says keeps rows.
async fn kept_by(source: &Postgres) -> String {
    let wish = ScrubWish {
        tables: vec!["public.customers".to_owned()],
        level: ErasureLevel::L1,
        exclusive: Exclusive::Allowed,
    };
    let plan = source.scrub_plan(&wish).await.unwrap();
    let limits = plan.limits.iter().map(|limit| (limit.level, limit.reason.clone()));
    let lowered: Vec<String> =
        limits.filter(|(level, _)| *level == ErasureLevel::L0).map(|(_, reason)| reason).collect();
    lowered.join("\n")
}

#[tokio::test]
async fn what_keeps_deleted_rows_of_postgresql_is_named_with_the_command_that_ends_it() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("postgres", "CREATE DATABASE other").await;
    server.execute("shop", SHOP).await;
    let source = Arc::new(Postgres::new(&server.url("shop"), None).unwrap());
    let world = World::over(source.clone());
    assert_eq!(says(&plan(&world).await, "rows-kept-back"), Vec::<String>::new());

    // A transaction that somebody left open, and one of another database, which keeps nothing.
    let mut elsewhere = server.connect("other").await;
    let open = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1";
    sqlx::raw_sql(open).execute(&mut elsewhere).await.unwrap();
    assert_eq!(kept_by(&source).await, "");
    let mut session = server.connect("shop").await;
    sqlx::raw_sql(open).execute(&mut session).await.unwrap();
    let told = says(&plan(&world).await, "rows-kept-back").join("\n");
    assert!(told.contains("pg_terminate_backend(") && told.contains("postgres"), "{told}");
    assert!(kept_by(&source).await.contains("pg_terminate_backend("));
    sqlx::raw_sql("ROLLBACK").execute(&mut session).await.unwrap();

    // One that was prepared and forgotten.
    let prepare = "BEGIN; UPDATE letters SET due = 0; PREPARE TRANSACTION 'forgotten'";
    sqlx::raw_sql(prepare).execute(&mut session).await.unwrap();
    let told = says(&plan(&world).await, "rows-kept-back").join("\n");
    assert!(told.contains("ROLLBACK PREPARED 'forgotten'"), "{told}");
    assert!(kept_by(&source).await.contains("ROLLBACK PREPARED 'forgotten'"));
    sqlx::raw_sql("ROLLBACK PREPARED 'forgotten'").execute(&mut session).await.unwrap();
    assert_eq!(kept_by(&source).await, "");
    session.close().await.unwrap();
}

/// A replica that told by its slot what its queries need, and was switched off.
#[tokio::test]
async fn a_slot_of_a_replica_that_is_gone_is_named() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE DATABASE shop").await;
    server.execute("shop", SHOP).await;
    let folder = server.socket_folder();
    let rules = folder.join("data/pg_hba.conf");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, format!("{text}local replication all trust\n")).unwrap();
    server.execute("shop", "SELECT pg_reload_conf(); SELECT pg_create_physical_replication_slot('old_replica')").await;
    let replica = folder.join("replica");
    let primary = format!("host={} port={} user=postgres", folder.display(), server.server().port());
    run(as_account(&programs().join("pg_basebackup"))
        .arg("--pgdata")
        .arg(&replica)
        .args(["--write-recovery-conf", "--slot=old_replica", "--wal-method=stream", "--checkpoint=fast"])
        .args(["--no-sync", "--dbname", &primary]));
    let settings = format!("port={}", free_port());
    let pg_ctl = |arguments: &[&str]| {
        let mut command = as_account(&programs().join("pg_ctl"));
        command.arg("--pgdata").arg(&replica).args(["--silent", "--wait", "--mode=immediate"]);
        run(command.arg("--log").arg(replica.join("replica.log")).args(arguments));
    };
    let options = format!("-c {settings} -c hot_standby_feedback=on -c wal_receiver_status_interval=1 -c ssl=off");
    pg_ctl(&["--options", &options, "start"]);
    let told_xmin = || {
        let mut psql = std::process::Command::new(programs().join("psql"));
        psql.arg("--host").arg(&folder).arg(format!("--port={}", server.server().port()));
        let sql = "SELECT count(*) FROM pg_replication_slots WHERE xmin IS NOT NULL";
        run(psql.args(["--username=postgres", "--dbname=shop", "-At", "--command", sql])).trim() == "1"
    };
    let told = wait_until(Duration::from_secs(60), told_xmin);
    pg_ctl(&["stop"]);
    told.unwrap();
    let source = Arc::new(Postgres::new(&server.url("shop"), None).unwrap());
    let said = says(&plan(&World::over(source.clone())).await, "rows-kept-back").join("\n");
    assert!(said.contains("nobody reads") && said.contains("pg_drop_replication_slot('old_replica')"), "{said}");
    assert!(kept_by(&source).await.contains("pg_drop_replication_slot('old_replica')"));
    server.execute("shop", "SELECT pg_drop_replication_slot('old_replica')").await;
    assert_eq!(kept_by(&source).await, "");
}
