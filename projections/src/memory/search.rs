//! Questions put to memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use events::payload::Fact;
use events::{ConversationId, MessageId, PersonId, Position, Recorded, SubjectId, Timestamp};
use models::embedding::readings;
use models::{Embedder, EmbeddingError};

use super::entry::{Entry, Kind};
use super::fold::items;
use super::rank::{Names, Question, Ranked, SIGNALS, View, rank};
use super::shelf::Shelf;
use super::store::MemoryStore;
use crate::basis::Basis;
use crate::error::ReadSideError;

/// The longest question that is read, in characters; what comes after is left out.
pub const MAX_QUERY_CHARS: usize = 10_000;
/// The most that one question gives.
pub const MAX_RESULTS: usize = 1_000;
/// Views that are kept: one of now, and one of wherever in the past somebody looks.
const VIEWS: usize = 2;

/// A question to memory.
#[derive(Clone, Debug)]
pub struct MemoryQuery {
    /// Whose memory.
    pub person: PersonId,
    /// The question.
    pub text: String,
    /// When it is asked, so that "yesterday" has a meaning.
    pub asked_at: Option<Timestamp>,
    /// Who talks.
    pub names: Names,
    /// A message that must not come back: the question itself.
    pub but: Option<MessageId>,
    /// What may come back; all kinds when empty.
    pub kinds: Vec<Kind>,
    /// The most results wanted.
    pub limit: usize,
}

/// Something that memory gave, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// What it is.
    pub kind: Kind,
    /// The event that holds its words, on the line of history that was asked about.
    pub source: Position,
    /// Of several facts of that event, which.
    pub part: u16,
    /// Where it was said.
    pub conversation: ConversationId,
    /// The message, or the one a fact was learned from.
    pub message: MessageId,
    /// When it was said.
    pub at: Timestamp,
    /// The speaker's name, where the words came from outside.
    pub speaker: Option<String>,
    /// Rank score, higher is better.
    pub score: f64,
    /// What the score is made of, by signal.
    pub signals: Vec<(&'static str, f64)>,
    /// How many of the question's words it holds, or the question it answers does, of 1; rare words count for more.
    pub share: f64,
    /// The cosine of its vector with the question's.
    pub likeness: f64,
    /// Whether it has enough to do with the question to be told unasked.
    pub relevant: bool,
    /// Why it was kept, in words.
    pub reason: String,
}

/// Looks that were built for a basis.
#[derive(Default)]
pub(super) struct Views(Mutex<HashMap<SubjectId, Vec<Arc<View>>>>);

