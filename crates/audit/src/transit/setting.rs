//! The one setting to change, in the words of the product that most run behind a protocol.

use dataward_tls::facts::Protocol;

/// What a server lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A proof of who one is, of everybody.
    AskProof,
    /// Groups that are large, and one against quantum computers.
    GoodGroups,
    /// Strict-Transport-Security.
    Hsts,
    /// A long prime for Diffie-Hellman.
    LongPrime,
    /// TLS 1.2 and 1.3 alone.
    NewVersions,
    /// No compression inside TLS.
    NoCompression,
    /// TLS at all.
    OfferTls,
    /// From plain HTTP to HTTPS.
    Redirect,
    /// TLS before log-ins.
    RequireTls,
    /// An OCSP answer with the certificate.
    Staple,
    /// Suites with forward secrecy and AEAD alone.
    StrongCiphers,
    /// A newer version of the server.
    Update,
}

/// The line to change, and where.
pub fn setting(protocol: Protocol, need: Need) -> String {
    let known = SETTINGS.iter().find(|(known, of, _)| *known == need && *of == protocol).map(|(_, _, text)| *text);
    known
        .unwrap_or(match need {
            Need::AskProof => "ask everybody for a password or a certificate",
            Need::GoodGroups => "use OpenSSL 3.5 or later and the groups X25519MLKEM768:X25519:P-256:P-384",
            Need::Hsts => "send the header Strict-Transport-Security: max-age=63072000",
            Need::LongPrime => "use ECDHE suites alone, or a prime of 2048 bits or more (`openssl dhparam 2048`)",
            Need::NewVersions => "allow TLS 1.2 and TLS 1.3 alone",
            Need::NoCompression => "switch TLS compression off",
            Need::OfferTls => "give the server a certificate and switch TLS on",
            Need::Redirect => "send all of port 80 to https:// (301)",
            Need::RequireTls => "refuse log-ins before TLS",
            Need::Staple => "switch OCSP stapling on",
            Need::StrongCiphers => "allow ECDHE with AES-GCM or ChaCha20-Poly1305 alone (Mozilla: intermediate)",
            Need::Update => "update the server and its TLS library",
        })
        .to_owned()
}

/// One line each: what is lacking, where, what to write.
const SETTINGS: &[(Need, Protocol, &str)] = &[
    (
        Need::OfferTls,
        Protocol::Postgresql,
        "postgresql.conf: ssl = on, ssl_cert_file, ssl_key_file; then SELECT pg_reload_conf()",
    ),
    (Need::OfferTls, Protocol::Mysql, "[mysqld]: ssl_cert and ssl_key, then restart"),
    (Need::OfferTls, Protocol::Smtp, "postfix main.cf: smtpd_tls_security_level = may, smtpd_tls_chain_files"),
    (Need::OfferTls, Protocol::Imap, "dovecot.conf: ssl = required"),
    (Need::OfferTls, Protocol::Pop3, "dovecot.conf: ssl = required"),
    (Need::OfferTls, Protocol::Ftp, "use SFTP instead, or vsftpd.conf: ssl_enable=YES, rsa_cert_file"),
    (Need::OfferTls, Protocol::Ldap, "cn=config: olcTLSCertificateFile, olcTLSCertificateKeyFile"),
    (
        Need::AskProof,
        Protocol::Postgresql,
        "pg_hba.conf: write scram-sha-256 in place of trust, and give each account that has none a password (\\password \
         in psql); then SELECT pg_reload_conf()",
    ),
    (
        Need::RequireTls,
        Protocol::Postgresql,
        "pg_hba.conf: write hostssl in place of host, and hostnossl all all all reject above; then SELECT \
         pg_reload_conf()",
    ),
    (
        Need::RequireTls,
        Protocol::Mysql,
        "[mysqld]: ssl_cert and ssl_key where it has none, then require_secure_transport = ON, which refuses clients \
         without TLS",
    ),
    (Need::RequireTls, Protocol::Smtp, "postfix main.cf: smtpd_tls_auth_only = yes"),
    (
        Need::RequireTls,
        Protocol::Imap,
        "dovecot.conf: auth_allow_cleartext = no (before 2.4: disable_plaintext_auth = yes)",
    ),
    (
        Need::RequireTls,
        Protocol::Pop3,
        "dovecot.conf: auth_allow_cleartext = no (before 2.4: disable_plaintext_auth = yes)",
    ),
    (Need::RequireTls, Protocol::Ftp, "vsftpd.conf: force_local_logins_ssl=YES, force_local_data_ssl=YES"),
    (Need::RequireTls, Protocol::Ldap, "cn=config: olcSecurity: simple_bind=128"),
    (Need::NewVersions, Protocol::Postgresql, "postgresql.conf: ssl_min_protocol_version = 'TLSv1.2'"),
    (Need::NewVersions, Protocol::Mysql, "[mysqld]: tls_version = TLSv1.2,TLSv1.3"),
    (Need::NewVersions, Protocol::Https, "nginx: ssl_protocols TLSv1.2 TLSv1.3;"),
    (
        Need::NewVersions,
        Protocol::Smtp,
        "postfix main.cf: smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_mandatory_protocols = >=TLSv1.2",
    ),
    (Need::NewVersions, Protocol::Imap, "dovecot.conf: ssl_min_protocol = TLSv1.2"),
    (Need::NewVersions, Protocol::Pop3, "dovecot.conf: ssl_min_protocol = TLSv1.2"),
    (Need::NewVersions, Protocol::Ldap, "cn=config: olcTLSProtocolMin: 3.3"),
    (Need::StrongCiphers, Protocol::Postgresql, "postgresql.conf: ssl_ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20'"),
    (Need::StrongCiphers, Protocol::Mysql, "[mysqld]: ssl_cipher = ECDHE+AESGCM:ECDHE+CHACHA20"),
    (Need::StrongCiphers, Protocol::Https, "nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"),
    (
        Need::StrongCiphers,
        Protocol::Smtp,
        "postfix main.cf: smtpd_tls_ciphers = high, smtpd_tls_mandatory_ciphers = high, \
         smtpd_tls_exclude_ciphers = aNULL, eNULL, RC4, 3DES",
    ),
    (Need::StrongCiphers, Protocol::Imap, "dovecot.conf: ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20"),
    (Need::StrongCiphers, Protocol::Pop3, "dovecot.conf: ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20"),
    (Need::StrongCiphers, Protocol::Ldap, "cn=config: olcTLSCipherSuite: ECDHE+AESGCM:ECDHE+CHACHA20"),
    (Need::LongPrime, Protocol::Postgresql, "postgresql.conf: ssl_ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20'"),
    (Need::LongPrime, Protocol::Https, "nginx: ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"),
    (
        Need::GoodGroups,
        Protocol::Postgresql,
        "PostgreSQL 18 with OpenSSL 3.5: ssl_groups = 'X25519MLKEM768:X25519:prime256v1'",
    ),
    (Need::GoodGroups, Protocol::Https, "nginx with OpenSSL 3.5: ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1;"),
    (Need::Hsts, Protocol::Https, "nginx: add_header Strict-Transport-Security \"max-age=63072000\" always;"),
    (Need::Redirect, Protocol::Https, "nginx, server on port 80: return 301 https://$host$request_uri;"),
    (Need::Staple, Protocol::Https, "nginx: ssl_stapling on; ssl_stapling_verify on;"),
];
