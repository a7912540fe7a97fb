//! What follows from events: a reactor sees each event of a branch, in order, and gives intents.
//!
//! A reaction happens once per (reactor, branch, position): its command id is derived from these three, so a reactor that
//! meets an event again after a crash changes nothing. Reactors never run while a read model is rebuilt.

mod learn;
mod statements;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{conversation, graph};
use events::{Actor, BranchId, CommandId, ConversationId, EventLog, PersonId, Position, ReadError, Recorded};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use learn::Learn;
pub use statements::Statements;
pub(crate) use statements::before;

use crate::bus::{Bus, CommandError};
use crate::ids::derive;
use crate::meta::Meta;
use crate::ports::Checkpoints;

/// Events read at once.
const PAGE: u32 = 512;

/// Something to be done because of an event.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Whose content it is.
    pub subject: PersonId,
    /// What.
    pub task: Task,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Task {
    /// In a conversation.
    Conversation(ConversationId, conversation::Command),
    /// In the subject's graph.
    Graph(graph::Command),
}

/// Why a reaction failed.
#[derive(Debug, thiserror::Error)]
pub enum ReactError {
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The command had no outcome.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// An event does not fit this version.
    #[error("event {0} cannot be read")]
    Event(Position, #[source] events::codec::DecodeError),
}

/// Event in, intents out.
#[async_trait]
pub trait Reactor: Send + Sync {
    /// A stable name, part of every command id.
    fn name(&self) -> &'static str;

    /// What follows from an event.
    ///
    /// # Errors
    /// When the log cannot be read or the event does not fit.
    async fn react(&self, log: &dyn EventLog, event: &Recorded) -> Result<Vec<Intent>, ReactError>;
}

/// Runs one reactor along one branch.
pub struct Runner {
    reactor: Arc<dyn Reactor>,
    bus: Bus,
    checkpoints: Arc<dyn Checkpoints>,
    branch: BranchId,
    fork: Position,
    done: watch::Sender<Position>,
}

impl Runner {
    /// A runner that has not begun. It reacts to the branch's own events, those after `fork`: what its parent's events
    /// led to has happened there.
    pub fn new(
        reactor: Arc<dyn Reactor>,
        bus: Bus,
        checkpoints: Arc<dyn Checkpoints>,
        branch: BranchId,
        fork: Position,
    ) -> Self {
        Self { reactor, bus, checkpoints, branch, fork, done: watch::Sender::new(fork) }
    }

    /// How far it is.
    pub fn progress(&self) -> watch::Receiver<Position> {
        self.done.subscribe()
    }

    /// Follows the branch until told to stop. An event that cannot be reacted to is logged and passed over, so that
    /// one bad event does not end all learning.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ReactError> {
        let log = self.bus.log().clone();
        let mut head = log.head(self.branch).await?;
        let mut after = self.checkpoints.load(self.reactor.name(), self.branch).await.max(self.fork);
        loop {
            self.done.send_replace(after);
            let page = log.read(self.branch, after, PAGE).await?;
            for event in &page {
                if let Err(error) = self.one(&*log, event).await {
                    tracing::error!(reactor = self.reactor.name(), position = %event.position(), %error, "no reaction");
                }
                after = event.position();
            }
            if !page.is_empty() {
                self.checkpoints.save(self.reactor.name(), self.branch, after).await;
                if stop.is_cancelled() {
                    return Ok(());
                }
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                moved = head.wait_for(|head| *head > after) => if moved.is_err() { return Ok(()) },
            }
        }
    }

    async fn one(&self, log: &dyn EventLog, event: &Recorded) -> Result<(), ReactError> {
        let intents = self.reactor.react(log, event).await?;
        for (n, intent) in intents.into_iter().enumerate() {
            let place = format!("{}/{}/{}/{n}", self.reactor.name(), self.branch, event.position());
            let meta = Meta {
                correlation: event.header.correlation,
                causation: Some(event.header.event_id),
                // What follows from words said long ago, in an import, belongs to that time and not to the day of it.
                occurred_at: Some(event.header.occurred_at),
                ..Meta::new(CommandId(derive(Uuid::NAMESPACE_OID, &place)), Actor::System, intent.subject)
            };
            match intent.task {
                Task::Conversation(id, command) => self.bus.conversation(self.branch, id, &meta, command).await?,
                Task::Graph(command) => self.bus.graph(self.branch, intent.subject, &meta, command).await?,
            };
        }
        Ok(())
    }
}
