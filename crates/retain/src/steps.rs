//! From the rows that go to steps in order: children first, references taken away before their parents
//! go, rings of rows in one transaction where the engine can wait with its checks.

mod in_trees;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::amend::AtOnce;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Guard;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Sql;
use dataward_model::SourceKind;

use crate::closure::KeptReason;
use crate::closure::Node;
use crate::dialect;
use crate::order::Graph;
use crate::partitions::Whole;
use crate::plan::PlannedChange;
use crate::planner::Found;
use crate::planner::Group;
use crate::planner::PlanInput;
use crate::refills::Refill;
use crate::rows_file::Together;
use crate::trees::Trees;
use in_trees::cyclic;

/// Rows of one chunk: what a sealed record of the plan holds at most.
pub(crate) const CHUNK_ROWS: usize = 10_000;

/// A step before it has its source and its numbers.
#[derive(Clone, Debug)]
pub(crate) struct DraftStep {
    pub(crate) table: u16,
    pub(crate) rule: usize,
    pub(crate) action: &'static str,
    pub(crate) change: PlannedChange,
    pub(crate) condition: Sql,
    pub(crate) because_of: Option<String>,
    pub(crate) archive: Option<String>,
    pub(crate) basis: Option<String>,
    pub(crate) at_once: Option<AtOnce>,
    pub(crate) rows: u64,
}

/// Rows that are changed together.
#[derive(Clone, Debug)]
pub(crate) struct DraftChunk {
    pub(crate) step: usize,
    pub(crate) rows: Rows,
    pub(crate) together: Together,
    /// Of rows of trees: the tree of each.
    pub(crate) trees: Vec<u32>,
    /// Of rows of trees: how far from the leaves they stand.
    pub(crate) height: u32,
}

/// What a plan of one source comes to.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) steps: Vec<DraftStep>,
    /// In the order of execution.
    pub(crate) chunks: Vec<DraftChunk>,
    /// Rows that are due and stay: table, rule, why.
    pub(crate) kept: BTreeMap<(u16, usize, KeptReason), u64>,
    /// Rows of each tree that is too large for one transaction.
    pub(crate) large: Vec<u64>,
}

/// Orders what goes. Rings that this engine can't take out are kept, and what hangs on them; so the search
/// is settled again until no such ring is left.
pub(crate) fn draft(found: &mut Found, input: &PlanInput<'_>, partitions: &[Whole], refills: &[Refill]) -> Draft {
    loop {
        let stuck = stuck_rings(found, input);
        if stuck.is_empty() {
            break;
        }
        for (node, tables) in stuck {
            found.closure.keep(node, KeptReason::Cycle { tables });
        }
        let tables = &input.catalogue.tables;
        found.closure.settle(|table| tables[table as usize].name.clone());
    }
    let cyclic = cyclic(found, input);
    let mut drafting = Drafting { found, input, cyclic, draft: Draft::default(), by_group: HashMap::new() };
    drafting.count_kept();
    let losing = drafting.losing();
    let order = Order::of(input, refills);
    let parents = losing.values().map(|row| row.parents.as_slice());
    let trees = Trees::find(found, input, (partitions, &order.at_once), parents);
    let unlinked = drafting.unlink(losing, &trees);
    drafting.erase(partitions, refills, &order, &trees);
    drafting.bundles(&trees, unlinked, &order);
    drafting.draft.large = trees.large().map(|(_, nodes)| nodes.len() as u64).collect();
    drafting.draft
}

/// Rows that refer to each other in a ring, on an engine that checks row by row.
fn stuck_rings(found: &Found, input: &PlanInput<'_>) -> Vec<(Node, Vec<String>)> {
    let mut stuck = Vec::new();
    for component in row_components(found) {
        if component.len() < 2 {
            continue;
        }
        let mut tables: Vec<u16> = component.iter().map(|node| found.closure.places[*node as usize].0).collect();
        tables.sort_unstable();
        tables.dedup();
        if !can_wait(&tables, input) {
            let names: Vec<String> =
                tables.iter().map(|table| input.catalogue.tables[*table as usize].name.clone()).collect();
            stuck.extend(component.into_iter().map(|node| (node, names.clone())));
        }
    }
    stuck
}

