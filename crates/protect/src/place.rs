//! Names beside names: where sealed copies go, and how a half-written file is told.

use std::ffi::OsString;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use rustix::fs::CWD;
use rustix::fs::RenameFlags;
use rustix::fs::renameat_with;

use crate::ProtectError;
use crate::SUFFIX;

/// The first bytes of a message of ours: version 2, suite 0478.
pub const MAGIC: [u8; 3] = [2, 0x04, 0x78];

/// What a file of ours that is not finished ends with. A later run over the same folder removes it.
pub(crate) const PART: &str = ".dataward-part";

/// `report.csv` gives `report.csv.dw`.
pub fn sealed_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// `report.csv.dw` gives `report.csv`; none for other names.
pub fn plain_name(path: &Path) -> Option<PathBuf> {
    (path.extension()? == SUFFIX).then(|| path.with_extension(""))
}

/// Whether this is a leftover of a run that was killed.
pub fn is_leftover(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(PART))
}

/// A file being written: gone when it is dropped before it took its name.
#[derive(Debug)]
pub(crate) struct Unfinished {
    pub(crate) file: File,
    path: PathBuf,
    kept: bool,
}

impl Unfinished {
    /// A new file beside `target`, which only its owner can read.
    pub(crate) fn beside(target: &Path) -> Result<Self, ProtectError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // Long names still fit with what is added: the beginning is for people only.
        let name: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(40).collect();
        let mut hidden = OsString::from(".");
        hidden.push(format!("{name}.{}-{number}{PART}", std::process::id()));
        let path = target.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let file = options.open(&path).map_err(ProtectError::io("make a file beside", target))?;
        Ok(Self { file, path, kept: false })
    }

    /// Its name for now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, which nobody may have.
    pub(crate) fn take_new_name(mut self, target: &Path) -> Result<(), ProtectError> {
        match renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => {
                return Err(ProtectError::refused(target, "something of this name is there"));
            }
            // File systems that cannot promise it: a link fails as well when the name is taken.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                std::fs::hard_link(&self.path, target).map_err(ProtectError::io("name", target))?;
                return Ok(());
            }
            Err(error) => return Err(ProtectError::rustix("name", target)(error)),
        }
        self.kept = true;
        Ok(())
    }

    /// Puts it in the place of `target`.
    pub(crate) fn replace(mut self, target: &Path) -> Result<(), ProtectError> {
        std::fs::rename(&self.path, target).map_err(ProtectError::io("replace", target))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Waits until names in the folder of `path` are on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), ProtectError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(ProtectError::io("sync the folder of", path))
}

/// Opens a file for reading; a symbolic link is refused.
pub(crate) fn open_plain(path: &Path) -> Result<File, ProtectError> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            ProtectError::refused(path, "it is a symbolic link")
        }
        _ => ProtectError::io("open", path)(error),
    })?;
    let metadata = file.metadata().map_err(ProtectError::io("read", path))?;
    if !metadata.is_file() {
        return Err(ProtectError::refused(path, "it is not a regular file"));
    }
    Ok(file)
}

/// Whether a file begins as a sealed one.
pub(crate) fn is_sealed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let mut first = [0; MAGIC.len()];
    match file.read_exact_at(&mut first, 0) {
        Ok(()) => Ok(first == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
