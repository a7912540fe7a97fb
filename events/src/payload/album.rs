//! Events of a person's memory album: what the person chose to keep.
//!
//! An entry points at what was said and never repeats it: the words stay where they were said, and go when those go.

use serde::{Deserialize, Serialize};

use crate::envelope::MadeBy;
use crate::id::{ConversationId, MemoryId, MessageId};

/// What was kept. Offsets count characters (Unicode scalar values) of the words as they stood when it was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Keepsake {
    /// One message.
    Message {
        /// Where it was said.
        conversation: ConversationId,
        /// Which one.
        message: MessageId,
    },
    /// Part of a message.
    Excerpt {
        /// Where it was said.
        conversation: ConversationId,
        /// Of which one.
        message: MessageId,
        /// Its first character.
        from: u32,
        /// The character after its last.
        to: u32,
    },
    /// A whole conversation, as far as it had gone.
    Conversation {
        /// Which one.
        conversation: ConversationId,
    },
}

impl Keepsake {
    /// Where it was said.
    pub fn conversation(&self) -> ConversationId {
        match self {
            Self::Message { conversation, .. }
            | Self::Excerpt { conversation, .. }
            | Self::Conversation { conversation } => *conversation,
        }
    }

    /// The message, when it is one or part of one.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            Self::Message { message, .. } | Self::Excerpt { message, .. } => Some(*message),
            Self::Conversation { .. } => None,
        }
    }
}

/// What it means to the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryType {
    /// Something that is so.
    Fact,
    /// Something understood.
    Insight,
    /// Something lived through.
    #[default]
    Moment,
    /// Something reached.
    Milestone,
    /// Something to live by.
    Wisdom,
}

/// What a kept fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// Who the person is.
    Identity,
    /// What the person likes.
    Preference,
    /// Who matters to the person.
    Relationship,
    /// What holds for a time.
    Temporal,
}

/// What the person says about an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// What it means.
    pub memory_type: MemoryType,
    /// What it is about, when that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact_type: Option<FactType>,
    /// A heading of the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// A note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Tags, each once, in the person's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// How it felt, taken from what was perceived in the words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    /// The strongest emotion, `neutral` when none was found.
    pub label: String,
    /// Pleasantness in `[-1, 1]`.
    pub valence: f64,
    /// Excitement in `[0, 1]`.
    pub arousal: f64,
    /// What perceived it.
    pub by: MadeBy,
}

event_enum! {
    /// What happens in a person's album.
    AlbumEvent => Album {
        /// Something was kept.
        MemoryKept {
            /// The entry's id.
            memory: MemoryId,
            /// What was kept.
            of: Keepsake,
            /// What the person says about it.
            annotation: Annotation,
            /// Whether it is a favourite from the beginning.
            favourite: bool,
            /// How it felt; absent where there was nothing to perceive.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            tone: Option<Tone>,
        },
        /// The person says something else about an entry.
        MemoryAnnotated {
            /// Which one.
            memory: MemoryId,
            /// All that is said from now on.
            annotation: Annotation,
        },
        /// An entry became a favourite, or is none any more.
        MemoryFavoured {
            /// Which one.
            memory: MemoryId,
            /// Whether it is one.
            favourite: bool,
        },
        /// The person came back to an entry.
        MemoryRevisited {
            /// Which one.
            memory: MemoryId,
        },
        /// An entry was taken out of the album. What it pointed at stays.
        MemoryRemoved {
            /// Which one.
            memory: MemoryId,
        },
    }
}
