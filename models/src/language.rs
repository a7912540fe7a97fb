//! Language models: one trait for the built-in companion, Ollama and OpenAI-compatible servers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use events::payload::{FinishReason, Usage};
use events::{Code, MadeBy};
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

/// Who says a line of the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The companion.
    Assistant,
}

/// One line of the prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who says it.
    pub role: ChatRole,
    /// The words.
    pub content: String,
}

/// What a model is asked.
///
/// `hints` repeats in structure what the prompt says in words (recalled items, facts, mood, skill). Servers never see
/// it; the built-in companion answers from it, as it does not read prose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The prompt, oldest line first.
    pub messages: Vec<ChatMessage>,
    /// Sampling parameters such as `temperature`.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Structure for the built-in companion.
    pub hints: Hints,
}

/// The structured side of a prompt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hints {
    /// The companion's name.
    pub companion: String,
    /// The person's name.
    pub person: String,
    /// The message to answer.
    pub message: String,
    /// Recalled texts, best first, with who said them.
    pub recalled: Vec<RecalledHint>,
    /// Facts that were recalled, as (subject, predicate, object).
    pub facts: Vec<(String, String, String)>,
    /// The word for the companion's feeling.
    pub mood: String,
    /// What was noticed in the message: valence in `[-1, 1]`.
    pub valence: f64,
    /// The intent that was noticed.
    pub intent: String,
    /// The dialogue acts that were noticed.
    pub acts: Vec<String>,
    /// The chosen skill.
    pub skill: String,
    /// Whether the conversation stays out of memory, so that nothing is promised to be remembered.
    pub private: bool,
    /// How many messages this conversation had before.
    pub turn: u32,
    /// A number that varies wording; recorded in the event's parameters, so that a reply can be made again.
    pub seed: u64,
}

/// One recalled text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecalledHint {
    /// The words.
    pub text: String,
    /// Whether the person said it.
    pub by_person: bool,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Words of the answer.
    Text(String),
    /// Words of thinking, which are not part of the answer.
    Thinking(String),
    /// The end. Nothing follows.
    Done {
        /// Why it ended.
        finish: FinishReason,
        /// Token counts; times are measured by the caller.
        usage: Usage,
    },
}

/// The pieces of an answer as they come. A stream that ends without [`Delta::Done`] broke off.
pub type ReplyStream = BoxStream<'static, Result<Delta, ModelError>>;

/// Something that answers.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// The most tokens of prompt that it takes.
    fn context_tokens(&self) -> u32;

    /// Where the words go when they leave this machine: the server's host, with its port if it has one of its own. Whoever
    /// asks must have the person's consent to that.
    fn recipient(&self) -> Option<String> {
        None
    }

    /// Asks. Retries with back-off happen inside, before the first token only.
    ///
    /// # Errors
    /// When no first token could be had.
    async fn reply(&self, request: ChatRequest) -> Result<ReplyStream, ModelError>;
}

/// A model that a server has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// Its size on disk in bytes, if known.
    pub bytes: Option<u64>,
    /// Parameter count and quantisation in words, if known.
    pub detail: Option<String>,
}

/// How far a download is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PullProgress {
    /// What is being done, in the server's words.
    pub status: String,
    /// Bytes done, if counted.
    pub done: Option<u64>,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

/// A server whose models can be listed and fetched.
#[async_trait]
pub trait ModelManager: Send + Sync {
    /// What it has.
    ///
    /// # Errors
    /// When it cannot be reached or refuses.
    async fn list(&self) -> Result<Vec<ModelInfo>, ModelError>;

    /// Its version, which shows that it is there.
    ///
    /// # Errors
    /// When it cannot be reached.
    async fn version(&self) -> Result<String, ModelError>;

    /// Fetches a model and tells how far it is.
    ///
    /// # Errors
    /// When it cannot be reached or refuses.
    async fn pull(&self, model: &str) -> Result<BoxStream<'static, Result<PullProgress, ModelError>>, ModelError>;
}

/// What can go wrong with a model. No variant carries words of a person.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// No connection.
    #[error("{server} cannot be reached: {reason}")]
    Unreachable {
        /// Where.
        server: String,
        /// Why.
        reason: String,
    },
    /// An HTTP status that is not success.
    #[error("{server} answered {status}: {reason}")]
    Refused {
        /// Where.
        server: String,
        /// HTTP status.
        status: u16,
        /// The start of what it said.
        reason: String,
    },
    /// Nothing came in time.
    #[error("{server} sent nothing for {seconds} s")]
    Timeout {
        /// Where.
        server: String,
        /// How long.
        seconds: u64,
    },
    /// The stream ended in the middle.
    #[error("the answer of {server} broke off")]
    Broken {
        /// Where.
        server: String,
    },
    /// Something that the protocol does not allow.
    #[error("{server} broke its protocol: {reason}")]
    Protocol {
        /// Where.
        server: String,
        /// What.
        reason: String,
    },
    /// The configuration makes no sense.
    #[error("the model cannot be set up: {reason}")]
    Misconfigured {
        /// What is wrong.
        reason: String,
    },
    /// The server does not let its models be fetched.
    #[error("{server} does not fetch models")]
    Unmanaged {
        /// Where.
        server: String,
    },
    /// The words would leave this machine, and their person has not agreed.
    #[error(
        "words would go to {recipient}, which is not this machine, and that was not agreed to: `aico consent grant {purpose} {recipient}` allows it"
    )]
    NotAgreed {
        /// Where the words would go.
        recipient: String,
        /// What for, as the command line has it.
        purpose: &'static str,
    },
    /// No such model.
    #[error("{server} has no model {model}")]
    NoModel {
        /// Where.
        server: String,
        /// Which.
        model: String,
    },
}

impl ModelError {
    /// Whether it may pass by itself.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Broken { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::Protocol { .. }
            | Self::Misconfigured { .. }
            | Self::Unmanaged { .. }
            | Self::NotAgreed { .. }
            | Self::NoModel { .. } => false,
        }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => Code::ModelUnreachable,
            Self::Refused { .. } => Code::ModelFailed,
            Self::Timeout { .. } => Code::ModelTimeout,
            Self::NotAgreed { .. } => Code::ConsentMissing,
            Self::Broken { .. } => Code::ModelStreamBroken,
            Self::Protocol { .. } => Code::ModelProtocol,
            Self::Misconfigured { .. } => Code::ModelMisconfigured,
            Self::NoModel { .. } | Self::Unmanaged { .. } => Code::NoSuchModel,
        }
    }
}
