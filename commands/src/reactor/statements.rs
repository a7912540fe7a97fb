//! Reading what a person's messages say of people, places and things. Never on the path of a reply, never from a private
//! conversation.

use std::sync::Arc;

use async_trait::async_trait;
use domain::graph::Command;
use events::payload::{ConversationEvent as E, Role};
use events::{BranchId, ConversationId, Event, EventLog, ReadError, Recorded, StreamId, Version};
use models::graph::{CONTEXT, Input, StatementExtractor};

use super::learn::Parties;
use super::{Intent, ReactError, Reactor, Task};
use crate::branches;

/// Events that are looked back over for what was said before: a turn has about ten.
const LOOK_BACK: u32 = 48;

/// Records what each message of a person says, in the person's graph.
pub struct Statements {
    extractor: Arc<dyn StatementExtractor>,
    parties: Parties,
}

impl Statements {
    /// Reads with this extractor.
    pub fn new(extractor: Arc<dyn StatementExtractor>) -> Self {
        Self { extractor, parties: Parties::default() }
    }
}

/// What was said in a conversation before an event of it, oldest first: enough for what a pronoun means.
pub(crate) async fn before(
    log: &dyn EventLog,
    branch: BranchId,
    stream: StreamId,
    version: Version,
) -> Result<Vec<String>, ReadError> {
    let after = version.0.saturating_sub(u64::from(LOOK_BACK));
    let limit = u32::try_from(version.0.saturating_sub(1).saturating_sub(after)).unwrap_or(LOOK_BACK);
    let page = if limit == 0 { vec![] } else { log.read_stream(branch, stream, Version(after), limit).await? };
    let mut texts: Vec<String> = Vec::new();
    for event in page {
        // An event that does not fit this version is told where it is read for itself.
        if let Ok(Some(Event::Conversation(
            E::MessageReceived { text, .. } | E::MessageImported { text, .. } | E::ReplyCompleted { text, .. },
        ))) = event.event()
        {
            texts.push(text);
        }
    }
    let surplus = texts.len().saturating_sub(CONTEXT);
    texts.drain(..surplus);
    Ok(texts)
}

#[async_trait]
impl Reactor for Statements {
    fn name(&self) -> &'static str {
        "statements"
    }

    async fn react(&self, log: &dyn EventLog, event: &Recorded) -> Result<Vec<Intent>, ReactError> {
        let ours = matches!(&*event.header.event_type, "MessageReceived" | "MessageImported" | "MessageEdited");
        if !ours || branches::is_copy(&event.header) || branches::is_repeated(&event.header) {
            return Ok(vec![]);
        }
        let payload = event.event().map_err(|e| ReactError::Event(event.position(), e))?;
        let (message, text) = match payload {
            Some(Event::Conversation(
                E::MessageReceived { message, text, .. }
                | E::MessageImported { message, text, role: Role::Person, .. }
                | E::MessageEdited { message, text },
            )) => (message, text),
            _ => return Ok(vec![]), // Erased, or the other side of an import.
        };
        let header = &event.header;
        let conversation = ConversationId(header.stream.id);
        let party = self.parties.of(log, header.branch, conversation).await?;
        let Some((person, false)) = party else { return Ok(vec![]) };
        let before = before(log, header.branch, header.stream, header.version).await?;
        let said_at = header.occurred_at;
        let found = self.extractor.extract(&Input { text: &text, said_at, before: &before });
        // One that says nothing is told too: it may have said something before it was reworded.
        let command = Command::Record {
            message,
            conversation,
            said_at,
            entities: found.entities,
            relations: found.relations,
            by: self.extractor.identity(),
        };
        Ok(vec![Intent { subject: person, task: Task::Graph(command) }])
    }
}
