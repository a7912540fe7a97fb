//! From events to what memory keeps of them.

use events::payload::{Attachment, ConversationEvent as E, Fact, Role};
use events::{Body, Event, MessageId, Recorded};

use super::entry::Kind;
use crate::error::ReadSideError;

/// Something that an event put into memory, with its words.
pub(super) struct Item {
    pub kind: Kind,
    pub message: MessageId,
    pub about: MessageId,
    pub interrupted: bool,
    pub speaker: Option<String>,
    pub text: String,
    /// What the pictures that came with it show.
    pub captions: String,
    /// What was learned, when it is a fact.
    pub fact: Option<Fact>,
    /// New words for an earlier message, whose pictures stay.
    pub reworded: bool,
}

impl Item {
    /// All that it is found by.
    pub(super) fn words(&self) -> String {
        if self.captions.is_empty() { self.text.clone() } else { format!("{}\n{}", self.text, self.captions) }
    }

    fn new(kind: Kind, message: MessageId, about: MessageId, text: String) -> Self {
        Self {
            kind,
            message,
            about,
            interrupted: false,
            speaker: None,
            text,
            captions: String::new(),
            fact: None,
            reworded: false,
        }
    }
}

/// What the pictures that came with a message show.
pub(super) fn captions(attachments: &[Attachment]) -> String {
    let captions: Vec<&str> = attachments.iter().map(|a| a.caption.trim()).filter(|c| !c.is_empty()).collect();
    captions.join("\n")
}

/// A fact as a sentence of three words.
pub(super) fn sentence(fact: &Fact) -> String {
    format!("{} {} {}", fact.subject, fact.predicate.replace('_', " "), fact.object)
}

/// What an event puts into memory, in order; most events nothing.
pub(super) fn items(name: &'static str, recorded: &Recorded) -> Result<Vec<Item>, ReadSideError> {
    if matches!(recorded.body, Body::Erased) {
        return Ok(vec![]);
    }
    let event = recorded.event().map_err(|e| ReadSideError::decode(name, recorded, e))?;
    let Some(Event::Conversation(event)) = event else { return Ok(vec![]) };
    let none = MessageId(uuid::Uuid::nil());
    Ok(match event {
        E::ConversationStarted { private: true, .. } => vec![Item::new(Kind::Private, none, none, String::new())],
        E::MessageReceived { message, text, attachments } => {
            let item = Item::new(Kind::Person, message, message, text);
            vec![Item { captions: captions(&attachments), ..item }]
        }
        E::MessageImported { message, role, speaker, text, attachments, .. } => {
            let kind = if role == Role::Person { Kind::Person } else { Kind::Companion };
            let item = Item::new(kind, message, message, text);
            vec![Item { speaker: Some(speaker), captions: captions(&attachments), ..item }]
        }
        E::MessageEdited { message, text } => {
            vec![Item { reworded: true, ..Item::new(Kind::Person, message, message, text) }]
        }
        E::ReplyCompleted { message, reply, text, .. } => vec![Item::new(Kind::Companion, reply, message, text)],
        E::ReplyInterrupted { message, reply, text, .. } if !text.trim().is_empty() => {
            vec![Item { interrupted: true, ..Item::new(Kind::Companion, reply, message, text) }]
        }
        E::VariantSelected { message, reply } => vec![Item::new(Kind::Choice, reply, message, String::new())],
        E::FactsExtracted { message, facts, .. } => {
            let item = |fact: Fact| {
                let text = sentence(&fact);
                Item { fact: Some(fact), ..Item::new(Kind::Fact, message, message, text) }
            };
            facts.into_iter().map(item).collect()
        }
        _ => vec![],
    })
}
