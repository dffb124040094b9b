//! PostgreSQL and MariaDB, with certificates that are right and wrong.

use dataward_testkit::server::certificates::Certificate;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_tls::Version;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::Trust;

use crate::ask;
use crate::now;
use crate::spoken;

const PG: Option<Protocol> = Some(Protocol::Postgresql);

#[tokio::test]
async fn postgresql_is_asked_through_its_own_beginning() {
    let server = PostgresServer::shared();
    let address = server.place("");
    let address = address.trim_end_matches('/');
    for given in [PG, None] {
        let facts = ask(address, given, Some(&server.certificates().authority())).await;
        assert_eq!(facts.protocol, Protocol::Postgresql);
        assert_eq!(spoken(&facts), [Version::Tls12, Version::Tls13]);
        assert_eq!(facts.plaintext, PlaintextLogins::AsksForProof, "SCRAM over a line that anyone can read");
        assert_eq!((facts.injects, facts.takes_injected), (false, Some(false)));
        let chain = &facts.chains[0];
        assert_eq!((chain.named, chain.public), (Some(Trust::Trusted), Trust::UnknownIssuer));
        assert!(facts.complete, "{facts:?}");
    }
}

#[tokio::test]
async fn whether_postgresql_takes_log_ins_in_the_clear_depends_on_who_asks() {
    let server = PostgresServer::shared();
    let facts = ask(&format!("postgres://tls_only@{}", server.place("postgres")), PG, None).await;
    assert_eq!(facts.plaintext, PlaintextLogins::Refused);
    let facts = ask(&format!("postgres://somebody@{}", server.place("postgres")), PG, None).await;
    assert_eq!(facts.plaintext, PlaintextLogins::AsksForProof);
}

#[tokio::test]
async fn who_is_trusted_over_tls_is_let_in_without_a_password() {
    let server = PostgresServer::private();
    let address = format!("127.0.0.1:{}", server.server().port());
    let facts = ask(&address, PG, None).await;
    assert_eq!((facts.plaintext, facts.lets_in_over_tls), (PlaintextLogins::AsksForProof, Some(false)));
    let lines = "DO $$ BEGIN EXECUTE format('COPY (VALUES (%L), (%L)) TO %L', 'local all all trust',
        'hostssl all all 127.0.0.1/32 trust', current_setting('hba_file')); PERFORM pg_reload_conf(); END $$";
    server.execute("postgres", lines).await;
    // The server reads its rules again a moment after it was told to.
    let mut facts = ask(&address, PG, None).await;
    for _ in 0..20 {
        if facts.lets_in_over_tls == Some(true) {
            break;
        }
        facts = ask(&address, PG, None).await;
    }
    assert_eq!((facts.plaintext, facts.lets_in_over_tls), (PlaintextLogins::Refused, Some(true)));
}

#[tokio::test]
async fn the_faults_of_a_database_s_certificate_are_seen() {
    let server = PostgresServer::private();
    let address = format!("127.0.0.1:{}", server.server().port());
    let cases = [
        (Certificate::Expired, false, true, Trust::Trusted),
        (Certificate::WrongName, true, false, Trust::Trusted),
        (Certificate::SelfSigned, true, true, Trust::UnknownIssuer),
    ];
    for (certificate, valid, covers, named) in cases {
        server.show_certificate(certificate).await;
        let authority = server.certificates().authority();
        // The server reads its certificate again a moment after it was told to.
        let mut facts = ask(&address, PG, Some(&authority)).await;
        let is_shown = |facts: &dataward_tls::EndpointFacts| {
            let leaf = facts.chains[0].leaf().unwrap();
            (leaf.is_valid_at(now()), leaf.covers("127.0.0.1"), facts.chains[0].named) == (valid, covers, Some(named))
        };
        for _ in 0..20 {
            if is_shown(&facts) {
                break;
            }
            facts = ask(&address, PG, Some(&authority)).await;
        }
        assert!(is_shown(&facts), "{certificate:?}: {:?}", facts.chains);
    }
}

#[tokio::test]
async fn mariadb_is_asked_through_its_own_beginning() {
    let server = MariaDbServer::shared();
    let address = format!("127.0.0.1:{}", server.server().port());
    for given in [Some(Protocol::Mysql), None] {
        let facts = ask(&address, given, Some(&server.certificates().authority())).await;
        assert_eq!(facts.protocol, Protocol::Mysql);
        assert_eq!(spoken(&facts), [Version::Tls12, Version::Tls13]);
        assert_eq!(facts.plaintext, PlaintextLogins::Unknown, "only who logs in is told");
        assert_eq!(facts.chains[0].named, Some(Trust::Trusted));
    }
}

#[tokio::test]
async fn mariadb_with_an_expired_certificate_and_mariadb_without_tls_are_told_apart() {
    let server = MariaDbServer::private(Certificate::Expired);
    let address = format!("127.0.0.1:{}", server.server().port());
    let facts = ask(&address, Some(Protocol::Mysql), None).await;
    assert!(facts.offers_tls);
    assert!(!facts.chains[0].leaf().unwrap().is_valid_at(now()));
    let server = MariaDbServer::private_without_tls();
    let facts = ask(&format!("127.0.0.1:{}", server.server().port()), Some(Protocol::Mysql), None).await;
    assert_eq!((facts.offers_tls, facts.plaintext), (false, PlaintextLogins::AsksForProof));
}
