//! What changed between two snapshots. Elements are the same when their lasting names are.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::PropKey;
use crate::value::Key;
use crate::{ElementId, Snapshot, Value};

/// An element that is in both, and is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Which one.
    pub id: ElementId,
    /// Labels, or the type, before and after, when they differ.
    pub labels: Option<(Vec<String>, Vec<String>)>,
    /// Properties before and after, when they differ; null where there was or is none.
    pub properties: BTreeMap<String, (Value, Value)>,
    /// For a relationship, its ends before and after, when they differ.
    pub ends: Option<((ElementId, ElementId), (ElementId, ElementId))>,
}

/// The difference of two snapshots, each list in the order of the lasting names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Nodes that are only in the later one.
    pub added_nodes: Vec<ElementId>,
    /// Nodes that are only in the earlier one.
    pub removed_nodes: Vec<ElementId>,
    /// Nodes that changed.
    pub changed_nodes: Vec<Changed>,
    /// Relationships that are only in the later one.
    pub added_rels: Vec<ElementId>,
    /// Relationships that are only in the earlier one.
    pub removed_rels: Vec<ElementId>,
    /// Relationships that changed.
    pub changed_rels: Vec<Changed>,
}

/// What an element holds.
struct Held {
    labels: BTreeSet<String>,
    properties: BTreeMap<String, Value>,
    ends: Option<(ElementId, ElementId)>,
}

fn properties(graph: &Snapshot, props: &[(PropKey, Value)]) -> BTreeMap<String, Value> {
    props.iter().map(|(k, v)| (graph.key_name(*k).to_owned(), v.clone())).collect()
}

fn nodes(graph: &Snapshot) -> BTreeMap<ElementId, Held> {
    let held = |id| Held {
        labels: graph.labels(id).map(str::to_owned).collect(),
        properties: properties(graph, graph.node_props(id)),
        ends: None,
    };
    graph.nodes().map(|id| (graph.node_element(id), held(id))).collect()
}

fn rels(graph: &Snapshot) -> BTreeMap<ElementId, Held> {
    let held = |id| Held {
        labels: BTreeSet::from([graph.type_name(graph.rel_type(id)).to_owned()]),
        properties: properties(graph, graph.rel_props(id)),
        ends: Some((graph.node_element(graph.source(id)), graph.node_element(graph.target(id)))),
    };
    graph.rels().map(|id| (graph.rel_element(id), held(id))).collect()
}

/// What is in the later snapshot and not in the earlier, the other way round, and what is in both and differs.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Changes {
    let mut changes = Changes::default();
    (changes.added_nodes, changes.removed_nodes, changes.changed_nodes) = compare(&nodes(before), &nodes(after));
    (changes.added_rels, changes.removed_rels, changes.changed_rels) = compare(&rels(before), &rels(after));
    changes
}

type Compared = (Vec<ElementId>, Vec<ElementId>, Vec<Changed>);

fn compare(before: &BTreeMap<ElementId, Held>, after: &BTreeMap<ElementId, Held>) -> Compared {
    let added = after.keys().filter(|id| !before.contains_key(id)).copied().collect();
    let removed = before.keys().filter(|id| !after.contains_key(id)).copied().collect();
    let both = before.iter().filter_map(|(id, old)| Some((*id, old, after.get(id)?)));
    (added, removed, both.filter_map(|(id, old, new)| difference(id, old, new)).collect())
}

fn difference(id: ElementId, old: &Held, new: &Held) -> Option<Changed> {
    let list = |labels: &BTreeSet<String>| labels.iter().cloned().collect::<Vec<_>>();
    let labels = (old.labels != new.labels).then(|| (list(&old.labels), list(&new.labels)));
    let names: BTreeSet<&String> = old.properties.keys().chain(new.properties.keys()).collect();
    let value = |held: &Held, name: &String| held.properties.get(name).cloned().unwrap_or(Value::Null);
    let properties: BTreeMap<String, (Value, Value)> = names
        .into_iter()
        .map(|name| (name.clone(), (value(old, name), value(new, name))))
        .filter(|(_, (a, b))| Key(a.clone()) != Key(b.clone()))
        .collect();
    let ends = old.ends.zip(new.ends).filter(|(a, b)| a != b);
    let same = labels.is_none() && properties.is_empty() && ends.is_none();
    (!same).then_some(Changed { id, labels, properties, ends })
}
