//! Roles that somebody can give away or take, one statement from today: ADMIN OPTION and CREATEROLE.
//!
//! The server asks whether the current role, or one that it belongs to, holds the role WITH ADMIN OPTION
//! (`is_admin_of_role`); from version 16 on only roles whose rights it inherits can act for it
//! (`select_best_admin`), the others after SET ROLE.

use super::notes::Notes;
use super::role_set::RoleSet;
use super::roles::OPTIONS_PER_GRANT;
use super::words::ident;
use crate::access::model::NoteKind;

/// Adds the notes.
pub(super) fn roles(notes: &mut Notes<'_>) {
    let per_grant = notes.facts.version >= OPTIONS_PER_GRANT;
    for member in 0..notes.facts.roles.len() {
        admin_options(notes, member, per_grant);
        create_role(notes, member, per_grant);
    }
}

/// The roles that `member` holds WITH ADMIN OPTION, and all who act as it.
fn admin_options(notes: &mut Notes<'_>, member: usize, per_grant: bool) {
    let (facts, roles) = (notes.facts, notes.roles);
    let oid = facts.roles[member].oid;
    let given = facts.memberships.iter().filter(|one| one.admin && one.member == oid);
    // Only superusers give superusers away.
    let given = given.filter_map(|one| roles.index(one.role)).filter(|role| !roles.superusers.contains(*role));
    let given: std::collections::BTreeSet<usize> = given.collect();
    if given.is_empty() {
        return;
    }
    let at_once = match per_grant {
        true => roles.heirs(member).clone(),
        false => belonging(notes, member),
    };
    let after = roles.becomers(&only(notes, member));
    for role in given {
        let (name, of) = (notes.name(role), notes.name(member));
        let remedy = format!("REVOKE ADMIN OPTION FOR {} FROM {};", ident(name), ident(of));
        for principal in notes.principals.iter().copied().filter(|one| !roles.superusers.contains(*one)) {
            let text = match (principal == member, at_once.contains(principal), after.contains(principal)) {
                (true, ..) => format!("gives the role {name} to whom it likes, itself too (ADMIN OPTION)"),
                (_, true, _) => {
                    format!(
                        "gives the role {name} to whom it likes, itself too (ADMIN OPTION of {of}, to which it belongs)"
                    )
                }
                (_, _, true) => format!("may become {of}, which gives the role {name} to whom it likes (ADMIN OPTION)"),
                _ => continue,
            };
            notes.add(NoteKind::Escalation, Some(principal), text, Some(remedy.clone()));
        }
    }
}

/// CREATEROLE, which nobody inherits.
fn create_role(notes: &mut Notes<'_>, member: usize, per_grant: bool) {
    let roles = notes.roles;
    if !notes.facts.roles[member].create_role || roles.superusers.contains(member) {
        return;
    }
    let does = match per_grant {
        true => "makes roles, and gives itself those that it made (CREATEROLE)",
        false => "gives itself any role that is no superuser (CREATEROLE)",
    };
    let of = notes.name(member);
    let remedy = format!("ALTER ROLE {} NOCREATEROLE;", ident(of));
    let after = roles.becomers(&only(notes, member));
    for principal in notes.principals.iter().copied().filter(|one| !roles.superusers.contains(*one)) {
        let text = match (principal == member, after.contains(principal)) {
            (true, _) => does.to_owned(),
            (_, true) => format!("may become {of}, which {does}"),
            _ => continue,
        };
        notes.add(NoteKind::Escalation, Some(principal), text, Some(remedy.clone()));
    }
}

/// All who belong to a role, whatever the options of the grants, itself among them.
fn belonging(notes: &Notes<'_>, role: usize) -> RoleSet {
    let mut found = only(notes, role);
    for other in (0..notes.roles.count).filter(|other| notes.roles.belongs_to(*other).contains(role)) {
        found.insert(other);
    }
    found
}

fn only(notes: &Notes<'_>, role: usize) -> RoleSet {
    let mut set = notes.roles.none();
    set.insert(role);
    set
}
