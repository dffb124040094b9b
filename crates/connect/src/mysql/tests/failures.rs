//! One clear sentence for each failure, without any value of the server's messages.

use dataward_testkit::server::free_port;
use dataward_testkit::server::mariadb::MariaDbServer;
use futures::StreamExt;

use super::super::Mysql;
use super::planted;
use super::read_all;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::conformance::find_unit;
use crate::conformance::first_error;
use crate::conformance::list_units;

async fn sentence(url: &str) -> String {
    Mysql::new(url, None).unwrap().open().await.unwrap_err().to_string()
}

#[tokio::test]
async fn servers_that_cannot_be_reached_are_told_apart() {
    let server = MariaDbServer::shared();
    let (port, closed) = (server.server().port(), free_port());
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = listener.local_addr().unwrap().port();
    for (url, expected) in [
        (
            format!("mysql://root:topsecret@127.0.0.1:{port}/mysql"),
            format!(
                "not allowed to read 127.0.0.1:{port}: wrong password for `root`, or the account may not come from this machine"
            ),
        ),
        (
            format!("mysql://root@127.0.0.1:{port}/mysql"),
            format!(
                "not allowed to read 127.0.0.1:{port}: no password was given for `root`, or the account may not come from \
                 this machine"
            ),
        ),
        (server.url("absent"), format!("cannot reach 127.0.0.1:{port}: there is no database `absent`; check its name")),
        (
            format!("mysql://a:topsecret@127.0.0.1:{closed}/x"),
            format!("cannot reach 127.0.0.1:{closed}: nothing listens there; check host and port"),
        ),
        (
            "mysql://a:topsecret@no-such-host.invalid/x".to_owned(),
            "cannot reach no-such-host.invalid:3306: no host of that name is known".to_owned(),
        ),
        (
            format!("mysql://a:topsecret@127.0.0.1:{silent}/x?connect-timeout=1"),
            format!("cannot reach 127.0.0.1:{silent}: no answer within 1 seconds; check host, port and firewall"),
        ),
        (
            "mysql://a:topsecret@localhost/x?socket=/absent/socket".to_owned(),
            "cannot reach /absent/socket: there is no such socket; check the path and that the server runs".to_owned(),
        ),
        (
            "mysql://a:topsecret@localhost/x?ssl-mode=verify_ca&ssl-ca=/absent/ca.pem".to_owned(),
            "no safe connection to localhost:3306: the file `/absent/ca.pem` cannot be read; check its path and mode"
                .to_owned(),
        ),
    ] {
        let message = sentence(&url).await;
        assert_eq!(message, expected);
        assert!(!message.contains("topsecret"));
    }
}

#[tokio::test]
async fn what_is_no_database_server_is_one_sentence() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let message = sentence(&format!("mysql://a:b@127.0.0.1:{port}/x")).await;
    assert!(message.starts_with(&format!("cannot reach 127.0.0.1:{port}: ")), "{message}");
    answer.join().unwrap();
}

#[tokio::test]
async fn a_missing_right_comes_with_the_grant_to_type() {
    let (database, _) = planted("CREATE TABLE t (x INT, y INT); INSERT INTO t VALUES (1, 2)").await;
    let name = database.name();
    let account = format!("poor_{name}");
    let create = format!("CREATE USER {account}@'%' IDENTIFIED BY 'pw'; GRANT SELECT (x) ON {name}.t TO {account}@'%'");
    database.execute(&create).await;
    let url = |database_name: &str| format!("mysql://{account}:pw@{}", database.server().place(database_name));
    let source = Mysql::new(&url(name), None).unwrap();
    let table = read_all(&source, &format!("{name}.t")).await;
    assert_eq!(table.head.columns.len(), 1, "only the column it may read");
    let breach = list_units(&source).await.unwrap_err().to_string();
    assert!(breach.contains("the account was given single tables only"), "what it cannot see is said: {breach}");
    let unit = find_unit(&source, &format!("{name}.t")).await.unwrap();
    database
        .execute(&format!("REVOKE ALL, GRANT OPTION FROM {account}@'%'; GRANT INSERT ON {name}.t TO {account}@'%'"))
        .await;
    let source = Mysql::new(&url(name), None).unwrap();
    let error = first_error(&source, &unit, &ReadRequest::full()).await.unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "not allowed to read `{name}.t`: `{account}` lacks the right; run `GRANT SELECT, SHOW VIEW ON `{name}`.`t` TO '{account}'@'%';`"
        )
    );
    let error = sentence(&url("mysql")).await;
    assert!(error.contains("has no rights in `mysql`; run `GRANT SELECT, SHOW VIEW ON `mysql`.* TO"), "{error}");
}

