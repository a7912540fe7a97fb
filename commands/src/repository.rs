//! The log as the event repository of cqrs-es.

use std::sync::Arc;

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use events::log::MAX_READ;
use events::{
    Append, AppendError, Body, BranchId, Category, Clock, Entropy, EventId, EventLog, Expected, NewEvent, Position,
    ReadError, Recorded, StreamId, StreamWrite, Version, codec,
};
use serde_json::Value;
use uuid::Uuid;

use crate::meta::Meta;

/// How many events a replay keeps ready.
const REPLAY_QUEUE: usize = 256;

/// One branch of the log, read and written by aggregate.
///
/// Aggregate ids are the UUIDs of streams as text; the metadata of every persisted event must be a [`Meta`]. Snapshots
/// are not kept: those of cqrs-es apply each event twice (docs/adr/0003).
#[derive(Clone)]
pub struct LogRepository {
    log: Arc<dyn EventLog>,
    branch: BranchId,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl LogRepository {
    /// A repository over one branch.
    pub fn new(log: Arc<dyn EventLog>, branch: BranchId, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { log, branch, clock, entropy }
    }

    async fn stream(&self, stream: StreamId, after: usize) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let mut found = Vec::new();
        let mut after = Version(after as u64);
        loop {
            let page = self.log.read_stream(self.branch, stream, after, MAX_READ).await.map_err(unreadable)?;
            let Some(last) = page.last() else { return Ok(found) };
            after = last.header.version;
            for event in &page {
                found.push(serialize(event)?);
            }
        }
    }

    fn new_event(
        &self,
        event: &SerializedEvent,
        meta: &Meta,
        cause: Option<EventId>,
    ) -> Result<NewEvent, PersistenceError> {
        let category: Category = event.aggregate_type.parse().map_err(malformed)?;
        let schema = event.event_version.parse().map_err(malformed)?;
        let json = serde_json::to_vec(&event.payload).map_err(malformed)?;
        let payload = codec::decode(category, &event.event_type, schema, &json).map_err(malformed)?;
        Ok(NewEvent {
            event: payload,
            subject: meta.subject,
            occurred_at: meta.occurred_at,
            causation: cause,
            event_id: Some(EventId(self.entropy.uuid_v7(self.clock.now()))),
        })
    }
}

fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::DeserializationError(Box::new(error))
}

fn unreadable(error: ReadError) -> PersistenceError {
    PersistenceError::ConnectionError(Box::new(error))
}

fn stream_of<A: Aggregate>(aggregate_id: &str) -> Result<StreamId, PersistenceError> {
    Ok(StreamId::new(A::TYPE.parse().map_err(malformed)?, Uuid::parse_str(aggregate_id).map_err(malformed)?))
}

/// An event as cqrs-es sees it. An erased event has no content, so an aggregate cannot be loaded past it.
fn serialize(recorded: &Recorded) -> Result<SerializedEvent, PersistenceError> {
    let header = &recorded.header;
    let Body::Open(_) = &recorded.body else {
        return Err(PersistenceError::UnknownError(Box::new(AppendError::Erased(header.subject))));
    };
    let payload: Value = match recorded.event().map_err(malformed)? {
        Some(event) => serde_json::from_slice(&codec::encode(&event).map_err(malformed)?).map_err(malformed)?,
        None => Value::Null,
    };
    Ok(SerializedEvent::new(
        header.stream.id.to_string(),
        header.version.0 as usize,
        header.stream.category.as_str().to_owned(),
        header.event_type.to_string(),
        events::catalog::current_schema(&header.event_type).to_string(),
        payload,
        Value::Object(serde_json::Map::new()),
    ))
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(stream_of::<A>(aggregate_id)?, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(stream_of::<A>(aggregate_id)?, last_sequence).await
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        // cqrs-es also calls this when a command had no outcome; the bus remembers those commands itself.
        let Some(first) = events.first() else { return Ok(()) };
        let meta = Meta::from_json(&first.metadata)
            .ok_or_else(|| PersistenceError::UnknownError("the metadata is not that of a command".into()))?;
        let stream = stream_of::<A>(&first.aggregate_id)?;
        let mut writes = Vec::with_capacity(events.len());
        let mut cause = meta.causation;
        for event in events {
            let new = self.new_event(event, &meta, cause)?;
            if meta.chain {
                cause = new.event_id;
            }
            writes.push(new);
        }
        let expected = Expected::Exactly(Version(first.sequence.saturating_sub(1) as u64));
        let append = Append {
            command_id: meta.command_id,
            correlation: meta.correlation,
            actor: meta.actor,
            branch: self.branch,
            writes: vec![StreamWrite { stream, expected, events: writes }],
        };
        match self.log.append(append).await {
            Ok(done) if !done.repeated => Ok(()),
            // A twin of this command was faster. To the caller that is a conflict, and asking again finds its outcome.
            Ok(_) => Err(PersistenceError::OptimisticLockError),
            Err(AppendError::WrongVersion { .. }) => Err(PersistenceError::OptimisticLockError),
            Err(other) => Err(PersistenceError::UnknownError(Box::new(other))),
        }
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let events = self.get_events::<A>(aggregate_id).await?;
        let (mut feed, stream) = ReplayStream::new(REPLAY_QUEUE);
        tokio::spawn(async move {
            for event in events {
                if feed.push(Ok(event)).await.is_err() {
                    return; // The reader went away.
                }
            }
        });
        Ok(stream)
    }

    /// All events of one kind of aggregate, in the order of the whole log. An error is the last item, never a panic.
    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let category: Category = A::TYPE.parse().map_err(malformed)?;
        let (feed, stream) = ReplayStream::new(REPLAY_QUEUE);
        tokio::spawn(replay_all(self.log.clone(), self.branch, category, feed));
        Ok(stream)
    }
}

async fn replay_all(log: Arc<dyn EventLog>, branch: BranchId, category: Category, mut feed: ReplayFeed) {
    let mut after = Position::START;
    loop {
        let page = match log.read(branch, after, MAX_READ).await {
            Ok(page) => page,
            Err(error) => {
                let _reader_may_be_gone = feed.push(Err(unreadable(error))).await;
                return;
            }
        };
        let Some(last) = page.last() else { return };
        after = last.position();
        for event in page.iter().filter(|e| e.header.stream.category == category) {
            if feed.push(serialize(event)).await.is_err() {
                return;
            }
        }
    }
}
