//! Who is whom: which rights a role has without doing anything, and which roles it may switch to.

use std::collections::HashMap;
use std::collections::VecDeque;

use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::PostgresGrants;

use super::role_set::RoleSet;

/// Where INHERIT and SET became options of each grant (`GRANT … WITH INHERIT, SET`).
pub(super) const OPTIONS_PER_GRANT: i32 = 160_000;

/// The roles of a server and how they hang together.
#[derive(Debug)]
pub(super) struct Roles {
    by_oid: HashMap<Oid, usize>,
    by_name: HashMap<String, usize>,
    pub(super) count: usize,
    /// By member: the roles granted to it, each once.
    pub(super) edges: Vec<Vec<Edge>>,
    /// Who has the rights of a role, itself among them.
    heirs: Vec<RoleSet>,
    /// Which roles a role may become, itself among them.
    pub(super) becomes: Vec<RoleSet>,
    /// Who may become a role.
    becomers: Vec<RoleSet>,
    pub(super) superusers: RoleSet,
    pub(super) everyone: RoleSet,
}

/// A role that a member has been granted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) role: usize,
    /// Whether the member has its rights.
    pub(super) inherits: bool,
    /// Whether the member may switch to it.
    pub(super) sets: bool,
    /// Whether it follows from owning the database, and is no grant.
    pub(super) implied: bool,
}

impl Roles {
    pub(super) fn new(facts: &PostgresGrants) -> Self {
        let count = facts.roles.len();
        let by_oid: HashMap<Oid, usize> =
            facts.roles.iter().enumerate().map(|(index, role)| (role.oid, index)).collect();
        let by_name: HashMap<String, usize> =
            facts.roles.iter().enumerate().map(|(index, role)| (role.name.clone(), index)).collect();
        let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); count];
        for membership in &facts.memberships {
            let (Some(member), Some(role)) = (by_oid.get(&membership.member), by_oid.get(&membership.role)) else {
                continue;
            };
            let edge = Edge {
                role: *role,
                inherits: membership.inherit.unwrap_or(facts.roles[*member].inherit),
                sets: membership.set.unwrap_or(true),
                implied: false,
            };
            add(&mut edges[*member], edge);
        }
        if let (Some(owner), Some(role)) = (by_oid.get(&facts.database_owner), by_name.get("pg_database_owner")) {
            let inherits = facts.version >= OPTIONS_PER_GRANT || facts.roles[*owner].inherit;
            add(&mut edges[*owner], Edge { role: *role, inherits, sets: true, implied: true });
        }
        let everyone = RoleSet::all(count);
        let mut superusers = RoleSet::none(count);
        for (index, _) in facts.roles.iter().enumerate().filter(|(_, role)| role.superuser) {
            superusers.insert(index);
        }
        let has = closure(&edges, |edge| edge.inherits);
        let mut becomes = closure(&edges, |edge| edge.sets);
        for superuser in superusers.iter() {
            becomes[superuser] = everyone.clone();
        }
        let (heirs, becomers) = (inverse(&has), inverse(&becomes));
        Self { by_oid, by_name, count, edges, heirs, becomes, becomers, superusers, everyone }
    }

    pub(super) fn index(&self, oid: Oid) -> Option<usize> {
        self.by_oid.get(&oid).copied()
    }

    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn none(&self) -> RoleSet {
        RoleSet::none(self.count)
    }

    /// Who has the rights of a role without doing anything.
    pub(super) fn heirs(&self, role: usize) -> &RoleSet {
        &self.heirs[role]
    }

    /// Who has what was given to `oid`: everybody for [`PUBLIC`], nobody for a role that is gone.
    pub(super) fn heirs_of(&self, oid: Oid) -> Option<&RoleSet> {
        if oid == PUBLIC { Some(&self.everyone) } else { self.index(oid).map(|role| &self.heirs[role]) }
    }

    /// Who has the rights of the predefined role `name`, where the server has it.
    pub(super) fn heirs_of_predefined(&self, name: &str) -> Option<&RoleSet> {
        self.named(name).map(|role| &self.heirs[role])
    }

    /// Who may become one of `roles`.
    pub(super) fn becomers(&self, roles: &RoleSet) -> RoleSet {
        let mut found = self.none();
        for role in roles.iter() {
            found.add(&self.becomers[role]);
        }
        found
    }

    /// The shortest chain of grants from `from` to `to`, both ends included, along edges that `walks`.
    pub(super) fn chain(&self, from: usize, to: usize, walks: impl Fn(&Edge) -> bool) -> Option<Vec<usize>> {
        let mut before: HashMap<usize, usize> = HashMap::new();
        let mut rest = VecDeque::from([from]);
        while let Some(member) = rest.pop_front() {
            if member == to {
                let mut chain = vec![to];
                while let Some(previous) = chain.last().filter(|role| **role != from).and_then(|role| before.get(role))
                {
                    chain.push(*previous);
                }
                chain.reverse();
                return Some(chain);
            }
            for edge in self.edges[member].iter().filter(|edge| walks(edge)) {
                if edge.role != from && !before.contains_key(&edge.role) {
                    before.insert(edge.role, member);
                    rest.push_back(edge.role);
                }
            }
        }
        None
    }

    /// All roles that a role belongs to, whatever the options of the grants.
    pub(super) fn belongs_to(&self, role: usize) -> RoleSet {
        let mut found = self.none();
        let mut rest = vec![role];
        while let Some(member) = rest.pop() {
            for edge in &self.edges[member] {
                if !found.contains(edge.role) && edge.role != role {
                    found.insert(edge.role);
                    rest.push(edge.role);
                }
            }
        }
        found
    }
}

/// Several grants of a role, by several grantors, count together.
fn add(edges: &mut Vec<Edge>, edge: Edge) {
    match edges.iter_mut().find(|known| known.role == edge.role) {
        Some(known) => {
            known.inherits |= edge.inherits;
            known.sets |= edge.sets;
            known.implied &= edge.implied;
        }
        None => edges.push(edge),
    }
}

/// For each role, what it comes to along edges that `walks`, itself included.
fn closure(edges: &[Vec<Edge>], walks: impl Fn(&Edge) -> bool) -> Vec<RoleSet> {
    (0..edges.len())
        .map(|start| {
            let mut found = RoleSet::none(edges.len());
            found.insert(start);
            let mut rest = vec![start];
            while let Some(member) = rest.pop() {
                for edge in edges[member].iter().filter(|edge| walks(edge)) {
                    if !found.contains(edge.role) {
                        found.insert(edge.role);
                        rest.push(edge.role);
                    }
                }
            }
            found
        })
        .collect()
}

fn inverse(sets: &[RoleSet]) -> Vec<RoleSet> {
    let mut found = vec![RoleSet::none(sets.len()); sets.len()];
    for (from, set) in sets.iter().enumerate() {
        for to in set.iter() {
            found[to].insert(from);
        }
    }
    found
}
