//! Two scanners that are not ours: versions must agree with sslscan, faults of certificates with
//! testssl.sh.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mail::MailServer;
use dataward_testkit::server::mail::MailTls;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::run;
use dataward_testkit::server::tls::ANYTHING_GOES;
use dataward_testkit::server::tls::OldMethod;
use dataward_testkit::server::tls::TlsServer;
use dataward_tls::Version;
use dataward_tls::facts::Protocol;

use crate::ask;
use crate::now;
use crate::spoken;

/// The versions that sslscan finds.
fn sslscan(address: &str, starttls: Option<&str>) -> Vec<Version> {
    let mut command = Command::new("sslscan");
    command.args(["--no-ciphersuites", "--no-groups", "--no-heartbleed", "--no-check-certificate", "--no-compression"]);
    command.args(["--no-fallback", "--no-renegotiation", "--xml=-"]);
    let report = run(command.args(starttls).arg(address));
    let enabled = |version: &Version| {
        let number = version.as_str().split(' ').nth(1).unwrap().trim_end_matches(".0");
        let (kind, number) = if *version <= Version::Ssl3 { ("ssl", number) } else { ("tls", &version.as_str()[4..]) };
        report.contains(&format!("<protocol type=\"{kind}\" version=\"{number}\" enabled=\"1\" />"))
    };
    assert!(report.contains("<protocol type=\"tls\" version=\"1.2\""), "install sslscan: {report}");
    Version::ALL.into_iter().filter(enabled).collect()
}

#[tokio::test]
async fn versions_are_those_that_sslscan_finds() {
    let modes: [&[&str]; 9] = [
        &[],
        &["-tls1_3"],
        &["-tls1_2"],
        &["-tls1_1"],
        &["-tls1"],
        &["-no_tls1_3"],
        &["-no_tls1_2"],
        &["-no_tls1", "-no_tls1_2"],
        &["-no_tls1_1", "-no_tls1_3"],
    ];
    for mode in modes {
        let server = TlsServer::with_request("-newkey rsa:2048", &[&ANYTHING_GOES, mode].concat());
        let facts = ask(&server.address(), Some(Protocol::Tls), None).await;
        assert_eq!(spoken(&facts), sslscan(&server.address(), None), "{mode:?}");
    }
    for method in [OldMethod::Ssl2, OldMethod::Ssl3, OldMethod::All] {
        let server = TlsServer::of_old(method);
        let facts = ask(&server.address(), Some(Protocol::Tls), None).await;
        assert_eq!(spoken(&facts), sslscan(&server.address(), None), "{method:?}");
    }
}

#[tokio::test]
async fn databases_speak_what_sslscan_finds() {
    let postgres = PostgresServer::shared();
    let address = format!("127.0.0.1:{}", postgres.server().port());
    let facts = ask(&address, Some(Protocol::Postgresql), None).await;
    assert_eq!(spoken(&facts), sslscan(&address, Some("--starttls-psql")));
    for port in [MariaDbServer::shared().server().port(), MysqlServer::shared().server().port()] {
        let address = format!("127.0.0.1:{port}");
        let facts = ask(&address, Some(Protocol::Mysql), None).await;
        assert_eq!(spoken(&facts), sslscan(&address, Some("--starttls-mysql")));
    }
}

#[tokio::test]
async fn mail_servers_speak_what_sslscan_finds() {
    for tls in [MailTls::Optional, MailTls::Required] {
        let server = MailServer::start(Certificate::Good, tls);
        let facts = ask(&server.address(), Some(Protocol::Smtp), None).await;
        assert_eq!(spoken(&facts), sslscan(&server.address(), Some("--starttls-smtp")), "{tls:?}");
    }
}

