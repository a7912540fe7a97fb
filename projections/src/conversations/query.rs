//! What can be asked about conversations. Every question names the person; another person's things are not found.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use events::log::BoxError;
use events::payload::{Attachment, ConversationEvent as E, Feedback, Role};
use events::{CompanionId, ConversationId, Event, MessageId, PersonId, Position, Recorded, RunId, Timestamp};

use super::{
    ALL_OPEN, CONVERSATION, ConversationRow, ConversationsModel, FEEDBACK, Here, MESSAGE, MessageRow, OPEN, OpenRow,
    RUN, RunRow, SELECTED, STEP, SelectedRow, TEXT, TITLE,
};
use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::{Ports, Slot};
use crate::versions::{Order, Scan, SeenRow, Versions, View};

/// A conversation at a basis.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Whose it is.
    pub person: PersonId,
    /// With whom.
    pub companion: CompanionId,
    /// Whether it stays out of memory.
    pub private: bool,
    /// Where it came from.
    pub origin: String,
    /// Its title, or the beginning of its first message.
    pub title: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When something was last said.
    pub last_activity: Timestamp,
    /// The position of the last message.
    pub last_position: Position,
    /// How many messages, replies included.
    pub messages: u64,
}

/// How far a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyState {
    /// Finished.
    Completed,
    /// Broken off.
    Interrupted,
}

/// What a person thought of a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackGiven {
    /// Where it was recorded.
    pub position: Position,
    /// The verdict; `None` when erased.
    pub feedback: Option<Feedback>,
}

/// A message at a basis.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Who spoke.
    pub role: Role,
    /// The speaker's name, for imports.
    pub speaker: Option<String>,
    /// The words in their latest form; `None` when erased.
    pub text: Option<String>,
    /// The model's thinking.
    pub thinking: Option<String>,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Whether the words were changed.
    pub edited: bool,
    /// When it was said.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Where it was first recorded.
    pub position: Position,
    /// Where its words stand.
    pub text_position: Position,
    /// For a reply: what it answers.
    pub reply_to: Option<MessageId>,
    /// For a reply: the run.
    pub run: Option<RunId>,
    /// For a reply: how far it is.
    pub state: Option<ReplyState>,
    /// For an interrupted reply: why.
    pub interrupted: Option<String>,
    /// For a message: its replies, oldest first.
    pub variants: Vec<MessageId>,
    /// For a message: the reply that counts.
    pub selected: Option<MessageId>,
    /// For a reply: what the person thought.
    pub feedback: Vec<FeedbackGiven>,
}

/// Which messages of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only messages after this position.
    pub after: Position,
    /// Only messages before this position.
    pub before: Position,
    /// Whether the newest are wanted, rather than the oldest.
    pub newest: bool,
    /// The most messages.
    pub limit: u32,
}

impl Page {
    /// The newest messages.
    pub fn newest(limit: u32) -> Self {
        Self { after: Position::START, before: Position::END, newest: true, limit }
    }
}

/// A turn that was begun and not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfinishedTurn {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whose.
    pub person: PersonId,
    /// The message.
    pub message: MessageId,
    /// The run that was going on.
    pub run: Option<RunId>,
    /// Where it was left.
    pub position: Position,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Conversations {
    pub(crate) slot: Arc<Slot<SqlStore<ConversationsModel>>>,
    pub(crate) ports: Ports,
}

fn store(source: BoxError) -> ReadSideError {
    ReadSideError::Store { name: ConversationsModel::NAME, source }
}

fn id<T: From<uuid::Uuid>>(key: &[u8]) -> T {
    T::from(uuid::Uuid::from_slice(key).unwrap_or_default())
}

/// The first words of a text, for a title.
fn beginning(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if words.chars().count() + word.chars().count() > 48 {
            words.push('…');
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().take(48));
    }
    words
}

