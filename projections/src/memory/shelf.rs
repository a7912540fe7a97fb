//! Everything that can be recalled of one person: entries, vectors, postings.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use events::log::BoxError;
use events::{BranchId, ConversationId, Digest, MessageId, Position, Timestamp, codec};
use models::Embedder;
use models::embedding::Reading;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Kind, Place, Slot};
use super::postings::{Posting, Postings};
use super::rank::Pool;
use super::sealed::Sealer;
use super::tokens::Tokens;
use super::vectors::Vectors;
use crate::basis::Basis;

/// An entry as it lies in the index.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    entry: Cow<'a, Entry>,
    vector: &'a [u8],
    tokens: &'a [u8],
}

/// Numbers of a vector of a text, and of one of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub text: usize,
    pub token: usize,
}

impl Sizes {
    pub(crate) fn of(embedder: &dyn Embedder) -> Self {
        Self { text: embedder.dimensions(), token: embedder.token_dimensions() }
    }
}

/// What a commit says of itself: how far it has seen each branch, and made by which embedder.
#[derive(Serialize, Deserialize)]
struct Mark {
    seen: Vec<(BranchId, Position)>,
    embedder: String,
}

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// All turns of a session, whatever branch they are on.
#[derive(Default)]
pub(super) struct Session {
    pub members: Vec<u32>,
    /// Length of the sum of their vectors.
    pub norm: f32,
}

/// What every question looks at of every entry, close together in memory.
#[derive(Clone, Copy)]
pub(super) struct Brief {
    pub position: Position,
    pub at: Timestamp,
    pub branch: BranchId,
    pub length: f32,
    /// How much it says, from 0 to 1.
    pub substance: f32,
    /// Index of its kind and speaker among all such pairs.
    pub voice: u32,
    pub cues: u16,
    /// Index of the language, 255 for none.
    pub language: u8,
    pub findable: bool,
    /// Whether other entries are versions of the same.
    contested: bool,
}

/// Terms from which on a turn counts as one of full substance.
const SUBSTANCE: f32 = 12.0;

/// What an entry has to do with those before it, worked out once.
#[derive(Clone, Copy)]
struct Link {
    session: u32,
    /// The one before it and the one before that, in the same conversation.
    before: u32,
    second: u32,
    /// Cosines with both.
    dot: f32,
    dot_second: f32,
}

/// See the module.
pub(crate) struct Shelf {
    postings: Postings,
    entries: Vec<Entry>,
    pool: Pool,
    briefs: Vec<Brief>,
    /// Who speaks, and as what.
    voices: Vec<(Kind, Option<Box<str>>)>,
    pub(super) vectors: Vectors,
    pub(super) tokens: Tokens,
    by_place: HashMap<Place, u32>,
    /// The versions of each slot that has more than one entry.
    contested: HashMap<Slot, Vec<u32>>,
    /// The first entry of each slot.
    slots: HashMap<Slot, u32>,
    links: Vec<Link>,
    sessions: Vec<Session>,
    by_session: HashMap<Place, u32>,
    /// The entries of each conversation in the order they came.
    conversations: HashMap<ConversationId, Vec<u32>>,
    private: HashSet<ConversationId>,
    /// The entries that say that a message was forgotten.
    forgotten: Vec<u32>,
    seen: HashMap<BranchId, Position>,
    embedder: String,
}

impl Shelf {
    /// Kept in a folder of sealed files.
    pub(crate) fn open(folder: &Path, sealer: Sealer, sizes: Sizes, embedder: &str) -> Result<Self, BoxError> {
        let mut shelf = Self::in_memory(sizes, embedder);
        shelf.postings = Postings::open(folder, sealer, |bytes, more| {
            let stored: Stored<'_> = postcard::from_bytes(bytes)?;
            if shelf.entries.is_empty() {
                shelf.reserve(more + 1);
            }
            shelf.vectors.push_stored(stored.vector)?;
            shelf.tokens.push_stored(stored.tokens)?;
            shelf.know(stored.entry.into_owned());
            Ok(())
        })?;
        let mark: Option<Mark> = shelf.postings.mark()?.map(|m| serde_json::from_str(&m)).transpose()?;
        if mark.as_ref().is_some_and(|m| m.embedder != embedder) {
            return Err(format!("it was made by another embedder than {embedder}").into());
        }
        for session in 0..shelf.sessions.len() {
            shelf.sum(session);
        }
        shelf.seen = mark.map(|m| m.seen.into_iter().collect()).unwrap_or_default();
        Ok(shelf)
    }

