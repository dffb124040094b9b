//! A PostgreSQL address (URL or keywords, as libpq reads them) as checked values.
//!
//! Differences to libpq, on purpose: nothing is read from the home folder (`.pgpass`, root
//! certificates, service files); `verify-full` without `sslrootcert` trusts the authorities of the
//! operating system; several hosts, `hostaddr` and `channel_binding=require` are refused.

use std::path::PathBuf;
use std::time::Duration;

use dataward_model::Redacted;
use percent_encoding::percent_decode_str;
use sqlx::postgres::PgConnectOptions;

use crate::ConnectError;
use crate::tls::Trust;

/// Where to connect, as whom, and how the way is protected.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) endpoint: Endpoint,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) password: Option<Redacted<String>>,
    pub(super) tls: TlsMode,
    pub(super) roots: Roots,
    /// Certificate and key to show to the server.
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) connect_timeout: Duration,
    /// Settings the user asks the server for (`options=-c name=value`).
    pub(super) options: Vec<(String, String)>,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A host name or IP address and a port.
    Tcp(String, u16),
    /// The folder of a Unix socket and the port in its name.
    Socket(PathBuf, u16),
}

/// `sslmode`, with libpq's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whose signature makes a certificate good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// `sslrootcert` was not given.
    Unset,
    /// The authorities the operating system trusts.
    System,
    /// Those in a PEM file, and no other.
    File(PathBuf),
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Address {
    /// Whom to trust, for the handshake.
    pub(super) fn trust(&self) -> Trust {
        Trust {
            authority: match &self.roots {
                Roots::File(path) => Some(path.clone()),
                Roots::System | Roots::Unset => None,
            },
            client_certificate: self.client_certificate.clone(),
            parameters: ("sslrootcert", "sslcert, sslkey"),
        }
    }

    /// Reads `postgres://…`, `postgresql://…` or `host=… dbname=…`. A password given separately
    /// wins over one in the text.
    pub(super) fn parse(text: &str, password: Option<Redacted<String>>) -> Result<Self, ConnectError> {
        let parsed = Parameters::parse(text).and_then(|parameters| parameters.into_address());
        let mut address = parsed.map_err(|reason| ConnectError::Address { url: redact(text), reason })?;
        if password.is_some() {
            address.password = password;
        }
        Ok(address)
    }

    /// Host and port, or the socket, for messages.
    pub(super) fn target(&self) -> String {
        match &self.endpoint {
            Endpoint::Tcp(host, port) if host.contains(':') => format!("[{host}]:{port}"),
            Endpoint::Tcp(host, port) => format!("{host}:{port}"),
            Endpoint::Socket(folder, port) => format!("{}/.s.PGSQL.{port}", folder.display()),
        }
    }
}

/// The address without what may be a password: no user information, no parameters.
fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return "postgres connection string".to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}://{rest}")
}