impl Conversations {
    /// A person's conversations, the one in which something was said last first: an import of old talk is not the latest.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn list(
        &self,
        basis: &Basis,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<Conversation>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let scan = Scan::all(CONVERSATION, person.as_bytes());
        let found: Vec<SeenRow<ConversationRow>> = model.rows.scan(basis, &scan).await.map_err(store)?;
        let mut with_last = Vec::with_capacity(found.len());
        for row in found {
            let last = self.last_message(&model.rows, basis, &row.key).await?;
            with_last.push((last.map_or((row.position, row.value.started_at), |l| l), row));
        }
        with_last.sort_by_key(|((position, said_at), _)| std::cmp::Reverse((*said_at, *position)));
        with_last.truncate(limit as usize);
        let mut list = Vec::with_capacity(with_last.len());
        for (last, row) in with_last {
            list.push(self.filled(&model.rows, basis, row, last).await?);
        }
        Ok(list)
    }

    async fn last_message(
        &self,
        rows: &Versions,
        basis: &Basis,
        key: &[u8],
    ) -> Result<Option<(Position, Timestamp)>, ReadSideError> {
        let newest: Vec<SeenRow<MessageRow>> =
            rows.scan(basis, &Scan::newest(MESSAGE, key, 1)).await.map_err(store)?;
        Ok(newest.first().map(|m| (m.position, m.value.occurred_at)))
    }

    async fn filled(
        &self,
        rows: &Versions,
        basis: &Basis,
        row: SeenRow<ConversationRow>,
        last: (Position, Timestamp),
    ) -> Result<Conversation, ReadSideError> {
        let titled: Option<SeenRow<Here>> = rows.get(basis, TITLE, &row.key).await.map_err(store)?;
        let source = match titled {
            Some(title) => Some(title.position),
            None => {
                let first = Scan { limit: 1, ..Scan::all(MESSAGE, &row.key) };
                let first: Vec<SeenRow<MessageRow>> = rows.scan(basis, &first).await.map_err(store)?;
                first.first().map(|m| m.position)
            }
        };
        let title = match source {
            None => None,
            Some(at) => self.ports.log.at(basis.branch, &[at]).await?.first().and_then(title_of),
        };
        let messages = rows.count(basis, MESSAGE, &row.key).await.map_err(store)?;
        Ok(Conversation {
            id: id(&row.key),
            person: row.value.person,
            companion: row.value.companion,
            private: row.value.private,
            origin: row.value.origin,
            title,
            started_at: row.value.started_at,
            last_activity: last.1,
            last_position: last.0,
            messages,
        })
    }

    /// One conversation.
    ///
    /// # Errors
    /// When it does not exist at the basis or is another person's.
    pub async fn get(
        &self,
        basis: &Basis,
        person: PersonId,
        conversation: ConversationId,
    ) -> Result<Conversation, ReadSideError> {
        let model = self.slot.at(basis)?;
        let key = conversation.as_bytes();
        let found: Option<SeenRow<ConversationRow>> =
            model.rows.get(basis, CONVERSATION, key).await.map_err(store)?;
        let row = found
            .filter(|row| row.value.person == person)
            .ok_or_else(|| ReadSideError::NoConversation(conversation.to_string()))?;
        let last = self.last_message(&model.rows, basis, key).await?;
        let last = last.unwrap_or((row.position, row.value.started_at));
        self.filled(&model.rows, basis, row, last).await
    }

    /// Messages of a conversation, oldest first.
    ///
    /// # Errors
    /// When the conversation does not exist at the basis or is another person's.
    pub async fn messages(
        &self,
        basis: &Basis,
        person: PersonId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Vec<Message>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let key = conversation.as_bytes();
        let owner: Option<SeenRow<ConversationRow>> =
            model.rows.get(basis, CONVERSATION, key).await.map_err(store)?;
        if owner.is_none_or(|row| row.value.person != person) {
            return Err(ReadSideError::NoConversation(conversation.to_string()));
        }
        let scan = Scan {
            kind: MESSAGE,
            parent: key,
            after: page.after.0 as i64,
            before: page.before.0.min(i64::MAX as u64) as i64,
            order: if page.newest { Order::Newest } else { Order::Oldest },
            limit: page.limit,
        };
        let mut found: Vec<SeenRow<MessageRow>> = model.rows.scan(basis, &scan).await.map_err(store)?;
        if page.newest {
            found.reverse();
        }
        self.with_words(&model.rows, basis, found).await
    }

    /// One message.
    ///
    /// # Errors
    /// When it does not exist at the basis or is another person's.
    pub async fn message(
        &self,
        basis: &Basis,
        person: PersonId,
        message: MessageId,
    ) -> Result<Message, ReadSideError> {
        let model = self.slot.at(basis)?;
        let found: Option<SeenRow<MessageRow>> =
            model.rows.get(basis, MESSAGE, message.as_bytes()).await.map_err(store)?;
        let row = found
            .filter(|row| row.value.person == person)
            .ok_or_else(|| ReadSideError::NoMessage(message.to_string()))?;
        let mut all = self.with_words(&model.rows, basis, vec![row]).await?;
        all.pop().ok_or_else(|| ReadSideError::NoMessage(message.to_string()))
    }

    /// What was said in one message, without its replies and verdicts; `None` when it does not exist at the basis or is
    /// another person's. Costs the same however long the conversation is.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn said(
        &self,
        basis: &Basis,
        person: PersonId,
        message: MessageId,
    ) -> Result<Option<Message>, ReadSideError> {
        let ask = |view: &View<'_>| {
            let found: Option<SeenRow<MessageRow>> = view.get(MESSAGE, message.as_bytes())?;
            let Some(row) = found.filter(|row| row.value.person == person) else { return Ok(None) };
            let text: Option<SeenRow<Here>> = view.get(TEXT, &row.key)?;
            let mut message = blank(&row);
            message.text_position = text.map_or(row.position, |t| t.position);
            message.edited = message.text_position != row.position;
            Ok(Some(message))
        };
        let Some(mut said) = self.slot.at(basis)?.rows.look(basis, ask).await.map_err(store)? else {
            return Ok(None);
        };
        for event in self.ports.log.at(basis.branch, &[said.position, said.text_position]).await? {
            put_words(&mut said, &event)?;
        }
        Ok(Some(said))
    }

    /// Whether all of these messages are there: none was forgotten.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn all_there(&self, basis: &Basis, messages: &[MessageId]) -> Result<bool, ReadSideError> {
        let messages = messages.to_vec();
        let ask = move |view: &View<'_>| {
            for message in &messages {
                if view.get::<MessageRow>(MESSAGE, message.as_bytes())?.is_none() {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        self.slot.at(basis)?.rows.study(basis, ask).await.map_err(store)
    }

    /// Fetches the words of messages from the log, all at once.
    async fn with_words(
        &self,
        rows: &Versions,
        basis: &Basis,
        found: Vec<SeenRow<MessageRow>>,
    ) -> Result<Vec<Message>, ReadSideError> {
        let mut messages = rows.study(basis, move |view| filled(view, &found)).await.map_err(store)?;
        let mut places: Vec<Position> = Vec::new();
        for m in &messages {
            places.extend([m.position, m.text_position]);
            places.extend(m.feedback.iter().map(|f| f.position));
        }
        places.sort_unstable();
        places.dedup();
        let events = self.ports.log.at(basis.branch, &places).await?;
        let events: HashMap<Position, &Recorded> = events.iter().map(|e| (e.position(), e)).collect();
        for message in &mut messages {
            for at in [message.position, message.text_position] {
                if let Some(event) = events.get(&at) {
                    put_words(message, event)?;
                }
            }
            for given in &mut message.feedback {
                if let Some(event) = events.get(&given.position) {
                    given.feedback = decoded(event)?.and_then(|e| match e {
                        E::FeedbackGiven { feedback, .. } => Some(feedback),
                        _ => None,
                    });
                }
            }
        }
        Ok(messages)
    }

    /// Which of some replies a person judged.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn judged(&self, basis: &Basis, replies: &[MessageId]) -> Result<HashSet<MessageId>, ReadSideError> {
        let replies = replies.to_vec();
        let ask = move |view: &View<'_>| {
            let mut found = HashSet::new();
            for reply in replies {
                if view.count(FEEDBACK, reply.as_bytes())? > 0 {
                    found.insert(reply);
                }
            }
            Ok(found)
        };
        self.slot.at(basis)?.rows.study(basis, ask).await.map_err(store)
    }

    /// The events that belong to a message's turn, in order.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn steps(&self, basis: &Basis, message: MessageId) -> Result<Vec<Recorded>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let steps = |view: &View<'_>| view.beginning(STEP, message.as_bytes());
        let found: Vec<SeenRow<Here>> = model.rows.look(basis, steps).await.map_err(store)?;
        let places: Vec<Position> = found.iter().map(|s| s.position).collect();
        Ok(self.ports.log.at(basis.branch, &places).await?)
    }

    /// Turns of the basis's own branch that were begun and not ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unfinished(&self, basis: &Basis) -> Result<Vec<UnfinishedTurn>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let fork = basis.lineage.last().filter(|s| s.branch == basis.branch).map(|s| s.after);
        let Some(fork) = fork else { return Ok(vec![]) };
        let scan = Scan { after: fork.0 as i64, ..Scan::all(OPEN, ALL_OPEN) };
        let found: Vec<SeenRow<OpenRow>> = model.rows.scan(basis, &scan).await.map_err(store)?;
        let open = found.into_iter().filter(|row| !row.value.done);
        Ok(open
            .map(|row| UnfinishedTurn {
                conversation: row.value.conversation,
                person: row.value.person,
                message: row.value.message,
                run: row.value.run,
                position: row.position,
            })
            .collect())
    }

    /// The message that a run answers, and whether the run has ended; `None` when it is not known at the basis.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn run(&self, basis: &Basis, run: RunId) -> Result<Option<(MessageId, bool)>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let found: Option<SeenRow<RunRow>> = model.rows.get(basis, RUN, run.as_bytes()).await.map_err(store)?;
        Ok(found.map(|row| (row.value.message, row.value.ended)))
    }
}

