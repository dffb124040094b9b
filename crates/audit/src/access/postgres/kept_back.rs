//! Restrictive policies that hold some roles alone: who is taken out of such a role sees more rows than before.

use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::Policy;
use dataward_connect::postgres::grants::unit_name;

use super::notes::Notes;
use super::words::ident;
use super::words::qualified;
use crate::access::model::NoteKind;

/// A note for each policy and role, where somebody but the role itself is held by it.
pub(super) fn notes(notes: &mut Notes<'_>) {
    let facts = notes.facts;
    let holds = |policy: &&Policy| {
        !policy.permissive
            && matches!(policy.command, 'r' | '*')
            && policy.using.as_deref().is_some_and(|using| using != "true")
            && !policy.roles.contains(&PUBLIC)
    };
    for policy in facts.policies.iter().filter(holds) {
        let Some(relation) = facts.relations.iter().find(|relation| relation.oid == policy.relation) else { continue };
        if !relation.row_security {
            continue;
        }
        let schema = &facts.schemas[relation.schema].name;
        for role in policy.roles.iter().filter_map(|oid| notes.roles.index(*oid)) {
            let mut members =
                notes.roles.heirs_of(facts.roles[role].oid).cloned().unwrap_or_else(|| notes.roles.none());
            members.remove(&notes.roles.superusers);
            if !notes.principals.iter().any(|other| *other != role && members.contains(*other)) {
                continue;
            }
            let text = format!(
                "whoever is taken out of {} sees more of {}: the restrictive policy {} holds its members alone",
                notes.name(role),
                unit_name(schema, &relation.name),
                policy.name,
            );
            let remedy =
                format!("ALTER POLICY {} ON {} TO PUBLIC;", ident(&policy.name), qualified(schema, &relation.name));
            notes.add(NoteKind::Weakness, Some(role), text, Some(remedy));
        }
    }
}
