//! Backups: the sealed log in chunks, sealed once more under the install's key, incremental and checked by digests.
//!
//! A backup holds no keys. The key store is copied apart, so that an erasure reaches what was backed up before.

mod restore;
mod retention;
mod sealed;

use std::collections::BTreeSet;
use std::path::Path;

use events::ledger::note::Checkpoint;
use events::ledger::tree::Frontier;
use events::log::{Branch, stretches};
use events::{BranchId, Code, Digest, Position, SealedEvent, SubjectId, Timestamp, codec};
use serde::{Deserialize, Serialize};

use super::{App, AppError};

pub use restore::{Restore, Restored, restore};
pub use retention::{Retention, kept};
use sealed::Vault;

/// Events in a chunk. A chunk that is full never changes again, and is shared by all later backups.
const CHUNK: u64 = 2_048;

/// What one backup consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    at: Timestamp,
    branches: Vec<Line>,
    /// The settings, as they were.
    config: Option<String>,
}

/// One branch in a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    id: BranchId,
    name: String,
    parent: Option<BranchId>,
    fork: Position,
    fork_leaf: Digest,
    head: Position,
    head_leaf: Digest,
    recorded_at: Timestamp,
    open: bool,
    /// The ledger's signed checkpoint over all events of the branch.
    checkpoint: String,
    chunks: Vec<Chunk>,
}

/// A stretch of a branch's own events in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Chunk {
    name: String,
    first: Position,
    last: Position,
    /// Of the plain bytes, in hex.
    sha256: String,
    bytes: u64,
}

impl Line {
    fn branch(&self) -> Branch {
        Branch {
            id: self.id,
            name: self.name.clone(),
            parent: self.parent,
            fork: self.fork,
            fork_leaf: self.fork_leaf,
            head: self.head,
            head_leaf: self.head_leaf,
            recorded_at: self.recorded_at,
            open: self.open,
        }
    }
}

/// A backup, as listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backup {
    /// Its name: when it was made.
    pub name: String,
    /// When it was made.
    pub at: String,
    /// How many events it holds.
    pub events: u64,
    /// How many bytes its chunks have.
    pub bytes: u64,
    /// How many bytes were written for it; what earlier ones have is not written again.
    pub written: u64,
}

fn encode(events: &[SealedEvent]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        for part in [&codec::encode_header(&event.header), &event.body] {
            out.extend((part.len() as u32).to_be_bytes());
            out.extend(part);
        }
    }
    out
}

fn decode(mut bytes: &[u8]) -> Result<Vec<SealedEvent>, AppError> {
    let damaged = || AppError::new(Code::BackupDamaged, "a chunk of the backup is malformed");
    let mut events = Vec::new();
    let part = |bytes: &mut &[u8]| -> Result<Vec<u8>, AppError> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (part, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(damaged)?;
        *bytes = rest;
        Ok(part.to_vec())
    };
    while !bytes.is_empty() {
        let header = part(&mut bytes)?;
        let body = part(&mut bytes)?;
        let header = codec::decode_header(&header).map_err(|_| damaged())?;
        if codec::sha256(&body) != header.body_digest {
            return Err(damaged());
        }
        events.push(SealedEvent { header, body });
    }
    Ok(events)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl App {
    fn vault(&self, folder: &Path) -> Result<Vault, AppError> {
        Vault::open(folder, self.keys.clone(), self.entropy.clone())
    }

    /// Makes a backup into a folder, while everything goes on. Only what no earlier one has is written.
    ///
    /// # Errors
    /// When the log or the folder cannot be used.
    pub async fn backup_create(&self, folder: &Path) -> Result<Backup, AppError> {
        let vault = self.vault(folder)?;
        let known: Vec<Chunk> = match vault.names()?.last() {
            Some(newest) => {
                let manifest: Manifest = vault.manifest(newest)?;
                manifest.branches.into_iter().flat_map(|b| b.chunks).collect()
            }
            None => vec![],
        };
        let (mut lines, mut written) = (Vec::new(), 0);
        for branch in self.log.branches().await? {
            let signed = self.ledger.checkpoint(branch.id).await?;
            // What came in since the list of branches was read is covered as well.
            let size = signed.checkpoint.size;
            let mut line = Line {
                id: branch.id,
                name: branch.name,
                parent: branch.parent,
                fork: branch.fork,
                fork_leaf: branch.fork_leaf,
                head: Position(size),
                head_leaf: branch.fork_leaf,
                recorded_at: branch.recorded_at,
                open: branch.open,
                checkpoint: signed.note,
                chunks: vec![],
            };
            let mut after = branch.fork.0;
            while after < size {
                let last = size.min((after / CHUNK + 1) * CHUNK);
                let name = format!("{}-{}-{last}", branch.id, after + 1);
                let old = known.iter().find(|c| c.name == name && vault.has(&c.name));
                let page = self.log.read_sealed(branch.id, Position(after), (last - after) as u32).await?;
                let (Some(end), true) = (page.last(), page.len() as u64 == last - after) else {
                    return Err(AppError::new(Code::LogDamaged, format!("events are missing after {after}")));
                };
                (line.head_leaf, line.recorded_at) = (end.header.leaf(), end.header.recorded_at);
                let plain = encode(&page);
                let sha256 = hex(&codec::sha256(&plain));
                let chunk = match old.filter(|old| old.sha256 == sha256) {
                    Some(old) => old.clone(),
                    None => {
                        written += vault.put(&name, &plain)?;
                        let (first, last, bytes) = (Position(after + 1), Position(last), plain.len() as u64);
                        Chunk { name, first, last, sha256, bytes }
                    }
                };
                line.chunks.push(chunk);
                after = last;
            }
            lines.push(line);
        }
        let config = std::fs::read_to_string(self.folder.config()).ok();
        let manifest = Manifest { format: 1, at: self.clock.now(), branches: lines, config };
        let name = vault.put_manifest(&manifest)?;
        Ok(Backup { written, ..listed(&name, &manifest) })
    }

    /// The backups in a folder, the oldest first.
    ///
    /// # Errors
    /// When one of them is damaged or of another install.
    pub fn backup_list(&self, folder: &Path) -> Result<Vec<Backup>, AppError> {
        let vault = self.vault(folder)?;
        let one = |name: &String| Ok(listed(name, &vault.manifest(name)?));
        vault.names()?.iter().map(one).collect()
    }

    /// Reads a whole backup and compares it with its signed checkpoints. Gives the root of the trunk, in hex.
    ///
    /// # Errors
    /// When anything of it is missing or changed.
    pub fn backup_verify(&self, folder: &Path, name: Option<&str>) -> Result<(Backup, String), AppError> {
        let vault = self.vault(folder)?;
        let name = vault.named(name)?;
        let manifest: Manifest = vault.manifest(&name)?;
        let root = checked(&vault, &manifest, |branch| self.ledger.key(branch))?;
        Ok((listed(&name, &manifest), hex(&root)))
    }

    /// Removes the backups that the retention does not keep, and the chunks that only they had. Gives the names of both.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn backup_prune(&self, folder: &Path, retention: Retention) -> Result<Vec<String>, AppError> {
        let vault = self.vault(folder)?;
        let mut all: Vec<(String, Manifest)> = Vec::new();
        for name in vault.names()? {
            let manifest = vault.manifest(&name)?;
            all.push((name, manifest));
        }
        let keep: BTreeSet<Timestamp> =
            kept(all.iter().map(|(_, m)| m.at).collect(), retention).into_iter().collect();
        let (stay, go): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, m)| keep.contains(&m.at));
        let needed: BTreeSet<String> =
            stay.iter().flat_map(|(_, m)| &m.branches).flat_map(|b| &b.chunks).map(|c| c.name.clone()).collect();
        let mut removed = Vec::new();
        for (name, _) in go {
            vault.remove_manifest(&name)?;
            removed.push(name);
        }
        for chunk in vault.chunks()?.into_iter().filter(|c| !needed.contains(c)) {
            vault.remove(&chunk)?;
        }
        Ok(removed)
    }
}

