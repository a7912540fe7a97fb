//! Stored forms: the canonical header that the ledger hashes, and payloads as JSON.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::catalog;
use crate::envelope::{Digest, Header};
use crate::id::{BranchId, CommandId, CorrelationId, EventId, KeyId, Position, SubjectId, Version};
use crate::payload::Event;
use crate::stream::Category;
use crate::time::Timestamp;
use crate::upcast;

/// First byte of every stored header.
const FORMAT: u8 = 1;

/// SHA-256 over a zero byte and the entry: the leaf hash of RFC 6962 section 2.1.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([0u8]);
    hasher.update(entry);
    hasher.finalize().into()
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The part of a header that is fixed before its body is sealed; it is the associated data of the seal, so that a
/// ciphertext cannot be moved to another event.
pub fn encode_associated_data(h: &Header) -> Vec<u8> {
    let mut out = Vec::with_capacity(288);
    out.push(FORMAT);
    out.extend(h.branch.0.to_be_bytes());
    out.extend(h.position.0.to_be_bytes());
    put_text(&mut out, &h.stream.to_string());
    out.extend(h.version.0.to_be_bytes());
    out.extend(h.event_id.as_bytes());
    put_text(&mut out, &h.event_type);
    out.extend(h.schema.to_be_bytes());
    out.extend(h.recorded_at.0.to_be_bytes());
    out.extend(h.occurred_at.0.to_be_bytes());
    put_text(&mut out, &h.actor.to_string());
    out.extend(h.command_id.as_bytes());
    out.extend(h.causation.map_or([0; 16], |id| *id.as_bytes()));
    out.extend(h.correlation.as_bytes());
    out.extend(h.subject.as_bytes());
    out.extend(h.key_id.as_bytes());
    out
}

/// The canonical header: fixed order, big-endian, texts behind a two-byte length. This is what is stored and hashed.
pub fn encode_header(h: &Header) -> Vec<u8> {
    let mut out = encode_associated_data(h);
    out.extend(h.nonce);
    out.extend(h.body_len.to_be_bytes());
    out.extend(h.body_digest);
    out.extend(h.prev);
    out
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    // Names of streams, types and actors are ours and short; the cast cannot cut.
    debug_assert!(text.len() <= usize::from(u16::MAX));
    out.extend((text.len() as u16).to_be_bytes());
    out.extend(text.as_bytes());
}

/// A stored form that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The header is cut short, too long, or holds nonsense.
    #[error("the header is malformed: {0}")]
    Header(&'static str),
    /// The type is not known.
    #[error("event type {0} is not known to this version of AICO")]
    UnknownType(String),
    /// The shape is newer than this version knows, or a rung to the current one is missing.
    #[error("shape {schema} of event type {event_type} is not known to this version of AICO")]
    UnknownSchema {
        /// Type name.
        event_type: String,
        /// Stored number.
        schema: u16,
    },
    /// The JSON does not fit the type.
    #[error("the content of a {event_type} does not fit its type")]
    Content {
        /// Type name.
        event_type: String,
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a canonical header.
///
/// # Errors
/// When it is not exactly what [`encode_header`] writes.
pub fn decode_header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let mut r = Reader(bytes);
    if r.take::<1>()? != [FORMAT] {
        return Err(DecodeError::Header("unknown format"));
    }
    let header = Header {
        branch: BranchId(u32::from_be_bytes(r.take()?)),
        position: Position(u64::from_be_bytes(r.take()?)),
        stream: r.parsed("stream name")?,
        version: Version(u64::from_be_bytes(r.take()?)),
        event_id: EventId(r.uuid()?),
        event_type: intern(r.text()?),
        schema: u16::from_be_bytes(r.take()?),
        recorded_at: Timestamp(i64::from_be_bytes(r.take()?)),
        occurred_at: Timestamp(i64::from_be_bytes(r.take()?)),
        actor: r.parsed("actor")?,
        command_id: CommandId(r.uuid()?),
        causation: Some(r.uuid()?).filter(|id| !id.is_nil()).map(EventId),
        correlation: CorrelationId(r.uuid()?),
        subject: SubjectId(r.uuid()?),
        key_id: KeyId(r.uuid()?),
        nonce: r.take()?,
        body_len: u32::from_be_bytes(r.take()?),
        body_digest: r.take()?,
        prev: r.take()?,
    };
    if r.0.is_empty() { Ok(header) } else { Err(DecodeError::Header("bytes left over")) }
}

/// Known type names are borrowed, so that reading a million events does not allocate a million names.
fn intern(name: &str) -> Cow<'static, str> {
    Category::ALL
        .into_iter()
        .flat_map(|c| catalog::types(c).iter())
        .find(|known| **known == name)
        .map_or_else(|| Cow::Owned(name.to_owned()), |known| Cow::Borrowed(*known))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(DecodeError::Header("cut short"))?;
        self.0 = tail;
        Ok(head)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.bytes(N)?);
        Ok(out)
    }

    fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid::from_bytes(self.take()?))
    }

    /// A name with an identifier in it. Identifiers have several spellings; only the one that we write is taken, as a
    /// header read in another would be hashed in ours and pass for unchanged.
    fn parsed<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, DecodeError> {
        let text = self.text()?;
        let id = text.rsplit_once(':').or_else(|| text.split_once('-')).map(|(_, id)| id);
        let ours = |id: &str| id.len() == 36 && !id.bytes().any(|b| b.is_ascii_uppercase());
        if !id.is_none_or(ours) {
            return Err(DecodeError::Header(what));
        }
        text.parse().map_err(|_| DecodeError::Header(what))
    }

    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let len = usize::from(u16::from_be_bytes(self.take()?));
        std::str::from_utf8(self.bytes(len)?).map_err(|_| DecodeError::Header("text is not UTF-8"))
    }
}

