//! A disk that loses power: what was not synced is kept, lost, torn or half renamed at random.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

use dataward_evidence::disk::Disk;
use rand::Rng;

/// Clones share the same files.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimDisk(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<File>,
    /// Names as a running process sees them.
    names: BTreeMap<String, usize>,
    /// Names as they are after a power cut.
    safe_names: BTreeMap<String, usize>,
    unsynced: Vec<NameChange>,
    /// Calls until the disk fails; then `failure` happens.
    calls_left: Option<(usize, Failure)>,
    /// All that was ever to be seen under a name, for watching heads.
    seen: Vec<(String, Vec<u8>)>,
}

#[derive(Clone, Debug, Default)]
struct File {
    now: Vec<u8>,
    safe: Vec<u8>,
}

#[derive(Clone, Debug)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String),
}

/// How a disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Every call fails from then on: the machine or the process is gone.
    Gone,
    /// One write fails for want of room; later ones work.
    FullOnce,
}

impl SimDisk {
    pub(crate) fn fail_after(&self, calls: usize, failure: Failure) {
        self.0.borrow_mut().calls_left = Some((calls, failure));
    }

    /// The disk as the next process finds it after `kill -9`: everything written is there.
    pub(crate) fn after_kill(&self) -> Self {
        let state = self.0.borrow();
        let files: Vec<File> = state.files.iter().map(|file| File { safe: file.now.clone(), ..file.clone() }).collect();
        Self::from_parts(files, state.names.clone())
    }

    /// The disk after a power cut.
    pub(crate) fn after_power_cut(&self, random: &mut impl Rng) -> Self {
        let state = self.0.borrow();
        let mut names = state.safe_names.clone();
        for change in &state.unsynced {
            if random.random() {
                change.apply(&mut names);
            }
        }
        let files = state
            .files
            .iter()
            .map(|file| {
                let content = match random.random_range(0..4) {
                    _ if file.now == file.safe => file.now.clone(),
                    0 => file.now.clone(),
                    1 => file.safe.clone(),
                    2 => file.now[..random.random_range(0..=file.now.len())].to_vec(),
                    _ => vec![0; file.now.len()],
                };
                File { now: content.clone(), safe: content }
            })
            .collect();
        Self::from_parts(files, names)
    }

    /// A disk with the same files that goes its own way.
    pub(crate) fn copy(&self) -> Self {
        self.after_kill()
    }

    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.0.borrow_mut();
        let file = state.names[path];
        change(&mut state.files[file].now);
    }

    /// Every content that the file had at any time under its name.
    pub(crate) fn ever_seen(&self, path: &str) -> Vec<Vec<u8>> {
        self.0.borrow().seen.iter().filter(|(name, _)| name == path).map(|(_, content)| content.clone()).collect()
    }

    fn from_parts(files: Vec<File>, names: BTreeMap<String, usize>) -> Self {
        Self(Rc::new(RefCell::new(State { files, safe_names: names.clone(), names, ..State::default() })))
    }

    fn call(&self, writes: bool) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        match &mut state.calls_left {
            None => Ok(()),
            Some((0, Failure::Gone)) => Err(io::Error::other("gone")),
            Some((0, Failure::FullOnce)) if writes => {
                state.calls_left = None;
                Err(io::ErrorKind::StorageFull.into())
            }
            Some((0, Failure::FullOnce)) => Ok(()),
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Link(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Unlink(path) => {
                names.remove(path);
            }
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }

    fn folder(&self) -> &str {
        let (Self::Link(path, _) | Self::Unlink(path) | Self::Rename(path, _)) = self;
        folder_of(path)
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl State {
    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.unsynced.push(change);
    }
}

impl Disk for SimDisk {
    fn folder(&self) -> &Path {
        Path::new("evidence")
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let state = self.0.borrow();
        let file = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(state.files[*file].now.clone())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.borrow().names.keys().cloned().collect())
    }

    fn write(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        // A crash may fall between emptying the file and filling it.
        for part in [&[], content] {
            self.call(true)?;
            let mut state = self.0.borrow_mut();
            match state.names.get(path).copied() {
                Some(file) => state.files[file].now = part.to_vec(),
                None => {
                    let file = state.files.len();
                    state.files.push(File { now: part.to_vec(), safe: Vec::new() });
                    state.change_name(NameChange::Link(path.to_owned(), file));
                }
            }
        }
        self.0.borrow_mut().seen.push((path.to_owned(), content.to_vec()));
        Ok(())
    }

    fn sync_file(&mut self, path: &str) -> io::Result<()> {
        self.call(true)?;
        let mut state = self.0.borrow_mut();
        let file = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        state.files[file].safe = state.files[file].now.clone();
        Ok(())
    }

    fn sync_folder_of(&mut self, path: &str) -> io::Result<()> {
        self.call(true)?;
        let mut state = self.0.borrow_mut();
        let (synced, unsynced) =
            std::mem::take(&mut state.unsynced).into_iter().partition(|change| change.folder() == folder_of(path));
        state.unsynced = unsynced;
        let synced: Vec<NameChange> = synced;
        for change in synced {
            change.apply(&mut state.safe_names);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.call(true)?;
        let mut state = self.0.borrow_mut();
        let content =
            state.names.get(from).map(|file| state.files[*file].now.clone()).ok_or(io::ErrorKind::NotFound)?;
        state.seen.push((to.to_owned(), content));
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.call(true)?;
        let mut state = self.0.borrow_mut();
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change_name(NameChange::Unlink(path.to_owned()));
        Ok(())
    }
}
