//! Learning facts from what a person says. Never on the path of a reply, never from a private conversation.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::conversation::Command;
use events::payload::{ConversationEvent as E, Role};
use events::{BranchId, ConversationId, Event, EventLog, PersonId, Recorded, StreamId, Version};
use models::extraction::Extractor;
use tokio::sync::Mutex;

use super::{Intent, ReactError, Reactor, Task};
use crate::branches;

/// Extracts facts from each message of a person.
pub struct Learn {
    extractor: Arc<dyn Extractor>,
    parties: Parties,
}

impl Learn {
    /// Learns with this extractor.
    pub fn new(extractor: Arc<dyn Extractor>) -> Self {
        Self { extractor, parties: Parties::default() }
    }
}

/// Per conversation: whose it is, and whether it is private. Never changes after the start.
#[derive(Default)]
pub(super) struct Parties(Mutex<HashMap<ConversationId, (PersonId, bool)>>);

impl Parties {
    pub(super) async fn of(
        &self,
        log: &dyn EventLog,
        branch: BranchId,
        conversation: ConversationId,
    ) -> Result<Option<(PersonId, bool)>, ReactError> {
        let mut known = self.0.lock().await;
        if let Some(found) = known.get(&conversation) {
            return Ok(Some(*found));
        }
        let first = log.read_stream(branch, StreamId::from(conversation), Version(0), 1).await?;
        let Some(recorded) = first.first() else { return Ok(None) };
        let event = recorded.event().map_err(|e| ReactError::Event(recorded.position(), e))?;
        let Some(Event::Conversation(E::ConversationStarted { person, private, .. })) = event else {
            return Ok(None);
        };
        known.insert(conversation, (person, private));
        Ok(Some((person, private)))
    }
}

#[async_trait]
impl Reactor for Learn {
    fn name(&self) -> &'static str {
        "learn"
    }

    async fn react(&self, log: &dyn EventLog, event: &Recorded) -> Result<Vec<Intent>, ReactError> {
        // The type is read from the header first: most events are not ours, and need not be decoded.
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
        let conversation = ConversationId(event.header.stream.id);
        let Some((person, private)) = self.parties.of(log, event.header.branch, conversation).await? else {
            return Ok(vec![]);
        };
        let facts = if private { vec![] } else { self.extractor.extract(&text) };
        if facts.is_empty() {
            return Ok(vec![]);
        }
        let by = self.extractor.identity();
        let task = Task::Conversation(conversation, Command::Learn { message, facts, by });
        Ok(vec![Intent { subject: person, task }])
    }
}
