//! Functions of nodes, relationships, paths and maps.

use graph::Value;

use super::Gives::{Any, Bool, Int, ListOfNodes, ListOfRels, ListOfText, Map, Node, Text};
use super::Takes::{self, Element, Holder, Path, Rel};
use super::{Function, function, refused, refused_value};
use crate::error::Outcome;
use crate::run::Run;

pub const ALL: &[Function] = &[
    function("id", (1, 1), &[Element], Int, id),
    function("elementId", (1, 1), &[Element], Text, element_id),
    function("labels", (1, 1), &[Takes::Node], ListOfText, labels),
    function("type", (1, 1), &[Rel], Text, kind),
    function("properties", (1, 1), &[Holder], Map, properties),
    function("keys", (1, 1), &[Holder], ListOfText, keys),
    function("startNode", (1, 1), &[Rel], Node, |run, args| end(run, args, true)),
    function("endNode", (1, 1), &[Rel], Node, |run, args| end(run, args, false)),
    function("nodes", (1, 1), &[Path], ListOfNodes, nodes),
    function("relationships", (1, 1), &[Path], ListOfRels, relationships),
    function("rels", (1, 1), &[Path], ListOfRels, relationships),
    function("length", (1, 1), &[Path], Int, length),
    function("coalesce", (1, 1000), &[], Any, coalesce),
    function("nullIf", (2, 2), &[], Any, null_if),
    function("valueType", (1, 1), &[], Text, |_, args| Ok(Value::from(args[0].type_name().to_uppercase()))),
    function("exists", (1, 1), &[], Bool, |_, args| Ok(Value::Bool(!args[0].is_null()))),
];

fn id(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Node(id) => Ok(Value::Int(i64::from(id.0))),
        Value::Rel(id) => Ok(Value::Int(i64::from(id.0))),
        other => Err(refused_value("id", other)),
    }
}

fn element_id(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Node(id) => Ok(Value::from(run.graph.node_element(*id).to_string())),
        Value::Rel(id) => Ok(Value::from(run.graph.rel_element(*id).to_string())),
        other => Err(refused_value("elementId", other)),
    }
}

fn labels(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Node(id) => Ok(Value::list(run.graph.labels(*id).map(Value::from).collect())),
        other => Err(refused_value("labels", other)),
    }
}

fn kind(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Rel(id) => Ok(Value::from(run.graph.type_name(run.graph.rel_type(*id)))),
        other => Err(refused_value("type", other)),
    }
}

fn properties(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        of @ (Value::Node(_) | Value::Rel(_) | Value::Map(_)) => Ok(Value::map(run.properties(of)?)),
        other => Err(refused("properties", other)),
    }
}

fn keys(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        of @ (Value::Node(_) | Value::Rel(_) | Value::Map(_)) => {
            Ok(Value::list(run.properties(of)?.into_iter().map(|(k, _)| Value::String(k)).collect()))
        }
        other => Err(refused("keys", other)),
    }
}

fn end(run: &Run<'_>, args: &[Value], start: bool) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Rel(id) => Ok(Value::Node(if start { run.graph.source(*id) } else { run.graph.target(*id) })),
        other => Err(refused_value(if start { "startNode" } else { "endNode" }, other)),
    }
}

fn nodes(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Path(path) => Ok(Value::list(path.nodes.iter().map(|n| Value::Node(*n)).collect())),
        other => Err(refused("nodes", other)),
    }
}

fn relationships(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Path(path) => Ok(Value::list(path.rels.iter().map(|r| Value::Rel(*r)).collect())),
        other => Err(refused("relationships", other)),
    }
}

fn length(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::Path(path) => Ok(Value::Int(i64::try_from(path.rels.len()).unwrap_or(i64::MAX))),
        other => Err(refused("length", other)),
    }
}

fn coalesce(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    Ok(args.iter().find(|v| !v.is_null()).cloned().unwrap_or(Value::Null))
}

fn null_if(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let same = graph::value::equals(&args[0], &args[1]) == Some(true);
    Ok(if same { Value::Null } else { args[0].clone() })
}
