//! Effective rights on files and on databases that are files: which accounts of this machine can read
//! and write them.
//!
//! Begin with [`permission`], which answers for one file and one account as the kernel would.

pub mod permission;

use dataward_connect::files::grants::FileGrants;
use dataward_connect::files::grants::FileObject;
use dataward_connect::files::grants::Node;
use dataward_connect::files::grants::Part;
use dataward_connect::files::grants::StoredFile;
use dataward_connect::files::grants::Tag;
use dataward_connect::files::grants::User;

use self::permission::Asker;
use self::permission::Decider;
use self::permission::EXECUTE;
use self::permission::READ;
use self::permission::WRITE;
use super::held;
use super::held::Looked;
use crate::access::entry::EntryGroup;
use crate::access::entry::Path;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::entry::Rows;
use crate::access::model::AccessModel;
use crate::access::model::Missing;
use crate::access::model::Note;
use crate::access::model::NoteKind;
use crate::access::model::Principal;
use crate::access::model::Scope;
use crate::access::shell::word;
use dataward_model::Remedy;

/// The effective rights on files.
#[derive(Debug)]
pub struct FilesModel {
    facts: FileGrants,
    askers: Vec<Asker>,
    principals: Vec<Principal>,
    notes: Vec<Note>,
    missing: Vec<Missing>,
}

impl FilesModel {
    /// The model of these facts.
    pub fn new(mut facts: FileGrants) -> Self {
        facts.users.sort_by(|a, b| a.name.cmp(&b.name));
        facts.users.dedup_by(|a, b| a.name == b.name);
        facts.objects.sort_by(|a, b| a.name.cmp(&b.name));
        let missing = facts.missing.iter().map(|what| Missing { what: what.clone(), grant: None, decides: true });
        Self {
            askers: facts.users.iter().map(|user| Asker::of(&facts, user)).collect(),
            principals: facts.users.iter().map(|user| principal(&facts, user)).collect(),
            notes: notes(&facts),
            missing: missing.collect(),
            facts,
        }
    }

    /// What an account can do to an object.
    fn given(&self, asker: &Asker, user: &User, object: &FileObject) -> Vec<Given> {
        let mut ways = Vec::new();
        for file in &object.files {
            self.ways(asker, user, file, &mut ways);
        }
        let all = ways.iter().fold(Privileges::NONE, |all, way: &Way| all.with(way.privileges));
        let reads = ways.iter().filter(|way| way.privileges.has(Privileges::SELECT));
        let whole = reads.clone().any(|way| way.part != Part::Journal);
        let rows = match whole || !all.has(Privileges::SELECT) {
            true => Rows::All,
            false => Rows::Some(vec!["the latest changes, in the journal".to_owned()]),
        };
        if all.is_none() {
            return Vec::new();
        }
        vec![Given { privileges: all, rows, paths: ways.into_iter().map(|way| way.path).collect() }]
    }

    fn ways(&self, asker: &Asker, user: &User, file: &StoredFile, ways: &mut Vec<Way>) {
        if !permission::gets_to(&self.facts, &file.path, asker) {
            return;
        }
        let shown = file.path.display();
        for (wanted, word, privileges) in
            [(READ, "read", Privileges::SELECT), (WRITE, "write", Privileges::INSERT.with(Privileges::UPDATE))]
        {
            // What is written to a copy changes nothing.
            if file.part == Part::Copy && wanted == WRITE {
                continue;
            }
            if let Some(decider) = permission::decide(&file.node, asker, wanted) {
                let what = match file.part {
                    Part::Copy => format!("may {word} the copy {shown}"),
                    Part::Itself => format!("may {word} {shown}"),
                    Part::Journal => format!("may {word} the journal {shown}"),
                };
                let path = Path {
                    text: format!("{}: {} {what} (mode {:04o})", user.name, self.whose(decider, file), file.node.mode),
                    revoke: revoke(decider, user, &self.group_name(decider, file), wanted, &file.path, &file.node),
                };
                ways.push(Way { privileges, part: file.part, path });
            }
        }
        if file.part == Part::Itself
            && let Some(decider) = permission::may_replace(&self.facts, &file.path, &file.node, asker)
            && let Some(folder) = file.path.parent()
        {
            let node = &self.facts.folders[folder];
            let in_folder = StoredFile { path: folder.to_owned(), node: node.clone(), part: Part::Itself };
            let path = Path {
                text: format!(
                    "{}: {} may put another file in the place of {shown} (folder mode {:04o})",
                    user.name,
                    self.whose(decider, &in_folder),
                    node.mode
                ),
                revoke: revoke(decider, user, &self.group_name(decider, &in_folder), WRITE, folder, node),
            };
            ways.push(Way { privileges: Privileges::INSERT.with(Privileges::UPDATE), part: file.part, path });
        }
    }

    fn whose(&self, decider: Decider, file: &StoredFile) -> String {
        match decider {
            Decider::Group(_) | Decider::OwnGroup => format!("group {}", self.group_name(decider, file)),
            Decider::Other => "everybody".to_owned(),
            Decider::Owner => "the owner".to_owned(),
            Decider::Root => "root".to_owned(),
            Decider::User => "an entry of the access control list".to_owned(),
        }
    }

    fn group_name(&self, decider: Decider, file: &StoredFile) -> String {
        let id = match decider {
            Decider::Group(id) => id,
            _ => file.node.group,
        };
        let known = self.facts.groups.iter().find(|group| group.id == id);
        known.map_or_else(|| id.to_string(), |group| group.name.clone())
    }
}

