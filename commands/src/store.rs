//! The event store that the bus gives to cqrs-es: the repository, with folded states kept warm.
//!
//! cqrs-es folds a whole stream for each command. A long conversation would pay for its whole past at each message, so
//! the folded state is kept with its version, and only what came after is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope, EventStore};
use domain::Decider;
use events::BranchId;

use crate::es::{Es, Stored};
use crate::repository::LogRepository;

/// The most states kept; beyond it all are dropped and fold again, which only costs time.
const MAX_STATES: usize = 512;

/// Folded states with their versions, by branch and aggregate id.
type States<S> = HashMap<(BranchId, String), (usize, S)>;

/// See the module.
pub(crate) struct Warm<D: Decider>(Mutex<States<D::State>>);

impl<D: Decider> Default for Warm<D> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<D: Decider> Warm<D> {
    fn get(&self, branch: BranchId, id: &str) -> (usize, D::State) {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&(branch, id.to_owned())).cloned().unwrap_or_default()
    }

    fn keep(&self, branch: BranchId, id: &str, version: usize, state: D::State) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if states.len() >= MAX_STATES {
            states.clear();
        }
        states.insert((branch, id.to_owned()), (version, state));
    }
}

/// An aggregate on its way through one command.
pub(crate) struct Context<D: Decider> {
    id: String,
    version: usize,
    aggregate: Es<D>,
}

impl<D: Decider> AggregateContext<Es<D>> for Context<D> {
    fn aggregate(&mut self) -> &mut Es<D> {
        &mut self.aggregate
    }
}

/// See the module.
pub(crate) struct LogStore<D: Decider> {
    pub(crate) repository: LogRepository,
    pub(crate) branch: BranchId,
    pub(crate) warm: Arc<Warm<D>>,
}

fn unexpected<E: std::error::Error>(error: impl std::error::Error + Send + Sync + 'static) -> AggregateError<E> {
    AggregateError::UnexpectedError(Box::new(error))
}

impl<D: Decider> EventStore<Es<D>> for LogStore<D> {
    type AC = Context<D>;

    async fn load_events(&self, id: &str) -> Result<Vec<EventEnvelope<Es<D>>>, AggregateError<D::Rejection>> {
        let events = self.repository.get_events::<Es<D>>(id).await?;
        events.into_iter().map(|event| EventEnvelope::try_from(event).map_err(AggregateError::from)).collect()
    }

    async fn load_aggregate(&self, id: &str) -> Result<Context<D>, AggregateError<D::Rejection>> {
        let (mut version, state) = self.warm.get(self.branch, id);
        let mut aggregate = Es::<D>::from_state(state);
        let tail = self.repository.get_last_events::<Es<D>>(id, version).await?;
        let moved = !tail.is_empty();
        for event in tail {
            let envelope: EventEnvelope<Es<D>> = event.try_into()?;
            version = envelope.sequence;
            aggregate.apply(envelope.payload);
        }
        if moved {
            self.warm.keep(self.branch, id, version, aggregate.state.clone());
        }
        Ok(Context { id: id.to_owned(), version, aggregate })
    }

    async fn commit(
        &self,
        events: Vec<Stored<D::Event>>,
        context: Context<D>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<Es<D>>>, AggregateError<D::Rejection>> {
        let envelopes: Vec<EventEnvelope<Es<D>>> = events
            .into_iter()
            .zip(context.version + 1..)
            .map(|(payload, sequence)| EventEnvelope {
                aggregate_id: context.id.clone(),
                sequence,
                payload,
                metadata: metadata.clone(),
            })
            .collect();
        let serialized: Vec<SerializedEvent> =
            envelopes.iter().map(SerializedEvent::try_from).collect::<Result<_, _>>().map_err(unexpected)?;
        self.repository.persist::<Es<D>>(&serialized, None).await?;
        // `handle` has applied these events already; applying them again is the mistake of cqrs-es's own snapshots.
        if let Some(last) = envelopes.last() {
            self.warm.keep(self.branch, &context.id, last.sequence, context.aggregate.state);
        }
        Ok(envelopes)
    }
}
