//! How rows hang together that are too many for one transaction: which of them go, and in what parts. Pure.

use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::amend::SkipReason;

use crate::order::Graph;

/// The number of a row among those that hang together.
pub(super) type Node = u32;

/// What is known of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Its table, by any number.
    pub(super) table: u16,
    /// The table whose rows take it along; none when it goes by a rule of its own.
    pub(super) taken_by: Option<u16>,
    /// It stays and loses its references.
    pub(super) rewritten: bool,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is to be changed.
    Goes,
    /// It was changed.
    Done,
    /// It stays, or somebody else took it.
    Stays(SkipReason),
}

/// Rows, and who refers to whom.
pub(super) struct Hanging {
    known: Vec<Known>,
    /// Arrows from a row to those that refer to it.
    below: Graph,
    /// The same arrows, turned round.
    above: Graph,
    fates: Vec<Fate>,
}

impl Hanging {
    /// Rows that all are to be changed, with the arrows from each to those that refer to it.
    pub(super) fn new(known: Vec<Known>, arrows: &[(Node, Node)]) -> Self {
        let turned: Vec<(Node, Node)> = arrows.iter().map(|(parent, child)| (*child, *parent)).collect();
        let (below, above) = (Graph::new(known.len(), arrows), Graph::new(known.len(), &turned));
        let fates = vec![Fate::Goes; known.len()];
        Self { known, below, above, fates }
    }

    /// What becomes of a row.
    pub(super) fn fate(&self, node: Node) -> Fate {
        self.fates[node as usize]
    }

    /// Whether a row is still to be changed.
    pub(super) fn goes(&self, node: Node) -> bool {
        self.fate(node) == Fate::Goes
    }

    /// Says that a row was changed.
    pub(super) fn done(&mut self, node: Node) {
        self.fates[node as usize] = Fate::Done;
    }

    /// Says that a row is not to be changed. Whoever it refers to stays too, and of what refers to it whatever would only
    /// have gone, or lost its reference, because of it. One that is gone keeps nobody.
    pub(super) fn stays(&mut self, node: Node, reason: SkipReason) {
        let mut work = vec![(node, reason)];
        while let Some((node, reason)) = work.pop() {
            if !self.goes(node) {
                continue;
            }
            self.fates[node as usize] = Fate::Stays(reason);
            if reason == SkipReason::Gone {
                continue;
            }
            work.extend(self.above.from(node).iter().map(|parent| (*parent, SkipReason::Together)));
            let table = self.known[node as usize].table;
            let with_it = |child: &&Node| {
                let child = self.known[**child as usize];
                child.rewritten || child.taken_by == Some(table)
            };
            work.extend(self.below.from(node).iter().filter(with_it).map(|child| (*child, SkipReason::Together)));
        }
    }

    /// How many rows went because of one that stays: somebody changed it in between.
    pub(super) fn lost(&self) -> u64 {
        let stays = |node: &Node| matches!(self.fate(*node), Fate::Stays(reason) if reason != SkipReason::Gone);
        let lost = |node: &Node| {
            let known = self.known[*node as usize];
            let because = |parent: &Node| {
                stays(parent) && (known.rewritten || known.taken_by == Some(self.known[*parent as usize].table))
            };
            self.fate(*node) == Fate::Done && self.above.from(*node).iter().any(because)
        };
        (0..self.known.len() as Node).filter(lost).count() as u64
    }

    /// The rows that go in parts, children before their parents: each is a row with all that hangs on it, or where that
    /// is more than `most` the row alone, after it. Rows that refer to each other in a ring are one part.
    pub(super) fn parts(&self, most: usize) -> Vec<Vec<Node>> {
        let going: Vec<Node> = (0..self.known.len() as Node).filter(|node| self.goes(*node)).collect();
        let graph = self.among(&going);
        let components = graph.components();
        let mut component_of = vec![0_usize; going.len()];
        for (at, component) in components.iter().enumerate() {
            component.iter().for_each(|member| component_of[*member as usize] = at);
        }
        // They come as a walk from the parents leaves them: what hangs on one stands right before it.
        let mut ended: Vec<Ended> = Vec::new();
        let mut begins = vec![false; components.len() + 1];
        for (at, component) in components.iter().enumerate() {
            let children = component.iter().flat_map(|member| graph.from(*member));
            let children: HashSet<usize> = children.map(|child| component_of[*child as usize]).collect();
            let mut here = Ended { last: at, first: at, rows: component.len(), small: true };
            let from = ended.iter().rposition(|other| !children.contains(&other.last)).map_or(0, |other| other + 1);
            let below: Vec<Ended> = ended.split_off(from);
            here.rows += below.iter().map(|child| child.rows).sum::<usize>();
            here.small = here.rows <= most && below.iter().all(|child| child.small);
            if here.small {
                here.first = below.first().map_or(at, |child| child.first);
            } else {
                for child in below.iter().filter(|child| child.small) {
                    (begins[child.first], begins[child.last + 1]) = (true, true);
                }
                (begins[at], begins[at + 1]) = (true, true);
            }
            ended.push(here);
        }
        for root in ended.iter().filter(|root| root.small) {
            (begins[root.first], begins[root.last + 1]) = (true, true);
        }
        let mut parts: Vec<Vec<Node>> = Vec::new();
        for (at, component) in components.iter().enumerate() {
            if begins[at] {
                parts.push(Vec::new());
            }
            let rows = component.iter().map(|member| going[*member as usize]);
            parts.last_mut().expect("the first component begins a part").extend(rows);
        }
        parts
    }

