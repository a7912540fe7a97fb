//! Checking everything: log, tiles and checkpoints against each other, with the first bad position named.

use std::collections::{HashMap, VecDeque};

use super::book::{edge_of, frontier_of, kept};
use super::note::{Checkpoint, NoteError};
use super::tile::{HEIGHT, WIDTH};
use super::tiles::{Tiles, Tree, lineage};
use super::tree::Frontier;
use super::{Ledger, LedgerError};
use crate::envelope::{Digest, SealedEvent};
use crate::id::{BranchId, Position, Version};
use crate::log::{Branch, MAX_READ, ReadError};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// From where to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// A checkpoint that was kept elsewhere, as a signed note.
    Note(String),
    /// One of ours, by its size.
    Size(u64),
}

impl Since {
    /// A number is a size, anything else a note.
    pub fn parse(text: &str) -> Self {
        text.trim().parse().map_or_else(|_| Self::Note(text.to_owned()), Self::Size)
    }
}

/// What a check that found nothing wrong has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were read and hashed.
    pub events: u64,
    /// The last of them.
    pub head: Position,
    /// Root of the tree over all events up to it.
    pub root: Digest,
    /// How many checkpoints were compared with the tree.
    pub checkpoints: u64,
    /// The newest of them; later events are chained to it, but not yet signed.
    pub newest: Option<Checkpoint>,
}

/// A check on its way along a branch.
struct Walk<'a> {
    branch: &'a Branch,
    tiles: &'a Tiles,
    frontier: Frontier,
    /// How many events the tiles on the shelf cover, and the tiles at their edge.
    covered: u64,
    edge: Vec<Vec<Digest>>,
    /// What the tiles of each level should hold, as far as they are not complete.
    rows: Vec<Vec<Digest>>,
    /// The leaves of the tile that the walk is in, when it is covered.
    leaves: Vec<Digest>,
    checkpoints: VecDeque<Checkpoint>,
    compared: u64,
    last: Option<Digest>,
    recorded_at: Timestamp,
    versions: Option<HashMap<StreamId, Version>>,
}

