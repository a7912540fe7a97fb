//! Betweenness centrality.

use super::around;
use super::threads::in_blocks;
use crate::{NodeId, Snapshot};

/// Where shortest paths are looked at from.
#[derive(Clone, Debug)]
pub enum Sources {
    /// Every node: exact.
    All,
    /// These nodes: an estimate (Brandes and Pich 2007).
    Given(Vec<NodeId>),
    /// All when the graph has at most so many nodes, else so many, evenly spread over the order of nodes.
    UpTo(usize),
}

/// How often each node lies on the shortest paths between others.
#[derive(Clone, Debug, PartialEq)]
pub struct Betweenness {
    /// From 0 to 1, in the order of the nodes.
    pub scores: Vec<f64>,
    /// Whether all nodes were sources. Otherwise the scores are estimates.
    pub exact: bool,
    /// How many sources were taken.
    pub sources: usize,
}

/// Blocks of sources. Fixed, so that sums do not depend on threads.
const BLOCKS: usize = 8;

/// Betweenness after Brandes (2001): `directed` follows relationships only forward. Parallel ones count once.
///
/// Takes one breadth first search per source, O(nodes + relationships) each.
#[allow(clippy::cast_precision_loss)] // Counts of nodes.
pub fn betweenness(graph: &Snapshot, directed: bool, sources: &Sources) -> Betweenness {
    let n = graph.node_count();
    let from: Vec<u32> = match sources {
        Sources::All => graph.nodes().map(|v| v.0).collect(),
        Sources::Given(nodes) => nodes.iter().map(|v| v.0).filter(|v| (*v as usize) < n).collect(),
        Sources::UpTo(most) if n <= *most => graph.nodes().map(|v| v.0).collect(),
        Sources::UpTo(most) => (0..*most).map(|i| u32::try_from(i * n / most).unwrap_or(0)).collect(),
    };
    let near = Compact::new(graph, directed);
    let size = from.len().div_ceil(BLOCKS).max(1);
    let blocks = in_blocks(from.len().div_ceil(size), |block| {
        let mut search = Search::new(n);
        for source in &from[block * size..((block + 1) * size).min(from.len())] {
            search.run(&near, *source);
        }
        search.scores
    });
    let mut scores = vec![0.0; n];
    for block in blocks {
        scores.iter_mut().zip(block).for_each(|(sum, part)| *sum += part);
    }
    let pairs = n.saturating_sub(1) as f64 * n.saturating_sub(2) as f64;
    if pairs > 0.0 && !from.is_empty() {
        let scale = n as f64 / from.len() as f64 / pairs;
        scores.iter_mut().for_each(|s| *s *= scale);
    }
    Betweenness { scores, exact: from.len() == n, sources: from.len() }
}

/// Neighbours in one piece of memory.
struct Compact {
    starts: Vec<usize>,
    to: Vec<u32>,
}

impl Compact {
    fn new(graph: &Snapshot, directed: bool) -> Self {
        let mut compact = Self { starts: vec![0], to: Vec::with_capacity(graph.rel_count()) };
        for node in graph.nodes() {
            compact.to.extend(around(graph, node, !directed));
            compact.starts.push(compact.to.len());
        }
        compact
    }

    fn of(&self, at: u32) -> &[u32] {
        &self.to[self.starts[at as usize]..self.starts[at as usize + 1]]
    }
}

const UNSEEN: u32 = u32::MAX;

/// The memory of a search, used again for each source.
struct Search {
    scores: Vec<f64>,
    distance: Vec<u32>,
    /// Shortest paths from the source to each node.
    ways: Vec<f64>,
    /// What each node passes on to those before it.
    passes: Vec<f64>,
    order: Vec<u32>,
}

impl Search {
    fn new(n: usize) -> Self {
        Self {
            scores: vec![0.0; n],
            distance: vec![UNSEEN; n],
            ways: vec![0.0; n],
            passes: vec![0.0; n],
            order: Vec::with_capacity(n),
        }
    }

    fn run(&mut self, near: &Compact, source: u32) {
        self.order.clear();
        self.order.push(source);
        self.distance[source as usize] = 0;
        self.ways[source as usize] = 1.0;
        let mut next = 0;
        while let Some(&at) = self.order.get(next) {
            next += 1;
            let further = self.distance[at as usize] + 1;
            let ways = self.ways[at as usize];
            for &to in near.of(at) {
                let seen = &mut self.distance[to as usize];
                if *seen == UNSEEN {
                    *seen = further;
                    self.order.push(to);
                }
                if *seen == further {
                    self.ways[to as usize] += ways;
                }
            }
        }
        // Backwards: a node on the way takes its share of all that lies behind it.
        for &at in self.order.iter().rev() {
            let further = self.distance[at as usize] + 1;
            let mut sum = 0.0;
            for &to in near.of(at) {
                if self.distance[to as usize] == further {
                    sum += (1.0 + self.passes[to as usize]) / self.ways[to as usize];
                }
            }
            let passes = sum * self.ways[at as usize];
            self.passes[at as usize] = passes;
            if at != source {
                self.scores[at as usize] += passes;
            }
        }
        for &at in &self.order {
            self.distance[at as usize] = UNSEEN;
            self.ways[at as usize] = 0.0;
            self.passes[at as usize] = 0.0;
        }
    }
}
