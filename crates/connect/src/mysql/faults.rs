//! The server's error numbers as sentences. Its own messages may quote values and are never passed on.

use std::io::ErrorKind;

use sqlx::mysql::MySqlDatabaseError;

use super::address::Address;
use super::address::TlsMode;
use super::grant;
use super::quote::quote_identifier;
use super::quote::quote_text;
use crate::ConnectError;
use crate::tls::TlsFault;

/// Whom to speak about in a message.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) target: String,
    user: String,
    database: Option<String>,
    without_tls: bool,
    without_password: bool,
}

/// A table, in its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableName {
    pub(super) schema: String,
    pub(super) table: String,
}

impl TableName {
    /// `schema.table`, for people and as the name of the unit.
    pub(super) fn display(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// As it stands in SQL.
    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", quote_identifier(&self.schema), quote_identifier(&self.table))
    }
}

/// The server's number of `error`, if it came from the server.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    Some(error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

/// The right that the server says is missing: `SELECT, INSERT`. Of its message only words in capitals are taken.
pub(super) fn missing_right(error: &sqlx::Error) -> Option<String> {
    if !matches!(number(error), Some(1142 | 1143 | 1227)) {
        return None;
    }
    let message = error.as_database_error()?.message().to_owned();
    let (before, _) = message.split_once(" command denied")?;
    let is_word = |c: char| c.is_ascii_uppercase() || matches!(c, ',' | ' ');
    let words = before.rsplit(|c| !is_word(c)).next().unwrap_or_default().trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// Whether a statement was ended because it took too long.
pub(super) fn is_timeout(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1969 | 3024))
}

impl Who {
    pub(super) fn new(address: &Address) -> Self {
        Self {
            target: address.target(),
            user: address.user.clone(),
            database: address.database.clone(),
            without_tls: address.tls == TlsMode::Disabled,
            without_password: address.password.is_none(),
        }
    }

    /// Why no checked connection came about, as a sentence.
    pub(super) fn explain_tls(&self, fault: TlsFault) -> ConnectError {
        let target = self.target.clone();
        let reason = match fault {
            TlsFault::NotOffered => NO_TLS.to_owned(),
            TlsFault::File(path, what) => format!("the file {} {what}", path.display()),
            TlsFault::Handshake(reason) => reason,
            TlsFault::Io(error) => return explain_io(&error, target),
        };
        ConnectError::Transport { target, reason }
    }

    /// `error`, met while connecting or listing, as a sentence.
    pub(super) fn explain(&self, error: &sqlx::Error) -> ConnectError {
        let target = self.target.clone();
        match error {
            sqlx::Error::Database(_) => self.explain_number(number(error).unwrap_or_default(), None),
            sqlx::Error::Io(error) => explain_io(error, target),
            sqlx::Error::Tls(error) => match error.to_string().as_str() {
                text if text.contains("does not support TLS") => {
                    ConnectError::Transport { target, reason: NO_TLS.to_owned() }
                }
                _ => no_tls(target),
            },
            sqlx::Error::Protocol(text) if text.contains("plugin") => ConnectError::Denied {
                target,
                reason: format!(
                    "the account `{}` logs in with a method dataward does not know; give it `mysql_native_password` or \
                     `caching_sha2_password`",
                    self.user
                ),
            },
            sqlx::Error::Protocol(_) => ConnectError::Unreachable {
                target,
                reason: "what answers there is no MySQL or MariaDB server".to_owned(),
            },
            sqlx::Error::Configuration(error) if error.to_string().contains("RSA") => ConnectError::Transport {
                target,
                reason: format!(
                    "the account `{}` sends its password only over TLS; set `ssl-mode=required`",
                    self.user
                ),
            },
            sqlx::Error::Configuration(_) => ConnectError::Transport {
                target,
                reason: "a certificate or key file could not be used; give them as PEM".to_owned(),
            },
            _ => ConnectError::Internal { target, reason: "the connection ended unexpectedly".to_owned() },
        }
    }

    /// `error`, met while reading `table`, as a sentence.
    pub(super) fn explain_in(&self, error: &sqlx::Error, table: &TableName) -> ConnectError {
        match number(error) {
            Some(number) => self.explain_number(number, Some(table)),
            None => self.explain(error),
        }
    }