fn title_of(event: &Recorded) -> Option<String> {
    match event.event().ok()?? {
        Event::Conversation(E::ConversationStarted { title, .. }) => title,
        Event::Conversation(E::ConversationRenamed { title }) => Some(title),
        Event::Conversation(
            E::MessageReceived { text, .. } | E::MessageImported { text, .. } | E::ReplyCompleted { text, .. },
        ) => Some(beginning(&text)),
        _ => None,
    }
}

fn decoded(event: &Recorded) -> Result<Option<E>, ReadSideError> {
    let payload = event.event().map_err(|e| ReadSideError::decode(ConversationsModel::NAME, event, e))?;
    Ok(match payload {
        Some(Event::Conversation(e)) => Some(e),
        _ => None,
    })
}

/// Messages of one conversation with everything but what only the log knows.
fn filled(view: &View<'_>, found: &[SeenRow<MessageRow>]) -> Result<Vec<Message>, BoxError> {
    // Replies of the conversation, by the message they answer.
    let mut variants: HashMap<MessageId, Vec<MessageId>> = HashMap::new();
    if let (Some(first), true) = (found.first(), found.iter().any(|m| m.value.reply_to.is_none())) {
        let all = Scan::all(MESSAGE, first.value.conversation.as_bytes());
        let later: Vec<SeenRow<MessageRow>> = view.scan(&Scan { after: first.position.0 as i64, ..all })?;
        for reply in later {
            if let Some(to) = reply.value.reply_to {
                variants.entry(to).or_default().push(id(&reply.key));
            }
        }
    }
    let mut messages = Vec::with_capacity(found.len());
    for row in found {
        let mut message = blank(row);
        let text: Option<SeenRow<Here>> = view.get(TEXT, &row.key)?;
        message.text_position = text.map_or(row.position, |t| t.position);
        message.edited = message.text_position != row.position;
        if message.reply_to.is_none() {
            message.variants = variants.remove(&message.id).unwrap_or_default();
            let chosen: Option<SeenRow<SelectedRow>> = view.get(SELECTED, &row.key)?;
            message.selected = chosen.map(|c| c.value.reply).filter(|reply| message.variants.contains(reply));
        } else {
            let given: Vec<SeenRow<Here>> = view.scan(&Scan::all(FEEDBACK, &row.key))?;
            message.feedback = given.iter().map(|g| FeedbackGiven { position: g.position, feedback: None }).collect();
        }
        messages.push(message);
    }
    Ok(messages)
}

