//! Rows that go in trees, and rows that stay and lose their references to those that go.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::amend::Rows;
use dataward_connect::amend::Sql;

use super::DraftChunk;
use super::DraftStep;
use super::Drafting;
use super::Order;
use crate::closure::Node;
use crate::order::Graph;
use crate::plan::Mask;
use crate::plan::PlannedChange;
use crate::plan::Replacement;
use crate::planner::Found;
use crate::planner::PlanInput;
use crate::rows_file::Together;
use crate::trees::Trees;

/// Rows from which one comes back to them along references, themselves among them: there is no first of them.
pub(super) fn cyclic(found: &Found, input: &PlanInput<'_>) -> HashSet<Node> {
    let arrows: Vec<(Node, Node)> = found.closure.arrows().chain(found.unlinked_pairs(input)).collect();
    let components = Graph::new(found.closure.places.len(), &arrows).components();
    let rings = components.into_iter().filter(|component| component.len() > 1).flatten();
    rings.chain(found.own_parents.iter().copied()).collect()
}

/// A row that stays and loses references.
pub(super) struct Losing {
    /// The rule by which the first parent goes.
    bound: usize,
    /// The reference by which it was met first, and its position there.
    at: (usize, usize),
    /// All references that it loses, each with the group of the row that goes.
    references: Vec<(usize, u16)>,
    /// The rows that go, one for each reference.
    pub(super) parents: Vec<Node>,
}

/// Rows that lose references together with trees: by step, and the tree of each.
pub(super) type Unlinked = BTreeMap<Together, BTreeMap<usize, (Rows, Vec<u32>)>>;

