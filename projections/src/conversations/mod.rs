//! Conversations: threads, messages, variants, runs, feedback, and the steps of each turn.
//!
//! Rows hold where things are in the log, never the words.

mod query;

use events::log::BoxError;
use events::payload::{ConversationEvent as E, Role};
use events::{
    Category, CompanionId, ConversationId, Event, MessageId, PersonId, Position, Recorded, RunId, Timestamp,
};
use serde::{Deserialize, Serialize};

pub use query::{Conversation, Conversations, FeedbackGiven, Message, Page, ReplyState, UnfinishedTurn};

use crate::sql::Model;
use crate::versions::{Kind, NewRow};

const CONVERSATION: Kind = 1;
const TITLE: Kind = 2;
const MESSAGE: Kind = 3;
const TEXT: Kind = 4;
const RUN: Kind = 5;
const SELECTED: Kind = 6;
const FEEDBACK: Kind = 7;
const STEP: Kind = 8;
/// Everything open, under one parent: a run that began and has not ended, a message that nobody began to answer.
const OPEN: Kind = 9;
const ALL_OPEN: &[u8] = b"open";
/// The parent of rows that have none: they are looked up by their key.
const ROOT: &[u8] = b"";

#[derive(Serialize, Deserialize)]
struct ConversationRow {
    person: PersonId,
    companion: CompanionId,
    private: bool,
    origin: String,
    started_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct MessageRow {
    conversation: ConversationId,
    person: PersonId,
    role: Role,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    imported: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interrupted: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct RunRow {
    message: MessageId,
    ended: bool,
}

#[derive(Serialize, Deserialize)]
struct SelectedRow {
    reply: MessageId,
}

#[derive(Serialize, Deserialize)]
struct OpenRow {
    conversation: ConversationId,
    person: PersonId,
    message: MessageId,
    run: Option<RunId>,
    done: bool,
}

#[derive(Serialize, Deserialize)]
struct Here {}

/// The steps of a message's turn lie beside each other, in the order of the log.
fn step_key(message: &MessageId, at: Position) -> Vec<u8> {
    [&message.as_bytes()[..], &at.0.to_be_bytes()].concat()
}

/// The model.
#[derive(Default)]
pub(crate) struct ConversationsModel;

impl Model for ConversationsModel {
    const NAME: &'static str = "conversations";
    const VERSION: u32 = 3;

    /// A conversation that was erased is still shown as one, its messages in their places without words. What they were
    /// called was in their content, so each is called by the id of its event.
    fn erased(&self, event: &Recorded, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let (h, at) = (&event.header, event.position());
        if h.stream.category != Category::Conversation {
            return Ok(());
        }
        let (conversation, person) = (ConversationId(h.stream.id), PersonId(h.subject.0));
        let role = match h.event_type.as_ref() {
            "ConversationStarted" => {
                let row = ConversationRow {
                    person,
                    companion: CompanionId(uuid::Uuid::nil()),
                    private: false,
                    origin: "erased".to_owned(),
                    started_at: h.occurred_at,
                };
                rows.push(NewRow::new(CONVERSATION, conversation.as_bytes(), at, person.as_bytes(), &row)?);
                return Ok(());
            }
            "MessageReceived" | "MessageImported" => Role::Person,
            "ReplyCompleted" | "ReplyInterrupted" => Role::Companion,
            _ => return Ok(()),
        };
        let row = MessageRow {
            conversation,
            person,
            role,
            occurred_at: h.occurred_at,
            recorded_at: h.recorded_at,
            imported: h.event_type == "MessageImported",
            reply_to: None,
            run: None,
            interrupted: None,
        };
        let id = h.event_id.as_bytes();
        rows.push(NewRow::new(MESSAGE, id, at, conversation.as_bytes(), &row)?);
        rows.push(NewRow::new(TEXT, id, at, conversation.as_bytes(), &Here {})?);
        Ok(())
    }

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let Event::Conversation(payload) = payload else { return Ok(()) };
        let at = event.position();
        let h = &event.header;
        let conversation = ConversationId(h.stream.id);
        let person = PersonId(h.subject.0);
        let parent = conversation.as_bytes();
        let step = |message: &MessageId| NewRow::new(STEP, step_key(message, at), at, ROOT, &Here {});
        let open = |message: &MessageId, run: Option<RunId>, done: bool| {
            let row = OpenRow { conversation, person, message: *message, run, done };
            NewRow::new(OPEN, message.as_bytes(), at, ALL_OPEN, &row)
        };
        let message = |id: &MessageId, role, imported| {
            let row = MessageRow {
                conversation,
                person,
                role,
                occurred_at: h.occurred_at,
                recorded_at: h.recorded_at,
                imported,
                reply_to: None,
                run: None,
                interrupted: None,
            };
            NewRow::new(MESSAGE, id.as_bytes(), at, parent, &row)
        };
        let text = |id: &MessageId| NewRow::new(TEXT, id.as_bytes(), at, parent, &Here {});
        let reply = |id: &MessageId, to: &MessageId, run: &RunId, interrupted: Option<String>| {
            let row = MessageRow {
                conversation,
                person,
                role: Role::Companion,
                occurred_at: h.occurred_at,
                recorded_at: h.recorded_at,
                imported: false,
                reply_to: Some(*to),
                run: Some(*run),
                interrupted,
            };
            NewRow::new(MESSAGE, id.as_bytes(), at, parent, &row)
        };
        match payload {
            E::ConversationStarted { person, companion, private, origin, title } => {
                let row = ConversationRow {
                    person: *person,
                    companion: *companion,
                    private: *private,
                    origin: origin.clone(),
                    started_at: h.occurred_at,
                };
                rows.push(NewRow::new(CONVERSATION, parent, at, person.as_bytes(), &row)?);
                if title.is_some() {
                    rows.push(NewRow::new(TITLE, parent, at, ROOT, &Here {})?);
                }
            }
            E::ConversationRenamed { .. } => rows.push(NewRow::new(TITLE, parent, at, ROOT, &Here {})?),
            E::MessageReceived { message: id, .. } => {
                rows.extend([message(id, Role::Person, false)?, text(id)?, open(id, None, false)?, step(id)?]);
            }
            E::MessageImported { message: id, role, .. } => {
                rows.extend([message(id, *role, true)?, text(id)?, step(id)?]);
            }
            E::MessageEdited { message: id, .. } => rows.extend([text(id)?, step(id)?]),
            E::ReplyStarted { message: id, run, .. } => {
                rows.push(NewRow::new(RUN, run.as_bytes(), at, ROOT, &RunRow { message: *id, ended: false })?);
                rows.extend([open(id, Some(*run), false)?, step(id)?]);
            }
            E::ReplyCompleted { message: id, run, reply: r, .. } => {
                rows.push(NewRow::new(RUN, run.as_bytes(), at, ROOT, &RunRow { message: *id, ended: true })?);
                rows.extend([reply(r, id, run, None)?, text(r)?, open(id, Some(*run), true)?, step(id)?]);
                rows.push(NewRow::new(SELECTED, id.as_bytes(), at, ROOT, &SelectedRow { reply: *r })?);
            }
            E::ReplyInterrupted { message: id, run, reply: r, reason, .. } => {
                let why = serde_json::to_value(reason)?.as_str().map(str::to_owned);
                rows.push(NewRow::new(RUN, run.as_bytes(), at, ROOT, &RunRow { message: *id, ended: true })?);
                rows.extend([reply(r, id, run, why)?, text(r)?, open(id, Some(*run), true)?, step(id)?]);
            }
            E::VariantSelected { message: id, reply } => {
                rows.push(NewRow::new(SELECTED, id.as_bytes(), at, ROOT, &SelectedRow { reply: *reply })?);
                rows.push(step(id)?);
            }
            E::MessageForgotten { message: id, .. } => {
                rows.extend([NewRow::end(MESSAGE, id.as_bytes(), at, parent), open(id, None, true)?]);
            }
            E::FeedbackGiven { reply, .. } => {
                rows.push(NewRow::new(FEEDBACK, at.0.to_be_bytes(), at, reply.as_bytes(), &Here {})?);
                rows.push(step(reply)?);
            }
            E::MessagePerceived { message: id, .. }
            | E::EmotionAppraised { message: id, .. }
            | E::MemoriesRecalled { message: id, .. }
            | E::SkillChosen { message: id, .. }
            | E::PromptComposed { message: id, .. }
            | E::FactsExtracted { message: id, .. } => rows.push(step(id)?),
        }
        Ok(())
    }
}
