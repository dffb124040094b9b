//! What the transit checks, the grade and the profile say of endpoints.

use dataward_audit::CHECKS;
use dataward_audit::Facts;
use dataward_audit::Snapshot;
use dataward_audit::transit::Endpoint;
use dataward_audit::transit::TransitFacts;
use dataward_audit::transit::WeakSetting;
use dataward_audit::transit::grade::grade;
use dataward_audit::transit::profile::Profile;
use dataward_audit::transit::profile::profile;
use dataward_audit::transit::weak_string::Weakness;
use dataward_connect::Clients;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_policy::Policy;
use dataward_tls::Certificate;
use dataward_tls::EndpointFacts;
use dataward_tls::Group;
use dataward_tls::Suite;
use dataward_tls::Version;
use dataward_tls::certificate::KeyKind;
use dataward_tls::certificate::SignatureHash;
use dataward_tls::facts::ChainFacts;
use dataward_tls::facts::HttpFacts;
use dataward_tls::facts::PlainHttp;
use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::Trust;
use dataward_tls::facts::VersionFacts;
use dataward_tls::names::HostName;
use dataward_tls::ocsp::Stapled;
use jiff::Timestamp;
use jiff::ToSpan;

fn now() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

fn certificate() -> Certificate {
    Certificate {
        subject: "shop.example".to_owned(),
        issuer: "Example Authority".to_owned(),
        names: vec![HostName::Dns("shop.example".to_owned())],
        not_before: now() - 720.hours(),
        not_after: now() + 1440.hours(),
        key: KeyKind::Ecdsa,
        key_bits: 256,
        hash: SignatureHash::Sha2,
        is_self_issued: false,
        is_authority: false,
        must_staple: false,
        names_responder: false,
        names_list: true,
        fingerprint: "00".to_owned(),
    }
}

fn speaks(version: Version, suites: &[u16]) -> VersionFacts {
    VersionFacts { version, supported: Some(true), suites: suites.iter().map(|suite| Suite(*suite)).collect() }
}

/// A web shop as it should be.
fn good() -> EndpointFacts {
    let mut facts = EndpointFacts::new("shop.example:443", "shop.example", Protocol::Https);
    facts.offers_tls = true;
    facts.versions = vec![speaks(Version::Tls13, &[0x1301, 0x1302, 0x1303])];
    facts.groups = vec![Group(0x11ec), Group(29), Group(23)];
    facts.plaintext = PlaintextLogins::Unknown;
    facts.http = Some(HttpFacts { hsts_seconds: Some(63_072_000), plain: PlainHttp::Redirects });
    facts.chains = vec![ChainFacts {
        certificates: vec![certificate()],
        has_unreadable: false,
        public: Trust::Trusted,
        system: Trust::Trusted,
        named: None,
        stapled: None,
    }];
    facts
}

fn problems(facts: &EndpointFacts) -> Vec<String> {
    let found = dataward_audit::transit::problems(facts, now());
    found.iter().map(|(check, problem)| format!("{} {}", problem.severity, check.name)).collect()
}

#[test]
fn a_server_as_it_should_be_has_an_a_plus_and_no_problem() {
    let facts = good();
    let grade = grade(&facts, now());
    assert_eq!((grade.letter, grade.because.as_slice(), grade.setting), ("A+", &[][..], None));
    assert_eq!(profile(&facts), Profile::Modern);
    assert_eq!(problems(&facts), Vec::<String>::new());
}

type Change = fn(&mut EndpointFacts);

