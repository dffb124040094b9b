//! Where to ask: `db.internal:5432`, `https://shop.example`, `smtp://mail.example`.

use dataward_tls::facts::Protocol;
use thiserror::Error;

/// A host, a port, and what is spoken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What is spoken there; none: found out by asking.
    pub protocol: Option<Protocol>,
    /// The account as which log-ins without TLS are tried, where the answer depends on it (PostgreSQL).
    pub user: Option<String>,
    /// The database, likewise.
    pub database: Option<String>,
    /// The port of plain HTTP beside HTTPS.
    pub plain_http: Option<u16>,
}

/// A text that is no endpoint.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not an endpoint: {reason}")]
pub struct NotAnEndpoint {
    /// What was given, without what may be a password.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Scheme, what is spoken, and its port.
const SCHEMES: &[(&str, Protocol, u16)] = &[
    ("ftp", Protocol::Ftp, 21),
    ("ftps", Protocol::Tls, 990),
    ("https", Protocol::Https, 443),
    ("imap", Protocol::Imap, 143),
    ("imaps", Protocol::Tls, 993),
    ("ldap", Protocol::Ldap, 389),
    ("ldaps", Protocol::Tls, 636),
    ("mariadb", Protocol::Mysql, 3306),
    ("mysql", Protocol::Mysql, 3306),
    ("pop3", Protocol::Pop3, 110),
    ("pop3s", Protocol::Tls, 995),
    ("postgres", Protocol::Postgresql, 5432),
    ("postgresql", Protocol::Postgresql, 5432),
    ("smtp", Protocol::Smtp, 25),
    ("smtps", Protocol::Tls, 465),
    ("submission", Protocol::Smtp, 587),
    ("tls", Protocol::Tls, 443),
];

/// What is spoken on the ports that people know; on others we ask.
const PORTS: &[(u16, Protocol)] = &[
    (21, Protocol::Ftp),
    (25, Protocol::Smtp),
    (110, Protocol::Pop3),
    (143, Protocol::Imap),
    (389, Protocol::Ldap),
    (443, Protocol::Https),
    (465, Protocol::Tls),
    (587, Protocol::Smtp),
    (636, Protocol::Tls),
    (990, Protocol::Tls),
    (993, Protocol::Tls),
    (995, Protocol::Tls),
    (3306, Protocol::Mysql),
    (5432, Protocol::Postgresql),
    (8443, Protocol::Https),
];

impl Endpoint {
    /// Reads `HOST:PORT`, `[ADDRESS]:PORT` or an address with a scheme. A host alone is asked on the
    /// port of HTTPS.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, NotAnEndpoint> {
        let fault = |reason| NotAnEndpoint { text: without_secrets(text).to_owned(), reason };
        let (known, rest) = match text.split_once("://") {
            None => (None, text),
            Some((scheme, rest)) => {
                let found = SCHEMES.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(scheme));
                (Some(found.ok_or_else(|| fault("no scheme that dataward asks"))?), rest)
            }
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = match authority.rsplit_once('@') {
            None => (None, authority),
            Some((user, place)) => (user.split(':').next().filter(|user| !user.is_empty()), place),
        };
        let (host, port) = split_port(place).ok_or_else(|| fault("the port must be a number up to 65535"))?;
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',') {
            return Err(fault("it names no host"));
        }
        let (protocol, port) = match (known, port) {
            (Some((_, protocol, standard)), port) => (Some(*protocol), port.unwrap_or(*standard)),
            (None, Some(port)) => (PORTS.iter().find(|(known, _)| *known == port).map(|(_, protocol)| *protocol), port),
            (None, None) => (Some(Protocol::Https), 443),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            protocol,
            user: user.map(str::to_owned),
            database: (!path.is_empty()).then(|| path.trim_end_matches('/').to_owned()),
            plain_http: (protocol == Some(Protocol::Https) && port == 443).then_some(80),
        })
    }

    /// `host:port`, with brackets where they are needed.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The host's name where it is one that may stand in a hello (RFC 6066 allows no addresses).
    pub(super) fn server_name(&self) -> Option<&str> {
        let is_address = self.host.parse::<std::net::IpAddr>().is_ok();
        (!is_address && self.host.is_ascii() && self.host.len() < 255).then_some(self.host.as_str())
    }
}

/// Host and port; the port may lack.
fn split_port(place: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        // An IPv6 address without brackets has no port.
        None if place.matches(':').count() > 1 => (place, None),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port.filter(|port| !port.is_empty()).map(str::parse::<u16>).transpose().ok()?;
    Some((host, port.filter(|port| *port > 0)))
}

fn without_secrets(text: &str) -> &str {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    text.rsplit_once('@').map_or(text, |(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_as_people_write_them() {
        let cases = [
            ("db.internal:5432", "db.internal", 5432, Some(Protocol::Postgresql)),
            ("127.0.0.1:15432", "127.0.0.1", 15432, None),
            ("[::1]:3306", "::1", 3306, Some(Protocol::Mysql)),
            ("shop.example", "shop.example", 443, Some(Protocol::Https)),
            ("https://shop.example/login?x=1", "shop.example", 443, Some(Protocol::Https)),
            ("smtp://mail.example", "mail.example", 25, Some(Protocol::Smtp)),
            ("postgres://ada:geheim@db:6543/shop", "db", 6543, Some(Protocol::Postgresql)),
            ("ldaps://ldap.example", "ldap.example", 636, Some(Protocol::Tls)),
        ];
        for (text, host, port, protocol) in cases {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.protocol), (host, port, protocol), "{text}");
        }
        let endpoint = Endpoint::parse("postgres://ada:geheim@db/shop").unwrap();
        assert_eq!((endpoint.user.as_deref(), endpoint.database.as_deref()), (Some("ada"), Some("shop")));
    }

    #[test]
    fn a_password_in_a_mistake_is_not_repeated() {
        let error = Endpoint::parse("gopher://ada:geheim@db:99999").unwrap_err().to_string();
        assert!(!error.contains("geheim"), "{error}");
        let error = Endpoint::parse("postgres://ada:geheim@db:99999").unwrap_err().to_string();
        assert!(!error.contains("geheim"), "{error}");
    }
}
