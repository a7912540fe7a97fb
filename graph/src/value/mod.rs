//! Values of properties, parameters and answers.

mod json;
mod order;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::snapshot::{NodeId, RelId};
use crate::time::{Date, DateTime, Duration, LocalDateTime, LocalTime, Time};

pub use json::{JsonError, from_json, to_json};
pub use order::{Key, compare, equals, order};
pub use text::{node_text, rel_text, text};

/// A value. Cloning is cheap: whatever can be long is shared.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, or not known.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A text.
    String(Arc<str>),
    /// Values in order.
    List(List),
    /// Values by name.
    Map(Map),
    /// A node of the snapshot that was asked.
    Node(NodeId),
    /// A relationship of the snapshot that was asked.
    Rel(RelId),
    /// Nodes and the relationships between them.
    Path(Arc<Path>),
    /// A day.
    Date(Date),
    /// A time of day without a zone.
    LocalTime(LocalTime),
    /// A time of day with an offset.
    Time(Time),
    /// A day and time without a zone.
    LocalDateTime(LocalDateTime),
    /// A moment with an offset and perhaps a zone.
    DateTime(Arc<DateTime>),
    /// An amount of months, days and seconds.
    Duration(Arc<Duration>),
}

impl Value {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Self::String(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(items))
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        Self::Map(Map::new(entries.into_iter().collect()))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The name of its type, as error messages say it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::Bool(_) => "Boolean",
            Self::Int(_) => "Integer",
            Self::Float(_) => "Float",
            Self::String(_) => "String",
            Self::List(_) => "List",
            Self::Map(_) => "Map",
            Self::Node(_) => "Node",
            Self::Rel(_) => "Relationship",
            Self::Path(_) => "Path",
            Self::Date(_) => "Date",
            Self::LocalTime(_) => "LocalTime",
            Self::Time(_) => "Time",
            Self::LocalDateTime(_) => "LocalDateTime",
            Self::DateTime(_) => "DateTime",
            Self::Duration(_) => "Duration",
        }
    }

    /// About how many bytes it would take written out, shared parts counted each time; known without looking inside.
    pub fn weight(&self) -> u64 {
        const PLAIN: u64 = 24;
        match self {
            Self::String(text) => PLAIN + text.len() as u64,
            Self::List(list) => list.0.weight,
            Self::Map(map) => map.0.weight,
            Self::Path(path) => PLAIN + 8 * path.rels.len() as u64,
            Self::DateTime(_) | Self::Duration(_) => PLAIN + 48,
            _ => PLAIN,
        }
    }

    /// How deep lists and maps lie in each other: 0 for what is neither.
    pub fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.0.depth,
            Self::Map(map) => map.0.depth,
            _ => 0,
        }
    }
}

/// A shared list that knows its weight and depth, so that limits need no walk.
#[derive(Clone, Debug, PartialEq)]
pub struct List(Arc<ListParts>);

#[derive(Debug, PartialEq)]
struct ListParts {
    weight: u64,
    depth: u32,
    items: Vec<Value>,
}

impl List {
    /// A list of these values.
    pub fn new(items: Vec<Value>) -> Self {
        let (weight, depth) = sum(items.iter());
        Self(Arc::new(ListParts { weight, depth, items }))
    }

    /// Whether others hold it too: one beside the holder that asks, or more.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 2
    }

    /// What its values weigh.
    pub fn weight_of_items(&self) -> u64 {
        self.0.weight
    }

    /// The values, taken out without a copy when nobody else holds the list.
    pub fn into_items(self) -> Vec<Value> {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.items.clone(), |parts| parts.items)
    }
}

impl std::ops::Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}

/// A shared map in order of its keys, which knows its weight and depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Map(Arc<MapParts>);

#[derive(Debug, PartialEq)]
struct MapParts {
    weight: u64,
    depth: u32,
    entries: BTreeMap<Arc<str>, Value>,
}

impl Map {
    /// A map of these entries.
    pub fn new(entries: BTreeMap<Arc<str>, Value>) -> Self {
        let (values, depth) = sum(entries.values());
        let keys: u64 = entries.keys().map(|k| 24 + k.len() as u64).fold(0, u64::saturating_add);
        Self(Arc::new(MapParts { weight: values.saturating_add(keys), depth, entries }))
    }
}

impl Map {
    /// Whether others hold it too: one beside the holder that asks, or more.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 2
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl std::ops::Deref for Map {
    type Target = BTreeMap<Arc<str>, Value>;
    fn deref(&self) -> &Self::Target {
        &self.0.entries
    }
}

/// Weight and depth of what holds these values.
fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> (u64, u32) {
    let mut weight = 40_u64;
    let mut depth = 0;
    for value in values {
        weight = weight.saturating_add(value.weight());
        depth = depth.max(value.depth());
    }
    (weight, depth.saturating_add(1))
}

/// A walk through the graph: one more node than relationships, each relationship between its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The nodes in order.
    pub nodes: Vec<NodeId>,
    /// The relationships in order, each walked in either direction.
    pub rels: Vec<RelId>,
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_value_weighs_as_often_as_it_would_be_written() {
        let mut value = Value::string("x".repeat(1000));
        for _ in 0..60 {
            value = Value::list(vec![value.clone(), value]);
        }
        assert!(value.weight() > 1 << 60);
        assert_eq!(value.depth(), 60);
    }

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value>() <= 24);
    }
}
