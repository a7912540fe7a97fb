//! From events to what memory keeps of them.

use events::payload::{AlbumEvent, Annotation, Attachment, ConversationEvent as E, Fact, Role};
use events::{Body, ConversationId, Event, MemoryId, MessageId, Recorded};

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
    /// Where it was said, when not in the stream of the event.
    pub conversation: Option<ConversationId>,
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
            conversation: None,
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

/// What an annotation is found by.
pub(super) fn words_of(annotation: &Annotation) -> String {
    let parts = annotation.note.iter().chain(&annotation.category).chain(&annotation.tags);
    parts.map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// What the person notes about something kept. Its message is the one that was kept, its slot the entry of the album.
fn noted(event: AlbumEvent) -> Option<Item> {
    let none = MessageId(uuid::Uuid::nil());
    let note = |memory: MemoryId, message, annotation: &Annotation| {
        Item::new(Kind::Note, message, MessageId(memory.0), words_of(annotation))
    };
    match event {
        AlbumEvent::MemoryKept { memory, of, annotation, .. } => {
            let item = note(memory, of.message().unwrap_or(none), &annotation);
            Some(Item { conversation: Some(of.conversation()), ..item })
        }
        AlbumEvent::MemoryAnnotated { memory, annotation } => {
            Some(Item { reworded: true, ..note(memory, none, &annotation) })
        }
        AlbumEvent::MemoryRemoved { memory } => {
            Some(Item::new(Kind::Unkept, none, MessageId(memory.0), String::new()))
        }
        AlbumEvent::MemoryFavoured { .. } | AlbumEvent::MemoryRevisited { .. } => None,
    }
}

/// What an event puts into memory, in order; most events nothing.
pub(super) fn items(name: &'static str, recorded: &Recorded) -> Result<Vec<Item>, ReadSideError> {
    if matches!(recorded.body, Body::Erased) {
        return Ok(vec![]);
    }
    let event = recorded.event().map_err(|e| ReadSideError::decode(name, recorded, e))?;
    let none = MessageId(uuid::Uuid::nil());
    let event = match event {
        Some(Event::Conversation(event)) => event,
        Some(Event::Album(event)) => return Ok(noted(event).into_iter().collect()),
        _ => return Ok(vec![]),
    };
    Ok(match event {
        E::ConversationStarted { private: true, .. } => vec![Item::new(Kind::Private, none, none, String::new())],
        E::MessageReceived { message, text, attachments, .. } => {
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
        E::MessageForgotten { message, reply_to } => {
            vec![Item::new(Kind::Forgotten, message, reply_to.unwrap_or(message), String::new())]
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
