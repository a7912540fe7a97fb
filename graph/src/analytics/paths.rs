//! Paths between two nodes.

use std::collections::{HashMap, VecDeque};

use crate::snapshot::Hop;
use crate::value::Path;
use crate::{NodeId, Snapshot};

/// Which relationships a path may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Only forward.
    Forward,
    /// In either direction.
    Both,
}

/// Simple paths, and whether they are all there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Simple {
    /// The paths, in the order of a depth first search.
    pub paths: Vec<Path>,
    /// Whether no limit cut the search short.
    pub complete: bool,
}

fn hops(graph: &Snapshot, at: NodeId, way: Way) -> impl Iterator<Item = Hop> + '_ {
    let back = if way == Way::Both { graph.incoming(at) } else { &[] };
    graph.out(at).iter().chain(back).copied().filter(move |h| h.node != at)
}

/// A shortest path, found breadth first; of several the one whose relationships were built first. A node is its own path.
pub fn shortest_path(graph: &Snapshot, from: NodeId, to: NodeId, way: Way) -> Option<Path> {
    let mut came: HashMap<NodeId, Hop> = HashMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == to {
            return Some(back(&came, from, to));
        }
        for hop in hops(graph, at, way) {
            if hop.node != from && !came.contains_key(&hop.node) {
                came.insert(hop.node, Hop { rel: hop.rel, node: at });
                open.push_back(hop.node);
            }
        }
    }
    None
}

fn back(came: &HashMap<NodeId, Hop>, from: NodeId, to: NodeId) -> Path {
    let (mut nodes, mut rels, mut at) = (vec![to], Vec::new(), to);
    while let Some(hop) = came.get(&at).filter(|_| at != from) {
        rels.push(hop.rel);
        nodes.push(hop.node);
        at = hop.node;
    }
    nodes.reverse();
    rels.reverse();
    Path { nodes, rels }
}

/// All paths of at most `longest` relationships that visit no node twice.
///
/// At most `most` are given and at most `work` relationships looked at; [`Simple::complete`] says whether that was enough.
pub fn simple_paths(
    graph: &Snapshot,
    from: NodeId,
    to: NodeId,
    way: Way,
    longest: usize,
    most: usize,
    work: u64,
) -> Simple {
    let mut found = Simple { paths: Vec::new(), complete: true };
    let mut left = work;
    let mut nodes = vec![from];
    let mut rels = Vec::new();
    let mut open: Vec<Vec<Hop>> = vec![next(graph, from, way)];
    if from == to {
        found.paths.push(Path { nodes, rels });
        return found;
    }
    while let Some(choices) = open.last_mut() {
        let Some(hop) = choices.pop() else {
            open.pop();
            nodes.pop();
            rels.pop();
            continue;
        };
        if left == 0 {
            found.complete = false;
            break;
        }
        left -= 1;
        if nodes.contains(&hop.node) || rels.len() >= longest {
            continue;
        }
        if hop.node == to {
            if found.paths.len() == most {
                found.complete = false;
                break;
            }
            let mut path = Path { nodes: nodes.clone(), rels: rels.clone() };
            path.nodes.push(to);
            path.rels.push(hop.rel);
            found.paths.push(path);
        } else if rels.len() + 1 < longest {
            nodes.push(hop.node);
            rels.push(hop.rel);
            open.push(next(graph, hop.node, way));
        }
    }
    found
}

/// The steps from a node, the first of them last.
fn next(graph: &Snapshot, at: NodeId, way: Way) -> Vec<Hop> {
    let mut all: Vec<Hop> = hops(graph, at, way).collect();
    all.reverse();
    all
}
