//! The contract and the log: what can happen, how it is stored, sealed and chained, and where.
//!
//! Everything else in AICO is derived from what this crate stores. Nothing here knows a projection, a model or a
//! screen.

pub mod archive;
pub mod catalog;
pub mod code;
pub mod codec;
pub mod envelope;
pub mod id;
pub mod ledger;
pub mod log;
pub mod payload;
pub mod seal;
pub mod stream;
pub mod time;
pub mod upcast;
pub mod vocabulary;

pub use code::Code;
pub use envelope::{Actor, Body, Digest, Header, MadeBy, Recorded, SealedEvent};
pub use id::{
    BranchId, CommandId, CompanionId, ConsentId, ConversationId, CorrelationId, DeviceId, EpisodeId, EventId, KeyId,
    MemoryId, MessageId, PersonId, Position, RunId, SessionId, SubjectId, Version,
};
pub use log::{
    Append, AppendError, Appended, Branch, BranchError, EventLog, Expected, NewEvent, ReadError, StreamWrite,
};
pub use payload::Event;
pub use stream::{Category, StreamId};
pub use time::{Clock, Entropy, SystemClock, SystemEntropy, Timestamp};
