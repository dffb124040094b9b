//! Access lists: who has a right on a thing, superusers and predefined roles included.

use dataward_connect::postgres::grants::Acl;
use dataward_connect::postgres::grants::Column;
use dataward_connect::postgres::grants::Function;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;

use super::role_set::RoleSet;
use super::roles::Roles;
use crate::access::entry::Privileges;

/// The letters of the four rights on columns, in the order of [`Privileges::EACH`].
pub(super) const LETTERS: [(char, Privileges); 4] =
    [('r', Privileges::SELECT), ('a', Privileges::INSERT), ('w', Privileges::UPDATE), ('x', Privileges::REFERENCES)];

/// Who has what on things of a database.
#[derive(Debug)]
pub(super) struct Rights<'a> {
    pub(super) facts: &'a PostgresGrants,
    pub(super) roles: &'a Roles,
    /// By schema: who has USAGE.
    usage: Vec<RoleSet>,
}

impl<'a> Rights<'a> {
    pub(super) fn new(facts: &'a PostgresGrants, roles: &'a Roles) -> Self {
        let mut rights = Self { facts, roles, usage: Vec::new() };
        rights.usage = facts
            .schemas
            .iter()
            .map(|schema| {
                let mut who = rights.holders(schema.acl.as_ref(), schema.owner, 'U', false);
                for name in ["pg_read_all_data", "pg_write_all_data"] {
                    roles.heirs_of_predefined(name).into_iter().for_each(|heirs| who.add(heirs));
                }
                who
            })
            .collect();
        rights
    }

    /// Who has the right `letter`: by the list, or where there is none by default (the owner, and
    /// everybody where `public_default`). Superusers always.
    pub(super) fn holders(&self, acl: Option<&Acl>, owner: Oid, letter: char, public_default: bool) -> RoleSet {
        let mut who = self.roles.superusers.clone();
        match acl {
            Some(acl) => self.add_listed(&mut who, acl, letter),
            None if public_default => who = self.roles.everyone.clone(),
            None => self.roles.heirs_of(owner).into_iter().for_each(|heirs| who.add(heirs)),
        }
        who
    }

    fn add_listed(&self, who: &mut RoleSet, acl: &Acl, letter: char) {
        for item in acl.iter().filter(|item| item.rights.contains(letter)) {
            if let Some(heirs) = self.roles.heirs_of(item.grantee) {
                who.add(heirs);
            }
        }
    }

    /// Who may look things up in a schema.
    pub(super) fn usage(&self, schema: usize) -> &RoleSet {
        &self.usage[schema]
    }

    /// Who has a right on all of a relation, USAGE on its schema not looked at.
    pub(super) fn on_relation(&self, relation: &Relation, letter: char) -> RoleSet {
        let mut who = self.holders(relation.acl.as_ref(), relation.owner, letter, false);
        let predefined = match letter {
            'r' => "pg_read_all_data",
            'a' | 'w' => "pg_write_all_data",
            _ => return who,
        };
        self.roles.heirs_of_predefined(predefined).into_iter().for_each(|heirs| who.add(heirs));
        who
    }

    /// The same on one of its columns.
    pub(super) fn on_column(&self, relation: &Relation, column: &Column, letter: char) -> RoleSet {
        let mut who = self.on_relation(relation, letter);
        if let Some(acl) = &column.acl {
            self.add_listed(&mut who, acl, letter);
        }
        who
    }

    /// Who may read `columns` of a relation all together; no column: who may read it at all. Column 0
    /// is the whole row.
    pub(super) fn on_columns(&self, relation: &Relation, columns: &[i16]) -> RoleSet {
        let mut whole = self.on_relation(relation, 'r');
        if relation.columns.iter().all(|column| column.acl.is_none()) {
            return whole;
        }
        let each = |who: &mut RoleSet, wanted: &dyn Fn(&Column) -> bool| {
            for column in relation.columns.iter().filter(|column| wanted(column)) {
                who.keep(&self.on_column(relation, column, 'r'));
            }
        };
        let mut by_column = self.roles.everyone.clone();
        if columns.is_empty() {
            by_column = self.roles.none();
            for column in relation.columns.iter() {
                by_column.add(&self.on_column(relation, column, 'r'));
            }
        } else if columns.contains(&0) {
            each(&mut by_column, &|_| true);
        } else {
            each(&mut by_column, &|column| columns.contains(&column.number));
        }
        whole.add(&by_column);
        whole
    }

    /// Who may call a function, USAGE on its schema not looked at.
    pub(super) fn on_function(&self, function: &Function) -> RoleSet {
        self.holders(function.acl.as_ref(), function.owner, 'X', true)
    }

    /// Who may connect to the database.
    pub(super) fn connect(&self) -> RoleSet {
        self.holders(self.facts.database_acl.as_ref(), self.facts.database_owner, 'c', true)
    }
}

/// Whether somebody was given something and is no more.
pub(super) fn is_gone(roles: &Roles, oid: Oid) -> bool {
    oid != PUBLIC && roles.index(oid).is_none()
}
