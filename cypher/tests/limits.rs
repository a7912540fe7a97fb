//! Queries that would explode end with a limit, decided by counting and not by the clock.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use common::{ring, run_with};
use graph::Snapshot;
use graph::query::{ErrorKind, Limits, Query, QueryEngine};

const TIGHT: Limits = Limits { work: 200_000, rows: 1_000, memory: 1 << 20, time: None };

fn stops(graph: &Snapshot, text: &str) {
    let error = run_with(graph, text, TIGHT).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit, "{text}: {error}");
}

#[test]
fn what_explodes_is_stopped() {
    let graph = ring(60, 7);
    for text in [
        "MATCH (a), (b), (c), (d) RETURN count(*)",
        "MATCH (a)-[*]-(b) RETURN count(*)",
        "MATCH p = (a)-[*20]->(b) RETURN count(p)",
        "MATCH (a) WHERE EXISTS { MATCH (x), (y), (z) WHERE x.k + y.k + z.k = -1 RETURN x } RETURN a",
        "MATCH (a) RETURN [(a)-[*]->(b) | b.k]",
        "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*)",
        "RETURN size(range(1, 9223372036854775807))",
        "RETURN size(range(-9223372036854775807, 9223372036854775807, 1))",
        "WITH range(1, 20000) AS l RETURN [x IN l | [y IN l | x * y]]",
        "RETURN reduce(s = 'x', i IN range(1, 100) | s + s)",
        "RETURN reduce(l = [1], i IN range(1, 100) | l + l)",
        "RETURN reduce(l = [1], i IN range(1, 100) | [l, l, l, l])",
        "RETURN reduce(l = [], i IN range(1, 100000) | [l])",
        "RETURN reduce(m = {}, i IN range(1, 100000) | {m: m})",
        "RETURN replace('aaaaaaaaaaaaaaaa', 'a', reduce(s = 'x', i IN range(1, 18) | s + s))",
        "MATCH (a), (b), (c) RETURN a.k AS k, b, c ORDER BY k",
        "MATCH (a), (b), (c) RETURN DISTINCT a, b, c",
        "MATCH (a), (b), (c) RETURN a, b, count(c)",
        "MATCH (a), (b), (c) RETURN collect([a, b, c])",
        "MATCH (a), (b) RETURN a, b",
        "MATCH (a), (b), (c) RETURN a UNION MATCH (a), (b), (c) RETURN a",
    ] {
        stops(&graph, text);
    }
}

#[test]
fn the_work_is_told_and_is_what_stops() {
    let graph = ring(100, 3);
    let text = "MATCH (a)-->(b)-->(c) RETURN count(*) AS c";
    let table = run_with(&graph, text, Limits { time: None, ..Limits::default() }).unwrap();
    let enough = Limits { work: table.work, time: None, ..Limits::default() };
    assert!(run_with(&graph, text, enough).is_ok());
    let error = run_with(&graph, text, Limits { work: table.work / 2, ..enough }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
}

#[test]
fn the_first_rows_cost_no_more_than_they_need() {
    let graph = ring(5_000, 3);
    for text in [
        "MATCH (a)-->(b)-->(c) RETURN c LIMIT 5",
        "MATCH (a), (b), (c) RETURN a LIMIT 3",
        "MATCH (a), (b), (c) WITH a LIMIT 3 RETURN a.k",
        "RETURN EXISTS { MATCH (a), (b), (c) RETURN a } AS e",
    ] {
        let table = run_with(&graph, text, Limits { work: 2_000, ..TIGHT }).unwrap();
        assert!(!table.rows.is_empty(), "{text}");
    }
}

#[test]
fn the_best_of_many_are_found_in_little_memory() {
    let graph = ring(50_000, 1);
    let limits = Limits { memory: 1 << 20, work: 10_000_000, rows: 10, time: None };
    let table = run_with(&graph, "MATCH (a) RETURN a.k AS k ORDER BY k DESC LIMIT 3", limits).unwrap();
    let found: Vec<_> = table.rows.iter().map(|r| r[0].clone()).collect();
    assert_eq!(found, [49_999, 49_998, 49_997].map(graph::Value::Int));
}

#[test]
fn a_query_that_was_stopped_says_so() {
    let graph = ring(60, 7);
    let mut query = Query::new("MATCH (a)-[*]-(b) RETURN count(*)", 0);
    query.limits.time = None;
    query.cancel = Some(Arc::new(AtomicBool::new(true)));
    let error = cypher::Engine.run(&graph, &query).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn no_time_is_over_at_once() {
    let graph = ring(60, 7);
    let limits = Limits { time: Some(std::time::Duration::ZERO), ..Limits::default() };
    let error = run_with(&graph, "MATCH (a)-[*]-(b) RETURN count(*)", limits).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
}