#[tokio::test]
async fn views_and_tables_that_cannot_be_read_do_not_hide_the_others() {
    let (database, source) = planted(
        "CREATE TABLE fine (x INT); INSERT INTO fine VALUES (1);
         CREATE TABLE base (x INT); CREATE VIEW broken AS SELECT x FROM base; DROP TABLE base;
         CREATE TABLE raising (x VARCHAR(50)); INSERT INTO raising VALUES ('ada@example.org');
         CREATE FUNCTION shout(x TEXT) RETURNS TEXT DETERMINISTIC
           BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ada@example.org'; RETURN x; END;
         CREATE VIEW shouting AS SELECT shout(x) FROM raising;",
    )
    .await;
    let name = |table: &str| format!("{}.{table}", database.name());
    for (table, expected) in
        [("broken", "is not there any more"), ("shouting", "the server could not read it (its error 1644)")]
    {
        let unit = match find_unit(&source, &name(table)).await {
            Ok(unit) => unit,
            Err(breach) => panic!("{table}: {breach}"),
        };
        let error = first_error(&source, &unit, &ReadRequest::full()).await.unwrap().to_string();
        assert!(error.contains(&name(table)), "{error}");
        assert!(error.contains(expected) || error.contains("this view refers to"), "{error}");
        assert!(!error.contains("ada"), "{error}");
    }
    assert_eq!(read_all(&source, &name("fine")).await.rows, 1);
}

#[tokio::test]
async fn a_connection_that_is_cut_ends_the_unit_with_a_sentence() {
    let (database, source) =
        planted("CREATE TABLE t (x TEXT); INSERT INTO t SELECT REPEAT('x', 1000) FROM seq_1_to_60000").await;
    let unit = find_unit(&source, &format!("{}.t", database.name())).await.unwrap();
    let mut chunks = source.read(&unit, &ReadRequest::full()).await.unwrap();
    chunks.next().await.unwrap().unwrap();
    chunks.next().await.unwrap().unwrap();
    let find = format!(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> connection_id() AND COMMAND <> 'Sleep'",
        database.name()
    );
    let mut superuser = database.connect().await;
    let found = sqlx::raw_sql(sqlx::AssertSqlSafe(find)).fetch_all(&mut superuser).await.unwrap();
    let id = super::super::types::text(&found[0], 0);
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("KILL CONNECTION {id}"))).execute(&mut superuser).await.unwrap();
    let mut last = None;
    while let Some(chunk) = chunks.next().await {
        last = Some(chunk);
    }
    let Some(Err(ConnectError::Unreachable { reason, .. })) = last else { panic!("{last:?}") };
    let sentences = ["the connection was cut; try again", "the server ended the connection; try again"];
    assert!(sentences.contains(&reason.as_str()), "{reason}");
}

#[tokio::test]
async fn a_server_that_stays_silent_is_left_when_asked_and_ends_its_statement() {
    let (database, source) =
        planted("CREATE TABLE t (x INT); INSERT INTO t VALUES (1); CREATE VIEW slow AS SELECT SLEEP(1000) FROM t")
            .await;
    let unit = find_unit(&source, &format!("{}.slow", database.name())).await.unwrap();
    let request = ReadRequest::full();
    let mut chunks = source.read(&unit, &request).await.unwrap();
    chunks.next().await.unwrap().unwrap();
    request.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(chunks.next().await, Some(Err(ConnectError::Cancelled))));
    assert!(chunks.next().await.is_none());
    let running = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND INFO LIKE '%slow%' AND ID <> connection_id()",
        database.name()
    );
    let mut superuser = database.connect().await;
    loop {
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(running.clone())).fetch_all(&mut superuser).await.unwrap();
        if super::super::types::number(&rows[0], 0) == Some(0) {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_login_method_we_do_not_know_is_named() {
    let (database, _) = planted("INSTALL PLUGIN IF NOT EXISTS ed25519 SONAME 'auth_ed25519'").await;
    let account = format!("ed_{}", database.name());
    database.execute(&format!("CREATE USER {account}@'%' IDENTIFIED VIA ed25519 USING PASSWORD('topsecret')")).await;
    let place = database.server().place(database.name());
    let message = sentence(&format!("mysql://{account}:topsecret@{place}")).await;
    assert!(message.contains("logs in with a method dataward does not know"), "{message}");
}
