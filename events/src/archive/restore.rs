//! Taking an archive in: all of it in one transaction, and only when it is whole.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::frame::{Kind, Reader};
use super::{ArchiveError, Beside, FORMAT, Head, Line, Manifest, Progress};
use crate::codec;
use crate::envelope::{Digest, SealedEvent};
use crate::id::{BranchId, CommandId, Position};
use crate::log::store::{StoreReader, StoreWriter};
use crate::log::{Appended, Branch};
use crate::seal::{ArchiveKey, KeyStore};
use crate::time::Entropy;

/// An archive whose passphrase is right, and whose head is sound.
pub struct Archive {
    frames: Reader<BufReader<File>>,
    key: ArchiveKey,
    manifest: Manifest,
    branches: Vec<Branch>,
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Events of the archive.
    pub events: u64,
    /// Those of them that were not there before.
    pub new: u64,
    /// Lines of history of the archive.
    pub branches: usize,
    /// How far the reactors were, as the app keeps it.
    pub reactors: Option<String>,
}

impl Archive {
    /// Opens an archive. A wrong passphrase is told at once.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, was written by a newer AICO, or the passphrase is wrong.
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(|source| ArchiveError::File { path: path.to_owned(), source })?;
        let mut frames = Reader::begin(BufReader::with_capacity(1 << 20, file))?;
        let (kind, payload) = frames.next()?;
        if kind != Kind::Head {
            return Err(frames.damaged("it does not begin with a head"));
        }
        let format: HashMap<String, serde_json::Value> =
            serde_json::from_slice(&payload).map_err(|e| frames.damaged(format!("the head: {e}")))?;
        let format = format.get("format").and_then(serde_json::Value::as_u64).unwrap_or_default();
        if format != u64::from(FORMAT) {
            return Err(ArchiveError::TooNew(u32::try_from(format).unwrap_or(u32::MAX)));
        }
        let head: Head = serde_json::from_slice(&payload).map_err(|e| frames.damaged(format!("the head: {e}")))?;
        let key = head.lock.open(passphrase)?;
        let plain = key.open(b"manifest", &head.manifest);
        let plain = plain.ok_or_else(|| frames.damaged("the manifest was changed"))?;
        let manifest: Manifest =
            serde_json::from_slice(&plain).map_err(|e| frames.damaged(format!("the manifest: {e}")))?;
        let branches: Option<Vec<Branch>> = manifest.branches.iter().map(Line::branch).collect();
        let branches = branches.ok_or_else(|| frames.damaged("the manifest names no hash of a branch"))?;
        Ok(Self { frames, key, manifest, branches })
    }

    /// How many events it holds.
    pub fn events(&self) -> u64 {
        self.manifest.events
    }

    /// Whether a log with these branches can take it in: an empty one, or one of the same lineage.
    async fn check_target(&self, there: &[Branch], reader: &dyn StoreReader) -> Result<(), ArchiveError> {
        if there.iter().all(|b| b.head == Position::START) {
            return Ok(());
        }
        let first = reader.rows_at(BranchId::MAIN, &[Position(1)]).await.map_err(ArchiveError::Store)?;
        let first = first.first().map(|row| hex::encode(codec::leaf_hash(&row.header)));
        if first != self.manifest.first {
            let what =
                "the log here is not empty and began otherwise than the archive's: take it into an empty folder";
            return Err(ArchiveError::OtherLineage(what.to_owned()));
        }
        for own in there {
            let Some(line) = self.branches.iter().find(|b| b.id == own.id) else { continue };
            let same = (&line.name, line.parent, line.fork, line.fork_leaf)
                == (&own.name, own.parent, own.fork, own.fork_leaf);
            if !same {
                let what = format!("branch {} here is not the branch {} of the archive", own.name, line.name);
                return Err(ArchiveError::OtherLineage(what));
            }
            if line.head > own.fork && line.head < own.head {
                let rows = reader.rows_at(own.id, &[line.head]).await.map_err(ArchiveError::Store)?;
                if rows.first().map(|row| codec::leaf_hash(&row.header)) != Some(line.head_leaf) {
                    return Err(parted(own, line.head));
                }
            }
        }
        Ok(())
    }

    /// Takes the archive in, and its keys. All events come in one transaction: a failure, a crash or a damaged archive
    /// leaves the log as it was. The keys are durable before the events are.
    ///
    /// # Errors
    /// When the archive is damaged, the log is another one, or the store fails.
    pub async fn restore(
        mut self,
        writer: &mut dyn StoreWriter,
        reader: &dyn StoreReader,
        keys: &KeyStore,
        entropy: &dyn Entropy,
        progress: Progress<'_>,
    ) -> Result<Restored, ArchiveError> {
        let there = writer.begin().await.map_err(ArchiveError::Store)?;
        let done = self.staged(&there, writer, reader, keys, entropy, progress).await;
        match done {
            Ok(done) => {
                writer.commit().await.map_err(ArchiveError::Store)?;
                Ok(done)
            }
            Err(error) => {
                if let Err(failed) = writer.rollback().await {
                    tracing::error!(%failed, "what an archive had brought so far was not rolled back");
                }
                Err(error)
            }
        }
    }

    async fn staged(
        &mut self,
        there: &[Branch],
        writer: &mut dyn StoreWriter,
        reader: &dyn StoreReader,
        keys: &KeyStore,
        entropy: &dyn Entropy,
        progress: Progress<'_>,
    ) -> Result<Restored, ArchiveError> {
        self.check_target(there, reader).await?;
        let mut walks: HashMap<BranchId, Walk> = HashMap::new();
        for branch in &self.branches {
            let own = there.iter().find(|b| b.id == branch.id);
            if own.is_none() {
                let born = Branch { head: branch.fork, head_leaf: branch.fork_leaf, ..branch.clone() };
                writer.write(&[], &[], &[born]).await.map_err(ArchiveError::Store)?;
            }
            walks.insert(branch.id, Walk::new(branch, own));
        }
        let (mut done, mut new) = (0, 0);
        progress(0, self.manifest.events);
        let beside = loop {
            let (kind, payload) = self.frames.next()?;
            match kind {
                Kind::Events => {
                    let (branch, events) = self.events_of(&payload)?;
                    let walk = walks.get_mut(&branch);
                    let walk = walk.ok_or_else(|| self.frames.damaged("a branch that the manifest does not name"))?;
                    done += events.len() as u64;
                    let mut fresh = Vec::with_capacity(events.len());
                    for event in events {
                        fresh.extend(walk.step(event, &self.frames)?);
                    }
                    let outcomes = walk.outcomes(&fresh);
                    new += fresh.len() as u64;
                    writer.write(&fresh, &outcomes, &[]).await.map_err(ArchiveError::Store)?;
                    progress(done, self.manifest.events);
                }
                Kind::Keys => break self.opened(&payload)?,
                Kind::Head | Kind::End => return Err(self.frames.damaged("a frame stands where it does not belong")),
            }
        };
        if self.frames.next()?.0 != Kind::End {
            return Err(self.frames.damaged("the end is missing"));
        }
        self.frames.ended()?;
        for branch in &self.branches {
            let Some(walk) = walks.get_mut(&branch.id) else { continue };
            if walk.position != branch.head || walk.leaf != branch.head_leaf {
                let what = format!("branch {} ends at {} and not as the manifest says", branch.name, walk.position);
                return Err(self.frames.damaged(what));
            }
            let last: Vec<(CommandId, Appended)> = walk.open.take().into_iter().collect();
            // A log that is ahead of the archive keeps its own head.
            let heads = if walk.there < branch.head { std::slice::from_ref(branch) } else { &[] };
            writer.write(&[], &last, heads).await.map_err(ArchiveError::Store)?;
        }
        keys.adopt(&self.key, beside.keys, entropy)?;
        Ok(Restored { events: self.manifest.events, new, branches: self.branches.len(), reactors: beside.reactors })
    }

    fn opened(&self, payload: &[u8]) -> Result<Beside, ArchiveError> {
        let text = std::str::from_utf8(payload).map_err(|_| self.frames.damaged("the keys were changed"))?;
        let plain = self.key.open(b"keys", text).ok_or_else(|| self.frames.damaged("the keys were changed"))?;
        serde_json::from_slice(&plain).map_err(|e| self.frames.damaged(format!("the keys: {e}")))
    }

    fn events_of(&self, payload: &[u8]) -> Result<(BranchId, Vec<SealedEvent>), ArchiveError> {
        let cut = || self.frames.damaged("an event is cut short");
        let (branch, mut rest) = payload.split_first_chunk::<4>().ok_or_else(cut)?;
        let mut part = || -> Result<&[u8], ArchiveError> {
            let (length, more) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
            let (part, more) = more.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(cut)?;
            rest = more;
            Ok(part)
        };
        let mut events = Vec::new();
        let mut left = payload.len() - 4;
        while left > 0 {
            let (header, body) = (part()?, part()?);
            left -= header.len() + body.len() + 8;
            let decoded = codec::decode_header(header).map_err(|e| self.frames.damaged(e.to_string()))?;
            if codec::encode_header(&decoded) != header {
                return Err(self.frames.damaged("a header is not written as we write it"));
            }
            events.push(SealedEvent { header: decoded, body: body.to_vec() });
        }
        Ok((BranchId(u32::from_be_bytes(*branch)), events))
    }
}

