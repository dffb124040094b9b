//! Errors of server, driver and network as [`ConnectError`]s.
//!
//! Messages and details of the server may quote values, so only its SQLSTATE is looked at.

use std::io;
use std::io::ErrorKind;
use std::time::Duration;

use sqlx::Error;
use sqlx::postgres::PgDatabaseError;

use super::address::Address;
use super::names::quote_identifier;
use super::names::split_unit_name;
use super::names::unit_name;
use crate::ConnectError;
use crate::amend::TableFacts;
use crate::tls::TlsFault;

/// The server's error code, where the error came from the server.
pub(super) fn sqlstate(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Why connecting failed.
pub(super) fn connecting(error: Error, address: &Address, encrypted: bool) -> ConnectError {
    let target = address.target();
    let (user, database) = (&address.user, &address.database);
    let denied = |reason: String| ConnectError::Denied { target: target.clone(), reason };
    let unreachable = |reason: String| ConnectError::Unreachable { target: target.clone(), reason };
    let Some(state) = sqlstate(&error) else {
        return match error {
            Error::Io(error) => unreachable(network(&error).to_owned()),
            Error::Protocol(_) => unreachable("what answers there does not speak PostgreSQL's protocol".into()),
            _ => unreachable("the driver could not connect".into()),
        };
    };
    match state.as_str() {
        "28P01" if address.password.is_none() => {
            denied(format!("the server asks for the password of `{user}` and none was given"))
        }
        "28P01" => denied(format!("the server refused the password of `{user}`; check account and password")),
        "28000" => {
            let way = if encrypted { "with TLS" } else { "without TLS" };
            denied(format!(
                "the server does not let `{user}` into `{database}` from here {way} (unknown account, or no line \
                 for it in pg_hba.conf)"
            ))
        }
        "3D000" => denied(format!("there is no database `{database}` on this server")),
        "42501" => denied(format!(
            "`{user}` may not connect to `{database}`; needed: GRANT CONNECT ON DATABASE {} TO {}",
            super::names::quote_identifier(database),
            super::names::quote_identifier(user)
        )),
        "53300" => unreachable("all connections of the server are in use; try again later".into()),
        "57P03" => unreachable("the server is starting or stopping; try again in a minute".into()),
        _ => unreachable(format!("the server refused the connection (SQLSTATE {state})")),
    }
}

/// Why there is no TLS.
pub(super) fn no_tls(fault: TlsFault, address: &Address) -> ConnectError {
    let target = address.target();
    let reason = match fault {
        TlsFault::NotOffered => {
            "the server does not offer TLS; switch it on there (ssl = on) or choose another sslmode".to_owned()
        }
        TlsFault::File(path, what) => format!("the file {} {what}", path.display()),
        TlsFault::Handshake(reason) => reason,
        TlsFault::Io(error) => {
            return ConnectError::Unreachable { target, reason: network(&error).to_owned() };
        }
    };
    ConnectError::Transport { target, reason }
}

/// What happened on the network.
fn network(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "nothing listens there; check host and port, and that the server runs",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection was cut",
        ErrorKind::TimedOut => "no answer came",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way to this host",
        ErrorKind::NotFound => "there is no such socket; check the folder and that the server runs",
        ErrorKind::PermissionDenied => "this account may not use the socket",
        // Name resolution has no kind of its own.
        _ if error.raw_os_error().is_none() => "the host name is unknown; check its spelling",
        _ => "the network failed",
    }
}

/// Why rows of `table` could not be asked for a plan by `account`.
pub(super) fn planning(error: Error, table: &TableFacts, account: &str, limit: Duration) -> ConnectError {
    if sqlstate(&error).as_deref() != Some("42501") {
        return reading(error, &table.name, limit);
    }
    let schema = split_unit_name(&table.name).map(|(schema, _)| quote_identifier(&schema)).unwrap_or_default();
    let account_sql = quote_identifier(account);
    ConnectError::Denied {
        target: format!("`{}`", table.name),
        reason: format!(
            "a plan must see its rows, and `{account}` may not: GRANT USAGE ON SCHEMA {schema} TO {account_sql}; GRANT SELECT ON {} TO {account_sql}",
            table.name_sql()
        ),
    }
}

/// What refuses to let rows of `table` go or change, in a sentence without a value; none when it is no trigger's and no
/// constraint's doing. Of the server's own words only names of functions are told: messages and statements hold values.
pub(super) fn refusal(error: &Error, table: &TableFacts) -> Option<String> {
    let state = sqlstate(error)?;
    let told = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    let function = told.r#where().and_then(function_in);
    // Class 42 and the others are ours or the server's, unless they came up within a function of the database.
    let by_constraint = ["22", "23"].iter().any(|class| state.starts_with(class));
    let by_function = ["P0", "0A", "2F", "38", "39", "44", "45"].iter().any(|class| state.starts_with(class));
    let passes = ["08", "40", "53", "55", "57", "58"].iter().any(|class| state.starts_with(class));
    if ["23503", "23001"].contains(&state.as_str()) || passes || !(by_constraint || by_function || function.is_some()) {
        return None;
    }
    let within = function.map(|name| format!(", raised in the function `{name}`")).unwrap_or_default();
    // Of constraints the server says whose they are: a cascade, or a trigger, may have met that of another table.
    let told = told.schema().zip(told.table()).map(|(schema, name)| unit_name(schema, name));
    let (of, actors) = match told.filter(|told| *told != table.name) {
        Some(other) => (other, String::new()),
        None => (table.name.clone(), table.actors()),
    };
    Some(format!("the server refuses rows of {of}: SQLSTATE {state}{within}{actors}"))
}

