//! What a person's memory consists of.

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

use events::{PersonId, SubjectId, Timestamp};

use super::entry::Kind;
use super::shelf::NONE;
use super::store::MemoryStore;
use super::text::Language;
use crate::basis::Basis;

/// Counts of what can be found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Said by the person.
    pub person: u64,
    /// Said by the companion, or by whoever the person talked to.
    pub companion: u64,
    /// Learned.
    pub facts: u64,
    /// Noted in the album.
    pub notes: u64,
    /// Conversations in which something was said.
    pub conversations: u64,
    /// Sessions: stretches of talk without a long silence.
    pub sessions: u64,
    /// What was said by language; `None` where nothing tells.
    pub languages: BTreeMap<Option<Language>, u64>,
    /// When the first of it was said.
    pub first: Option<Timestamp>,
    /// When the last of it was said.
    pub last: Option<Timestamp>,
    /// What makes the vectors.
    pub embedder: String,
}

impl MemoryStore {
    pub(super) fn stats(&self, basis: &Basis, person: PersonId) -> Stats {
        let by = self.ports().embedder.identity();
        let mut stats = Stats { embedder: format!("{} {}", by.name, by.version), ..Stats::default() };
        let state = self.state();
        let state = state.read().unwrap_or_else(PoisonError::into_inner);
        let Some(shelf) = state.shelf(SubjectId::from(person)) else { return stats };
        let (mut conversations, mut sessions) = (HashSet::new(), HashSet::new());
        let visible = shelf.visible(basis);
        for (number, (entry, _)) in
            (0..).zip(shelf.entries().iter().zip(visible)).filter(|(_, (_, visible))| *visible)
        {
            match entry.kind {
                Kind::Person => stats.person += 1,
                Kind::Companion => stats.companion += 1,
                Kind::Fact => stats.facts += 1,
                Kind::Note => stats.notes += 1,
                Kind::Choice | Kind::Private | Kind::Unkept | Kind::Forgotten => {}
            }
            if matches!(entry.kind, Kind::Fact | Kind::Note) {
                continue;
            }
            conversations.insert(entry.conversation);
            sessions.extend(Some(shelf.session_of(number)).filter(|s| *s != NONE));
            *stats.languages.entry(Language::from_code(entry.language)).or_default() += 1;
            stats.first = stats.first.into_iter().chain([entry.at]).min();
            stats.last = stats.last.into_iter().chain([entry.at]).max();
        }
        stats.conversations = conversations.len() as u64;
        stats.sessions = sessions.len() as u64;
        stats
    }
}
