//! The answer by column: who reads and writes it under their own name, after switching roles, and
//! through views and functions. Columns with the same answer are one facet.

use std::collections::HashMap;
use std::sync::Arc;

use dataward_connect::postgres::grants::Body;
use dataward_connect::postgres::grants::Column;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::Policy;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;
use dataward_connect::postgres::grants::RelationKind;

use super::exposure::Exposures;
use super::rights::LETTERS;
use super::rights::Rights;
use super::role_set::RoleSet;
use super::roles::Roles;
use super::rows::Conditions;
use super::rows::Seen;
use super::rows::seen;

/// Everything that was worked out.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// By relation.
    pub(super) facets: Vec<Vec<Facet>>,
    /// By relation: the tables that its rows belong to, nearest first.
    pub(super) above: Vec<Vec<usize>>,
    pub(super) gates: Vec<Gate>,
}

/// Columns of a relation with the same answer.
#[derive(Debug)]
pub(super) struct Facet {
    /// Places among the relation's columns.
    pub(super) columns: Vec<usize>,
    /// By right, in the order of [`LETTERS`]: who has it under their own name.
    pub(super) direct: [Arc<RoleSet>; 4],
    /// Who reads every row under their own name.
    pub(super) all: Arc<RoleSet>,
    /// Who reads some.
    pub(super) some: Vec<(Conditions, Arc<RoleSet>)>,
    /// By right: who has it after switching roles, or already.
    pub(super) switched: [Arc<RoleSet>; 4],
    /// Who reads every row after switching roles, or already.
    pub(super) all_switched: Arc<RoleSet>,
    /// Ways through views and functions.
    pub(super) gates: Vec<usize>,
    /// Who can do anything at all.
    pub(super) anyone: RoleSet,
}

/// A view or function through which somebody reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gate {
    pub(super) kind: GateKind,
    /// Who can use it under their own name.
    pub(super) users: RoleSet,
    /// Who can use it after switching roles, or already.
    pub(super) switched: Arc<RoleSet>,
    pub(super) conditions: Conditions,
    pub(super) filtered: bool,
    /// Whether it only spares looking the table up, and one must have the right to it anyway.
    pub(super) asks: bool,
}

/// What a gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum GateKind {
    /// A function, by its place.
    Function(usize),
    /// A view or materialised view, and the place of its column.
    View(usize, usize),
}

/// A gate as it is found, before those alike become one.
struct FoundGate {
    kind: GateKind,
    users: RoleSet,
    conditions: Conditions,
    filtered: bool,
    asks: bool,
}

/// Who may become one of a set, worked out once for each set.
struct Switched<'a> {
    roles: &'a Roles,
    known: HashMap<RoleSet, Arc<RoleSet>>,
}

impl Switched<'_> {
    fn of(&mut self, set: &RoleSet) -> Arc<RoleSet> {
        if let Some(known) = self.known.get(set) {
            return Arc::clone(known);
        }
        let found = Arc::new(self.roles.becomers(set));
        self.known.insert(set.clone(), Arc::clone(&found));
        found
    }
}

/// Works everything out.
pub(super) fn answer(rights: &Rights<'_>) -> Answer {
    let (facts, roles) = (rights.facts, rights.roles);
    let by_oid: HashMap<Oid, usize> =
        facts.relations.iter().enumerate().map(|(index, relation)| (relation.oid, index)).collect();
    let above = above(facts, &by_oid);
    let mut below: HashMap<usize, Vec<usize>> = HashMap::new();
    for (child, parents) in above.iter().enumerate() {
        parents.iter().for_each(|parent| below.entry(*parent).or_default().push(child));
    }
    let mut policies: HashMap<Oid, Vec<&Policy>> = HashMap::new();
    for policy in &facts.policies {
        policies.entry(policy.relation).or_default().push(policy);
    }
    let seen: Vec<Seen> = facts
        .relations
        .iter()
        .map(|relation| {
            seen(facts, roles, policies.get(&relation.oid).map(Vec::as_slice).unwrap_or_default(), relation)
        })
        .collect();
    let exposures = Exposures::new(rights, &seen, &by_oid, &below);
    let mut switched = Switched { roles, known: HashMap::new() };
    let mut gates = Vec::new();
    let by_column = gates_by_column(rights, &exposures, &mut switched, &mut gates);
    let facets = (0..facts.relations.len())
        .map(|index| facets(rights, &exposures, &seen, &above, &by_column, &gates, &mut switched, index))
        .collect();
    Answer { facets, above, gates }
}

