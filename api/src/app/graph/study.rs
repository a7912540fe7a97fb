//! What the shape of a graph tells: who stands in the middle, what hangs together, what is missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::Code;
use graph::analytics::{
    PageRank, Sources, Way, betweenness, components, ego, gaps, louvain, page_rank, shortest_path, simple_paths,
};
use graph::{ElementId, NodeId, Snapshot};
use projections::graph::Graph;
use uuid::Uuid;

use super::{App, AppError};

/// Sources of betweenness times relationships that are walked: about three seconds. Fewer sources are an estimate.
const WALKS: usize = 100_000_000;
/// The fewest sources of an estimate.
const FEWEST: usize = 64;
/// Relationships that a search for all ways looks at.
const WAYS: u64 = 2_000_000;
/// A property is expected where so many of the same label have it; a relation where so many neighbours are shared.
const USUAL: f64 = 0.5;
const SHARED: usize = 2;
/// Nodes that a part of a graph shows.
const PART: usize = 5_000;

/// A node with what its place says.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The node.
    pub node: Uuid,
    /// How often a walker along the relations comes by; sums to one over all nodes.
    pub page_rank: f64,
    /// On how much of the shortest ways between others it lies, from 0 to 1.
    pub betweenness: f64,
    /// Its relations.
    pub degree: usize,
    /// The number of its community.
    pub community: usize,
    /// The number of its component.
    pub component: usize,
}

/// Nodes that have more to do with each other than with the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Community {
    /// Its number; 0 is the largest.
    pub number: usize,
    /// How many nodes it has.
    pub size: usize,
    /// The most central of them.
    pub members: Vec<Uuid>,
}

/// Something that one would expect to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Gap {
    /// It stands in no relation.
    Alone(Uuid),
    /// It lacks a property that such a part of its kind has.
    Property(Uuid, String, f64),
    /// They share so many neighbours and no relation.
    Relation(Uuid, Uuid, usize),
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// All nodes, the highest PageRank first.
    pub ranked: Vec<Ranked>,
    /// Whether PageRank settled.
    pub settled: bool,
    /// Whether betweenness is exact; otherwise it was estimated from so many sources.
    pub exact: bool,
    /// Sources of betweenness.
    pub sources: usize,
    /// How well the communities divide it (Newman and Girvan 2004).
    pub modularity: f64,
    /// Communities, the largest first.
    pub communities: Vec<Community>,
    /// Sizes of the parts between which nothing leads, the largest first.
    pub components: Vec<usize>,
    /// What is missing, the most telling first of each kind.
    pub gaps: Vec<Gap>,
}

/// Ways between two nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// Nodes of each way in order, and its relations.
    pub ways: Vec<(Vec<Uuid>, Vec<Uuid>)>,
    /// Whether there are no others.
    pub complete: bool,
}

fn node(snapshot: &Snapshot, id: NodeId) -> Uuid {
    Uuid::from_u128(snapshot.node_element(id).0)
}

fn find(snapshot: &Snapshot, id: Uuid) -> Option<NodeId> {
    snapshot.find_node(ElementId(id.as_u128()))
}

fn too_large(error: impl ToString) -> AppError {
    AppError::new(Code::GraphQueryLimit, error.to_string())
}

