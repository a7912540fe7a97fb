//! Events as they lie in the log.

use ::events::{Body, Recorded};
use async_graphql::{ID, Json, SimpleObject};

use super::scalars::{Basis, Position};

/// One event.
#[derive(SimpleObject)]
pub struct Event {
    position: Position,
    /// Number of the line of history that it was appended to.
    branch: u32,
    stream: String,
    version: u64,
    event_id: ID,
    #[graphql(name = "type")]
    event_type: String,
    schema: u16,
    recorded_at: String,
    occurred_at: String,
    actor: String,
    command_id: ID,
    /// The event that led to it.
    causation: Option<ID>,
    correlation: ID,
    subject: ID,
    /// The content; null when erased.
    body: Option<Json<serde_json::Value>>,
    erased: bool,
    /// Leaf hash, in hex.
    leaf: String,
    /// Leaf hash of the event before, in hex.
    prev: String,
    /// SHA-256 of the sealed content, in hex.
    body_digest: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl From<&Recorded> for Event {
    fn from(recorded: &Recorded) -> Self {
        let h = &recorded.header;
        let body = crate::shown::content(recorded).map(Json);
        Self {
            position: h.position.into(),
            branch: h.branch.0,
            stream: h.stream.to_string(),
            version: h.version.0,
            event_id: h.event_id.to_string().into(),
            event_type: h.event_type.to_string(),
            schema: h.schema,
            recorded_at: h.recorded_at.to_string(),
            occurred_at: h.occurred_at.to_string(),
            actor: h.actor.to_string(),
            command_id: h.command_id.to_string().into(),
            causation: h.causation.map(|id| id.to_string().into()),
            correlation: h.correlation.to_string().into(),
            subject: h.subject.to_string().into(),
            erased: matches!(recorded.body, Body::Erased),
            body,
            leaf: hex(&h.leaf()),
            prev: hex(&h.prev),
            body_digest: hex(&h.body_digest),
        }
    }
}

/// Events after a position.
#[derive(SimpleObject)]
pub struct EventPage {
    pub(super) basis: Basis,
    pub(super) items: Vec<Event>,
}

/// How many events of a type.
#[derive(SimpleObject)]
pub struct TypeCount {
    #[graphql(name = "type")]
    pub(super) event_type: String,
    pub(super) count: u64,
}

/// The log in numbers.
#[derive(SimpleObject)]
pub struct LogStats {
    pub(super) basis: Basis,
    pub(super) events: u64,
    /// Bytes of sealed content.
    pub(super) bytes: u64,
    pub(super) streams: u64,
    /// When the first event was recorded.
    pub(super) first: Option<String>,
    /// When the last event was recorded.
    pub(super) last: Option<String>,
    pub(super) types: Vec<TypeCount>,
}

/// What a complete check of a branch found.
#[derive(SimpleObject)]
pub struct LogVerification {
    pub(super) branch: String,
    pub(super) events: u64,
    pub(super) ok: bool,
    /// The first bad position.
    pub(super) bad_position: Option<Position>,
    pub(super) detail: String,
    /// Leaf hash of the last event, in hex.
    pub(super) leaf: Option<String>,
}
