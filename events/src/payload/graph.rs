//! Events of a person's knowledge graph.
//!
//! A graph is what a person said about people, places and things, and how these relate. An extraction belongs to one
//! message; the newest one of a message counts. Merges, splits and corrections are events of their own, so that each can
//! be undone and none rewrites the past.

use serde::{Deserialize, Serialize};

use crate::envelope::MadeBy;
use crate::id::{ConversationId, MessageId};
use crate::time::Timestamp;

/// Somebody or something as it is named in a statement. The speaker is `you`; one without a name is named by the way
/// there, such as `your sister` or `Anna's husband`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GraphTerm {
    /// One of [`crate::vocabulary::KINDS`].
    pub kind: String,
    /// The name.
    pub name: String,
}

/// A stretch of a message, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// One thing that a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphRelation {
    /// About whom.
    pub subject: GraphTerm,
    /// One of [`crate::vocabulary::PREDICATES`].
    pub predicate: String,
    /// Whom or what.
    pub object: GraphTerm,
    /// Whether it holds; `false` says that it came to an end.
    pub holds: bool,
    /// Since when, where the sentence says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when, where the sentence says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// In `[0, 1]`.
    pub confidence: f64,
    /// The sentence in the message.
    pub sentence: Span,
}

event_enum! {
    /// What happens to a person's graph.
    GraphEvent => Graph {
        /// A message was read for what it says. Replaces what was read from the same message before.
        StatementsExtracted {
            /// The message.
            message: MessageId,
            /// Its conversation.
            conversation: ConversationId,
            /// When it was said.
            said_at: Timestamp,
            /// Whom and what it names.
            entities: Vec<GraphTerm>,
            /// What it says of them.
            relations: Vec<GraphRelation>,
            /// By what.
            by: MadeBy,
        },
        /// What a message said counts no more.
        StatementsWithdrawn {
            /// The message.
            message: MessageId,
        },
        /// Two names mean the same.
        EntitiesMerged {
            /// This one is from now on the other.
            from: GraphTerm,
            /// The other.
            into: GraphTerm,
            /// Why, in words.
            reason: String,
        },
        /// Two names that were taken for the same are not: undoes a merge, or a rule that saw one in the other.
        EntitiesSplit {
            /// This one stands for itself again.
            from: GraphTerm,
            /// What it was taken for.
            into: GraphTerm,
        },
        /// The person says how it is. Outranks whatever was said before.
        RelationCorrected {
            /// About whom.
            subject: GraphTerm,
            /// One of [`crate::vocabulary::PREDICATES`].
            predicate: String,
            /// Whom or what.
            object: GraphTerm,
            /// `false`: it is not so and never was.
            holds: bool,
            /// Since when, if known.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            valid_from: Option<Timestamp>,
            /// Until when, if it ended.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            valid_until: Option<Timestamp>,
        },
        /// A correction counts no more.
        CorrectionWithdrawn {
            /// About whom it was.
            subject: GraphTerm,
            /// One of [`crate::vocabulary::PREDICATES`].
            predicate: String,
            /// Whom or what it named.
            object: GraphTerm,
        },
    }
}