impl Walk<'_> {
    fn bad<T>(&self, position: u64, what: impl Into<String>) -> Result<T, LedgerError> {
        Err(LedgerError::Damaged { branch: self.branch.id, position: Position(position), what: what.into() })
    }

    /// The leaf that the tiles hold at the next position.
    fn held(&mut self) -> Result<Option<Digest>, LedgerError> {
        let index = self.frontier.size();
        if index >= self.covered {
            return Ok(None);
        }
        if index.is_multiple_of(WIDTH) || self.leaves.is_empty() {
            let tile = index / WIDTH;
            self.leaves = if (tile + 1) * WIDTH <= self.covered {
                self.tiles.read(0, tile, WIDTH)?
            } else {
                self.edge.first().cloned().unwrap_or_default()
            };
        }
        Ok(self.leaves.get((index % WIDTH) as usize).copied())
    }

    /// Checks the next event. `after` is what comes behind it says its leaf is.
    fn step(&mut self, event: &SealedEvent, after: Option<Digest>) -> Result<(), LedgerError> {
        let h = &event.header;
        let at = self.frontier.size() + 1;
        if h.position.0 != at {
            return self.bad(at, format!("the event is missing; the next one found is {}", h.position));
        }
        let leaf = h.leaf();
        let intact = after == Some(leaf);
        let held = self.held()?;
        if held.is_some_and(|held| held != leaf) {
            let what = if intact { "the tile holds another hash for it" } else { "its header was changed" };
            return self.bad(at, what);
        }
        if self.last.is_some_and(|last| last != h.prev) {
            // One of the two was changed. When what follows still knows this one, it was the one before.
            let before = intact && held.is_none() && at > 1;
            return self.bad(at - u64::from(before), "the event is not chained to its neighbour");
        }
        if h.recorded_at < self.recorded_at {
            return self.bad(at, "it was recorded before the event before it");
        }
        if usize::try_from(h.body_len).ok() != Some(event.body.len()) {
            return self.bad(at, "the body does not have the length that the header says");
        }
        if let Some(versions) = &mut self.versions {
            let version = versions.entry(h.stream).or_default();
            *version = version.next();
            if *version != h.version {
                return self.bad(at, format!("stream {} goes on with version {} here", h.stream, h.version));
            }
        }
        self.last = Some(leaf);
        self.recorded_at = h.recorded_at;
        self.grow(leaf)
    }

    fn grow(&mut self, leaf: Digest) -> Result<(), LedgerError> {
        let (rows, mut full) = (&mut self.rows, Vec::new());
        self.frontier.push(leaf, |level, index, hash| {
            if level == 0 || !level.is_multiple_of(HEIGHT) {
                return;
            }
            let row = (level / HEIGHT) as usize - 1;
            if rows.len() <= row {
                rows.push(vec![]);
            }
            rows[row].push(*hash);
            if rows[row].len() as u64 == WIDTH {
                full.push((level / HEIGHT, index / WIDTH, std::mem::take(&mut rows[row])));
            }
        });
        let size = self.frontier.size();
        for (level, index, hashes) in full {
            // The tile is on the shelf only when a checkpoint reached its end.
            if size <= self.covered {
                let found = self.tiles.read(level, index, WIDTH)?;
                self.same(level, index, &found, &hashes)?;
            }
        }
        if size == self.covered {
            for level in 1..self.edge.len() {
                let index = size.checked_shr(level as u32 * HEIGHT).unwrap_or(0) / WIDTH;
                let hashes = self.rows.get(level - 1).cloned().unwrap_or_default();
                self.same(level as u32, index, &self.edge[level], &hashes)?;
            }
        }
        self.compare()
    }

    /// Compares the tree with the checkpoints of its size.
    fn compare(&mut self) -> Result<(), LedgerError> {
        while let Some(checkpoint) = self.checkpoints.front().filter(|c| c.size <= self.frontier.size()) {
            if checkpoint.size == self.frontier.size() && checkpoint.root != self.frontier.root() {
                let what = format!("the first {} events are not those that were signed", checkpoint.size);
                return self.bad(checkpoint.size.max(1), what);
            }
            self.checkpoints.pop_front();
            self.compared += 1;
        }
        Ok(())
    }

    fn same(&self, level: u32, index: u64, found: &[Digest], right: &[Digest]) -> Result<(), LedgerError> {
        let Some(at) = (0..right.len().max(found.len())).find(|at| found.get(*at) != right.get(*at)) else {
            return Ok(());
        };
        let leaf = (index * WIDTH + at as u64).checked_shl(level * HEIGHT).unwrap_or(0);
        self.bad(leaf + 1, format!("the tile of level {level} over it holds another hash"))
    }
}

