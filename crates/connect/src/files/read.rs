//! Opens a file and hands it to its format.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use super::database;
use super::names::path_of;
use super::units::Root;
use crate::ChunkStream;
use crate::ConnectError;
use crate::ReadRequest;
use crate::Unit;
use crate::formats;
use crate::formats::Budget;
use crate::formats::Input;
use crate::formats::Limits;
use crate::formats::ReadAt;
use crate::formats::limits::from_io;
use crate::formats::read_at::CountedAt;
use crate::formats::read_at::FileAt;
use crate::sqlite::is_sqlite_file;

/// Reads the file `unit`.
pub(super) async fn read(
    root: &Root,
    limits: &Limits,
    unit: &Unit,
    request: &ReadRequest,
) -> Result<ChunkStream, ConnectError> {
    let name = unit.name.clone();
    let path = locate(root, &name)?;
    let file = open(&path, &name)?;
    let mut start = [0; 16];
    let found = file.read_at(0, &mut start).map_err(|error| from_io(&name, &error))?;
    if is_sqlite_file(&start[..found]) {
        return database::read(path, &name, request).await;
    }
    let at = Arc::new(CountedAt::new(file, request.bytes_read.clone()));
    let budget = Budget::new(limits.clone());
    Ok(formats::stream(&unit.name, request, move |out| formats::decode(Input::random(&name, at, budget)?, out)))
}

/// The path of the unit called `name`.
fn locate(root: &Root, name: &str) -> Result<PathBuf, ConnectError> {
    let gone = || from_io(name, &io::ErrorKind::NotFound.into());
    let path = path_of(name).filter(|path| root.only_file.as_ref().is_none_or(|only| only == path)).ok_or_else(gone)?;
    Ok(root.folder.join(path))
}

/// Opens a file that is one. Opening anything else could wait for ever or do things.
fn open(path: &Path, name: &str) -> Result<FileAt, ConnectError> {
    let failed = |error: io::Error| from_io(name, &error);
    let kind = path.symlink_metadata().map_err(failed)?.file_type();
    let what = match () {
        () if kind.is_file() => {
            return fs_err::File::open(path)
                .map_err(failed)
                .and_then(|file| FileAt::new(file.into_parts().0).map_err(failed));
        }
        () if kind.is_symlink() => link(path),
        () if kind.is_fifo() => "a pipe between programs, with nothing stored in it",
        () if kind.is_socket() => "a socket of a running program, with nothing stored in it",
        () if kind.is_block_device() || kind.is_char_device() => "a device; mount it and scan what is on it",
        () => "neither a file nor a folder",
    };
    Err(ConnectError::NotSupported { reason: format!("this is {what}") })
}

fn link(path: &Path) -> &'static str {
    match path.canonicalize() {
        Ok(to) if path.starts_with(&to) => "a link back to a folder above it, which would go round in circles",
        Ok(_) => "a link to something outside of the folder; scan that as a source of its own",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "a link to something that is not there",
        Err(_) => "a link that leads nowhere, in circles, or where we may not look",
    }
}
