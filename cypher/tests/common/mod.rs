//! Graphs and questions for tests.
#![allow(dead_code, clippy::unwrap_used)]

use cypher::Engine;
use graph::query::{Limits, Query, QueryEngine, QueryError, Table};
use graph::{Builder, ElementId, NodeId, Snapshot, Value};

/// `n` nodes in a ring, each with relationships to the next `out`.
pub fn ring(n: u32, out: u32) -> Snapshot {
    let mut builder = Builder::default();
    let nodes: Vec<NodeId> =
        (0..n).map(|k| builder.node(ElementId(k.into()), ["P"], [("k", Value::Int(k.into()))])).collect();
    for k in 0..n {
        for step in 1..=out {
            let element = ElementId(u128::from(k * out + step));
            builder.rel(element, "T", nodes[k as usize], nodes[((k + step) % n) as usize], []);
        }
    }
    builder.build().unwrap()
}

/// Runs a query within limits.
pub fn run_with(graph: &Snapshot, text: &str, limits: Limits) -> Result<Table, QueryError> {
    let mut query = Query::new(text, 0);
    query.limits = limits;
    Engine.run(graph, &query)
}

/// Runs a query within small limits.
pub fn run(graph: &Snapshot, text: &str) -> Result<Table, QueryError> {
    run_with(graph, text, Limits { work: 1_000_000, memory: 16 << 20, rows: 10_000, time: None })
}
