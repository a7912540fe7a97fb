//! Values as openCypher writes them.

use std::fmt::Write as _;

use super::{Path, Value};
use crate::snapshot::{NodeId, PropKey, RelId, Snapshot};

/// A value in the notation of openCypher: `(:Person {name: 'Anna'})`, `[1, 2.0, 'three']`.
pub fn text(value: &Value, graph: &Snapshot) -> String {
    let mut out = String::new();
    write(value, graph, &mut out);
    out
}

/// A node: labels and properties, each in order of their names.
pub fn node_text(id: NodeId, graph: &Snapshot) -> String {
    let mut out = String::new();
    write_node(id, graph, &mut out);
    out
}

/// A relationship: type and properties.
pub fn rel_text(id: RelId, graph: &Snapshot) -> String {
    let mut out = String::new();
    write_rel(id, graph, &mut out);
    out
}

fn write(value: &Value, graph: &Snapshot, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Float(x) => out.push_str(&float(*x)),
        Value::String(s) => quote(s, out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(item, graph, out);
            }
            out.push(']');
        }
        Value::Map(map) => entries(map.iter().map(|(k, v)| (&**k, v)), graph, out),
        Value::Node(id) => write_node(*id, graph, out),
        Value::Rel(id) => write_rel(*id, graph, out),
        Value::Path(path) => write_path(path, graph, out),
        Value::Date(_)
        | Value::LocalTime(_)
        | Value::Time(_)
        | Value::LocalDateTime(_)
        | Value::DateTime(_)
        | Value::Duration(_) => {
            let _ = write!(out, "'{}'", value.plain());
        }
    }
}

fn write_node(id: NodeId, graph: &Snapshot, out: &mut String) {
    out.push('(');
    let mut labels: Vec<_> = graph.labels(id).collect();
    labels.sort_unstable();
    for label in labels {
        out.push(':');
        name(label, out);
    }
    properties(graph.node_props(id), out.ends_with('('), graph, out);
    out.push(')');
}

fn write_rel(id: RelId, graph: &Snapshot, out: &mut String) {
    out.push_str("[:");
    name(graph.type_name(graph.rel_type(id)), out);
    properties(graph.rel_props(id), false, graph, out);
    out.push(']');
}

fn write_path(path: &Path, graph: &Snapshot, out: &mut String) {
    out.push('<');
    if let Some(first) = path.nodes.first() {
        write_node(*first, graph, out);
    }
    for (i, rel) in path.rels.iter().enumerate() {
        let forward = graph.source(*rel) == path.nodes[i] && graph.target(*rel) == path.nodes[i + 1];
        out.push_str(if forward { "-" } else { "<-" });
        write_rel(*rel, graph, out);
        out.push_str(if forward { "->" } else { "-" });
        write_node(path.nodes[i + 1], graph, out);
    }
    out.push('>');
}

fn properties(props: &[(PropKey, Value)], alone: bool, graph: &Snapshot, out: &mut String) {
    if props.is_empty() {
        return;
    }
    if !alone {
        out.push(' ');
    }
    let mut named: Vec<_> = props.iter().map(|(k, v)| (graph.key_name(*k), v)).collect();
    named.sort_unstable_by_key(|(k, _)| *k);
    entries(named.into_iter(), graph, out);
}

fn entries<'a>(all: impl Iterator<Item = (&'a str, &'a Value)>, graph: &Snapshot, out: &mut String) {
    out.push('{');
    for (i, (key, value)) in all.enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        name(key, out);
        out.push_str(": ");
        write(value, graph, out);
    }
    out.push('}');
}

/// A name, in backticks where it needs them.
fn name(text: &str, out: &mut String) {
    let plain = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain {
        out.push_str(text);
    } else {
        let _ = write!(out, "`{}`", text.replace('`', "``"));
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('\'');
}

fn float(x: f64) -> String {
    if x.is_nan() {
        return "NaN".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let text = format!("{x:?}");
    match text.split_once('e') {
        Some((digits, power)) if digits.contains('.') => format!("{digits}E{power}"),
        Some((digits, power)) => format!("{digits}.0E{power}"),
        None => text,
    }
}

impl Value {
    /// The text of a scalar as `toString` gives it: no quotes. Lists, maps and parts of the graph give their type's name.
    pub fn plain(&self) -> String {
        match self {
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Float(x) => float(*x),
            Self::String(s) => s.to_string(),
            Self::Date(d) => d.to_string(),
            Self::LocalTime(t) => t.to_string(),
            Self::Time(t) => t.to_string(),
            Self::LocalDateTime(d) => d.to_string(),
            Self::DateTime(d) => d.to_string(),
            Self::Duration(d) => d.to_string(),
            other => other.type_name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Builder, ElementId};

    #[test]
    fn a_path_is_written_with_its_directions() {
        let mut b = Builder::default();
        let a = b.node(ElementId(1), ["B", "A"], [("x", Value::Int(1)), ("a b", "it's".into())]);
        let c = b.node(ElementId(2), [], []);
        let r = b.rel(ElementId(3), "T", a, c, [("f", Value::Float(1e20))]);
        let graph = b.build().unwrap();
        let path = Value::Path(Path { nodes: vec![c, a], rels: vec![r] }.into());
        assert_eq!(text(&path, &graph), r"<()<-[:T {f: 1.0E20}]-(:A:B {`a b`: 'it\'s', x: 1})>");
    }
}