/// What the text says, by libpq's keywords.
#[derive(Default)]
struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
            Some(rest) => Self::from_url(rest),
            None if text.contains("://") => Err("it begins neither with postgres:// nor postgresql://".into()),
            None => Self::from_keywords(text),
        }
    }

    fn from_url(rest: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = split_port(place)?;
        for (key, value) in
            [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", database)]
        {
            if !value.is_empty() {
                found.put(key, decode(value)?);
            }
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or("a parameter has no `=`")?;
            found.put(&decode(key)?, decode(value)?);
        }
        Ok(found)
    }

    /// `host=db user='o''brien'`: values in single quotes may hold blanks; `\` escapes.
    fn from_keywords(text: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let mut characters = text.chars().peekable();
        loop {
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            if characters.peek().is_none() {
                return Ok(found);
            }
            let mut key = String::new();
            while let Some(c) = characters.next_if(|&c| c != '=' && !c.is_whitespace()) {
                key.push(c);
            }
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            // What stands here may be a stray password: it is not repeated.
            characters.next_if_eq(&'=').ok_or("a keyword is not followed by `=`")?;
            while characters.next_if(|c| c.is_whitespace()).is_some() {}
            let quoted = characters.next_if_eq(&'\'').is_some();
            let mut value = String::new();
            loop {
                match characters.next() {
                    Some('\\') => value.push(characters.next().ok_or("it ends with `\\`")?),
                    Some('\'') if quoted => break,
                    Some(c) if !quoted && c.is_whitespace() => break,
                    Some(c) => value.push(c),
                    None if quoted => return Err("a quoted value does not end".into()),
                    None => break,
                }
            }
            found.put(&key, value);
        }
    }

    fn put(&mut self, key: &str, value: String) {
        self.pairs.retain(|(known, _)| known != key);
        self.pairs.push((key.to_owned(), value));
    }

    fn take(&mut self, key: &str) -> Option<String> {
        let index = self.pairs.iter().position(|(known, _)| known == key)?;
        Some(self.pairs.remove(index).1).filter(|value| !value.is_empty())
    }

    fn into_address(mut self) -> Result<Address, String> {
        let defaults = PgConnectOptions::new_without_pgpass();
        let user = self.take("user").unwrap_or_else(|| defaults.get_username().to_owned());
        let database = self.take("dbname").unwrap_or_else(|| user.clone());
        let host = self.take("host").unwrap_or_else(|| defaults.get_host().to_owned());
        let port = match self.take("port") {
            Some(text) => text.parse().map_err(|_| "the port is no number up to 65535".to_owned())?,
            None => defaults.get_port(),
        };
        let endpoint = match host {
            host if host.contains(',') => return Err("it names several hosts; name one".into()),
            host if host.starts_with('/') => Endpoint::Socket(host.into(), port),
            host => Endpoint::Tcp(host, port),
        };
        let (tls, roots) = self.take_tls()?;
        let client_certificate = match (self.take("sslcert"), self.take("sslkey")) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (None, None) => None,
            _ => return Err("sslcert and sslkey must be given together".into()),
        };
        let connect_timeout = match self.take("connect_timeout") {
            None => CONNECT_TIMEOUT,
            Some(text) => match text.parse::<u64>() {
                Ok(0) => CONNECT_TIMEOUT,
                Ok(seconds) => Duration::from_secs(seconds.max(2)),
                Err(_) => return Err("connect_timeout is no number of seconds".into()),
            },
        };
        let password = self.take("password").map(Redacted::new);
        let options = split_options(&self.take("options").unwrap_or_default())?;
        self.refuse_the_rest()?;
        Ok(Address { endpoint, user, database, password, tls, roots, client_certificate, connect_timeout, options })
    }

    fn take_tls(&mut self) -> Result<(TlsMode, Roots), String> {
        let roots = match self.take("sslrootcert") {
            None => Roots::Unset,
            Some(name) if name == "system" => Roots::System,
            Some(file) => Roots::File(file.into()),
        };
        let mode = match self.take("sslmode").as_deref() {
            None if roots == Roots::System => TlsMode::VerifyFull,
            None | Some("prefer") => TlsMode::Prefer,
            Some("disable") => TlsMode::Disable,
            Some("allow") => TlsMode::Allow,
            Some("require") => TlsMode::Require,
            Some("verify-ca") => TlsMode::VerifyCa,
            Some("verify-full") => TlsMode::VerifyFull,
            Some(_) => {
                let modes = "disable, allow, prefer, require, verify-ca or verify-full";
                return Err(format!("sslmode must be {modes}"));
            }
        };
        match (mode, roots) {
            (mode, Roots::System) if mode != TlsMode::VerifyFull => {
                Err("sslrootcert=system is only safe with sslmode=verify-full".into())
            }
            (TlsMode::VerifyCa, Roots::Unset) => {
                Err("sslmode=verify-ca needs sslrootcert=FILE, the authority to trust".into())
            }
            // As libpq does for old times' sake: a root certificate makes `require` check it.
            (TlsMode::Require, roots @ Roots::File(_)) => Ok((TlsMode::VerifyCa, roots)),
            found => Ok(found),
        }
    }

    /// Parameters that change nothing for a reader are fine; others would be ignored silently.
    fn refuse_the_rest(self) -> Result<(), String> {
        const HARMLESS: [&str; 12] = [
            "application_name",
            "client_encoding",
            "fallback_application_name",
            "gssencmode",
            "keepalives",
            "keepalives_count",
            "keepalives_idle",
            "keepalives_interval",
            "sslcompression",
            "sslsni",
            "target_session_attrs",
            "tcp_user_timeout",
        ];
        for (key, value) in self.pairs {
            match key.as_str() {
                "channel_binding" if value != "require" => {}
                "channel_binding" => {
                    return Err("channel_binding=require is not supported; leave it out and use \
                                sslmode=verify-full"
                        .into());
                }
                key if HARMLESS.contains(&key) => {}
                key => return Err(format!("the parameter `{key}` is not supported")),
            }
        }
        Ok(())
    }
}

/// The settings in `-c name=value --other=value`; `\` before a blank keeps it.
fn split_options(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut words = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, words.last_mut()) {
            (c, _) if c.is_whitespace() => words.push(String::new()),
            ('\\', Some(word)) => word.extend(characters.next()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    let mut settings = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty() && *word != "-c") {
        let setting = word.strip_prefix("--").or_else(|| word.strip_prefix("-c")).unwrap_or(word);
        let (name, value) = setting.split_once('=').ok_or("options must be written -c name=value")?;
        settings.push((name.to_owned(), value.to_owned()));
    }
    Ok(settings)
}

