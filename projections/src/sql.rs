//! Read models in SQL: pure functions from an event to rows.

use std::path::Path;

use async_trait::async_trait;
use events::log::BoxError;
use events::{BranchId, Digest, Event, Position, Recorded};

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::store::{Listed, Ports, ReadStore};
use crate::versions::{Kind, NewRow, Versions};

/// What an event means for one read model.
pub(crate) trait Model: Default + Send + Sync + 'static {
    const NAME: &'static str;
    const VERSION: u32;
    /// Rows of this kind are shown to [`Model::preload`] when the store is opened.
    const PRELOADED: Option<Kind> = None;

    /// The rows that follow from an event. Same event, same rows: no clock, no chance, no words of a person.
    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError>;

    /// The rows that follow from an event whose content was erased: at most that it was there.
    fn erased(&self, _event: &Recorded, _rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        Ok(())
    }

    /// Remembers a stored row.
    fn preload(&self, _key: &[u8], _value: &[u8]) {}
}

/// A model with its rows.
pub(crate) struct SqlStore<M> {
    pub rows: Versions,
    model: M,
}

impl<M: Model> SqlStore<M> {
    fn rows_of(&self, event: &Recorded, rows: &mut Vec<NewRow>) -> Result<(), ReadSideError> {
        let payload = event.event().map_err(|e| ReadSideError::decode(M::NAME, event, e))?;
        let told = match &payload {
            None => self.model.erased(event, rows),
            Some(payload) => self.model.apply(event, payload, rows),
        };
        told.map_err(|source| ReadSideError::Event {
            name: M::NAME,
            position: event.position(),
            event_type: event.header.event_type.to_string(),
            source,
        })
    }
}

#[async_trait]
impl<M: Model> ReadStore for SqlStore<M> {
    const NAME: &'static str = M::NAME;
    const VERSION: u32 = M::VERSION;

    async fn open(path: &Path, _: &Ports) -> Result<Self, BoxError> {
        let rows = Versions::open(path).await?;
        let model = M::default();
        if let Some(kind) = M::PRELOADED {
            for (key, value) in rows.all_values(kind).await? {
                model.preload(&key, &value);
            }
        }
        Ok(Self { rows, model })
    }

    async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError> {
        self.rows.checkpoint(branch).await
    }

    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError> {
        let Some((first, last)) = batch.first().zip(batch.last()) else { return Ok(()) };
        let store = |source| ReadSideError::Store { name: M::NAME, source };
        let checkpoint = self.rows.checkpoint(branch).await.map_err(store)?;
        let expected = checkpoint.map_or(first.position(), Position::next);
        if first.position() != expected {
            let checkpoint = checkpoint.unwrap_or_default();
            return Err(ReadSideError::Gap { name: M::NAME, checkpoint, got: first.position() });
        }
        let mut rows = Vec::with_capacity(batch.len() * 2);
        for event in batch {
            let before = rows.len();
            if let Err(failure) = self.rows_of(event, &mut rows) {
                // What came before the bad event is kept, so that health can name exactly where it stopped.
                rows.truncate(before);
                let done = Position(event.position().0 - 1);
                if done >= first.position() {
                    self.rows.store(branch, rows, done).await.map_err(store)?;
                }
                return Err(failure);
            }
        }
        self.rows.store(branch, rows, last.position()).await.map_err(store)
    }

    async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError> {
        self.rows.digest(basis).await
    }

    async fn listed(&self, basis: &Basis) -> Result<Vec<Listed>, BoxError> {
        self.rows.listed(basis).await
    }

    async fn close(&self) {
        self.rows.close().await;
    }
}
