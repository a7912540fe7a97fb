//! The LMDB environment.

use std::path::Path;

use async_trait::async_trait;
use events::log::BoxError;
use events::seal::aead;
use events::{
    Body, BranchId, ConversationId, Digest, KeyId, Position, Recorded, StreamId, Timestamp, Version, codec,
};
use heed::types::Bytes;
use heed::{Database, Env, EnvOpenOptions, WithoutTls};
use sha2::{Digest as _, Sha256};

use super::fold::{Fold, kept};
use super::{Kept, LIFETIME_SECONDS, Turn};
use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::store::{Listed, Ports, ReadStore};

/// Address space that the map may use. Nothing is taken from the disk before it is needed.
const MAP_BYTES: usize = 32 << 30;
const NAME: &str = "working_memory";
const VERSION: u32 = 1;

/// See the module.
pub(crate) struct HeedStore {
    env: Env<WithoutTls>,
    /// conversation, branch, inverted position -> recorded_at, key id, nonce, ciphertext.
    entries: Database<Bytes, Bytes>,
    /// recorded_at, then the key of the entry, so that the oldest are found first.
    expiry: Database<Bytes, Bytes>,
    /// branch -> position; and `purged` -> the event time up to which expired entries are gone.
    marks: Database<Bytes, Bytes>,
    ports: Ports,
}

const PURGED: &[u8] = b"purged";

fn entry_key(conversation: ConversationId, branch: BranchId, position: Position) -> Vec<u8> {
    let mut key = conversation.as_bytes().to_vec();
    key.extend(branch.0.to_be_bytes());
    key.extend((u64::MAX - position.0).to_be_bytes());
    key
}

fn branch_of(key: &[u8]) -> BranchId {
    BranchId(key.get(16..20).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes))
}

fn position_of(key: &[u8]) -> Position {
    Position(key.last_chunk::<8>().map_or(0, |b| u64::MAX - u64::from_be_bytes(*b)))
}

/// Signed times in an order that bytes have.
fn ordered(time: Timestamp) -> [u8; 8] {
    ((time.0 as u64) ^ (1 << 63)).to_be_bytes()
}

fn error(source: impl Into<BoxError>) -> ReadSideError {
    ReadSideError::Store { name: NAME, source: source.into() }
}

fn expired(recorded_at: Timestamp, now: Timestamp) -> bool {
    recorded_at.plus_seconds(LIFETIME_SECONDS) <= now
}

/// A key and its value.
type Pair = (Vec<u8>, Vec<u8>);

struct Stored<'a> {
    recorded_at: Timestamp,
    key_id: KeyId,
    nonce: [u8; 12],
    sealed: &'a [u8],
}

impl<'a> Stored<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (time, rest) = bytes.split_first_chunk::<8>()?;
        let (key_id, rest) = rest.split_first_chunk::<16>()?;
        let (nonce, sealed) = rest.split_first_chunk::<12>()?;
        let recorded_at = Timestamp(i64::from_be_bytes(*time));
        Some(Self { recorded_at, key_id: KeyId(uuid::Uuid::from_bytes(*key_id)), nonce: *nonce, sealed })
    }
}

impl HeedStore {
    fn decoded(&self, event: &Recorded) -> Result<Option<Kept>, ReadSideError> {
        let payload = event.event().map_err(|e| ReadSideError::decode(NAME, event, e))?;
        Ok(kept(event, payload))
    }

