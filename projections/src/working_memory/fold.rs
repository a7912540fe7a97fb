//! From entries, newest first, to turns.

use std::collections::HashMap;

use events::payload::ConversationEvent as E;
use events::payload::Role;
use events::{Event, MessageId, Position, Recorded};

use super::{Kept, Turn};

/// What working memory keeps of an event; `None` for most.
pub(super) fn kept(recorded: &Recorded, event: Option<Event>) -> Option<Kept> {
    let Some(Event::Conversation(event)) = event else { return None };
    let at = recorded.header.occurred_at;
    Some(match event {
        E::MessageReceived { message, text, .. } => {
            Kept::Said { message, role: Role::Person, text, at, reply_to: None, interrupted: false }
        }
        E::MessageImported { message, role, text, .. } => {
            Kept::Said { message, role, text, at, reply_to: None, interrupted: false }
        }
        E::ReplyCompleted { message, reply, text, .. } => Kept::Said {
            message: reply,
            role: Role::Companion,
            text,
            at,
            reply_to: Some(message),
            interrupted: false,
        },
        E::ReplyInterrupted { message, reply, text, .. } if !text.is_empty() => {
            Kept::Said { message: reply, role: Role::Companion, text, at, reply_to: Some(message), interrupted: true }
        }
        E::MessageEdited { message, text } => Kept::Reworded { message, text },
        E::VariantSelected { message, reply } => Kept::Selected { message, reply },
        _ => return None,
    })
}

/// Collects turns from entries that come newest first.
#[derive(Default)]
pub(super) struct Fold {
    reworded: HashMap<MessageId, (Position, String)>,
    selected: HashMap<MessageId, MessageId>,
    pub(super) turns: Vec<Turn>,
}

impl Fold {
    pub(super) fn add(&mut self, position: Position, kept: Kept) {
        match kept {
            Kept::Reworded { message, text } => {
                self.reworded.entry(message).or_insert((position, text));
            }
            Kept::Selected { message, reply } => {
                self.selected.entry(message).or_insert(reply);
            }
            Kept::Said { message, role, text, at, reply_to, interrupted } => {
                if let Some(to) = reply_to {
                    // A broken-off reply counts only when it was chosen; a finished one counts when nothing newer does.
                    let counts = match self.selected.get(&to) {
                        Some(reply) => *reply == message,
                        None => true,
                    };
                    if !counts {
                        return;
                    }
                    if !interrupted {
                        self.selected.insert(to, message);
                    }
                }
                let (source, text) = self.reworded.remove(&message).unwrap_or((position, text));
                self.turns.push(Turn { message, role, text, at, position, source });
            }
        }
    }
}