/// The first function in the context of an error: `PL/pgSQL function keep_it() line 3 at RAISE`. Other lines are
/// statements, which may hold values.
fn function_in(context: &str) -> Option<String> {
    let of_function = |line: &'_ str| {
        let (language, rest) = line.split_once(" function ")?;
        let is_language = language == "SQL" || language.strip_prefix("PL/").is_some_and(|name| !name.contains(' '));
        is_language.then(|| rest.split(['(', ' ']).next().unwrap_or_default().trim_matches('"').to_owned())
    };
    context.lines().find_map(of_function).filter(|name| !name.is_empty())
}

/// Why rows of `table` could not be changed by `account`.
pub(super) fn amending(error: Error, table: &str, account: &str) -> ConnectError {
    let target = format!("`{table}`");
    match sqlstate(&error).as_deref() {
        Some("42501") => ConnectError::Denied {
            target,
            reason: format!("`{account}` may not change it; grant SELECT, UPDATE and DELETE on it to that account"),
        },
        Some("25006") => ConnectError::Denied {
            target,
            reason: "this server takes no changes (a standby, or read-only); name the primary in the policy file"
                .to_owned(),
        },
        Some("23505" | "23502" | "23514" | "22001") => {
            ConnectError::Unchanged { target, reason: "a constraint of the table refuses the new values".to_owned() }
        }
        Some("53100" | "53200") => {
            ConnectError::Limit { target, reason: "the server has no disk space or memory left".to_owned() }
        }
        _ => reading(error, &target, Duration::from_secs(5)),
    }
}

/// No answer within `limit`.
pub(super) fn silent(target: &str, limit: Duration) -> ConnectError {
    let reason = format!("no answer came within {} s", limit.as_secs_f32().round());
    ConnectError::Unreachable { target: target.to_owned(), reason }
}

/// Why a statement on `target` (the server, or a unit) failed; `limit` is the statement's time.
pub(super) fn reading(error: Error, target: &str, limit: Duration) -> ConnectError {
    let target = target.to_owned();
    let Some(state) = sqlstate(&error) else {
        return match error {
            Error::Io(error) => ConnectError::Unreachable { target, reason: network(&error).to_owned() },
            Error::Protocol(_) => {
                ConnectError::Unreachable { target, reason: "the server broke the protocol off".into() }
            }
            _ => ConnectError::Internal { target, reason: "the driver could not read the answer".into() },
        };
    };
    let limited = |reason: String| ConnectError::Limit { target: target.clone(), reason };
    let gone = |reason: &str| ConnectError::Gone { target: target.clone(), reason: reason.to_owned() };
    let malformed = |reason: String| ConnectError::Malformed { target: target.clone(), reason };
    let unreachable = |reason: &str| ConnectError::Unreachable { target: target.clone(), reason: reason.into() };
    match state.as_str() {
        "42P01" | "3F000" => gone("it was dropped or renamed"),
        "42703" | "42883" | "42804" => gone("its columns were changed, or a view needs something that is gone"),
        "XX000" => gone("the server lost hold of it (it was dropped, or its stored pages are damaged)"),
        "42501" => ConnectError::Denied {
            target,
            reason: "something it is made of may not be read by this account; grant SELECT on the tables behind it"
                .into(),
        },
        "57014" => limited(format!(
            "the server stopped the statement after its time of {} s (statement_timeout), or somebody cancelled it",
            limit.as_secs()
        )),
        "55P03" => limited("another session holds it locked; try again later".into()),
        "40001" => gone("the standby server cancelled reading in favour of replay; try again or read the primary"),
        "25006" => limited("it would write when read, which dataward never does".into()),
        "22021" | "22P05" => malformed("some stored text is not valid in the database's encoding".into()),
        "XX001" | "XX002" => malformed("its stored pages are damaged".into()),
        "58P01" | "58030" => malformed("the file behind it cannot be read by the server".into()),
        "57P01" | "57P02" | "57P05" => unreachable("the server ended the connection"),
        state if state.starts_with("HV") || state.starts_with("08") => {
            unreachable("the server behind it did not answer")
        }
        state if state.starts_with("22") || state.starts_with("2F") || state.starts_with("P0") => {
            malformed(format!("computing its rows fails on the server (SQLSTATE {state})"))
        }
        state => malformed(format!("the server refused to read it (SQLSTATE {state})")),
    }
}