    /// Kept in memory alone.
    pub(crate) fn in_memory(sizes: Sizes, embedder: &str) -> Self {
        Self {
            postings: Postings::in_memory(),
            entries: Vec::new(),
            pool: Pool::default(),
            briefs: Vec::new(),
            voices: Vec::new(),
            vectors: Vectors::new(sizes.text),
            tokens: Tokens::new(sizes.token),
            by_place: HashMap::new(),
            contested: HashMap::new(),
            slots: HashMap::new(),
            links: Vec::new(),
            sessions: Vec::new(),
            by_session: HashMap::new(),
            conversations: HashMap::new(),
            private: HashSet::new(),
            forgotten: Vec::new(),
            seen: HashMap::new(),
            embedder: embedder.to_owned(),
        }
    }

    /// Room for so many more, to the byte: lists that double leave half of the memory empty.
    fn reserve(&mut self, more: usize) {
        self.entries.reserve_exact(more);
        self.briefs.reserve_exact(more);
        self.links.reserve_exact(more);
        self.vectors.reserve(more);
        self.by_place.reserve(more);
        self.slots.reserve(more);
    }

    fn know(&mut self, entry: Entry) {
        let number = self.entries.len() as u32;
        self.by_place.insert(entry.place, number);
        if let Some(slot) = entry.slot() {
            match self.slots.get(&slot) {
                None => {
                    self.slots.insert(slot, number);
                }
                Some(first) => {
                    self.contested.entry(slot).or_insert_with(|| vec![*first]).push(number);
                    if let Some(first) = self.briefs.get_mut(*first as usize) {
                        first.contested = true;
                    }
                }
            }
        }
        match entry.kind {
            Kind::Private => {
                self.private.insert(entry.conversation);
            }
            Kind::Person | Kind::Companion => {
                self.conversations.entry(entry.conversation).or_default().push(number);
            }
            Kind::Forgotten => self.forgotten.push(number),
            Kind::Fact | Kind::Choice | Kind::Note | Kind::Unkept => {}
        }
        self.link(&entry, number);
        let brief = self.brief(&entry);
        self.briefs.push(brief);
        self.entries.push(entry);
    }

    fn brief(&mut self, entry: &Entry) -> Brief {
        let is = |(kind, speaker): &(Kind, Option<Box<str>>)| *kind == entry.kind && *speaker == entry.speaker;
        let voice = self.voices.iter().position(is).unwrap_or_else(|| {
            self.voices.push((entry.kind, entry.speaker.clone()));
            self.voices.len() - 1
        });
        Brief {
            position: entry.place.position,
            at: entry.at,
            branch: entry.place.branch,
            length: entry.length as f32,
            substance: ((entry.length as f32).ln_1p() / (1.0 + SUBSTANCE).ln()).min(1.0),
            voice: voice as u32,
            cues: entry.cues,
            language: entry.language,
            findable: entry.findable(),
            contested: entry.slot().is_some_and(|slot| self.contested.contains_key(&slot)),
        }
    }

    /// Its vector must be in already.
    fn link(&mut self, entry: &Entry, number: u32) {
        let mut link = Link { session: NONE, before: NONE, second: NONE, dot: 0.0, dot_second: 0.0 };
        if matches!(entry.kind, Kind::Person | Kind::Companion) {
            let next = self.sessions.len() as u32;
            link.session = *self.by_session.entry(entry.session).or_insert(next);
            if link.session == next {
                self.sessions.push(Session::default());
            }
            if let Some(session) = self.sessions.get_mut(link.session as usize) {
                session.members.push(number);
            }
        }
        if let Some(before) = entry.before.and_then(|place| self.number_of(place)) {
            link.before = before;
            link.dot = self.vectors.cosine(number, before);
            if let Some(second) = self.links.get(before as usize).map(|l| l.before).filter(|s| *s != NONE) {
                link.second = second;
                link.dot_second = self.vectors.cosine(number, second);
            }
        }
        self.links.push(link);
    }

    fn sum(&mut self, session: usize) {
        if let Some(session) = self.sessions.get_mut(session) {
            session.norm = self.vectors.norm_of_sum(session.members.iter().copied());
        }
    }

    /// Takes in an entry with its terms and its vectors.
    pub(crate) fn add(&mut self, entry: Entry, terms: Vec<String>, reading: &Reading) {
        let number = self.entries.len() as u32;
        self.vectors.push(&reading.vector);
        self.tokens.push(&reading.tokens);
        let vector = self.vectors.stored(number);
        let tokens = self.tokens.stored(number);
        self.postings.add(number, terms, || {
            let stored = Stored { entry: Cow::Borrowed(&entry), vector: &vector, tokens: &tokens };
            postcard::to_allocvec(&stored).unwrap_or_default()
        });
        self.know(entry);
        let session = self.session_of(number);
        if session != NONE {
            self.sum(session as usize);
        }
    }