/// By relation: the tables that its rows belong to, nearest first.
fn above(facts: &PostgresGrants, by_oid: &HashMap<Oid, usize>) -> Vec<Vec<usize>> {
    facts
        .relations
        .iter()
        .map(|relation| {
            let mut found: Vec<usize> = Vec::new();
            let mut rest: Vec<Oid> = relation.parents.clone();
            while !rest.is_empty() {
                let level = std::mem::take(&mut rest);
                for parent in level.iter().filter_map(|oid| by_oid.get(oid)) {
                    if !found.contains(parent) {
                        found.push(*parent);
                        rest.extend(&facts.relations[*parent].parents);
                    }
                }
            }
            found
        })
        .collect()
}

type GatesByColumn = HashMap<(usize, i16), Vec<usize>>;

/// All ways through views and functions, by the column that they lead to.
fn gates_by_column(
    rights: &Rights<'_>,
    exposures: &Exposures<'_>,
    switched: &mut Switched<'_>,
    gates: &mut Vec<Gate>,
) -> GatesByColumn {
    let facts = rights.facts;
    let mut found: HashMap<(usize, i16), Vec<FoundGate>> = HashMap::new();
    for (index, relation) in facts.relations.iter().enumerate() {
        if !matches!(relation.kind, RelationKind::View | RelationKind::Materialised) {
            continue;
        }
        for (place, column) in relation.columns.iter().enumerate() {
            let mut users = rights.on_column(relation, column, 'r');
            users.keep(rights.usage(relation.schema));
            for exposure in exposures.outputs(index, column.number).iter() {
                let users = users.and(&exposure.who);
                if !users.is_empty() {
                    found.entry((exposure.table, exposure.column)).or_default().push(FoundGate {
                        kind: GateKind::View(index, place),
                        users,
                        conditions: Arc::clone(&exposure.conditions),
                        filtered: exposure.filtered,
                        asks: exposure.asks,
                    });
                }
            }
        }
    }
    for (index, function) in facts.functions.iter().enumerate() {
        let found_by_asker = match &function.body {
            _ if function.is_trigger => continue,
            Body::Parsed(query) if !function.definer && !function.shows_nothing => Some(exposures.run_for_asker(query)),
            _ if !function.definer => continue,
            _ => None,
        };
        let mut users = rights.on_function(function);
        users.keep(rights.usage(function.schema));
        if users.is_empty() {
            continue;
        }
        let by_owner = || exposures.run(index, rights.roles.index(function.owner), 0);
        let by_asker = found_by_asker.is_some();
        for exposure in found_by_asker.unwrap_or_else(by_owner) {
            let users = if by_asker { users.and(&exposure.who) } else { users.clone() };
            found.entry((exposure.table, exposure.column)).or_default().push(FoundGate {
                kind: GateKind::Function(index),
                users,
                conditions: exposure.conditions,
                filtered: exposure.filtered,
                // A view inside may read as its owner, whoever runs the function.
                asks: by_asker && exposure.asks,
            });
        }
    }
    let mut by_column: GatesByColumn = HashMap::new();
    let mut places: HashMap<(GateKind, RoleSet, Conditions, bool, bool), usize> = HashMap::new();
    for (column, found) in found {
        let mut list: Vec<usize> = found
            .into_iter()
            .map(|gate| {
                let key = (gate.kind, gate.users, gate.conditions, gate.filtered, gate.asks);
                *places.entry(key).or_insert_with_key(|(kind, users, conditions, filtered, asks)| {
                    gates.push(Gate {
                        kind: *kind,
                        switched: switched.of(users),
                        users: users.clone(),
                        conditions: Arc::clone(conditions),
                        filtered: *filtered,
                        asks: *asks,
                    });
                    gates.len() - 1
                })
            })
            .collect();
        list.sort_by_key(|gate| (gates[*gate].kind, gates[*gate].asks, gates[*gate].filtered, *gate));
        list.dedup();
        by_column.insert(column, list);
    }
    by_column
}

