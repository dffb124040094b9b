//! Whose the files are that dataward writes into a project, and who else may read and write them.
//!
//! Floor 0. One rule: **the owner of a folder, and its group where that may write to it, may read and write what
//! dataward puts into it, nobody else may, and all of it belongs to whom the folder belongs to.** So the owner of a
//! project works on it alone (a folder of mode 0700 or 0755 gives files of mode 0600), the group does where the folder
//! is writable for it (0770 gives 0660, and the folder's group), and what root writes belongs to the owner. Nothing is
//! ever open to everybody: the state holds keys, so a folder of mode 0777 gives what one of 0770 does. A sticky folder
//! such as `/tmp` is shared by strangers: what lies in it is its maker's alone.
//!
//! Only what this process has just made is given away, by its handle, and into the folder whose rights were asked: an
//! owner cannot make root give him a file of others by a link.

use std::ffi::OsStr;
use std::fs::File;
use std::fs::Metadata;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::fchown;
use std::path::Path;

use rustix::fs::CWD;
use rustix::fs::Mode;
use rustix::fs::OFlags;

/// Makes a folder and those above it, each with the owner and the rights that follow from the one it lies in.
/// One that is there is left as it is.
///
/// # Errors
/// When it can't be made.
pub fn folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    folder(parent_of(path))?;
    let parent = open_folder(parent_of(path))?;
    match rustix::fs::mkdirat(&parent, name_of(path)?, Mode::from_raw_mode(0o700)) {
        Ok(()) => {
            let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let made = File::from(rustix::fs::openat(&parent, name_of(path)?, flags, Mode::empty())?);
            give(&made, &parent.metadata()?)
        }
        // Another process was quicker.
        Err(rustix::io::Errno::EXIST) if path.is_dir() => Ok(()),
        Err(error) => Err(told("make the folder", path, error)),
    }
}

/// Opens a file to read it and to write at its end; makes it where there is none.
///
/// # Errors
/// When it can't be opened.
pub fn append(path: &Path) -> io::Result<fs_err::File> {
    open(path, OFlags::RDWR | OFlags::APPEND)
}

/// Opens an empty file to write to, in the place of what the file held before.
///
/// # Errors
/// When it can't be opened.
pub fn overwrite(path: &Path) -> io::Result<fs_err::File> {
    open(path, OFlags::WRONLY | OFlags::TRUNC)
}

fn open(path: &Path, flags: OFlags) -> io::Result<fs_err::File> {
    let flags = flags | OFlags::CLOEXEC;
    let parent = open_folder(parent_of(path))?;
    let new = flags | OFlags::CREATE | OFlags::EXCL;
    let file = match rustix::fs::openat(&parent, name_of(path)?, new, Mode::from_raw_mode(0o600)) {
        Ok(made) => {
            let made = File::from(made);
            give(&made, &parent.metadata()?)?;
            made
        }
        Err(rustix::io::Errno::EXIST) => {
            let there = rustix::fs::openat(&parent, name_of(path)?, flags, Mode::empty());
            File::from(there.map_err(|error| told("open", path, error))?)
        }
        Err(error) => return Err(told("open", path, error)),
    };
    Ok(fs_err::File::from_parts(file, path))
}

/// Gives a file that this process has just made in the folder of `path`, under whatever name, the owner and the rights
/// that follow from that folder.
///
/// # Errors
/// When the folder can't be looked at, or the rights not be set.
pub fn settle(made: &File, path: &Path) -> io::Result<()> {
    give(made, &open_folder(parent_of(path))?.metadata()?)
}

/// Gives a file that this process has just made, and that is to take the place of `path`, the owner and the rights of
/// what is there; where nothing is, as [`settle`].
///
/// # Errors
/// As [`settle`].
pub fn settle_in_place_of(made: &File, path: &Path) -> io::Result<()> {
    match fs_err::symlink_metadata(path) {
        Ok(old) if old.is_file() => set(made, old.uid(), old.gid(), old.mode() & 0o777),
        _ => settle(made, path),
    }
}

/// Gives a file that this process has just made in the folder of `path` the owner of that folder, and lets nobody else
/// read it: for secrets that are one person's.
///
/// # Errors
/// As [`settle`].
pub fn settle_secret(made: &File, path: &Path) -> io::Result<()> {
    let folder = open_folder(parent_of(path))?.metadata()?;
    set(made, folder.uid(), folder.gid(), 0o600)
}

/// Hands what the rights of `folder` say now to all of this account's that lies in it, when `file` in it shows that
/// they were changed, and the folder is this account's: its owner lets a group in, or shuts it out again, by the rights
/// of one folder. A folder that everybody may write to is shut to them.
///
/// # Errors
/// When something in it can't be looked at or changed.
pub fn mend(folder: &Path, file: &Path) -> io::Result<()> {
    let us = rustix::process::geteuid().as_raw();
    let (rights, known) = (fs_err::metadata(folder)?, fs_err::symlink_metadata(file)?);
    if rights.uid() != us || known.uid() != us || us == 0 && known.nlink() > 1 {
        return Ok(());
    }
    if rights.mode() & 0o1002 == 0o002 {
        open_folder(folder)?.set_permissions(Permissions::from_mode(rights.mode() & 0o7770))?;
    }
    let as_it_should =
        known.mode() & 0o777 == file_mode(&rights) && (known.gid() == rights.gid() || shared(&rights) == 0);
    if as_it_should { Ok(()) } else { mend_all(folder, us) }
}

