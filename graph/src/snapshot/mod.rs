//! An immutable property multigraph in memory, laid out for walking.

mod builder;
mod index;
mod names;

use std::fmt;
use std::sync::Arc;

pub use builder::{Builder, TooLarge};
pub use index::PropIndex;

use crate::value::Value;
use index::Indexes;
use names::Names;

/// The place of a node in a snapshot: 0, 1, 2 ... in the order it was built. Means nothing in another snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// The place of a relationship in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelId(pub u32);

/// A label of this snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// A type of relationships of this snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelType(pub u32);

/// A name of properties of this snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropKey(pub u32);

/// The name of a node or relationship that outlives the snapshot: a UUID, or any number of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementId(pub u128);

impl fmt::Display for ElementId {
    /// As a UUID, or as a plain number when it is smaller than 2^64.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        if n <= u128::from(u64::MAX) {
            return write!(f, "{n}");
        }
        let hex = format!("{n:032x}");
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// One step from a node: along which relationship, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The relationship.
    pub rel: RelId,
    /// The node on its other side.
    pub node: NodeId,
}

/// A property graph as of one basis. Parallel relationships and loops are kept. Cheap to share behind an [`Arc`].
#[derive(Debug, Default)]
pub struct Snapshot {
    labels: Names,
    types: Names,
    keys: Names,
    node_elements: Vec<ElementId>,
    node_labels: Ranges<Label>,
    node_props: Ranges<(PropKey, Value)>,
    by_label: Ranges<NodeId>,
    rel_elements: Vec<ElementId>,
    rel_types: Vec<RelType>,
    rel_ends: Vec<(NodeId, NodeId)>,
    rel_props: Ranges<(PropKey, Value)>,
    out: Ranges<Hop>,
    incoming: Ranges<Hop>,
    indexes: Indexes,
}

