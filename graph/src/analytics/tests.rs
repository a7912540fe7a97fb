use proptest::prelude::*;

use super::*;
use crate::value::Path;
use crate::{Builder, ElementId, NodeId, Snapshot, Value};

fn graph(n: u32, edges: &[(u32, u32)]) -> Snapshot {
    let mut b = Builder::default();
    let nodes: Vec<NodeId> =
        (0..n).map(|i| b.node(ElementId(u128::from(i)), ["P"], [("i", Value::Int(i.into()))])).collect();
    for (i, (from, to)) in edges.iter().enumerate() {
        b.rel(ElementId(i as u128), "T", nodes[*from as usize], nodes[*to as usize], []);
    }
    b.build().unwrap()
}

/// Two triangles with one relationship between them.
const BARBELL: &[(u32, u32)] = &[(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-6, "{a} is not {b}");
}

#[test]
fn page_rank_of_a_known_graph_is_that_of_networkx() {
    // networkx.pagerank(DiGraph([(0, 1), (0, 2), (1, 2), (2, 0), (3, 2)]), tol=1e-12)
    let graph = graph(4, &[(0, 1), (0, 2), (1, 2), (2, 0), (3, 2)]);
    let exact = PageRank { tolerance: 1e-12, rounds: 1000, ..PageRank::default() };
    let scores = page_rank(&graph, exact).unwrap();
    for (score, wanted) in scores.iter().zip([0.372_526_9, 0.195_823_9, 0.394_149_2, 0.0375]) {
        close(*score, wanted);
    }
    close(scores.iter().sum(), 1.0);
}

#[test]
fn two_groups_are_found_as_two() {
    let found = louvain(&graph(6, BARBELL));
    assert_eq!(found.of, [0, 0, 0, 1, 1, 1]);
    assert_eq!(found.count, 2);
    close(found.modularity, 6.0 / 7.0 - 0.5);
}

#[test]
fn parts_without_a_way_between_them_are_told_apart() {
    // 1 and 4 stand alone; 2, 3, 5 hang together whichever way the relationships point.
    let found = components(&graph(6, &[(5, 2), (3, 2), (0, 0)]));
    assert_eq!(found.sizes, [3, 1, 1, 1]);
    assert_eq!(found.of, [1, 2, 0, 0, 3, 0]);
    assert_eq!(components(&graph(0, &[])).sizes, [0_usize; 0]);
}

#[test]
fn an_alias_finds_what_it_stands_for_and_nothing_else() {
    let mut b = Builder::default();
    let a = b.node(ElementId(1), ["Person"], []);
    b.node(ElementId(2), ["PLACE"], []);
    for (alias, label) in [("PERSON", "Person"), ("PLACE", "Person"), ("ANIMAL", "Animal")] {
        b.label_alias(alias, label);
    }
    let graph = b.build().unwrap();
    assert_eq!(graph.with_label(graph.label("PERSON").unwrap()), [a]);
    assert_eq!(graph.with_label(graph.label("PLACE").unwrap()).len(), 1, "a label of its own stays what it is");
    assert_eq!(graph.label("ANIMAL"), None);
    assert_eq!(graph.all_labels().collect::<Vec<_>>(), ["Person", "PLACE"]);
}

#[test]
fn the_bridge_lies_between() {
    let found = betweenness(&graph(6, BARBELL), false, &Sources::All);
    assert!(found.exact);
    // Of the 10 pairs that leave a node out, 6 go through each end of the bridge.
    close(found.scores[2], 0.6);
    close(found.scores[3], 0.6);
    close(found.scores[0], 0.0);
    let sampled = betweenness(&graph(6, BARBELL), false, &Sources::UpTo(3));
    assert!(!sampled.exact);
    assert_eq!(sampled.sources, 3);
}

#[test]
fn paths_are_shortest_or_all() {
    let graph = graph(6, BARBELL);
    let path = shortest_path(&graph, NodeId(0), NodeId(5), Way::Both).unwrap();
    assert_eq!(path.nodes, [0, 2, 3, 5].map(NodeId));
    assert_eq!(shortest_path(&graph, NodeId(3), NodeId(0), Way::Forward), None);
    let all = simple_paths(&graph, NodeId(0), NodeId(5), Way::Both, 10, 100, 10_000);
    assert_eq!((all.paths.len(), all.complete), (4, true));
    let short = simple_paths(&graph, NodeId(0), NodeId(5), Way::Both, 3, 100, 10_000);
    assert_eq!(short.paths, [path]);
    assert!(!simple_paths(&graph, NodeId(0), NodeId(5), Way::Both, 10, 1, 10_000).complete);
    assert!(!simple_paths(&graph, NodeId(0), NodeId(5), Way::Both, 10, 100, 3).complete);
    let own = simple_paths(&graph, NodeId(0), NodeId(0), Way::Both, 10, 100, 100);
    assert_eq!(own.paths, [Path { nodes: vec![NodeId(0)], rels: vec![] }]);
}

