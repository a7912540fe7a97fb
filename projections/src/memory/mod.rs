//! Semantic memory: everything that was said or learned, found by its words and its meaning.
//!
//! One index per person, sealed under that person's data key: scoping, sealing and erasure are the same thing. [`text`]
//! makes terms of words, [`time`] understands the days a question speaks of, `postings` and `vectors` hold what is
//! searched, `shelf` one person's entries, `rank` the score, `search` the questions.

mod embedder;
mod entry;
pub mod evaluate;
mod fold;
mod intake;
mod postings;
mod rank;
mod sealed;
mod search;
mod shelf;
mod stats;
mod store;
pub mod text;
pub mod time;
mod tokens;
mod vectors;

use std::sync::Arc;

use events::PersonId;

pub use entry::Kind;
pub use intake::SESSION_GAP_SECONDS;
pub use rank::{Names, SIGNALS, Signal};
pub use search::{MAX_QUERY_CHARS, MAX_RESULTS, MemoryQuery, Remembered, Words};
pub use stats::Stats;
pub(crate) use store::MemoryStore;

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::store::Slot;

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct SemanticMemory {
    pub(crate) slot: Arc<Slot<MemoryStore>>,
}

impl SemanticMemory {
    /// What a person's memory holds of a question, best first. Never anything of another person or of a private
    /// conversation. Empty when the question holds nothing to look for.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn search(&self, basis: &Basis, query: &MemoryQuery) -> Result<Vec<Remembered>, ReadSideError> {
        self.slot.at(basis)?.search(basis, query).await
    }

    /// What a person's memory consists of at a basis.
    ///
    /// # Errors
    /// When the index stopped before the basis.
    pub fn stats(&self, basis: &Basis, person: PersonId) -> Result<Stats, ReadSideError> {
        Ok(self.slot.at(basis)?.stats(basis, person))
    }

    /// The words of what was found, read from the log; `None` where they were erased.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn words(&self, basis: &Basis, found: &[Remembered]) -> Result<Vec<Option<Words>>, ReadSideError> {
        self.slot.at(basis)?.words(basis, found).await
    }
}
