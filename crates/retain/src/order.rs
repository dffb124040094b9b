//! Strongly connected components, in an order in which children come before their parents.
//!
//! Tarjan's algorithm (SIAM J. Comput. 1 (1972), 146) without recursion: a chain of a million rows that refer
//! to each other must not overflow the stack. Used for tables and for rows alike.

/// Who points to whom, by position: compressed rows of an adjacency list.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Graph {
    /// The graph of `nodes` nodes with these arrows.
    pub fn new(nodes: usize, arrows: &[(u32, u32)]) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        for (from, _) in arrows {
            starts[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; arrows.len()];
        for (from, to) in arrows {
            targets[next[*from as usize] as usize] = *to;
            next[*from as usize] += 1;
        }
        Self { starts, targets }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the arrows of a node lead.
    pub fn from(&self, node: u32) -> &[u32] {
        &self.targets[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// The strongly connected components; one that another points to comes before it. With arrows from
    /// parents to children that is: children first.
    pub fn components(&self) -> Vec<Vec<u32>> {
        const UNSEEN: u32 = u32::MAX;
        let nodes = self.len();
        let (mut index, mut low) = (vec![UNSEEN; nodes], vec![0_u32; nodes]);
        let mut on_stack = vec![false; nodes];
        let (mut stack, mut found, mut count) = (Vec::new(), Vec::new(), 0_u32);
        for root in 0..nodes as u32 {
            if index[root as usize] != UNSEEN {
                continue;
            }
            let mut work: Vec<(u32, usize)> = vec![(root, 0)];
            while let Some((node, at)) = work.pop() {
                let here = node as usize;
                if at == 0 {
                    (index[here], low[here]) = (count, count);
                    count += 1;
                    stack.push(node);
                    on_stack[here] = true;
                }
                let arrows = self.from(node);
                match arrows[at..].iter().position(|to| index[*to as usize] == UNSEEN) {
                    Some(step) => {
                        let to = arrows[at + step];
                        for seen in &arrows[at..at + step] {
                            if on_stack[*seen as usize] {
                                low[here] = low[here].min(index[*seen as usize]);
                            }
                        }
                        // Come back to this arrow: it then counts as seen, with its own low.
                        work.push((node, at + step + 1));
                        work.push((to, 0));
                    }
                    None => {
                        for seen in &arrows[at..] {
                            if on_stack[*seen as usize] {
                                low[here] = low[here].min(index[*seen as usize]);
                            }
                        }
                        // The low of each child that was opened from here counts too.
                        for seen in arrows {
                            if on_stack[*seen as usize] {
                                low[here] = low[here].min(low[*seen as usize]);
                            }
                        }
                        if low[here] == index[here] {
                            let start = stack.iter().rposition(|other| *other == node).expect("it was pushed");
                            let component: Vec<u32> = stack.split_off(start);
                            component.iter().for_each(|member| on_stack[*member as usize] = false);
                            found.push(component);
                        }
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Which nodes each one reaches, the slow way.
    fn reach(nodes: usize, arrows: &[(u32, u32)]) -> Vec<Vec<bool>> {
        let mut reach = vec![vec![false; nodes]; nodes];
        for (node, row) in reach.iter_mut().enumerate() {
            row[node] = true;
        }
        for (from, to) in arrows {
            reach[*from as usize][*to as usize] = true;
        }
        for via in 0..nodes {
            for from in 0..nodes {
                for to in 0..nodes {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        reach
    }

    proptest! {
        #[test]
        fn components_are_those_of_mutual_reach_and_children_come_first(
            nodes in 1_usize..9,
            arrows in proptest::collection::vec((0_u32..9, 0_u32..9), 0..24),
        ) {
            let arrows: Vec<(u32, u32)> =
                arrows.into_iter().filter(|(from, to)| (*from as usize) < nodes && (*to as usize) < nodes).collect();
            let components = Graph::new(nodes, &arrows).components();
            let mut of = vec![usize::MAX; nodes];
            for (at, component) in components.iter().enumerate() {
                for node in component {
                    prop_assert_eq!(of[*node as usize], usize::MAX);
                    of[*node as usize] = at;
                }
            }
            let reach = reach(nodes, &arrows);
            for left in 0..nodes {
                for right in 0..nodes {
                    prop_assert_eq!(of[left] == of[right], reach[left][right] && reach[right][left]);
                    prop_assert!(!reach[left][right] || of[right] <= of[left]);
                }
            }
        }
    }

    #[test]
    fn a_chain_of_a_million_rows_needs_no_stack() {
        let arrows: Vec<(u32, u32)> = (0..999_999).map(|node| (node, node + 1)).collect();
        let components = Graph::new(1_000_000, &arrows).components();
        assert_eq!((components.len(), &components[0]), (1_000_000, &vec![999_999]));
    }
}