/// The facets of one relation.
#[expect(clippy::too_many_arguments, reason = "everything that was worked out before, each used once")]
fn facets(
    rights: &Rights<'_>,
    exposures: &Exposures<'_>,
    seen: &[Seen],
    above: &[Vec<usize>],
    by_column: &GatesByColumn,
    gates: &[Gate],
    switched: &mut Switched<'_>,
    index: usize,
) -> Vec<Facet> {
    let relation = &rights.facts.relations[index];
    let is_view = relation.kind == RelationKind::View;
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (place, column) in relation.columns.iter().enumerate() {
        let none = Vec::new();
        let same = |other: &usize| {
            let other = &relation.columns[*other];
            other.acl == column.acl
                && by_column.get(&(index, other.number)).unwrap_or(&none)
                    == by_column.get(&(index, column.number)).unwrap_or(&none)
                && above[index]
                    .iter()
                    .all(|parent| column_like(rights, *parent, other) == column_like(rights, *parent, column))
        };
        // Each column of a view is made of something else.
        match groups.iter_mut().find(|(first, _)| !is_view && same(first)) {
            Some((_, members)) => members.push(place),
            None => groups.push((place, vec![place])),
        }
    }
    groups
        .into_iter()
        .map(|(first, columns)| {
            let column = &relation.columns[first];
            let mut reading = own_reading(rights, exposures, &seen[index], index, column);
            for parent in &above[index] {
                if let Some(through) = reading_through(rights, &seen[*parent], *parent, column) {
                    reading.all.add(&through.all);
                    reading.some.extend(through.some);
                }
            }
            let gates_here = by_column.get(&(index, column.number)).cloned().unwrap_or_default();
            facet(rights, relation, column, columns, reading, gates_here, gates, switched)
        })
        .collect()
}

/// Who reads a column of a relation under their own name.
fn own_reading(rights: &Rights<'_>, exposures: &Exposures<'_>, seen: &Seen, index: usize, column: &Column) -> Seen {
    let relation = &rights.facts.relations[index];
    let mut who = rights.on_column(relation, column, 'r');
    who.keep(rights.usage(relation.schema));
    match relation.kind {
        RelationKind::View => {
            who.keep(&exposures.works(index));
            let outputs = exposures.outputs(index, column.number);
            let shows =
                relation.query.iter().flat_map(|query| &query.shows).find(|shown| shown.output == column.number);
            if shows.is_none_or(|shown| shown.from.is_empty()) {
                return Seen { all: who, some: Vec::new() };
            }
            let mut found = Seen { all: rights.roles.none(), some: Vec::new() };
            for output in outputs.iter() {
                if output.conditions.is_empty() {
                    found.all.add(&output.who);
                } else {
                    found.some.push((Arc::clone(&output.conditions), output.who.clone()));
                }
            }
            if outputs.is_empty() && !relation.query.iter().any(|query| reads_own_tables(rights, query)) {
                found.all = rights.roles.everyone.clone();
            }
            found.among(&who)
        }
        RelationKind::Materialised if !relation.populated => Seen { all: rights.roles.none(), some: Vec::new() },
        _ => seen.among(&who),
    }
}

/// Whether a view reads anything but the system's own tables.
fn reads_own_tables(rights: &Rights<'_>, query: &dataward_connect::postgres::grants::Query) -> bool {
    query.needs.iter().any(|need| rights.facts.relations.iter().any(|relation| relation.oid == need.relation))
}

fn column_like<'a>(
    rights: &Rights<'a>,
    parent: usize,
    column: &Column,
) -> Option<&'a Option<dataward_connect::postgres::grants::Acl>> {
    let parent = &rights.facts.relations[parent];
    parent.columns.iter().find(|other| other.name == column.name).map(|column| &column.acl)
}

/// Who reads a column of a table by reading `parent`, to which its rows belong: rights and row security
/// of the parent alone count.
fn reading_through(rights: &Rights<'_>, seen: &Seen, parent: usize, column: &Column) -> Option<Seen> {
    let parent = &rights.facts.relations[parent];
    let same = parent.columns.iter().find(|other| other.name == column.name)?;
    let mut who = rights.on_column(parent, same, 'r');
    who.keep(rights.usage(parent.schema));
    Some(seen.among(&who))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one value")]
fn facet(
    rights: &Rights<'_>,
    relation: &Relation,
    column: &Column,
    columns: Vec<usize>,
    reading: Seen,
    gates_here: Vec<usize>,
    gates: &[Gate],
    switched: &mut Switched<'_>,
) -> Facet {
    let usage = rights.usage(relation.schema);
    let direct = LETTERS.map(|(letter, _)| match letter {
        'r' => Arc::new(reading.anything()),
        letter => Arc::new(rights.on_column(relation, column, letter).and(usage)),
    });
    let after = [0, 1, 2, 3].map(|right: usize| switched.of(&direct[right]));
    let all_switched = switched.of(&reading.all);
    let mut anyone = rights.roles.none();
    after.iter().for_each(|who| anyone.add(who));
    gates_here.iter().for_each(|gate| anyone.add(&gates[*gate].switched));
    Facet {
        columns,
        direct,
        all: Arc::new(reading.all),
        some: reading.some.into_iter().map(|(conditions, who)| (conditions, Arc::new(who))).collect(),
        switched: after,
        all_switched,
        gates: gates_here,
        anyone,
    }
}
