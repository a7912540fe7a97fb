//! The ledger of one branch: its tree as it grows, its tiles and its checkpoints.

use serde::{Deserialize, Serialize};

use super::error::LedgerError;
use super::note::{Checkpoint, NoteSigner, PublicKey};
use super::proof::Nodes as _;
use super::tile::{HEIGHT, WIDTH, of_size};
use super::tiles::{Tiles, Tree, file};
use super::tree::{Frontier, cover};
use crate::envelope::{Digest, SealedEvent};
use crate::id::Position;
use crate::time::Timestamp;

/// The file of the newest checkpoint, a signed note.
const CHECKPOINT: &str = "checkpoint";
/// The file of all checkpoints, one JSON object per line.
const HISTORY: &str = "checkpoints.jsonl";

/// A line of the history of checkpoints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Past {
    pub at: Timestamp,
    pub note: String,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Book {
    pub tiles: Tiles,
    pub key: PublicKey,
    frontier: Frontier,
    /// Hashes of the tiles that are not full, level by level.
    pub edge: Vec<Vec<Digest>>,
    last: Digest,
    /// The newest checkpoint.
    pub signed: Option<(Checkpoint, String)>,
    pub signed_at: Timestamp,
}

/// The checkpoints as they lie on the shelf, every signature checked.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// All of them, the oldest first.
    pub all: Vec<(Checkpoint, Past)>,
    /// The newest one's note.
    pub newest: Option<(Checkpoint, String)>,
}

/// Reads and checks what lies on the shelf.
pub(super) fn kept(tiles: &Tiles, key: &PublicKey) -> Result<Kept, LedgerError> {
    let branch = tiles.branch();
    let damaged = |position: u64, what: String| LedgerError::Damaged { branch, position: Position(position), what };
    let text = |name: &str| -> Result<Option<String>, LedgerError> {
        let bytes = tiles.shelf.read(&file(branch, name))?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| damaged(0, format!("the file `{name}` of the ledger is not text")))
    };
    let mut all: Vec<(Checkpoint, Past)> = Vec::new();
    for line in text(HISTORY)?.unwrap_or_default().split_inclusive('\n') {
        // The last line may be cut short by a loss of power; the newest checkpoint has a file of its own.
        let Some(line) = line.strip_suffix('\n') else { break };
        let before = all.last().map_or(0, |(c, _)| c.size);
        let past: Past = serde_json::from_str(line)
            .map_err(|_| damaged(before + 1, format!("the checkpoint after position {before} cannot be read")))?;
        let size = Checkpoint::unchecked(&past.note).map_or(before + 1, |c| c.size);
        let checkpoint = Checkpoint::open(&past.note, key)
            .map_err(|e| damaged(size, format!("the checkpoint over {size} events is not ours: {e}")))?;
        if checkpoint.size < before {
            let what = format!("a checkpoint over {size} events comes after one over {before}");
            return Err(damaged(size, what));
        }
        all.push((checkpoint, past));
    }
    let newest = match text(CHECKPOINT)? {
        None => None,
        Some(note) => {
            let size = Checkpoint::unchecked(&note).map_or(0, |c| c.size);
            let checkpoint = Checkpoint::open(&note, key)
                .map_err(|e| damaged(size, format!("the newest checkpoint is not ours: {e}")))?;
            Some((checkpoint, note))
        }
    };
    let (last, known) = (newest.as_ref().map_or(0, |(c, _)| c.size), all.last().map_or(0, |(c, _)| c.size));
    if last < known {
        let what = format!("the newest checkpoint is older ({last} events) than one that was made ({known} events)");
        return Err(damaged(last + 1, what));
    }
    Ok(Kept { all, newest })
}

/// The tiles at the edge of a tree of a size, from their files.
pub(super) fn edge_of(tiles: &Tiles, size: u64) -> Result<Vec<Vec<Digest>>, LedgerError> {
    let mut edge = Vec::new();
    for level in 0.. {
        let n = size.checked_shr(level * HEIGHT).unwrap_or(0);
        if n == 0 {
            break;
        }
        edge.push(if n.is_multiple_of(WIDTH) { vec![] } else { tiles.read(level, n / WIDTH, n % WIDTH)? });
    }
    Ok(edge)
}

/// The tree of a size, ready to grow.
pub(super) fn frontier_of(tree: &Tree<'_>) -> Result<Frontier, LedgerError> {
    let peaks = cover(0, tree.size).into_iter().map(|(level, index)| tree.node(level, index));
    let peaks = peaks.collect::<Result<Vec<_>, _>>()?;
    Ok(Frontier::of(tree.size, peaks).unwrap_or_default())
}

