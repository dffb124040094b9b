//! Folders: files in parallel, one bad file never hides the rest, and a second run goes on where
//! the first was stopped.
//!
//! A copy beside or below another folder is written as `cp` writes it, without waiting for the disk: what
//! it was made of is still there. In place waits at each step.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;

use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::file;
use crate::file::Watch;
use crate::in_place;
use crate::in_place::Outcome;
use crate::place;
use crate::rewrap;

/// What is done with the files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Plaintext into another folder.
    OpenInto(PathBuf),
    /// Plaintext in the place of sealed files.
    OpenInPlace,
    /// Sealed anew for other recipients.
    Rewrap,
    /// Sealed files into another folder.
    SealInto(PathBuf),
    /// Sealed files in the place of plaintext.
    SealInPlace,
    /// Opened and thrown away, to know that they open.
    Verify,
}

/// What became of a folder.
#[derive(Debug, Default)]
pub struct Report {
    /// Files done now.
    pub done: u64,
    /// Files that were so already.
    pub already: u64,
    /// Files that are not sealed, when verifying, and are left alone, when opening.
    pub plain: Vec<PathBuf>,
    /// Bytes of plaintext.
    pub bytes: u64,
    /// Leftovers of killed runs that were removed.
    pub leftovers: u64,
    /// The same by the class whose key seals it now; none for what was opened.
    pub classes: BTreeMap<Option<String>, Part>,
    /// What failed or was left, with the reason; the first thousand.
    pub failed: Vec<ProtectError>,
    /// How many failed or were left.
    pub failures: u64,
}

/// What was done for one class.
#[derive(Debug, Default)]
pub struct Part {
    /// Files.
    pub files: u64,
    /// Bytes of plaintext.
    pub bytes: u64,
    /// The files that hold the content now, when [`Watch::remembers`] says so.
    pub paths: Vec<PathBuf>,
    /// Likewise of files that were so already.
    pub found: Vec<PathBuf>,
}

/// Failures kept with their reason.
const MOST_FAILURES: usize = 1000;
/// Names of plain files kept.
const MOST_NAMES: usize = 1000;

/// One file, or all files below a folder; symbolic links are not followed.
///
/// # Errors
/// When `root` itself cannot be read. What fails below it stands in the report.
pub fn run(root: &Path, work: &Work, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Report, ProtectError> {
    let metadata = std::fs::symlink_metadata(root).map_err(ProtectError::io("read", root))?;
    let report = if metadata.is_dir() {
        let files = |each: &mut dyn FnMut(Found)| walk(root, watch, each);
        run_all(root, files, work, keys, threads, watch)
    } else {
        let mut report = Report::default();
        report.note(root, one(root, root, work, keys, threads, watch), watch);
        report
    };
    Ok(report)
}

/// The files that are named, in place.
pub fn run_files(files: &[PathBuf], work: &Work, keys: &KeyRing, threads: usize, watch: &Watch) -> Report {
    let list = |each: &mut dyn FnMut(Found)| files.iter().for_each(|file| each(Ok(file.clone())));
    run_all(Path::new(""), list, work, keys, threads, watch)
}

/// A file, or why one could not be told.
type Found = Result<PathBuf, ProtectError>;

/// Threads take files as they are found.
fn run_all(
    root: &Path,
    files: impl FnOnce(&mut dyn FnMut(Found)),
    work: &Work,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Report {
    let report = Mutex::new(Report::default());
    let note = |path: &Path, result: Result<Done, ProtectError>| {
        report.lock().unwrap_or_else(PoisonError::into_inner).note(path, result, watch);
    };
    let (sender, receiver) = sync_channel::<PathBuf>(256);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let next = receiver.lock().map(|receiver| receiver.recv());
                    let Ok(Ok(path)) = next else { return };
                    if watch.stop.load(Ordering::Relaxed) {
                        continue;
                    }
                    // One thread for each file: the files themselves are the parallel part.
                    note(&path, one(root, &path, work, keys, 1, watch));
                }
            });
        }
        files(&mut |found| match found {
            Ok(path) => {
                // Only when all workers are gone, which is at the end.
                let _ = sender.send(path);
            }
            Err(error) => note(root, Err(error)),
        });
        drop(sender);
    });
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Report {
    fn note(&mut self, path: &Path, result: Result<Done, ProtectError>, watch: &Watch) {
        match result {
            Ok(Done::Work { bytes, path, class }) => {
                self.done += 1;
                self.bytes += bytes;
                let part = self.classes.entry(class).or_default();
                part.files += 1;
                part.bytes += bytes;
                part.paths.extend(path.filter(|_| watch.remembers));
            }
            Ok(Done::Already) => self.already += 1,
            Ok(Done::Current { path, class }) => {
                self.already += 1;
                self.classes.entry(class).or_default().found.extend(watch.remembers.then_some(path));
            }
            Ok(Done::Plain) => {
                self.already += 1;
                if self.plain.len() < MOST_NAMES {
                    self.plain.push(path.to_owned());
                }
            }
            Ok(Done::Leftover) => self.leftovers += 1,
            Err(error) => {
                self.failures += 1;
                if self.failed.len() < MOST_FAILURES {
                    self.failed.push(error);
                }
            }
        }
    }
}

