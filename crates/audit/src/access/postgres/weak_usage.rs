//! Barriers that are only the lack of USAGE on a schema. The server asks for USAGE when it looks a name up, and
//! never again: a function or view that was made before, or a statement that the same session prepared under
//! another role, reads on without it.

use std::collections::BTreeMap;

use dataward_model::counted;

use super::facets::Answer;
use super::notes::Notes;
use super::role_set::RoleSet;
use crate::access::model::NoteKind;

/// Adds the notes.
pub(super) fn notes(notes: &mut Notes<'_>, answer: &Answer) {
    let lookers: Vec<RoleSet> =
        (0..notes.facts.schemas.len()).map(|schema| notes.roles.becomers(notes.rights.usage(schema))).collect();
    // Tables by role and schema.
    let mut kept_out: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut by_two: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (index, relation) in notes.facts.relations.iter().enumerate() {
        let mut closed = notes.rights.on_columns(relation, &[]);
        closed.remove(notes.rights.usage(relation.schema));
        if closed.is_empty() {
            continue;
        }
        let mut both = notes.roles.becomers(&closed).and(&lookers[relation.schema]);
        both.remove(&notes.roles.superusers);
        answer.facets[index].iter().for_each(|facet| both.remove(&facet.switched[0]));
        for role in notes.principals.iter().copied() {
            if closed.contains(role) {
                *kept_out.entry((role, relation.schema)).or_default() += 1;
            }
            if both.contains(role) {
                by_two.entry((role, relation.schema)).or_default().push(index);
            }
        }
    }
    for ((role, schema), tables) in kept_out {
        let text = format!(
            "may read {} of the schema {} and is kept out only by lacking USAGE on it, which a function or view inside \
             does not ask for",
            counted(tables, "table", "tables"),
            notes.facts.schemas[schema].name
        );
        notes.add(NoteKind::Weakness, Some(role), text, None);
    }
    for ((role, schema), tables) in by_two {
        let becomes = &notes.roles.becomes[role];
        let usage = becomes.and(notes.rights.usage(schema));
        let reads = becomes.and(&notes.rights.on_columns(&notes.facts.relations[tables[0]], &[]));
        let (Some(looks), Some(reads)) = (first(role, &usage), first(role, &reads)) else { continue };
        let schema = &notes.facts.schemas[schema].name;
        let looking = match looks == role {
            true => format!("looks names up in the schema {schema} itself"),
            false => format!("may become {}, which looks names up in the schema {schema}", notes.name(looks)),
        };
        let tables = counted(tables.len() as u64, "table", "tables");
        let reading = match reads == role {
            true => format!("may itself read {tables} of it"),
            false => format!("may become {}, which may read {tables} of it", notes.name(reads)),
        };
        let text = format!(
            "{looking}, and {reading}: a statement that it prepares as the one still runs as the other, for which no USAGE \
             is asked"
        );
        let remedy = [reads, looks].into_iter().find(|other| *other != role).map(|other| notes.leave(role, other));
        notes.add(NoteKind::Weakness, Some(role), text, remedy);
    }
}

/// The role itself, where it is among them, else any other.
fn first(role: usize, among: &RoleSet) -> Option<usize> {
    if among.contains(role) { Some(role) } else { among.iter().next() }
}