impl Book {
    /// Takes up the ledger of a branch where its newest checkpoint left it.
    ///
    /// Without a checkpoint it begins at the fork, whose tree is `shared`.
    pub fn open(tiles: Tiles, key: PublicKey, shared: Option<&Self>) -> Result<Self, LedgerError> {
        let branch = tiles.branch();
        let fork = tiles.lines.first().map_or(0, |line| line.fork);
        let damaged = |position: u64, what: &str| LedgerError::Damaged {
            branch,
            position: Position(position),
            what: what.to_owned(),
        };
        let kept = kept(&tiles, &key)?;
        let size = kept.newest.as_ref().map_or(fork, |(c, _)| c.size);
        let edge = match (&kept.newest, shared) {
            (None, Some(parent)) => parent.edge_at(fork)?,
            _ => edge_of(&tiles, size)?,
        };
        let tree = Tree { tiles: &tiles, size, edge: &edge };
        let frontier = frontier_of(&tree)?;
        if kept.newest.as_ref().is_some_and(|(c, _)| c.root != frontier.root()) {
            return Err(damaged(size, "the tiles are not those that the newest checkpoint was made over"));
        }
        let last = if size == 0 { [0; 32] } else { tree.node(0, size - 1)? };
        let signed_at = kept.all.last().map_or(Timestamp(i64::MIN), |(_, past)| past.at);
        let mut book = Self { tiles, key, frontier, edge, last, signed: kept.newest.clone(), signed_at };
        // A crash between the two files leaves the history one short.
        if let (Some((checkpoint, note)), known) = (kept.newest, kept.all.last().map(|(c, _)| c.size))
            && known != Some(checkpoint.size)
        {
            book.remember(note)?;
        }
        Ok(book)
    }

    /// The edge that the tree had at a smaller size.
    fn edge_at(&self, size: u64) -> Result<Vec<Vec<Digest>>, LedgerError> {
        let tree = self.tree();
        let mut edge = Vec::new();
        for level in 0.. {
            let n = size.checked_shr(level * HEIGHT).unwrap_or(0);
            if n == 0 {
                break;
            }
            let row = (n / WIDTH * WIDTH..n).map(|index| tree.node(level * HEIGHT, index));
            edge.push(row.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(edge)
    }

    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// How many events the newest checkpoint does not cover.
    pub fn uncovered(&self) -> u64 {
        self.size() - self.signed.as_ref().map_or(0, |(c, _)| c.size)
    }

    pub fn tree(&self) -> Tree<'_> {
        Tree { tiles: &self.tiles, size: self.size(), edge: &self.edge }
    }

    /// Takes the next event in. It must be chained to the last one.
    pub fn take(&mut self, event: &SealedEvent) -> Result<(), LedgerError> {
        let h = &event.header;
        let position = Position(self.size() + 1);
        let damaged =
            |what: &str| Err(LedgerError::Damaged { branch: self.tiles.branch(), position, what: what.to_owned() });
        if h.position != position {
            return damaged("the event is missing");
        }
        if h.prev != self.last {
            return damaged("the event is not chained to the one before it in the ledger");
        }
        self.last = h.leaf();
        let edge = &mut self.edge;
        let mut full: Vec<(u32, u64)> = Vec::new();
        self.frontier.push(self.last, |level, index, hash| {
            if !level.is_multiple_of(HEIGHT) {
                return;
            }
            let row = (level / HEIGHT) as usize;
            if edge.len() <= row {
                edge.push(vec![]);
            }
            edge[row].push(*hash);
            if edge[row].len() as u64 == WIDTH {
                full.push((level / HEIGHT, index / WIDTH));
            }
        });
        for (level, index) in full {
            let hashes = std::mem::take(&mut self.edge[level as usize]);
            self.tiles.shelf.write(&self.tiles.name(level, index, WIDTH), hashes.as_flattened())?;
        }
        Ok(())
    }

    /// Signs the tree as it is, and makes that durable. Nothing happens when it is signed already.
    pub fn sign(&mut self, signer: &NoteSigner, now: Timestamp) -> Result<(Checkpoint, String), LedgerError> {
        let before = self.signed.as_ref().map(|(c, _)| c.size);
        if let Some(signed) = self.signed.as_ref().filter(|(c, _)| c.size == self.size()) {
            return Ok(signed.clone());
        }
        let checkpoint =
            Checkpoint { origin: self.key.name().to_owned(), size: self.size(), root: self.frontier.root() };
        let note = signer.sign(&checkpoint.origin, &checkpoint.text());
        for (level, index, width) in of_size(checkpoint.size).filter(|(_, _, width)| *width < WIDTH) {
            let name = file(self.tiles.branch(), &super::tile::path(level, index, width));
            self.tiles.shelf.write(&name, self.edge[level as usize].as_flattened())?;
        }
        // First the newest, then the history: only a newest that is older than the history was put there by somebody.
        self.tiles.shelf.write(&file(self.tiles.branch(), CHECKPOINT), note.as_bytes())?;
        self.signed = Some((checkpoint.clone(), note.clone()));
        self.signed_at = now;
        self.remember(note.clone())?;
        let now_there: Vec<_> = of_size(checkpoint.size).collect();
        for gone in of_size(before.unwrap_or(0)).filter(|t| t.2 < WIDTH && !now_there.contains(t)) {
            self.tiles.shelf.remove(&file(self.tiles.branch(), &super::tile::path(gone.0, gone.1, gone.2)))?;
        }
        Ok((checkpoint, note))
    }

    fn remember(&mut self, note: String) -> Result<(), LedgerError> {
        let name = file(self.tiles.branch(), HISTORY);
        // A line that a loss of power cut short is ended, so that it spoils nothing but itself.
        let whole = self.tiles.shelf.read(&name)?.is_none_or(|bytes| bytes.last().is_none_or(|b| *b == b'\n'));
        if !whole {
            let bytes = self.tiles.shelf.read(&name)?.unwrap_or_default();
            let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            self.tiles.shelf.write(&name, &bytes[..end])?;
        }
        let line = serde_json::to_string(&Past { at: self.signed_at, note }).map_err(std::io::Error::other)?;
        self.tiles.shelf.append(&name, format!("{line}\n").as_bytes())?;
        Ok(())
    }
}
