//! Why the ledger cannot do what it was asked for.

use super::note::NoteError;
use crate::code::Code;
use crate::id::{BranchId, Position};
use crate::log::ReadError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Log, tiles and checkpoints do not fit together; names the first bad place.
    #[error("the ledger of branch {branch} is broken at position {position}: {what}")]
    Damaged {
        /// Line of history.
        branch: BranchId,
        /// First bad position.
        position: Position,
        /// What is wrong, in words.
        what: String,
    },
    /// A checkpoint that was brought along is not one of this log.
    #[error("the checkpoint is not accepted: {0}")]
    BadCheckpoint(#[from] NoteError),
    /// A position that no checkpoint can cover, as the log is shorter.
    #[error("position {asked} is past the head {head}")]
    PastHead {
        /// What was asked for.
        asked: Position,
        /// The head of the branch.
        head: Position,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of the ledger could not be read or written.
    #[error("a file of the ledger cannot be used")]
    File(#[from] std::io::Error),
}

impl LedgerError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged { .. } => Code::LedgerDamaged,
            Self::BadCheckpoint(_) => Code::BadCheckpoint,
            Self::PastHead { .. } => Code::PositionPastHead,
            Self::Read(e) => e.code(),
            Self::File(e) if e.kind() == std::io::ErrorKind::StorageFull => Code::DiskFull,
            Self::File(_) => Code::FileUnusable,
        }
    }
}