enum Done {
    Already,
    /// Already, and by our own key as it is now.
    Current {
        path: PathBuf,
        class: Option<String>,
    },
    Leftover,
    Plain,
    /// Where the content is now, and the class whose key seals it.
    Work {
        bytes: u64,
        path: Option<PathBuf>,
        class: Option<String>,
    },
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Already => Self::Already,
            Outcome::Current { path, class } => Self::Current { path, class },
            Outcome::Done { bytes, path, class } => Self::Work { bytes, path: Some(path), class },
        }
    }
}

/// The files below a folder. Read whole, folder by folder: what we make in it is not met again.
fn walk(folder: &Path, watch: &Watch, each: &mut dyn FnMut(Result<PathBuf, ProtectError>)) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if watch.stop.load(Ordering::Relaxed) {
            return;
        }
        let entries: Vec<_> = match std::fs::read_dir(&folder) {
            Ok(entries) => entries.collect(),
            Err(error) => {
                each(Err(ProtectError::io("list", &folder)(error)));
                continue;
            }
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.file_type()?, entry.path()))) {
                Ok((kind, path)) if kind.is_dir() => {
                    // Our own state and keys are never sealed into themselves.
                    if path.file_name().is_none_or(|name| name != ".dataward") {
                        folders.push(path);
                    }
                }
                Ok((kind, path)) if kind.is_file() => each(Ok(path)),
                Ok((_, path)) => each(Err(ProtectError::refused(&path, "it is not a regular file"))),
                Err(error) => each(Err(ProtectError::io("list", &folder)(error))),
            }
        }
    }
}

