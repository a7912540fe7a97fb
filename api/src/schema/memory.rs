//! Memory, searched.

use async_graphql::{ID, SimpleObject};

use super::scalars::{Basis, Position};
use crate::app;

/// One part of a score.
#[derive(SimpleObject)]
pub struct MemorySignal {
    name: String,
    /// What it adds to the score.
    part: f64,
    /// What a high value says.
    says: String,
}

/// Something remembered.
#[derive(SimpleObject)]
pub struct MemoryHit {
    /// `turn` or `fact`.
    kind: String,
    /// Who said it and what; for a fact its three parts.
    text: String,
    /// The event that holds it.
    position: Position,
    /// The message, or the one that a fact was learned from.
    message: ID,
    conversation: ID,
    /// When it was said.
    at: String,
    /// Higher is better.
    score: f64,
    /// What the score is made of.
    signals: Vec<MemorySignal>,
    /// Why it was kept, in words.
    reason: String,
}

/// What memory gave.
#[derive(SimpleObject)]
pub struct MemorySearch {
    basis: Basis,
    /// Best first.
    items: Vec<MemoryHit>,
    /// Why there is nothing, when there is nothing.
    nothing: Option<String>,
}

impl MemorySearch {
    pub(super) fn new(basis: Basis, found: app::MemorySearch) -> Self {
        let signal =
            |(name, part, says): (&str, f64, &str)| MemorySignal { name: name.into(), part, says: says.into() };
        let hit = |hit: app::MemoryHit| MemoryHit {
            kind: hit.kind.to_owned(),
            text: hit.text,
            position: hit.source.into(),
            message: hit.message.to_string().into(),
            conversation: hit.conversation.to_string().into(),
            at: hit.at.to_string(),
            score: hit.score,
            signals: hit.signals.into_iter().map(signal).collect(),
            reason: hit.reason,
        };
        Self { basis, items: found.hits.into_iter().map(hit).collect(), nothing: found.nothing }
    }
}