/// The study of a snapshot; `top` bounds the lists of members and gaps.
fn study(snapshot: &Snapshot, top: usize) -> Study {
    let n = snapshot.node_count();
    let scores = page_rank(snapshot, PageRank::default());
    let settled = scores.is_some();
    let scores = scores.unwrap_or_else(|| vec![0.0; n]);
    let sources = (WALKS / (snapshot.rel_count() + n).max(1)).max(FEWEST);
    let between = betweenness(snapshot, false, &Sources::UpTo(sources));
    let (groups, parts) = (louvain(snapshot), components(snapshot));
    let mut ranked: Vec<Ranked> = snapshot
        .nodes()
        .map(|v| {
            let at = v.0 as usize;
            Ranked {
                node: node(snapshot, v),
                page_rank: scores[at],
                betweenness: between.scores[at],
                degree: snapshot.out(v).len() + snapshot.incoming(v).len(),
                community: groups.of[at] as usize,
                component: parts.of[at] as usize,
            }
        })
        .collect();
    ranked.sort_by(|a, b| b.page_rank.total_cmp(&a.page_rank).then(a.node.cmp(&b.node)));
    let mut communities: Vec<Community> =
        (0..groups.count).map(|number| Community { number, size: 0, members: Vec::new() }).collect();
    for r in &ranked {
        let community = &mut communities[r.community];
        community.size += 1;
        if community.members.len() < top {
            community.members.push(r.node);
        }
    }
    let found = gaps(snapshot, USUAL, SHARED, top);
    let missing = found.alone.iter().map(|v| Gap::Alone(node(snapshot, *v)));
    let missing = missing
        .chain(found.properties.iter().map(|g| Gap::Property(node(snapshot, g.node), g.property.clone(), g.usual)));
    let links = found.links.iter().map(|g| Gap::Relation(node(snapshot, g.a), node(snapshot, g.b), g.shared));
    Study {
        ranked,
        settled,
        exact: between.exact,
        sources: between.sources,
        modularity: groups.modularity,
        communities,
        components: parts.sizes,
        gaps: missing.chain(links).collect(),
    }
}

async fn aside<T: Send + 'static>(
    graph: &Arc<Graph>,
    work: impl FnOnce(&Snapshot) -> T + Send + 'static,
) -> Result<T, AppError> {
    let graph = graph.clone();
    let done = tokio::task::spawn_blocking(move || graph.snapshot().map(|s| work(&s)).map_err(too_large)).await;
    done.map_err(|e| AppError::new(Code::Internal, e.to_string()))?
}

impl App {
    /// Studies a graph as a whole. Deterministic; what was estimated is said.
    ///
    /// # Errors
    /// When the graph is too large.
    pub async fn study_graph(&self, graph: &Arc<Graph>, top: usize) -> Result<Study, AppError> {
        let place = self.desk.place().await?;
        aside(graph, move |snapshot| {
            let _until_done = place;
            study(snapshot, top)
        })
        .await
    }

    /// What is within so many steps of a node, whichever way relations point; at most 5,000 nodes.
    ///
    /// # Errors
    /// When the graph is too large.
    pub async fn around(&self, graph: &Arc<Graph>, from: Uuid, depth: usize) -> Result<BTreeSet<Uuid>, AppError> {
        aside(graph, move |snapshot| {
            let centre = find(snapshot, from);
            let part = centre.map(|centre| ego(snapshot, centre, depth, Way::Both, PART));
            part.map(|p| p.nodes.iter().map(|(v, _)| node(snapshot, *v)).collect()).unwrap_or_default()
        })
        .await
    }

    /// A shortest way, or every way of at most so many steps that visits nothing twice.
    ///
    /// # Errors
    /// When the graph is too large.
    pub async fn ways(
        &self,
        graph: &Arc<Graph>,
        from: Uuid,
        to: Uuid,
        all: Option<(usize, usize)>,
    ) -> Result<Paths, AppError> {
        aside(graph, move |snapshot| {
            let (Some(from), Some(to)) = (find(snapshot, from), find(snapshot, to)) else { return Paths::default() };
            let found = match all {
                None => {
                    let path = shortest_path(snapshot, from, to, Way::Both);
                    (path.into_iter().collect(), true)
                }
                Some((longest, most)) => {
                    let found = simple_paths(snapshot, from, to, Way::Both, longest, most, WAYS);
                    (found.paths, found.complete)
                }
            };
            let mut paths: Vec<graph::Path> = found.0;
            paths.sort_by_key(|p| p.rels.len());
            let rel = |r: &graph::RelId| Uuid::from_u128(snapshot.rel_element(*r).0);
            let way = |p: &graph::Path| {
                (p.nodes.iter().map(|v| node(snapshot, *v)).collect(), p.rels.iter().map(rel).collect())
            };
            Paths { ways: paths.iter().map(way).collect(), complete: found.1 }
        })
        .await
    }
}