    /// The table of the last row of a part: the one on which the rest hangs.
    pub(super) fn root_table(&self, part: &[Node]) -> Option<u16> {
        part.last().map(|node| self.known[*node as usize].table)
    }

    /// How far each of some rows stands above those of them to which nothing refers.
    pub(super) fn heights(&self, nodes: &[Node]) -> Vec<u32> {
        let graph = self.among(nodes);
        let mut heights = vec![0_u32; nodes.len()];
        for component in graph.components() {
            let below = component.iter().flat_map(|member| graph.from(*member)).filter(|to| !component.contains(to));
            let own = below.map(|to| heights[*to as usize] + 1).max().unwrap_or(0);
            component.iter().for_each(|member| heights[*member as usize] = own);
        }
        heights
    }

    /// The rows that some refer to, directly or not, which are still to go and are none of them.
    pub(super) fn above(&self, nodes: &[Node]) -> Vec<Node> {
        let mut seen: HashSet<Node> = nodes.iter().copied().collect();
        let mut work = nodes.to_vec();
        let mut found = Vec::new();
        while let Some(node) = work.pop() {
            for parent in self.above.from(node).iter().copied().filter(|parent| self.goes(*parent)) {
                if seen.insert(parent) {
                    found.push(parent);
                    work.push(parent);
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// The arrows among some rows, by their positions.
    fn among(&self, nodes: &[Node]) -> Graph {
        let position: HashMap<Node, u32> = nodes.iter().enumerate().map(|(at, node)| (*node, at as u32)).collect();
        let from = |(at, node): (usize, &Node)| {
            let to = self.below.from(*node).iter().filter_map(|child| position.get(child).copied());
            to.map(move |to| (at as u32, to)).collect::<Vec<_>>()
        };
        let arrows: Vec<(u32, u32)> = nodes.iter().enumerate().flat_map(from).collect();
        Graph::new(nodes.len(), &arrows)
    }
}

/// A component that was left, with what hangs on it.
struct Ended {
    first: usize,
    last: usize,
    rows: usize,
    small: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CUSTOMERS: u16 = 0;
    const ORDERS: u16 = 1;
    const NOTES: u16 = 2;

    /// A customer (0) with three orders (1 to 3), the first of which is due by itself, an item of the last (4), and a
    /// note that loses its reference to the customer (5).
    fn shop() -> Hanging {
        let row = |table, taken_by, rewritten| Known { table, taken_by, rewritten };
        let taken = |by| row(ORDERS, Some(by), false);
        let known = vec![
            row(CUSTOMERS, None, false),
            row(ORDERS, None, false),
            taken(CUSTOMERS),
            taken(CUSTOMERS),
            row(3, Some(ORDERS), false),
            row(NOTES, None, true),
        ];
        Hanging::new(known, &[(0, 1), (0, 2), (0, 3), (3, 4), (0, 5)])
    }

    fn staying(hanging: &Hanging) -> Vec<Node> {
        (0..6).filter(|node| !hanging.goes(*node)).collect()
    }

    #[test]
    fn who_stays_keeps_what_would_go_because_of_them_and_whom_they_refer_to() {
        let mut hanging = shop();
        hanging.stays(0, SkipReason::Held);
        assert_eq!(staying(&hanging), [0, 2, 3, 4, 5], "the first order is due by itself");
        let mut hanging = shop();
        hanging.stays(4, SkipReason::Changed);
        assert_eq!(staying(&hanging), [0, 2, 3, 4, 5]);
        let mut hanging = shop();
        hanging.stays(3, SkipReason::Gone);
        assert_eq!(staying(&hanging), [3], "who is gone keeps nobody");
        let mut hanging = shop();
        hanging.done(2);
        hanging.stays(0, SkipReason::Changed);
        assert_eq!((staying(&hanging), hanging.lost()), (vec![0, 2, 3, 4, 5], 1));
    }

    #[test]
    fn what_fits_goes_with_its_parent_and_the_rest_before_it() {
        let sorted = |parts: Vec<Vec<Node>>| {
            parts
                .into_iter()
                .map(|mut part| {
                    part.sort_unstable();
                    part
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(sorted(shop().parts(6)), [[0, 1, 2, 3, 4, 5]]);
        let parts = sorted(shop().parts(2));
        assert_eq!(parts.last().unwrap(), &[0]);
        assert!(parts.contains(&vec![3, 4]) && parts.len() == 5, "{parts:?}");
        assert_eq!(shop().above(&[4]), [0, 3]);
    }

    proptest! {
        #[test]
        fn parts_hold_each_row_once_children_first(
            rows in 1_u32..60,
            arrows in proptest::collection::vec((0_u32..60, 0_u32..60), 0..90),
            most in 1_usize..20,
        ) {
            // From lower numbers to higher ones: no rings.
            let arrows: Vec<(Node, Node)> = arrows
                .into_iter()
                .map(|(one, other)| (one % rows, other % rows))
                .filter(|(one, other)| one != other)
                .map(|(one, other)| (one.min(other), one.max(other)))
                .collect();
            let known = vec![Known { table: 0, taken_by: None, rewritten: false }; rows as usize];
            let parts = Hanging::new(known, &arrows).parts(most);
            let mut seen = HashSet::new();
            for part in &parts {
                prop_assert!(part.len() <= most.max(1));
                for node in part {
                    prop_assert!(seen.insert(*node));
                }
                for (parent, child) in &arrows {
                    prop_assert!(!part.contains(parent) || seen.contains(child), "{parts:?}");
                }
            }
            prop_assert_eq!(seen.len(), rows as usize);
        }
    }
}
