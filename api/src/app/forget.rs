//! Forgetting one message: what it touches, and that it happens.

use commands::Meta;
use domain::conversation::Command;
use events::payload::Fact;
use events::{Appended, MemoryId, MessageId};
use projections::Basis;
use projections::conversations::Message;

use super::{App, AppError};

/// What goes when a message is forgotten, and what stays.
#[derive(Clone, Debug)]
pub struct Forgetting {
    /// The message.
    pub message: Message,
    /// What was learned from it: goes with it.
    pub facts: Vec<Fact>,
    /// Entries of the album that point at it: their notes stay, its words go.
    pub album: Vec<MemoryId>,
}

impl App {
    /// What forgetting a message would touch.
    ///
    /// # Errors
    /// When there is no such message at the basis, or the read models cannot be read.
    pub async fn would_forget(&self, basis: &Basis, message: MessageId) -> Result<Forgetting, AppError> {
        let found = self.read.conversations().message(basis, self.owner, message).await?;
        let learned = self.read.minds().facts(basis, self.owner, u32::MAX).await?;
        let facts = learned.into_iter().filter(|f| f.message == message).map(|f| f.fact).collect();
        let album = self.read.album().of_message(basis, self.owner, message).await?;
        Ok(Forgetting { message: found, facts, album })
    }

    /// Forgets a message of the owner on a branch.
    ///
    /// # Errors
    /// When there is no such message there, or it is being answered.
    pub async fn forget(&self, branch: Option<&str>, meta: &Meta, message: MessageId) -> Result<Appended, AppError> {
        // A repeated command would not find the message any more.
        if let Some(first) = self.log.outcome(meta.command_id).await? {
            return Ok(Appended { repeated: true, ..first });
        }
        let basis = self.basis(branch, None).await?;
        let conversation = self.read.conversations().message(&basis, self.owner, message).await?.conversation;
        let command = Command::Forget { message };
        Ok(self.turns.bus().conversation(basis.branch, conversation, meta, command).await?)
    }
}
