//! What a turn asks of the read side. `api` and `cli` wire these to projections; tests give small ones.

use async_trait::async_trait;
use domain::context;
use domain::memory::replay;
use domain::prompt::{HistoryLine, Sourced};
use domain::skills::Posterior;
use events::payload::{Affect, Perception, Purpose};
use events::{BranchId, Code, CompanionId, ConversationId, MadeBy, MessageId, PersonId, Position, Timestamp};
use models::summary::TalkLine;

/// Which turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnKey {
    /// On which line of history.
    pub branch: BranchId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whose message.
    pub person: PersonId,
    /// The message to answer.
    pub message: MessageId,
    /// What the read side must have seen before it answers.
    pub position: Position,
}

/// A failure of the read side, already in words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// The stable code.
    pub code: Code,
    /// What happened.
    pub message: String,
}

impl PortError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }
}

/// How things stand when a message is to be answered.
#[derive(Clone, Debug)]
pub struct Situation {
    /// Who answers.
    pub companion: CompanionId,
    /// The companion's name.
    pub companion_name: Sourced,
    /// The companion's character.
    pub persona: Sourced,
    /// The person's name.
    pub person_name: Sourced,
    /// The words of the message, in their latest form.
    pub text: Sourced,
    /// When it was said.
    pub said_at: Timestamp,
    /// Whether an earlier run has perceived and appraised it: then its perception.
    pub perceived: Option<Perception>,
    /// The word for the companion's feeling, when it was appraised for this message already.
    pub mood_label: Option<String>,
    /// The companion's feeling towards the person, and since when; `None` before the first appraisal.
    pub affect: Option<(Affect, Timestamp)>,
    /// Whether the conversation stays out of memory.
    pub private: bool,
    /// Earlier messages of the conversation, oldest first, the message itself left out.
    pub history: Vec<HistoryLine>,
}

/// A turn that was begun and not ended, as found at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTurn {
    /// Which.
    pub key: TurnKey,
    /// The run that was going on; `None` when no model was asked yet.
    pub run: Option<events::RunId>,
}

/// The companion's state of mind.
#[async_trait]
pub trait Mind: Send + Sync {
    /// How things stand at a turn.
    ///
    /// # Errors
    /// When the message is not the person's, or the read side is behind or broken.
    async fn situation(&self, key: &TurnKey) -> Result<Situation, PortError>;

    /// What was learned about each skill in a context.
    ///
    /// # Errors
    /// When the read side is behind or broken.
    async fn posteriors(&self, key: &TurnKey, context: &str) -> Result<Vec<Posterior>, PortError>;

    /// Turns of a branch that a crash left open.
    ///
    /// # Errors
    /// When the read side is behind or broken.
    async fn open_turns(&self, branch: BranchId) -> Result<Vec<OpenTurn>, PortError>;
}

/// What is asked of memory.
#[derive(Clone, Debug)]
pub struct RecallQuery {
    /// The turn.
    pub key: TurnKey,
    /// The words of the message.
    pub text: String,
    /// The most things that are searched for.
    pub limit: usize,
}

/// Memory.
#[async_trait]
pub trait Recall: Send + Sync {
    /// Name and version, as recorded.
    fn identity(&self) -> MadeBy;

    /// What comes to mind. Never anything of another person or from another private conversation.
    ///
    /// # Errors
    /// When the read side is behind or broken.
    async fn recall(&self, query: &RecallQuery) -> Result<Vec<context::Candidate>, PortError>;
}

/// One turn of a stretch of talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkTurn {
    /// The message.
    pub message: MessageId,
    /// When it was said.
    pub at: Timestamp,
    /// Who said what.
    pub line: TalkLine,
}

/// A stretch of talk without a long silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talk {
    /// Where it was said.
    pub conversation: ConversationId,
    /// Its turns, oldest first.
    pub lines: Vec<TalkTurn>,
    /// Whether more may be said.
    pub going_on: bool,
}

/// What was said, for a companion that sleeps on it.
#[async_trait]
pub trait Diary: Send + Sync {
    /// Talk that is part of no episode yet, oldest first. Never of a private conversation, never what was erased.
    ///
    /// # Errors
    /// When the read side is behind or broken.
    async fn unsettled(&self, branch: BranchId, person: PersonId, now: Timestamp) -> Result<Vec<Talk>, PortError>;

    /// The newest episodes, as candidates for being gone over again.
    ///
    /// # Errors
    /// When the read side is behind or broken.
    async fn episodes(&self, branch: BranchId, person: PersonId) -> Result<Vec<replay::Candidate>, PortError>;
}

/// Where reactors remember how far they are. Losing it costs time, never correctness.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// How far a reactor is.
    async fn load(&self, reactor: &str, branch: BranchId) -> Position;

    /// Remembers it.
    async fn save(&self, reactor: &str, branch: BranchId, position: Position);
}

/// Knows what a person agreed to. Asked each time that words would leave this machine, so that taking a consent back works
/// at once.
pub trait Consents: Send + Sync {
    /// Whether a person's words may go to a recipient for a purpose, now.
    fn agreed(&self, person: PersonId, purpose: Purpose, recipient: &str) -> bool;
}
