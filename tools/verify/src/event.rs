//! One event: the canonical header, the sealed body, and what is said about them in words.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Bad;
use crate::tree::{Hash, leaf};

/// Bytes after the part of a header that the seal covers: nonce, length, digest, previous leaf.
const TAIL: usize = 12 + 4 + 32 + 32;

/// What a header says, as far as it is checked here.
#[derive(Debug)]
pub struct Event {
    /// Its place.
    pub position: u64,
    /// Number of the branch it was appended to.
    pub branch: u32,
    /// The aggregate.
    pub stream: String,
    /// Its place in the stream.
    pub version: u64,
    /// The type.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// Whose key seals it.
    pub subject: String,
    /// Which key.
    pub key_id: String,
    /// Leaf hash of the event before.
    pub prev: Hash,
    /// Its own leaf hash.
    pub leaf: Hash,
    /// Nothing but the bytes of the header.
    header: Vec<u8>,
    sealed: Vec<u8>,
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn next(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self, n: usize) -> Option<u64> {
        Some(self.next(n)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Option<String> {
        let n = self.number(2)? as usize;
        String::from_utf8(self.next(n)?.to_vec()).ok()
    }

    fn uuid(&mut self) -> Option<String> {
        let hex = hex::encode(self.next(16)?);
        Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
    }
}

/// The bytes behind a hex field.
pub fn bytes(line: &Value, field: &str) -> Option<Vec<u8>> {
    hex::decode(line[field].as_str()?).ok()
}

/// Reads a line, and checks all that can be checked without another one. `at` is where it must stand.
pub fn read(line: &Value, at: u64) -> Result<Event, Bad> {
    let bad = |what: &str| Bad::new(at, what);
    let header = bytes(line, "header").ok_or_else(|| bad("the header is missing or not hex"))?;
    let sealed = bytes(line, "sealed").ok_or_else(|| bad("the sealed body is missing or not hex"))?;
    let mut event = parse(&header).ok_or_else(|| bad("the header is malformed"))?;
    if event.position != at {
        return Err(bad(&format!("the event is missing; the next one found is {}", event.position)));
    }
    if line["position"].as_u64() != Some(at) {
        return Err(bad("the line names another position"));
    }
    if bytes(line, "leaf").as_deref() != Some(&event.leaf) {
        return Err(bad("the header was changed, or its leaf hash was"));
    }
    let mut tail = Cursor(&header[header.len() - TAIL + 12..]);
    let (length, digest) = (tail.number(4), tail.next(32));
    if length != Some(sealed.len() as u64) || digest != Some(&Sha256::digest(&sealed)[..]) {
        return Err(bad("the body was changed"));
    }
    let words = &line["event"];
    let said = [
        ("stream", &event.stream),
        ("type", &event.kind),
        ("actor", &event.actor),
        ("subject", &event.subject),
        ("keyId", &event.key_id),
    ];
    if let Some((field, _)) = said.iter().find(|(field, right)| words[*field].as_str() != Some(right)) {
        return Err(bad(&format!("the words say another `{field}` than the header")));
    }
    if words["position"].as_u64() != Some(at) || words["version"].as_u64() != Some(event.version) {
        return Err(bad("the words say another place than the header"));
    }
    event.sealed = sealed;
    event.header = header;
    Ok(event)
}

fn parse(header: &[u8]) -> Option<Event> {
    let mut r = Cursor(header);
    (r.number(1)? == 1).then_some(())?;
    let branch = r.number(4)? as u32;
    let position = r.number(8)?;
    let stream = r.text()?;
    let version = r.number(8)?;
    r.uuid()?;
    let kind = r.text()?;
    r.number(2)?;
    let recorded_at = r.number(8)? as i64;
    r.number(8)?;
    let actor = r.text()?;
    // Command, cause, thread of work.
    r.next(48)?;
    let (subject, key_id) = (r.uuid()?, r.uuid()?);
    r.next(12 + 4 + 32)?;
    let prev = r.next(32)?.try_into().ok()?;
    r.0.is_empty().then_some(Event {
        position,
        branch,
        stream,
        version,
        kind,
        actor,
        recorded_at,
        subject,
        key_id,
        prev,
        leaf: leaf(header),
        header: vec![],
        sealed: vec![],
    })
}

impl Event {
    /// Whether the sealed body, opened with this key, is the content that was disclosed.
    pub fn opens_to(&self, key: &[u8], content: &str) -> Result<(), Bad> {
        let bad = |what: &str| Bad::new(self.position, what);
        let cipher = Aes256Gcm::new_from_slice(key).map_err(|_| bad("the data key does not have 32 bytes"))?;
        let associated = &self.header[..self.header.len() - TAIL];
        let nonce = &self.header[self.header.len() - TAIL..self.header.len() - TAIL + 12];
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| bad("the nonce is missing"))?;
        let payload = Payload { msg: &self.sealed, aad: associated };
        let opened =
            cipher.decrypt(&nonce.into(), payload).map_err(|_| bad("the data key does not open the body"))?;
        if opened == content.as_bytes() { Ok(()) } else { Err(bad("the content is not what was sealed")) }
    }
}
