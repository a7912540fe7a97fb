//! From entries, newest first, to turns.

use std::collections::{HashMap, HashSet};

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
        E::MessageForgotten { message, .. } => Kept::Forgotten { message },
        _ => return None,
    })
}

/// Collects turns from entries that come newest first.
///
/// Of several replies to a message the one that was chosen or finished last counts. Without such a one the newest that
/// broke off counts, and whether there is none is known only at the message itself.
#[derive(Default)]
pub(super) struct Fold {
    reworded: HashMap<MessageId, (Position, String)>,
    counts: HashMap<MessageId, MessageId>,
    /// Per message the broken-off reply that counts unless an older one does.
    pending: HashMap<MessageId, MessageId>,
    turns: Vec<Turn>,
    forgotten: HashSet<MessageId>,
}

impl Fold {
    pub(super) fn add(&mut self, position: Position, kept: Kept) {
        match kept {
            Kept::Reworded { message, text } => {
                self.reworded.entry(message).or_insert((position, text));
            }
            Kept::Forgotten { message } => {
                self.forgotten.insert(message);
            }
            // Of the replies that are left the newest counts.
            Kept::Selected { reply, .. } if self.forgotten.contains(&reply) => {}
            Kept::Said { message, .. } if self.forgotten.contains(&message) => {
                self.pending.remove(&message);
            }
            Kept::Selected { message, reply } => self.counts_for(message, reply),
            Kept::Said { message, role, text, at, reply_to, interrupted } => {
                if let Some(to) = reply_to {
                    if !interrupted {
                        self.counts_for(to, message);
                    }
                    match self.counts.get(&to) {
                        Some(reply) if *reply != message => return,
                        Some(_) => {}
                        None if self.pending.contains_key(&to) => return,
                        None => {
                            self.pending.insert(to, message);
                        }
                    }
                } else {
                    self.pending.remove(&message);
                }
                let (source, text) = self.reworded.remove(&message).unwrap_or((position, text));
                self.turns.push(Turn { message, role, text, at, position, source });
            }
        }
    }

    /// The newest word on which reply counts is met first.
    fn counts_for(&mut self, message: MessageId, reply: MessageId) {
        let chosen = *self.counts.entry(message).or_insert(reply);
        if let Some(broken) = self.pending.remove(&message).filter(|broken| *broken != chosen) {
            self.turns.retain(|turn| turn.message != broken);
        }
    }

    /// Whether older entries can no longer change the newest so many turns.
    pub(super) fn settled(&self, limit: usize) -> bool {
        self.turns.len() >= limit && self.pending.is_empty()
    }

    /// The newest so many turns, newest first.
    pub(super) fn newest(mut self, limit: usize) -> Vec<Turn> {
        self.turns.truncate(limit);
        self.turns
    }
}
