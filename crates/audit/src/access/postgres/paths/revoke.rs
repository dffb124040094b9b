//! Statements that take back what somebody gave.

use dataward_connect::postgres::grants::Acl;
use dataward_connect::postgres::grants::AclItem;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::Relation;

use super::Paths;
use crate::access::postgres::role_set::RoleSet;
use crate::access::postgres::words::ident;

impl Paths<'_> {
    /// The statement that takes an item of an access list away. What somebody else than the owner gave
    /// only they take back.
    pub(super) fn revoke_item(
        &self,
        item: &AclItem,
        (passes_on, giver): (bool, Giver),
        (owner, usage): (Oid, &RoleSet),
        words: &str,
        thing: &str,
    ) -> String {
        let grantee = if item.grantee == PUBLIC {
            "PUBLIC".to_owned()
        } else {
            self.roles.index(item.grantee).map_or(item.grantee.to_string(), |role| ident(self.name(role)))
        };
        // Whoever may pass it on may have done so, by column too.
        let cascade = if passes_on { " CASCADE" } else { "" };
        let statement = format!("REVOKE {words} ON {thing} FROM {grantee}{cascade};");
        let Some(grantor) = self.roles.index(item.grantor).filter(|_| item.grantor != owner) else { return statement };
        // A superuser takes back as the owner, and who cannot look the thing up not at all: then the right to
        // give it on is taken from them, and what they gave goes with it.
        if self.roles.superusers.contains(grantor) || !usage.contains(grantor) {
            return format!("REVOKE GRANT OPTION FOR {words} ON {thing} FROM {} CASCADE;", ident(self.name(grantor)));
        }
        let name = ident(self.name(grantor));
        let statement = format!("SET ROLE {name}; {statement} RESET ROLE;");
        // Who lost the right to give it, and belongs to the owner, would take back as the owner: it is lent to them.
        let after = match giver {
            Giver::MayGive => return statement,
            Giver::Holds => "REVOKE GRANT OPTION FOR",
            Giver::HasNothing => "REVOKE",
        };
        format!(
            "GRANT {words} ON {thing} TO {name} WITH GRANT OPTION; {statement} {after} {words} ON {thing} FROM {name};"
        )
    }
}

/// Whether `grantee` may pass on some right on a relation or a column of it: taking one from the relation
/// takes it from its columns too.
pub(super) fn passes_on(relation: &Relation, grantee: Oid) -> bool {
    let columns = relation.columns.iter().filter_map(|column| column.acl.as_ref());
    let items = relation.acl.iter().chain(columns).flat_map(|acl| acl.iter());
    items.into_iter().any(|item| item.grantee == grantee && !item.grantable.is_empty())
}

/// What somebody who gave a right has of it today.
#[derive(Clone, Copy, Debug)]
pub(super) enum Giver {
    /// They may still give it.
    MayGive,
    /// They hold it.
    Holds,
    /// They lost it.
    HasNothing,
}

impl Giver {
    /// What the lists say that `grantor` has of the rights with these letters.
    pub(super) fn of<'l>(lists: impl Iterator<Item = &'l Acl>, grantor: Oid, letters: &str) -> Self {
        let items = lists.flat_map(|acl| acl.iter()).filter(|item| item.grantee == grantor);
        let (mut rights, mut grantable) = (String::new(), String::new());
        for item in items {
            rights += &item.rights;
            grantable += &item.grantable;
        }
        match (letters.chars().all(|one| grantable.contains(one)), letters.chars().any(|one| rights.contains(one))) {
            (true, _) => Self::MayGive,
            (false, true) => Self::Holds,
            (false, false) => Self::HasNothing,
        }
    }
}