    fn explain_number(&self, number: u16, table: Option<&TableName>) -> ConnectError {
        let server = self.target.clone();
        let target = table.map_or_else(|| server.clone(), |table| format!("`{}`", table.display()));
        let user = &self.user;
        let text = str::to_owned;
        let account = format!("{}@'%'", quote_text(user));
        match number {
            // MariaDB says the same where it demands TLS.
            1045 | 1698 => ConnectError::Denied {
                target: server,
                reason: format!(
                    "{} `{user}`, or the account may not come from this machine{}",
                    if self.without_password { "no password was given for" } else { "wrong password for" },
                    if self.without_tls { ", or not without TLS" } else { "" }
                ),
            },
            1044 => {
                let database = self.database.as_deref().unwrap_or_default();
                let grant = format!("GRANT SELECT, SHOW VIEW ON {}.* TO {account};", grant::pattern(database));
                ConnectError::Denied {
                    target: server,
                    reason: format!("`{user}` has no rights in `{database}`; run `{grant}`"),
                }
            }
            1049 => ConnectError::Unreachable {
                target: server,
                reason: format!(
                    "there is no database `{}`; check its name",
                    self.database.as_deref().unwrap_or_default()
                ),
            },
            1130 => ConnectError::Denied {
                target: server,
                reason: text("the server takes no connections from this machine"),
            },
            1129 => ConnectError::Denied {
                target: server,
                reason: text("the server has blocked this machine after many errors; run `FLUSH HOSTS` there"),
            },
            1142 | 1143 | 1227 | 1370 => {
                let what = table.map_or_else(|| "*.*".to_owned(), TableName::quoted);
                let grant = format!("GRANT SELECT, SHOW VIEW ON {what} TO {account};");
                ConnectError::Denied { target, reason: format!("`{user}` lacks the right; run `{grant}`") }
            }
            1051 | 1146 => ConnectError::Gone { target, reason: text("it is not there any more") },
            1054 | 1412 => ConnectError::Gone { target, reason: text("its columns were altered; scan again") },
            1356 => ConnectError::Gone {
                target,
                reason: text("this view refers to tables or columns that are not there, or its definer lacks rights"),
            },
            1449 => ConnectError::Denied {
                target,
                reason: text("the account that defined this view is gone; define it anew"),
            },
            1969 | 3024 => {
                ConnectError::Limit { target, reason: text("it took longer than the time allowed for one statement") }
            }
            1205 | 1213 => ConnectError::Unreachable {
                target,
                reason: text("another session keeps it locked; scan again when it is idle"),
            },
            1040 | 1203 | 1226 => ConnectError::Unreachable {
                target: server,
                reason: text("the server has no connection left for us; try again, or raise its limit"),
            },
            1053 | 1077..=1080 | 1317 | 1927 => {
                ConnectError::Unreachable { target, reason: text("the server ended the connection; try again") }
            }
            126 | 127 | 144 | 145 | 1034 | 1035 | 1194 | 1195 | 1712 | 1877 | 1932 => ConnectError::Malformed {
                target,
                reason: text("the table is damaged; run `CHECK TABLE` and `REPAIR TABLE`, or restore a backup"),
            },
            1158..=1161 | 1296 | 1429..=1434 | 12701..=12733 => ConnectError::Unreachable {
                target,
                reason: text("the other server or file behind this table does not answer"),
            },
            1286 | 1178 => {
                ConnectError::Malformed { target, reason: text("its storage engine is not installed on the server") }
            }
            1251 | 1524 | 2059 => ConnectError::Denied {
                target: server,
                reason: format!("the account `{user}` logs in with a method dataward does not know; give it another"),
            },
            1862 | 1820 => ConnectError::Denied {
                target: server,
                reason: format!("the password of `{user}` has expired; set a new one with `ALTER USER`"),
            },
            4151 | 3118 => ConnectError::Denied { target: server, reason: format!("the account `{user}` is locked") },
            3159 => ConnectError::Transport {
                target: server,
                reason: text("the server demands TLS; set `ssl-mode=required`"),
            },
            _ => {
                ConnectError::Malformed { target, reason: format!("the server could not read it (its error {number})") }
            }
        }
    }
}

const NO_TLS: &str = "the server does not speak TLS; switch it on there, or set `ssl-mode=preferred` to do without";

fn no_tls(target: String) -> ConnectError {
    let reason = "no TLS connection came about; check `ssl-mode` and the server's TLS settings".to_owned();
    ConnectError::Transport { target, reason }
}

fn explain_io(error: &std::io::Error, target: String) -> ConnectError {
    if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
        return no_tls(target);
    }
    let reason = match error.kind() {
        ErrorKind::ConnectionRefused => "nothing listens there; check host and port".to_owned(),
        ErrorKind::NotFound => "there is no such socket; check the path and that the server runs".to_owned(),
        ErrorKind::PermissionDenied => {
            let reason = "the account dataward runs as may not use the socket".to_owned();
            return ConnectError::Denied { target, reason };
        }
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            "no answer; check host, port and firewall".to_owned()
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => "the connection was cut; try again".to_owned(),
        // The standard library has no kind for a failed name look-up.
        _ if error.to_string().contains("lookup address") => "no host of that name is known".to_owned(),
        kind => format!("the connection failed ({kind})"),
    };
    ConnectError::Unreachable { target, reason }
}
