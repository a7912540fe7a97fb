//! The newest turns of each conversation, in microseconds: sealed values in LMDB, for thirty days.
//!
//! Keys are conversation, branch and inverted position, so that reading forwards is reading newest first. Values are
//! sealed under the subject's own data key, with a nonce derived from the event, so that a rebuild gives the same bytes.
//! Expiry follows event time, never a clock: an entry is seen at a basis when it was recorded less than thirty days before
//! the basis. Expired entries are removed when later events are applied; a basis before such a removal is answered from
//! the log, so the past stays exact.

mod fold;
mod store;

use std::sync::Arc;

use events::payload::Role;
use events::{ConversationId, MessageId, Position, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use store::HeedStore;

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::store::Slot;

/// How long a turn stays in working memory: the original's 2,592,000 s.
pub const LIFETIME_SECONDS: i64 = 2_592_000;

/// What working memory keeps of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kept {
    /// Something was said.
    Said {
        message: MessageId,
        role: Role,
        text: String,
        at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        interrupted: bool,
    },
    /// A message was reworded.
    Reworded { message: MessageId, text: String },
    /// Of several replies this one counts.
    Selected { message: MessageId, reply: MessageId },
    /// A message was forgotten.
    Forgotten { message: MessageId },
}

/// One turn in working memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The message.
    pub message: MessageId,
    /// Who spoke.
    pub role: Role,
    /// The words, in their latest form.
    pub text: String,
    /// When it was said.
    pub at: Timestamp,
    /// Where it was recorded.
    pub position: Position,
    /// Where its words stand.
    pub source: Position,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct WorkingMemory {
    pub(crate) slot: Arc<Slot<HeedStore>>,
}

impl WorkingMemory {
    /// The newest turns of a conversation at a basis, newest first. Of several replies the one that counts is given.
    ///
    /// # Errors
    /// When the store or the log cannot be read.
    pub async fn recent(
        &self,
        basis: &Basis,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Vec<Turn>, ReadSideError> {
        self.slot.at(basis)?.recent(basis, conversation, limit).await
    }

    /// How many entries lie in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entries(&self) -> Result<u64, ReadSideError> {
        self.slot.get().entries()
    }
}
