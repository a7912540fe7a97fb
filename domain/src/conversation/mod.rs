//! A conversation: messages, the steps of each turn, replies with variants, feedback.

mod decide;
mod state;
#[cfg(test)]
mod tests;

use events::payload::{Affect, Fact, Perception, PromptPart, RecalledItem, Role, SkillCandidate, Usage};
use events::payload::{Attachment, Check, ConversationEvent, Feedback, FinishReason, InterruptReason, ThreadChoice};
use events::{Category, Code, CompanionId, MadeBy, MessageId, PersonId, Position, RunId};
use std::collections::BTreeMap;

pub use state::{RunState, State};

use crate::decider::{DecideContext, Decider};

/// The longest message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 32_000;
/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;

/// The decider of conversations.
#[derive(Debug)]
pub struct Conversation;

/// What can be asked of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Begin it.
    Start {
        /// Whose it is.
        person: PersonId,
        /// With whom.
        companion: CompanionId,
        /// Whether it stays out of memory.
        private: bool,
        /// `chat`, or the format of an import.
        origin: String,
        /// A title.
        title: Option<String>,
    },
    /// Title it differently.
    Rename {
        /// The new title.
        title: String,
    },
    /// Take a message of the person.
    Receive {
        /// Its id.
        message: MessageId,
        /// The words.
        text: String,
        /// What came with it.
        attachments: Vec<Attachment>,
        /// How its conversation was found, where it named none.
        thread: Option<ThreadChoice>,
    },
    /// Take messages of an older conversation.
    Import {
        /// In their order.
        messages: Vec<ImportedMessage>,
    },
    /// Reword a message.
    Edit {
        /// Which one.
        message: MessageId,
        /// The new words.
        text: String,
    },
    /// Record the steps that lead to an answer, and that a model is asked.
    BeginReply(Box<Steps>),
    /// Record the finished answer.
    CompleteReply {
        /// The message it answers.
        message: MessageId,
        /// The run.
        run: RunId,
        /// The answer's id.
        reply: MessageId,
        /// The words.
        text: String,
        /// The thinking.
        thinking: Option<String>,
        /// Why it ended.
        finish: FinishReason,
        /// What it cost.
        usage: Usage,
    },
    /// Record an answer that broke off.
    InterruptReply {
        /// The message it answers.
        message: MessageId,
        /// The run.
        run: RunId,
        /// The answer's id.
        reply: MessageId,
        /// The words so far.
        text: String,
        /// Why.
        reason: InterruptReason,
        /// What went wrong, without content.
        detail: Option<String>,
    },
    /// Forget a message.
    Forget {
        /// Which one.
        message: MessageId,
    },
    /// Let this answer count.
    SelectVariant {
        /// Which one.
        reply: MessageId,
    },
    /// Record what was learned from a message.
    Learn {
        /// Which one.
        message: MessageId,
        /// What.
        facts: Vec<Fact>,
        /// By what.
        by: MadeBy,
    },
    /// Record what the person thought of an answer.
    GiveFeedback {
        /// Which answer.
        reply: MessageId,
        /// The verdict.
        feedback: Feedback,
    },
}

/// A message of an older conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedMessage {
    /// Its id.
    pub message: MessageId,
    /// Which side spoke.
    pub role: Role,
    /// The speaker's name in the source.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Its id in the source.
    pub source: Option<String>,
}

/// The steps of a turn up to the model, each of which becomes one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// The message to answer.
    pub message: MessageId,
    /// The run.
    pub run: RunId,
    /// What was noticed, and by what. `None` when an earlier run of the same message has recorded it.
    pub perceived: Option<(Perception, MadeBy)>,
    /// How the feeling moved. `None` as above.
    pub appraised: Option<Appraised>,
    /// What came to mind, at which position, and by what.
    pub recalled: (Position, Vec<RecalledItem>, MadeBy),
    /// The chosen skill.
    pub skill: Chosen,
    /// The prompt.
    pub prompt: Composed,
    /// The model and its parameters.
    pub model: (MadeBy, BTreeMap<String, serde_json::Value>),
}

/// A move of feeling.
#[derive(Clone, Debug, PartialEq)]
pub struct Appraised {
    /// The checks in their order.
    pub checks: Vec<Check>,
    /// Before.
    pub before: Affect,
    /// After.
    pub after: Affect,
    /// The word for it.
    pub label: String,
    /// Its strength.
    pub intensity: f64,
    /// By what.
    pub by: MadeBy,
}

/// A choice of skill.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Its name.
    pub skill: String,
    /// The situation.
    pub context: String,
    /// All that could have been chosen.
    pub candidates: Vec<SkillCandidate>,
    /// By what.
    pub by: MadeBy,
}

/// A prompt without its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// SHA-256 of the whole, in hex.
    pub digest: String,
    /// The parts.
    pub parts: Vec<PromptPart>,
    /// The most tokens allowed.
    pub budget: u32,
    /// The template.
    pub by: MadeBy,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Rejection {
    /// The id is in use.
    #[error("this conversation already exists")]
    AlreadyStarted,
    /// No such conversation.
    #[error("there is no such conversation")]
    NotStarted,
    /// No such message in this conversation.
    #[error("there is no message {0} in this conversation")]
    NoMessage(MessageId),
    /// The id is in use.
    #[error("there is already a message {0}")]
    DuplicateMessage(MessageId),
    /// Nothing was said.
    #[error("a message needs some text")]
    Empty,
    /// Too much was said.
    #[error("a message may have {MAX_MESSAGE_CHARS} characters; this one has {0}")]
    TooLong(usize),
    /// The title is empty or too long.
    #[error("a title must have 1 to {MAX_TITLE_CHARS} characters")]
    BadTitle,
    /// The run was started before.
    #[error("run {0} was already started")]
    RunExists(RunId),
    /// The run is not going on.
    #[error("run {0} is not going on")]
    RunNotOpen(RunId),
    /// The message is an answer, or was imported: nothing answers it.
    #[error("message {0} is not one that can be answered")]
    NotAnswerable(MessageId),
    /// The message is being answered.
    #[error("message {0} is being answered: stop the reply first")]
    BeingAnswered(MessageId),
    /// The message is not an answer.
    #[error("message {0} is not a reply")]
    NotAReply(MessageId),
    /// The reward is out of range.
    #[error("a reward must lie between -1 and 1; this one is {0}")]
    BadReward(f64),
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotStarted => Code::NoSuchConversation,
            Self::NoMessage(_) => Code::NoSuchMessage,
            Self::Empty => Code::EmptyMessage,
            Self::TooLong(_) => Code::MessageTooLong,
            _ => Code::Rejected,
        }
    }
}

impl Decider for Conversation {
    const CATEGORY: Category = Category::Conversation;
    type Command = Command;
    type Event = ConversationEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<ConversationEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(state: State, event: &ConversationEvent) -> State {
        state.evolve(event)
    }
}
