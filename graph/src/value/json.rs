//! Values as JSON: parameters come in this way, answers go out.

use serde_json::{Map as Object, Value as Json, json};

use super::Value;
use crate::snapshot::{NodeId, PropKey, RelId, Snapshot};

/// JSON that is no value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum JsonError {
    /// A whole number beyond 64 bits.
    #[error("the number {0} is too large for a whole number of 64 bits")]
    NumberTooLarge(String),
    /// Lists and maps nested deeper than a query may.
    #[error("lists and maps are nested deeper than {0}")]
    TooDeep(u32),
}

/// Deepest nesting of a value that is taken in.
const DEPTH: u32 = 128;

/// A value from JSON. Objects become maps; a date is a text until the query says `date($d)`.
pub fn from_json(json: &Json) -> Result<Value, JsonError> {
    read(json, DEPTH)
}

fn read(json: &Json, room: u32) -> Result<Value, JsonError> {
    let Some(room) = room.checked_sub(1) else { return Err(JsonError::TooDeep(DEPTH)) };
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(x)) if n.is_f64() => Value::Float(x),
            _ => return Err(JsonError::NumberTooLarge(n.to_string())),
        },
        Json::String(s) => Value::string(s),
        Json::Array(items) => Value::list(items.iter().map(|v| read(v, room)).collect::<Result<_, _>>()?),
        Json::Object(entries) => {
            let read: Result<Vec<_>, _> =
                entries.iter().map(|(k, v)| Ok((k.as_str().into(), read(v, room)?))).collect();
            Value::map(read?)
        }
    })
}

/// A value as JSON. Floats that JSON cannot write become texts, temporal values too; nodes and relationships become
/// objects with `id`, `labels` or `type`, and `properties`.
pub fn to_json(value: &Value, graph: &Snapshot) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => json!(b),
        Value::Int(n) => json!(n),
        Value::Float(x) if x.is_finite() => json!(x),
        Value::String(s) => json!(&**s),
        Value::List(items) => items.iter().map(|v| to_json(v, graph)).collect(),
        Value::Map(map) => Json::Object(map.iter().map(|(k, v)| (k.to_string(), to_json(v, graph))).collect()),
        Value::Node(id) => node(*id, graph),
        Value::Rel(id) => rel(*id, graph),
        Value::Path(path) => json!({
            "nodes": path.nodes.iter().map(|n| node(*n, graph)).collect::<Vec<_>>(),
            "relationships": path.rels.iter().map(|r| rel(*r, graph)).collect::<Vec<_>>(),
        }),
        other => json!(other.plain()),
    }
}

fn node(id: NodeId, graph: &Snapshot) -> Json {
    json!({
        "id": graph.node_element(id).to_string(),
        "labels": graph.labels(id).collect::<Vec<_>>(),
        "properties": properties(graph.node_props(id), graph),
    })
}

fn rel(id: RelId, graph: &Snapshot) -> Json {
    json!({
        "id": graph.rel_element(id).to_string(),
        "type": graph.type_name(graph.rel_type(id)),
        "start": graph.node_element(graph.source(id)).to_string(),
        "end": graph.node_element(graph.target(id)).to_string(),
        "properties": properties(graph.rel_props(id), graph),
    })
}

fn properties(props: &[(PropKey, Value)], graph: &Snapshot) -> Object<String, Json> {
    props.iter().map(|(k, v)| (graph.key_name(*k).to_owned(), to_json(v, graph))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Builder;

    #[test]
    fn json_comes_back_as_it_went() {
        let graph = Builder::default().build().unwrap();
        let json = json!({"a": [1, 2.5, null, true, "x"], "b": {"c": -1}});
        assert_eq!(to_json(&from_json(&json).unwrap(), &graph), json);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(from_json(&json!(u64::MAX)), Err(JsonError::NumberTooLarge(u64::MAX.to_string())));
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(from_json(&deep), Err(JsonError::TooDeep(DEPTH)));
    }
}
