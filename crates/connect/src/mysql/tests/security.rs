//! Nothing is written, and the way there is protected as demanded.

use dataward_model::Redacted;
use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mariadb::MariaDbServer;

use super::super::LogsInFrom;
use super::super::Mysql;
use super::super::least_privilege;
use super::planted;
use crate::ConnectError;
use crate::HowMuch;
use crate::Read;
use crate::ReadRequest;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::conformance::find_unit;
use crate::conformance::list_units;
use crate::conformance::read_unit;

async fn open(url: &str) -> Result<SourceFacts, ConnectError> {
    Mysql::new(url, None).unwrap().open().await
}

#[tokio::test]
async fn a_server_without_tls_is_told_nothing_that_could_write() {
    let server = MariaDbServer::private_without_tls();
    let log = server.server().inside().join("general.log");
    server.execute("mysql", "CREATE DATABASE d; CREATE TABLE d.t (a INT, x INT, PRIMARY KEY (a))").await;
    server.execute("d", "INSERT INTO t SELECT seq, seq FROM seq_0_to_999; CREATE VIEW v AS SELECT x FROM t").await;
    let start = format!("SET GLOBAL general_log_file = '{}', general_log = 1", log.display());
    server.execute("d", &start).await;
    let error = open(&format!("{}?ssl-mode=required", server.url("d"))).await.unwrap_err();
    assert!(matches!(error, ConnectError::Transport { .. }), "{error}");
    assert!(error.to_string().contains("the server does not speak TLS"), "{error}");
    let source = Mysql::new(&server.url("d"), None).unwrap();
    assert_eq!(source.open().await.unwrap().transport, TransportSecurity::Plain);
    for unit in list_units(&source).await.unwrap() {
        for how_much in [HowMuch::Everything, HowMuch::Sample { rows: 10, seed: 1 }] {
            read_unit(&source, &unit, &ReadRequest::new(how_much)).await.unwrap();
        }
    }
    server.execute("d", "SET GLOBAL general_log = 0").await;
    let said = std::fs::read_to_string(&log).unwrap();
    let statements: Vec<&str> =
        said.lines().filter_map(|line| line.split_once(" Query\t")).map(|(_, sql)| sql).collect();
    assert!(statements.len() > 20, "{said}");
    for sql in statements {
        let reads = format!("{} SELECT", crate::mysql::statements::OURS);
        let harmless = [
            reads.as_str(),
            "SELECT",
            "SHOW SESSION STATUS",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            "COMMIT",
        ];
        let sets = ["SET SESSION ", "SET sql_mode=(SELECT ", "SET time_zone=", "SET GLOBAL general_log"];
        assert!(harmless.iter().chain(&sets).any(|known| sql.starts_with(known)), "{sql}");
    }
}

#[tokio::test]
async fn a_table_is_read_as_it_was_when_the_reading_began() {
    let (database, source) =
        planted("CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t SELECT seq FROM seq_1_to_50000").await;
    let unit = find_unit(&source, &format!("{}.t", database.name())).await.unwrap();
    let mut request = ReadRequest::full();
    request.batch_bytes = 4096;
    let mut chunks = source.read(&unit, &request).await.unwrap();
    futures::StreamExt::next(&mut chunks).await.unwrap().unwrap();
    futures::StreamExt::next(&mut chunks).await.unwrap().unwrap();
    database.execute("DELETE FROM t").await;
    let mut total = None;
    while let Some(chunk) = futures::StreamExt::next(&mut chunks).await {
        if let crate::Chunk::End { rows_total } = chunk.unwrap() {
            total = rows_total;
        }
    }
    assert_eq!(total, Some(50_000));
}

