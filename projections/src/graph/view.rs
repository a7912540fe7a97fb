//! A person's graph at a basis: nodes, edges and properties, each with both clocks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ::graph::Snapshot;
use ::graph::snapshot::TooLarge;
use events::payload::Span;
use events::{Digest, MessageId, Position, Timestamp, codec};
use serde::Serialize;
use uuid::Uuid;

use super::doubt::{Doubt, doubts};
use super::made::{Made, snapshot};

/// What a statement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The message; `None` for a correction.
    pub message: Option<MessageId>,
    /// The event.
    pub position: Position,
    /// The sentence in the message, in bytes.
    pub span: Span,
}

/// A value that a node has for a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Property {
    /// The predicate.
    pub key: String,
    /// The value.
    pub value: String,
    /// Since when it holds.
    pub valid_from: Option<Timestamp>,
    /// Until when it held.
    pub valid_until: Option<Timestamp>,
    /// The event that it is known since.
    pub recorded: Position,
    /// The event that told of its end.
    pub closed: Option<Position>,
    /// In `[0, 1]`.
    pub confidence: f64,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// Somebody or something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Lasting id.
    pub id: Uuid,
    /// Kind of entity.
    pub kind: String,
    /// The name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Its values.
    pub properties: Vec<Property>,
    /// Where it was named: event, message, when it was said.
    pub mentions: Vec<(Position, MessageId, Timestamp)>,
    /// The event that it is known since.
    pub recorded: Position,
}

/// A relation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// Lasting id.
    pub id: Uuid,
    /// From whom.
    pub source: Uuid,
    /// The predicate.
    pub predicate: String,
    /// To whom or what.
    pub target: Uuid,
    /// Since when it holds; `None` when nobody knows.
    pub valid_from: Option<Timestamp>,
    /// Until when it held.
    pub valid_until: Option<Timestamp>,
    /// Whether its begin was said; otherwise it is when it was first spoken of.
    pub stated: bool,
    /// The event that it is known since.
    pub recorded: Position,
    /// The event that told of its end.
    pub closed: Option<Position>,
    /// In `[0, 1]`.
    pub confidence: f64,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

fn holds(from: Option<Timestamp>, until: Option<Timestamp>, at: Timestamp) -> bool {
    from.is_none_or(|f| f <= at) && until.is_none_or(|u| at < u)
}

impl Edge {
    /// Whether it holds at a moment of the valid clock.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        holds(self.valid_from, self.valid_until, at)
    }
}

impl Property {
    /// Whether it holds at a moment of the valid clock.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        holds(self.valid_from, self.valid_until, at)
    }
}

/// Everything known at a basis, of every time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    by_id: HashMap<Uuid, usize>,
    /// Pairs that somebody told apart.
    apart: BTreeSet<(Uuid, Uuid)>,
    made: Made,
}

/// A difference between two graphs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// A node that was not there before.
    NodeAdded {
        /// The node.
        node: Node,
    },
    /// A node that is gone.
    NodeRemoved {
        /// The node.
        node: Node,
    },
    /// A relation that was not there before.
    EdgeAdded {
        /// The relation.
        edge: Edge,
    },
    /// A relation that is gone.
    EdgeRemoved {
        /// The relation.
        edge: Edge,
    },
    /// A relation that holds for another time now.
    EdgeChanged {
        /// As it was.
        before: Edge,
        /// As it is.
        after: Edge,
    },
}

impl Graph {
    pub(super) fn new(nodes: Vec<Node>, edges: Vec<Edge>) -> Self {
        let by_id: HashMap<Uuid, usize> = nodes.iter().enumerate().map(|(n, node)| (node.id, n)).collect();
        let edges =
            edges.into_iter().filter(|e| by_id.contains_key(&e.source) && by_id.contains_key(&e.target)).collect();
        Self { nodes, edges, by_id, apart: BTreeSet::new(), made: Made::default() }
    }

