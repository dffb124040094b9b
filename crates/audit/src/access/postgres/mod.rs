//! Effective rights in PostgreSQL 13 to 18, worked out from the catalogue.
//!
//! What a read would really give is answered, not what a list of grants says: USAGE on the schema,
//! inheritance of roles, SET ROLE, partitions read through their parents, row security, views and
//! functions that run as their owners. The other three rights are as the server's own
//! `has_column_privilege` says, with USAGE. Rules and their sources: the manual's chapters "Privileges",
//! "Row Security Policies", "Database Roles" and the server's `acl.c`, `rowsecurity.c`, `rewriteHandler.c`.
//!
//! Begin with [`PostgresModel::new`]; [`roles`] is who is whom, [`rights`] access lists, [`rows`] row
//! security, [`exposure`] views and functions, [`facets`] the answer by column, [`paths`] its reasons.

mod exposure;
mod facets;
mod kept_back;
mod login;
mod notes;
mod paths;
mod rights;
mod role_set;
mod roles;
mod rows;
mod steps;
mod weak_usage;
mod words;

use std::collections::BTreeSet;

use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;
use dataward_connect::postgres::grants::unit_name;
use dataward_model::Category;

use self::facets::Answer;
use self::facets::Facet;
use self::paths::Paths;
use self::rights::LETTERS;
use self::rights::Rights;
use self::roles::Roles;
use crate::access::entry::EntryGroup;
use crate::access::entry::Path;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::entry::Rows;
use crate::access::give_back::rights_in_words;
use crate::access::model::AccessModel;
use crate::access::model::Missing;
use crate::access::model::Note;
use crate::access::model::Principal;
use crate::access::model::RightsOn;
use crate::access::model::Scope;

/// The effective rights in one database.
#[derive(Debug)]
pub struct PostgresModel {
    facts: PostgresGrants,
    roles: Roles,
    answer: Answer,
    principals: Vec<Principal>,
    /// By principal: its place among the roles.
    places: Vec<usize>,
    notes: Vec<Note>,
    missing: Vec<Missing>,
}

impl PostgresModel {
    /// Works the rights out.
    pub fn new(facts: PostgresGrants) -> Self {
        let roles = Roles::new(&facts);
        let rights = Rights::new(&facts, &roles);
        let answer = facets::answer(&rights);
        let places: Vec<usize> = (0..facts.roles.len()).filter(|role| !is_built_in(&facts.roles[*role].name)).collect();
        let doors = login::Doors::new(&rights);
        let principals = places.iter().map(|place| principal(&facts, &roles, &doors, *place)).collect();
        let notes = notes::notes(&rights, &answer, &doors, &places);
        let missing = facts
            .unseen
            .iter()
            .map(|unseen| Missing { what: unseen.what.clone(), grant: unseen.grant.clone(), decides: unseen.decides })
            .collect();
        Self { principals, places, notes, missing, answer, roles, facts }
    }
}

impl PostgresModel {
    /// Whether one role has all rights of another without doing anything, as `pg_has_role(…, 'USAGE')` says.
    pub fn has_rights_of(&self, role: &str, other: &str) -> bool {
        let places = self.roles.named(role).zip(self.roles.named(other));
        places.is_some_and(|(role, other)| self.facts.roles[role].superuser || self.roles.heirs(other).contains(role))
    }

    /// Whether one role may SET ROLE to another, as `pg_has_role(…, 'SET')` says.
    pub fn may_become(&self, role: &str, other: &str) -> bool {
        let places = self.roles.named(role).zip(self.roles.named(other));
        places.is_some_and(|(role, other)| self.roles.becomes[role].contains(other))
    }
}

/// Roles that come with the server begin with `pg_`, and no others may.
fn is_built_in(name: &str) -> bool {
    name.starts_with("pg_")
}

