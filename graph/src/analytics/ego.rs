//! What lies around a node.

use std::collections::BTreeMap;

use super::paths::Way;
use crate::{NodeId, RelId, Snapshot};

/// The surroundings of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ego {
    /// The nodes with how far away they are, the centre first, then by distance and order.
    pub nodes: Vec<(NodeId, usize)>,
    /// Every relationship between these nodes, in order.
    pub rels: Vec<RelId>,
    /// Whether all nodes within the radius are there.
    pub complete: bool,
}

/// The nodes within so many relationships of a node, at most `most`, and all relationships between them.
pub fn ego(graph: &Snapshot, centre: NodeId, radius: usize, way: Way, most: usize) -> Ego {
    let mut found = BTreeMap::from([(centre, 0)]);
    let mut nodes = vec![(centre, 0)];
    let mut complete = true;
    let mut next = 0;
    'search: while let Some(&(at, distance)) = nodes.get(next) {
        next += 1;
        if distance == radius {
            break;
        }
        let back = if way == Way::Both { graph.incoming(at) } else { &[] };
        for hop in graph.out(at).iter().chain(back) {
            if found.contains_key(&hop.node) {
                continue;
            }
            if nodes.len() >= most {
                complete = false;
                break 'search;
            }
            found.insert(hop.node, distance + 1);
            nodes.push((hop.node, distance + 1));
        }
    }
    let mut rels: Vec<RelId> =
        found.keys().flat_map(|n| graph.out(*n)).filter(|h| found.contains_key(&h.node)).map(|h| h.rel).collect();
    rels.sort_unstable();
    nodes.sort_by_key(|(node, distance)| (*distance, *node));
    Ego { nodes, rels, complete }
}
