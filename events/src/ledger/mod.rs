//! The ledger: proof that nothing in the log was changed, taken out or put in.
//!
//! A Merkle tree (RFC 6962) over the headers of a branch, kept as tiles (C2SP `tlog-tiles`) beside the log, with signed
//! checkpoints (C2SP `tlog-checkpoint`, Ed25519). A header holds the digest of the ciphertext and never of words, so
//! every proof outlives an erasure. A branch's tree begins with its parent's up to the fork: that anchors it.
//!
//! The tree follows the log: an event is in the log first, and is covered by a checkpoint within [`EVERY_EVENTS`] events
//! or [`EVERY_SECONDS`] seconds, and when the log is closed. Taking an event in costs O(log n), and so does opening.

mod audit;
mod book;
mod error;
pub mod export;
pub mod note;
pub mod proof;
mod shelf;
pub mod tile;
mod tiles;
pub mod tree;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

pub use audit::{Since, Verdict};
pub use error::LedgerError;
pub use shelf::Shelf;

use crate::envelope::Digest;
use crate::id::{BranchId, Position};
use crate::log::{EventLog, MAX_READ, ReadError};
use crate::time::Clock;
use book::Book;
use note::{Checkpoint, NoteSigner, PublicKey};
use tiles::{Tiles, lineage};

/// The most events that no checkpoint covers while the log is open.
pub const EVERY_EVENTS: u64 = 1_000;
/// The longest that an event is not covered while the log is open, in seconds.
pub const EVERY_SECONDS: i64 = 60;
/// How often the ledger looks whether the log has grown.
const LOOK: Duration = Duration::from_secs(1);

/// The name of a branch's log under a signing key: what its checkpoints call themselves.
pub fn origin(signer: &NoteSigner, branch: BranchId) -> String {
    let log = signer.fingerprint();
    if branch == BranchId::MAIN { format!("aico/{log}/main") } else { format!("aico/{log}/branch/{branch}") }
}

/// A checkpoint with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The signed note.
    pub note: String,
    /// Who signed.
    pub key: PublicKey,
}

/// See the module. One process at a time keeps the ledger of a folder: the one that holds the log.
pub struct Ledger {
    log: Arc<dyn EventLog>,
    shelf: Arc<Shelf>,
    signer: NoteSigner,
    clock: Arc<dyn Clock>,
    books: Mutex<HashMap<BranchId, Book>>,
}

impl Ledger {
    /// The ledger of a log. Nothing is read before it is asked for.
    pub fn new(log: Arc<dyn EventLog>, shelf: Shelf, signer: NoteSigner, clock: Arc<dyn Clock>) -> Self {
        Self { log, shelf: Arc::new(shelf), signer, clock, books: Mutex::default() }
    }

    /// The name of a branch's log: what its checkpoints call themselves.
    pub fn origin(&self, branch: BranchId) -> String {
        origin(&self.signer, branch)
    }

    /// The key that checks the checkpoints of a branch.
    pub fn key(&self, branch: BranchId) -> PublicKey {
        self.signer.public(&self.origin(branch))
    }

    /// A text of one or more lines, signed with the key of the trunk. Its first line says what it is, so that it can
    /// never be taken for a checkpoint.
    pub fn attest(&self, text: &str) -> String {
        self.signer.sign(&self.origin(BranchId::MAIN), text)
    }

    /// The newest checkpoint of a branch, after taking in and signing all that is in the log.
    ///
    /// # Errors
    /// When the log goes on differently than the ledger, or a file cannot be used.
    pub async fn checkpoint(&self, branch: BranchId) -> Result<Signed, LedgerError> {
        let mut books = self.caught_up(branch).await?;
        let book = books.get_mut(&branch).ok_or(ReadError::NoBranch(branch))?;
        let (checkpoint, note) = book.sign(&self.signer, self.clock.now())?;
        Ok(Signed { checkpoint, note, key: book.key.clone() })
    }

    /// Signs every branch, as must be done before the log is closed.
    ///
    /// # Errors
    /// The first that occurs; the other branches are signed all the same.
    pub async fn finish(&self) -> Result<(), LedgerError> {
        let mut first = Ok(());
        for branch in self.log.branches().await? {
            if let Err(error) = self.checkpoint(branch.id).await {
                first = first.and(Err(error));
            }
        }
        first
    }

