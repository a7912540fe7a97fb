//! Memory, searched.

use async_graphql::{ID, SimpleObject};
use projections::memory::text::Language;

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
    /// `turn`, `fact`, or `album` for a note about something kept.
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

/// How many of a language.
#[derive(SimpleObject)]
pub struct LanguageCount {
    /// BCP 47 tag, `und` where nothing tells.
    language: String,
    count: u64,
}

/// What memory consists of.
#[derive(SimpleObject)]
pub struct MemoryStats {
    basis: Basis,
    /// Said by the person.
    person: u64,
    /// Said by the companion, or by whoever the person talked to.
    companion: u64,
    /// Learned.
    facts: u64,
    /// Noted in the album.
    notes: u64,
    conversations: u64,
    /// Stretches of talk without a silence of more than three hours.
    sessions: u64,
    /// The most frequent first.
    languages: Vec<LanguageCount>,
    /// When the first of it was said.
    first: Option<String>,
    /// When the last of it was said.
    last: Option<String>,
    /// What makes the vectors.
    embedder: String,
}

impl MemoryStats {
    pub(super) fn new(basis: Basis, stats: projections::memory::Stats) -> Self {
        let count = |(language, count): (Option<Language>, u64)| LanguageCount {
            language: language.map_or("und", Language::tag).to_owned(),
            count,
        };
        let mut languages: Vec<LanguageCount> = stats.languages.into_iter().map(count).collect();
        languages.sort_by_key(|l| std::cmp::Reverse(l.count));
        Self {
            basis,
            person: stats.person,
            companion: stats.companion,
            facts: stats.facts,
            notes: stats.notes,
            conversations: stats.conversations,
            sessions: stats.sessions,
            languages,
            first: stats.first.map(|t| t.to_string()),
            last: stats.last.map(|t| t.to_string()),
            embedder: stats.embedder,
        }
    }
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
