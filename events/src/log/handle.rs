//! The log as everybody holds it: a cheap handle on the writer and the readers.

use std::collections::HashMap;
use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use super::lineage::stretches;
use super::memory::MemoryStore;
use super::shared::Shared;
use super::store::{Row, StoreReader, StoreWriter, Stretch};
use super::writer::{Encoded, Request, Writer};
use super::{
    Append, AppendError, Appended, BoxError, Branch, BranchError, EventLog, MAX_BODY_BYTES, MAX_EVENTS_PER_APPEND,
    MAX_READ, ReadError,
};
use crate::codec;
use crate::envelope::{Body, Header, Recorded, SealedEvent};
use crate::id::{BranchId, CommandId, EventId, KeyId, Position, Version};
use crate::seal::{KeyRing, aead};
use crate::stream::StreamId;
use crate::time::{Clock, Entropy, Timestamp};

/// How many requests wait before appenders do.
const QUEUE: usize = 1_024;
/// Bytes of a header that come after the associated data: nonce, body length, body digest, previous leaf.
const AFTER_ASSOCIATED: usize = 12 + 4 + 32 + 32;

/// A log on some store. Clones share it; it is closed by [`Log::close`], or when the last clone is dropped.
#[derive(Clone)]
pub struct Log {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    keys: Arc<dyn KeyRing>,
}

/// The trunk before its first event.
pub(super) fn empty_trunk() -> Branch {
    Branch {
        id: BranchId::MAIN,
        name: "main".to_owned(),
        parent: None,
        fork: Position::START,
        fork_leaf: [0; 32],
        head: Position::START,
        head_leaf: [0; 32],
        recorded_at: Timestamp(i64::MIN),
        open: true,
    }
}

impl Log {
    /// A log that lives and dies with the process.
    pub fn memory(keys: Arc<dyn KeyRing>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let store = MemoryStore::new(empty_trunk());
        Self::start(store.clone(), Arc::new(store), &[empty_trunk()], keys, clock, entropy)
    }

    /// A log over a store whose branches are these. Must be called within a tokio runtime.
    pub(super) fn start<S: StoreWriter + 'static>(
        store: S,
        reader: Arc<dyn StoreReader>,
        branches: &[Branch],
        keys: Arc<dyn KeyRing>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (log, running) = Self::prepare(store, reader, branches, keys, clock, entropy);
        tokio::spawn(running);
        log
    }

    /// As [`Log::start`], for a store whose calls block: its writer has a thread of its own.
    pub(super) fn start_on_thread<S: StoreWriter + 'static>(
        store: S,
        reader: Arc<dyn StoreReader>,
        branches: &[Branch],
        keys: Arc<dyn KeyRing>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (log, running) = Self::prepare(store, reader, branches, keys, clock, entropy);
        let runtime = tokio::runtime::Handle::current();
        std::thread::spawn(move || runtime.block_on(running));
        log
    }

    fn prepare<S: StoreWriter + 'static>(
        store: S,
        reader: Arc<dyn StoreReader>,
        branches: &[Branch],
        keys: Arc<dyn KeyRing>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let shared = Arc::new(Shared::new(reader));
        shared.update(branches);
        let (requests, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            store,
            keys: keys.clone(),
            clock,
            entropy,
            shared: shared.clone(),
            versions: HashMap::new(),
            seen: branches.to_vec(),
        };
        (Self { requests, shared, keys }, writer.run(receiver))
    }

    /// What readers share, without keeping it alive.
    pub(super) fn weak_shared(&self) -> std::sync::Weak<Shared> {
        Arc::downgrade(&self.shared)
    }

    /// Stops the writer after what is queued, and closes the store.
    ///
    /// # Errors
    /// When the store could not be closed cleanly. Closing twice is no error.
    pub async fn close(&self) -> Result<(), BoxError> {
        let (reply, answer) = oneshot::channel();
        if self.requests.send(Request::Close { reply }).await.is_err() {
            return Ok(());
        }
        answer.await.unwrap_or(Ok(()))
    }

    /// The stretches of a branch, asking the store when the branch is not known yet.
    async fn path(&self, branch: BranchId, through: Position) -> Result<Vec<Stretch>, ReadError> {
        if let Some(path) = stretches(&self.shared.branches(), branch, through) {
            return Ok(path);
        }
        self.shared.refresh().await?;
        stretches(&self.shared.branches(), branch, through).ok_or(ReadError::NoBranch(branch))
    }

    async fn rows(&self, branch: BranchId, after: Position, limit: u32) -> Result<Vec<Row>, ReadError> {
        let limit = limit.min(MAX_READ);
        let mut found: Vec<Row> = Vec::new();
        for stretch in self.path(branch, Position::END).await? {
            let left = limit - u32::try_from(found.len()).unwrap_or(limit);
            if left == 0 {
                break;
            }
            let stretch = Stretch { after: stretch.after.max(after), ..stretch };
            if stretch.after < stretch.through {
                found.extend(self.shared.reader.rows(stretch, left).await.map_err(ReadError::Store)?);
            }
        }
        Ok(found)
    }

    /// Opens rows; the key of one is kept at hand for the next, which most often has the same.
    fn open_all(&self, rows: Vec<Row>) -> Result<Vec<Recorded>, ReadError> {
        let mut at_hand: Option<(KeyId, Option<Arc<Aes256Gcm>>)> = None;
        let mut opened = Vec::with_capacity(rows.len());
        for row in rows {
            let header = checked_header(&row)?;
            let key = match at_hand.take_if(|(id, _)| *id == header.key_id) {
                Some((_, key)) => key,
                None => self.keys.opening_key(header.key_id).map_err(ReadError::Keys)?,
            };
            let body = match &key {
                None => Body::Erased,
                Some(cipher) => {
                    let associated = &row.header[..row.header.len() - AFTER_ASSOCIATED];
                    let plain = aead::open_in_place(cipher, &header.nonce, associated, row.body);
                    Body::Open(plain.map_err(|e| damaged((row.branch, row.position), &e.to_string()))?)
                }
            };
            at_hand = Some((header.key_id, key));
            opened.push(Recorded { header, body });
        }
        Ok(opened)
    }
}

