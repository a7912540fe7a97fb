//! PageRank.

use super::threads::in_blocks;
use crate::Snapshot;

/// How PageRank is reckoned. The defaults are those of NetworkX.
#[derive(Clone, Copy, Debug)]
pub struct PageRank {
    /// How likely a walker goes on along a relationship instead of jumping anywhere.
    pub damping: f64,
    /// The change of a score, on average, below which it is good enough.
    pub tolerance: f64,
    /// Most rounds.
    pub rounds: usize,
}

impl Default for PageRank {
    fn default() -> Self {
        Self { damping: 0.85, tolerance: 1e-6, rounds: 100 }
    }
}

/// Nodes of one block of work.
const BLOCK: usize = 8192;

/// The PageRank of each node, in the order of the nodes; they sum to 1. Parallel relationships count each.
///
/// Power iteration after Brin and Page (1998): the score of nodes that lead nowhere is spread over all. `None` when it has
/// not settled after all rounds.
#[allow(clippy::cast_precision_loss)] // Counts of nodes and relationships.
pub fn page_rank(graph: &Snapshot, how: PageRank) -> Option<Vec<f64>> {
    let n = graph.node_count();
    if n == 0 {
        return Some(Vec::new());
    }
    let nodes: Vec<_> = graph.nodes().collect();
    let share: Vec<f64> = nodes.iter().map(|v| graph.out(*v).len() as f64).collect();
    let mut scores = vec![1.0 / n as f64; n];
    for _ in 0..how.rounds {
        let lost: f64 = scores.iter().zip(&share).filter(|(_, out)| **out == 0.0).map(|(s, _)| s).sum();
        let base = (how.damping * lost + 1.0 - how.damping) / n as f64;
        let given: Vec<f64> =
            scores.iter().zip(&share).map(|(s, out)| if *out > 0.0 { s / out } else { 0.0 }).collect();
        let blocks = in_blocks(n.div_ceil(BLOCK), |block| {
            let range = block * BLOCK..((block + 1) * BLOCK).min(n);
            let mut change = 0.0;
            let new: Vec<f64> = nodes[range.clone()]
                .iter()
                .zip(&scores[range])
                .map(|(v, before)| {
                    let taken: f64 = graph.incoming(*v).iter().map(|h| given[h.node.0 as usize]).sum();
                    let score = base + how.damping * taken;
                    change += (score - before).abs();
                    score
                })
                .collect();
            (new, change)
        });
        let change: f64 = blocks.iter().map(|(_, c)| c).sum();
        scores = blocks.into_iter().flat_map(|(new, _)| new).collect();
        if change < how.tolerance * n as f64 {
            return Some(scores);
        }
    }
    None
}
