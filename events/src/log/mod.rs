//! The event log: one durable total order, on memory, SQLite or PostgreSQL.

#[cfg(feature = "conformance")]
pub mod conformance;
mod handle;
mod lineage;
pub mod lock;
mod memory;
pub mod postgres;
mod shared;
pub mod sqlite;
pub mod store;
pub mod verify;
mod writer;

pub use handle::Log;
pub use lineage::stretches;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::code::Code;
use crate::envelope::{Actor, Digest, Recorded, SealedEvent};
use crate::id::{BranchId, CommandId, CorrelationId, EventId, Position, SubjectId, Version};
use crate::payload::Event;
use crate::stream::StreamId;
use crate::time::Timestamp;

/// The most events that one append may carry.
pub const MAX_EVENTS_PER_APPEND: usize = 4_096;
/// The longest payload, as JSON, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// The most events that one read returns.
pub const MAX_READ: u32 = 8_192;

/// What a writer believes about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is.
    Any,
    /// Exactly this version; 0 means that the stream must not exist.
    Exactly(Version),
}

/// An event that is not yet in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The content.
    pub event: Event,
    /// Whose key seals it.
    pub subject: SubjectId,
    /// When it happened; `None` means when it is recorded.
    pub occurred_at: Option<Timestamp>,
    /// The event that led to it.
    pub causation: Option<EventId>,
    /// Its id when the writer needs to know it beforehand, so that a later event of the same append can name it.
    pub event_id: Option<EventId>,
}

impl NewEvent {
    /// An event with nothing set but its content and subject.
    pub fn new(event: impl Into<Event>, subject: impl Into<SubjectId>) -> Self {
        Self { event: event.into(), subject: subject.into(), occurred_at: None, causation: None, event_id: None }
    }
}

/// Events for one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamWrite {
    /// Which stream.
    pub stream: StreamId,
    /// Its version before this write.
    pub expected: Expected,
    /// What happened, in order.
    pub events: Vec<NewEvent>,
}

/// One atomic append: all of it or none of it, over any number of streams.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// The command whose outcome this is. A repeated id returns the first outcome.
    pub command_id: CommandId,
    /// The thread of work.
    pub correlation: CorrelationId,
    /// Who does it.
    pub actor: Actor,
    /// On which line of history.
    pub branch: BranchId,
    /// The writes. May be empty: then only the command id is remembered.
    pub writes: Vec<StreamWrite>,
}

/// The outcome of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// On which line of history.
    pub branch: BranchId,
    /// Position of the first event, or of the head when there was none.
    pub first: Position,
    /// How many events; they stand one after another from `first`.
    pub count: u32,
    /// Whether an earlier append with the same command id had this outcome.
    pub repeated: bool,
}

impl Appended {
    /// Position of the last event.
    pub fn last(&self) -> Position {
        Position(if self.count == 0 { self.first.0 } else { self.first.0 + u64::from(self.count) - 1 })
    }
}

/// Why an append did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote to the stream first.
    #[error("stream {stream} is at version {actual}, not at {expected} as expected")]
    WrongVersion {
        /// Which stream.
        stream: StreamId,
        /// What the writer believed.
        expected: Version,
        /// What is.
        actual: Version,
    },
    /// More events or bytes than the log takes at once.
    #[error("{what} is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The branch does not exist or was dropped.
    #[error("there is no open branch {0}")]
    NoBranch(BranchId),
    /// The subject was erased, so nothing can be sealed for it.
    #[error("subject {0} was erased")]
    Erased(SubjectId),
    /// The key store could not give a key.
    #[error("the key store failed")]
    Keys(#[source] crate::seal::KeyError),
    /// A payload holds a number that JSON has no form for.
    #[error("the content of an event cannot be stored: {0}")]
    Unencodable(String),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// The disk is full. Nothing of the append was kept.
    #[error("the disk is full; nothing was written")]
    DiskFull,
    /// The store failed. Whether the append happened is unknown: ask again by command id.
    #[error("the store failed, and the outcome is unknown: repeat with the same command id")]
    Unknown(#[source] BoxError),
}

/// Any error of a store's driver.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl AppendError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::WrongVersion { .. } => Code::LogWrongVersion,
            Self::TooLarge { .. } => Code::LogTooLarge,
            Self::NoBranch(_) => Code::NoSuchBranch,
            Self::Erased(_) => Code::SubjectErased,
            Self::Keys(e) => e.code(),
            Self::Unencodable(_) => Code::Rejected,
            Self::Closed => Code::LogClosed,
            Self::DiskFull => Code::DiskFull,
            Self::Unknown(_) => Code::LogUnknownOutcome,
        }
    }
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The branch does not exist.
    #[error("there is no branch {0}")]
    NoBranch(BranchId),
    /// The stored bytes are not what was written: names the first bad place.
    #[error("the log is damaged at position {position} of branch {branch}: {what}")]
    Damaged {
        /// Line of history.
        branch: BranchId,
        /// First bad position.
        position: Position,
        /// What is wrong, in words.
        what: String,
    },
    /// A data key is missing that was not destroyed on purpose.
    #[error("the key store failed")]
    Keys(#[source] crate::seal::KeyError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] BoxError),
}

