//! What the companion knows and feels: people, companions, mood, skills, facts.

mod profile;
mod query;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use events::log::BoxError;
use events::payload::{Affect, CompanionEvent, ConversationEvent as E, PersonEvent};
use events::{CompanionId, ConversationId, Event, MessageId, PersonId, Position, Recorded, RunId, Timestamp};
use serde::{Deserialize, Serialize};

pub use profile::KnownFact;
pub use query::{Companion, LearnedFact, Minds, Mood, Person, SkillRecord};

use crate::sql::Model;
use crate::versions::{Kind, NewRow};

const PERSON: Kind = 1;
const PERSON_NAME: Kind = 2;
const COMPANION: Kind = 3;
const COMPANION_NAME: Kind = 4;
const PERSONA: Kind = 5;
const PARTY: Kind = 6;
const MOOD: Kind = 7;
const CHOICE: Kind = 8;
const REPLY: Kind = 9;
const REWARD: Kind = 10;
const FACT: Kind = 11;
const RUN: Kind = 12;
/// A message that was forgotten, with what was learned from it.
const FORGOTTEN: Kind = 13;
const ROOT: &[u8] = b"";

#[derive(Serialize, Deserialize)]
struct PersonRow {
    owner: bool,
}

#[derive(Serialize, Deserialize)]
struct CompanionRow {
    owner: PersonId,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct PartyRow {
    person: PersonId,
    companion: CompanionId,
    private: bool,
}

#[derive(Serialize, Deserialize)]
struct MoodRow {
    affect: Affect,
    label: String,
    intensity: f64,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct ChoiceRow {
    skill: String,
    context: String,
}

#[derive(Serialize, Deserialize)]
struct ReplyRow {
    message: MessageId,
    run: RunId,
}

#[derive(Serialize, Deserialize)]
struct RewardRow {
    reply: MessageId,
    reward: f64,
}

#[derive(Serialize, Deserialize)]
struct FactRow {
    message: MessageId,
    count: usize,
}

#[derive(Serialize, Deserialize)]
struct Here {}

/// The key of a mood: one per companion and person.
fn pair(companion: CompanionId, person: PersonId) -> Vec<u8> {
    [&companion.as_bytes()[..], &person.as_bytes()[..]].concat()
}

/// The key of a choice: a message that is answered again has several, beside each other in the order of the log.
fn choice_key(message: &MessageId, at: Position) -> Vec<u8> {
    [&message.as_bytes()[..], &at.0.to_be_bytes()].concat()
}

/// The model. Remembers who takes part in each conversation, which never changes after its start.
#[derive(Default)]
pub(crate) struct MindsModel(Mutex<HashMap<ConversationId, PartyRow>>);

impl MindsModel {
    fn party(&self, conversation: ConversationId) -> Option<PartyRow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&conversation).copied()
    }
}

impl Model for MindsModel {
    const NAME: &'static str = "minds";
    const VERSION: u32 = 3;
    const PRELOADED: Option<Kind> = Some(PARTY);