fn principal(facts: &PostgresGrants, roles: &Roles, doors: &login::Doors, place: usize) -> Principal {
    let role = &facts.roles[place];
    let barrier = if role.login { doors.barrier(place) } else { None };
    let mut names: Vec<String> = roles.belongs_to(place).iter().map(|other| facts.roles[other].name.clone()).collect();
    names.sort();
    Principal {
        name: role.name.clone(),
        login: role.login && barrier.is_none(),
        barrier,
        superuser: role.superuser,
        anonymous: false,
        roles: names,
        last_used: role.last_used,
    }
}

impl AccessModel for PostgresModel {
    fn principals(&self) -> &[Principal] {
        &self.principals
    }

    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let paths = Paths::new(&self.facts, &self.roles, &self.answer);
        let asked = self.asked(scope, &paths);
        for (principal, role) in self.principals.iter().zip(&self.places) {
            if !scope.wants(&principal.name) {
                continue;
            }
            for (relation, facet, columns) in &asked {
                if facet.anyone.contains(*role) {
                    self.entries(&paths, scope.without_paths, principal, *role, *relation, facet, columns, each);
                }
            }
        }
    }

    fn grants(&self, principal: &str, object: &str, rights: &RightsOn<'_>, taken: &BTreeSet<&str>) -> Vec<String> {
        let schema_of = |relation: &Relation| &self.facts.schemas[relation.schema].name;
        let is_it = |relation: &&Relation| unit_name(schema_of(relation), &relation.name) == object;
        let Some(relation) = self.facts.relations.iter().find(is_it) else { return Vec::new() };
        let role = self.facts.roles.iter().position(|role| role.name == principal);
        let paths = Paths::new(&self.facts, &self.roles, &self.answer);
        let (thing, to) = (words::qualified(schema_of(relation), &relation.name), words::ident(principal));
        let mut statements = Vec::new();
        if role.is_some_and(|role| !paths.keeps_usage(role, relation.schema, taken)) {
            statements.push(format!("GRANT USAGE ON SCHEMA {} TO {to};", words::ident(schema_of(relation))));
        }
        let rights = rights_in_words(rights, words::ident);
        statements.push(format!("GRANT {rights} ON TABLE {thing} TO {to};"));
        statements
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

/// A facet of a relation and those of its columns that are asked for.
type Asked<'a> = (usize, &'a Facet, Vec<(&'a str, Option<&'a Category>)>);