/// The JSON that is sealed as the body.
///
/// # Errors
/// When a number in it has no JSON form (not finite).
pub fn encode(event: &Event) -> Result<Vec<u8>, serde_json::Error> {
    let json = match event {
        Event::Person(e) => serde_json::to_vec(e),
        Event::Companion(e) => serde_json::to_vec(e),
        Event::Conversation(e) => serde_json::to_vec(e),
        Event::Branch(e) => serde_json::to_vec(e),
        Event::Album(e) => serde_json::to_vec(e),
        Event::Memory(e) => serde_json::to_vec(e),
        Event::Graph(e) => serde_json::to_vec(e),
        Event::Install(e) => serde_json::to_vec(e),
        Event::Account(e) => serde_json::to_vec(e),
    }?;
    // serde_json writes a number that is not finite as `null`, and such an event could never be read again.
    if json.windows(4).any(|w| w == b"null") {
        read(event.category(), &json)?;
    }
    Ok(json)
}

fn read(category: Category, json: &[u8]) -> Result<Event, serde_json::Error> {
    match category {
        Category::Person => serde_json::from_slice(json).map(Event::Person),
        Category::Companion => serde_json::from_slice(json).map(Event::Companion),
        Category::Conversation => serde_json::from_slice(json).map(Event::Conversation),
        Category::Branch => serde_json::from_slice(json).map(Event::Branch),
        Category::Album => serde_json::from_slice(json).map(Event::Album),
        Category::Memory => serde_json::from_slice(json).map(Event::Memory),
        Category::Graph => serde_json::from_slice(json).map(Event::Graph),
        Category::Install => serde_json::from_slice(json).map(Event::Install),
        Category::Account => serde_json::from_slice(json).map(Event::Account),
    }
}

/// The payload in its current shape.
///
/// # Errors
/// When the type or the shape is unknown, or the JSON does not fit.
pub fn decode(category: Category, event_type: &str, schema: u16, json: &[u8]) -> Result<Event, DecodeError> {
    if !catalog::types(category).contains(&event_type) {
        return Err(DecodeError::UnknownType(event_type.to_owned()));
    }
    let content = |source| DecodeError::Content { event_type: event_type.to_owned(), source };
    let current = catalog::current_schema(event_type);
    if schema == current {
        return read(category, json).map_err(content);
    }
    let unknown = || DecodeError::UnknownSchema { event_type: event_type.to_owned(), schema };
    if schema == 0 || schema > current {
        return Err(unknown());
    }
    let value = serde_json::from_slice(json).map_err(content)?;
    let lifted = upcast::lift(upcast::LADDER, event_type, schema, current, value).ok_or_else(unknown)?;
    match category {
        Category::Person => serde_json::from_value(lifted).map(Event::Person),
        Category::Companion => serde_json::from_value(lifted).map(Event::Companion),
        Category::Conversation => serde_json::from_value(lifted).map(Event::Conversation),
        Category::Branch => serde_json::from_value(lifted).map(Event::Branch),
        Category::Album => serde_json::from_value(lifted).map(Event::Album),
        Category::Memory => serde_json::from_value(lifted).map(Event::Memory),
        Category::Graph => serde_json::from_value(lifted).map(Event::Graph),
        Category::Install => serde_json::from_value(lifted).map(Event::Install),
        Category::Account => serde_json::from_value(lifted).map(Event::Account),
    }
    .map_err(content)
}
