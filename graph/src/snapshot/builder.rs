//! How a snapshot is made.

use super::names::Names;
use super::{ElementId, Hop, Label, NodeId, PropKey, Ranges, RelId, RelType, Snapshot};
use crate::value::Value;

/// More nodes, relationships or properties than a snapshot holds (2^32).
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the graph is too large: a snapshot holds fewer than 4294967295 nodes, relationships and properties")]
pub struct TooLarge;

/// Collects nodes and relationships. Places are given in the order of the calls.
#[derive(Debug, Default)]
pub struct Builder {
    labels: Names,
    types: Names,
    keys: Names,
    node_elements: Vec<ElementId>,
    node_labels: Ranges<Label>,
    node_props: Ranges<(PropKey, Value)>,
    rel_elements: Vec<ElementId>,
    rel_types: Vec<RelType>,
    rel_ends: Vec<(NodeId, NodeId)>,
    rel_props: Ranges<(PropKey, Value)>,
}

/// A length as a place. What does not fit is refused by [`Builder::build`].
fn place(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Builder {
    /// Adds a node. A label named twice is kept once, of a property named twice the last; a null is no property.
    pub fn node<'a>(
        &mut self,
        element: ElementId,
        labels: impl IntoIterator<Item = &'a str>,
        props: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> NodeId {
        let id = NodeId(place(self.node_elements.len()));
        self.node_elements.push(element);
        let start = self.node_labels.items.len();
        for label in labels {
            let label = Label(self.labels.intern(label));
            if !self.node_labels.items[start..].contains(&label) {
                self.node_labels.items.push(label);
            }
        }
        self.node_labels.starts.push(place(self.node_labels.items.len()));
        properties(&mut self.keys, &mut self.node_props, props);
        id
    }

    /// Adds a relationship between two nodes of this builder.
    pub fn rel<'a>(
        &mut self,
        element: ElementId,
        kind: &str,
        from: NodeId,
        to: NodeId,
        props: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> RelId {
        let id = RelId(place(self.rel_elements.len()));
        self.rel_elements.push(element);
        self.rel_types.push(RelType(self.types.intern(kind)));
        self.rel_ends.push((from, to));
        properties(&mut self.keys, &mut self.rel_props, props);
        id
    }

    /// Lets another name of a label find it in queries. Nothing happens when no node has the label.
    pub fn label_alias(&mut self, alias: &str, label: &str) {
        self.labels.alias(alias, label);
    }

    /// Lets another name of a type of relationships find it in queries.
    pub fn type_alias(&mut self, alias: &str, kind: &str) {
        self.types.alias(alias, kind);
    }

    /// How many nodes were added.
    pub fn node_count(&self) -> usize {
        self.node_elements.len()
    }

    /// How many relationships were added.
    pub fn rel_count(&self) -> usize {
        self.rel_elements.len()
    }

    /// The finished snapshot. Fails when there is more than it can hold, or a relationship ends at no node.
    pub fn build(self) -> Result<Snapshot, TooLarge> {
        let most = u32::MAX as usize;
        let sizes = [
            self.node_elements.len(),
            self.rel_elements.len(),
            self.node_labels.items.len(),
            self.node_props.items.len(),
            self.rel_props.items.len(),
        ];
        let nodes = self.node_elements.len();
        let outside = |n: NodeId| n.0 as usize >= nodes;
        if sizes.iter().any(|n| *n >= most) || self.rel_ends.iter().any(|(a, b)| outside(*a) || outside(*b)) {
            return Err(TooLarge);
        }
        let by_label = group(
            self.labels.len(),
            (0..nodes).flat_map(|n| {
                let node = place(n);
                self.node_labels.of(node).iter().map(move |l| (l.0, NodeId(node)))
            }),
            NodeId(0),
        );
        let hop = Hop { rel: RelId(0), node: NodeId(0) };
        let ends = || self.rel_ends.iter().enumerate().map(|(i, (a, b))| (RelId(place(i)), *a, *b));
        let out = group(nodes, ends().map(|(rel, a, b)| (a.0, Hop { rel, node: b })), hop);
        let incoming = group(nodes, ends().map(|(rel, a, b)| (b.0, Hop { rel, node: a })), hop);
        Ok(Snapshot {
            labels: self.labels,
            types: self.types,
            keys: self.keys,
            node_elements: self.node_elements,
            node_labels: self.node_labels,
            node_props: self.node_props,
            by_label,
            rel_elements: self.rel_elements,
            rel_types: self.rel_types,
            rel_ends: self.rel_ends,
            rel_props: self.rel_props,
            out,
            incoming,
            indexes: Default::default(),
        })
    }

    pub(super) fn from_snapshot(graph: &Snapshot) -> Self {
        let ranges = |r: &Ranges<(PropKey, Value)>| Ranges { starts: r.starts.clone(), items: r.items.clone() };
        Self {
            labels: graph.labels.clone(),
            types: graph.types.clone(),
            keys: graph.keys.clone(),
            node_elements: graph.node_elements.clone(),
            node_labels: Ranges { starts: graph.node_labels.starts.clone(), items: graph.node_labels.items.clone() },
            node_props: ranges(&graph.node_props),
            rel_elements: graph.rel_elements.clone(),
            rel_types: graph.rel_types.clone(),
            rel_ends: graph.rel_ends.clone(),
            rel_props: ranges(&graph.rel_props),
        }
    }
}

fn properties<'a>(
    keys: &mut Names,
    all: &mut Ranges<(PropKey, Value)>,
    props: impl IntoIterator<Item = (&'a str, Value)>,
) {
    let start = all.items.len();
    for (key, value) in props {
        if value.is_null() {
            continue;
        }
        let key = PropKey(keys.intern(key));
        match all.items[start..].iter_mut().find(|(k, _)| *k == key) {
            Some(slot) => slot.1 = value,
            None => all.items.push((key, value)),
        }
    }
    all.starts.push(place(all.items.len()));
}

/// Sorts items into groups by counting, in the order they come.
fn group<T: Copy>(groups: usize, items: impl Iterator<Item = (u32, T)> + Clone, filler: T) -> Ranges<T> {
    let mut starts = vec![0_u32; groups + 1];
    for (group, _) in items.clone() {
        starts[group as usize + 1] += 1;
    }
    for i in 0..groups {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut sorted = vec![filler; starts[groups] as usize];
    for (group, item) in items {
        let at = &mut next[group as usize];
        sorted[*at as usize] = item;
        *at += 1;
    }
    Ranges { starts, items: sorted }
}
