//! Events of what a person's talk settled into.

use serde::{Deserialize, Serialize};

use crate::envelope::MadeBy;
use crate::id::{ConversationId, EpisodeId, MessageId};
use crate::time::Timestamp;

/// A stretch of a message's words. Offsets are bytes of its text, on character borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Whose words.
    pub message: MessageId,
    /// The first byte.
    pub from: u32,
    /// The byte after the last.
    pub to: u32,
}

/// What an episode comes down to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Summary {
    /// Sentences that were said, pointed at: what is reworded or forgotten later is so here too.
    Extract {
        /// In the order they were said.
        lines: Vec<Excerpt>,
    },
    /// A model's own words.
    Written {
        /// The words.
        text: String,
    },
}

/// An episode that was gone over again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// Which.
    pub episode: EpisodeId,
    /// Its priority then.
    pub priority: f64,
    /// The chance that it had of being the next one drawn.
    pub propensity: f64,
}

event_enum! {
    /// What happens to a person's memory while the companion sleeps.
    MemoryEvent => Memory {
        /// A stretch of talk became an episode. The turns stay as they were said.
        EpisodeFormed {
            /// Its id.
            episode: EpisodeId,
            /// Where it was said.
            conversation: ConversationId,
            /// Its turns, oldest first. Each turn is part of one episode only.
            messages: Vec<MessageId>,
            /// When the first was said.
            began: Timestamp,
            /// When the last was said.
            ended: Timestamp,
            /// What it comes down to.
            summary: Summary,
            /// How much it matters, in `[0, 1]`.
            salience: f64,
            /// What summed it up.
            by: MadeBy,
        },
        /// Earlier episodes were gone over again, so that they stay at hand.
        EpisodesReplayed {
            /// In the order they were drawn.
            replays: Vec<Replay>,
            /// The seed of the draws.
            seed: u64,
            /// The rule that drew.
            by: MadeBy,
        },
    }
}