/// What is changed, the letter, the profile, the problems.
const CASES: &[(Change, &str, Profile, &[&str])] = &[
    (|facts| facts.chains[0].stapled = Some(Stapled::NotSigned), "A+", Profile::Modern, &["medium transit/revocation"]),
    (|facts| facts.chains[0].stapled = Some(Stapled::OfAnother), "A+", Profile::Modern, &["medium transit/revocation"]),
    (|facts| facts.chains[0].stapled = Some(Stapled::Revoked), "A+", Profile::Modern, &["high transit/revocation"]),
    (
        |facts| facts.chains[0].stapled = Some(Stapled::Good { until: Some(Timestamp::UNIX_EPOCH) }),
        "A+",
        Profile::Modern,
        &["medium transit/revocation"],
    ),
    (|facts| facts.chains[0].certificates[0].names_list = false, "A+", Profile::Modern, &["low transit/revocation"]),
    (|facts| facts.versions.insert(0, speaks(Version::Tls12, &[0xc02b, 0xcca9])), "A+", Profile::Intermediate, &[]),
    (
        |facts| facts.versions.insert(0, speaks(Version::Tls10, &[0xc009])),
        "B",
        Profile::Old,
        &["medium transit/old-version"],
    ),
    (
        |facts| facts.versions.insert(0, speaks(Version::Ssl3, &[0x0005])),
        "C",
        Profile::None,
        &["high transit/old-version", "high transit/weak-cipher"],
    ),
    (
        |facts| facts.versions.insert(0, speaks(Version::Tls12, &[0xc02b, 0x000a])),
        "C",
        Profile::Old,
        &["medium transit/weak-cipher"],
    ),
    (
        |facts| facts.versions = vec![speaks(Version::Tls12, &[0x009c, 0x002f])],
        "B",
        Profile::Old,
        &["medium transit/weak-exchange"],
    ),
    (|facts| facts.versions = vec![speaks(Version::Tls12, &[0xc02b])], "A-", Profile::Intermediate, &[]),
    (
        |facts| facts.versions.insert(0, speaks(Version::Tls12, &[0xc018])),
        "F",
        Profile::None,
        &["high transit/weak-cipher"],
    ),
    (|facts| facts.dh_bits = Some(1024), "B", Profile::Modern, &["high transit/weak-exchange"]),
    (|facts| facts.groups = vec![Group(29)], "A+", Profile::Modern, &["info transit/weak-exchange"]),
    (
        |facts| facts.chains[0].certificates[0].not_after = now() - 1.hours(),
        "T",
        Profile::Modern,
        &["high transit/certificate-dates"],
    ),
    (
        |facts| facts.chains[0].certificates[0].not_after = now() + 48.hours(),
        "A+",
        Profile::Modern,
        &["medium transit/certificate-dates"],
    ),
    (
        |facts| facts.chains[0].certificates[0].names = vec![HostName::Dns("other.example".to_owned())],
        "M",
        Profile::Modern,
        &["medium transit/certificate-name"],
    ),
    (
        |facts| {
            facts.chains[0].public = Trust::UnknownIssuer;
            facts.chains[0].system = Trust::UnknownIssuer;
        },
        "T",
        Profile::Modern,
        &["high transit/certificate-trust"],
    ),
    (
        |facts| {
            facts.chains[0].certificates[0].key = KeyKind::Rsa;
            facts.chains[0].certificates[0].key_bits = 1024;
        },
        "T",
        Profile::None,
        &["high transit/certificate-key"],
    ),
    (
        |facts| facts.chains[0].certificates[0].hash = SignatureHash::Sha1,
        "T",
        Profile::Modern,
        &["high transit/certificate-key"],
    ),
    (
        |facts| facts.chains[0].certificates[0].must_staple = true,
        "A+",
        Profile::Modern,
        &["medium transit/certificate-key"],
    ),
    (|facts| facts.compresses = Some(true), "C", Profile::Modern, &["medium transit/known-attack"]),
    (|facts| facts.renegotiates_safely = Some(false), "C", Profile::Modern, &["medium transit/known-attack"]),
    (|facts| facts.injects = true, "F", Profile::Modern, &["high transit/injection"]),
    (|facts| facts.plaintext = PlaintextLogins::AsksForProof, "F", Profile::Modern, &["high transit/plaintext-logins"]),
    (|facts| facts.lets_in_over_tls = Some(true), "F", Profile::Modern, &["critical transit/open-logins"]),
    (|facts| facts.plaintext = PlaintextLogins::LetsIn, "F", Profile::Modern, &["critical transit/plaintext-logins"]),
    (
        |facts| facts.http = Some(HttpFacts { hsts_seconds: None, plain: PlainHttp::Serves }),
        "A",
        Profile::Modern,
        &["medium transit/web", "low transit/web"],
    ),
    (
        |facts| {
            *facts = EndpointFacts::new("db:5432", "db", Protocol::Postgresql);
            facts.plaintext = PlaintextLogins::AsksForProof;
        },
        "F",
        Profile::None,
        &["high transit/no-encryption", "high transit/plaintext-logins"],
    ),
];

