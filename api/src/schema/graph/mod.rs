//! The knowledge graph on the wire.

mod questions;
mod study;

use async_graphql::{ID, InputObject, Json, SimpleObject};
use projections::graph::{self, Change, Graph};
use uuid::Uuid;

use super::scalars::{Basis, Position};
use crate::app::Answered;

pub use questions::GraphQuestions;

/// A moment of two clocks.
#[derive(InputObject, Default)]
pub struct GraphAsOf {
    /// What held then: a time, or `now`. Left out: of every time.
    pub valid: Option<String>,
    /// What was known then: a position, a time or `latest`.
    pub known: Option<String>,
}

/// What something rests on.
#[derive(SimpleObject)]
pub struct GraphEvidence {
    /// The message; none for a correction.
    message: Option<ID>,
    position: Position,
    /// First byte of the sentence in the message.
    start: u32,
    /// The byte after its last.
    end: u32,
}

/// A value that a node has for a time.
#[derive(SimpleObject)]
pub struct GraphProperty {
    key: String,
    value: String,
    valid_from: Option<String>,
    valid_until: Option<String>,
    recorded: Position,
    confidence: f64,
    evidence: Vec<GraphEvidence>,
}

/// Somebody or something.
#[derive(SimpleObject)]
pub struct GraphNode {
    id: ID,
    kind: String,
    name: String,
    aliases: Vec<String>,
    /// In how many messages it is named.
    mentions: u64,
    recorded: Position,
    properties: Vec<GraphProperty>,
}

/// A relation.
#[derive(SimpleObject)]
pub struct GraphEdge {
    id: ID,
    source: ID,
    subject: String,
    predicate: String,
    target: ID,
    object: String,
    /// Since when it holds; none when nobody knows.
    valid_from: Option<String>,
    /// Until when it held.
    valid_until: Option<String>,
    /// Whether its begin was said; otherwise it is when it was first spoken of.
    stated: bool,
    /// The event that it is known since.
    recorded: Position,
    /// The event that told of its end.
    closed: Option<Position>,
    confidence: f64,
    evidence: Vec<GraphEvidence>,
}

/// A graph, or a part of one.
#[derive(SimpleObject)]
pub struct GraphView {
    pub basis: Basis,
    /// The moment of the valid clock; none for every time.
    pub valid: Option<String>,
    pub nodes: Vec<GraphNode>,
    pub edges: Vec<GraphEdge>,
    /// The answer of the query, where one was asked.
    pub table: Option<GraphTable>,
}

/// An answer in rows.
#[derive(SimpleObject)]
pub struct GraphTable {
    pub columns: Vec<String>,
    /// As many values in each row as there are columns. Nodes are objects with `id`, `labels` and `properties`, relations
    /// have `id`, `type`, `start`, `end` and `properties`; times are texts.
    pub rows: Vec<Json<Vec<serde_json::Value>>>,
    /// Steps that it took.
    pub work: u64,
}

/// How many of a kind or a predicate.
#[derive(SimpleObject)]
pub struct GraphCount {
    pub name: String,
    pub count: u64,
}

/// What a graph consists of.
#[derive(SimpleObject)]
pub struct GraphStats {
    pub basis: Basis,
    pub nodes: u64,
    pub edges: u64,
    /// Relations that hold at the moment of the basis.
    pub current: u64,
    pub kinds: Vec<GraphCount>,
    pub predicates: Vec<GraphCount>,
    /// SHA-256 of all of it, in hex.
    pub digest: String,
    /// Predicates that can be used in a correction.
    pub vocabulary: Vec<String>,
}

/// Somebody, and how close. How each number comes about stands in docs/graph.md.
#[derive(SimpleObject)]
pub struct GraphPerson {
    node: ID,
    name: String,
    roles: Vec<String>,
    family: bool,
    authority: f64,
    intimacy: f64,
    care: f64,
    frequency: f64,
    context_similarity: f64,
    stability: f64,
}

/// Two names that may mean the same.
#[derive(SimpleObject)]
pub struct GraphDoubt {
    one: ID,
    name: String,
    other: ID,
    other_name: String,
    kind: String,
    /// How alike the names are, from 0 to 1.
    likeness: f64,
    reason: &'static str,
}

