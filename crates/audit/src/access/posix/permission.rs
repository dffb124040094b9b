//! What the kernel of Linux answers when an account asks for a file (`acl_permission_check` and
//! `posix_acl_permission` in its sources).

use std::path::Path;

use dataward_connect::files::grants::FileGrants;
use dataward_connect::files::grants::Node;
use dataward_connect::files::grants::Tag;
use dataward_connect::files::grants::User;

/// Read.
pub const READ: u32 = 4;
/// Write.
pub const WRITE: u32 = 2;
/// Execute, or go through a folder.
pub const EXECUTE: u32 = 1;

/// Somebody who asks.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The account's number.
    pub id: u32,
    /// The numbers of all its groups.
    pub groups: Vec<u32>,
}

/// Which part of a mode or list decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// A named group's entry.
    Group(u32),
    /// The file's group.
    OwnGroup,
    /// Everybody else.
    Other,
    /// The owner.
    Owner,
    /// Root asks nobody.
    Root,
    /// The named user's entry.
    User,
}

impl Asker {
    /// An account with all its groups.
    pub fn of(facts: &FileGrants, user: &User) -> Self {
        let more = facts.groups.iter().filter(|group| group.members.contains(&user.name)).map(|group| group.id);
        Self { id: user.id, groups: std::iter::once(user.group).chain(more).collect() }
    }
}

/// What lets `asker` do all of `wanted` to a file or folder; none when nothing does.
pub fn decide(node: &Node, asker: &Asker, wanted: u32) -> Option<Decider> {
    // CAP_DAC_OVERRIDE: everything but starting what nobody may start.
    if asker.id == 0 {
        return Some(Decider::Root);
    }
    let has = |bits: u32| bits & wanted == wanted;
    if asker.id == node.owner {
        return has(node.mode >> 6).then_some(Decider::Owner);
    }
    // NOTE: with the group bits (which are the list's mask) all zero, the list is not looked at.
    if let Some(list) = node.list.as_ref().filter(|_| node.mode & 0o070 != 0) {
        let mask = list.iter().find(|entry| entry.tag == Tag::Mask).map_or(7, |entry| entry.bits);
        if let Some(entry) = list.iter().find(|entry| entry.tag == Tag::User(asker.id)) {
            return has(entry.bits & mask).then_some(Decider::User);
        }
        let mut in_some_group = false;
        for entry in list {
            let decider = match entry.tag {
                Tag::GroupObject if asker.groups.contains(&node.group) => Decider::OwnGroup,
                Tag::Group(group) if asker.groups.contains(&group) => Decider::Group(group),
                _ => continue,
            };
            in_some_group = true;
            if has(entry.bits) {
                return has(entry.bits & mask).then_some(decider);
            }
        }
        let other = list.iter().find(|entry| entry.tag == Tag::Other).map_or(0, |entry| entry.bits);
        return (!in_some_group && has(other)).then_some(Decider::Other);
    }
    if asker.groups.contains(&node.group) {
        return has(node.mode >> 3).then_some(Decider::OwnGroup);
    }
    has(node.mode).then_some(Decider::Other)
}

/// Whether every folder above a file lets `asker` through.
pub fn gets_to(facts: &FileGrants, path: &Path, asker: &Asker) -> bool {
    path.ancestors()
        .skip(1)
        .all(|folder| facts.folders.get(folder).is_some_and(|node| decide(node, asker, EXECUTE).is_some()))
}

/// Whether `asker` may put another file in the place of one: by writing to its folder, unless only owners
/// may remove what is theirs there.
pub fn may_replace(facts: &FileGrants, path: &Path, file: &Node, asker: &Asker) -> Option<Decider> {
    let folder = facts.folders.get(path.parent()?)?;
    let decider = decide(folder, asker, WRITE | EXECUTE)?;
    let sticky = folder.mode & 0o1000 != 0;
    (!sticky || asker.id == 0 || asker.id == file.owner || asker.id == folder.owner).then_some(decider)
}