/// `host:port`, `[::1]:port`, either part may lack.
fn split_port(place: &str) -> Result<(&str, &str), String> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("an IPv6 address has no `]`")?;
        return Ok((host, rest.strip_prefix(':').unwrap_or(rest)));
    }
    Ok(place.split_once(':').unwrap_or((place, "")))
}

fn decode(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| "a percent-encoded part is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Address {
        Address::parse(text, None).unwrap()
    }

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        let tcp = |host: &str, port| Endpoint::Tcp(host.to_owned(), port);
        let socket = |folder: &str, port| Endpoint::Socket(folder.into(), port);
        let cases = [
            ("postgres://ada@db.internal/shop", tcp("db.internal", 5432), "ada", "shop", None),
            ("postgresql://ada:p%40ss%2F@db:6543/my%20shop", tcp("db", 6543), "ada", "my shop", Some("p@ss/")),
            ("postgres://ada@[::1]:5433/shop", tcp("::1", 5433), "ada", "shop", None),
            ("postgres://ada@%2Frun%2Fpg:5433/shop", socket("/run/pg", 5433), "ada", "shop", None),
            ("postgres:///shop?host=/run/pg&user=ada", socket("/run/pg", 5432), "ada", "shop", None),
            ("postgres://ada@db", tcp("db", 5432), "ada", "ada", None),
            ("postgres://ada:a:b@c@db/shop", tcp("db", 5432), "ada", "shop", Some("a:b@c")),
            (r"host=db user='o\'brien' dbname = shop password='a b'", tcp("db", 5432), "o'brien", "shop", Some("a b")),
        ];
        for (text, endpoint, user, database, password) in cases {
            let address = parse(text);
            assert_eq!(address.endpoint, endpoint, "{text}");
            assert_eq!((address.user.as_str(), address.database.as_str()), (user, database), "{text}");
            assert_eq!(address.password.as_ref().map(|p| p.expose().as_str()), password, "{text}");
        }
    }

    #[test]
    fn settings_for_the_server_may_hold_blanks_and_dashes() {
        let address = parse(r"postgres://a@db/s?options=-c%20role%3Dmy-c%20--a%3Dx%5C%20y%20-cb%3D1");
        let expected = [("role", "my-c"), ("a", "x y"), ("b", "1")];
        assert_eq!(address.options, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(Address::parse("postgres://a@db/s?options=-x", None).is_err());
    }

    #[test]
    fn a_password_given_separately_wins() {
        let address = Address::parse("postgres://a:old@db/s", Some(Redacted::new("new".into()))).unwrap();
        assert_eq!(address.password.unwrap().expose(), "new");
    }

    #[test]
    fn tls_modes_mean_what_libpq_means() {
        let file = || Roots::File("ca.pem".into());
        let cases = [
            ("", TlsMode::Prefer, Roots::Unset),
            ("sslmode=disable", TlsMode::Disable, Roots::Unset),
            ("sslmode=allow", TlsMode::Allow, Roots::Unset),
            ("sslmode=require", TlsMode::Require, Roots::Unset),
            ("sslmode=require&sslrootcert=ca.pem", TlsMode::VerifyCa, file()),
            ("sslmode=verify-ca&sslrootcert=ca.pem", TlsMode::VerifyCa, file()),
            ("sslmode=verify-full", TlsMode::VerifyFull, Roots::Unset),
            ("sslrootcert=system", TlsMode::VerifyFull, Roots::System),
        ];
        for (query, tls, roots) in cases {
            let address = parse(&format!("postgres://a@db/s?{query}"));
            assert_eq!((address.tls, address.roots), (tls, roots), "{query}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_without_repeating_a_password() {
        let cases = [
            ("mysql://a:hunter2@db/s", "begins neither"),
            ("postgres://a:hunter2@db:port/s", "port"),
            ("postgres://a:hunter2@db/s?sslmode=verify_full", "verify-full"),
            ("postgres://a:hunter2@db/s?sslmode=require&sslrootcert=system", "only safe"),
            ("postgres://a:hunter2@db/s?sslmode=verify-ca", "needs sslrootcert"),
            ("postgres://a:hunter2@db/s?sslcert=x", "together"),
            ("postgres://a:hunter2@db/s?passfile=hunter2", "`passfile` is not supported"),
            ("postgres://a:hunter2@db/s?channel_binding=require", "verify-full"),
            ("postgres://a:hunter2@one,two/s", "several hosts"),
            ("host=db password='hunter2", "does not end"),
            ("host=db hunter2", "not followed"),
        ];
        for (text, sentence) in cases {
            let message = Address::parse(text, None).unwrap_err().to_string();
            assert!(message.contains(sentence), "{text}: {message}");
            assert!(!message.contains("hunter2"), "{text}: {message}");
        }
    }
}