fn blank(row: &SeenRow<MessageRow>) -> Message {
    let v = &row.value;
    let state = v.run.map(|_| if v.interrupted.is_some() { ReplyState::Interrupted } else { ReplyState::Completed });
    Message {
        id: id(&row.key),
        conversation: v.conversation,
        role: v.role,
        speaker: None,
        text: None,
        thinking: None,
        attachments: vec![],
        edited: false,
        occurred_at: v.occurred_at,
        recorded_at: v.recorded_at,
        position: row.position,
        text_position: row.position,
        reply_to: v.reply_to,
        run: v.run,
        state,
        interrupted: v.interrupted.clone(),
        variants: vec![],
        selected: None,
        feedback: vec![],
    }
}

fn put_words(message: &mut Message, event: &Recorded) -> Result<(), ReadSideError> {
    match decoded(event)? {
        Some(E::MessageReceived { text, attachments, .. }) => {
            message.text = Some(text);
            message.attachments = attachments;
        }
        Some(E::MessageImported { text, attachments, speaker, .. }) => {
            message.text = Some(text);
            message.attachments = attachments;
            message.speaker = Some(speaker);
        }
        Some(E::MessageEdited { text, .. } | E::ReplyInterrupted { text, .. }) => message.text = Some(text),
        Some(E::ReplyCompleted { text, thinking, .. }) => {
            message.text = Some(text);
            message.thinking = thinking;
        }
        Some(_) => {}
        None => message.text = None,
    }
    Ok(())
}
