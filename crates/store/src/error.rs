//! What can go wrong with the state. Messages of SQLite are classified, never copied.

use std::path::Path;
use std::path::PathBuf;

use thiserror::Error;

/// Why the state could not be read or written. Grouped by what the reader of the message can do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is damaged, or is no SQLite file.
    #[error(
        "cannot {doing}: the state file {} is damaged; restore a copy, or move it away and run `dataward scan` (what is held must then be held again)",
        path.display()
    )]
    Corrupt {
        /// What we were about to do.
        doing: &'static str,
        /// The state file.
        path: PathBuf,
    },
    /// The operating system does not let us.
    #[error("cannot {doing}: no permission for {}; run as the user that owns it, or let that user open the folder {} to a group of both: \
        `chgrp GROUP` and `chmod g+rwxs` on it, then any command", path.display(), path.parent().unwrap_or(path).display())]
    Denied {
        /// What we were about to do.
        doing: &'static str,
        /// The state file or its folder.
        path: PathBuf,
    },
    /// No room left.
    #[error(
        "cannot {doing}: the disk that holds {} is full (or a file size limit is reached); \
         free some space and run the same command again, nothing is lost",
        path.display()
    )]
    DiskFull {
        /// What we were about to do.
        doing: &'static str,
        /// The state file.
        path: PathBuf,
    },
    /// The file is a SQLite file, but not ours.
    #[error("{} is a database of another program; remove it or choose another state folder", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A fault of ours, of a library or of the disk.
    #[error("cannot {doing}: unexpected fault `{code}` in the state file {}; check the disk, else report a bug", path.display())]
    Internal {
        /// What we were about to do.
        doing: &'static str,
        /// The state file.
        path: PathBuf,
        /// SQLite's result code or the kind of fault; no message, it could quote data.
        code: String,
    },
    /// Another process holds the state for too long.
    #[error("cannot {doing}: another dataward process is writing to {}; wait for it to end and try again", path.display())]
    Locked {
        /// What we were about to do.
        doing: &'static str,
        /// The state file.
        path: PathBuf,
    },
    /// A newer dataward wrote the file.
    #[error(
        "the state file {} was written by a newer dataward (format {found}, this one knows up to {known}); \
         use that version",
        path.display()
    )]
    Newer {
        /// The state file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file or its disk is read-only.
    #[error("cannot {doing}: the state file {} is read-only; make it and its folder writable", path.display())]
    ReadOnly {
        /// What we were about to do.
        doing: &'static str,
        /// The state file.
        path: PathBuf,
    },
    /// There is no such column in the inventory.
    #[error("`{place}` is no column in the inventory; `dataward inventory` lists those there are")]
    UnknownPlace {
        /// The place that was asked for.
        place: String,
    },
    /// There is no such scan.
    #[error("there is no scan `{scan}`")]
    UnknownScan {
        /// The scan that was asked for.
        scan: String,
    },
}

impl StoreError {
    pub(crate) fn from_sqlx(doing: &'static str, path: &Path, error: &sqlx::Error) -> Self {
        let path = path.to_owned();
        let code = match error {
            sqlx::Error::Database(fault) => fault.code().map(|code| code.into_owned()).unwrap_or_default(),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::TypeNotFound { .. } => {
                return Self::Corrupt { doing, path };
            }
            sqlx::Error::Io(fault) => return Self::from_io(doing, &path, fault),
            sqlx::Error::PoolTimedOut => return Self::Locked { doing, path },
            _ => "no SQLite code".to_owned(),
        };
        // Extended codes carry the primary code in their low byte (sqlite.org/rescode.html).
        match code.parse::<i64>().map(|number| (number & 0xff, number)) {
            Ok((5 | 6, _)) => Self::Locked { doing, path },
            Ok((8, _)) => Self::ReadOnly { doing, path },
            // SQLITE_FULL; and IOERR_WRITE, which is what a file size limit (EFBIG) or quota gives.
            // SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE: no room for the index of the journal.
            Ok((13, _) | (_, 778 | 4874)) => Self::DiskFull { doing, path },
            Ok((11 | 26, _)) => Self::Corrupt { doing, path },
            Ok((3 | 14 | 23, _)) => Self::Denied { doing, path },
            _ => Self::Internal { doing, path, code },
        }
    }

    pub(crate) fn from_io(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::PermissionDenied => Self::Denied { doing, path },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { doing, path },
            ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded | ErrorKind::StorageFull => {
                Self::DiskFull { doing, path }
            }
            kind => Self::Internal { doing, path, code: kind.to_string() },
        }
    }
}
