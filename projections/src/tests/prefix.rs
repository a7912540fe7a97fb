//! A log that ends where a basis does: what would be if nothing had happened since.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use events::{
    Append, AppendError, Appended, Branch, BranchError, BranchId, CommandId, EventId, EventLog, Position, ReadError,
    Recorded, SealedEvent, StreamId, Timestamp, Version,
};
use tokio::sync::watch;

use crate::basis::Basis;

pub(super) struct Prefix {
    log: Arc<dyn EventLog>,
    heads: HashMap<BranchId, watch::Sender<Position>>,
}

impl Prefix {
    pub(super) fn new(log: Arc<dyn EventLog>, basis: &Basis) -> Self {
        let heads = basis.lineage.iter().map(|s| (s.branch, watch::Sender::new(s.through))).collect();
        Self { log, heads }
    }

    fn end(&self, branch: BranchId) -> Result<Position, ReadError> {
        self.heads.get(&branch).map(|h| *h.borrow()).ok_or(ReadError::NoBranch(branch))
    }

    fn cut(&self, branch: BranchId, mut events: Vec<Recorded>) -> Result<Vec<Recorded>, ReadError> {
        let end = self.end(branch)?;
        events.retain(|e| e.position() <= end);
        Ok(events)
    }
}

#[async_trait]
impl EventLog for Prefix {
    async fn append(&self, _: Append) -> Result<Appended, AppendError> {
        Err(AppendError::Closed)
    }

    async fn outcome(&self, command_id: CommandId) -> Result<Option<Appended>, ReadError> {
        self.log.outcome(command_id).await
    }

    async fn read(&self, branch: BranchId, after: Position, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        self.cut(branch, self.log.read(branch, after, limit).await?)
    }

    async fn read_sealed(
        &self,
        branch: BranchId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<SealedEvent>, ReadError> {
        let end = self.end(branch)?;
        let mut events = self.log.read_sealed(branch, after, limit).await?;
        events.retain(|e| e.header.position <= end);
        Ok(events)
    }

    async fn read_stream(
        &self,
        branch: BranchId,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError> {
        self.cut(branch, self.log.read_stream(branch, stream, after, limit).await?)
    }

    async fn at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Recorded>, ReadError> {
        self.cut(branch, self.log.at(branch, positions).await?)
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, ReadError> {
        self.log.find(event).await
    }

    async fn position_at(&self, branch: BranchId, time: Timestamp) -> Result<Position, ReadError> {
        Ok(self.log.position_at(branch, time).await?.min(self.end(branch)?))
    }

    async fn branches(&self) -> Result<Vec<Branch>, ReadError> {
        let mut branches = self.log.branches().await?;
        branches.retain_mut(|b| match self.end(b.id) {
            Ok(end) => {
                b.head = end;
                true
            }
            Err(_) => false,
        });
        Ok(branches)
    }

    async fn create_branch(&self, _: &str, _: BranchId, _: Position) -> Result<Branch, BranchError> {
        Err(BranchError::Closed)
    }

    async fn close_branch(&self, _: BranchId) -> Result<(), BranchError> {
        Err(BranchError::Closed)
    }

    async fn head(&self, branch: BranchId) -> Result<watch::Receiver<Position>, ReadError> {
        self.heads.get(&branch).map(watch::Sender::subscribe).ok_or(ReadError::NoBranch(branch))
    }
}
