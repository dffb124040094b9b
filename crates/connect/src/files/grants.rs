//! Who owns files and folders, what their modes and access control lists say, and who there is on this
//! machine: facts, from which `audit` works out who can read and write.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use futures::StreamExt;

use super::names;
use super::units;
use crate::ConnectError;
use crate::sqlite::is_sqlite_file;

/// The facts about a folder or a database file.
#[derive(Clone, Debug, Default)]
pub struct FileGrants {
    /// Accounts of this machine.
    pub users: Vec<User>,
    /// Groups of this machine.
    pub groups: Vec<Group>,
    /// What can be read and written.
    pub objects: Vec<FileObject>,
    /// Folders by path: every one above the files.
    pub folders: BTreeMap<PathBuf, Node>,
    /// Programs that run as root whoever starts them, and that show any file.
    pub set_user_id_readers: Vec<PathBuf>,
    /// What could not be looked at.
    pub missing: Vec<String>,
}

/// An account of `/etc/passwd`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// The number of its first group.
    pub group: u32,
    /// Whether it has a shell to log in to.
    pub login: bool,
}

/// A group of `/etc/group`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// Accounts that belong to it beside those whose first group it is.
    pub members: Vec<String>,
}

/// Something with columns that lies in a file.
#[derive(Clone, Debug, Default)]
pub struct FileObject {
    /// As the inventory calls it; for a file the beginning of it, which sheets and members add to.
    pub name: String,
    /// Whether `name` is a table of a database, and so the whole name.
    pub is_table: bool,
    /// The files that it can be read from: itself first, then journals and copies beside it.
    pub files: Vec<StoredFile>,
}

/// A file.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Where it is.
    pub path: PathBuf,
    /// Owner, mode and list.
    pub node: Node,
    /// What it is to the object.
    pub part: Part,
}

/// What a file is to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A copy.
    Copy,
    /// The object itself.
    Itself,
    /// The latest changes, or what was before them.
    Journal,
}

/// What decides about a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The owner's number.
    pub owner: u32,
    /// The group's number.
    pub group: u32,
    /// The mode, without the kind of file.
    pub mode: u32,
    /// The access control list, where there is one.
    pub list: Option<Vec<ListEntry>>,
}

/// An entry of an access control list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// Whom it is for.
    pub tag: Tag,
    /// Read 4, write 2, execute 1.
    pub bits: u32,
}

/// Whom an entry of an access control list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// The group with this number.
    Group(u32),
    /// The file's group.
    GroupObject,
    /// The most that named users and groups get.
    Mask,
    /// Everybody else.
    Other,
    /// The user with this number.
    User(u32),
    /// The owner.
    UserObject,
}

/// The facts about every file below `path`, or about the file itself.
pub(super) async fn of_folder(path: &Path) -> Result<FileGrants, ConnectError> {
    let root = units::Root::open(path)?;
    let folder = root.folder.clone();
    let mut facts = FileGrants::of_machine();
    let mut listed = units::list(root);
    while let Some(unit) = listed.next().await {
        match unit {
            Ok(unit) => {
                let Some(relative) = names::path_of(&unit.name) else { continue };
                let path = folder.join(relative);
                match std::fs::metadata(&path) {
                    Ok(metadata) if metadata.is_file() => facts.add(unit.name, false, &path),
                    Ok(_) => {}
                    Err(error) => facts.missing.push(format!("`{}` cannot be looked at ({})", unit.name, error.kind())),
                }
            }
            Err(error) => facts.missing.push(error.to_string()),
        }
    }
    Ok(facts)
}

/// The facts about one database file, for the tables in it.
pub(crate) fn of_database(path: &Path, tables: Vec<String>) -> Result<FileGrants, ConnectError> {
    let root = units::Root::open(path)?;
    let path = root.only_file.map_or(root.folder.clone(), |file| root.folder.join(file));
    let mut facts = FileGrants::of_machine();
    for table in tables {
        facts.add(table, true, &path);
    }
    Ok(facts)
}

impl FileGrants {
    fn of_machine() -> Self {
        let mut facts = Self::default();
        match fs_err::read_to_string("/etc/passwd") {
            Ok(text) => facts.users = text.lines().filter_map(user).collect(),
            Err(_) => facts.missing.push("`/etc/passwd` cannot be read, so accounts are not known".to_owned()),
        }
        match fs_err::read_to_string("/etc/group") {
            Ok(text) => facts.groups = text.lines().filter_map(group).collect(),
            Err(_) => facts.missing.push("`/etc/group` cannot be read, so groups are not known".to_owned()),
        }
        for folder in ["/bin", "/sbin", "/usr/bin", "/usr/local/bin", "/usr/sbin"] {
            for name in READERS {
                let path = Path::new(folder).join(name);
                let runs_as_root = |node: &Node| node.owner == 0 && node.mode & 0o4000 != 0 && node.mode & 0o111 != 0;
                if std::fs::symlink_metadata(&path)
                    .is_ok_and(|metadata| metadata.is_file() && runs_as_root(&plain(&metadata)))
                {
                    facts.set_user_id_readers.push(path);
                }
            }
        }
        facts
    }