fn mend_all(path: &Path, us: u32) -> io::Result<()> {
    let folder = open_folder(path)?;
    let mut rights = folder.metadata()?;
    if shared(&rights) != 0 && rights.mode() & 0o2000 == 0 && rights.uid() == us {
        folder.set_permissions(Permissions::from_mode(rights.mode() & 0o7777 | 0o2000))?;
        rights = folder.metadata()?;
    }
    for entry in fs_err::read_dir(path)? {
        let path = entry?.path();
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        // What vanished meanwhile, a link, or another account's.
        let Ok(there) = rustix::fs::openat(&folder, name_of(&path)?, flags, Mode::empty()) else { continue };
        let there = File::from(there);
        let known = there.metadata()?;
        if known.uid() != us || !known.is_dir() && (!known.is_file() || known.nlink() > 1) {
            continue;
        }
        give(&there, &rights)?;
        if known.is_dir() {
            mend_all(&path, us)?;
        }
    }
    Ok(())
}

/// The bit of a folder that lets its group write to it.
fn shared(folder: &Metadata) -> u32 {
    if folder.mode() & 0o1000 != 0 { 0 } else { folder.mode() & 0o020 }
}

fn file_mode(folder: &Metadata) -> u32 {
    let writes = shared(folder);
    0o600 | writes | writes << 1
}

fn give(made: &File, folder: &Metadata) -> io::Result<()> {
    let writes = shared(folder);
    let mode = if made.metadata()?.is_dir() {
        // Files of other programs (the journal of SQLite) get the group from here.
        0o700 | writes | writes << 1 | writes >> 1 | writes << 6
    } else {
        file_mode(folder)
    };
    set(made, folder.uid(), folder.gid(), mode)
}

fn set(made: &File, owner: u32, group: u32, mode: u32) -> io::Result<()> {
    let known = made.metadata()?;
    if known.uid() != owner && fchown(made, Some(owner), Some(group)).is_ok() {
        // Root gave it away.
    } else if known.gid() != group && mode & 0o060 != 0 {
        // Only members may: who is none gave the folder's group nothing, and got in by the bits for all.
        let _ = fchown(made, None, Some(group));
    }
    // After the change of owner, which takes bits away.
    if made.metadata()?.mode() & 0o7777 != mode {
        made.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name_of(path: &Path) -> io::Result<&OsStr> {
    path.file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("`{}` has no name", path.display())))
}

fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(CWD, path, flags, Mode::empty());
    opened.map(File::from).map_err(|error| told("open the folder", path, error))
}

fn told(doing: &str, path: &Path, error: rustix::io::Errno) -> io::Error {
    io::Error::new(error.kind(), format!("failed to {doing} `{}`: {}", path.display(), io::Error::from(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(path: &Path) -> (u32, u32) {
        let known = std::fs::symlink_metadata(path).unwrap();
        (known.mode() & 0o7777, known.gid())
    }

    fn allow(path: &Path, mode: u32) {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn who_may_write_to_a_folder_may_read_and_write_what_is_made_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let cases = [
            (0o700, 0o600, 0o700),
            (0o755, 0o600, 0o700),
            (0o770, 0o660, 0o2770),
            (0o2775, 0o660, 0o2770),
            (0o777, 0o660, 0o2770),
            (0o1777, 0o600, 0o700),
        ];
        for (mode, of_file, of_folder) in cases {
            allow(dir.path(), mode);
            let (appended, new) = (dir.path().join(format!("{mode:o}.log")), dir.path().join(format!("{mode:o}.new")));
            append(&appended).unwrap();
            overwrite(&new).unwrap();
            let below = dir.path().join(format!("{mode:o}/a/b"));
            folder(&below).unwrap();
            folder(&below).unwrap();
            assert_eq!((rights(&appended).0, rights(&new).0), (of_file, of_file), "{mode:o}");
            assert_eq!((rights(below.parent().unwrap()).0, rights(&below).0), (of_folder, of_folder), "{mode:o}");
        }
        // What is there keeps its rights, whatever the folder's are now.
        let there = dir.path().join("770.log");
        allow(dir.path(), 0o700);
        append(&there).unwrap();
        assert_eq!(rights(&there).0, 0o660);
    }

    #[test]
    fn what_takes_the_place_of_a_file_has_its_rights() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy");
        std::fs::write(&path, "").unwrap();
        allow(&path, 0o644);
        let made = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
        settle_in_place_of(made.as_file(), &path).unwrap();
        assert_eq!(rights(made.path()).0, 0o644);
        settle_secret(made.as_file(), &path).unwrap();
        assert_eq!(rights(made.path()).0, 0o600);
    }

    #[test]
    fn changed_rights_of_a_folder_are_handed_on_to_what_lies_in_it_but_not_through_links() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (state, elsewhere) = (dir.path().join("state"), other.path().join("elsewhere"));
        folder(&state.join("below")).unwrap();
        let (file, deep, link) = (state.join("file"), state.join("below/deep"), state.join("link"));
        append(&file).unwrap();
        append(&deep).unwrap();
        append(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        allow(&state, 0o770);
        mend(&state, &file).unwrap();
        assert_eq!([&state, &file, &deep].map(|path| rights(path).0), [0o2770, 0o660, 0o660]);
        assert_eq!(rights(&state.join("below")).0, 0o2770);
        assert_eq!(rights(&elsewhere).0, 0o600);
        allow(&state, 0o700);
        mend(&state, &file).unwrap();
        assert_eq!([&file, &deep].map(|path| rights(path).0), [0o600, 0o600]);
        // A folder and a file that somebody opened up are closed again.
        allow(&state, 0o777);
        mend(&state, &file).unwrap();
        assert_eq!([&state, &file, &deep].map(|path| rights(path).0), [0o2770, 0o660, 0o660]);
        allow(&state, 0o700);
        allow(&file, 0o644);
        mend(&state, &file).unwrap();
        assert_eq!(rights(&file).0, 0o600);
    }
}
