//! The one writer: takes appends from a channel, many at a time, and makes each group durable with one commit.
//!
//! It alone gives positions and versions, seals, and chains. An append is acknowledged after the commit that holds it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::lineage::stretches;
use super::shared::Shared;
use super::store::StoreWriter;
use super::{Append, AppendError, Appended, BoxError, Branch, BranchError, Expected};
use crate::codec;
use crate::envelope::{Header, SealedEvent};
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::seal::{KeyError, KeyRing, aead};
use crate::stream::StreamId;
use crate::time::{Clock, Entropy};

/// The most appends that share a commit.
const MAX_GROUP: usize = 512;
/// The most plaintext bytes that share a commit.
const MAX_GROUP_BYTES: usize = 8 << 20;
/// The most stream versions kept; beyond it all are dropped and asked for again, which only costs time.
const MAX_VERSIONS: usize = 65_536;

/// An append whose payloads are encoded already, which the callers do in parallel.
pub(super) struct Encoded {
    pub append: Append,
    /// JSON of each event, in the order of writes and events.
    pub bodies: Vec<Vec<u8>>,
}

impl Encoded {
    fn bytes(&self) -> usize {
        self.bodies.iter().map(Vec::len).sum()
    }
}

pub(super) type AppendReply = oneshot::Sender<Result<Appended, AppendError>>;

pub(super) enum Request {
    Append(Box<Encoded>, AppendReply),
    CreateBranch {
        name: String,
        parent: BranchId,
        fork: Position,
        reply: oneshot::Sender<Result<Branch, BranchError>>,
    },
    CloseBranch {
        branch: BranchId,
        reply: oneshot::Sender<Result<(), BranchError>>,
    },
    Close {
        reply: oneshot::Sender<Result<(), BoxError>>,
    },
}

/// What the writer is made of.
pub(super) struct Writer<S> {
    pub store: S,
    pub keys: Arc<dyn KeyRing>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub shared: Arc<Shared>,
    pub versions: HashMap<(BranchId, StreamId), Version>,
    /// Heads as this writer left them; anything else means that another process wrote.
    pub seen: Vec<Branch>,
}

/// What one group will store.
#[derive(Default)]
struct Staged {
    branches: Vec<Branch>,
    versions: HashMap<(BranchId, StreamId), Version>,
    events: Vec<SealedEvent>,
    outcomes: Vec<(CommandId, Appended)>,
    /// Branches whose head moved.
    moved: Vec<BranchId>,
}