/// What testssl.sh says of a server's certificate: trusted, for the host, in its dates.
fn testssl(address: &str, starttls: Option<&str>, authority: &Path) -> (bool, bool, bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let mut command = Command::new("testssl");
    command.args(["--quiet", "--color", "0", "--warnings", "off", "--ssl-native", "-S"]);
    command.args(starttls.iter().flat_map(|protocol| ["--starttls", protocol]));
    command.arg("--add-ca").arg(authority).arg("--jsonfile").arg(&file).arg(address);
    // Its exit code counts findings.
    let said = command.output().expect("install testssl.sh");
    let report: Vec<serde_json::Value> = serde_json::from_slice(&fs_err::read(file).unwrap()).unwrap_or_default();
    let finding = |id: &str| {
        let found = report.iter().find(|entry| entry["id"] == id).unwrap_or_else(|| panic!("no {id}: {said:?}"));
        found["finding"].as_str().unwrap().to_owned()
    };
    let trusted =
        finding("cert_chain_of_trust").starts_with("passed") || finding("cert_chain_of_trust").contains("expired");
    let covers = !finding("cert_trust").contains("does not match");
    (trusted, covers, finding("cert_expirationStatus") != "expired")
}

/// Asks for the certificate of a server, and compares all that is said of it with what testssl.sh says.
async fn compare(what: &str, address: String, protocol: Protocol, authority: PathBuf) {
    let starttls = match protocol {
        Protocol::Mysql => Some("mysql"),
        Protocol::Postgresql => Some("postgres"),
        Protocol::Smtp => Some("smtp"),
        _ => None,
    };
    let facts = ask(&address, Some(protocol), Some(&authority)).await;
    let judged = tokio::task::spawn_blocking(move || testssl(&address, starttls, &authority)).await.unwrap();
    let chain = &facts.chains[0];
    let leaf = chain.leaf().unwrap();
    assert_eq!((chain.is_trusted(), leaf.covers("127.0.0.1"), leaf.is_valid_at(now())), judged, "{what}");
}

const CERTIFICATES: [Certificate; 4] =
    [Certificate::Good, Certificate::Expired, Certificate::SelfSigned, Certificate::WrongName];

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_certificates_are_those_that_testssl_finds() {
    let of_today =
        CERTIFICATES.map(|certificate| (format!("{certificate:?}"), TlsServer::start(certificate, &["-tls1_2"])));
    let of_old = [("old".to_owned(), TlsServer::of_old(OldMethod::All))];
    let servers: Vec<_> = of_today.into_iter().chain(of_old).collect();
    let all = servers.iter().map(|(what, server)| compare(what, server.address(), Protocol::Tls, server.authority()));
    futures::future::join_all(all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_certificates_of_mail_servers_are_those_that_testssl_finds() {
    let servers = CERTIFICATES.map(|certificate| MailServer::start(certificate, MailTls::Required));
    let all = servers.iter().zip(CERTIFICATES).map(async |(server, certificate)| {
        compare(&format!("{certificate:?}"), server.address(), Protocol::Smtp, server.authority()).await;
    });
    futures::future::join_all(all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_certificates_of_postgresql_are_those_that_testssl_finds() {
    let postgres = PostgresServer::private();
    let address = format!("127.0.0.1:{}", postgres.server().port());
    let shown = async || ask(&address, Some(Protocol::Postgresql), None).await.chains[0].leaf().unwrap().clone();
    for certificate in CERTIFICATES {
        // It begins with the good one, in whose file the others come.
        if certificate != Certificate::Good {
            let before = shown().await;
            postgres.show_certificate(certificate).await;
            // The server reads it a moment after it was told to.
            while shown().await == before {}
        }
        compare(
            &format!("{certificate:?}"),
            address.clone(),
            Protocol::Postgresql,
            postgres.certificates().authority(),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_certificates_of_mariadb_are_those_that_testssl_finds() {
    let servers = CERTIFICATES.map(MariaDbServer::private);
    let all = servers.iter().zip(CERTIFICATES).map(async |(server, certificate)| {
        let address = format!("127.0.0.1:{}", server.server().port());
        compare(&format!("{certificate:?}"), address, Protocol::Mysql, server.certificates().authority()).await;
    });
    futures::future::join_all(all).await;
}
