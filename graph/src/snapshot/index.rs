//! What is looked up by value: made when first asked for, then kept with the snapshot.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::{ElementId, NodeId, PropKey, Snapshot};
use crate::value::{Key, Value};

/// The nodes by the value of one property.
#[derive(Debug, Default)]
pub struct PropIndex(HashMap<Key, Vec<NodeId>>);

impl PropIndex {
    /// The nodes whose property is equivalent to a value, in order. A caller that means `=` still compares: null and NaN
    /// are found here.
    pub fn get(&self, value: &Value) -> &[NodeId] {
        self.0.get(&Key(value.clone())).map_or(&[], Vec::as_slice)
    }
}

#[derive(Debug, Default)]
pub struct Indexes {
    nodes: OnceLock<HashMap<ElementId, NodeId>>,
    properties: RwLock<HashMap<PropKey, Arc<PropIndex>>>,
}

impl Indexes {
    #[allow(clippy::cast_possible_truncation)] // The builder refuses more than u32 holds.
    pub fn node(&self, element: ElementId, all: &[ElementId]) -> Option<NodeId> {
        let nodes = self.nodes.get_or_init(|| all.iter().enumerate().map(|(i, e)| (*e, NodeId(i as u32))).collect());
        nodes.get(&element).copied()
    }

    pub fn property(&self, key: PropKey, graph: &Snapshot) -> Arc<PropIndex> {
        // The lock guards a cache that is whole at every moment, so a panic elsewhere leaves nothing half done.
        if let Some(index) = self.properties.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return index.clone();
        }
        let mut index = PropIndex::default();
        for node in graph.nodes() {
            if let Some(value) = graph.node_prop(node, key) {
                index.0.entry(Key(value.clone())).or_default().push(node);
            }
        }
        let mut all = self.properties.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(key).or_insert_with(|| Arc::new(index)).clone()
    }
}
