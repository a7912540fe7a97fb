//! Knowledge gaps: what one would expect to know from the rest of the graph, and does not.
//!
//! Three kinds, each a plain count, nothing learned:
//! - a node **alone**: no relationship but with itself;
//! - a **missing property**: at least `usual` of the nodes of a label have it (and at least five do), and this one has not;
//! - a **missing relationship**: two nodes that have at least `shared` neighbours in common and no relationship.

use std::collections::BTreeMap;

use super::neighbours;
use crate::{NodeId, Snapshot};

/// A property that nodes of this kind usually have.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyGap {
    /// Which node.
    pub node: NodeId,
    /// The label whose nodes usually have it.
    pub label: String,
    /// The property.
    pub property: String,
    /// The part of the nodes of the label that have it.
    pub usual: f64,
}

/// Two nodes that know the same others and not each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkGap {
    /// The one.
    pub a: NodeId,
    /// The other, which was built later.
    pub b: NodeId,
    /// Neighbours in common.
    pub shared: usize,
}

/// What is not known. Each list has at most as many as were asked for, the most telling first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// Nodes without relationships, in order.
    pub alone: Vec<NodeId>,
    /// Missing properties, the most usual first.
    pub properties: Vec<PropertyGap>,
    /// Missing relationships, those with most in common first.
    pub links: Vec<LinkGap>,
}

/// Fewer nodes with a property make no custom.
const CUSTOM: usize = 5;
/// Nodes with more neighbours say nothing about any two of them.
const HUB: usize = 200;

/// Finds gaps: `usual` is a part from 0 to 1, `shared` a number of neighbours, `most` the length of each list.
pub fn gaps(graph: &Snapshot, usual: f64, shared: usize, most: usize) -> Gaps {
    let near = neighbours(graph);
    let alone = graph.nodes().filter(|n| near[n.0 as usize].is_empty()).take(most).collect();
    let mut properties = missing(graph, usual);
    properties
        .sort_by(|a, b| b.usual.total_cmp(&a.usual).then(a.node.cmp(&b.node)).then(a.property.cmp(&b.property)));
    properties.truncate(most);
    let mut links = unlinked(&near, shared.max(1));
    links.sort_by_key(|l| (std::cmp::Reverse(l.shared), l.a, l.b));
    links.truncate(most);
    Gaps { alone, properties, links }
}

#[allow(clippy::cast_precision_loss)] // Counts of nodes.
fn missing(graph: &Snapshot, usual: f64) -> Vec<PropertyGap> {
    let mut found = Vec::new();
    for name in graph.all_labels() {
        let Some(label) = graph.label(name) else { continue };
        let nodes = graph.with_label(label);
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for node in nodes {
            for (key, _) in graph.node_props(*node) {
                *counts.entry(*key).or_default() += 1;
            }
        }
        for (key, count) in counts {
            let part = count as f64 / nodes.len() as f64;
            if count < CUSTOM || count == nodes.len() || part < usual {
                continue;
            }
            for node in nodes.iter().filter(|n| graph.node_prop(**n, key).is_none()) {
                let property = graph.key_name(key).to_owned();
                found.push(PropertyGap { node: *node, label: name.to_owned(), property, usual: part });
            }
        }
    }
    found
}

fn unlinked(near: &[Vec<u32>], shared: usize) -> Vec<LinkGap> {
    let mut found = Vec::new();
    let mut common = vec![0_usize; near.len()];
    for (a, steps) in near.iter().enumerate() {
        let mut touched = Vec::new();
        for via in steps.iter().filter(|v| near[**v as usize].len() <= HUB) {
            for &b in near[*via as usize].iter().filter(|b| **b as usize > a) {
                if common[b as usize] == 0 {
                    touched.push(b);
                }
                common[b as usize] += 1;
            }
        }
        for b in touched {
            let count = std::mem::take(&mut common[b as usize]);
            if count >= shared && steps.binary_search(&b).is_err() {
                let a = NodeId(u32::try_from(a).unwrap_or(u32::MAX));
                found.push(LinkGap { a, b: NodeId(b), shared: count });
            }
        }
    }
    found
}
