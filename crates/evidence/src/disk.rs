//! Where the files of a log lie: a real folder, or in tests one that loses power.

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use crate::EvidenceError;

/// A folder of files. Paths are relative to it, with `/` between names.
///
/// What was written is safe from a power cut only after [`Disk::sync_file`], and its name only
/// after [`Disk::sync_folder_of`].
pub trait Disk {
    /// The folder, for messages.
    fn folder(&self) -> &Path;
    /// The whole content of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// The paths of all files, sorted.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Writes a file, in the place of one that was there, and makes the folders above it.
    fn write(&mut self, path: &str, content: &[u8]) -> io::Result<()>;
    /// Waits until the content of a file has reached the disk.
    fn sync_file(&mut self, path: &str) -> io::Result<()>;
    /// Waits until the name of a file, and those of new folders above it, have reached the disk.
    fn sync_folder_of(&mut self, path: &str) -> io::Result<()>;
    /// Gives a file another name, in the place of one that had it.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file, and the folder it lay in if that is empty now.
    fn remove(&mut self, path: &str) -> io::Result<()>;
}

/// A real folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Folders that were made and whose names have not been synced.
    unsynced: Vec<PathBuf>,
    /// Held as long as this process may write; none for reading.
    _lock: Option<std::fs::File>,
}

impl Folder {
    /// For reading: takes no lock and writes nothing.
    pub fn open(path: &Path) -> Self {
        Self { path: path.to_owned(), unsynced: Vec::new(), _lock: None }
    }

    /// For writing: makes the folder and takes the lock, a file beside it named `<folder>.lock`.
    pub fn lock(path: &Path) -> Result<Self, EvidenceError> {
        const DOING: &str = "open the evidence log";
        let fault = |error: io::Error| EvidenceError::io(DOING, path, &error);
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        dataward_owner::folder(path).map_err(fault)?;
        let lock = dataward_owner::append(Path::new(&lock_path)).map_err(fault)?;
        let lock = lock.into_parts().0;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(EvidenceError::Locked { folder: path.to_owned() }),
            Err(std::fs::TryLockError::Error(error)) => return Err(fault(error)),
        }
        Ok(Self { path: path.to_owned(), unsynced: parent(path).into_iter().collect(), _lock: Some(lock) })
    }
}

impl Disk for Folder {
    fn folder(&self) -> &Path {
        &self.path
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs_err::read(self.path.join(path))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut files = Vec::new();
        list_into(&self.path, "", &mut files)?;
        files.sort();
        Ok(files)
    }

    fn write(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path.join(path);
        let missing: Vec<PathBuf> =
            path.ancestors().skip(1).take_while(|folder| !folder.is_dir()).map(Path::to_owned).collect();
        for folder in missing.into_iter().rev() {
            dataward_owner::folder(&folder)?;
            self.unsynced.extend(parent(&folder));
        }
        dataward_owner::overwrite(&path)?.write_all(content)
    }

    fn sync_file(&mut self, path: &str) -> io::Result<()> {
        fs_err::File::open(self.path.join(path))?.sync_all()
    }

    fn sync_folder_of(&mut self, path: &str) -> io::Result<()> {
        if let Some(folder) = parent(&self.path.join(path)) {
            fs_err::File::open(folder)?.sync_all()?;
        }
        while let Some(folder) = self.unsynced.last() {
            fs_err::File::open(folder)?.sync_all()?;
            self.unsynced.pop();
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs_err::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        let path = self.path.join(path);
        fs_err::remove_file(&path)?;
        match parent(&path).map(std::fs::remove_dir) {
            Some(Err(error)) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
            _ => Ok(()),
        }
    }
}

fn parent(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

fn list_into(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list_into(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}