impl Snapshot {
    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.node_elements.len()
    }

    /// How many relationships there are.
    pub fn rel_count(&self) -> usize {
        self.rel_elements.len()
    }

    /// Every node in order.
    #[allow(clippy::cast_possible_truncation)] // The builder refuses more than u32 holds.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.node_elements.len() as u32).map(NodeId)
    }

    /// Every relationship in order.
    #[allow(clippy::cast_possible_truncation)]
    pub fn rels(&self) -> impl ExactSizeIterator<Item = RelId> + use<> {
        (0..self.rel_elements.len() as u32).map(RelId)
    }

    /// The lasting name of a node.
    pub fn node_element(&self, id: NodeId) -> ElementId {
        self.node_elements[id.0 as usize]
    }

    /// The lasting name of a relationship.
    pub fn rel_element(&self, id: RelId) -> ElementId {
        self.rel_elements[id.0 as usize]
    }

    /// The node of a lasting name.
    pub fn find_node(&self, element: ElementId) -> Option<NodeId> {
        self.indexes.node(element, &self.node_elements)
    }

    /// The labels of a node.
    pub fn labels(&self, id: NodeId) -> impl ExactSizeIterator<Item = &str> {
        self.node_labels.of(id.0).iter().map(|l| self.labels.name(l.0))
    }

    /// Whether a node has a label.
    pub fn has_label(&self, id: NodeId, label: Label) -> bool {
        self.node_labels.of(id.0).contains(&label)
    }

    /// The label of a name, when any node has it.
    pub fn label(&self, name: &str) -> Option<Label> {
        self.labels.id(name).map(Label)
    }

    /// The name of a label.
    pub fn label_name(&self, label: Label) -> &str {
        self.labels.name(label.0)
    }

    /// Every label.
    pub fn all_labels(&self) -> impl Iterator<Item = &str> {
        self.labels.all()
    }

    /// The nodes with a label, in order.
    pub fn with_label(&self, label: Label) -> &[NodeId] {
        self.by_label.of(label.0)
    }

    /// The properties of a node.
    pub fn node_props(&self, id: NodeId) -> &[(PropKey, Value)] {
        self.node_props.of(id.0)
    }

    /// The properties of a relationship.
    pub fn rel_props(&self, id: RelId) -> &[(PropKey, Value)] {
        self.rel_props.of(id.0)
    }

    /// One property of a node.
    pub fn node_prop(&self, id: NodeId, key: PropKey) -> Option<&Value> {
        self.node_props(id).iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// One property of a relationship.
    pub fn rel_prop(&self, id: RelId, key: PropKey) -> Option<&Value> {
        self.rel_props(id).iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// The key of a property name, when anything has it.
    pub fn key(&self, name: &str) -> Option<PropKey> {
        self.keys.id(name).map(PropKey)
    }

    /// The name of a key.
    pub fn key_name(&self, key: PropKey) -> &str {
        self.keys.name(key.0)
    }

    /// The name of a key, shared.
    pub fn key_shared(&self, key: PropKey) -> Arc<str> {
        self.keys.shared(key.0)
    }

    /// The type of a name, when any relationship has it.
    pub fn type_of(&self, name: &str) -> Option<RelType> {
        self.types.id(name).map(RelType)
    }

    /// The name of a type.
    pub fn type_name(&self, kind: RelType) -> &str {
        self.types.name(kind.0)
    }

    /// Every type of relationships.
    pub fn all_types(&self) -> impl Iterator<Item = &str> {
        self.types.all()
    }

    /// The type of a relationship.
    pub fn rel_type(&self, id: RelId) -> RelType {
        self.rel_types[id.0 as usize]
    }

    /// Where a relationship begins.
    pub fn source(&self, id: RelId) -> NodeId {
        self.rel_ends[id.0 as usize].0
    }

    /// Where a relationship ends.
    pub fn target(&self, id: RelId) -> NodeId {
        self.rel_ends[id.0 as usize].1
    }

    /// Relationships that begin at a node, in the order they were built.
    pub fn out(&self, id: NodeId) -> &[Hop] {
        self.out.of(id.0)
    }

    /// Relationships that end at a node. A loop is here and in [`Self::out`].
    pub fn incoming(&self, id: NodeId) -> &[Hop] {
        self.incoming.of(id.0)
    }

    /// The index of a property over all nodes, made at the first use.
    pub fn index(&self, key: PropKey) -> Arc<PropIndex> {
        self.indexes.property(key, self)
    }

    /// A builder that begins with everything in this snapshot.
    pub fn to_builder(&self) -> Builder {
        Builder::from_snapshot(self)
    }
}

/// Many short lists in one piece of memory.
#[derive(Debug)]
struct Ranges<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl<T> Ranges<T> {
    fn of(&self, at: u32) -> &[T] {
        let at = at as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multigraph_keeps_parallels_and_loops() {
        let mut b = Builder::default();
        let a = b.node(ElementId(1), ["A"], [("k", Value::Int(1))]);
        let c = b.node(ElementId(2), ["A", "B"], []);
        let first = b.rel(ElementId(1), "T", a, c, []);
        let second = b.rel(ElementId(2), "T", a, c, [("w", Value::Int(2))]);
        let round = b.rel(ElementId(3), "U", a, a, []);
        let graph = b.build().unwrap();
        assert_eq!(graph.out(a).iter().map(|h| h.rel).collect::<Vec<_>>(), [first, second, round]);
        assert_eq!(graph.incoming(a), [Hop { rel: round, node: a }]);
        assert_eq!(graph.with_label(graph.label("A").unwrap()), [a, c]);
        assert_eq!(graph.with_label(graph.label("B").unwrap()), [c]);
        assert_eq!(graph.label("C"), None);
        assert_eq!(graph.find_node(ElementId(2)), Some(c));
        assert_eq!(graph.find_node(ElementId(9)), None);
        let k = graph.key("k").unwrap();
        assert_eq!(graph.index(k).get(&Value::Float(1.0)), [a]);
        assert_eq!(graph.rel_prop(second, graph.key("w").unwrap()), Some(&Value::Int(2)));
    }

    #[test]
    fn a_snapshot_continued_keeps_its_places() {
        let mut b = Builder::default();
        let a = b.node(ElementId(1), ["A"], [("k", Value::Int(1))]);
        let mut more = b.build().unwrap().to_builder();
        let c = more.node(ElementId(2), ["B"], []);
        more.rel(ElementId(3), "T", c, a, []);
        let graph = more.build().unwrap();
        assert_eq!(graph.labels(a).collect::<Vec<_>>(), ["A"]);
        assert_eq!(graph.incoming(a)[0].node, c);
    }

    #[test]
    fn lasting_names_read_as_uuids() {
        assert_eq!(ElementId(7).to_string(), "7");
        let uuid = 0x0190_0000_0000_7000_8000_0000_0000_0001;
        assert_eq!(ElementId(uuid).to_string(), "01900000-0000-7000-8000-000000000001");
    }
}