    /// How far it has seen a branch.
    pub(crate) fn seen(&self, branch: BranchId) -> Position {
        self.seen.get(&branch).copied().unwrap_or_default()
    }

    /// Says that everything of a branch up to a position is in.
    pub(crate) fn saw(&mut self, branch: BranchId, position: Position) {
        self.seen.insert(branch, position);
    }

    /// Entries that wait for a commit.
    pub(crate) fn fresh(&self) -> usize {
        self.postings.fresh()
    }

    /// Writes what is fresh, durably.
    pub(crate) fn commit(&mut self) -> Result<(), BoxError> {
        let mut seen: Vec<(BranchId, Position)> = self.seen.iter().map(|(b, p)| (*b, *p)).collect();
        seen.sort_unstable();
        let mark = Mark { seen, embedder: self.embedder.clone() };
        self.postings.commit(&serde_json::to_string(&mark)?)
    }

    pub(crate) fn is_private(&self, conversation: ConversationId) -> bool {
        self.private.contains(&conversation)
    }

    /// Every entry by its number.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Room for questions to work in.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What is looked at of every entry, by its number.
    pub(super) fn briefs(&self) -> &[Brief] {
        &self.briefs
    }

    /// Who speaks, and as what.
    pub(super) fn voices(&self) -> &[(Kind, Option<Box<str>>)] {
        &self.voices
    }

    pub(super) fn number_of(&self, place: Place) -> Option<u32> {
        self.by_place.get(&place).copied()
    }

    pub(super) fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Index of an entry's session; [`NONE`] for a fact.
    pub(super) fn session_of(&self, number: u32) -> u32 {
        self.links.get(number as usize).map_or(NONE, |l| l.session)
    }

    /// What was said before an entry in its conversation.
    pub(super) fn before(&self, number: u32) -> Option<u32> {
        self.links.get(number as usize).map(|l| l.before).filter(|b| *b != NONE)
    }

    /// The cosine of an entry with the one that stands before it.
    pub(super) fn dot_before(&self, number: u32, before: u32) -> f32 {
        match self.links.get(number as usize) {
            _ if before == NONE => 0.0,
            Some(link) if link.before == before => link.dot,
            _ => self.vectors.cosine(number, before),
        }
    }

    /// The cosine of an entry with the one two places before it.
    pub(super) fn dot_across(&self, number: u32, second: u32) -> f32 {
        match self.links.get(number as usize) {
            Some(link) if link.second == second => link.dot_second,
            _ => self.vectors.cosine(number, second),
        }
    }

    /// The entries of a conversation in the order they came.
    pub(super) fn of_conversation(&self, conversation: ConversationId) -> &[u32] {
        self.conversations.get(&conversation).map_or(&[], Vec::as_slice)
    }

    /// The newest thing said in a conversation, as seen from a basis, that is no version of a slot.
    pub(crate) fn last_said(&self, conversation: ConversationId, but: Slot, basis: &Basis) -> Option<&Entry> {
        let all = self.of_conversation(conversation).iter().rev();
        let mut all = all.filter_map(|n| self.entries.get(*n as usize));
        all.find(|e| e.slot() != Some(but) && e.place.seen_from(basis))
    }

    /// Where the newest words of a message stand, as seen from a basis.
    pub(super) fn said_in(&self, message: MessageId, basis: &Basis) -> Option<Position> {
        if self.gone(basis).contains(&message) {
            return None;
        }
        let said = |e: &&Entry| e.message == message && matches!(e.kind, Kind::Person | Kind::Companion);
        let seen = self.entries.iter().filter(said).filter(|e| e.place.seen_from(basis));
        seen.map(|e| e.place.position).max()
    }

    /// The first entry of a slot, as seen from a basis. Another branch may have one that came in earlier.
    pub(crate) fn first_of(&self, slot: Slot, basis: &Basis) -> Option<&Entry> {
        let only = self.slots.get(&slot);
        let all = self.contested.get(&slot).map_or(only.map_or(&[][..], std::slice::from_ref), Vec::as_slice);
        let seen = all.iter().filter_map(|n| self.entries.get(*n as usize)).filter(|e| e.place.seen_from(basis));
        seen.min_by_key(|e| (e.place.position, e.place.part))
    }

