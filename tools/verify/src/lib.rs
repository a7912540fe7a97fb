//! Checking proofs and exports of an AICO log, written from the texts of the formats and from nothing else of AICO.
//!
//! The forms are described in `docs/ledger.md`.

pub mod check;
pub mod event;
pub mod note;
pub mod tiles;
pub mod tree;

/// What does not fit, and where.
#[derive(Debug, thiserror::Error)]
#[error("BAD at position {position}: {what}")]
pub struct Bad {
    /// The first bad position; 0 when it is none of the events.
    pub position: u64,
    /// What is wrong, in words.
    pub what: String,
}

impl Bad {
    /// Something that does not fit at a position.
    pub fn new(position: u64, what: impl Into<String>) -> Self {
        Self { position, what: what.into() }
    }
}
