//! Graphs from `CREATE` statements, for tests and tools. No query can reach this: [`crate::Engine`] does not read `CREATE`.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::query::{ErrorKind, Phase, Query, QueryError};
use graph::{Builder, ElementId, Map, NodeId, Snapshot, Value};

use crate::check::Creator;
use crate::error::{Outcome, failure};
use crate::plan::Outside;
use crate::run::Run;
use crate::syntax::ast::{Clause, Direction, Expr, Labels, Pattern};
use crate::syntax::{self, Allowed};

type Bound = BTreeMap<Arc<str>, Value>;

/// Runs a text of reading clauses and `CREATE` over a graph, and gives the graph after it. Elements are numbered on.
pub fn create(graph: Snapshot, text: &str) -> Result<Snapshot, QueryError> {
    let mut graph = graph;
    run(&mut graph, text).map_err(|fault| fault.in_text(text))?;
    Ok(graph)
}

fn run(graph: &mut Snapshot, text: &str) -> Outcome<()> {
    let tree = syntax::parse(text, Allowed::Creating)?;
    let mut rows = vec![Bound::new()];
    for part in tree.parts {
        let mut reading = Vec::new();
        for clause in part {
            if let Clause::Create { patterns } = clause {
                rows = read(graph, text, &std::mem::take(&mut reading), rows)?;
                *graph = write(graph, text, &patterns, &mut rows)?;
            } else {
                reading.push(clause);
            }
        }
    }
    Ok(())
}

/// Runs reading clauses for each row, and gives the rows after them.
fn read(graph: &Snapshot, text: &str, clauses: &[Clause], rows: Vec<Bound>) -> Outcome<Vec<Bound>> {
    if clauses.is_empty() {
        return Ok(rows);
    }
    let params = Map::default();
    let outside = Outside { graph, params: &params, text };
    let names: Vec<Arc<str>> = rows.first().map(|r| r.keys().cloned().collect()).unwrap_or_default();
    let (segments, columns, slots) = Creator::segments(&outside, clauses, &names)?;
    let query = Query::new(text, 0);
    let run = Run::new(graph, &query);
    let columns: Vec<Arc<str>> = columns.iter().map(|c| c.as_str().into()).collect();
    let mut after = Vec::new();
    // The whole input is one list that is unwound, so that aggregations see all of it.
    let input: Vec<Value> = rows.into_iter().map(|r| Value::Map(Map::new(r))).collect();
    for values in run.unwound(&segments, slots, &names, input)? {
        after.push(columns.iter().cloned().zip(values).collect());
    }
    Ok(after)
}

fn write(graph: &Snapshot, text: &str, patterns: &[Pattern], rows: &mut [Bound]) -> Outcome<Snapshot> {
    let mut builder = graph.to_builder();
    let params = Map::default();
    let outside = Outside { graph, params: &params, text };
    let value = |expr: &Expr, bound: &Bound| Creator::value(&outside, expr, bound);
    for bound in rows {
        for pattern in patterns {
            let mut nodes: Vec<NodeId> = Vec::new();
            for node in &pattern.nodes {
                let known = node.name.as_ref().and_then(|n| bound.get(&n.text));
                if let Some(Value::Node(id)) = known {
                    nodes.push(*id);
                    continue;
                }
                let props = properties(node.props.as_ref(), |e| value(e, bound))?;
                let element = ElementId((builder.node_count() + builder.rel_count()) as u128 + 1);
                let id = add_node(&mut builder, element, node.labels.as_ref(), &props);
                if let Some(name) = &node.name {
                    bound.insert(name.text.clone(), Value::Node(id));
                }
                nodes.push(id);
            }
            for (i, rel) in pattern.rels.iter().enumerate() {
                let (from, to) = match rel.direction {
                    Direction::Left => (nodes[i + 1], nodes[i]),
                    _ => (nodes[i], nodes[i + 1]),
                };
                let props = properties(rel.props.as_ref(), |e| value(e, bound))?;
                let Some(Labels::Is(kind)) = &rel.types else {
                    return Err(failure(
                        ErrorKind::Syntax,
                        "NoSingleRelationshipType",
                        "a relationship needs one type",
                    ));
                };
                let element = ElementId((builder.node_count() + builder.rel_count()) as u128 + 1);
                let id = builder.rel(element, kind, from, to, props.iter().map(|(k, v)| (&**k, v.clone())));
                if let Some(name) = &rel.name {
                    bound.insert(name.text.clone(), Value::Rel(id));
                }
            }
        }
    }
    builder.build().map_err(|e| {
        let mut fault = failure(ErrorKind::Limit, "TooLarge", e.to_string());
        fault.phase = Phase::Run;
        fault
    })
}

fn add_node(builder: &mut Builder, element: ElementId, labels: Option<&Labels>, props: &Map) -> NodeId {
    let mut names: Vec<&str> = Vec::new();
    let mut open: Vec<&Labels> = labels.into_iter().collect();
    while let Some(labels) = open.pop() {
        match labels {
            Labels::Is(name) => names.push(name),
            Labels::And(all) => open.extend(all.iter().rev()),
            _ => {}
        }
    }
    builder.node(element, names, props.iter().map(|(k, v)| (&**k, v.clone())))
}

fn properties(expr: Option<&Expr>, value: impl Fn(&Expr) -> Outcome<Value>) -> Outcome<Map> {
    match expr.map(value).transpose()? {
        Some(Value::Map(map)) => Ok(map),
        _ => Ok(Map::default()),
    }
}
