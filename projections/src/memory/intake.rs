//! How what was said takes its place beside what was said before.

use events::{ConversationId, Timestamp};
use models::embedding::Reading;

use super::entry::{Entry, Kind, Place};
use super::fold::Item;
use super::rank::cues;
use super::shelf::Shelf;
use super::text::{Language, analyse};
use crate::basis::Basis;

/// A longer silence begins a new session.
pub const SESSION_GAP_SECONDS: i64 = 3 * 3_600;

/// What an event put into memory, with what the embedder makes of it.
pub(super) struct Incoming {
    pub place: Place,
    pub conversation: ConversationId,
    pub at: Timestamp,
    pub item: Item,
    pub reading: Reading,
}

impl Shelf {
    /// Takes in what an event says, as seen from a basis that ends with it. Twice is once.
    pub(super) fn remember(&mut self, incoming: Incoming, basis: &Basis) {
        let Incoming { place, conversation, at, item, reading } = incoming;
        let conversation = item.conversation.unwrap_or(conversation);
        // A shelf that was committed just before a crash is ahead of the others.
        if place.position <= self.seen(place.branch) || self.number_of(place).is_some() {
            return;
        }
        if self.is_private(conversation) {
            return;
        }
        let said = matches!(item.kind, Kind::Person | Kind::Companion);
        // New words stand where the old ones stood.
        let first = Some((item.about.0, false)).filter(|_| item.reworded).and_then(|slot| self.first_of(slot, basis));
        let noted = first.filter(|_| item.kind == Kind::Note).map(|e| (e.conversation, e.message));
        let first = first.map(|e| (e.before, e.session, e.at));
        // Another answer to the same message stands where the first one does, not after it.
        let slot = (item.about.0, item.kind == Kind::Companion);
        let last = self.last_said(conversation, slot, basis).cloned();
        // Only what is seen from the basis may tell the language: another branch must not change this one.
        let language = last.as_ref().and_then(|l| Language::from_code(l.language));
        let analysed = analyse(&item.words(), language);
        let (before, session, at) = first.unwrap_or_else(|| {
            let near = last.as_ref().filter(|l| said && (at.0 - l.at.0).abs() <= SESSION_GAP_SECONDS * 1_000_000);
            (last.as_ref().map(|l| l.place), near.map_or(place, |l| l.session), at)
        });
        let language = analysed.language.or(language);
        let (conversation, message) = noted.unwrap_or((conversation, item.message));
        let entry = Entry {
            place,
            kind: item.kind,
            conversation,
            message,
            about: item.about,
            interrupted: item.interrupted,
            at,
            speaker: item.speaker.map(String::into_boxed_str),
            before: before.filter(|_| said),
            session,
            length: analysed.terms.len() as u32,
            cues: cues::of(&item.text),
            language: language.map_or(u8::MAX, |l| l as u8),
        };
        self.add(entry, analysed.terms, &reading);
    }
}
