//! What can happen: one file per aggregate.
//!
//! A stored shape is a contract. To change one, raise its number in [`crate::catalog`], add an upcaster and a
//! golden file; never edit a golden file.

/// Declares an enum of events that is stored as JSON with a `type` tag, and its list of type names.
macro_rules! event_enum {
    (
        $(#[$meta:meta])*
        $name:ident => $wrap:ident {
            $( $(#[$vmeta:meta])* $variant:ident { $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)? } ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type")]
        pub enum $name {
            $( $(#[$vmeta])* $variant { $( $(#[$fmeta])* $field : $ty ),* } ),*
        }

        impl $name {
            /// Every stored type name of this aggregate.
            pub const TYPES: &'static [&'static str] = &[$( stringify!($variant) ),*];

            /// The stored type name.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => stringify!($variant) ),*
                }
            }
        }

        impl From<$name> for crate::payload::Event {
            fn from(event: $name) -> Self {
                crate::payload::Event::$wrap(event)
            }
        }
    };
}

mod account;
mod album;
mod branch;
mod companion;
mod conversation;
mod graph;
mod install;
mod memory;
mod person;

pub use account::{AccessRole, AccountEvent, CredentialKind, DataKind, Purpose, SessionEnd};
pub use album::{AlbumEvent, Annotation, FactType, Keepsake, MemoryType, Tone};
pub use branch::BranchEvent;
pub use companion::CompanionEvent;
pub use conversation::{
    Affect, Attachment, Check, ClassifierUse, ConversationEvent, EmotionScore, Entity, Fact, Feedback, FinishReason,
    InterruptReason, Perception, PromptPart, RecalledItem, Role, Sentiment, SkillCandidate, ThreadAction,
    ThreadChoice, ThreadScore, Usage,
};
pub use graph::{GraphEvent, GraphRelation, GraphTerm, Span};
pub use install::InstallEvent;
pub use memory::{Excerpt, MemoryEvent, Replay, Summary};
pub use person::PersonEvent;

use crate::stream::Category;

/// Any event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Of a person.
    Person(PersonEvent),
    /// Of a companion.
    Companion(CompanionEvent),
    /// Of a conversation.
    Conversation(ConversationEvent),
    /// Of a branch.
    Branch(BranchEvent),
    /// Of a person's album.
    Album(AlbumEvent),
    /// Of what a person's talk settled into.
    Memory(MemoryEvent),
    /// Of a person's graph.
    Graph(GraphEvent),
    /// Of the install itself.
    Install(InstallEvent),
    /// Of a person's account.
    Account(AccountEvent),
}

impl Event {
    /// The category of the streams that hold this event.
    pub fn category(&self) -> Category {
        match self {
            Self::Person(_) => Category::Person,
            Self::Companion(_) => Category::Companion,
            Self::Conversation(_) => Category::Conversation,
            Self::Branch(_) => Category::Branch,
            Self::Album(_) => Category::Album,
            Self::Memory(_) => Category::Memory,
            Self::Graph(_) => Category::Graph,
            Self::Install(_) => Category::Install,
            Self::Account(_) => Category::Account,
        }
    }

    /// The stored type name.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Person(e) => e.type_name(),
            Self::Companion(e) => e.type_name(),
            Self::Conversation(e) => e.type_name(),
            Self::Branch(e) => e.type_name(),
            Self::Album(e) => e.type_name(),
            Self::Memory(e) => e.type_name(),
            Self::Graph(e) => e.type_name(),
            Self::Install(e) => e.type_name(),
            Self::Account(e) => e.type_name(),
        }
    }
}
