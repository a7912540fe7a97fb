//! Analytics over a snapshot: pure, deterministic, the same whatever the number of threads.
//!
//! Whatever could take too long is bounded by an argument, and the answer says whether it is whole.

mod betweenness;
mod changes;
mod components;
mod ego;
mod gaps;
mod louvain;
mod pagerank;
mod paths;
mod threads;

pub use betweenness::{Betweenness, Sources, betweenness};
pub use changes::{Changed, Changes, changes};
pub use components::{Components, components};
pub use ego::{Ego, ego};
pub use gaps::{Gaps, LinkGap, PropertyGap, gaps};
pub use louvain::{Communities, louvain, modularity};
pub use pagerank::{PageRank, page_rank};
pub use paths::{Simple, Way, shortest_path, simple_paths};

use crate::{NodeId, Snapshot};

/// The neighbours of each node, each once, in order: relationships taken in both directions, loops left out.
fn neighbours(graph: &Snapshot) -> Vec<Vec<u32>> {
    graph.nodes().map(|node| around(graph, node, true)).collect()
}

/// The nodes a relationship leads to from a node, each once; with `both`, those it comes from too.
fn around(graph: &Snapshot, node: NodeId, both: bool) -> Vec<u32> {
    let incoming = if both { graph.incoming(node) } else { &[] };
    let mut near: Vec<u32> =
        graph.out(node).iter().chain(incoming).map(|h| h.node.0).filter(|n| *n != node.0).collect();
    near.sort_unstable();
    near.dedup();
    near
}

#[cfg(test)]
mod tests;
