//! What is made from a graph when it is first asked for, and kept with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ::graph::snapshot::TooLarge;
use ::graph::time::{DateTime, Zone};
use ::graph::{Builder, ElementId, Snapshot, Value};
use events::Timestamp;

use super::doubt::Doubt;
use super::view::{Edge, Graph, Node};

/// Moments of the valid clock that are kept.
const MOMENTS: usize = 4;

/// See the module. Two graphs are the same whatever was asked of them.
#[derive(Debug, Default)]
pub(super) struct Made {
    snapshot: OnceLock<Arc<Snapshot>>,
    moments: Mutex<Vec<(Timestamp, Arc<Graph>)>>,
    doubts: OnceLock<Vec<Doubt>>,
}

impl Clone for Made {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Made {
    pub fn snapshot(&self, make: impl FnOnce() -> Result<Snapshot, TooLarge>) -> Result<Arc<Snapshot>, TooLarge> {
        if let Some(made) = self.snapshot.get() {
            return Ok(made.clone());
        }
        let made = Arc::new(make()?);
        // Two that ask at once make it twice and keep one; both are the same.
        Ok(self.snapshot.get_or_init(|| made).clone())
    }

    pub fn doubts(&self, make: impl FnOnce() -> Vec<Doubt>) -> &[Doubt] {
        self.doubts.get_or_init(make)
    }

    pub fn moment(&self, at: Timestamp, make: impl FnOnce() -> Graph) -> Arc<Graph> {
        let kept = || self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, graph)) = kept().iter().find(|(moment, _)| *moment == at) {
            return graph.clone();
        }
        let made = Arc::new(make());
        let mut all = kept();
        if all.len() >= MOMENTS {
            all.remove(0);
        }
        all.push((at, made.clone()));
        made
    }
}

/// Names of the Python original that older queries use.
const OLD_LABELS: &[(&str, &str)] = &[
    ("PERSON", "Person"),
    ("ORGANIZATION", "Organisation"),
    ("Organization", "Organisation"),
    ("GPE", "Place"),
    ("LOCATION", "Place"),
    ("ACTIVITY", "Activity"),
    ("PRODUCT", "Thing"),
];
const OLD_TYPES: &[(&str, &str)] = &[("WORKS_FOR", "WORKS_AT"), ("INTERESTED_IN", "LIKES")];

/// Lays a graph out for walking. Places follow the order of nodes and edges.
pub(super) fn snapshot(graph: &Graph) -> Result<Snapshot, TooLarge> {
    let mut builder = Builder::default();
    let mut places = HashMap::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let place = builder.node(ElementId(node.id.as_u128()), [capital(&node.kind).as_str()], node_props(node));
        places.insert(node.id, place);
    }
    for edge in graph.edges() {
        let (Some(from), Some(to)) = (places.get(&edge.source), places.get(&edge.target)) else { continue };
        let kind = edge.predicate.to_uppercase();
        builder.rel(ElementId(edge.id.as_u128()), &kind, *from, *to, edge_props(edge));
    }
    OLD_LABELS.iter().for_each(|(old, label)| builder.label_alias(old, label));
    OLD_TYPES.iter().for_each(|(old, kind)| builder.type_alias(old, kind));
    builder.build()
}

fn node_props(node: &Node) -> Vec<(&str, Value)> {
    let mut props = vec![
        ("name", Value::string(&node.name)),
        ("aliases", Value::list(node.aliases.iter().map(Value::string).collect())),
        ("mentions", whole(node.mentions.len() as u64)),
        ("recorded", whole(node.recorded.0)),
    ];
    // Of several stretches the newest comes last, and the last counts.
    let own = node.properties.iter().filter(|p| p.key != "name");
    props.extend(own.map(|p| (p.key.as_str(), typed(&p.key, &p.value))));
    props
}

fn edge_props(edge: &Edge) -> [(&'static str, Value); 7] {
    let messages = edge.evidence.iter().filter_map(|e| e.message).map(|m| Value::string(m.to_string()));
    [
        ("valid_from", moment(edge.valid_from)),
        ("valid_until", moment(edge.valid_until)),
        ("stated", Value::Bool(edge.stated)),
        ("confidence", Value::Float(edge.confidence)),
        ("recorded", whole(edge.recorded.0)),
        ("closed", edge.closed.map_or(Value::Null, |p| whole(p.0))),
        ("messages", Value::list(messages.collect())),
    ]
}

fn whole(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// An age is a number; whatever is not what its key says stays a text.
fn typed(key: &str, value: &str) -> Value {
    match (key, value.parse()) {
        ("age", Ok(age)) => Value::Int(age),
        _ => Value::string(value),
    }
}

fn moment(at: Option<Timestamp>) -> Value {
    let nanos = |at: Timestamp| i128::from(at.0) * 1_000;
    let made = at.and_then(|at| DateTime::from_instant(nanos(at), Zone::Offset(0)).ok());
    made.map_or(Value::Null, |time| Value::DateTime(Arc::new(time)))
}

fn capital(kind: &str) -> String {
    let mut chars = kind.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
