//! Connected parts.

use crate::Snapshot;

/// Parts of a graph between which no relationship leads, whichever way relationships point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// The part of each node, in the order of the nodes. 0 is the largest, of several as large the one built first.
    pub of: Vec<u32>,
    /// How many nodes each part has, the largest first.
    pub sizes: Vec<usize>,
}

/// The weakly connected components, by disjoint sets with path halving (Tarjan and van Leeuwen 1984).
pub fn components(graph: &Snapshot) -> Components {
    let n = graph.node_count();
    let mut above: Vec<u32> = graph.nodes().map(|v| v.0).collect();
    let find = |above: &mut Vec<u32>, mut at: u32| {
        while above[at as usize] != at {
            let next = above[above[at as usize] as usize];
            above[at as usize] = next;
            at = next;
        }
        at
    };
    for rel in graph.rels() {
        let (a, b) = (find(&mut above, graph.source(rel).0), find(&mut above, graph.target(rel).0));
        // The node that was built first stands for its part.
        above[a.max(b) as usize] = a.min(b);
    }
    let mut size = vec![0_usize; n];
    let root: Vec<u32> = graph.nodes().map(|v| find(&mut above, v.0)).collect();
    root.iter().for_each(|r| size[*r as usize] += 1);
    let mut order: Vec<u32> = graph.nodes().map(|v| v.0).filter(|v| size[*v as usize] > 0).collect();
    order.sort_by_key(|r| (std::cmp::Reverse(size[*r as usize]), *r));
    let mut rank = vec![0_u32; n];
    for (place, r) in (0..).zip(&order) {
        rank[*r as usize] = place;
    }
    Components {
        of: root.iter().map(|r| rank[*r as usize]).collect(),
        sizes: order.iter().map(|r| size[*r as usize]).collect(),
    }
}