impl PostgresModel {
    /// What `scope` asks for, in the order of the relations' names.
    fn asked<'a>(&'a self, scope: &'a Scope, paths: &Paths<'_>) -> Vec<Asked<'a>> {
        let mut asked = Vec::new();
        for (index, relation) in self.facts.relations.iter().enumerate() {
            let mut names = vec![paths.names[index].as_str()];
            names.extend(self.answer.above[index].iter().map(|parent| paths.names[*parent].as_str()));
            for facet in &self.answer.facets[index] {
                let columns: Vec<(&str, Option<&Category>)> = facet
                    .columns
                    .iter()
                    .map(|place| relation.columns[*place].name.as_str())
                    .map(|column| (column, scope.category(&names, column)))
                    .filter(|(_, category)| scope.covers(*category))
                    .collect();
                if !columns.is_empty() {
                    asked.push((index, facet, columns));
                }
            }
        }
        asked
    }

    #[expect(clippy::too_many_arguments, reason = "who, what, and where to")]
    fn entries(
        &self,
        paths: &Paths<'_>,
        without_paths: bool,
        principal: &Principal,
        role: usize,
        relation: usize,
        facet: &Facet,
        columns: &[(&str, Option<&Category>)],
        each: &mut dyn FnMut(&EntryGroup<'_>),
    ) {
        let mut hand_out = |reach: Reach, privileges: Privileges, rows: Rows, ways: Vec<Path>| {
            if !privileges.is_none() {
                let (login, object) = (principal.login, paths.names[relation].as_str());
                let principal = principal.name.as_str();
                each(&EntryGroup { principal, login, object, columns, privileges, rows: &rows, reach, paths: &ways });
            }
        };
        let held = |sets: &[std::sync::Arc<role_set::RoleSet>; 4]| {
            let pairs = LETTERS.iter().zip(sets).filter(|(_, who)| who.contains(role));
            pairs.fold(Privileges::NONE, |set, ((_, one), _)| set.with(*one))
        };
        let direct = held(&facet.direct);
        let all_direct = facet.all.contains(role);
        let switched = held(&facet.switched);
        let all_switched = facet.all_switched.contains(role);
        let gates = facet.gates.iter().map(|gate| &self.answer.gates[*gate]);
        let gates: Vec<_> = gates.filter(|gate| gate.switched.contains(role)).collect();
        let all_gated = gates.iter().any(|gate| gate.conditions.is_empty() && !gate.filtered);

        let add_gates = |ways: &mut Vec<Path>| {
            for gate in gates.iter().filter(|_| !without_paths) {
                let more = paths.gated(role, relation, facet, gate, ways);
                add_new(ways, more);
            }
        };
        if !direct.is_none() {
            let mut ways = Vec::new();
            if !without_paths {
                ways = paths.direct(role, relation, facet, direct);
                let switching = paths.switched(role, relation, facet, direct, &ways);
                add_new(&mut ways, switching);
            }
            if direct.has(Privileges::SELECT) {
                add_gates(&mut ways);
            }
            hand_out(Reach::Direct, direct, self.rows(facet, direct, all_direct, |who| who.contains(role)), ways);
        }
        let mut more = switched.without(direct);
        if all_switched && !all_direct {
            more = more.with(Privileges::SELECT);
        }
        if !more.is_none() {
            let mut ways = Vec::new();
            if !without_paths {
                ways = paths.switched(role, relation, facet, more, &[]);
            }
            if more.has(Privileges::SELECT) {
                add_gates(&mut ways);
            }
            let becomes = &self.roles.becomes[role];
            let rows = self.rows(facet, more, all_switched, |who| !becomes.and(who).is_empty());
            hand_out(Reach::SetRole, more, rows, ways);
        }
        let reads = switched.with(direct).has(Privileges::SELECT);
        let reads_all = all_direct || all_switched;
        // Row security that is not on the way of a gate may hide rows from whoever reads themselves.
        let freer = gates.iter().any(|gate| gate.conditions.is_empty());
        if !gates.is_empty() && (!reads || (freer && !reads_all)) {
            let mut ways = Vec::new();
            add_gates(&mut ways);
            let rows = if all_gated {
                Rows::All
            } else {
                let conditions: BTreeSet<String> = gates.iter().flat_map(|gate| self.gate_conditions(gate)).collect();
                Rows::Some(conditions.into_iter().collect())
            };
            hand_out(Reach::Definer, Privileges::SELECT, rows, ways);
        }
    }

    /// How many rows a right reaches. Row security is about reading here.
    fn rows(
        &self,
        facet: &Facet,
        privileges: Privileges,
        all: bool,
        reaches: impl Fn(&role_set::RoleSet) -> bool,
    ) -> Rows {
        if all || !privileges.has(Privileges::SELECT) {
            return Rows::All;
        }
        let some =
            facet.some.iter().filter(|(_, who)| reaches(who)).flat_map(|(conditions, _)| conditions.iter().cloned());
        let conditions: BTreeSet<String> = some.collect();
        Rows::Some(conditions.into_iter().collect())
    }

    fn gate_conditions(&self, gate: &facets::Gate) -> Vec<String> {
        let mut found = gate.conditions.to_vec();
        if gate.filtered {
            found.push(match gate.kind {
                facets::GateKind::Function(function) => {
                    format!("what the function {} gives back", self.facts.functions[function].name)
                }
                facets::GateKind::View(view, _) => {
                    format!("what the view {} lets through", self.facts.relations[view].name)
                }
            });
        }
        found
    }
}

/// Adds ways that are not closed with those that are known already.
fn add_new(ways: &mut Vec<Path>, more: Vec<Path>) {
    for path in more {
        // The same right may be given by several: each takes back their own.
        let known = ways.iter().any(|way| *way == path || (way.revoke.is_some() && way.revoke == path.revoke));
        if !known {
            ways.push(path);
        }
    }
}