impl Views {
    fn of(&self, subject: SubjectId, shelf: &Shelf, basis: &Basis) -> Arc<View> {
        let mut views = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = views.entry(subject).or_default();
        if let Some(at) = kept.iter().position(|v| v.holds(shelf, basis)) {
            let view = kept.remove(at);
            kept.push(view.clone());
            return view;
        }
        let view = Arc::new(View::new(shelf, basis));
        kept.push(view.clone());
        if kept.len() > VIEWS {
            kept.remove(0);
        }
        view
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(MAX_QUERY_CHARS).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// Whether a share of the question's words is in it or in the question it answers, or it is much alike.
fn relevant(found: &Ranked) -> bool {
    found.own >= RELEVANT_SHARE || found.cosine >= RELEVANT_COSINE
}
const RELEVANT_SHARE: f32 = 0.25;
const RELEVANT_COSINE: f32 = 0.45;

/// Why something was kept: the words of the question that it holds, and what else speaks for it most.
fn reason(question: &Question, found: &Ranked) -> String {
    let words: Vec<String> =
        found.holds.iter().filter_map(|n| question.asked.get(*n)).map(|asked| format!("`{}`", asked.word)).collect();
    let mut helped: Vec<(&str, f32)> = SIGNALS
        .iter()
        .zip(found.parts)
        .filter(|(signal, part)| *part > 0.05 && (words.is_empty() || !signal.of_words))
        .map(|(signal, part)| (signal.says, part))
        .collect();
    helped.sort_by(|a, b| b.1.total_cmp(&a.1));
    let holds = (!words.is_empty()).then(|| format!("holds {}", words.join(", ")));
    let all: Vec<String> =
        holds.into_iter().chain(helped.iter().map(|(says, _)| (*says).to_owned())).take(3).collect();
    if all.is_empty() { "nothing better was found".to_owned() } else { all.join("; ") }
}

fn told(entry: &Entry, question: &Question, found: &Ranked) -> Remembered {
    let signals = SIGNALS.iter().zip(found.parts).map(|(s, part)| (s.name, f64::from(part)));
    Remembered {
        kind: entry.kind,
        source: entry.place.position,
        part: entry.place.part,
        conversation: entry.conversation,
        message: entry.message,
        at: entry.at,
        speaker: entry.speaker.as_deref().map(str::to_owned),
        score: f64::from(found.score),
        signals: signals.collect(),
        share: f64::from(found.own),
        likeness: f64::from(found.cosine),
        relevant: relevant(found),
        reason: reason(question, found),
    }
}

/// The most characters of what a note is about.
const ABOUT: usize = 240;

fn beginning(text: String) -> String {
    match text.char_indices().nth(ABOUT) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// What is asked; `None` where there is nothing to look for.
pub(super) fn understood(shelf: &Shelf, view: &View, query: &MemoryQuery) -> Option<Question> {
    let speakers: Vec<&str> = view.speakers(shelf).into_iter().collect();
    let (text, names) = (cut(&query.text), query.names.clone());
    Some(Question::new(text, query.asked_at, &view.languages, names, &speakers)).filter(|q| !q.is_empty())
}

/// Adds what the embedder makes of a question. It may take as long as a server does.
pub(super) fn with_vectors(mut question: Question, embedder: &dyn Embedder) -> Result<Question, EmbeddingError> {
    let reading = readings(embedder, &[&question.subject])?.pop().unwrap_or_default();
    (question.vector, question.tokens) = (reading.vector, reading.tokens);
    question.kind = embedder.kind();
    Ok(question)
}

/// Asks one shelf.
pub(super) fn ask(
    shelf: &Shelf,
    view: &View,
    query: &MemoryQuery,
    question: &Question,
) -> Result<Vec<Remembered>, events::log::BoxError> {
    let entries = shelf.entries();
    let keep = |number: u32| {
        entries.get(number as usize).is_some_and(|e| {
            (query.kinds.is_empty() || query.kinds.contains(&e.kind)) && query.but != Some(e.message)
        })
    };
    let ranked = rank(shelf, view, question, query.limit.min(MAX_RESULTS), keep)?;
    Ok(ranked.iter().filter_map(|r| entries.get(r.number as usize).map(|e| told(e, question, r))).collect())
}

/// The words of something remembered.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// What was said.
    Said(String),
    /// What was learned.
    Learned(Fact),
    /// What the person noted about something kept.
    Noted {
        /// The note, or the heading and tags where there is none.
        note: String,
        /// What was said in the message that was kept, when it is one and is still there.
        about: Option<String>,
    },
}

impl MemoryStore {
    pub(super) async fn words(
        &self,
        basis: &Basis,
        found: &[Remembered],
    ) -> Result<Vec<Option<Words>>, ReadSideError> {
        let positions: Vec<Position> = found.iter().map(|f| f.source).collect();
        let events = self.ports().log.at(basis.branch, &positions).await?;
        let events: HashMap<Position, _> = events.iter().map(|e| (e.position(), e)).collect();
        let name = <Self as crate::store::ReadStore>::NAME;
        let kept = self.kept(basis, found, &events).await?;
        let words = |found: &Remembered| {
            let Some(event) = events.get(&found.source) else { return Ok(None) };
            let item = items(name, event)?.into_iter().nth(found.part.into());
            Ok(item.map(|item| match item.fact {
                Some(fact) => Words::Learned(fact),
                None if found.kind == Kind::Note => {
                    Words::Noted { note: item.text, about: kept.get(&found.message).cloned() }
                }
                None => Words::Said(item.words()),
            }))
        };
        found.iter().map(words).collect()
    }

    /// What was said in the messages that notes are about.
    async fn kept(
        &self,
        basis: &Basis,
        found: &[Remembered],
        events: &HashMap<Position, &Recorded>,
    ) -> Result<HashMap<MessageId, String>, ReadSideError> {
        let notes: Vec<&Remembered> = found.iter().filter(|f| f.kind == Kind::Note).collect();
        if notes.is_empty() {
            return Ok(HashMap::new());
        }
        let places: HashMap<Position, MessageId> = {
            let state = self.state();
            let state = state.read().unwrap_or_else(PoisonError::into_inner);
            let place = |note: &&Remembered| {
                let shelf = state.shelf(events.get(&note.source)?.header.subject)?;
                Some((shelf.said_in(note.message, basis)?, note.message))
            };
            notes.iter().filter_map(place).collect()
        };
        let positions: Vec<Position> = places.keys().copied().collect();
        let mut kept = HashMap::new();
        for event in self.ports().log.at(basis.branch, &positions).await? {
            let item = items(<Self as crate::store::ReadStore>::NAME, &event)?.into_iter().next();
            kept.extend(places.get(&event.position()).copied().zip(item.map(|i| beginning(i.words()))));
        }
        Ok(kept)
    }

    pub(super) async fn search(&self, basis: &Basis, query: &MemoryQuery) -> Result<Vec<Remembered>, ReadSideError> {
        let error = |source| ReadSideError::Store { name: <Self as crate::store::ReadStore>::NAME, source };
        let (state, views, basis, query) = (self.state(), self.views(), basis.clone(), query.clone());
        let embedder = self.asking();
        let searched = tokio::task::spawn_blocking(move || {
            let subject = SubjectId::from(query.person);
            let looking = || state.read().unwrap_or_else(PoisonError::into_inner);
            let question = looking().shelf(subject).and_then(|shelf| {
                let view = views.of(subject, shelf, &basis);
                understood(shelf, &view, &query)
            });
            let Some(question) = question else { return Ok(vec![]) };
            // Memory is not held meanwhile.
            let question = with_vectors(question, &embedder)?;
            let state = looking();
            let Some(shelf) = state.shelf(subject) else { return Ok(vec![]) };
            let view = views.of(subject, shelf, &basis);
            ask(shelf, &view, &query, &question)
        });
        searched.await.map_err(|e| error(e.into()))?.map_err(error)
    }
}
