//! A MySQL or MariaDB address as checked values.
//!
//! `mysql://user:password@host:port/database?ssl-mode=verify_identity&ssl-ca=FILE&socket=FILE`;
//! `mariadb://` means the same. The TLS modes are those of MySQL's own programs, and like there the
//! default is `preferred`: TLS where the server has it, nothing checked.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use dataward_model::Redacted;
use percent_encoding::percent_decode_str;
use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::mysql::MySqlSslMode;
use url::Url;

use crate::ConnectError;
use crate::tls::Check;
use crate::tls::Trust;

/// Where to connect, as whom, and how the way is protected.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) endpoint: Endpoint,
    pub(super) user: String,
    /// Only this database, or all.
    pub(super) database: Option<String>,
    pub(super) password: Option<Redacted<String>>,
    pub(super) tls: TlsMode,
    authority: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_key: Option<PathBuf>,
    pub(super) connect_timeout: Duration,
}

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Socket(PathBuf),
    Tcp(String, u16),
}

/// `ssl-mode`, with the meaning it has for MySQL's own programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disabled,
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

const DEFAULT_PORT: u16 = 3306;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const PARAMETERS: &str = "`ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`, `socket` and `connect-timeout`";

impl Address {
    /// Reads `mysql://…` or `mariadb://…`. A password given separately wins over one in the text.
    pub(super) fn parse(text: &str, password: Option<Redacted<String>>) -> Result<Self, ConnectError> {
        let mut address =
            parse(text.trim()).map_err(|reason| ConnectError::Address { url: redact(text.trim()), reason })?;
        if password.is_some() {
            address.password = password;
        }
        Ok(address)
    }

    /// Host and port, or the socket, for messages.
    pub(super) fn target(&self) -> String {
        match &self.endpoint {
            Endpoint::Tcp(host, port) => format!("{host}:{port}"),
            Endpoint::Socket(path) => path.display().to_string(),
        }
    }

    /// What is to be checked of the server's certificate, and with what; nothing on a socket, as MySQL's own
    /// programs have it.
    pub(super) fn check(&self) -> Option<(&str, u16, Check, Trust)> {
        let check = match self.tls {
            TlsMode::Disabled | TlsMode::Preferred | TlsMode::Required => return None,
            TlsMode::VerifyCa => Check::Authority,
            TlsMode::VerifyIdentity => Check::AuthorityAndName,
        };
        let Endpoint::Tcp(host, port) = &self.endpoint else { return None };
        let trust = Trust {
            authority: self.authority.clone(),
            client_certificate: self.client_certificate.clone().zip(self.client_key.clone()),
            parameters: ("ssl-ca", "ssl-cert, ssl-key"),
        };
        Some((host, *port, check, trust))
    }

    /// What sqlx needs to connect; through `tunnel`, the socket on which we speak TLS for it, if there is one.
    pub(super) fn options(&self, tunnel: Option<&Path>) -> MySqlConnectOptions {
        let mut options = MySqlConnectOptions::new()
            .username(&self.user)
            .ssl_mode(match self.tls {
                TlsMode::Disabled => MySqlSslMode::Disabled,
                TlsMode::Preferred => MySqlSslMode::Preferred,
                TlsMode::Required => MySqlSslMode::Required,
                // Checked at the far end of the tunnel; this is the near one, or a socket.
                TlsMode::VerifyCa | TlsMode::VerifyIdentity if tunnel.is_some() => MySqlSslMode::Required,
                TlsMode::VerifyCa | TlsMode::VerifyIdentity => MySqlSslMode::Preferred,
            })
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .statement_cache_capacity(0)
            .disable_statement_logging();
        options = match (&self.endpoint, tunnel) {
            (_, Some(socket)) => options.socket(socket),
            (Endpoint::Socket(path), None) => options.socket(path),
            (Endpoint::Tcp(host, port), None) => options.host(host).port(*port),
        };
        if let Some(password) = &self.password {
            options = options.password(password.expose());
        }
        if let Some(database) = &self.database {
            options = options.database(database);
        }
        if let (None, Some(certificate), Some(key)) = (tunnel, &self.client_certificate, &self.client_key) {
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        options
    }

    /// The first file of certificates or keys that cannot be read.
    pub(super) fn unreadable_file(&self) -> Option<PathBuf> {
        let files = [&self.authority, &self.client_certificate, &self.client_key];
        files.into_iter().flatten().find(|file| fs_err::File::open(file).is_err()).cloned()
    }
}

/// The address without what may be a password: no user information, no parameters.
fn redact(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("mysql", text));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, place)| place))
}