#[tokio::test]
async fn each_tls_mode_says_how_the_way_is_protected() {
    let server = MariaDbServer::shared();
    let authority = server.certificates().authority();
    let tls = |verified| TransportSecurity::Tls { verified };
    for (parameters, expected) in [
        ("".to_owned(), tls(false)),
        ("?ssl-mode=disabled".to_owned(), TransportSecurity::Plain),
        ("?ssl-mode=required".to_owned(), tls(false)),
        (format!("?ssl-mode=verify_ca&ssl-ca={}", authority.display()), tls(true)),
        (format!("?ssl-mode=verify_identity&ssl-ca={}", authority.display()), tls(true)),
        (format!("?socket={}", server.socket().display()), TransportSecurity::Local),
    ] {
        let facts = open(&format!("{}{parameters}", server.url("mysql"))).await.unwrap();
        assert_eq!(facts.transport, expected, "{parameters}");
        assert!(facts.product.starts_with("MariaDB 1"), "{}", facts.product);
    }
}

#[tokio::test]
async fn certificates_that_are_not_to_be_trusted_are_refused() {
    let shared = MariaDbServer::shared();
    let wrong_name = MariaDbServer::private(Certificate::WrongName);
    let expired = MariaDbServer::private(Certificate::Expired);
    let unknown = "the server's certificate is signed by an authority that is not trusted (name it with ssl-ca=FILE)";
    let authority = |server: &MariaDbServer| format!("&ssl-ca={}", server.certificates().authority().display());
    let stranger = format!("&ssl-ca={}", shared.certificates().stranger().display());
    for (server, mode, file, reason) in [
        (&shared, "verify_ca", stranger.clone(), unknown),
        (&shared, "verify_identity", stranger, unknown),
        // The authorities of the system are asked only where no other is named.
        (&shared, "verify_identity", String::new(), unknown),
        (&expired, "verify_ca", authority(&expired), "the server's certificate has expired"),
        (&wrong_name, "verify_identity", authority(&wrong_name), "the server's certificate is for another host name"),
    ] {
        let url = format!("{}?ssl-mode={mode}{file}", server.url("mysql"));
        let error = open(&url).await.unwrap_err().to_string();
        assert_eq!(error, format!("no safe connection to 127.0.0.1:{}: {reason}", server.server().port()));
    }
    let without = MariaDbServer::private_without_tls();
    let error = open(&format!("{}?ssl-mode=verify_ca", without.url("mysql"))).await.unwrap_err().to_string();
    assert!(error.contains("the server does not speak TLS"), "{error}");
    let url = format!("{}?ssl-mode=verify_identity{}", shared.url("mysql"), authority(&shared));
    let error = open(&url.replace(":correct%20horse@", ":wrong@")).await.unwrap_err();
    assert!(error.to_string().contains("wrong password for"), "{error}");
    let url = format!(
        "{}?ssl-mode=verify_ca&ssl-ca={}",
        wrong_name.url("mysql"),
        wrong_name.certificates().authority().display()
    );
    assert_eq!(open(&url).await.unwrap().transport, TransportSecurity::Tls { verified: true });
    wrong_name.execute("mysql", "SET GLOBAL require_secure_transport = ON").await;
    let error = open(&format!("{}?ssl-mode=disabled", wrong_name.url("mysql"))).await.unwrap_err();
    assert!(error.to_string().ends_with("or not without TLS"), "{error}");
}

#[tokio::test]
async fn the_account_that_init_proposes_can_read_and_nothing_else() {
    let (database, _) =
        planted("CREATE TABLE t (x INT); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT x FROM t").await;
    let account = format!("ward_{}", database.name());
    let statements = least_privilege(&account, Some(database.name()), LogsInFrom::Elsewhere)
        .replace("<password>", "pa'ss".replace('\'', "''").as_str())
        .replace("<host>", "%");
    database.execute(&statements).await;
    let url = format!("mysql://{account}@{}", database.server().place(database.name()));
    let source = Mysql::new(&url, Some(Redacted::new("pa'ss".to_owned()))).unwrap();
    assert_eq!(source.open().await.unwrap().account, Some(format!("{account}@%")));
    for unit in list_units(&source).await.unwrap() {
        assert_eq!(read_unit(&source, &unit, &ReadRequest::full()).await.unwrap().tables[0].rows, 1, "{}", unit.name);
    }
    let plain = Mysql::new(&format!("{url}?ssl-mode=disabled"), Some(Redacted::new("pa'ss".to_owned()))).unwrap();
    assert!(plain.open().await.is_err(), "the account demands TLS");
}