impl AccessModel for FilesModel {
    fn principals(&self) -> &[Principal] {
        &self.principals
    }

    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let looked_at: Vec<(&FileObject, Vec<Looked<'_>>)> = self
            .facts
            .objects
            .iter()
            .map(|object| (object, held::looked_at(&object.name, object.is_table, scope)))
            .filter(|(_, found)| !found.is_empty())
            .collect();
        for ((user, asker), principal) in self.facts.users.iter().zip(&self.askers).zip(&self.principals) {
            if !scope.wants(&user.name) {
                continue;
            }
            for (object, found) in &looked_at {
                for given in self.given(asker, user, object) {
                    for (name, columns) in found {
                        each(&EntryGroup {
                            principal: &user.name,
                            login: principal.login,
                            object: name,
                            columns,
                            privileges: given.privileges,
                            rows: &given.rows,
                            reach: Reach::Direct,
                            paths: &given.paths,
                        });
                    }
                }
            }
        }
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

struct Given {
    privileges: Privileges,
    rows: Rows,
    paths: Vec<Path>,
}

struct Way {
    privileges: Privileges,
    part: Part,
    path: Path,
}

fn principal(facts: &FileGrants, user: &User) -> Principal {
    let groups = facts.groups.iter().filter(|group| group.id == user.group || group.members.contains(&user.name));
    Principal {
        name: user.name.clone(),
        login: user.login,
        barrier: (!user.login).then(|| "it has no shell; what runs as it still reads".to_owned()),
        superuser: user.id == 0,
        roles: groups.map(|group| group.name.clone()).collect(),
        ..Principal::default()
    }
}

/// The command that takes the bits away; none for root.
fn revoke(
    decider: Decider,
    user: &User,
    group: &str,
    wanted: u32,
    path: &std::path::Path,
    node: &Node,
) -> Option<String> {
    let bits = if wanted == READ { "r" } else { "w" };
    let file = word(&path.display().to_string());
    Some(match decider {
        Decider::Root => return None,
        Decider::Owner => format!("chmod u-{bits} -- {file}"),
        Decider::OwnGroup if node.list.is_none() => format!("chmod g-{bits} -- {file}"),
        // With a list, the group's bits of the mode are the mask of all entries.
        Decider::Group(_) | Decider::OwnGroup => {
            let id = if let Decider::Group(id) = decider { id } else { node.group };
            let entries = node.list.iter().flatten().filter_map(|entry| match entry.tag {
                Tag::GroupObject if id == node.group => Some(format!("g::{}", left(entry.bits, wanted))),
                Tag::Group(other) if other == id => Some(format!("g:{}:{}", word(group), left(entry.bits, wanted))),
                _ => None,
            });
            list_command(entries.collect(), &file)
        }
        Decider::Other => format!("chmod o-{bits} -- {file}"),
        Decider::User => {
            let entries = node.list.iter().flatten().filter(|entry| entry.tag == Tag::User(user.id));
            let entries = entries.map(|entry| format!("u:{}:{}", word(&user.name), left(entry.bits, wanted)));
            list_command(entries.collect(), &file)
        }
    })
}

/// Gives entries of a list fewer bits. They stay, since without them the account falls to the entries of its
/// groups or of everybody, which may give more; and the mask stays, which `setfacl` would make anew, and wider for
/// all the others.
fn list_command(entries: Vec<String>, file: &str) -> String {
    format!("setfacl --no-mask -m {} -- {file}", entries.join(","))
}

/// The bits of an entry without those in `taken`, as `setfacl` writes them.
fn left(bits: u32, taken: u32) -> String {
    let left = bits & !taken;
    [(READ, 'r'), (WRITE, 'w'), (EXECUTE, 'x')]
        .iter()
        .map(|(bit, sign)| if left & bit == 0 { '-' } else { *sign })
        .collect()
}

/// Groups whose members are root in one step, and how.
const ROOT_GROUPS: [(&str, &str); 8] = [
    ("adm", "reads the logs of the machine"),
    ("backup", "reads backups"),
    ("disk", "reads and writes the disks themselves"),
    ("docker", "starts containers that see every file"),
    ("lxd", "starts containers that see every file"),
    ("shadow", "reads the hashes of all passwords"),
    ("sudo", "may become root"),
    ("wheel", "may become root"),
];

fn notes(facts: &FileGrants) -> Vec<Note> {
    let mut notes = Vec::new();
    for user in facts.users.iter().filter(|user| user.id == 0 && user.name != "root") {
        let text = "has root's number 0, so no right is asked of it".to_owned();
        let remedy = Some(Remedy::Command(format!("userdel {}", word(&user.name))));
        notes.push(Note { kind: NoteKind::Account, principal: Some(user.name.clone()), text, remedy });
    }
    for (group, what) in ROOT_GROUPS {
        let Some(group) = facts.groups.iter().find(|known| known.name == group) else { continue };
        let members = facts.users.iter().filter(|user| group.members.contains(&user.name) || user.group == group.id);
        for user in members.filter(|user| user.id != 0 && user.name != group.name) {
            let text = format!("belongs to the group {}, which {what}", group.name);
            let remedy = Some(Remedy::Command(format!("gpasswd -d {} {}", word(&user.name), group.name)));
            notes.push(Note { kind: NoteKind::Escalation, principal: Some(user.name.clone()), text, remedy });
        }
    }
    for program in &facts.set_user_id_readers {
        let text = format!("{} runs as root whoever starts it, and shows any file", program.display());
        let remedy = Some(Remedy::Command(format!("chmod u-s -- {}", word(&program.display().to_string()))));
        notes.push(Note { kind: NoteKind::SideDoor, principal: None, text, remedy });
    }
    notes.sort();
    notes
}