fn one(
    root: &Path,
    path: &Path,
    work: &Work,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<Done, ProtectError> {
    let copies = matches!(work, Work::SealInto(_) | Work::OpenInto(_));
    if place::is_leftover(path) {
        if !copies && !in_use(path) {
            std::fs::remove_file(path).map_err(ProtectError::io("remove the leftover", path))?;
        }
        return Ok(Done::Leftover);
    }
    match work {
        Work::SealInPlace => in_place::seal(path, keys, threads, watch).map(Done::from),
        Work::SealInto(folder) => {
            seal_into(path, &place::sealed_name(&below(folder, root, path)), keys, threads, watch)
        }
        Work::OpenInPlace | Work::OpenInto(_) | Work::Rewrap | Work::Verify => {
            let source = place::open_plain(path)?;
            if !looks_sealed(&source, path)? {
                return Ok(Done::Plain);
            }
            match work {
                Work::OpenInPlace => in_place::open(path, keys, threads, watch).map(Done::from),
                Work::OpenInto(folder) => {
                    let target = below(folder, root, path);
                    open_into((&source, path), &place::plain_name(&target).unwrap_or(target), keys, threads, watch)
                }
                Work::Rewrap => rewrap::rewrap(path, keys, threads, watch).map(Done::from),
                _ => {
                    let (_, bytes) = file::open((&source, path), keys, threads, watch, &|_, _| Ok(()))?;
                    Ok(Done::Work { bytes, path: None, class: None })
                }
            }
        }
    }
}

/// Whether a file is one of ours, by its first bytes or its name.
///
/// # Errors
/// When it cannot be read.
pub fn is_sealed(path: &Path) -> Result<bool, ProtectError> {
    looks_sealed(&place::open_plain(path)?, path)
}

/// By its first bytes or by its name: a damaged first byte must not hide a sealed file.
fn looks_sealed(file: &File, path: &Path) -> Result<bool, ProtectError> {
    let by_name = place::plain_name(path).is_some();
    Ok(by_name || place::is_sealed(file).map_err(ProtectError::io("read", path))?)
}

/// Whether the process that a leftover is named after still runs.
fn in_use(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let process = name.rsplit('.').nth(1).and_then(|part| part.split('-').next().map(str::to_owned));
    process.is_some_and(|process| {
        process != std::process::id().to_string() && Path::new("/proc").join(process).join("exe").exists()
    })
}

fn below(folder: &Path, root: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(root) {
        Ok(rest) if !rest.as_os_str().is_empty() => folder.join(rest),
        _ => folder.join(path.file_name().unwrap_or_default()),
    }
}

fn make_folder(target: &Path) -> Result<(), ProtectError> {
    let Some(folder) = target.parent() else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(ProtectError::io("make the folder of", target))
}

fn is_the_same(source: &File, target: &Path) -> bool {
    let file = |metadata: std::io::Result<std::fs::Metadata>| metadata.map(|known| (known.dev(), known.ino())).ok();
    let there = file(std::fs::symlink_metadata(target));
    there.is_some() && there == file(source.metadata())
}

/// A copy that is there with the time of its source was finished by an earlier run.
fn is_copied(source: &File, target: &Path) -> bool {
    let time = |metadata: std::io::Result<std::fs::Metadata>| metadata.and_then(|metadata| metadata.modified()).ok();
    let there = time(std::fs::symlink_metadata(target));
    there.is_some() && there == time(source.metadata())
}

fn seal_into(path: &Path, target: &Path, keys: &KeyRing, threads: usize, watch: &Watch) -> Result<Done, ProtectError> {
    let source = place::open_plain(path)?;
    if place::is_sealed(&source).map_err(ProtectError::io("read", path))? {
        return Ok(Done::Already);
    }
    // A copy whose bytes had not reached the disk when the power failed has its name, but is none.
    if is_copied(&source, target)
        && place::open_plain(target).is_ok_and(|copy| place::is_sealed(&copy).is_ok_and(|is| is))
    {
        return Ok(Done::Already);
    }
    make_folder(target)?;
    let (copy, bytes) = in_place::sealed_copy((&source, path), target, keys, threads, watch)?;
    copy.take_new_name(target)?;
    Ok(Done::Work { bytes, path: Some(target.to_owned()), class: keys.sealing.class().map(str::to_owned) })
}

fn open_into(
    source: (&File, &Path),
    target: &Path,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<Done, ProtectError> {
    if is_the_same(source.0, target) {
        let why = format!("its name does not end in `.{SUFFIX}`, so what it holds has no name: name a place with `-o`");
        return Err(ProtectError::refused(source.1, why));
    }
    if is_copied(source.0, target) {
        return Ok(Done::Already);
    }
    make_folder(target)?;
    let (copy, bytes) = in_place::opened_copy(source, target, keys, threads, watch)?;
    copy.take_new_name(target)?;
    Ok(Done::Work { bytes, path: None, class: None })
}

/// Seals one file to one name.
///
/// # Errors
/// When it cannot be read, or something of that name is there.
pub fn seal_file(
    path: &Path,
    target: &Path,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<u64, ProtectError> {
    let source = place::open_plain(path)?;
    let (copy, bytes) = in_place::sealed_copy((&source, path), target, keys, threads, watch)?;
    copy.take_new_name(target)?;
    Ok(bytes)
}

/// Opens one file to one name.
///
/// # Errors
/// When it does not open, or something of that name is there.
pub fn open_file(
    path: &Path,
    target: &Path,
    keys: &KeyRing,
    threads: usize,
    watch: &Watch,
) -> Result<u64, ProtectError> {
    let source = place::open_plain(path)?;
    let (copy, bytes) = in_place::opened_copy((&source, path), target, keys, threads, watch)?;
    copy.take_new_name(target)?;
    Ok(bytes)
}
