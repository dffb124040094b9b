//! Which rows may go: rows that are due, what hangs on them, and what stops them. Pure.
//!
//! A row is a node. It *needs* each row that refers to it to go as well, and it *takes along* the rows
//! that the policy or the schema deletes with it. A row goes when it is due itself or is taken along by
//! one that goes, nothing holds it, and all that it needs goes. So the answer is the largest set with
//! that property; anything that can't be reached from a row that is due stays: nothing is ever widened.

use std::collections::HashMap;
use std::num::NonZeroU16;

use dataward_connect::amend::KeyColumn;
use dataward_connect::amend::Rows;
use dataward_connect::amend::SkipReason;

use crate::order::Graph;

/// The number of a row among all rows that are looked at.
pub type Node = u32;

/// Why a row stays.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeptReason {
    /// Rows refer to each other in a ring that this engine can't take out.
    Cycle {
        /// The tables of the ring.
        tables: Vec<String>,
    },
    /// A row of `child`, which lies outside what the source's address names, refers to it.
    Elsewhere {
        /// The table of that row.
        child: String,
    },
    /// It waits for a file that it names.
    File {
        /// The folder or bucket.
        files: String,
        /// Why the file stays; none where nobody can tell whether it may go.
        why: Option<SkipReason>,
    },
    /// A row of `child` that refers to it waits for a file.
    FileOn {
        /// The table of that row.
        child: String,
    },
    /// The account may not read or remove it.
    Denied,
    /// Row security hides rows of `child` from the account: some may refer to it.
    Hidden {
        /// The table of those rows.
        child: String,
    },
    /// A hold or a tolling covers it.
    Hold,
    /// A row of `child` that refers to it is held.
    HoldOn {
        /// The table of that row.
        child: String,
    },
    /// A row of `child` that refers to it has a period of its own that has not ended.
    Minimum {
        /// The table of that row.
        child: String,
        /// The table whose rows refer to it, where that is another one, to whose rows that of `child` refers.
        through: Option<String>,
    },
    /// A row of `child` refers to it, and no rule lets that one go.
    Referenced {
        /// The table of that row.
        child: String,
        /// As of a minimum.
        through: Option<String>,
    },
    /// A row of `child` refers to it, and no two rows of that table can be told apart.
    NoKeyOn {
        /// The table of that row.
        child: String,
    },
    /// No row that goes takes it along any more.
    NotTaken,
    /// Its table can't tell two of its rows apart.
    NoKey,
    /// The store protects it: object lock, or a legal hold of the store's own.
    Protected,
}

/// Rows of one table that are looked at.
#[derive(Clone, Debug, Default)]
pub struct TableRows {
    /// Their keys and versions.
    pub rows: Rows,
    /// Their nodes, in the same order.
    pub nodes: Vec<Node>,
    index: Index,
}

#[derive(Clone, Debug)]
enum Index {
    Bytes(HashMap<Vec<u8>, u32>),
    Integers(HashMap<i64, u32>),
}

impl Default for Index {
    fn default() -> Self {
        Self::Integers(HashMap::new())
    }
}

impl TableRows {
    /// The position of the row with the key at `at` of `rows`.
    pub fn position(&self, rows: &Rows, at: usize) -> Option<u32> {
        match (&self.index, rows.keys.as_slice()) {
            (Index::Integers(index), [KeyColumn::Integers(keys)]) => index.get(&keys[at]).copied(),
            (Index::Bytes(index), _) => index.get(&rows.key_bytes(at)).copied(),
            (Index::Integers(_), _) => None,
        }
    }

    /// Adds a row that is not there yet.
    pub(crate) fn push(&mut self, rows: &Rows, at: usize, node: Node) {
        let position = self.nodes.len() as u32;
        if self.nodes.is_empty() && !matches!(rows.keys.as_slice(), [KeyColumn::Integers(_)]) {
            self.index = Index::Bytes(HashMap::new());
        }
        match (&mut self.index, rows.keys.as_slice()) {
            (Index::Integers(index), [KeyColumn::Integers(keys)]) => drop(index.insert(keys[at], position)),
            (Index::Bytes(index), _) => drop(index.insert(rows.key_bytes(at), position)),
            (Index::Integers(_), _) => unreachable!("keys of a table are all of one kind"),
        }
        self.rows.push(rows, at);
        self.nodes.push(node);
    }
}