    /// Follows the log until `stop` is ready. A branch whose ledger is broken is left as it is, and told once.
    pub async fn keep(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut broken: HashMap<BranchId, String> = HashMap::new();
        loop {
            if let Err((branch, error)) = self.look(&broken).await {
                tracing::error!(%error, %branch, "the ledger is not kept on");
                broken.insert(branch, error.to_string());
            }
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn look(&self, broken: &HashMap<BranchId, String>) -> Result<(), (BranchId, LedgerError)> {
        let branches = self.log.branches().await.map_err(|e| (BranchId::MAIN, e.into()))?;
        for branch in branches.iter().filter(|b| !broken.contains_key(&b.id)) {
            self.keep_up(branch.id).await.map_err(|e| (branch.id, e))?;
        }
        Ok(())
    }

    /// Takes in what is in the log, and signs it when that is due.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`].
    pub async fn keep_up(&self, branch: BranchId) -> Result<(), LedgerError> {
        let mut books = self.caught_up(branch).await?;
        let book = books.get_mut(&branch).ok_or(ReadError::NoBranch(branch))?;
        let now = self.clock.now();
        // A clock that jumped back must not put the next checkpoint off.
        let waited = now < book.signed_at || now >= book.signed_at.plus_seconds(EVERY_SECONDS);
        if book.uncovered() > 0 && (waited || book.uncovered() >= EVERY_EVENTS) {
            book.sign(&self.signer, now)?;
        }
        Ok(())
    }

    /// The books, that of a branch and of its ancestors opened, and all that is in the log taken in.
    async fn caught_up(&self, branch: BranchId) -> Result<MutexGuard<'_, HashMap<BranchId, Book>>, LedgerError> {
        let branches = self.log.branches().await?;
        let lines = lineage(&branches, branch).ok_or(ReadError::NoBranch(branch))?;
        let mut books = self.books.lock().await;
        let mut parent: Option<BranchId> = None;
        for at in (0..lines.len()).rev() {
            let id = lines[at].branch;
            if !books.contains_key(&id) {
                let tiles = Tiles { shelf: self.shelf.clone(), lines: lines[at..].to_vec() };
                let shared = parent.and_then(|p| books.get(&p));
                let book = Book::open(tiles, self.key(id), shared)?;
                books.insert(id, book);
            }
            let head = branches.iter().find(|b| b.id == id).map_or(Position::START, |b| b.head);
            // Ancestors are needed up to the fork only.
            let wanted = if at == 0 { head.0 } else { lines[at - 1].fork.min(head.0) };
            if let Some(book) = books.get_mut(&id)
                && let Err(error) = self.take_in(book, id, head.0, wanted).await
            {
                // What was taken in half is read anew from the last checkpoint.
                books.remove(&id);
                return Err(error);
            }
            parent = Some(id);
        }
        Ok(books)
    }

    async fn take_in(&self, book: &mut Book, branch: BranchId, head: u64, wanted: u64) -> Result<(), LedgerError> {
        if head < book.signed.as_ref().map_or(0, |(c, _)| c.size) {
            let what = format!("the event is missing: a checkpoint covers {} events", book.size());
            return Err(LedgerError::Damaged { branch, position: Position(head + 1), what });
        }
        while book.size() < wanted {
            // Far behind, as over a log that had no ledger: a checkpoint for every thousand events of the past is
            // of no use.
            let behind = wanted - book.size();
            let step = if behind > 16 * EVERY_EVENTS { u64::from(MAX_READ) } else { EVERY_EVENTS.min(behind) };
            let page = self.log.read_sealed(branch, Position(book.size()), u32::try_from(step).unwrap_or(MAX_READ));
            let page = page.await?;
            if page.is_empty() {
                let what = "the event is missing".to_owned();
                return Err(LedgerError::Damaged { branch, position: Position(book.size() + 1), what });
            }
            for event in page.iter().take_while(|e| e.header.position.0 <= wanted) {
                book.take(event)?;
            }
            if book.uncovered() >= EVERY_EVENTS {
                book.sign(&self.signer, self.clock.now())?;
            }
        }
        Ok(())
    }

    /// Proof that the event at a position is in the tree of the newest checkpoint, and that checkpoint.
    ///
    /// # Errors
    /// [`LedgerError::PastHead`] when there is no such event.
    pub async fn inclusion(
        &self,
        branch: BranchId,
        position: Position,
    ) -> Result<(Signed, Vec<Digest>), LedgerError> {
        let signed = self.checkpoint(branch).await?;
        let size = signed.checkpoint.size;
        if position == Position::START || position.0 > size {
            return Err(LedgerError::PastHead { asked: position, head: Position(size) });
        }
        let path = self.with_tree(branch, |tree| proof::inclusion(tree, position.0 - 1, size)).await?;
        Ok((signed, path))
    }

    /// Proof that the tree of one size begins with that of a smaller one.
    ///
    /// # Errors
    /// [`LedgerError::PastHead`] when the log is shorter than either.
    pub async fn consistency(&self, branch: BranchId, old: u64, new: u64) -> Result<Vec<Digest>, LedgerError> {
        self.within(branch, old.max(new)).await?;
        self.with_tree(branch, |tree| proof::consistency(tree, old.min(new), new)).await
    }

    /// The root of the tree over the first `size` events.
    ///
    /// # Errors
    /// [`LedgerError::PastHead`] when the log is shorter.
    pub async fn root(&self, branch: BranchId, size: u64) -> Result<Digest, LedgerError> {
        self.within(branch, size).await?;
        self.with_tree(branch, |tree| proof::root(tree, size)).await
    }

    /// The roots of the subtrees that cover leaves `start` to before `end` (see [`tree::cover`]).
    async fn covering(&self, branch: BranchId, start: u64, end: u64) -> Result<Vec<Digest>, LedgerError> {
        use proof::Nodes as _;
        self.with_tree(branch, |t| tree::cover(start, end).into_iter().map(|(l, i)| t.node(l, i)).collect()).await
    }

    async fn within(&self, branch: BranchId, size: u64) -> Result<(), LedgerError> {
        let books = self.caught_up(branch).await?;
        let head = books.get(&branch).map_or(0, Book::size);
        let past = LedgerError::PastHead { asked: Position(size), head: Position(head) };
        if size <= head { Ok(()) } else { Err(past) }
    }

    async fn with_tree<T>(
        &self,
        branch: BranchId,
        ask: impl FnOnce(&tiles::Tree<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let books = self.caught_up(branch).await?;
        ask(&books.get(&branch).ok_or(ReadError::NoBranch(branch))?.tree())
    }
}
