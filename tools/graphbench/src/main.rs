//! Times queries and analytics over a list of edges, and prints answers and times as JSON.
//!
//! `tools/compare/graphs.py` calls it. A line of the file is `from to`, two numbers of nodes.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A tool of the terminal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use cypher::Engine;
use graph::analytics::{PageRank, Sources, betweenness, louvain, page_rank};
use graph::query::{Limits, Query, QueryEngine};
use graph::value::to_json;
use graph::{Builder, ElementId, NodeId, Snapshot, Value};
use serde_json::{Value as Json, json};

/// Loads a graph and times what is asked of it.
#[derive(Parser)]
struct Arguments {
    /// Edges, one on each line.
    edges: PathBuf,
    /// A query; may be repeated. Each runs `--repeat` times.
    #[arg(long)]
    query: Vec<String>,
    /// How often each query runs; the median is told.
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// Also PageRank, communities and betweenness.
    #[arg(long)]
    analytics: bool,
    /// Sources of betweenness, with commas; without, all nodes.
    #[arg(long)]
    sources: Option<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<Json, String> {
    let text = std::fs::read_to_string(&arguments.edges).map_err(|e| e.to_string())?;
    let edges: Vec<(u32, u32)> = text.lines().filter_map(edge).collect();
    let start = Instant::now();
    let graph = load(&edges)?;
    let mut answer = json!({
        "nodes": graph.node_count(), "edges": graph.rel_count(), "load_s": start.elapsed().as_secs_f64(),
    });
    let mut queries = Vec::new();
    for text in &arguments.query {
        queries.push(ask(&graph, text, arguments.repeat)?);
    }
    answer["queries"] = queries.into();
    if arguments.analytics {
        answer["analytics"] = analytics(&graph, arguments.sources.as_deref())?;
    }
    Ok(answer)
}

fn edge(line: &str) -> Option<(u32, u32)> {
    let mut ends = line.split_whitespace().map(str::parse);
    Some((ends.next()?.ok()?, ends.next()?.ok()?))
}

/// A node has the label `P` and its number as `k`; an edge has the type `T` and its number as `n`.
fn load(edges: &[(u32, u32)]) -> Result<Snapshot, String> {
    let mut builder = Builder::default();
    let count = edges.iter().map(|(a, b)| a.max(b) + 1).max().unwrap_or(0);
    let nodes: Vec<NodeId> =
        (0..count).map(|k| builder.node(ElementId(k.into()), ["P"], [("k", Value::Int(k.into()))])).collect();
    for (n, (a, b)) in edges.iter().enumerate() {
        let number = i64::try_from(n).unwrap_or(0);
        builder.rel(ElementId(n as u128), "T", nodes[*a as usize], nodes[*b as usize], [("n", Value::Int(number))]);
    }
    builder.build().map_err(|e| e.to_string())
}

fn ask(graph: &Snapshot, text: &str, repeat: usize) -> Result<Json, String> {
    let mut query = Query::new(text, 0);
    query.limits = Limits { rows: 2_000_000, memory: 2 << 30, work: u64::MAX, time: None };
    let mut times = Vec::new();
    let mut rows = Vec::new();
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        let table = Engine.run(graph, &query).map_err(|e| e.to_string())?;
        times.push(start.elapsed().as_secs_f64());
        rows = table.rows;
    }
    let first = times[0];
    times.sort_by(f64::total_cmp);
    let rows: Vec<Json> = rows.iter().map(|r| r.iter().map(|v| to_json(v, graph)).collect()).collect();
    Ok(json!({"query": text, "first_s": first, "median_s": times[times.len() / 2], "rows": rows}))
}

fn analytics(graph: &Snapshot, sources: Option<&str>) -> Result<Json, String> {
    let mut times = BTreeMap::new();
    let start = Instant::now();
    let ranks = page_rank(graph, PageRank::default()).ok_or("PageRank did not settle")?;
    times.insert("pagerank", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let communities = louvain(graph);
    times.insert("louvain", start.elapsed().as_secs_f64());
    let sources = match sources {
        None => Sources::All,
        Some(list) => Sources::Given(list.split(',').filter_map(|n| n.parse().ok()).map(NodeId).collect()),
    };
    let start = Instant::now();
    let between = betweenness(graph, true, &sources);
    times.insert("betweenness", start.elapsed().as_secs_f64());
    Ok(json!({
        "times": times, "pagerank": ranks, "louvain": communities.of, "modularity": communities.modularity,
        "betweenness": between.scores, "sources": between.sources, "exact": between.exact,
    }))
}