impl<S: StoreWriter> Writer<S> {
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.recv().await {
            let mut group = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Append(encoded, reply) => {
                        bytes += encoded.bytes();
                        group.push((encoded, reply));
                    }
                    other => {
                        self.commit_group(std::mem::take(&mut group)).await;
                        if self.manage(other).await.is_break() {
                            return;
                        }
                    }
                }
                if group.len() < MAX_GROUP && bytes < MAX_GROUP_BYTES {
                    next = requests.try_recv().ok();
                }
            }
            self.commit_group(group).await;
        }
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "the log was not closed cleanly");
        }
    }

    async fn manage(&mut self, request: Request) -> std::ops::ControlFlow<()> {
        // A receiver that went away no longer wants its answer.
        match request {
            Request::Append(..) => {}
            Request::CreateBranch { name, parent, fork, reply } => {
                let done = self.create_branch(&name, parent, fork).await;
                let _ = reply.send(done);
            }
            Request::CloseBranch { branch, reply } => {
                let done = self.close_branch(branch).await;
                let _ = reply.send(done);
            }
            Request::Close { reply } => {
                let done = self.store.close().await;
                let _ = reply.send(done);
                return std::ops::ControlFlow::Break(());
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    async fn commit_group(&mut self, group: Vec<(Box<Encoded>, AppendReply)>) {
        if group.is_empty() {
            return;
        }
        let results = self.attempt(&group).await;
        let results = match results {
            Ok(results) => results,
            // A write that the database refused: find the culprit, so that the others do not suffer for it.
            Err(Failure::Refused(_)) if group.len() > 1 => {
                let mut singly = Vec::with_capacity(group.len());
                for one in group.chunks(1) {
                    singly.extend(match self.attempt(one).await {
                        Ok(results) => results,
                        Err(failure) => vec![Err(failure.into_error())],
                    });
                }
                singly
            }
            Err(failure) => {
                let full = matches!(failure, Failure::Full);
                let text = failure.into_error();
                let text = std::error::Error::source(&text).map_or_else(|| text.to_string(), ToString::to_string);
                let error = || if full { AppendError::DiskFull } else { AppendError::Unknown(text.clone().into()) };
                group.iter().map(|_| Err(error())).collect()
            }
        };
        for ((_, reply), result) in group.into_iter().zip(results) {
            let _ = reply.send(result);
        }
    }

    /// One transaction over a group; the result of each append, or why the transaction failed.
    async fn attempt(
        &mut self,
        group: &[(Box<Encoded>, AppendReply)],
    ) -> Result<Vec<Result<Appended, AppendError>>, Failure> {
        let branches = match self.store.begin().await {
            Ok(branches) => branches,
            Err(error) => return Err(self.fail(error, true).await),
        };
        if branches != self.seen {
            self.versions.clear();
            self.shared.update(&branches);
            self.seen.clone_from(&branches);
        }
        let ids: Vec<CommandId> = group.iter().map(|(e, _)| e.append.command_id).collect();
        let known = match self.store.outcomes(&ids).await {
            Ok(found) => found.into_iter().collect::<HashMap<_, _>>(),
            Err(error) => return Err(self.fail(error, true).await),
        };
        let mut staged = Staged { branches, ..Staged::default() };
        let mut fresh: HashMap<CommandId, Appended> = HashMap::new();
        let mut results = Vec::with_capacity(group.len());
        for (encoded, _) in group {
            let id = encoded.append.command_id;
            if let Some(first) = known.get(&id).or_else(|| fresh.get(&id)) {
                results.push(Ok(Appended { repeated: true, ..*first }));
                continue;
            }
            let result = match self.stage(&mut staged, encoded).await {
                Ok(result) => result,
                Err(error) => return Err(self.fail(error, true).await),
            };
            if let Ok(appended) = &result {
                fresh.insert(id, *appended);
            }
            results.push(result);
        }
        if staged.outcomes.is_empty() {
            let _nothing_was_staged = self.store.rollback().await;
            return Ok(results);
        }
        let moved: Vec<Branch> = staged.branches.iter().filter(|b| staged.moved.contains(&b.id)).cloned().collect();
        if let Err(error) = self.store.write(&staged.events, &staged.outcomes, &moved).await {
            return Err(self.fail(error, true).await);
        }
        if let Err(error) = self.store.commit().await {
            return Err(self.fail(error, false).await);
        }
        if self.versions.len() > MAX_VERSIONS {
            self.versions.clear();
        }
        self.versions.extend(staged.versions);
        self.seen = staged.branches;
        self.shared.update(&self.seen);
        Ok(results)
    }

    /// Gives up a transaction. Before the commit a rollback makes sure that nothing was kept.
    async fn fail(&mut self, error: BoxError, before_commit: bool) -> Failure {
        let full = self.store.is_disk_full(&error);
        let undone = self.store.rollback().await.is_ok();
        self.versions.clear();
        self.seen.clear();
        tracing::error!(%error, "a group of appends was not stored");
        match (full && (undone || before_commit), before_commit && undone) {
            (true, _) => Failure::Full,
            (false, true) => Failure::Refused(error),
            (false, false) => Failure::Unknown(error),
        }
    }

    /// Stages one append, or says why not; the outer error is the store's.
    async fn stage(
        &mut self,
        staged: &mut Staged,
        encoded: &Encoded,
    ) -> Result<Result<Appended, AppendError>, BoxError> {
        let append = &encoded.append;
        let Some(at) = staged.branches.iter().position(|b| b.id == append.branch && b.open) else {
            return Ok(Err(AppendError::NoBranch(append.branch)));
        };
        let mut branch = staged.branches[at].clone();
        let mut versions: HashMap<StreamId, Version> = HashMap::new();
        for write in &append.writes {
            let actual = match versions.get(&write.stream) {
                Some(version) => *version,
                None => self.version(staged, append.branch, write.stream).await?,
            };
            match write.expected {
                Expected::Exactly(expected) if expected != actual => {
                    return Ok(Err(AppendError::WrongVersion { stream: write.stream, expected, actual }));
                }
                Expected::Exactly(_) | Expected::Any => {}
            }
            versions.insert(write.stream, Version(actual.0 + write.events.len() as u64));
        }
        let first = Position(branch.head.0 + u64::from(!encoded.bodies.is_empty()));
        let mut next: HashMap<StreamId, Version> =
            versions.iter().map(|(s, v)| (*s, Version(v.0 - count(append, *s)))).collect();
        let mut events = Vec::with_capacity(encoded.bodies.len());
        let recorded_at = self.clock.now().max(branch.recorded_at);
        let mut bodies = encoded.bodies.iter();
        for write in &append.writes {
            for (event, body) in write.events.iter().zip(bodies.by_ref()) {
                let version = next.entry(write.stream).or_default();
                *version = version.next();
                let (key_id, cipher) = match self.keys.sealing_key(event.subject) {
                    Ok(key) => key,
                    Err(KeyError::Erased(subject)) => return Ok(Err(AppendError::Erased(subject))),
                    Err(error) => return Ok(Err(AppendError::Keys(error))),
                };
                let mut nonce = [0; 12];
                self.entropy.fill(&mut nonce);
                let event_type = event.event.type_name();
                let mut header = Header {
                    position: branch.head.next(),
                    branch: branch.id,
                    stream: write.stream,
                    version: *version,
                    event_id: event.event_id.unwrap_or_else(|| EventId(self.entropy.uuid_v7(recorded_at))),
                    event_type: event_type.into(),
                    schema: crate::catalog::current_schema(event_type),
                    recorded_at,
                    occurred_at: event.occurred_at.unwrap_or(recorded_at),
                    actor: append.actor,
                    command_id: append.command_id,
                    causation: event.causation,
                    correlation: append.correlation,
                    subject: event.subject,
                    key_id,
                    nonce,
                    body_len: 0,
                    body_digest: [0; 32],
                    prev: branch.head_leaf,
                };
                let body = aead::seal(&cipher, &nonce, &codec::encode_associated_data(&header), body)?;
                header.body_len = u32::try_from(body.len())?;
                header.body_digest = codec::sha256(&body);
                branch.head = header.position;
                branch.head_leaf = header.leaf();
                branch.recorded_at = recorded_at;
                events.push(SealedEvent { header, body });
            }
        }
        let count = u32::try_from(events.len())?;
        let appended = Appended { branch: branch.id, first, count, repeated: false };
        if count > 0 && !staged.moved.contains(&branch.id) {
            staged.moved.push(branch.id);
        }
        staged.branches[at] = branch;
        staged.versions.extend(versions.into_iter().map(|(stream, version)| ((append.branch, stream), version)));
        staged.events.append(&mut events);
        staged.outcomes.push((append.command_id, appended));
        Ok(Ok(appended))
    }

    async fn version(&mut self, staged: &Staged, branch: BranchId, stream: StreamId) -> Result<Version, BoxError> {
        let key = (branch, stream);
        if let Some(version) = staged.versions.get(&key).or_else(|| self.versions.get(&key)) {
            return Ok(*version);
        }
        let path = stretches(&staged.branches, branch, Position::END).unwrap_or_default();
        let version = self.store.version(&path, stream).await?;
        self.versions.insert(key, version);
        Ok(version)
    }

    async fn create_branch(&mut self, name: &str, parent: BranchId, fork: Position) -> Result<Branch, BranchError> {
        let mut branches = self.store.begin().await.map_err(BranchError::Store)?;
        let made = self.new_branch(&branches, name, parent, fork).await;
        let made = self.finish(made).await?;
        branches.push(made.clone());
        self.seen = branches;
        self.shared.update(&self.seen);
        Ok(made)
    }

    async fn new_branch(
        &mut self,
        branches: &[Branch],
        name: &str,
        parent: BranchId,
        fork: Position,
    ) -> Result<Branch, BranchError> {
        let from = branches.iter().find(|b| b.id == parent).ok_or(BranchError::NoBranch(parent))?;
        if branches.iter().any(|b| b.name == name) {
            return Err(BranchError::NameTaken(name.to_owned()));
        }
        if fork > from.head {
            return Err(BranchError::PastHead { asked: fork, head: from.head });
        }
        let path = stretches(branches, parent, fork).unwrap_or_default();
        let (leaf, recorded_at) = self.shared.leaf_at(&path, fork).await.map_err(BranchError::Store)?;
        let id = BranchId(branches.iter().map(|b| b.id.0).max().unwrap_or(0) + 1);
        let branch = Branch {
            id,
            name: name.to_owned(),
            parent: Some(parent),
            fork,
            fork_leaf: leaf,
            head: fork,
            head_leaf: leaf,
            recorded_at,
            open: true,
        };
        self.store.write(&[], &[], std::slice::from_ref(&branch)).await.map_err(BranchError::Store)?;
        Ok(branch)
    }

    async fn close_branch(&mut self, id: BranchId) -> Result<(), BranchError> {
        let mut branches = self.store.begin().await.map_err(BranchError::Store)?;
        let closed = match branches.iter_mut().find(|b| b.id == id) {
            None => Err(BranchError::NoBranch(id)),
            Some(b) if b.parent.is_none() => Err(BranchError::Trunk),
            Some(b) => {
                b.open = false;
                let b = b.clone();
                self.store.write(&[], &[], &[b]).await.map_err(BranchError::Store)
            }
        };
        self.finish(closed).await?;
        self.seen = branches;
        self.shared.update(&self.seen);
        Ok(())
    }

    async fn finish<T>(&mut self, result: Result<T, BranchError>) -> Result<T, BranchError> {
        match result {
            Ok(value) => {
                self.store.commit().await.map_err(BranchError::Store)?;
                Ok(value)
            }
            Err(error) => {
                let _the_first_error_counts = self.store.rollback().await;
                self.seen.clear();
                Err(error)
            }
        }
    }
}

fn count(append: &Append, stream: StreamId) -> u64 {
    append.writes.iter().filter(|w| w.stream == stream).map(|w| w.events.len() as u64).sum()
}

/// Why a transaction failed.
enum Failure {
    /// No room; nothing was kept.
    Full,
    /// Rolled back; nothing was kept.
    Refused(BoxError),
    /// Nobody knows.
    Unknown(BoxError),
}

impl Failure {
    fn into_error(self) -> AppendError {
        match self {
            Self::Full => AppendError::DiskFull,
            Self::Refused(e) | Self::Unknown(e) => AppendError::Unknown(e),
        }
    }
}
