//! One file with a whole log and its keys, which another machine can take in.
//!
//! Events lie in it as they are stored, sealed; the data keys are wrapped under a passphrase of the archive's own. The file
//! is a head and frames, each closed by the SHA-256 of all that came before it, so that a damaged or cut file is noticed
//! at the place where it happens. What the head says of branches and their last hashes is sealed under the passphrase, so
//! that no event can be exchanged by somebody who does not have it: headers are chained up to those hashes.
//!
//! ```text
//! AICOAR1\n
//! H  JSON: format, time, how the key follows from the passphrase, the sealed manifest
//! E  events: branch number, then for each the length and bytes of header and body
//! K  sealed: wrapped keys, how far the reactors were
//! Z  nothing: the archive is whole
//! ```

mod export;
mod frame;
mod restore;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::id::{BranchId, Position};
use crate::log::{BoxError, Branch};
use crate::seal::KeyError;
use crate::time::Timestamp;

pub use export::{Export, Exported};
pub use restore::{Archive, Restored};

/// First bytes of every archive.
const MAGIC: &[u8; 8] = b"AICOAR1\n";
/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;

/// The head of an archive.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Which version of AICO wrote it.
    made_by: String,
    created_at: Timestamp,
    /// How the archive's key follows from its passphrase.
    lock: crate::seal::Lock,
    /// The manifest, sealed.
    manifest: String,
}

/// What an archive holds, sealed in its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// Own events of all branches.
    events: u64,
    branches: Vec<Line>,
    /// Leaf hash of the first event, in hex; absent when there is none. It names the lineage.
    first: Option<String>,
}

/// A branch in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    id: BranchId,
    name: String,
    parent: Option<BranchId>,
    fork: Position,
    fork_leaf: String,
    head: Position,
    head_leaf: String,
    recorded_at: Timestamp,
    open: bool,
}

impl From<&Branch> for Line {
    fn from(b: &Branch) -> Self {
        Self {
            id: b.id,
            name: b.name.clone(),
            parent: b.parent,
            fork: b.fork,
            fork_leaf: hex::encode(b.fork_leaf),
            head: b.head,
            head_leaf: hex::encode(b.head_leaf),
            recorded_at: b.recorded_at,
            open: b.open,
        }
    }
}

impl Line {
    fn branch(&self) -> Option<Branch> {
        let leaf = |text: &str| <[u8; 32]>::try_from(hex::decode(text).ok()?).ok();
        Some(Branch {
            id: self.id,
            name: self.name.clone(),
            parent: self.parent,
            fork: self.fork,
            fork_leaf: leaf(&self.fork_leaf)?,
            head: self.head,
            head_leaf: leaf(&self.head_leaf)?,
            recorded_at: self.recorded_at,
            open: self.open,
        })
    }
}

/// What is sealed beside the events.
#[derive(Serialize, Deserialize)]
struct Beside {
    keys: crate::seal::Wrapped,
    /// How far the reactors were, as the app keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reactors: Option<String>,
}

/// Why an archive was not written or not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is not whole or not as it was written.
    #[error("the archive is damaged {place}: {what}; nothing was taken in")]
    Damaged {
        /// In words.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A newer AICO wrote it.
    #[error("the archive has format {0}; this version of AICO knows up to {FORMAT}")]
    TooNew(u32),
    /// The target holds the log of something else, or one that parted from the archive.
    #[error("{0}; nothing was taken in")]
    OtherLineage(String),
    /// The passphrase is wrong, or keys cannot be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A stored event is not what was written.
    #[error("the log is damaged at position {position} of branch {branch}: {what}")]
    Log {
        /// Line of history.
        branch: BranchId,
        /// Where.
        position: Position,
        /// What is wrong.
        what: String,
    },
    /// The store failed.
    #[error("the log failed: {0}")]
    Store(#[source] BoxError),
    /// A file failed.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ArchiveError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged { .. } => Code::ArchiveDamaged,
            Self::TooNew(_) => Code::ArchiveTooNew,
            Self::OtherLineage(_) => Code::ArchiveOther,
            Self::Keys(e) => e.code(),
            Self::Log { .. } => Code::LogDamaged,
            Self::Store(_) => Code::LogUnreadable,
            Self::File { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => Code::DiskFull,
            Self::File { .. } => Code::FileUnusable,
        }
    }
}

/// Told how many events are done, of how many.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);
