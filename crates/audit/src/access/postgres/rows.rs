//! Row security: which rows of a table somebody sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use dataward_connect::postgres::grants::Policy;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;

use super::role_set::RoleSet;
use super::roles::Roles;

/// The conditions under which rows are seen.
pub(super) type Conditions = Arc<[String]>;

/// Who sees which rows of a table. Who is in neither sees none.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) all: RoleSet,
    pub(super) some: Vec<(Conditions, RoleSet)>,
}

impl Seen {
    /// Who sees anything.
    pub(super) fn anything(&self) -> RoleSet {
        self.some.iter().fold(self.all.clone(), |mut who, (_, more)| {
            who.add(more);
            who
        })
    }

    /// Only for those in `who`.
    pub(super) fn among(&self, who: &RoleSet) -> Self {
        let some = self.some.iter().map(|(conditions, set)| (Arc::clone(conditions), set.and(who)));
        Self { all: self.all.and(who), some: some.filter(|(_, set)| !set.is_empty()).collect() }
    }
}

/// Who sees which rows of `relation` when reading it under their own name.
pub(super) fn seen(facts: &PostgresGrants, roles: &Roles, policies: &[&Policy], relation: &Relation) -> Seen {
    if !relation.row_security {
        return Seen { all: roles.everyone.clone(), some: Vec::new() };
    }
    let mut all = roles.superusers.clone();
    for (index, _) in facts.roles.iter().enumerate().filter(|(_, role)| role.bypass_rls) {
        all.insert(index);
    }
    if !relation.force_row_security {
        roles.heirs_of(relation.owner).into_iter().for_each(|heirs| all.add(heirs));
    }
    let mut subject = roles.everyone.clone();
    subject.remove(&all);
    let for_reading: Vec<(&Policy, RoleSet)> = policies
        .iter()
        .filter(|policy| matches!(policy.command, 'r' | '*') && policy.using.is_some())
        .map(|policy| {
            let mut who = roles.none();
            policy.roles.iter().filter_map(|oid| roles.heirs_of(*oid)).for_each(|heirs| who.add(heirs));
            (*policy, who)
        })
        .collect();
    let mut some: BTreeMap<Vec<String>, RoleSet> = BTreeMap::new();
    for role in subject.iter() {
        let mine = for_reading.iter().filter(|(_, who)| who.contains(role)).map(|(policy, _)| *policy);
        match conditions(mine) {
            None => {}
            Some(conditions) if conditions.is_empty() => all.insert(role),
            Some(conditions) => some.entry(conditions).or_insert_with(|| roles.none()).insert(role),
        }
    }
    Seen { all, some: some.into_iter().map(|(conditions, who)| (conditions.into(), who)).collect() }
}

/// What stands between somebody to whom `policies` apply and the rows: none when no row comes through,
/// nothing when all do.
fn conditions<'a>(policies: impl Iterator<Item = &'a Policy>) -> Option<Vec<String>> {
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) = policies.partition(|policy| policy.permissive);
    let is = |policy: &&Policy, word: &str| policy.using.as_deref() == Some(word);
    if permissive.iter().all(|policy| is(policy, "false")) || restrictive.iter().any(|policy| is(policy, "false")) {
        return None;
    }
    let text = |kind: &str, policy: &Policy| {
        format!("{kind} policy {}: {}", policy.name, policy.using.as_deref().unwrap_or_default())
    };
    let mut found = Vec::new();
    if !permissive.iter().any(|policy| is(policy, "true")) {
        let lets_through = permissive.iter().filter(|policy| !is(policy, "false"));
        found.extend(lets_through.map(|policy| text("permissive", policy)));
    }
    found.extend(restrictive.iter().filter(|policy| !is(policy, "true")).map(|policy| text("restrictive", policy)));
    Some(found)
}
