//! Rows that go with all that hangs on them: small trees of rows, packed so that a few records make one
//! transaction. To a tree belong the rows that go, and those that stay and lose their reference to one of them.
//!
//! A tree goes as a whole or not at all: when its parent turns out to stay (it was changed, is held, is referred to
//! anew), then its children stay too, and what refers to it goes on doing so. And deleting a tree as a whole is what an
//! engine does cheapest: whether the parent is due is asked once and not of each child, and the foreign keys' triggers
//! find what they look for still in memory. What hangs together in more than [`LARGEST_TREE`] rows goes in several
//! transactions (`apply::in_parts`).

use std::collections::HashMap;
use std::collections::HashSet;

use crate::closure::Node;
use crate::partitions::Whole;
use crate::planner::Found;
use crate::planner::PlanInput;
use crate::rows_file::Together;

/// Rows of the largest tree: a transaction of about 100 ms.
pub const LARGEST_TREE: u32 = 10_000;

/// Rows of a bundle of trees.
const BUNDLE: u32 = 2_000;

/// Trees, packed.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    /// Of each node that belongs to one: with what it goes, and its tree.
    inside: Vec<Option<(Together, u32)>>,
    bundles: Vec<Vec<Node>>,
    large: Vec<Vec<Node>>,
}

impl Trees {
    /// The trees among the rows that go, less rows that go with their partition (nothing hangs on those) and all of which
    /// rows go at once with others of these tables. `losing` are the parents of each row that stays and loses its
    /// references to them.
    pub(crate) fn find<'n>(
        found: &Found,
        input: &PlanInput<'_>,
        (partitions, at_once): (&[Whole], &HashSet<u16>),
        losing: impl Iterator<Item = &'n [Node]> + Clone,
    ) -> Self {
        let closure = &found.closure;
        let nodes = closure.places.len();
        let mut forest = Forest::new(nodes);
        let in_partitions: HashSet<Node> = partitions.iter().flat_map(|part| part.nodes.iter().copied()).collect();
        for (parent, child) in closure.arrows().chain(found.unlinked_pairs(input)) {
            if !in_partitions.contains(&child) {
                forest.join(parent, child);
            }
        }
        for parents in losing.clone() {
            parents.iter().for_each(|parent| forest.join(parents[0], *parent));
        }
        let mut loses: HashMap<Node, u32> = HashMap::new();
        for parents in losing {
            *loses.entry(forest.root(parents[0])).or_default() += 1;
        }
        let fits: Vec<bool> = found.groups.iter().map(|group| !at_once.contains(&group.table)).collect();
        let mut refused = vec![false; nodes];
        for node in (0..nodes as Node).filter(|node| closure.goes(*node)) {
            if !fits[closure.groups[node as usize] as usize] {
                refused[forest.root(node) as usize] = true;
            }
        }
        let mut trees = Self { inside: vec![None; nodes], ..Self::default() };
        let (mut bundle_of, mut large_of) = (HashMap::new(), HashMap::new());
        let mut filled = BUNDLE;
        // Rows that are due were found first, in the order of the table: neighbours go together.
        for node in (0..nodes as Node).filter(|node| closure.goes(*node)) {
            let root = forest.root(node);
            let size = forest.sizes[root as usize] + loses.get(&root).copied().unwrap_or(0);
            if refused[root as usize] || size < 2 || in_partitions.contains(&node) {
                continue;
            }
            if size > input.largest_tree {
                let large = *large_of.entry(root).or_insert_with(|| {
                    trees.large.push(Vec::new());
                    trees.large.len() - 1
                });
                trees.large[large].push(node);
                trees.inside[node as usize] = Some((Together::Large(large as u32 + 1), root));
                continue;
            }
            let bundle = *bundle_of.entry(root).or_insert_with(|| {
                if filled + size > BUNDLE {
                    trees.bundles.push(Vec::new());
                    filled = 0;
                }
                filled += size;
                trees.bundles.len() - 1
            });
            trees.bundles[bundle].push(node);
            trees.inside[node as usize] = Some((Together::Trees(bundle as u32 + 1), root));
        }
        trees
    }

    /// Whether a row belongs to a tree.
    pub(crate) fn has(&self, node: Node) -> bool {
        self.of(node).is_some()
    }

    /// With what a row goes that belongs to a tree, and the tree.
    pub(crate) fn of(&self, node: Node) -> Option<(Together, u32)> {
        self.inside.get(node as usize).copied().flatten()
    }

    /// The bundles, numbered from 1.
    pub(crate) fn bundles(&self) -> impl Iterator<Item = (u32, &[Node])> {
        self.bundles.iter().enumerate().map(|(at, nodes)| (at as u32 + 1, nodes.as_slice()))
    }

    /// The trees that are too large for one transaction, numbered from 1.
    pub(crate) fn large(&self) -> impl Iterator<Item = (u32, &[Node])> {
        self.large.iter().enumerate().map(|(at, nodes)| (at as u32 + 1, nodes.as_slice()))
    }
}

/// Disjoint sets, joined by size.
struct Forest {
    above: Vec<Node>,
    sizes: Vec<u32>,
}

impl Forest {
    fn new(nodes: usize) -> Self {
        Self { above: (0..nodes as Node).collect(), sizes: vec![1; nodes] }
    }

    fn root(&mut self, node: Node) -> Node {
        let mut at = node;
        while self.above[at as usize] != at {
            let next = self.above[at as usize];
            self.above[at as usize] = self.above[next as usize];
            at = next;
        }
        at
    }

    fn join(&mut self, one: Node, other: Node) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            let (small, large) =
                if self.sizes[one as usize] < self.sizes[other as usize] { (one, other) } else { (other, one) };
            self.above[small as usize] = large;
            self.sizes[large as usize] += self.sizes[small as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_are_joined_have_one_root_and_their_size() {
        let mut forest = Forest::new(6);
        [(0, 1), (2, 3), (1, 3), (0, 2)].iter().for_each(|(one, other)| forest.join(*one, *other));
        let root = forest.root(0);
        assert!([1, 2, 3].iter().all(|node| forest.root(*node) == root));
        assert_eq!((forest.sizes[root as usize], forest.root(4)), (4, 4));
        assert_ne!(forest.root(5), root);
    }
}