impl Ledger {
    /// Checks every event of a branch, its ancestors' included, with the tiles and all checkpoints; or only the events
    /// after a checkpoint, and that the tree goes on from there. No key of a person is needed. `progress` is told the
    /// position.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] names the first bad position; [`LedgerError::BadCheckpoint`] when `since` is not a
    /// checkpoint of this log.
    pub async fn verify(
        &self,
        branch: BranchId,
        since: Option<&Since>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Verdict, LedgerError> {
        let branches = self.log.branches().await?;
        let found = branches.iter().find(|b| b.id == branch).ok_or(ReadError::NoBranch(branch))?;
        let lines = lineage(&branches, branch).ok_or(ReadError::NoBranch(branch))?;
        let tiles = Tiles { shelf: self.shelf.clone(), lines };
        let key = self.key(branch);
        // Together, so that no checkpoint is made in between.
        let (kept, covered, edge) = {
            let _nobody_signs = self.books.lock().await;
            let kept = kept(&tiles, &key)?;
            let covered = kept.newest.as_ref().map_or(0, |(c, _)| c.size);
            let edge = edge_of(&tiles, covered)?;
            (kept, covered, edge)
        };
        let newest = kept.newest.map(|(c, _)| c);
        let mut checkpoints: Vec<Checkpoint> = kept.all.into_iter().map(|(c, _)| c).chain(newest.clone()).collect();
        let since = match since {
            None => None,
            Some(Since::Note(note)) => Some(Checkpoint::open(note, &key)?),
            Some(Since::Size(size)) => {
                let ours = checkpoints.iter().find(|c| c.size == *size).cloned();
                Some(ours.ok_or(NoteError::Malformed)?)
            }
        };
        checkpoints.extend(since.clone());
        checkpoints.sort_by_key(|c| c.size);
        checkpoints.dedup();
        let mut walk = Walk {
            branch: found,
            tiles: &tiles,
            frontier: Frontier::default(),
            covered,
            edge: edge.clone(),
            rows: vec![],
            leaves: vec![],
            checkpoints: checkpoints.into(),
            compared: 0,
            last: Some([0; 32]),
            recorded_at: Timestamp(i64::MIN),
            versions: Some(HashMap::new()),
        };
        if let Some(from) = since.filter(|c| c.size > 0 && c.size <= covered) {
            // When the tiles do not lead to the checkpoint, only a walk from the beginning can tell where they part.
            self.skip(&mut walk, &edge, &from).await?;
        }
        let first = walk.frontier.size();
        walk.compare()?;
        self.walk(&mut walk, progress).await?;
        let (head, root) = (Position(walk.frontier.size()), walk.frontier.root());
        Ok(Verdict { events: head.0 - first, head, root, checkpoints: walk.compared, newest })
    }

    /// Lets a walk begin after a checkpoint, if the tiles below it give the root that was signed.
    async fn skip(&self, walk: &mut Walk<'_>, edge: &[Vec<Digest>], from: &Checkpoint) -> Result<(), LedgerError> {
        use super::proof::Nodes as _;
        let whole = Tree { tiles: walk.tiles, size: walk.covered, edge };
        let part = (|| {
            let peaks = super::tree::cover(0, from.size).into_iter().map(|(l, i)| whole.node(l, i));
            let frontier = Frontier::of(from.size, peaks.collect::<Result<Vec<_>, _>>()?).unwrap_or_default();
            let mut rows = Vec::new();
            for level in 1.. {
                let n = from.size.checked_shr(level * HEIGHT).unwrap_or(0);
                if n == 0 {
                    break;
                }
                let row = (n / WIDTH * WIDTH..n).map(|index| whole.node(level * HEIGHT, index));
                rows.push(row.collect::<Result<Vec<_>, _>>()?);
            }
            Ok::<_, LedgerError>((frontier, rows, frontier_of(&whole)?.root()))
        })();
        let Ok((frontier, rows, newest)) = part else { return Ok(()) };
        let signed = walk.checkpoints.iter().rev().find(|c| c.size == walk.covered).map(|c| c.root);
        if frontier.root() == from.root && signed == Some(newest) {
            walk.last = Some(whole.node(0, from.size - 1)?);
            (walk.frontier, walk.rows, walk.versions) = (frontier, rows, None);
            walk.checkpoints.retain(|c| c.size >= from.size);
        }
        Ok(())
    }

    async fn walk(&self, walk: &mut Walk<'_>, progress: &mut (dyn FnMut(u64) + Send)) -> Result<(), LedgerError> {
        let head = walk.branch.head.0;
        let read = |at: u64| {
            let (log, branch) = (self.log.clone(), walk.branch.id);
            tokio::spawn(async move { log.read_sealed(branch, Position(at), MAX_READ).await })
        };
        let mut reading = read(walk.frontier.size());
        // Events that come in while the check runs are beyond its head and left for the next.
        while walk.frontier.size() < head {
            let at = walk.frontier.size();
            let page = reading.await.map_err(std::io::Error::other)??;
            let page: Vec<&SealedEvent> = page.iter().take_while(|e| e.header.position.0 <= head).collect();
            let Some(last) = page.last() else { return walk.bad(at + 1, "the event is missing") };
            // The next page is read and its bodies are hashed while this one is gone through. Its first event is the
            // last one here, unless that is all there is.
            let whole = page.len() == 1 || last.header.position.0 == head;
            reading = read(last.header.position.0 - u64::from(!whole));
            for (n, event) in page.iter().enumerate() {
                let after = match page.get(n + 1) {
                    Some(next) => Some(next.header.prev),
                    None if event.header.position.0 == head => Some(walk.branch.head_leaf),
                    // The page ends; the one before the end of the next page is read twice.
                    None if n > 0 => break,
                    None => None,
                };
                walk.step(event, after)?;
            }
            progress(walk.frontier.size());
        }
        if walk.last.is_some_and(|leaf| leaf != walk.branch.head_leaf) {
            return walk.bad(head.max(1), "the last event is not the one that the head names");
        }
        if walk.covered > head {
            return walk.bad(head + 1, format!("the event is missing: a checkpoint covers {} events", walk.covered));
        }
        if let Some(later) = walk.checkpoints.front() {
            return walk.bad(head + 1, format!("the event is missing: a checkpoint covers {} events", later.size));
        }
        Ok(())
    }
}