/// All rows that are looked at, and how they hang together.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// By table, in the order of the catalogue.
    pub tables: Vec<TableRows>,
    /// Of each node: its table and position there.
    pub places: Vec<(u16, u32)>,
    /// Of each node: the group it belongs to (which rule, or taken along by which).
    pub groups: Vec<u16>,
    /// Of each node: due by a rule itself.
    pub due: Vec<bool>,
    /// Of each node: the position of the reason why it stays; none while it may go.
    kept: Vec<Option<NonZeroU16>>,
    reasons: Vec<KeptReason>,
    needs: Vec<(Node, Node)>,
    takes: Vec<(Node, Node)>,
}

impl Closure {
    /// No rows yet of so many tables.
    pub fn new(tables: usize) -> Self {
        Self { tables: (0..tables).map(|_| TableRows::default()).collect(), ..Self::default() }
    }

    /// The node of a row, if it is looked at already.
    pub fn find(&self, table: u16, rows: &Rows, at: usize) -> Option<Node> {
        let table = &self.tables[table as usize];
        table.position(rows, at).map(|position| table.nodes[position as usize])
    }

    /// Adds a row that is not looked at yet.
    pub fn add(&mut self, table: u16, rows: &Rows, at: usize, group: u16, due: bool) -> Node {
        let node = self.places.len() as Node;
        self.places.push((table, self.tables[table as usize].nodes.len() as u32));
        self.tables[table as usize].push(rows, at, node);
        self.groups.push(group);
        self.due.push(due);
        self.kept.push(None);
        node
    }

    /// Says that a row stays; the first reason counts.
    pub fn keep(&mut self, node: Node, reason: KeptReason) {
        if self.goes(node) {
            let at = match self.reasons.iter().position(|known| *known == reason) {
                Some(at) => at,
                None => {
                    self.reasons.push(reason);
                    self.reasons.len() - 1
                }
            };
            self.kept[node as usize] = NonZeroU16::new(at as u16 + 1);
        }
    }

    /// Why a row stays; none when it goes.
    pub fn reason(&self, node: Node) -> Option<&KeptReason> {
        self.kept[node as usize].map(|at| &self.reasons[at.get() as usize - 1])
    }

    /// Says that `parent` can go only when `child`, which refers to it, goes as well.
    pub fn needs(&mut self, parent: Node, child: Node) {
        self.needs.push((parent, child));
    }

    /// Says that `parent` takes `child`, which refers to it, along.
    pub fn takes(&mut self, parent: Node, child: Node) {
        self.takes.push((parent, child));
    }

    /// Whether a row goes.
    pub fn goes(&self, node: Node) -> bool {
        self.kept[node as usize].is_none()
    }

