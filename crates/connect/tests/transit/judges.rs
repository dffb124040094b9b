//! Two scanners that are not ours: versions must agree with sslscan, faults of certificates with
//! testssl.sh.

use std::path::Path;
use std::process::Command;

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mariadb::MariaDbServer;
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
    let mariadb = MariaDbServer::shared();
    let address = format!("127.0.0.1:{}", mariadb.server().port());
    let facts = ask(&address, Some(Protocol::Mysql), None).await;
    assert_eq!(spoken(&facts), sslscan(&address, Some("--starttls-mysql")));
}

/// What testssl.sh says of a server's certificate: trusted, for the host, in its dates.
fn testssl(address: &str, authority: &Path) -> (bool, bool, bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let mut command = Command::new("testssl");
    command.args(["--quiet", "--color", "0", "--warnings", "off", "--ssl-native", "-S"]);
    command.arg("--add-ca").arg(authority).arg("--jsonfile").arg(&file).arg(address);
    // Its exit code counts findings.
    command.output().expect("install testssl.sh");
    let report: Vec<serde_json::Value> = serde_json::from_slice(&fs_err::read(file).unwrap()).unwrap();
    let finding = |id: &str| {
        let found = report.iter().find(|entry| entry["id"] == id).unwrap_or_else(|| panic!("no {id}: {report:?}"));
        found["finding"].as_str().unwrap().to_owned()
    };
    let trusted =
        finding("cert_chain_of_trust").starts_with("passed") || finding("cert_chain_of_trust").contains("expired");
    let covers = !finding("cert_trust").contains("does not match");
    (trusted, covers, finding("cert_expirationStatus") != "expired")
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_certificates_are_those_that_testssl_finds() {
    let certificates = [Certificate::Expired, Certificate::WrongName, Certificate::SelfSigned];
    let compared = certificates.map(|certificate| async move {
        let server = TlsServer::start(certificate, &["-tls1_2"]);
        let (address, authority) = (server.address(), server.authority());
        let facts = ask(&address, Some(Protocol::Tls), Some(&authority)).await;
        let judged = tokio::task::spawn_blocking(move || testssl(&address, &authority)).await.unwrap();
        let chain = &facts.chains[0];
        let leaf = chain.leaf().unwrap();
        let ours = (chain.is_trusted(), leaf.covers("127.0.0.1"), leaf.is_valid_at(now()));
        assert_eq!(ours, judged, "{certificate:?}");
    });
    futures::future::join_all(compared).await;
}