#[test]
fn one_flaw_changes_what_it_should_and_nothing_else() {
    for (number, (change, letter, mozilla, expected)) in CASES.iter().enumerate() {
        let mut facts = good();
        change(&mut facts);
        let found = grade(&facts, now());
        assert_eq!((found.letter, profile(&facts)), (*letter, *mozilla), "case {number}: {found:?}");
        assert_eq!(problems(&facts), *expected, "case {number}");
        assert_eq!(found.setting.is_some(), found.letter != "A+" && found.letter != "A", "case {number}");
    }
}

#[test]
fn the_setting_to_change_speaks_the_server_s_language() {
    let mut facts = good();
    facts.protocol = Protocol::Postgresql;
    facts.http = None;
    facts.plaintext = PlaintextLogins::AsksForProof;
    facts.chains[0].certificates[0].not_after = now() - 1.hours();
    let grade = grade(&facts, now());
    assert_eq!((grade.letter, grade.without_certificate), ("F", "F"));
    assert!(grade.setting.is_some_and(|setting| setting.starts_with("pg_hba.conf")));
}

#[test]
fn findings_stand_at_their_source_and_name_no_secret() {
    let policy = "[business]\nname = \"Test\"\n[source.shop]\nurl = \"postgres://ada@db.internal/shop\"\n\
                  [source.exports]\nurl = \"file:exports\"\n";
    let policy = Policy::parse("dataward.toml", policy).unwrap();
    let shop = Place::of_source(SourceId::new("shop").unwrap());
    let mut facts = good();
    facts.plaintext = PlaintextLogins::AsksForPassword;
    let clients = Clients { in_clear: 2, accounts_in_clear: vec!["billing".to_owned()], ..Clients::default() };
    let transit = TransitFacts {
        endpoints: vec![Endpoint { place: shop, facts, clients: Some(clients) }],
        settings: vec![WeakSetting {
            place: Place::of_table(SourceId::new("exports").unwrap(), "app/.env"),
            line: 3,
            weakness: Weakness::Plain,
        }],
    };
    let facts = Facts { transit: Some(transit), ..Facts::default() };
    let snapshot = Snapshot { policy: &policy, sources: &[], tables: &[], facts: &facts, now: now() };
    let found = dataward_audit::run(CHECKS.iter().filter(|check| check.name.starts_with("transit/")), &snapshot);
    let lines: Vec<String> =
        found.iter().map(|finding| format!("{} {} {}", finding.severity, finding.check, finding.place)).collect();
    assert_eq!(
        lines,
        [
            "high transit/unverified-setting exports.app/.env",
            "high transit/clients-in-clear shop",
            "high transit/plaintext-logins shop",
            "medium transit/unverified-connection shop",
        ]
    );
    assert!(found[1].title.contains("2 clients are") && found[1].title.contains("`billing`"), "{}", found[1].title);
    let unknown = found.iter().flat_map(|finding| &finding.law).find(|id| dataward_audit::law::find(id).is_none());
    assert_eq!(unknown, None);
}