    /// The key and sealed value of an event; `None` when nothing of it is kept. The same event gives the same bytes.
    fn sealed(&self, event: &Recorded) -> Result<Option<Pair>, ReadSideError> {
        if matches!(event.body, Body::Erased) {
            return Ok(None);
        }
        let Some(kept) = self.decoded(event)? else { return Ok(None) };
        let h = &event.header;
        let cipher = self.ports.keys.opening_key(h.key_id).map_err(|source| ReadSideError::Event {
            name: NAME,
            position: h.position,
            event_type: h.event_type.to_string(),
            source: Box::new(source),
        })?;
        let Some(cipher) = cipher else { return Ok(None) };
        let key = entry_key(ConversationId(h.stream.id), h.branch, h.position);
        // The event's own nonce was random, and one event has one value per code version, so this is used once.
        let mut hasher = Sha256::new();
        hasher.update(NAME);
        hasher.update(VERSION.to_be_bytes());
        hasher.update(h.event_id.as_bytes());
        hasher.update(h.nonce);
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&hasher.finalize()[..12]);
        let plain = serde_json::to_vec(&kept).map_err(error)?;
        let sealed = aead::seal(&cipher, &nonce, &key, &plain).map_err(error)?;
        let mut value = h.recorded_at.0.to_be_bytes().to_vec();
        value.extend(h.key_id.as_bytes());
        value.extend(nonce);
        value.extend(sealed);
        Ok(Some((key, value)))
    }

    fn opened(&self, key: &[u8], value: &[u8]) -> Result<Option<Kept>, ReadSideError> {
        let stored = Stored::parse(value).ok_or_else(|| error("an entry is cut short"))?;
        let cipher = self.ports.keys.opening_key(stored.key_id).map_err(|e| error(Box::new(e) as BoxError))?;
        let Some(cipher) = cipher else { return Ok(None) };
        let plain = aead::open(&cipher, &stored.nonce, key, stored.sealed).map_err(error)?;
        serde_json::from_slice(&plain).map(Some).map_err(error)
    }

    fn purged(&self) -> Result<Option<Timestamp>, ReadSideError> {
        let txn = self.env.read_txn().map_err(error)?;
        let mark = self.marks.get(&txn, PURGED).map_err(error)?;
        Ok(mark.and_then(|b| b.try_into().ok()).map(|b| Timestamp(i64::from_be_bytes(b))))
    }

    pub(super) fn entries(&self) -> Result<u64, ReadSideError> {
        let txn = self.env.read_txn().map_err(error)?;
        self.entries.len(&txn).map_err(error)
    }

    pub(super) async fn recent(
        &self,
        basis: &Basis,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Vec<Turn>, ReadSideError> {
        if limit == 0 {
            return Ok(vec![]);
        }
        let now = basis.time.unwrap_or_default();
        if self.purged()?.is_some_and(|purged| now < purged) {
            return self.recent_from_log(basis, conversation, limit).await;
        }
        let txn = self.env.read_txn().map_err(error)?;
        let mut fold = Fold::default();
        'all: for s in basis.lineage.iter().rev() {
            let from = entry_key(conversation, s.branch, s.through);
            let to = entry_key(conversation, s.branch, s.after);
            let range = (std::ops::Bound::Included(&from[..]), std::ops::Bound::Excluded(&to[..]));
            for found in self.entries.range(&txn, &range).map_err(error)? {
                let (key, value) = found.map_err(error)?;
                let stored = Stored::parse(value).ok_or_else(|| error("an entry is cut short"))?;
                if expired(stored.recorded_at, now) {
                    break 'all; // Older ones are expired as well: recorded time never goes back.
                }
                let position = position_of(key);
                if let Some(kept) = self.opened(key, value)? {
                    fold.add(position, kept);
                }
                if fold.settled(limit) {
                    break 'all;
                }
            }
        }
        Ok(fold.newest(limit))
    }

    async fn recent_from_log(
        &self,
        basis: &Basis,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Vec<Turn>, ReadSideError> {
        let now = basis.time.unwrap_or_default();
        let mut all: Vec<(Position, Kept)> = Vec::new();
        let mut after = Version(0);
        loop {
            let stream = StreamId::from(conversation);
            let page = self.ports.log.read_stream(basis.branch, stream, after, 2_000).await?;
            let Some(last) = page.last() else { break };
            after = last.header.version;
            for event in page.iter().filter(|e| e.position() <= basis.position) {
                if !expired(event.header.recorded_at, now)
                    && let Some(kept) = self.decoded(event)?
                {
                    all.push((event.position(), kept));
                }
            }
        }
        let mut fold = Fold::default();
        for (position, kept) in all.into_iter().rev() {
            fold.add(position, kept);
            if fold.settled(limit) {
                break;
            }
        }
        Ok(fold.newest(limit))
    }
}

impl HeedStore {
    /// Every entry that is seen from a basis, in key order.
    async fn seen(&self, basis: &Basis) -> Result<Vec<Pair>, BoxError> {
        let now = basis.time.unwrap_or_default();
        let mut seen: Vec<Pair> = Vec::new();
        if self.purged()?.is_some_and(|purged| now < purged) {
            let mut after = Position::START;
            while after < basis.position {
                let page = self.ports.log.read(basis.branch, after, 2_000).await?;
                let Some(last) = page.last() else { break };
                after = last.position();
                for event in page.iter().filter(|e| e.position() <= basis.position) {
                    if !expired(event.header.recorded_at, now) {
                        seen.extend(self.sealed(event)?);
                    }
                }
            }
        } else {
            let txn = self.env.read_txn()?;
            for found in self.entries.iter(&txn)? {
                let (key, value) = found?;
                let (branch, position) = (branch_of(key), position_of(key));
                let visible =
                    basis.lineage.iter().any(|s| s.branch == branch && s.after < position && position <= s.through);
                let stored = Stored::parse(value).ok_or("an entry is cut short")?;
                if visible && !expired(stored.recorded_at, now) {
                    seen.push((key.to_vec(), value.to_vec()));
                }
            }
        }
        seen.sort();
        Ok(seen)
    }
}

/// The bytes of the file.
fn length(env: &Env<WithoutTls>) -> std::io::Result<u64> {
    Ok(std::fs::metadata(env.path().join("data.mdb"))?.len())
}

/// The bytes of the pages in use, free ones among them included.
fn pages(env: &Env<WithoutTls>) -> u64 {
    (env.info().last_page_number as u64 + 1).saturating_mul(env.stat().page_size.into())
}