    fn add(&mut self, name: String, is_table: bool, path: &Path) {
        // The path that counts is the one without links.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let Ok(node) = node(&real) else {
            self.missing.push(format!("`{name}` cannot be looked at"));
            return;
        };
        self.add_folders(&real);
        let mut files = vec![StoredFile { path: real.clone(), node, part: Part::Itself }];
        if is_sqlite(&real) {
            files.extend(beside(&real));
        }
        self.objects.push(FileObject { name, is_table, files });
    }

    fn add_folders(&mut self, path: &Path) {
        for folder in path.ancestors().skip(1) {
            if self.folders.contains_key(folder) {
                return;
            }
            match node(folder) {
                Ok(node) => {
                    self.folders.insert(folder.to_owned(), node);
                }
                Err(_) => self.missing.push(format!("`{}` cannot be looked at", folder.display())),
            }
        }
    }
}

/// Programs that print or copy any file, and must not run as root for everybody.
const READERS: [&str; 24] = [
    "awk", "base64", "bash", "busybox", "cat", "cp", "dd", "find", "grep", "head", "less", "more", "mv", "nano",
    "perl", "php", "python3", "sed", "sort", "tac", "tail", "tar", "vim", "xxd",
];

/// Journals of a database, and files beside it whose names begin with its name and that are databases too.
fn beside(database: &Path) -> Vec<StoredFile> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name()) else { return Vec::new() };
    let stem = database.file_stem().unwrap_or(name);
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let (other, is_file) = (entry.file_name(), entry.file_type().is_ok_and(|kind| kind.is_file()));
        if !is_file || path == database || !other.as_bytes().starts_with(stem.as_bytes()) {
            continue;
        }
        let rest = other.as_bytes().strip_prefix(name.as_bytes()).unwrap_or_default();
        let part = match rest {
            b"-wal" | b"-journal" => Part::Journal,
            // An index without content of its own.
            b"-shm" => continue,
            _ if is_sqlite(&path) => Part::Copy,
            _ => continue,
        };
        if let Ok(node) = node(&path) {
            found.push(StoredFile { path, node, part });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn is_sqlite(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 16];
    fs_err::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && is_sqlite_file(&head)
}

/// Owner, mode and access control list of a file or folder.
pub fn node(path: &Path) -> io::Result<Node> {
    let mut node = plain(&fs_err::metadata(path)?);
    // Most lists are short; 64 KiB is the most that Linux stores.
    let mut value = vec![0; 1 << 16];
    if let Ok(length) = rustix::fs::getxattr(path, "system.posix_acl_access", value.as_mut_slice()) {
        node.list = list(&value[..length]);
    }
    Ok(node)
}

fn plain(metadata: &std::fs::Metadata) -> Node {
    Node { owner: metadata.uid(), group: metadata.gid(), mode: metadata.mode() & 0o7777, list: None }
}

/// The kernel's form of a list: a version (2), then tag, bits and number of each entry, little endian.
fn list(value: &[u8]) -> Option<Vec<ListEntry>> {
    let (version, entries) = value.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*version) != 2 {
        return None;
    }
    entries
        .chunks_exact(8)
        .map(|entry| {
            let number = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            let tag = match u16::from_le_bytes([entry[0], entry[1]]) {
                0x01 => Tag::UserObject,
                0x02 => Tag::User(number),
                0x04 => Tag::GroupObject,
                0x08 => Tag::Group(number),
                0x10 => Tag::Mask,
                0x20 => Tag::Other,
                _ => return None,
            };
            Some(ListEntry { tag, bits: u32::from(u16::from_le_bytes([entry[2], entry[3]])) })
        })
        .collect()
}

fn user(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, id, group, _, _, shell] = fields.as_slice() else { return None };
    let login = !shell.ends_with("/nologin") && !shell.ends_with("/false") && !shell.ends_with("/sync");
    Some(User { name: (*name).to_owned(), id: id.parse().ok()?, group: group.parse().ok()?, login })
}

fn group(line: &str) -> Option<Group> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, id, members] = fields.as_slice() else { return None };
    let members: BTreeSet<&str> = members.split(',').filter(|member| !member.is_empty()).collect();
    let members = members.into_iter().map(str::to_owned).collect();
    Some(Group { name: (*name).to_owned(), id: id.parse().ok()?, members })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_the_kernel_stores_them() {
        let mut value = 2_u32.to_le_bytes().to_vec();
        for (tag, bits, number) in
            [(1_u16, 6_u16, u32::MAX), (2, 4, 1000), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
        {
            value.extend(tag.to_le_bytes());
            value.extend(bits.to_le_bytes());
            value.extend(number.to_le_bytes());
        }
        let entries = list(&value).unwrap();
        assert_eq!(entries[1], ListEntry { tag: Tag::User(1000), bits: 4 });
        assert_eq!(entries.len(), 5);
        assert_eq!(list(&[1, 0, 0, 0]), None);
        assert_eq!(list(&[]), None);
    }

    #[test]
    fn accounts_and_groups_are_read_and_broken_lines_left_out() {
        let read = user("app:x:1000:1000:App,,,:/home/app:/bin/bash").unwrap();
        assert_eq!((read.id, read.group, read.login), (1000, 1000, true));
        assert!(!user("www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin").unwrap().login);
        assert_eq!(user("broken"), None);
        assert_eq!(group("staff:x:50:ann,bob").unwrap().members, ["ann", "bob"]);
    }
}
