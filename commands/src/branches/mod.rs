//! Forks of history: made, compared, promoted, put away, and used to ask what today's deciders would have done.

mod diff;
mod promote;
mod redecide;

use events::payload::BranchEvent;
use events::{
    Actor, Append, AppendError, Branch, BranchError, BranchId, Code, CommandId, CompanionId, Entropy, EventLog,
    Expected, NewEvent, Position, ReadError, StreamId, StreamWrite,
};

pub use diff::{Difference, diff};
pub(crate) use promote::is_copy;
pub use promote::{Promoted, promote};
pub(crate) use redecide::is_repeated;
pub use redecide::redecide;

use crate::bus::CommandError;
use crate::ids::derive;

/// Why a fork could not be made, compared or promoted.
#[derive(Debug, thiserror::Error)]
pub enum BranchingError {
    /// The log refused.
    #[error(transparent)]
    Branch(#[from] BranchError),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The log did not take the events.
    #[error("the log did not take the events")]
    Append(#[from] AppendError),
    /// A command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A turn failed.
    #[error(transparent)]
    Turn(#[from] crate::turn::TurnError),
    /// The trunk cannot be promoted.
    #[error("main cannot be promoted: it has no parent")]
    Trunk,
    /// The parent moved on where the branch did.
    #[error("the parent has new events in {streams} stream(s) that the branch wrote to, first in {first}")]
    Conflict {
        /// How many.
        streams: usize,
        /// One of them.
        first: StreamId,
    },
    /// A stored event does not fit this version.
    #[error("event {0} cannot be read")]
    Event(Position, #[source] events::codec::DecodeError),
}

impl BranchingError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Branch(e) => e.code(),
            Self::Read(e) => e.code(),
            Self::Append(e) => e.code(),
            Self::Command(e) => e.code(),
            Self::Turn(e) => e.code(),
            Self::Trunk => Code::TrunkBranch,
            Self::Conflict { .. } => Code::BranchConflict,
            Self::Event(..) => Code::LogDamaged,
        }
    }
}

/// Makes a fork and records on the parent that it was made.
///
/// # Errors
/// When the name is taken, the position is past the head, or the log fails.
pub async fn create(
    log: &dyn EventLog,
    companion: CompanionId,
    actor: Actor,
    name: &str,
    parent: BranchId,
    fork: Position,
) -> Result<Branch, BranchingError> {
    let branch = log.create_branch(name, parent, fork).await?;
    let event = BranchEvent::BranchCreated { branch: branch.id, name: name.to_owned(), fork };
    record(log, companion, actor, parent, branch.id, "created", event).await?;
    Ok(branch)
}

/// Puts a fork away and records that on its parent. Its events stay.
///
/// # Errors
/// When there is no such branch, it is the trunk, or the log fails.
pub async fn drop(
    log: &dyn EventLog,
    companion: CompanionId,
    actor: Actor,
    branch: &Branch,
) -> Result<(), BranchingError> {
    log.close_branch(branch.id).await?;
    let parent = branch.parent.ok_or(BranchingError::Trunk)?;
    let event = BranchEvent::BranchDropped { branch: branch.id };
    record(log, companion, actor, parent, branch.id, "dropped", event).await
}

async fn record(
    log: &dyn EventLog,
    companion: CompanionId,
    actor: Actor,
    on: BranchId,
    branch: BranchId,
    what: &str,
    event: BranchEvent,
) -> Result<(), BranchingError> {
    let command_id = CommandId(derive(StreamId::from(branch).id, &format!("{companion}/{what}")));
    let write =
        StreamWrite { stream: branch.into(), expected: Expected::Any, events: vec![NewEvent::new(event, companion)] };
    let append = Append { command_id, correlation: command_id.into(), actor, branch: on, writes: vec![write] };
    log.append(append).await?;
    Ok(())
}

/// All own events of a branch after a position.
async fn own_events(
    log: &dyn EventLog,
    branch: BranchId,
    after: Position,
) -> Result<Vec<events::Recorded>, BranchingError> {
    let mut found = Vec::new();
    let mut after = after;
    loop {
        let page = log.read(branch, after, events::log::MAX_READ).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.position();
        found.extend(page);
    }
}

/// A command id for repeating an event's command on another branch.
fn repeated(branch: BranchId, event: events::EventId) -> CommandId {
    CommandId(derive(event.0, &format!("on branch {branch}")))
}

/// A fresh id for a command that no client named.
pub fn fresh_command(entropy: &dyn Entropy, clock: &dyn events::Clock) -> CommandId {
    CommandId(entropy.uuid_v7(clock.now()))
}