    /// Of the versions of an entry the one that counts at a basis.
    fn counts(&self, slot: Slot, basis: &Basis) -> Option<u32> {
        let versions = self.contested.get(&slot)?;
        let seen: Vec<(u32, &Entry)> = versions
            .iter()
            .filter_map(|n| self.entries.get(*n as usize).map(|e| (*n, e)))
            .filter(|(_, e)| e.place.seen_from(basis))
            .collect();
        let gone: Vec<MessageId> =
            seen.iter().filter(|(_, e)| e.kind == Kind::Forgotten).map(|(_, e)| e.message).collect();
        let seen: Vec<(u32, &Entry)> = seen.into_iter().filter(|(_, e)| !gone.contains(&e.message)).collect();
        // Numbers follow the order in which branches were read; within what is seen from one basis, positions are the order.
        let newest =
            |all: &dyn Fn(&Entry) -> bool| seen.iter().filter(|(_, e)| all(e)).max_by_key(|(_, e)| e.place.position);
        let (_, chosen) = newest(&|e| !e.interrupted).or_else(|| newest(&|_| true))?;
        if matches!(chosen.kind, Kind::Note | Kind::Unkept) {
            // A note that was taken back does not bring an older one to light.
            return newest(&|e| e.place == chosen.place && e.findable()).map(|(n, _)| *n);
        }
        newest(&|e| e.findable() && e.message == chosen.message).map(|(n, _)| *n)
    }

    /// For every entry whether it can be found from a basis.
    pub(super) fn visible(&self, basis: &Basis) -> Vec<bool> {
        let seen = |b: &Brief| {
            basis.lineage.iter().any(|s| s.branch == b.branch && s.after < b.position && b.position <= s.through)
        };
        let mut visible: Vec<bool> = self.briefs.iter().map(|b| b.findable && seen(b)).collect();
        for (slot, versions) in &self.contested {
            let counts = self.counts(*slot, basis);
            for version in versions {
                if let Some(v) = visible.get_mut(*version as usize) {
                    *v &= Some(*version) == counts;
                }
            }
        }
        let gone = self.gone(basis);
        if !gone.is_empty() {
            // What was learned from a message goes with it. What the person noted about it is the person's own.
            for (entry, v) in self.entries.iter().zip(&mut visible) {
                *v &= entry.kind == Kind::Note || !gone.contains(&entry.message);
            }
        }
        visible
    }

    /// The messages that were forgotten, as seen from a basis.
    fn gone(&self, basis: &Basis) -> HashSet<MessageId> {
        let entries = self.forgotten.iter().filter_map(|n| self.entries.get(*n as usize));
        entries.filter(|e| e.place.seen_from(basis)).map(|e| e.message).collect()
    }

    /// The version of an entry that counts at a basis.
    pub(super) fn current(&self, number: u32, basis: &Basis) -> Option<u32> {
        if !self.briefs.get(number as usize)?.contested {
            return Some(number);
        }
        self.counts(self.entries.get(number as usize)?.slot()?, basis)
    }

    pub(super) fn postings(&self, term: &str) -> Result<Vec<Posting>, BoxError> {
        self.postings.of(term)
    }

    /// What everything seen from a basis comes to, words' stems and vectors included.
    pub(super) fn digest(&self, basis: &Basis) -> Result<Vec<(Place, Digest)>, BoxError> {
        let see = |n: &u32| self.entries.get(*n as usize).is_some_and(|e| e.place.seen_from(basis));
        // The terms of an entry come in any order, so they are added up.
        let mut terms: HashMap<u32, u128> = HashMap::new();
        self.postings.each(|term, (number, count)| {
            if see(&number) {
                let hash = codec::sha256(&[&count.to_be_bytes(), term.as_bytes()].concat());
                let part = hash.first_chunk::<16>().map_or(0, |b| u128::from_be_bytes(*b));
                let sum = terms.entry(number).or_default();
                *sum = sum.wrapping_add(part);
            }
        })?;
        let mut all = Vec::new();
        for (number, entry) in (0..).zip(&self.entries).filter(|(n, _)| see(n)) {
            let mut hasher = Sha256::new();
            hasher.update(postcard::to_allocvec(entry)?);
            hasher.update(self.vectors.stored(number));
            hasher.update(self.tokens.stored(number));
            hasher.update(terms.get(&number).copied().unwrap_or_default().to_be_bytes());
            all.push((entry.place, hasher.finalize().into()));
        }
        all.sort_by_key(|(place, _)| (place.position, place.part));
        Ok(all)
    }
}