impl Drafting<'_> {
    /// Rows that stay and lose their references to rows that go, by table and key.
    pub(super) fn losing(&self) -> BTreeMap<(u16, Vec<u8>), Losing> {
        let mut losing: BTreeMap<(u16, Vec<u8>), Losing> = BTreeMap::new();
        for (number, unlinks) in &self.found.unlinks {
            let key = &self.input.references[*number];
            let Some(child) = self.input.catalogue.tables.iter().position(|table| table.name == key.child) else {
                continue;
            };
            let child = child as u16;
            for (at, parent) in unlinks.parents.iter().enumerate() {
                let goes_itself =
                    self.found.closure.find(child, &unlinks.rows, at).is_some_and(|node| self.found.closure.goes(node));
                if self.found.closure.goes(*parent) && !goes_itself {
                    let group = self.found.closure.groups[*parent as usize];
                    let bound = self.found.groups[group as usize].bound;
                    let row = losing.entry((child, unlinks.rows.key_bytes(at)));
                    let row = row.or_insert_with(|| Losing {
                        bound,
                        at: (*number, at),
                        references: Vec::new(),
                        parents: Vec::new(),
                    });
                    row.references.push((*number, group));
                    row.parents.push(*parent);
                }
            }
        }
        losing
    }

    /// References that are taken away: of rows that stay, to rows that go. A row loses all of its own in one step: after
    /// the first it would not be the row any more that was planned. Those of trees are given back: they change with
    /// their trees.
    pub(super) fn unlink(&mut self, losing: BTreeMap<(u16, Vec<u8>), Losing>, trees: &Trees) -> Unlinked {
        type Step = (u16, usize, Vec<(usize, u16)>);
        type Row = ((usize, usize), Node);
        let mut steps: BTreeMap<Step, Vec<Row>> = BTreeMap::new();
        for ((child, _), row) in losing {
            steps.entry((child, row.bound, row.references)).or_default().push((row.at, row.parents[0]));
        }
        let mut unlinked = Unlinked::new();
        for ((child, bound, references), losing) in steps {
            let keys = references.iter().map(|(number, _)| &self.input.references[*number]);
            let because_of = keys.clone().next().map(|key| key.parent.clone());
            let columns: BTreeSet<&String> = keys.flat_map(|key| key.emptied()).collect();
            let columns = columns.into_iter();
            let columns = columns.map(|column| Replacement { column: column.clone(), with: Mask::Null }).collect();
            let due = references.iter().map(|(number, group)| self.parent_due(*number, *group, 0));
            let due: Vec<String> = due.map(|due| format!("({})", due.as_str())).collect();
            let step = DraftStep {
                table: child,
                rule: self.input.rules[bound].rule,
                action: "unlink",
                change: PlannedChange::Rewrite { columns },
                condition: Sql::from_trusted(due.join(" AND ")),
                because_of,
                archive: None,
                basis: None,
                at_once: None,
                rows: 0,
            };
            self.draft.steps.push(step);
            let step = self.draft.steps.len() - 1;
            let mut alone = Rows::default();
            for ((number, at), parent) in losing {
                let rows = &self.found.unlinks[&number].rows;
                match trees.of(parent) {
                    Some((together, tree)) => {
                        let of_step = unlinked.entry(together).or_default().entry(step).or_default();
                        of_step.0.push(rows, at);
                        of_step.1.push(tree);
                    }
                    None => alone.push(rows, at),
                }
            }
            self.push(step, &alone, &alone.sorted_positions(), Together::Alone);
        }
        unlinked
    }

    /// The bundles of trees, and trees that are too large for one: first what loses its references in them, then what
    /// goes.
    pub(super) fn bundles(&mut self, trees: &Trees, mut unlinked: Unlinked, order: &Order) {
        let heights = self.heights(trees, order);
        for (number, nodes) in trees.bundles() {
            for (step, (rows, of)) in unlinked.remove(&Together::Trees(number)).unwrap_or_default() {
                self.push_trees(step, &rows, number, (0, &of));
            }
            let mut by_turn: BTreeMap<(u32, usize), (Rows, Vec<u32>)> = BTreeMap::new();
            for node in nodes {
                let step = self.step_of(*node);
                let (table, at) = self.found.closure.places[*node as usize];
                let of_step = by_turn.entry((heights[node], step)).or_default();
                of_step.0.push(&self.found.closure.tables[table as usize].rows, at as usize);
                of_step.1.extend(trees.of(*node).map(|(_, tree)| tree));
            }
            for ((height, step), (rows, of)) in by_turn {
                self.push_trees(step, &rows, number, (height, &of));
            }
        }
        for (number, nodes) in trees.large() {
            let together = Together::Large(number);
            for (step, (rows, _)) in unlinked.remove(&together).unwrap_or_default() {
                self.push(step, &rows, &rows.sorted_positions(), together);
            }
            self.level(nodes, together);
        }
    }

    /// How far from the leaves rows of trees stand: tables in the order in which they go (from 1), within a ring of tables
    /// level by level.
    fn heights(&self, trees: &Trees, order: &Order) -> HashMap<Node, u32> {
        let mut heights = HashMap::new();
        let mut next = 1;
        for component in &order.components {
            let nodes = component.iter().flat_map(|table| &self.found.closure.tables[*table as usize].nodes);
            let nodes: Vec<Node> = nodes.copied().filter(|node| trees.has(*node)).collect();
            if order.ordered.contains(&component[0]) {
                heights.extend(nodes.into_iter().map(|node| (node, next)));
                next += 1;
                continue;
            }
            let levels = self.levels(&nodes);
            next += levels.iter().map(|(level, _)| level + 1).max().unwrap_or(0);
            let first = next - levels.iter().map(|(level, _)| level + 1).max().unwrap_or(0);
            heights.extend(
                levels.into_iter().flat_map(|(level, nodes)| nodes.into_iter().map(move |node| (node, first + level))),
            );
        }
        heights
    }

    fn push_trees(&mut self, step: usize, rows: &Rows, number: u32, (height, trees): (u32, &[u32])) {
        let order = rows.sorted_positions();
        self.draft.chunks.push(DraftChunk {
            step,
            rows: rows.pick(order.iter().copied()),
            together: Together::Trees(number),
            trees: order.iter().map(|at| trees[*at]).collect(),
            height,
        });
        self.draft.steps[step].rows += rows.len() as u64;
    }
}