fn damaged((branch, position): (BranchId, Position), what: &str) -> ReadError {
    ReadError::Damaged { branch, position, what: what.to_owned() }
}

/// The header of a row whose place and body are what the header says.
fn checked_header(row: &Row) -> Result<Header, ReadError> {
    let place = (row.branch, row.position);
    let header = codec::decode_header(&row.header).map_err(|e| damaged(place, &e.to_string()))?;
    if (header.branch, header.position) != place {
        return Err(damaged(place, "the event does not belong here"));
    }
    if codec::sha256(&row.body) != header.body_digest {
        return Err(damaged(place, "the body is not what the header says"));
    }
    Ok(header)
}

fn too_large(what: &'static str, limit: usize) -> AppendError {
    AppendError::TooLarge { what, limit }
}

#[async_trait]
impl EventLog for Log {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let events = append.writes.iter().map(|w| w.events.len()).sum::<usize>();
        if events > MAX_EVENTS_PER_APPEND {
            return Err(too_large("the number of events", MAX_EVENTS_PER_APPEND));
        }
        let mut bodies = Vec::with_capacity(events);
        for event in append.writes.iter().flat_map(|w| &w.events) {
            let body = codec::encode(&event.event).map_err(|e| AppendError::Unencodable(e.to_string()))?;
            if body.len() > MAX_BODY_BYTES {
                return Err(too_large("the content of an event", MAX_BODY_BYTES));
            }
            bodies.push(body);
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Append(Box::new(Encoded { append, bodies }), reply);
        self.requests.send(request).await.map_err(|_| AppendError::Closed)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    async fn outcome(&self, command_id: CommandId) -> Result<Option<Appended>, ReadError> {
        self.shared.reader.outcome(command_id).await.map_err(ReadError::Store)
    }

    async fn read(&self, branch: BranchId, after: Position, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        self.open_all(self.rows(branch, after, limit).await?)
    }

    async fn read_sealed(
        &self,
        branch: BranchId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<SealedEvent>, ReadError> {
        let rows = self.rows(branch, after, limit).await?;
        rows.into_iter().map(|row| Ok(SealedEvent { header: checked_header(&row)?, body: row.body })).collect()
    }

    async fn read_stream(
        &self,
        branch: BranchId,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError> {
        let limit = limit.min(MAX_READ);
        let mut found: Vec<Row> = Vec::new();
        for stretch in self.path(branch, Position::END).await? {
            let left = limit - u32::try_from(found.len()).unwrap_or(limit);
            if left == 0 {
                break;
            }
            let rows = self.shared.reader.stream_rows(stretch, stream, after, left).await;
            found.extend(rows.map_err(ReadError::Store)?);
        }
        self.open_all(found)
    }

    async fn at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Recorded>, ReadError> {
        let mut rows: HashMap<Position, Row> = HashMap::new();
        for s in self.path(branch, Position::END).await? {
            let mut here: Vec<Position> =
                positions.iter().copied().filter(|p| s.after < *p && *p <= s.through).collect();
            here.sort_unstable();
            here.dedup();
            if !here.is_empty() {
                let found = self.shared.reader.rows_at(s.branch, &here).await.map_err(ReadError::Store)?;
                rows.extend(found.into_iter().map(|row| (row.position, row)));
            }
        }
        self.open_all(positions.iter().filter_map(|p| rows.get(p).cloned()).collect())
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, ReadError> {
        self.shared.reader.find(event).await.map_err(ReadError::Store)
    }

    async fn position_at(&self, branch: BranchId, time: Timestamp) -> Result<Position, ReadError> {
        let mut path = self.path(branch, Position::END).await?;
        while let Some(stretch) = path.pop() {
            if let Some(position) = self.shared.reader.position_at(stretch, time).await.map_err(ReadError::Store)? {
                return Ok(position);
            }
        }
        Ok(Position::START)
    }

    async fn branches(&self) -> Result<Vec<Branch>, ReadError> {
        self.shared.refresh().await?;
        Ok(self.shared.branches().to_vec())
    }

    async fn create_branch(&self, name: &str, parent: BranchId, fork: Position) -> Result<Branch, BranchError> {
        let (reply, answer) = oneshot::channel();
        let request = Request::CreateBranch { name: name.to_owned(), parent, fork, reply };
        self.requests.send(request).await.map_err(|_| BranchError::Closed)?;
        answer.await.unwrap_or(Err(BranchError::Closed))
    }

    async fn close_branch(&self, branch: BranchId) -> Result<(), BranchError> {
        let (reply, answer) = oneshot::channel();
        let request = Request::CloseBranch { branch, reply };
        self.requests.send(request).await.map_err(|_| BranchError::Closed)?;
        answer.await.unwrap_or(Err(BranchError::Closed))
    }

    async fn head(&self, branch: BranchId) -> Result<watch::Receiver<Position>, ReadError> {
        if let Some(head) = self.shared.head(branch) {
            return Ok(head);
        }
        self.shared.refresh().await?;
        self.shared.head(branch).ok_or(ReadError::NoBranch(branch))
    }
}