    pub(super) fn with_apart(self, apart: BTreeSet<(Uuid, Uuid)>) -> Self {
        Self { apart, ..self }
    }

    /// Pairs of nodes that may be one, the most alike first; made once and kept. Those that somebody told apart are no
    /// doubt any more.
    pub fn doubts(&self) -> &[Doubt] {
        self.made.doubts(|| doubts(self, &self.apart))
    }

    /// Every node.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every relation of every time, in the order it became known.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// A node by its id.
    pub fn node(&self, id: Uuid) -> Option<&Node> {
        self.by_id.get(&id).and_then(|n| self.nodes.get(*n))
    }

    /// The nodes that a name may mean: by id, by name, then by another name; without regard to case.
    pub fn named(&self, name: &str) -> Vec<&Node> {
        let wanted = name.trim().to_lowercase();
        if let Some(node) = Uuid::parse_str(&wanted).ok().and_then(|id| self.node(id)) {
            return vec![node];
        }
        let by_name: Vec<&Node> = self.nodes.iter().filter(|n| n.name.to_lowercase() == wanted).collect();
        if !by_name.is_empty() {
            return by_name;
        }
        self.nodes.iter().filter(|n| n.aliases.iter().any(|a| a.to_lowercase() == wanted)).collect()
    }

    /// The relations of a node, both ways.
    pub fn around(&self, id: Uuid) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |e| e.source == id || e.target == id)
    }

    /// The same as [`Self::valid_at`], made once per moment and kept with the graph.
    pub fn at(&self, moment: Timestamp) -> Arc<Self> {
        self.made.moment(moment, || self.valid_at(moment))
    }

    /// The graph for queries and analytics, made once and kept: kinds are labels (`Person`), predicates are types
    /// (`LIVES_IN`), times are moments in UTC.
    ///
    /// # Errors
    /// When there are more than 2^32 of anything.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, TooLarge> {
        self.made.snapshot(|| snapshot(self))
    }

    /// What holds at a moment of the valid clock. Nodes stay, as they are known.
    pub fn valid_at(&self, at: Timestamp) -> Self {
        let nodes = self.nodes.iter().cloned().map(|mut n| {
            n.properties.retain(|p| p.valid_at(at));
            n
        });
        Self::new(nodes.collect(), self.edges.iter().filter(|e| e.valid_at(at)).cloned().collect())
    }

    /// SHA-256 over all of it, in a form that does not depend on the way it came about.
    ///
    /// # Errors
    /// When a number in it has no JSON form.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(codec::sha256(&serde_json::to_vec(&(&self.nodes, &self.edges))?))
    }

    /// What is different in another graph.
    pub fn changes(&self, after: &Self) -> Vec<Change> {
        let mut all = Vec::new();
        let gone = self.nodes.iter().filter(|n| !after.by_id.contains_key(&n.id));
        all.extend(gone.map(|n| Change::NodeRemoved { node: n.clone() }));
        let new = after.nodes.iter().filter(|n| !self.by_id.contains_key(&n.id));
        all.extend(new.map(|n| Change::NodeAdded { node: n.clone() }));
        let before: BTreeMap<Uuid, &Edge> = self.edges.iter().map(|e| (e.id, e)).collect();
        let now: BTreeMap<Uuid, &Edge> = after.edges.iter().map(|e| (e.id, e)).collect();
        all.extend(
            before
                .iter()
                .filter(|(id, _)| !now.contains_key(id))
                .map(|(_, e)| Change::EdgeRemoved { edge: (*e).clone() }),
        );
        for (id, edge) in now {
            match before.get(&id) {
                None => all.push(Change::EdgeAdded { edge: edge.clone() }),
                Some(was) if (was.valid_from, was.valid_until) != (edge.valid_from, edge.valid_until) => {
                    all.push(Change::EdgeChanged { before: (*was).clone(), after: edge.clone() });
                }
                Some(_) => {}
            }
        }
        all
    }
}
