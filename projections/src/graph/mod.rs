//! The knowledge graph of a person, as of any moment of two clocks.
//!
//! Rows only say where the events of a graph are: no name and no word of a person stands in them. The graph itself is
//! folded in memory from the sealed events that a basis sees, and kept while it is asked for. `collect` keeps what stands,
//! `resolve` finds which names mean the same, `believe` makes timelines of statements, `view` is what is looked at, `made`
//! what queries and analytics walk over, `doubt` which names are so alike that somebody should look.

mod believe;
mod collect;
mod doubt;
mod made;
mod resolve;
pub mod social;
#[cfg(test)]
mod tests;
mod view;

use std::sync::{Arc, Mutex, PoisonError};

use events::log::BoxError;
use events::payload::ConversationEvent;
use events::{BranchId, Event, PersonId, Position, Recorded};
use serde::{Deserialize, Serialize};

pub use doubt::Doubt;
pub use social::{Closeness, closeness};
pub use view::{Change, Edge, Evidence, Graph, Node, Property};

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::{Ports, Slot};
use crate::versions::{Kind, NewRow, Scan, SeenRow};
use collect::Collected;

const EVENT: Kind = 1;
/// Graphs that are kept: the latest, and a few pasts and branches.
const KEPT: usize = 8;
/// Events read at once.
const PAGE: usize = 4_096;

#[derive(Serialize, Deserialize)]
struct Here {}

/// The model: where the events of each graph are.
#[derive(Default)]
pub(crate) struct GraphModel;

impl Model for GraphModel {
    const NAME: &'static str = "graph";
    const VERSION: u32 = 1;

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        if matches!(payload, Event::Graph(_) | Event::Conversation(ConversationEvent::MessageForgotten { .. })) {
            let at = event.position();
            // The graph of a person is about that person alone, so the subject names it in both streams.
            rows.push(NewRow::new(EVENT, at.0.to_be_bytes(), at, event.header.subject.as_bytes(), &Here {})?);
        }
        Ok(())
    }
}

struct Kept {
    person: PersonId,
    branch: BranchId,
    places: Vec<Position>,
    collected: Arc<Collected>,
    graph: Arc<Graph>,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Graphs {
    pub(crate) slot: Arc<Slot<SqlStore<GraphModel>>>,
    pub(crate) ports: Ports,
    kept: Arc<Mutex<Vec<Kept>>>,
}

fn store(source: BoxError) -> ReadSideError {
    ReadSideError::Store { name: GraphModel::NAME, source }
}

impl Graphs {
    pub(crate) fn new(slot: Arc<Slot<SqlStore<GraphModel>>>, ports: Ports) -> Self {
        Self { slot, ports, kept: Arc::default() }
    }

    /// A person's graph as it was known at a basis. Never holds anything of another person.
    ///
    /// # Errors
    /// When the rows or the log cannot be read.
    pub async fn graph(&self, basis: &Basis, person: PersonId) -> Result<Arc<Graph>, ReadSideError> {
        let scan = Scan::all(EVENT, person.as_bytes());
        let rows: Vec<SeenRow<Here>> = self.slot.at(basis)?.rows.scan(basis, &scan).await.map_err(store)?;
        let mut places: Vec<Position> = rows.into_iter().map(|r| r.position).collect();
        places.sort_unstable();
        let Some(newest) = places.last() else { return Ok(Arc::default()) };
        // What was erased since must not live on here.
        let last = self.ports.log.at(basis.branch, &[*newest]).await?;
        let erased = last.iter().any(|e| matches!(e.event(), Ok(None)));
        if erased {
            self.kept().retain(|k| k.person != person);
            return Ok(Arc::default());
        }
        let (mut collected, mut done) = (Arc::new(Collected::default()), 0);
        if let Some((kept, graph, all)) = self.nearest(basis.branch, person, &places) {
            if all == places.len() {
                return Ok(graph);
            }
            (collected, done) = (kept, all);
        }
        let standing = Arc::make_mut(&mut collected);
        for page in places[done..].chunks(PAGE) {
            for event in self.ports.log.at(basis.branch, page).await? {
                let payload = event.event().map_err(|e| ReadSideError::decode(GraphModel::NAME, &event, e))?;
                match payload {
                    Some(Event::Graph(payload)) => {
                        standing.take(event.position(), event.header.recorded_at, payload);
                    }
                    Some(Event::Conversation(ConversationEvent::MessageForgotten { message, .. })) => {
                        standing.forget(message);
                    }
                    _ => {}
                }
            }
        }
        let fold = collected.clone();
        let graph = tokio::task::spawn_blocking(move || believe::believe(person, &fold)).await;
        let graph = Arc::new(graph.map_err(|e| store(e.into()))?);
        let kept = Kept { person, branch: basis.branch, places, collected, graph: graph.clone() };
        let mut all = self.kept();
        if all.len() >= KEPT {
            all.remove(0);
        }
        all.push(kept);
        Ok(graph)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of what is kept, the one that holds most of these events and no other.
    fn nearest(
        &self,
        branch: BranchId,
        person: PersonId,
        places: &[Position],
    ) -> Option<(Arc<Collected>, Arc<Graph>, usize)> {
        let all = self.kept();
        let fits = all.iter().filter(|k| k.person == person && k.branch == branch && places.starts_with(&k.places));
        let best = fits.max_by_key(|k| k.places.len())?;
        Some((best.collected.clone(), best.graph.clone(), best.places.len()))
    }
}
