//! The careful order of doing it in place.
//!
//! 1. a sealed copy is written beside the file, with its mode, owner and times, and synced
//! 2. it is opened again from its file with the key, and compared with the plaintext byte by byte
//! 3. it takes its name, and the folder is synced: from here on the whole ciphertext is there
//! 4. only if the file is still what it was, the plaintext is removed, and the folder synced
//!
//! A crash before 3 leaves the plaintext and a leftover that the next run removes; a crash after 3
//! leaves both, and the next run compares them and goes on at 4. Removing a file frees its blocks but
//! does not wipe them: flash and copy-on-write file systems keep them until they are used again.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::Advice;
use rustix::fs::fadvise;

use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::attributes;
use crate::file;
use crate::file::Watch;
use crate::place;
use crate::place::Unfinished;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was so already.
    Already,
    /// It was sealed already for just those who this class is sealed for: perhaps by a run that was killed before it told.
    Current {
        /// The sealed file.
        path: PathBuf,
        /// The class.
        class: Option<String>,
    },
    /// Sealed or opened now.
    Done {
        /// The file that holds the content now.
        path: PathBuf,
        /// Bytes of plaintext.
        bytes: u64,
        /// The class whose key seals it now.
        class: Option<String>,
    },
}

/// Seals `path` and removes the plaintext. One that is gone and lies sealed beside was done by an earlier run.
///
/// # Errors
/// When any step fails: the plaintext is then still there.
pub fn seal(path: &Path, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Outcome, ProtectError> {
    let target = place::sealed_name(path);
    if !path.exists() && target.exists() {
        return Ok(already(&target, &place::open_plain(&target)?, keys));
    }
    let source = place::open_plain(path)?;
    if place::is_sealed(&source).map_err(ProtectError::io("read", path))? {
        return Ok(already(path, &source, keys));
    }
    let before = Identity::of(&source, path)?;
    if before.names > 1 {
        return Err(ProtectError::refused(path, "it has other names (hard links), which would keep the plaintext"));
    }
    let bytes = if is_sealed_copy(&target, &source, keys, threads)? {
        before.size
    } else {
        let (unfinished, bytes) = sealed_copy((&source, path), &target, keys, threads, watch)?;
        unfinished.file.sync_all().map_err(ProtectError::io("sync the sealed copy of", path))?;
        read_back(&unfinished, &source, keys, threads)?;
        unfinished.take_new_name(&target)?;
        place::sync_folder(&target)?;
        bytes
    };
    if Identity::of(&source, path)? != before || Identity::at(path)? != before {
        std::fs::remove_file(&target).map_err(ProtectError::io("remove the sealed copy of", path))?;
        return Err(ProtectError::refused(path, "it changed while it was sealed; run again when nobody writes to it"));
    }
    std::fs::remove_file(path).map_err(ProtectError::io("remove the plaintext of", path))?;
    place::sync_folder(path)?;
    Ok(Outcome::Done { path: target, bytes, class: keys.sealing.class().map(str::to_owned) })
}

/// What a sealed file is for us: one that does not open is sealed all the same, by others.
fn already(path: &Path, source: &File, keys: &KeyRing) -> Outcome {
    let message = keys.open(&mut std::io::BufReader::new(source));
    match message.is_ok_and(|message| keys.sealing.is_current(&message)) {
        true => Outcome::Current { path: path.to_owned(), class: keys.sealing.class().map(str::to_owned) },
        false => Outcome::Already,
    }
}

/// Whether a run that was killed after step 3 left its sealed copy. One for other recipients, or under a key that
/// was turned over since, is removed: what is kept of a file says who can open it now.
///
/// # Errors
/// When something else has that name.
fn is_sealed_copy(target: &Path, source: &File, keys: &KeyRing, threads: usize) -> Result<bool, ProtectError> {
    if !target.exists() {
        return Ok(false);
    }
    let there = place::open_plain(target)?;
    let message = file::compare((&there, target), source, keys, threads)?;
    if keys.sealing.is_current(&message) {
        return Ok(true);
    }
    std::fs::remove_file(target).map_err(ProtectError::io("remove the sealed copy of", target))?;
    Ok(false)
}

/// Opens `path`, whose name ends in `.dw`, and removes the sealed file.
///
/// # Errors
/// When any step fails: the sealed file is then still there.
pub fn open(path: &Path, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Outcome, ProtectError> {
    let Some(target) = place::plain_name(path) else {
        let why = format!("its name does not end in `.{SUFFIX}`, so what it holds has no name: name a place with `-o`");
        return Err(ProtectError::refused(path, why));
    };
    let source = place::open_plain(path)?;
    let before = Identity::of(&source, path)?;
    let bytes = if target.exists() {
        let there = place::open_plain(&target)?;
        file::compare((&source, path), &there, keys, threads)?;
        before.size
    } else {
        let (unfinished, bytes) = opened_copy((&source, path), &target, keys, threads, watch)?;
        unfinished.file.sync_all().map_err(ProtectError::io("sync the plaintext of", path))?;
        file::compare((&source, path), &unfinished.file, keys, threads)?;
        unfinished.take_new_name(&target)?;
        place::sync_folder(&target)?;
        bytes
    };
    if Identity::at(path)? != before {
        return Err(ProtectError::refused(path, "it changed while it was opened; both files are kept"));
    }
    std::fs::remove_file(path).map_err(ProtectError::io("remove", path))?;
    place::sync_folder(path)?;
    Ok(Outcome::Done { path: target, bytes, class: None })
}

/// A sealed copy of `source` beside `target`, which has no name yet.
pub(crate) fn sealed_copy(
    source: (&File, &Path),
    target: &Path,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<(Unfinished, u64), ProtectError> {
    let message = keys.begin().map_err(ProtectError::seal(source.1))?;
    let unfinished = Unfinished::beside(target)?;
    let bytes = file::seal(source, &unfinished.file, &message, threads, watch)?;
    attributes::seal_users(source.0, &unfinished.file, &message, source.1)?;
    attributes::copy_plain(source.0, &unfinished.file, source.1)?;
    Ok((unfinished, bytes))
}

/// The plaintext of `source` beside `target`, which has no name yet.
pub(crate) fn opened_copy(
    source: (&File, &Path),
    target: &Path,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<(Unfinished, u64), ProtectError> {
    let unfinished = Unfinished::beside(target)?;
    let (message, bytes) = file::open(source, keys, threads, watch, &|offset, text| {
        unfinished.file.write_all_at(text, offset).map_err(ProtectError::io("write", target))
    })?;
    attributes::open_users(source.0, &unfinished.file, &message, source.1)?;
    attributes::copy_plain(source.0, &unfinished.file, source.1)?;
    Ok((unfinished, bytes))
}

/// Opens a synced copy again by its name, from the disk where the system lets go of its cache.
pub(crate) fn read_back(copy: &Unfinished, plain: &File, keys: &KeyRing, threads: usize) -> Result<(), ProtectError> {
    let again = place::open_plain(copy.path())?;
    // Advice only: a file system without it reads from the cache.
    let _ = fadvise(&again, 0, None, Advice::DontNeed);
    file::compare((&again, copy.path()), plain, keys, threads).map(|_| ())
}

/// What tells that a file is the same and unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    names: u64,
}

impl Identity {
    pub(crate) fn of(file: &File, path: &Path) -> Result<Self, ProtectError> {
        Ok(Self::from(&file.metadata().map_err(ProtectError::io("read", path))?))
    }

    pub(crate) fn at(path: &Path) -> Result<Self, ProtectError> {
        Ok(Self::from(&std::fs::symlink_metadata(path).map_err(ProtectError::io("read", path))?))
    }

    fn from(metadata: &std::fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            number: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            names: metadata.nlink(),
        }
    }
}