#[test]
fn surroundings_end_at_the_radius() {
    let found = ego(&graph(6, BARBELL), NodeId(2), 1, Way::Both, 100);
    assert_eq!(found.nodes, [(2, 0), (0, 1), (1, 1), (3, 1)].map(|(n, d)| (NodeId(n), d)));
    assert_eq!(found.rels.len(), 4);
    assert!(found.complete);
    assert!(!ego(&graph(6, BARBELL), NodeId(2), 1, Way::Both, 2).complete);
}

#[test]
fn a_change_names_what_it_was_and_is() {
    let before = graph(3, &[(0, 1)]);
    let mut b = Builder::default();
    let a = b.node(ElementId(0), ["P", "Q"], [("i", Value::Int(9))]);
    let c = b.node(ElementId(1), ["P"], [("i", Value::Int(1))]);
    b.node(ElementId(7), [], []);
    b.rel(ElementId(0), "T", c, a, []);
    let found = changes(&before, &b.build().unwrap());
    assert_eq!(found.added_nodes, [ElementId(7)]);
    assert_eq!(found.removed_nodes, [ElementId(2)]);
    assert_eq!(found.changed_nodes.len(), 1);
    assert_eq!(found.changed_nodes[0].properties["i"], (Value::Int(0), Value::Int(9)));
    assert_eq!(found.changed_rels[0].ends, Some(((ElementId(0), ElementId(1)), (ElementId(1), ElementId(0)))));
    assert_eq!(changes(&before, &before), Changes::default());
}

#[test]
fn gaps_are_what_the_rest_leads_to_expect() {
    let mut b = Builder::default();
    let nodes: Vec<NodeId> = (0..7)
        .map(|i| {
            let born = if i < 6 { Value::Int(1980 + i) } else { Value::Null };
            b.node(ElementId(i as u128), ["Person"], [("born", born)])
        })
        .collect();
    for (i, (x, y)) in [(0, 2), (0, 3), (1, 2), (1, 3), (4, 5)].into_iter().enumerate() {
        b.rel(ElementId(i as u128), "KNOWS", nodes[x], nodes[y], []);
    }
    let found = gaps(&b.build().unwrap(), 0.8, 2, 10);
    assert_eq!(found.alone, [nodes[6]]);
    assert_eq!(found.properties.len(), 1);
    assert_eq!((found.properties[0].node, &*found.properties[0].property), (nodes[6], "born"));
    let pair = |a: usize, b: usize| LinkGap { a: nodes[a], b: nodes[b], shared: 2 };
    assert_eq!(found.links, [pair(0, 1), pair(2, 3)]);
}

/// Betweenness by its definition: for each pair, the part of the shortest paths that pass.
fn by_definition(n: u32, graph: &Snapshot) -> Vec<f64> {
    let mut scores = vec![0.0; n as usize];
    for s in graph.nodes() {
        for t in graph.nodes().filter(|t| *t != s) {
            let Some(best) = shortest_path(graph, s, t, Way::Both) else { continue };
            let all = simple_paths(graph, s, t, Way::Both, best.rels.len(), usize::MAX, u64::MAX);
            for path in &all.paths {
                for node in &path.nodes[1..path.nodes.len() - 1] {
                    scores[node.0 as usize] += 1.0 / all.paths.len() as f64;
                }
            }
        }
    }
    let pairs = f64::from(n - 1) * f64::from(n - 2);
    scores.iter().map(|s| s / pairs).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn betweenness_is_its_definition(edges in proptest::collection::btree_set((0_u32..7, 0_u32..7), 0..14)) {
        // One relationship per pair: by definition parallel ones would be paths of their own.
        let simple: std::collections::BTreeSet<_> =
            edges.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
        let graph = graph(7, &simple.into_iter().collect::<Vec<_>>());
        let found = betweenness(&graph, false, &Sources::All);
        for (a, b) in found.scores.iter().zip(by_definition(7, &graph)) {
            prop_assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn scores_and_groups_are_sound(edges in proptest::collection::vec((0_u32..40, 0_u32..40), 0..120)) {
        let graph = graph(40, &edges);
        let scores = page_rank(&graph, PageRank::default()).unwrap();
        prop_assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let found = louvain(&graph);
        prop_assert_eq!(&found, &louvain(&graph));
        // No division is worse than each node alone.
        let alone: Vec<u32> = (0..40).collect();
        prop_assert!(found.modularity >= modularity(&graph, &alone) - 1e-9);
        prop_assert!((found.modularity - modularity(&graph, &found.of)).abs() < 1e-12);
    }
}