fn listed(name: &str, manifest: &Manifest) -> Backup {
    let chunks = || manifest.branches.iter().flat_map(|b| &b.chunks);
    Backup {
        name: name.to_owned(),
        at: manifest.at.to_string(),
        events: chunks().map(|c| c.last.0 + 1 - c.first.0).sum(),
        bytes: chunks().map(|c| c.bytes).sum(),
        written: 0,
    }
}

/// Reads every chunk, computes each branch's root from the events, and compares it with the signed one. Gives the root of
/// the trunk.
fn checked(
    vault: &Vault,
    manifest: &Manifest,
    key: impl Fn(BranchId) -> events::ledger::note::PublicKey,
) -> Result<Digest, AppError> {
    let damaged = |what: String| AppError::new(Code::BackupDamaged, what);
    let branches: Vec<Branch> = manifest.branches.iter().map(Line::branch).collect();
    let mut leaves: std::collections::HashMap<BranchId, Vec<Digest>> = std::collections::HashMap::new();
    let mut trunk = [0; 32];
    for line in &manifest.branches {
        let mut own = Vec::new();
        for chunk in &line.chunks {
            let plain = vault.get(&chunk.name)?;
            if hex(&codec::sha256(&plain)) != chunk.sha256 {
                return Err(damaged(format!("the chunk {} is another than the backup was made of", chunk.name)));
            }
            own.extend(decode(&plain)?.iter().map(|e| e.header.leaf()));
        }
        leaves.insert(line.id, own);
        let path = stretches(&branches, line.id, line.head).unwrap_or_default();
        let mut tree = Frontier::default();
        for s in &path {
            let fork = branches.iter().find(|b| b.id == s.branch).map_or(0, |b| b.fork.0);
            let all = leaves.get(&s.branch).map_or(&[][..], Vec::as_slice);
            let part = all.get((s.after.0 - fork) as usize..(s.through.0 - fork) as usize);
            let part = part.ok_or_else(|| damaged(format!("events of {} are missing", line.name)))?;
            part.iter().for_each(|leaf| tree.push(*leaf, |_, _, _| ()));
        }
        let signed = Checkpoint::open(&line.checkpoint, &key(line.id)).map_err(|e| damaged(e.to_string()))?;
        if (signed.size, signed.root) != (tree.size(), tree.root()) {
            return Err(damaged(format!("the events of {} are not those that were signed", line.name)));
        }
        if line.id == BranchId::MAIN {
            trunk = tree.root();
        }
    }
    Ok(trunk)
}

/// Whose key seals backups.
const OWNER: SubjectId = SubjectId::INSTALL;
