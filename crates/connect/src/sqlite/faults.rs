//! SQLite's result codes as sentences. Its own messages may quote values and are never passed on,
//! except for the name of a missing module, which is part of the schema.

use crate::ConnectError;

/// Result codes used below, <https://www.sqlite.org/rescode.html>.
pub(super) mod code {
    pub(crate) const PERMISSION: i32 = 3;
    pub(crate) const BUSY: i32 = 5;
    pub(crate) const LOCKED: i32 = 6;
    pub(crate) const NO_MEMORY: i32 = 7;
    pub(crate) const READ_ONLY: i32 = 8;
    pub(crate) const INTERRUPTED: i32 = 9;
    pub(crate) const INPUT_OUTPUT: i32 = 10;
    pub(crate) const CORRUPT: i32 = 11;
    pub(crate) const CANNOT_OPEN: i32 = 14;
    pub(crate) const TOO_BIG: i32 = 18;
    pub(crate) const AUTHORISATION: i32 = 23;
    pub(crate) const NOT_A_DATABASE: i32 = 26;
    pub(crate) const READ_ONLY_ROLLBACK: i32 = 776;
}

/// The extended result code of `error`, if it came from SQLite.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// One clear sentence for `error`, met while reading `target`.
pub(super) fn classify(error: &sqlx::Error, target: &str) -> ConnectError {
    let target = target.to_owned();
    let Some(extended) = result_code(error) else {
        return match error {
            sqlx::Error::Io(error) => {
                ConnectError::Unreachable { target, reason: format!("the file cannot be read ({})", error.kind()) }
            }
            _ => ConnectError::Internal { target, reason: "the SQLite library stopped unexpectedly".to_owned() },
        };
    };
    if extended == code::READ_ONLY_ROLLBACK {
        let reason = "a program stopped in the middle of a change and left a journal to be rolled back, which would \
                      change the file; open the database once with its own program, then scan again";
        return ConnectError::Malformed { target, reason: reason.to_owned() };
    }
    match extended & 0xff {
        code::PERMISSION | code::AUTHORISATION => {
            ConnectError::Denied { target, reason: "the account may not read the file".to_owned() }
        }
        code::BUSY | code::LOCKED => ConnectError::Unreachable {
            target,
            reason: "another program keeps the database locked; scan again when it is idle, or scan a backup"
                .to_owned(),
        },
        code::NO_MEMORY => ConnectError::Limit { target, reason: "not enough memory for one of its rows".to_owned() },
        code::READ_ONLY => ConnectError::Denied {
            target,
            reason: "SQLite would have to write beside the database to read it; scan a backup instead".to_owned(),
        },
        code::INTERRUPTED => ConnectError::Cancelled,
        code::INPUT_OUTPUT => ConnectError::Unreachable { target, reason: "the disk reports a read error".to_owned() },
        code::CORRUPT => ConnectError::Malformed {
            target,
            reason: "the database file is damaged; check it with `PRAGMA integrity_check` and restore a backup"
                .to_owned(),
        },
        code::CANNOT_OPEN => {
            ConnectError::Denied { target, reason: "the file or one beside it cannot be opened".to_owned() }
        }
        code::TOO_BIG => {
            ConnectError::Limit { target, reason: "it holds a value above SQLite's own limit of 1 GB".to_owned() }
        }
        code::NOT_A_DATABASE => ConnectError::Malformed {
            target,
            reason: "its pages are encrypted or damaged; decrypt a copy with its own program and scan that".to_owned(),
        },
        _ => classify_statement(error, target),
    }
}

/// The general code 1: something a statement refers to is not there.
fn classify_statement(error: &sqlx::Error, target: String) -> ConnectError {
    let message = error.as_database_error().map_or("", |error| error.message());
    if let Some(module) = message.strip_prefix("no such module: ") {
        let reason = format!("it needs the SQLite extension `{module}`, which dataward does not have");
        return ConnectError::NotSupported { reason: format!("cannot read {target}: {reason}") };
    }
    let missing = ["no such table", "no such column", "no such function", "no such view", "no such collation sequence"];
    if let Some(what) = missing.iter().find(|prefix| message.starts_with(**prefix)) {
        let what = what.trim_start_matches("no such ");
        let reason = format!("it refers to a {what} that is not there (any more)");
        return ConnectError::Gone { target, reason };
    }
    if message.starts_with("unsafe use of") {
        let reason = "it calls a function that may act on its own, which dataward does not run".to_owned();
        return ConnectError::Limit { target, reason };
    }
    ConnectError::Malformed { target, reason: "SQLite could not run the statement behind it".to_owned() }
}
