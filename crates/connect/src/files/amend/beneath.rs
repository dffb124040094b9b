//! Files by handles of their folders, links refused on the way.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::path::Component;
use std::path::PathBuf;

use rustix::fs::Access;
use rustix::fs::AtFlags;
use rustix::fs::FileType;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::path::Arg;

use super::Facts;
use crate::ConnectError;
use crate::files::names::path_of;
use crate::files::units::Root;
use crate::formats::limits::from_io;

/// Folders that are kept open at a time.
const OPEN: usize = 64;

/// The folders below a root, opened once each.
pub(super) struct Beneath {
    root: OwnedFd,
    only_file: Option<PathBuf>,
    open: HashMap<PathBuf, OwnedFd>,
    touched: Vec<PathBuf>,
}

impl Beneath {
    pub(super) fn open(root: &Root) -> Result<Self, ConnectError> {
        let opened = rustix::fs::open(&root.folder, FOLDER, Mode::empty());
        let handle = opened.map_err(|error| from_io("the folder", &error.into()))?;
        Ok(Self { root: handle, only_file: root.only_file.clone(), open: HashMap::new(), touched: Vec::new() })
    }

    /// The file of this name; none when none is there, or something else.
    pub(super) fn look(&mut self, name: &str) -> Result<Option<Facts>, ConnectError> {
        let Some((folder, file)) = self.place(name)? else { return Ok(None) };
        let handle = self.folder(&folder);
        match rustix::fs::statat(handle, &file, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) if FileType::from_raw_mode(found.st_mode) == FileType::RegularFile => Ok(Some(Facts {
                denied: !may(handle, ".", CHANGE) || !may(handle, &file, Access::READ_OK),
                bytes: found.st_size as u64,
                modified: (found.st_mtime, found.st_mtime_nsec as i64),
                changed: (found.st_ctime, found.st_ctime_nsec as i64),
                inode: found.st_ino,
                names: found.st_nlink,
            })),
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(from_io(name, &error.into())),
        }
    }

    /// Opens the file of this name; none when it is gone, or no file.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<fs_err::File>, ConnectError> {
        let Some((folder, file)) = self.place(name)? else { return Ok(None) };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::openat(self.folder(&folder), &file, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(fs_err::File::from_parts(std::fs::File::from(handle), name))),
            Err(Errno::NOENT | Errno::LOOP) => Ok(None),
            Err(error) => Err(from_io(name, &error.into())),
        }
    }

    /// Takes the name of a file out of its folder; false when the account may not.
    pub(super) fn remove(&mut self, name: &str) -> Result<bool, ConnectError> {
        let Some((folder, file)) = self.place(name)? else { return Ok(true) };
        match rustix::fs::unlinkat(self.folder(&folder), &file, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => return Ok(false),
            Err(error) => return Err(from_io(name, &error.into())),
        }
        if !self.touched.contains(&folder) {
            self.touched.push(folder);
        }
        Ok(true)
    }

    /// Waits until the folders are on the disk as they are now.
    pub(super) fn sync(&mut self) -> Result<(), ConnectError> {
        for folder in std::mem::take(&mut self.touched) {
            if self.reach(&folder).map_err(|error| from_io("a folder", &error))? {
                let synced = rustix::fs::fsync(self.folder(&folder));
                synced.map_err(|error| from_io("a folder", &io::Error::from(error)))?;
            }
        }
        Ok(())
    }

    /// The folder of a file, opened, and its name in there; none when there is no such folder.
    fn place(&mut self, name: &str) -> Result<Option<(PathBuf, OsString)>, ConnectError> {
        let path = path_of(name).filter(|path| self.only_file.as_ref().is_none_or(|only| only == path));
        let Some(path) = path else { return Ok(None) };
        let (Some(folder), Some(file)) = (path.parent(), path.file_name()) else { return Ok(None) };
        let reached = self.reach(folder).map_err(|error| from_io(name, &error))?;
        Ok(reached.then(|| (folder.to_owned(), file.to_owned())))
    }

    fn folder(&self, folder: &PathBuf) -> &OwnedFd {
        self.open.get(folder).unwrap_or(&self.root)
    }

    /// Opens a folder, step by step from the root; false when it is not there, or a link stands in the way.
    fn reach(&mut self, folder: &std::path::Path) -> io::Result<bool> {
        if folder.as_os_str().is_empty() || self.open.contains_key(folder) {
            return Ok(true);
        }
        if self.open.len() >= OPEN {
            self.open.clear();
        }
        let mut above = PathBuf::new();
        for part in folder.components() {
            let Component::Normal(part) = part else { return Ok(false) };
            let here = above.join(part);
            if !self.open.contains_key(&here) {
                match rustix::fs::openat(self.folder(&above), part, FOLDER, Mode::empty()) {
                    Ok(handle) => drop(self.open.insert(here.clone(), handle)),
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(false),
                    Err(error) => return Err(error.into()),
                }
            }
            above = here;
        }
        Ok(true)
    }
}

/// Whether the account may do this with what has this name in a folder.
pub(super) fn may(folder: impl AsFd, name: impl Arg, access: Access) -> bool {
    // What can't be asked is found out when it is done.
    let refused = [Errno::ACCESS, Errno::PERM, Errno::ROFS];
    rustix::fs::accessat(folder, name, access, AtFlags::EACCESS)
        .map_or_else(|error| !refused.contains(&error), |()| true)
}

/// What removing a name takes of its folder.
pub(super) const CHANGE: Access = Access::WRITE_OK.union(Access::EXEC_OK);

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