impl ReadError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoBranch(_) => Code::NoSuchBranch,
            Self::Damaged { .. } => Code::LogDamaged,
            Self::Keys(e) => e.code(),
            Self::Store(_) => Code::LogUnreadable,
        }
    }
}

/// A line of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its number.
    pub id: BranchId,
    /// Its name; `main` for the trunk.
    pub name: String,
    /// The line it came from; `None` for the trunk.
    pub parent: Option<BranchId>,
    /// The last position it shares with its parent; 0 for the trunk.
    pub fork: Position,
    /// Leaf hash of that position, which makes the fork point provable.
    pub fork_leaf: Digest,
    /// Its last position.
    pub head: Position,
    /// Leaf hash of that position.
    pub head_leaf: Digest,
    /// When its last event was recorded.
    pub recorded_at: Timestamp,
    /// Whether it still takes events.
    pub open: bool,
}

/// A durable total order of events, with forks.
///
/// Invariants: positions of a branch are `fork + 1, fork + 2, ...` without gaps; `append` returns only after the
/// events are on disk; a repeated command id returns the first outcome; readers see whole appends only. Reading a
/// branch reads its ancestors up to the fork and then its own events.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Appends atomically. Returns after the bytes are durable.
    ///
    /// # Errors
    /// See [`AppendError`]; only [`AppendError::Unknown`] may have happened.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// The outcome of an earlier command, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn outcome(&self, command_id: CommandId) -> Result<Option<Appended>, ReadError>;

    /// Events of a branch after a position, in order, at most `limit` (and at most [`MAX_READ`]).
    ///
    /// # Errors
    /// When an event is damaged, its key is missing, or the store cannot be read.
    async fn read(&self, branch: BranchId, after: Position, limit: u32) -> Result<Vec<Recorded>, ReadError>;

    /// As [`EventLog::read`], without unsealing.
    ///
    /// # Errors
    /// When an event is damaged or the store cannot be read.
    async fn read_sealed(&self, branch: BranchId, after: Position, limit: u32)
    -> Result<Vec<SealedEvent>, ReadError>;

    /// Events of one stream after a version, in order, as seen at the head of a branch.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    async fn read_stream(
        &self,
        branch: BranchId,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError>;

    /// The events at these positions of a branch, in the order asked for; positions past the head are left out.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    async fn at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Recorded>, ReadError>;

    /// Where an event is.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, ReadError>;

    /// The last position recorded at or before a time; [`Position::START`] when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn position_at(&self, branch: BranchId, time: Timestamp) -> Result<Position, ReadError>;

    /// Every line of history, in order of its number.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn branches(&self) -> Result<Vec<Branch>, ReadError>;

    /// Forks a branch after a position. Nothing is copied.
    ///
    /// # Errors
    /// When the parent does not exist, the position is past its head, the name is taken, or the store fails.
    async fn create_branch(&self, name: &str, parent: BranchId, fork: Position) -> Result<Branch, BranchError>;

    /// Closes a branch for writing. Its events stay.
    ///
    /// # Errors
    /// When it does not exist or is the trunk.
    async fn close_branch(&self, branch: BranchId) -> Result<(), BranchError>;

    /// The head of a branch, which wakes tailing readers when it moves.
    ///
    /// # Errors
    /// When there is no such branch.
    async fn head(&self, branch: BranchId) -> Result<watch::Receiver<Position>, ReadError>;
}

/// Why a branch could not be made or closed.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// No such branch.
    #[error("there is no branch {0}")]
    NoBranch(BranchId),
    /// The trunk cannot be closed.
    #[error("main cannot be dropped")]
    Trunk,
    /// The name is in use.
    #[error("there is already a branch named {0}")]
    NameTaken(String),
    /// The position is past the head.
    #[error("position {asked} is past the head {head}")]
    PastHead {
        /// Where the fork was wanted.
        asked: Position,
        /// The head of the parent.
        head: Position,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] BoxError),
}

impl BranchError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoBranch(_) => Code::NoSuchBranch,
            Self::Trunk => Code::TrunkBranch,
            Self::NameTaken(_) => Code::BranchNameTaken,
            Self::PastHead { .. } => Code::PositionPastHead,
            Self::Closed => Code::LogClosed,
            Self::Store(_) => Code::LogUnreadable,
        }
    }
}