    fn preload(&self, key: &[u8], value: &[u8]) {
        if let (Ok(id), Ok(row)) = (uuid::Uuid::from_slice(key), serde_json::from_slice(value)) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(ConversationId(id), row);
        }
    }

    /// That there was a person stays, so that answers can say that the name was erased. The owner is the first of a log.
    fn erased(&self, event: &Recorded, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        if event.header.event_type == "PersonRegistered" {
            let (at, id) = (event.position(), event.header.stream.id);
            rows.push(NewRow::new(PERSON, id.as_bytes(), at, ROOT, &PersonRow { owner: at == Position(1) })?);
            rows.push(NewRow::new(PERSON_NAME, id.as_bytes(), at, ROOT, &Here {})?);
        }
        Ok(())
    }

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let at = event.position();
        let id = event.header.stream.id;
        let key = id.as_bytes();
        match payload {
            Event::Branch(_)
            | Event::Album(_)
            | Event::Memory(_)
            | Event::Graph(_)
            | Event::Install(_)
            | Event::Account(_) => {}
            Event::Person(PersonEvent::PersonRegistered { owner, .. }) => {
                rows.push(NewRow::new(PERSON, key, at, ROOT, &PersonRow { owner: *owner })?);
                rows.push(NewRow::new(PERSON_NAME, key, at, ROOT, &Here {})?);
            }
            Event::Person(PersonEvent::PersonRenamed { .. }) => {
                rows.push(NewRow::new(PERSON_NAME, key, at, ROOT, &Here {})?);
            }
            Event::Companion(CompanionEvent::CompanionCreated { owner, .. }) => {
                rows.push(NewRow::new(COMPANION, key, at, ROOT, &CompanionRow { owner: *owner })?);
                rows.push(NewRow::new(COMPANION_NAME, key, at, ROOT, &Here {})?);
                rows.push(NewRow::new(PERSONA, key, at, ROOT, &Here {})?);
            }
            Event::Companion(CompanionEvent::CompanionRenamed { .. }) => {
                rows.push(NewRow::new(COMPANION_NAME, key, at, ROOT, &Here {})?);
            }
            Event::Companion(CompanionEvent::PersonaChanged { .. }) => {
                rows.push(NewRow::new(PERSONA, key, at, ROOT, &Here {})?);
            }
            Event::Conversation(e) => self.talk(event, e, rows)?,
        }
        Ok(())
    }
}

impl MindsModel {
    fn talk(&self, event: &Recorded, payload: &E, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let at = event.position();
        let conversation = ConversationId(event.header.stream.id);
        let person = PersonId(event.header.subject.0);
        match payload {
            E::ConversationStarted { person, companion, private, .. } => {
                let row = PartyRow { person: *person, companion: *companion, private: *private };
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(conversation, row);
                rows.push(NewRow::new(PARTY, conversation.as_bytes(), at, ROOT, &row)?);
            }
            E::EmotionAppraised { after, label, intensity, .. } => {
                let Some(party) = self.party(conversation) else { return Ok(()) };
                let row = MoodRow {
                    affect: *after,
                    label: label.clone(),
                    intensity: *intensity,
                    at: event.header.occurred_at,
                };
                let key = pair(party.companion, person);
                rows.push(NewRow::new(MOOD, &key, at, person.as_bytes(), &row)?);
            }
            E::SkillChosen { message, skill, context, .. } => {
                let row = ChoiceRow { skill: skill.clone(), context: context.clone() };
                rows.push(NewRow::new(CHOICE, choice_key(message, at), at, person.as_bytes(), &row)?);
            }
            E::ReplyStarted { run, .. } => rows.push(NewRow::new(RUN, run.as_bytes(), at, ROOT, &Here {})?),
            E::ReplyCompleted { message, run, reply, .. } | E::ReplyInterrupted { message, run, reply, .. } => {
                let row = ReplyRow { message: *message, run: *run };
                rows.push(NewRow::new(REPLY, reply.as_bytes(), at, ROOT, &row)?);
            }
            E::FeedbackGiven { reply, feedback } => {
                let row = RewardRow { reply: *reply, reward: feedback.reward };
                // One verdict per reply counts, the latest, so the reply is the key.
                rows.push(NewRow::new(REWARD, reply.as_bytes(), at, person.as_bytes(), &row)?);
            }
            E::FactsExtracted { message, facts, .. } => {
                if self.party(conversation).is_some_and(|p| !p.private) {
                    let row = FactRow { message: *message, count: facts.len() };
                    rows.push(NewRow::new(FACT, at.0.to_be_bytes(), at, person.as_bytes(), &row)?);
                }
            }
            E::MessageForgotten { message, .. } => {
                rows.push(NewRow::new(FORGOTTEN, message.as_bytes(), at, person.as_bytes(), &Here {})?);
            }
            E::ConversationRenamed { .. }
            | E::MessageReceived { .. }
            | E::MessageImported { .. }
            | E::MessageEdited { .. }
            | E::MessagePerceived { .. }
            | E::MemoriesRecalled { .. }
            | E::PromptComposed { .. }
            | E::VariantSelected { .. } => {}
        }
        Ok(())
    }
}