    /// The arrows from parents to the children they need, both of which go.
    pub fn arrows(&self) -> impl Iterator<Item = (Node, Node)> + '_ {
        self.needs.iter().copied().filter(|(parent, child)| self.goes(*parent) && self.goes(*child))
    }

    /// Works out what goes: everything else gets its reason. `child_table` names the table of a node.
    pub fn settle(&mut self, table_name: impl Fn(u16) -> String) {
        let needed_by: Vec<(u32, u32)> = self.needs.iter().map(|(parent, child)| (*child, *parent)).collect();
        let needed_by = Graph::new(self.places.len(), &needed_by);
        let taken = Graph::new(self.places.len(), &self.takes);
        let mut fresh: Vec<Node> = (0..self.places.len() as Node).filter(|node| !self.goes(*node)).collect();
        loop {
            while let Some(node) = fresh.pop() {
                let because = self.reason(node).cloned();
                for parent in needed_by.from(node) {
                    if self.goes(*parent) {
                        let child = table_name(self.places[node as usize].0);
                        let reason = match &because {
                            Some(KeptReason::Hold | KeptReason::HoldOn { .. }) => KeptReason::HoldOn { child },
                            Some(own @ (KeptReason::Hidden { .. } | KeptReason::NoKeyOn { .. })) => own.clone(),
                            Some(KeptReason::NoKey) => KeptReason::NoKeyOn { child },
                            Some(KeptReason::File { .. } | KeptReason::FileOn { .. }) => KeptReason::FileOn { child },
                            Some(KeptReason::Minimum { child: own, .. }) => {
                                KeptReason::Minimum { child: own.clone(), through: Some(child).filter(|at| at != own) }
                            }
                            Some(KeptReason::Referenced { child: own, .. }) => KeptReason::Referenced {
                                child: own.clone(),
                                through: Some(child).filter(|at| at != own),
                            },
                            _ => KeptReason::Referenced { child, through: None },
                        };
                        self.keep(*parent, reason);
                        fresh.push(*parent);
                    }
                }
            }
            let mut reached = vec![false; self.places.len()];
            let mut work: Vec<Node> =
                (0..self.places.len() as Node).filter(|node| self.goes(*node) && self.due[*node as usize]).collect();
            work.iter().for_each(|node| reached[*node as usize] = true);
            while let Some(node) = work.pop() {
                for child in taken.from(node) {
                    if self.goes(*child) && !reached[*child as usize] {
                        reached[*child as usize] = true;
                        work.push(*child);
                    }
                }
            }
            for node in 0..self.places.len() as Node {
                if self.goes(node) && !reached[node as usize] {
                    self.keep(node, KeptReason::NotTaken);
                    fresh.push(node);
                }
            }
            if fresh.is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(key: i64) -> Rows {
        Rows { keys: vec![KeyColumn::Integers(vec![key])], versions: vec![0], ..Rows::default() }
    }

    fn world(rows: usize, due: &[u32], held: &[u32], takes: &[(u32, u32)], needs: &[(u32, u32)]) -> Closure {
        let mut closure = Closure::new(1);
        for key in 0..rows {
            closure.add(0, &row(key as i64), 0, 0, due.contains(&(key as u32)));
        }
        held.iter().for_each(|node| closure.keep(*node, KeptReason::Hold));
        takes.iter().for_each(|(parent, child)| closure.takes(*parent, *child));
        needs.iter().for_each(|(parent, child)| closure.needs(*parent, *child));
        closure.settle(|_| "t".to_owned());
        closure
    }

    fn gone(closure: &Closure) -> Vec<u32> {
        (0..closure.places.len() as u32).filter(|node| closure.goes(*node)).collect()
    }

    #[test]
    fn a_held_grandchild_keeps_its_whole_line_and_frees_what_only_came_along() {
        // 0 is due and takes 1 and 2 along; 1 takes 3 along; 3 is held. So 1 and 0 stay, and 2 too.
        let edges = [(0, 1), (0, 2), (1, 3)];
        let closure = world(4, &[0], &[3], &edges, &edges);
        assert!(gone(&closure).is_empty());
        assert_eq!(closure.reason(0), Some(&KeptReason::HoldOn { child: "t".to_owned() }));
        assert_eq!(closure.reason(2), Some(&KeptReason::NotTaken));
    }

    #[test]
    fn a_child_of_two_goes_with_the_one_that_goes_and_then_stops_nobody() {
        // 0 and 1 are due and both take 2 along; 1 needs 3, which stays.
        let closure = world(4, &[0, 1], &[3], &[(0, 2), (1, 2)], &[(0, 2), (1, 2), (1, 3)]);
        assert_eq!(gone(&closure), [0, 2]);
    }

    #[test]
    fn a_ring_that_nobody_due_takes_along_stays() {
        // 1 and 2 take each other along; 0, the only one due, is held.
        let edges = [(0, 1), (1, 2), (2, 1)];
        assert!(gone(&world(3, &[0], &[0], &edges, &edges)).is_empty());
        assert_eq!(gone(&world(3, &[0], &[], &edges, &edges)), [0, 1, 2]);
    }

    proptest! {
        /// The slow way: try all sets of a small world.
        #[test]
        fn the_answer_is_the_largest_set_that_keeps_the_rules(
            due in proptest::collection::vec(0_u32..6, 0..4),
            held in proptest::collection::vec(0_u32..6, 0..2),
            takes in proptest::collection::vec((0_u32..6, 0_u32..6), 0..8),
            more in proptest::collection::vec((0_u32..6, 0_u32..6), 0..4),
        ) {
            let needs: Vec<(u32, u32)> = takes.iter().chain(&more).copied().collect();
            let fits = |set: u32| {
                let has = |node: u32| set >> node & 1 == 1;
                let mut taken: u32 = due.iter().filter(|node| has(**node)).fold(0, |set, node| set | 1 << node);
                for _ in 0..6 {
                    for (parent, child) in &takes {
                        if taken >> parent & 1 == 1 && has(*child) {
                            taken |= 1 << child;
                        }
                    }
                }
                taken == set
                    && held.iter().all(|node| !has(*node))
                    && needs.iter().all(|(parent, child)| !has(*parent) || has(*child))
            };
            let best = (0..64_u32).filter(|set| fits(*set)).fold(0, |best, set| best | set);
            prop_assert!(fits(best));
            let found = gone(&world(6, &due, &held, &takes, &needs)).iter().fold(0, |set, node| set | 1 << node);
            prop_assert_eq!(found, best);
        }
    }
}