impl HeedStore {
    /// Makes the file as long as its pages say. LMDB does not write free pages at the end, which would look as if the
    /// file had been cut short.
    fn fill(&self) -> std::io::Result<()> {
        let should = pages(&self.env);
        if length(&self.env)? < should {
            let file = std::fs::OpenOptions::new().write(true).open(self.env.path().join("data.mdb"))?;
            file.set_len(should)?;
        }
        Ok(())
    }
}

#[async_trait]
impl ReadStore for HeedStore {
    const NAME: &'static str = NAME;
    const VERSION: u32 = VERSION;

    #[allow(unsafe_code)]
    async fn open(path: &Path, ports: &Ports) -> Result<Self, BoxError> {
        std::fs::create_dir_all(path)?;
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.map_size(MAP_BYTES).max_dbs(3);
        // SAFETY: LMDB maps the file, which must not be changed from outside while it is open. It lies in the data
        // folder, which the writer lock keeps other processes out of, and no path is opened twice in this one.
        let env = unsafe { options.open(path)? };
        // Reading a page that the file no longer has would end the process, so a file cut short is refused before.
        let (is, should) = (length(&env)?, pages(&env));
        if is < should {
            return Err(format!("the file has {is} bytes and should have {should}").into());
        }
        let mut txn = env.write_txn()?;
        let entries = env.create_database(&mut txn, Some("entries"))?;
        let expiry = env.create_database(&mut txn, Some("expiry"))?;
        let marks = env.create_database(&mut txn, Some("marks"))?;
        txn.commit()?;
        Ok(Self { env, entries, expiry, marks, ports: ports.clone() })
    }

    async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError> {
        let txn = self.env.read_txn()?;
        let mark = self.marks.get(&txn, &branch.0.to_be_bytes())?;
        Ok(mark.and_then(|b| b.try_into().ok()).map(|b| Position(u64::from_be_bytes(b))))
    }

    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError> {
        let Some((first, last)) = batch.first().zip(batch.last()) else { return Ok(()) };
        let checkpoint = ReadStore::checkpoint(self, branch).await.map_err(error)?;
        if let Some(at) = checkpoint.filter(|at| at.next() != first.position()) {
            return Err(ReadSideError::Gap { name: NAME, checkpoint: at, got: first.position() });
        }
        let mut sealed = Vec::with_capacity(batch.len());
        for (n, event) in batch.iter().enumerate() {
            match self.sealed(event) {
                Ok(pair) => sealed.extend(pair.map(|(key, value)| (event.header.recorded_at, key, value))),
                Err(failure) => {
                    // What came before the bad event is kept, so that health can name exactly where it stopped.
                    if n > 0 {
                        self.apply(branch, &batch[..n]).await?;
                    }
                    return Err(failure);
                }
            }
        }
        let now = last.header.recorded_at;
        let mut txn = self.env.write_txn().map_err(error)?;
        for (recorded_at, key, value) in &sealed {
            self.entries.put(&mut txn, key, value).map_err(error)?;
            let due = [&ordered(*recorded_at)[..], key].concat();
            self.expiry.put(&mut txn, &due, &[]).map_err(error)?;
        }
        let limit = Timestamp(now.0.saturating_sub(LIFETIME_SECONDS * 1_000_000));
        let mut due = Vec::new();
        for found in self.expiry.iter(&txn).map_err(error)? {
            let (key, ()) = found.map(|(key, _)| (key, ())).map_err(error)?;
            if key[..8] > ordered(limit)[..] {
                break;
            }
            due.push(key.to_vec());
        }
        for key in &due {
            self.expiry.delete(&mut txn, key).map_err(error)?;
            self.entries.delete(&mut txn, &key[8..]).map_err(error)?;
        }
        if !due.is_empty() {
            // Branches are built one after another, each from its beginning: another one may have purged up to later.
            let mark = self.marks.get(&txn, PURGED).map_err(error)?.and_then(|b| b.try_into().ok());
            let purged = mark.map_or(now, |b| Timestamp(i64::from_be_bytes(b)).max(now));
            self.marks.put(&mut txn, PURGED, &purged.0.to_be_bytes()).map_err(error)?;
        }
        self.marks.put(&mut txn, &branch.0.to_be_bytes(), &last.position().0.to_be_bytes()).map_err(error)?;
        txn.commit().map_err(error)?;
        self.fill().map_err(error)
    }

    async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError> {
        let mut all = Vec::new();
        for (key, value) in self.seen(basis).await? {
            all.extend(codec::sha256(&key));
            all.extend(codec::sha256(&value));
        }
        Ok(codec::sha256(&all))
    }

    async fn listed(&self, basis: &Basis) -> Result<Vec<Listed>, BoxError> {
        let told = |(key, value): Pair| {
            let position = position_of(&key);
            Listed { label: format!("the entry of position {position}"), content: codec::sha256(&value), order: key }
        };
        Ok(self.seen(basis).await?.into_iter().map(told).collect())
    }

    async fn close(&self) {
        // LMDB closes the file when the last handle is dropped; every commit was durable.
        if let Err(cause) = self.env.force_sync() {
            tracing::warn!(%cause, "working memory was not flushed");
        }
    }
}