fn parse(text: &str) -> Result<Address, String> {
    let url = Url::parse(text).map_err(|error| error.to_string().to_lowercase())?;
    if !matches!(url.scheme(), "mysql" | "mariadb") {
        return Err("it begins neither with mysql:// nor mariadb://".to_owned());
    }
    let decode = |text: &str, what: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(|text| text.into_owned()).map_err(|_| format!("the {what} is not valid text"))
    };
    let user = decode(url.username(), "user")?;
    if user.is_empty() {
        return Err("it names no user; write mysql://USER@HOST/DATABASE".to_owned());
    }
    let database = decode(url.path().trim_start_matches('/'), "database")?;
    if database.contains('/') {
        return Err("a database's name holds no `/`; write it as %2F if it does".to_owned());
    }
    let host = decode(url.host_str().unwrap_or_default(), "host")?;
    let mut address = Address {
        endpoint: Endpoint::Tcp(host, url.port().unwrap_or(DEFAULT_PORT)),
        user,
        database: Some(database).filter(|name| !name.is_empty()),
        password: url.password().map(|text| decode(text, "password").map(Redacted::new)).transpose()?,
        tls: TlsMode::Preferred,
        authority: None,
        client_certificate: None,
        client_key: None,
        connect_timeout: CONNECT_TIMEOUT,
    };
    for (key, value) in url.query_pairs() {
        set(&mut address, &key, &value)?;
    }
    if address.endpoint == Endpoint::Tcp(String::new(), url.port().unwrap_or(DEFAULT_PORT)) {
        return Err("it names no host; write mysql://USER@HOST/DATABASE, or `?socket=FILE`".to_owned());
    }
    Ok(address)
}

fn set(address: &mut Address, key: &str, value: &str) -> Result<(), String> {
    match key {
        "ssl-mode" | "sslmode" | "ssl_mode" => {
            address.tls = match value.to_ascii_lowercase().replace('-', "_").as_str() {
                "disabled" | "disable" => TlsMode::Disabled,
                "preferred" | "prefer" => TlsMode::Preferred,
                "required" | "require" => TlsMode::Required,
                "verify_ca" => TlsMode::VerifyCa,
                "verify_identity" | "verify_full" => TlsMode::VerifyIdentity,
                _ => {
                    let known = "disabled, preferred, required, verify_ca or verify_identity";
                    return Err(format!("`ssl-mode` is {known}"));
                }
            }
        }
        "ssl-ca" | "sslca" => address.authority = Some(value.into()),
        "ssl-cert" | "sslcert" => address.client_certificate = Some(value.into()),
        "ssl-key" | "sslkey" => address.client_key = Some(value.into()),
        "socket" => address.endpoint = Endpoint::Socket(value.into()),
        "connect-timeout" => {
            let seconds: u64 = value.parse().map_err(|_| "`connect-timeout` is a number of seconds".to_owned())?;
            address.connect_timeout = Duration::from_secs(seconds.max(1));
        }
        // The end of a password with a `?` in it may stand here.
        _ if value.is_empty() => return Err(format!("a parameter has no value; there are {PARAMETERS}")),
        other => return Err(format!("it has no parameter `{other}`; there are {PARAMETERS}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_and_every_part_are_read() {
        let address = Address::parse(
            "mariadb://au%40dit:p%2Fw@db.internal:3307/shop?ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem",
            None,
        )
        .unwrap();
        assert_eq!(address.endpoint, Endpoint::Tcp("db.internal".to_owned(), 3307));
        assert_eq!((address.user.as_str(), address.database.as_deref()), ("au@dit", Some("shop")));
        assert_eq!(address.password.unwrap().expose(), "p/w");
        assert_eq!((address.tls, address.authority), (TlsMode::VerifyIdentity, Some("/ca.pem".into())));
    }

    #[test]
    fn a_password_given_separately_wins() {
        let address = Address::parse("mysql://a:old@h/", Some(Redacted::new("new".to_owned()))).unwrap();
        assert_eq!(address.password.unwrap().expose(), "new");
        assert_eq!((address.tls, address.database), (TlsMode::Preferred, None));
    }

    #[test]
    fn mistakes_are_named_without_the_password() {
        for (text, expected) in [
            (
                "mysql://a:sec@ret@h/x?charset=latin1",
                "it has no parameter `charset`; there are `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key`, `socket` and `connect-timeout`",
            ),
            (
                "mysql://a:secret@h/x?ssl-mode=on",
                "`ssl-mode` is disabled, preferred, required, verify_ca or verify_identity",
            ),
            ("mysql://h/x", "it names no user; write mysql://USER@HOST/DATABASE"),
            ("mysql://a:secret@/x", "empty host"),
            ("postgres://a:secret@h/x", "it begins neither with mysql:// nor mariadb://"),
        ] {
            let error = Address::parse(text, None).unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
            assert!(!error.contains("sec"), "{error}");
        }
    }
}
