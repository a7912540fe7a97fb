//! The envelope: everything about an event but its content.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::id::{
    BranchId, CommandId, CompanionId, CorrelationId, EventId, KeyId, PersonId, Position, SubjectId, Version,
};
use crate::payload::Event;
use crate::stream::StreamId;
use crate::time::Timestamp;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person.
    Person(PersonId),
    /// A companion.
    Companion(CompanionId),
    /// AICO itself: recovery, maintenance, import.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Companion(id) => write!(f, "companion:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Actor {
    type Err = BadActor;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |_| BadActor(text.to_owned());
        match text.split_once(':') {
            Some(("person", id)) => id.parse().map(Self::Person).map_err(bad),
            Some(("companion", id)) => id.parse().map(Self::Companion).map_err(bad),
            None if text == "system" => Ok(Self::System),
            _ => Err(BadActor(text.to_owned())),
        }
    }
}

/// A stored actor that is none of the three forms.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an actor")]
pub struct BadActor(pub String);

/// The part of an event that is hashed into the ledger and never erased.
///
/// Invariants: `position` is one more than the event before it on the same branch (or than the fork
/// position); `recorded_at` never decreases along a branch; `prev` is the leaf hash of the event before,
/// and all zeros for the first event of a log. The stored form is [`codec::encode_header`], and the leaf
/// hash is SHA-256 over a zero byte and that form (RFC 6962 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Place in the whole log of the branch.
    pub position: Position,
    /// Line of history that the event was appended to.
    pub branch: BranchId,
    /// Which aggregate.
    pub stream: StreamId,
    /// Place in the stream.
    pub version: Version,
    /// Identity.
    pub event_id: EventId,
    /// Stored type name, for example `MessageReceived`.
    pub event_type: Cow<'static, str>,
    /// Version of the stored shape, counted from 1.
    pub schema: u16,
    /// When the log took it. Never decreases.
    pub recorded_at: Timestamp,
    /// When it happened in the world; differs from `recorded_at` for imports.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The command whose outcome this is.
    pub command_id: CommandId,
    /// The event that led to it.
    pub causation: Option<EventId>,
    /// The thread of work.
    pub correlation: CorrelationId,
    /// Whose key seals the content.
    pub subject: SubjectId,
    /// The data key.
    pub key_id: KeyId,
    /// AES-GCM nonce, random.
    pub nonce: [u8; 12],
    /// Length of the sealed body in bytes.
    pub body_len: u32,
    /// SHA-256 of the sealed body: of ciphertext, never of plaintext.
    pub body_digest: Digest,
    /// Leaf hash of the event before.
    pub prev: Digest,
}

impl Header {
    /// The leaf hash of this event.
    pub fn leaf(&self) -> Digest {
        codec::leaf_hash(&codec::encode_header(self))
    }
}

/// An event as stored: header in its hashed form, content as ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEvent {
    /// The header.
    pub header: Header,
    /// Ciphertext and tag.
    pub body: Vec<u8>,
}

/// An event as read: header and, unless it was erased, its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The header.
    pub header: Header,
    /// The content.
    pub body: Body,
}

/// The content of an event that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// JSON text of the payload, in the schema version of the header.
    Open(Vec<u8>),
    /// The key was destroyed on purpose; the content is gone for ever.
    Erased,
}

impl Recorded {
    /// The payload in its current shape, or `None` when it was erased.
    ///
    /// # Errors
    /// When the type is not known to this version of AICO, or the stored JSON does not fit its type.
    pub fn event(&self) -> Result<Option<Event>, DecodeError> {
        match &self.body {
            Body::Erased => Ok(None),
            Body::Open(json) => {
                codec::decode(self.header.stream.category, &self.header.event_type, self.header.schema, json)
                    .map(Some)
            }
        }
    }

    /// The place in the log.
    pub fn position(&self) -> Position {
        self.header.position
    }
}

/// Name and version of the model, rule set or policy that produced a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MadeBy {
    /// For example `aico-lexicon` or `ollama/llama3.2:1b`.
    pub name: String,
    /// Version, digest or tag.
    pub version: String,
}