/// Whether all references among these tables can be checked at the end of a transaction.
fn can_wait(tables: &[u16], input: &PlanInput<'_>) -> bool {
    let named = |name: &str| tables.iter().any(|table| input.catalogue.tables[*table as usize].name == name);
    let mut among = input.references.iter().filter(|key| key.declared && named(&key.child) && named(&key.parent));
    match (input.catalogue.kind, tables) {
        // Both check a statement's references when the whole statement is done: one table is one statement.
        (SourceKind::Postgresql | SourceKind::Sqlite, [_]) => true,
        (SourceKind::Sqlite, _) => true,
        (SourceKind::Postgresql, _) => among.all(|key| key.deferrable),
        _ => among.next().is_none(),
    }
}

/// Components of rows that go, children first.
fn row_components(found: &Found) -> Vec<Vec<Node>> {
    let arrows: Vec<(Node, Node)> = found.closure.arrows().collect();
    if arrows.is_empty() {
        return Vec::new();
    }
    Graph::new(found.closure.places.len(), &arrows).components()
}

/// The order of the tables.
struct Order {
    /// Tables by their numbers, children first; those that refer to each other in a ring together.
    components: Vec<Vec<u32>>,
    /// Tables in no ring, not even one of their own.
    ordered: Vec<u32>,
    /// Tables that are emptied at once.
    at_once: HashSet<u16>,
}

impl Order {
    fn of(input: &PlanInput<'_>, refills: &[Refill]) -> Self {
        let tables = &input.catalogue.tables;
        let number = |name: &str| tables.iter().position(|table| table.name == name).map(|at| at as u32);
        let arrows: Vec<(u32, u32)> =
            input.references.iter().filter_map(|key| Some((number(&key.parent)?, number(&key.child)?))).collect();
        let graph = Graph::new(tables.len(), &arrows);
        let components = graph.components();
        let alone = |part: &&Vec<u32>| part.len() == 1 && !graph.from(part[0]).contains(&part[0]);
        let ordered = components.iter().filter(alone).map(|part| part[0]).collect();
        let at_once = refills.iter().flat_map(|refill| refill.tables.iter().copied()).collect();
        Self { components, ordered, at_once }
    }
}

struct Drafting<'a> {
    found: &'a Found,
    input: &'a PlanInput<'a>,
    cyclic: HashSet<Node>,
    draft: Draft,
    /// Steps by group, those of rows in rings apart.
    by_group: HashMap<(u16, bool), usize>,
}