fn parted(own: &Branch, at: Position) -> ArchiveError {
    let what = format!("branch {} here and in the archive have parted: they differ at position {at}", own.name);
    ArchiveError::OtherLineage(what)
}

/// One branch on the way through an archive.
struct Walk {
    branch: BranchId,
    position: Position,
    leaf: Digest,
    /// How far the log has it already, and the hash there.
    there: Position,
    own: Option<Branch>,
    /// The outcome of the last command, which may go on in the next frame.
    open: Option<(CommandId, Appended)>,
}

impl Walk {
    fn new(branch: &Branch, own: Option<&Branch>) -> Self {
        Self {
            branch: branch.id,
            position: branch.fork,
            leaf: branch.fork_leaf,
            there: own.map_or(branch.fork, |b| b.head),
            own: own.cloned(),
            open: None,
        }
    }

    /// Checks that an event follows; gives it back when the log does not have it.
    fn step(
        &mut self,
        event: SealedEvent,
        frames: &Reader<BufReader<File>>,
    ) -> Result<Option<SealedEvent>, ArchiveError> {
        let h = &event.header;
        let bad = |what: &str| {
            let place = format!("at position {} of branch {}", self.position.next(), self.branch);
            ArchiveError::Damaged { place, what: what.to_owned() }
        };
        if h.branch != self.branch || h.position != self.position.next() {
            return Err(bad("another event stands there"));
        }
        if h.prev != self.leaf {
            return Err(bad("the event before it is not the one that it was chained to"));
        }
        if h.body_len as usize != event.body.len() || codec::sha256(&event.body) != h.body_digest {
            return Err(bad("the body is not the one that the header names"));
        }
        if h.position.0 == u64::MAX {
            return Err(frames.damaged("a position is out of range"));
        }
        (self.position, self.leaf) = (h.position, h.leaf());
        if let Some(own) = self.own.as_ref().filter(|own| own.head == self.position)
            && own.head_leaf != self.leaf
        {
            return Err(parted(own, self.position));
        }
        Ok((self.position > self.there).then_some(event))
    }

    /// The outcomes that follow from events: those of one command stand one after another. Commands without events had
    /// no effect, and are not remembered.
    fn outcomes(&mut self, fresh: &[SealedEvent]) -> Vec<(CommandId, Appended)> {
        let mut all = Vec::new();
        for event in fresh {
            let h = &event.header;
            match &mut self.open {
                Some((command, outcome)) if *command == h.command_id => outcome.count += 1,
                open => {
                    let outcome = Appended { branch: h.branch, first: h.position, count: 1, repeated: false };
                    all.extend(open.replace((h.command_id, outcome)));
                }
            }
        }
        all
    }
}
