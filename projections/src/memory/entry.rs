//! What the index keeps of something that was said or learned: everything but the words.

use events::{BranchId, ConversationId, MessageId, Position, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::basis::Basis;

/// Where something stands in the log. Several facts of one event are told apart by `part`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub branch: BranchId,
    pub position: Position,
    pub part: u16,
}

impl Place {
    /// Whether it is part of the history that leads to a basis.
    pub(crate) fn seen_from(&self, basis: &Basis) -> bool {
        let Self { branch, position, .. } = *self;
        basis.lineage.iter().any(|s| s.branch == branch && s.after < position && position <= s.through)
    }
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Said by the person.
    Person,
    /// Said by the companion, or by whoever the person talked to.
    Companion,
    /// Learned from a message.
    Fact,
    /// Not something to find: of several replies to a message this one counts from here on.
    Choice,
    /// Not something to find: this conversation stays out of memory.
    Private,
    /// What the person noted about something kept in the album.
    Note,
    /// Not something to find: this was taken out of the album.
    Unkept,
    /// Not something to find: this message was forgotten, and what was learned from it.
    Forgotten,
}

/// What an entry is a version of: of the entries of one slot at most one is seen from a basis.
pub(crate) type Slot = (Uuid, bool);

/// One thing in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub place: Place,
    pub kind: Kind,
    pub conversation: ConversationId,
    pub message: MessageId,
    /// The message itself; for a reply, the message it answers; for a note, the entry of the album.
    pub about: MessageId,
    /// A reply that broke off counts only while there is no whole one.
    pub interrupted: bool,
    /// When it was said.
    pub at: Timestamp,
    /// The speaker's name, where the words came from outside.
    pub speaker: Option<Box<str>>,
    /// What was said before it in the same conversation.
    pub before: Option<Place>,
    /// The first turn of its session.
    pub session: Place,
    /// Number of its terms.
    pub length: u32,
    /// What its words show, as a set of [`super::rank::cues`] bits.
    pub cues: u16,
    /// Index of the language of the text; 255 for none.
    pub language: u8,
}

impl Entry {
    /// Whether it can be found at all.
    pub(crate) fn findable(&self) -> bool {
        match self.kind {
            Kind::Person | Kind::Companion | Kind::Fact => true,
            // Something can be kept without a word about it.
            Kind::Note => self.length > 0,
            Kind::Choice | Kind::Private | Kind::Unkept | Kind::Forgotten => false,
        }
    }

    /// What it is a version of; facts are never replaced by another event of the same message.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match self.kind {
            Kind::Person | Kind::Note | Kind::Unkept => Some((self.about.0, false)),
            Kind::Companion | Kind::Choice => Some((self.about.0, true)),
            // An answer is about the message that it answers.
            Kind::Forgotten => Some((self.about.0, self.about != self.message)),
            Kind::Fact | Kind::Private => None,
        }
    }
}
