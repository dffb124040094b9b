//! The first bytes of every file, and the lines of those that are settings: shown to a function of the
//! caller's, kept by nobody.

use std::io::Read as _;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;

use ignore::WalkBuilder;

use super::names::name_of;
use super::units::OUR_FOLDER;
use super::units::Root;
use super::units::walk_error;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::Protection;
use crate::at_rest::Readable;
use crate::at_rest::storage_of;
use crate::ciphertext::Seen;
use crate::ciphertext::Sight;

/// Files looked at: a folder with more is a store of its own kind.
const MOST_FILES: usize = 200_000;
/// Settings are short.
const LONGEST_SETTINGS: u64 = 512 << 10;

/// Endings and names of files that hold settings or the code that connects.
const SETTINGS: &[&str] = &[
    ".cfg",
    ".cnf",
    ".conf",
    ".config",
    ".env",
    ".go",
    ".ini",
    ".java",
    ".js",
    ".json",
    ".php",
    ".properties",
    ".py",
    ".rb",
    ".sh",
    ".toml",
    ".ts",
    ".xml",
    ".yaml",
    ".yml",
    "dockerfile",
];

/// What of the files below `path` is ciphertext, and what the disk below them is.
pub(super) fn at_rest(path: &Path) -> Result<AtRest, ConnectError> {
    let mut found = AtRest { protections: storage_of(path).into_iter().collect(), ..AtRest::default() };
    let unseen = each_file(path, MOST_FILES, |name, path, bytes| {
        found.looked_at += 1;
        match sight(path, bytes) {
            Some(Sight::Sealed(by)) => found.protections.push(Protection::of_unit(name, by, "the file's bytes say so")),
            Some(_) if bytes > 0 => found.readable.push(Readable { unit: name.to_owned(), bytes }),
            Some(_) => {}
            None => found.unseen.push(format!("{name}: cannot be read")),
        }
    })?;
    found.unseen.extend(unseen);
    Ok(found)
}

/// Shows `look` the text of every file of settings below `path`: what it finds, with the file's name.
///
/// # Errors
/// When the folder cannot be read. Files that cannot are left out.
pub fn look_at_settings<T>(path: &Path, look: fn(&str) -> Vec<T>) -> Result<Vec<(String, T)>, ConnectError> {
    let mut found = Vec::new();
    each_file(path, MOST_FILES, |name, path, bytes| {
        let lower = name.to_ascii_lowercase();
        let file = lower.rsplit('/').next().unwrap_or_default();
        let is_settings = SETTINGS.iter().any(|ending| file.ends_with(ending)) || file.starts_with(".env");
        if !is_settings || bytes > LONGEST_SETTINGS {
            return;
        }
        if let Some(text) = head(path, LONGEST_SETTINGS as usize) {
            found.extend(look(&String::from_utf8_lossy(&text)).into_iter().map(|one| (name.to_owned(), one)));
        }
    })?;
    Ok(found)
}

/// Shows the first files below `path`, so many at most. What was not shown, in words.
fn each_file(path: &Path, most: usize, mut visit: impl FnMut(&str, &Path, u64)) -> Result<Vec<String>, ConnectError> {
    let root = Root::open(path)?;
    let start = root.only_file.as_ref().map_or(root.folder.clone(), |file| root.folder.join(file));
    let walk = WalkBuilder::new(&start)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != OUR_FOLDER)
        .build();
    let (mut shown, mut unseen) = (0, Vec::new());
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                unseen.push(walk_error(&root.folder, &error).to_string());
                continue;
            }
        };
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        if !metadata.is_file() {
            continue;
        }
        if shown == most {
            unseen.push(format!("files beyond the first {most}"));
            break;
        }
        shown += 1;
        let name = name_of(entry.path().strip_prefix(&root.folder).unwrap_or(entry.path()));
        visit(&name, entry.path(), metadata.len());
    }
    Ok(unseen)
}

/// What a file looks like; none when it cannot be read.
fn sight(path: &Path, bytes: u64) -> Option<Sight> {
    let mut file = fs_err::File::open(path).ok()?;
    let mut seen = Seen::of(bytes);
    loop {
        let range = match seen.look() {
            Sight::More(range) => range,
            sight => return Some(sight),
        };
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(range.start)).ok()?;
        file.by_ref().take(range.end - range.start).read_to_end(&mut part).ok()?;
        seen.add(range.start, part);
    }
}

fn head(path: &Path, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs_err::File::open(path).ok()?.take(most as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_too_many_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs_err::write(folder.path().join(name), name).unwrap();
        }
        let looked = |most| {
            let mut names = String::new();
            let unseen = each_file(folder.path(), most, |name, _, _| names.push_str(name)).unwrap();
            (names, unseen)
        };
        assert_eq!(looked(3), ("abc".to_owned(), Vec::<String>::new()));
        assert_eq!(looked(2), ("ab".to_owned(), vec!["files beyond the first 2".to_owned()]));
    }
}
