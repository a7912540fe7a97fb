//! What a decision about a conversation needs to know: ids and stages, no words.

use std::collections::{HashMap, HashSet};

use events::payload::ConversationEvent;
use events::{CompanionId, MessageId, PersonId, RunId};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A model was asked and has not finished.
    Open,
    /// Finished or broken off.
    Closed,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Received,
    Imported,
    ReplyTo(MessageId),
}

/// The state of one conversation.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) parties: Option<(PersonId, CompanionId)>,
    pub(super) title: Option<String>,
    pub(super) messages: HashMap<MessageId, Kind>,
    pub(super) runs: HashMap<RunId, (MessageId, RunState)>,
    pub(super) selected: HashMap<MessageId, MessageId>,
    pub(super) texts: HashMap<MessageId, u64>,
    /// What was forgotten; an id is not given again.
    pub(super) forgotten: HashSet<MessageId>,
}

/// A short fingerprint, so that an edit to the same words is seen as no edit without keeping the words.
pub(super) fn fingerprint(text: &str) -> u64 {
    // FNV-1a, 64 bits: stable over runs and machines, unlike the standard hasher.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl State {
    /// Whose conversation it is, and with whom; `None` before it began.
    pub fn parties(&self) -> Option<(PersonId, CompanionId)> {
        self.parties
    }

    /// The runs that were started and not closed.
    pub fn open_runs(&self) -> impl Iterator<Item = (RunId, MessageId)> {
        self.runs
            .iter()
            .filter(|(_, (_, state))| *state == RunState::Open)
            .map(|(run, (message, _))| (*run, *message))
    }

    pub(super) fn evolve(mut self, event: &ConversationEvent) -> Self {
        use ConversationEvent as E;
        match event {
            E::ConversationStarted { person, companion, title, .. } => {
                self.parties = Some((*person, *companion));
                self.title.clone_from(title);
            }
            E::ConversationRenamed { title } => self.title = Some(title.clone()),
            E::MessageReceived { message, text, .. } => {
                self.messages.insert(*message, Kind::Received);
                self.texts.insert(*message, fingerprint(text));
            }
            E::MessageImported { message, text, .. } => {
                self.messages.insert(*message, Kind::Imported);
                self.texts.insert(*message, fingerprint(text));
            }
            E::MessageEdited { message, text } => {
                self.texts.insert(*message, fingerprint(text));
            }
            E::ReplyStarted { message, run, .. } => {
                self.runs.insert(*run, (*message, RunState::Open));
            }
            E::ReplyCompleted { message, run, reply, .. } => {
                self.runs.insert(*run, (*message, RunState::Closed));
                self.messages.insert(*reply, Kind::ReplyTo(*message));
                self.selected.insert(*message, *reply);
            }
            E::ReplyInterrupted { message, run, reply, .. } => {
                self.runs.insert(*run, (*message, RunState::Closed));
                self.messages.insert(*reply, Kind::ReplyTo(*message));
            }
            E::VariantSelected { message, reply } => {
                self.selected.insert(*message, *reply);
            }
            E::MessageForgotten { message, .. } => {
                self.messages.remove(message);
                self.texts.remove(message);
                self.selected.retain(|_, reply| reply != message);
                self.forgotten.insert(*message);
            }
            E::MessagePerceived { .. }
            | E::EmotionAppraised { .. }
            | E::MemoriesRecalled { .. }
            | E::SkillChosen { .. }
            | E::PromptComposed { .. }
            | E::FactsExtracted { .. }
            | E::FeedbackGiven { .. } => {}
        }
        self
    }
}
