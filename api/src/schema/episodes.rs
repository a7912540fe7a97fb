//! What talk settled into, and what is known of a person.

use async_graphql::{ID, SimpleObject};
use commands::sleep::Slept;
use projections::minds::KnownFact;

use super::scalars::{Basis, Position};
use crate::app::ToldEpisode;

/// A stretch of talk that belongs together.
#[derive(SimpleObject)]
pub struct Episode {
    id: ID,
    conversation: ID,
    /// Its turns, as they were said.
    messages: Vec<ID>,
    turns: u32,
    /// When the first of it was said.
    began: String,
    /// When the last of it was said.
    ended: String,
    /// What it comes down to; null when it was erased.
    summary: Option<String>,
    /// What summed it up; null when it was erased.
    by: Option<String>,
    /// How much it matters, from 0 to 1.
    salience: f64,
    /// How often it was gone over again.
    replays: u32,
    /// When it was last gone over.
    replayed_at: Option<String>,
    position: Position,
}

impl From<ToldEpisode> for Episode {
    fn from(told: ToldEpisode) -> Self {
        let e = told.episode;
        Self {
            id: e.id.to_string().into(),
            conversation: e.conversation.to_string().into(),
            messages: e.messages.iter().map(|m| m.to_string().into()).collect(),
            turns: e.turns,
            began: e.began.to_string(),
            ended: e.ended.to_string(),
            summary: told.summary,
            by: e.by.map(|by| format!("{} {}", by.name, by.version)),
            salience: e.salience,
            replays: e.replays,
            replayed_at: e.replayed_at.map(|at| at.to_string()),
            position: e.position.into(),
        }
    }
}

/// Episodes at a basis.
#[derive(SimpleObject)]
pub struct EpisodePage {
    pub(super) basis: Basis,
    pub(super) items: Vec<Episode>,
}

/// Something known of a person, or of whom they speak.
#[derive(SimpleObject)]
pub struct ProfileFact {
    /// `you` is the person.
    subject: String,
    predicate: String,
    object: String,
    /// The sentence that said it first.
    sentence: String,
    /// From 0 to 1; what was said more than once is surer.
    confidence: f64,
    /// When it was said first.
    since: String,
    /// When it was said last.
    said_last: String,
    /// When something else was said instead; null while it holds.
    until: Option<String>,
    /// The event that said something else instead.
    superseded_by: Option<Position>,
    /// The events that say it, oldest first.
    sources: Vec<Position>,
    /// The messages that say it, oldest first.
    messages: Vec<ID>,
}

impl From<KnownFact> for ProfileFact {
    fn from(k: KnownFact) -> Self {
        Self {
            subject: k.subject,
            predicate: k.predicate,
            object: k.object,
            sentence: k.sentence,
            confidence: k.confidence,
            since: k.since.to_string(),
            said_last: k.said_last.to_string(),
            until: k.until.map(|t| t.to_string()),
            superseded_by: k.superseded_by.map(Into::into),
            sources: k.sources.into_iter().map(Into::into).collect(),
            messages: k.messages.iter().map(|m| m.to_string().into()).collect(),
        }
    }
}

/// What is known at a basis.
#[derive(SimpleObject)]
pub struct Profile {
    pub(super) basis: Basis,
    pub(super) items: Vec<ProfileFact>,
}

/// What a sleep did.
#[derive(SimpleObject)]
pub struct Consolidation {
    /// Turns that became part of an episode.
    turns: u64,
    /// Episodes that were formed.
    episodes: u64,
    /// Stretches of talk that are still going on, and were left alone.
    going_on: u64,
    /// Earlier episodes that were gone over again.
    replayed: u64,
}

impl From<Slept> for Consolidation {
    fn from(slept: Slept) -> Self {
        let Slept { turns, episodes, going_on, replayed } = slept;
        Self { turns, episodes, going_on, replayed }
    }
}
