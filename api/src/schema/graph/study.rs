//! What the shape of the graph tells, on the wire.

use async_graphql::{ID, SimpleObject};
use projections::graph::Graph;
use uuid::Uuid;

use crate::app::Study;
use crate::app::graph::{Gap, Ranked};
use crate::schema::scalars::Basis;

/// A node and its place among the others.
#[derive(SimpleObject)]
pub struct GraphRank {
    node: ID,
    kind: String,
    name: String,
    /// How often a walker along the relations comes by (damping 0.85); all sum to one.
    page_rank: f64,
    /// On how much of the shortest ways between others it lies, from 0 to 1.
    betweenness: f64,
    /// Its relations, both ways.
    degree: u64,
    /// The number of its community.
    community: u64,
    /// The number of its component.
    component: u64,
}

/// Nodes that have more to do with each other than with the rest, by the Louvain method.
#[derive(SimpleObject)]
pub struct GraphCommunity {
    number: u64,
    size: u64,
    /// Names of the most central of them.
    members: Vec<String>,
}

/// Something that one would expect to know.
#[derive(SimpleObject)]
pub struct GraphGap {
    /// `alone`, `property` or `relation`.
    kind: &'static str,
    name: String,
    /// With whom a relation is missing.
    other: Option<String>,
    /// What is missing.
    property: Option<String>,
    /// The part of its kind that has the property.
    usual: Option<f64>,
    /// Neighbours that both have.
    shared: Option<u64>,
}

/// What the shape of a graph tells. Exact where it says so, and the same for the same graph always.
#[derive(SimpleObject)]
pub struct GraphAnalytics {
    basis: Basis,
    valid: Option<String>,
    nodes: u64,
    edges: u64,
    /// The highest PageRank first.
    ranked: Vec<GraphRank>,
    /// The highest betweenness first.
    between: Vec<GraphRank>,
    /// Whether PageRank settled.
    settled: bool,
    /// Whether betweenness is exact; otherwise it is estimated from `sources` nodes, evenly spread.
    exact: bool,
    sources: u64,
    /// How well the communities divide the graph, from -0.5 to 1.
    modularity: f64,
    community_count: u64,
    communities: Vec<GraphCommunity>,
    component_count: u64,
    /// Nodes of the largest components.
    components: Vec<u64>,
    gaps: Vec<GraphGap>,
}

/// A way from one node to another.
#[derive(SimpleObject)]
pub struct GraphWay {
    nodes: Vec<ID>,
    edges: Vec<ID>,
    /// Names and predicates in turn: who, how, whom.
    told: Vec<String>,
}

/// All ways between two nodes.
#[derive(SimpleObject)]
pub struct GraphWays {
    pub basis: Basis,
    pub ways: Vec<GraphWay>,
    /// Whether there are no others within the bounds.
    pub complete: bool,
}

fn name(graph: &Graph, id: Uuid) -> String {
    graph.node(id).map(|n| n.name.clone()).unwrap_or_default()
}

fn rank(graph: &Graph, r: &Ranked) -> GraphRank {
    GraphRank {
        node: r.node.to_string().into(),
        kind: graph.node(r.node).map(|n| n.kind.clone()).unwrap_or_default(),
        name: name(graph, r.node),
        page_rank: r.page_rank,
        betweenness: r.betweenness,
        degree: r.degree as u64,
        community: r.community as u64,
        component: r.component as u64,
    }
}

fn gap(graph: &Graph, gap: &Gap) -> GraphGap {
    let empty =
        GraphGap { kind: "alone", name: String::new(), other: None, property: None, usual: None, shared: None };
    match gap {
        Gap::Alone(node) => GraphGap { name: name(graph, *node), ..empty },
        Gap::Property(node, property, usual) => GraphGap {
            kind: "property",
            name: name(graph, *node),
            property: Some(property.clone()),
            usual: Some(*usual),
            ..empty
        },
        Gap::Relation(one, other, shared) => GraphGap {
            kind: "relation",
            name: name(graph, *one),
            other: Some(name(graph, *other)),
            shared: Some(*shared as u64),
            ..empty
        },
    }
}

impl GraphAnalytics {
    pub(super) fn new(basis: Basis, valid: Option<String>, graph: &Graph, study: Study, top: usize) -> Self {
        let mut between: Vec<&Ranked> = study.ranked.iter().filter(|r| r.betweenness > 0.0).collect();
        between.sort_by(|a, b| b.betweenness.total_cmp(&a.betweenness).then(a.node.cmp(&b.node)));
        let community = |c: &crate::app::graph::Community| GraphCommunity {
            number: c.number as u64,
            size: c.size as u64,
            members: c.members.iter().map(|id| name(graph, *id)).collect(),
        };
        Self {
            basis,
            valid,
            nodes: graph.nodes().len() as u64,
            edges: graph.edges().len() as u64,
            ranked: study.ranked.iter().take(top).map(|r| rank(graph, r)).collect(),
            between: between.into_iter().take(top).map(|r| rank(graph, r)).collect(),
            settled: study.settled,
            exact: study.exact,
            sources: study.sources as u64,
            modularity: study.modularity,
            community_count: study.communities.len() as u64,
            communities: study.communities.iter().take(top).map(community).collect(),
            component_count: study.components.len() as u64,
            components: study.components.iter().take(top).map(|n| *n as u64).collect(),
            gaps: study.gaps.iter().map(|g| gap(graph, g)).collect(),
        }
    }
}

impl GraphWay {
    pub(super) fn new(graph: &Graph, nodes: &[Uuid], edges: &[Uuid]) -> Self {
        let predicate =
            |id: &Uuid| graph.edges().iter().find(|e| e.id == *id).map(|e| e.predicate.clone()).unwrap_or_default();
        let mut told: Vec<String> = Vec::new();
        for (n, node) in nodes.iter().enumerate() {
            told.push(name(graph, *node));
            told.extend(edges.get(n).map(predicate));
        }
        let ids = |all: &[Uuid]| all.iter().map(|id| ID::from(id.to_string())).collect();
        Self { nodes: ids(nodes), edges: ids(edges), told }
    }
}