impl Drafting<'_> {
    fn count_kept(&mut self) {
        for (table, rule, rows) in self.found.without_key.iter().filter(|(_, _, rows)| *rows > 0) {
            *self.draft.kept.entry((*table, *rule, KeptReason::NoKey)).or_default() += rows;
        }
        let closure = &self.found.closure;
        for node in 0..closure.places.len() as Node {
            if let Some(reason) = closure.reason(node).filter(|_| closure.due[node as usize]) {
                let group = &self.found.groups[closure.groups[node as usize] as usize];
                let rule = self.input.rules[group.bound].rule;
                *self.draft.kept.entry((group.table, rule, reason.clone())).or_default() += 1;
            }
        }
    }

    /// Rows that go, children first: whole tables at once where no ring of tables makes the order one of
    /// rows.
    fn erase(&mut self, partitions: &[Whole], refills: &[Refill], order: &Order, trees: &Trees) {
        // First: nothing refers to these tables but what is among them.
        for (number, refill) in refills.iter().enumerate() {
            self.refill(number as u32 + 1, refill, &order.components);
        }
        // What a ring that can't be taken out has kept since keeps its partition too.
        let whole = |part: &&Whole| part.nodes.iter().all(|node| self.found.closure.goes(*node));
        let partitions: Vec<&Whole> = partitions.iter().filter(whole).collect();
        let in_partitions: HashSet<Node> = partitions.iter().flat_map(|part| part.nodes.iter().copied()).collect();
        for component in &order.components {
            if component.iter().all(|table| order.at_once.contains(&(*table as u16))) {
                continue;
            }
            let nodes = |table: &u32| {
                let nodes = &self.found.closure.tables[*table as usize].nodes;
                nodes
                    .iter()
                    .copied()
                    .filter(|node| self.found.closure.goes(*node) && !trees.has(*node) && !in_partitions.contains(node))
            };
            let nodes: Vec<Node> = component.iter().flat_map(nodes).collect();
            for (number, part) in partitions.iter().enumerate() {
                if component.contains(&u32::from(part.table)) {
                    self.partition(number as u32 + 1, part);
                }
            }
            // Steps of children come before those of their parents, in trees as well.
            for node in component.iter().flat_map(|table| &self.found.closure.tables[*table as usize].nodes) {
                if trees.has(*node) {
                    self.step_of(*node);
                }
            }
            // Of these none refers to another.
            self.level(&nodes, Together::Alone);
        }
    }

    /// Components of rows that refer to each other in a ring, with their level: above all that refer to them.
    fn levels(&self, nodes: &[Node]) -> Vec<(u32, Vec<Node>)> {
        let position: HashMap<Node, u32> = nodes.iter().enumerate().map(|(at, node)| (*node, at as u32)).collect();
        let within = |(parent, child): (Node, Node)| Some((*position.get(&parent)?, *position.get(&child)?));
        let unlinked = self.found.unlinked_pairs(self.input);
        let arrows: Vec<(u32, u32)> = self.found.closure.arrows().chain(unlinked).filter_map(within).collect();
        let graph = Graph::new(nodes.len(), &arrows);
        let mut level = vec![0_u32; nodes.len()];
        let mut found = Vec::new();
        for component in graph.components() {
            let below = component.iter().flat_map(|member| graph.from(*member)).filter(|to| !component.contains(to));
            let own = below.map(|to| level[*to as usize] + 1).max().unwrap_or(0);
            component.iter().for_each(|member| level[*member as usize] = own);
            found.push((own, component.iter().map(|member| nodes[*member as usize]).collect()));
        }
        found
    }

    /// Rows none of which refers to another, or all that are one transaction.
    fn level(&mut self, nodes: &[Node], together: Together) {
        let mut by_step: BTreeMap<usize, Vec<Node>> = BTreeMap::new();
        for node in nodes {
            by_step.entry(self.step_of(*node)).or_default().push(*node);
        }
        for (step, nodes) in by_step {
            let table = &self.found.closure.tables[self.draft.steps[step].table as usize];
            let positions = nodes.iter().map(|node| self.found.closure.places[*node as usize].1 as usize);
            let rows = table.rows.pick(positions);
            let sorted = rows.sorted_positions();
            self.push(step, &rows, &sorted, together);
        }
    }

    fn push(&mut self, step: usize, rows: &Rows, positions: &[usize], together: Together) {
        let size = match together {
            Together::Alone | Together::Large(_) | Together::Partition(_) | Together::Refill(_) => CHUNK_ROWS,
            Together::Trees(_) => usize::MAX,
        };
        for part in positions.chunks(size) {
            let rows = rows.pick(part.iter().copied());
            self.draft.chunks.push(DraftChunk { step, rows, together, trees: Vec::new(), height: 0 });
        }
        self.draft.steps[step].rows += positions.len() as u64;
    }

    /// A step of its own for a partition that goes as a whole.
    fn partition(&mut self, number: u32, part: &Whole) {
        let bound = &self.input.rules[part.bound];
        self.draft.steps.push(DraftStep {
            table: part.table,
            rule: bound.rule,
            action: bound.action.as_str(),
            change: PlannedChange::DropPartition { partition: part.partition.clone() },
            condition: part.due.clone(),
            because_of: None,
            archive: None,
            basis: None,
            at_once: None,
            rows: 0,
        });
        let step = self.draft.steps.len() - 1;
        let table = &self.found.closure.tables[part.table as usize];
        let positions = part.nodes.iter().map(|node| self.found.closure.places[*node as usize].1 as usize);
        let rows = table.rows.pick(positions);
        self.push(step, &rows, &rows.sorted_positions(), Together::Partition(number));
    }

    /// All rows that go of tables that are emptied at once, children first: should it not be possible in the end, they
    /// go in this order.
    fn refill(&mut self, number: u32, refill: &Refill, components: &[Vec<u32>]) {
        let before = self.draft.steps.len();
        for table in components.iter().flatten().filter(|table| refill.tables.contains(&(**table as u16))) {
            let nodes = &self.found.closure.tables[*table as usize].nodes;
            let nodes: Vec<Node> = nodes.iter().copied().filter(|node| self.found.closure.goes(*node)).collect();
            self.level(&nodes, Together::Refill(number));
        }
        for step in &mut self.draft.steps[before..] {
            step.at_once = Some(refill.at_once.clone());
        }
    }

    fn step_of(&mut self, node: Node) -> usize {
        let key = (self.found.closure.groups[node as usize], self.cyclic.contains(&node));
        if let Some(step) = self.by_group.get(&key) {
            return *step;
        }
        let group = &self.found.groups[key.0 as usize];
        let bound = &self.input.rules[group.bound];
        let step = DraftStep {
            table: group.table,
            rule: bound.rule,
            action: bound.action.as_str(),
            change: PlannedChange::Erase { guards: self.guards(group.table, key.1) },
            condition: self.condition(group, 0),
            because_of: group.via.map(|(_, parent)| {
                let table = self.found.groups[parent as usize].table;
                self.input.catalogue.tables[table as usize].name.clone()
            }),
            archive: bound.archive.clone(),
            basis: bound.basis.clone(),
            at_once: None,
            rows: 0,
        };
        self.draft.steps.push(step);
        self.by_group.insert(key, self.draft.steps.len() - 1);
        self.draft.steps.len() - 1
    }

    /// What must still be true of a row of a group: its rule, or that the row which takes it along is
    /// there and due.
    fn condition(&self, group: &Group, depth: usize) -> Sql {
        match group.via {
            None => self.input.rules[group.bound].due.clone(),
            Some((number, parent)) => self.parent_due(number, parent, depth),
        }
    }

    /// True of a row while the one that it refers to by this reference, one of the group `parent`, is there and due.
    fn parent_due(&self, number: usize, parent: u16, depth: usize) -> Sql {
        let key = &self.input.references[number];
        let parent = &self.found.groups[parent as usize];
        // Around a ring the parent may have gone already; the row's own version must do.
        if key.parent == key.child || depth > 8 || self.in_ring(key) {
            return Sql::always();
        }
        let kind = self.input.catalogue.kind;
        let (outer, inner) = (alias(depth), alias(depth + 1));
        let on = dialect::join(kind, &inner, &key.parent_columns, &outer, &key.child_columns);
        let table = &self.input.catalogue.tables[parent.table as usize];
        let above = self.condition(parent, depth + 1);
        let above = above.as_str().replace(&alias(0), &inner);
        Sql::from_trusted(format!("EXISTS (SELECT 1 FROM {} AS {inner} WHERE {on} AND ({above}))", table.sql))
    }

    /// Rows that the engine would take along or change by itself, or that nobody stops from pointing into
    /// the void: if there is one, it is none of the plan's. Of rows in a ring some is always there still.
    fn guards(&self, table: u16, cyclic: bool) -> Vec<Guard> {
        let name = &self.input.catalogue.tables[table as usize].name;
        let kind = self.input.catalogue.kind;
        let dangerous = |key: &&ForeignKey| key.parent == *name && key.is_dangerous() && !(cyclic && self.in_ring(key));
        let guard = |key: &ForeignKey| {
            let child = self.input.catalogue.table(&key.child)?;
            let on = dialect::join(kind, "dataward_c", &key.child_columns, &alias(0), &key.parent_columns);
            let referenced =
                Sql::from_trusted(format!("EXISTS (SELECT 1 FROM {} AS dataward_c WHERE {on})", child.sql));
            let engine_changes =
                (key.declared && key.on_delete != OnDelete::Refuse).then(|| child.name_sql().to_owned());
            Some(Guard { referenced, engine_changes })
        };
        self.input.references.iter().filter(dangerous).filter_map(guard).collect()
    }

    /// Whether one can come back from the parent to the child.
    fn in_ring(&self, key: &ForeignKey) -> bool {
        let mut reached = vec![key.parent.as_str()];
        let mut at = 0;
        while let Some(here) = reached.get(at).copied() {
            at += 1;
            if here == key.child {
                return true;
            }
            for next in self.input.references.iter().filter(|next| next.child == here) {
                if !reached.contains(&next.parent.as_str()) {
                    reached.push(&next.parent);
                }
            }
        }
        false
    }
}

fn alias(depth: usize) -> String {
    if depth == 0 { dataward_connect::amend::ALIAS.to_owned() } else { format!("dataward_p{depth}") }
}