impl GraphDoubt {
    pub(super) fn new(graph: &Graph, doubt: &graph::Doubt) -> Self {
        let of = |id: Uuid| graph.node(id).map(|n| (n.name.clone(), n.kind.clone())).unwrap_or_default();
        let ((name, kind), (other_name, _)) = (of(doubt.one), of(doubt.other));
        let (one, other) = (doubt.one.to_string().into(), doubt.other.to_string().into());
        Self { one, name, other, other_name, kind, likeness: doubt.likeness, reason: doubt.reason }
    }
}

/// What is different between two moments.
#[derive(SimpleObject)]
pub struct GraphChanges {
    pub before: Basis,
    pub after: Basis,
    pub changes: Vec<Json<Change>>,
}

impl From<graph::Closeness> for GraphPerson {
    fn from(c: graph::Closeness) -> Self {
        Self {
            node: c.node.to_string().into(),
            name: c.name,
            roles: c.roles,
            family: c.family,
            authority: c.authority,
            intimacy: c.intimacy,
            care: c.care,
            frequency: c.frequency,
            context_similarity: c.context_similarity,
            stability: c.stability,
        }
    }
}

fn evidence(all: &[graph::Evidence]) -> Vec<GraphEvidence> {
    let one = |e: &graph::Evidence| GraphEvidence {
        message: e.message.map(|m| m.to_string().into()),
        position: e.position.into(),
        start: e.span.start,
        end: e.span.end,
    };
    all.iter().map(one).collect()
}

fn node(n: &graph::Node) -> GraphNode {
    let property = |p: &graph::Property| GraphProperty {
        key: p.key.clone(),
        value: p.value.clone(),
        valid_from: p.valid_from.map(|t| t.to_string()),
        valid_until: p.valid_until.map(|t| t.to_string()),
        recorded: p.recorded.into(),
        confidence: p.confidence,
        evidence: evidence(&p.evidence),
    };
    GraphNode {
        id: n.id.to_string().into(),
        kind: n.kind.clone(),
        name: n.name.clone(),
        aliases: n.aliases.clone(),
        mentions: n.mentions.len() as u64,
        recorded: n.recorded.into(),
        properties: n.properties.iter().map(property).collect(),
    }
}

fn edge(graph: &Graph, e: &graph::Edge) -> GraphEdge {
    let name = |id: Uuid| graph.node(id).map(|n| n.name.clone()).unwrap_or_default();
    GraphEdge {
        id: e.id.to_string().into(),
        source: e.source.to_string().into(),
        subject: name(e.source),
        predicate: e.predicate.clone(),
        target: e.target.to_string().into(),
        object: name(e.target),
        valid_from: e.valid_from.map(|t| t.to_string()),
        valid_until: e.valid_until.map(|t| t.to_string()),
        stated: e.stated,
        recorded: e.recorded.into(),
        closed: e.closed.map(Into::into),
        confidence: e.confidence,
        evidence: evidence(&e.evidence),
    }
}

impl GraphView {
    /// The nodes that fit, and the relations between them.
    pub(super) fn new(basis: Basis, valid: Option<String>, graph: &Graph, fits: impl Fn(Uuid) -> bool) -> Self {
        let nodes = graph.nodes().iter().filter(|n| fits(n.id)).map(node).collect();
        let edges = graph.edges().iter().filter(|e| fits(e.source) && fits(e.target));
        Self { basis, valid, nodes, edges: edges.map(|e| edge(graph, e)).collect(), table: None }
    }

    /// An answer, with the nodes and relations that it names.
    pub(super) fn answer(basis: Basis, valid: Option<String>, graph: &Graph, answer: Answered) -> Self {
        let nodes = graph.nodes().iter().filter(|n| answer.nodes.contains(&n.id)).map(node).collect();
        let edges = graph.edges().iter().filter(|e| answer.edges.contains(&e.id)).map(|e| edge(graph, e)).collect();
        let rows = answer.rows.into_iter().map(Json).collect();
        let table = GraphTable { columns: answer.columns, rows, work: answer.work };
        Self { basis, valid, nodes, edges, table: Some(table) }
    }

    /// Puts the nodes into an order.
    pub(super) fn order(&mut self, way: &[Uuid]) {
        self.nodes.sort_by_key(|n| way.iter().position(|id| id.to_string() == n.id.as_str()));
    }
}

/// Counts names, the most frequent first.
pub(super) fn counts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<GraphCount> {
    let mut all: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    names.for_each(|n| *all.entry(n).or_default() += 1);
    let mut all: Vec<GraphCount> =
        all.into_iter().map(|(name, count)| GraphCount { name: name.to_owned(), count }).collect();
    all.sort_by_key(|c| std::cmp::Reverse(c.count));
    all
}
