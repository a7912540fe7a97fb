//! What a database must do for the log. Everything else (grouping, order, sealing, hashing, idempotency, waking
//! readers) is done once for all of them, in the writer.

use async_trait::async_trait;

use super::{Appended, BoxError, Branch};
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// An event as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of history that it was appended to (an ancestor's for events before a fork).
    pub branch: BranchId,
    /// Its place.
    pub position: Position,
    /// The canonical header.
    pub header: Vec<u8>,
    /// Ciphertext and tag.
    pub body: Vec<u8>,
}

/// A stretch of one line of history: its own events with `after < position <= through`.
///
/// A branch is read as a list of stretches, its oldest ancestor first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose own events.
    pub branch: BranchId,
    /// Exclusive lower bound.
    pub after: Position,
    /// Inclusive upper bound.
    pub through: Position,
}

/// The one writing connection. Calls come in the order begin, (outcomes | versions)*, write, commit | rollback.
#[async_trait]
pub trait StoreWriter: Send {
    /// Begins a transaction that no other writer can overlap, and gives every branch as it is now.
    async fn begin(&mut self) -> Result<Vec<Branch>, BoxError>;

    /// The stored outcomes of those of these commands that have one.
    async fn outcomes(&mut self, commands: &[CommandId]) -> Result<Vec<(CommandId, Appended)>, BoxError>;

    /// The last version of a stream within the given stretches; 0 when it has no event there.
    async fn version(&mut self, stretches: &[Stretch], stream: StreamId) -> Result<Version, BoxError>;

    /// Stages events, outcomes and the changed or new branches.
    async fn write(
        &mut self,
        events: &[SealedEvent],
        outcomes: &[(CommandId, Appended)],
        branches: &[Branch],
    ) -> Result<(), BoxError>;

    /// Makes what was staged durable. After an error the outcome is unknown.
    async fn commit(&mut self) -> Result<(), BoxError>;

    /// Drops what was staged.
    async fn rollback(&mut self) -> Result<(), BoxError>;

    /// Whether an error means that the disk is full, so that nothing was kept.
    fn is_disk_full(&self, error: &BoxError) -> bool;

    /// Closes the connection cleanly.
    async fn close(&mut self) -> Result<(), BoxError>;
}

/// Reading connections, shared by all readers.
#[async_trait]
pub trait StoreReader: Send + Sync {
    /// Own events of one stretch, in order, at most `limit`.
    async fn rows(&self, stretch: Stretch, limit: u32) -> Result<Vec<Row>, BoxError>;

    /// Events of one stream within one stretch, after a version, in order, at most `limit`.
    async fn stream_rows(
        &self,
        stretch: Stretch,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Row>, BoxError>;

    /// Own events of a branch at these positions, in any order; unknown ones are left out.
    async fn rows_at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Row>, BoxError>;

    /// Where an event is.
    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, BoxError>;

    /// The last position of a stretch recorded at or before a time, by binary search; `None` when there is none.
    async fn position_at(&self, stretch: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError>;

    /// The stored outcome of a command.
    async fn outcome(&self, command: CommandId) -> Result<Option<Appended>, BoxError>;

    /// Every branch, in order of its number.
    async fn branches(&self) -> Result<Vec<Branch>, BoxError>;

    /// Closes the connections.
    async fn close(&self) {}
}
