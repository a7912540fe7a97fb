//! People, conversations and messages.

use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use events::payload;
use projections::conversations as model;

use super::scalars::{Basis, Position};
use super::{Result, app, refuse};

/// A person.
#[derive(SimpleObject)]
pub struct Person {
    id: ID,
    /// The name; null when erased.
    name: Option<String>,
    /// Whether the person owns the install.
    owner: bool,
}

impl From<projections::minds::Person> for Person {
    fn from(p: projections::minds::Person) -> Self {
        Self { id: p.id.to_string().into(), name: p.name, owner: p.owner }
    }
}

/// A companion.
#[derive(SimpleObject)]
pub struct Companion {
    id: ID,
    name: String,
    /// Its character, in words.
    persona: String,
}

impl From<projections::minds::Companion> for Companion {
    fn from(c: projections::minds::Companion) -> Self {
        Self { id: c.id.to_string().into(), name: c.name, persona: c.persona }
    }
}

/// Who is asking, and whom.
#[derive(SimpleObject)]
pub struct Me {
    pub(super) basis: Basis,
    pub(super) person: Person,
    pub(super) companion: Companion,
}

/// Which side spoke.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum Role {
    Person,
    Companion,
}

impl From<payload::Role> for Role {
    fn from(role: payload::Role) -> Self {
        match role {
            payload::Role::Person => Self::Person,
            payload::Role::Companion => Self::Companion,
        }
    }
}

/// How far a reply is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReplyState {
    Completed,
    Interrupted,
    Failed,
}

/// Something that came with a message.
#[derive(SimpleObject)]
pub struct Attachment {
    kind: String,
    caption: String,
    url: Option<String>,
}

/// What the person thought of a reply.
#[derive(SimpleObject)]
pub struct Feedback {
    position: Position,
    /// From -1 to 1; null when erased.
    reward: Option<f64>,
    reason: Option<String>,
    text: Option<String>,
}

/// One message, by a person or by the companion.
#[derive(SimpleObject)]
pub struct Message {
    id: ID,
    conversation: ID,
    role: Role,
    /// The speaker's name, for imports.
    speaker: Option<String>,
    /// The words in their latest form; null when erased.
    text: Option<String>,
    /// What the model thought aloud.
    thinking: Option<String>,
    erased: bool,
    edited: bool,
    occurred_at: String,
    position: Position,
    /// For a reply: the message that it answers.
    reply_to: Option<ID>,
    /// For a message: its replies, oldest first.
    variants: Vec<ID>,
    /// For a message: the reply that counts.
    selected: Option<ID>,
    /// For a reply.
    state: Option<ReplyState>,
    /// For a reply: the run that gave it.
    run: Option<ID>,
    /// For an interrupted reply: why.
    interrupted: Option<String>,
    attachments: Vec<Attachment>,
    feedback: Vec<Feedback>,
}

fn gid(id: impl std::fmt::Display) -> ID {
    id.to_string().into()
}

impl From<model::Message> for Message {
    fn from(m: model::Message) -> Self {
        let state = m.state.map(|s| match s {
            model::ReplyState::Completed => ReplyState::Completed,
            model::ReplyState::Interrupted => ReplyState::Interrupted,
        });
        Self {
            id: gid(m.id),
            conversation: gid(m.conversation),
            role: m.role.into(),
            speaker: m.speaker,
            erased: m.text.is_none(),
            text: m.text,
            thinking: m.thinking,
            edited: m.edited,
            occurred_at: m.occurred_at.to_string(),
            position: m.position.into(),
            reply_to: m.reply_to.map(gid),
            variants: m.variants.into_iter().map(gid).collect(),
            selected: m.selected.map(gid),
            state,
            run: m.run.map(gid),
            interrupted: m.interrupted,
            attachments: m
                .attachments
                .into_iter()
                .map(|a| Attachment { kind: a.kind, caption: a.caption, url: a.url })
                .collect(),
            feedback: m
                .feedback
                .into_iter()
                .map(|f| Feedback {
                    position: f.position.into(),
                    reward: f.feedback.as_ref().map(|f| f.reward),
                    reason: f.feedback.as_ref().and_then(|f| f.reason.clone()),
                    text: f.feedback.and_then(|f| f.text),
                })
                .collect(),
        }
    }
}

/// A conversation.
#[derive(SimpleObject)]
pub struct Conversation {
    id: ID,
    /// Its title, or the beginning of its first message.
    title: Option<String>,
    /// A private conversation never becomes memory.
    private: bool,
    /// `chat`, or the format of an import.
    origin: String,
    started_at: String,
    last_activity: String,
    /// How many messages, replies included.
    messages: u64,
    person: ID,
    companion: ID,
}

impl From<model::Conversation> for Conversation {
    fn from(c: model::Conversation) -> Self {
        Self {
            id: gid(c.id),
            title: c.title,
            private: c.private,
            origin: c.origin,
            started_at: c.started_at.to_string(),
            last_activity: c.last_activity.to_string(),
            messages: c.messages,
            person: gid(c.person),
            companion: gid(c.companion),
        }
    }
}

/// Conversations at a basis.
#[derive(SimpleObject)]
pub struct ConversationPage {
    pub(super) basis: Basis,
    /// The one with the latest message first.
    pub(super) items: Vec<Conversation>,
}

/// The most messages that one page holds.
const MAX_PAGE: u32 = 500;

/// One conversation at a basis.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ConversationView {
    pub(super) basis: Basis,
    pub(super) conversation: Conversation,
    #[graphql(skip)]
    pub(super) at: projections::Basis,
    #[graphql(skip)]
    pub(super) id: events::ConversationId,
}

#[ComplexObject]
impl ConversationView {
    /// Messages, oldest first: the first so many after a position, or (by default) the last so many before one. At most
    /// 500.
    #[graphql(complexity = "first.or(last).unwrap_or(50).clamp(0, 500) as usize * 2 + child_complexity")]
    async fn messages(
        &self,
        context: &Context<'_>,
        after: Option<Position>,
        before: Option<Position>,
        first: Option<i32>,
        last: Option<i32>,
    ) -> Result<Vec<Message>> {
        let app = app(context)?;
        let limit = u32::try_from(first.or(last).unwrap_or(50)).unwrap_or(0).min(MAX_PAGE);
        let page = model::Page {
            after: after.map_or(events::Position::START, |p| p.0),
            before: before.map_or(events::Position::END, |p| p.0),
            newest: first.is_none(),
            limit,
        };
        let found = app.read.conversations().messages(&self.at, app.owner, self.id, page).await;
        Ok(found.map_err(refuse)?.into_iter().map(Message::from).collect())
    }
}

/// One message at a basis.
#[derive(SimpleObject)]
pub struct MessageView {
    pub(super) basis: Basis,
    pub(super) message: Message,
}
