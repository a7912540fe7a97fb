//! The command bus: load, decide, append; retry on a conflict; once per command id.

use std::sync::Arc;

use cqrs_es::{AggregateError, CqrsFramework};
use domain::{Account, Album, Companion, Conversation, DecideContext, Decider, Graph, Memory, Person};
use events::{Append, AppendError, Appended, BranchId, Clock, Code, Entropy, EventId, EventLog, Position, ReadError};
use uuid::Uuid;

use crate::es::Es;
use crate::meta::Meta;
use crate::repository::LogRepository;
use crate::store::{LogStore, Warm};

/// How often a command is decided anew because somebody else wrote to the stream first.
const MAX_ATTEMPTS: usize = 16;

/// Why a command had no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The state of things does not allow it.
    #[error("{message}")]
    Rejected {
        /// The stable code.
        code: Code,
        /// Why, in words.
        message: String,
    },
    /// Others kept writing to the same stream.
    #[error("the stream kept moving: gave up after {MAX_ATTEMPTS} attempts")]
    Contended,
    /// The log did not take it.
    #[error("the log did not take the command")]
    Append(#[source] AppendError),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[source] ReadError),
    /// A stored event does not fit this version.
    #[error("a stored event cannot be used: {0}")]
    Stored(String),
}

impl CommandError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Rejected { code, .. } => *code,
            Self::Contended => Code::LogWrongVersion,
            Self::Append(e) => e.code(),
            Self::Read(e) => e.code(),
            Self::Stored(_) => Code::LogDamaged,
        }
    }
}

/// Rejections that have a stable code.
pub trait Coded {
    /// The stable code.
    fn code(&self) -> Code;
}

impl Coded for domain::person::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::companion::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::album::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::memory::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::conversation::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::account::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

impl Coded for domain::graph::Rejection {
    fn code(&self) -> Code {
        self.code()
    }
}

/// Runs commands against the log.
#[derive(Clone)]
pub struct Bus {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    people: Arc<Warm<Person>>,
    companions: Arc<Warm<Companion>>,
    conversations: Arc<Warm<Conversation>>,
    albums: Arc<Warm<Album>>,
    memories: Arc<Warm<Memory>>,
    graphs: Arc<Warm<Graph>>,
    accounts: Arc<Warm<Account>>,
}

impl Bus {
    /// A bus over a log.
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            log,
            clock,
            entropy,
            people: Arc::default(),
            companions: Arc::default(),
            conversations: Arc::default(),
            albums: Arc::default(),
            memories: Arc::default(),
            graphs: Arc::default(),
            accounts: Arc::default(),
        }
    }

    /// The log under the bus.
    pub fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    /// Commands a person's record.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn person(
        &self,
        branch: BranchId,
        id: events::PersonId,
        meta: &Meta,
        command: domain::person::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.people, branch, id.0, meta, command).await
    }

    /// Commands a companion.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn companion(
        &self,
        branch: BranchId,
        id: events::CompanionId,
        meta: &Meta,
        command: domain::companion::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.companions, branch, id.0, meta, command).await
    }

    /// Commands a conversation.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn conversation(
        &self,
        branch: BranchId,
        id: events::ConversationId,
        meta: &Meta,
        command: domain::conversation::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.conversations, branch, id.0, meta, command).await
    }

    /// Commands a person's album.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn album(
        &self,
        branch: BranchId,
        of: events::PersonId,
        meta: &Meta,
        command: domain::album::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.albums, branch, of.0, meta, command).await
    }

    /// Commands a person's memory.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn memory(
        &self,
        branch: BranchId,
        id: events::PersonId,
        meta: &Meta,
        command: domain::memory::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.memories, branch, id.0, meta, command).await
    }

    /// Commands a person's graph.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn graph(
        &self,
        branch: BranchId,
        person: events::PersonId,
        meta: &Meta,
        command: domain::graph::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.graphs, branch, person.0, meta, command).await
    }

    /// Commands a person's account. Accounts have no branches: who may do what is the same whatever past is looked at.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn account(
        &self,
        of: events::PersonId,
        meta: &Meta,
        command: domain::account::Command,
    ) -> Result<Appended, CommandError> {
        self.run(&self.accounts, BranchId::MAIN, of.0, meta, command).await
    }

    /// The id of the event at a position.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn event_id(&self, branch: BranchId, position: Position) -> Result<Option<EventId>, CommandError> {
        let found = self.log.at(branch, &[position]).await.map_err(CommandError::Read)?;
        Ok(found.first().map(|event| event.header.event_id))
    }

    async fn run<D>(
        &self,
        warm: &Arc<Warm<D>>,
        branch: BranchId,
        id: Uuid,
        meta: &Meta,
        command: D::Command,
    ) -> Result<Appended, CommandError>
    where
        D: Decider,
        D::Rejection: Coded,
    {
        let repository = LogRepository::new(self.log.clone(), branch, self.clock.clone(), self.entropy.clone());
        let store = LogStore::<D> { repository, branch, warm: warm.clone() };
        let framework = CqrsFramework::<Es<D>, _>::new(store, vec![], ());
        let context = DecideContext { id, now: self.clock.now() };
        for _ in 0..MAX_ATTEMPTS {
            if let Some(first) = self.log.outcome(meta.command_id).await.map_err(CommandError::Read)? {
                return Ok(Appended { repeated: true, ..first });
            }
            let command = (command.clone(), context);
            match framework.execute_with_metadata(&id.to_string(), command, meta.to_map()).await {
                Ok(()) => return self.outcome(branch, meta).await,
                Err(AggregateError::AggregateConflict) => {}
                Err(error) => return Err(translate(error)),
            }
        }
        Err(CommandError::Contended)
    }

    /// The outcome that the log remembers; a command without events is remembered now.
    async fn outcome(&self, branch: BranchId, meta: &Meta) -> Result<Appended, CommandError> {
        if let Some(done) = self.log.outcome(meta.command_id).await.map_err(CommandError::Read)? {
            return Ok(Appended { repeated: false, ..done });
        }
        let nothing = Append {
            command_id: meta.command_id,
            correlation: meta.correlation,
            actor: meta.actor,
            branch,
            writes: vec![],
        };
        self.log.append(nothing).await.map_err(CommandError::Append)
    }
}

fn translate<E: Coded + std::error::Error>(error: AggregateError<E>) -> CommandError {
    match error {
        AggregateError::UserError(rejection) => {
            CommandError::Rejected { code: rejection.code(), message: rejection.to_string() }
        }
        AggregateError::AggregateConflict => CommandError::Contended,
        AggregateError::DatabaseConnectionError(e) | AggregateError::UnexpectedError(e) => {
            match e.downcast::<AppendError>() {
                Ok(append) => CommandError::Append(*append),
                Err(e) => match e.downcast::<ReadError>() {
                    Ok(read) => CommandError::Read(*read),
                    Err(e) => CommandError::Stored(e.to_string()),
                },
            }
        }
        AggregateError::DeserializationError(e) => CommandError::Stored(e.to_string()),
    }
}
