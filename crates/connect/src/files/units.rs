//! Walks the folder.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use futures::StreamExt;
use futures::stream;
use ignore::WalkBuilder;
use tokio::sync::mpsc;

use super::exposure::Exposures;
use super::names::name_of;
use crate::ConnectError;
use crate::Fingerprint;
use crate::Unit;
use crate::UnitKind;
use crate::UnitStream;
use crate::formats::limits::from_io;

/// The folder that paths are relative to, as the file system calls it.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) folder: PathBuf,
    /// The path of the only file, below `folder`, where the source is a single one.
    pub(super) only_file: Option<PathBuf>,
}

impl Root {
    /// Looks whether the source is there and may be read.
    pub(super) fn open(path: &Path) -> Result<Self, ConnectError> {
        let shown = path.display().to_string();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ConnectError::Unreachable {
                target: format!("`{shown}`"),
                reason: "there is no such file or folder; check the path".into(),
            },
            _ => from_io(&format!("`{shown}`"), &error),
        };
        let real = fs_err::canonicalize(path).map_err(failed)?;
        if real.metadata().map_err(failed)?.is_dir() {
            real.read_dir().map_err(failed)?;
            return Ok(Self { folder: real, only_file: None });
        }
        let (Some(folder), Some(file)) = (real.parent(), real.file_name()) else {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        };
        Ok(Self { folder: folder.to_owned(), only_file: Some(file.into()) })
    }
}

/// All files below `root`, in the order of their names.
pub(super) fn list(root: Root) -> UnitStream {
    let (sender, receiver) = mpsc::channel(UNITS_AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut exposures = Exposures::default();
        let start = root.only_file.as_ref().map_or(root.folder.clone(), |file| root.folder.join(file));
        let walk = WalkBuilder::new(&start)
            .standard_filters(false)
            .follow_links(false)
            .sort_by_file_name(Ord::cmp)
            .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != OUR_FOLDER)
            .build();
        for entry in walk {
            let unit = match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => continue,
                Ok(entry) if leads_to_what_is_read_anyway(&root.folder, entry.path()) => continue,
                Ok(entry) => unit_at(&root.folder, entry.path(), &mut exposures),
                Err(error) => Err(walk_error(&root.folder, &error)),
            };
            if sender.blocking_send(unit).is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|unit| (unit, receiver)) }).boxed()
}

/// A link to something else in the folder, though not to a folder above itself.
fn leads_to_what_is_read_anyway(folder: &Path, path: &Path) -> bool {
    path.is_symlink() && path.canonicalize().is_ok_and(|to| to.starts_with(folder) && !path.starts_with(&to))
}

fn unit_at(folder: &Path, path: &Path, exposures: &mut Exposures) -> Result<Unit, ConnectError> {
    let name = name_of(path.strip_prefix(folder).unwrap_or(path));
    let metadata = path.symlink_metadata().map_err(|error| from_io(&name, &error))?;
    Ok(Unit {
        kind: UnitKind::File,
        rows_estimate: None,
        bytes: metadata.is_file().then_some(metadata.len()),
        fingerprint: Some(fingerprint(&metadata)),
        exposure: metadata.is_file().then(|| exposures.of_file(path, &metadata)),
        name,
    })
}

/// Size, both times to the nanosecond and the inode: whoever changes a file changes one of them.
pub(super) fn fingerprint(metadata: &Metadata) -> Fingerprint {
    let (modified, changed) = ((metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec()));
    fingerprint_of(metadata.len(), modified, changed, metadata.ino())
}

/// As [`fingerprint`], of a file of which these are known: bytes, when its content and when anything of it changed
/// (seconds and nanoseconds), the inode.
pub(super) fn fingerprint_of(bytes: u64, modified: (i64, i64), changed: (i64, i64), inode: u64) -> Fingerprint {
    let ((modified, part), (changed, changed_part)) = (modified, changed);
    Fingerprint(format!("{bytes}-{modified}.{part:09}-{changed}.{changed_part:09}-{inode}"))
}

/// A folder that cannot be listed, or went away.
pub(super) fn walk_error(folder: &Path, error: &ignore::Error) -> ConnectError {
    let place = path_in(error).map(|path| name_of(path.strip_prefix(folder).unwrap_or(path)));
    let target = format!("`{}`", place.unwrap_or_else(|| "a folder".into()));
    match error.io_error() {
        Some(error) => from_io(&target, error),
        None => ConnectError::Internal { target, reason: "the folder could not be listed".into() },
    }
}

fn path_in(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_in(err),
        _ => None,
    }
}

/// Where dataward keeps its own state.
pub(super) const OUR_FOLDER: &str = ".dataward";
const UNITS_AHEAD: usize = 256;
