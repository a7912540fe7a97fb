//! The conversation turn, from a message to a recorded answer.
//!
//! `MessageReceived` is acknowledged first. Then, in one append: perception, appraisal, recall, skill choice, prompt and
//! `ReplyStarted`, each caused by the step before. The model streams. `ReplyCompleted` or `ReplyInterrupted` ends it.

mod error;
mod recover;
mod reply;
mod steps;

use std::sync::Arc;

use domain::conversation::Command;
use events::payload::{Attachment, Feedback, ThreadChoice};
use events::{
    Actor, Appended, BranchId, Clock, CommandId, CompanionId, ConversationId, Entropy, EventId, MessageId, PersonId,
    Position, RunId,
};
use models::LanguageModel;
use models::extraction::Extractor;
use models::graph::StatementExtractor;
use models::perception::Perceiver;
use tokio_util::task::TaskTracker;

pub use error::TurnError;

use crate::bus::Bus;
use crate::ids::derive;
use crate::live::{Ended, Live, Writer};
use crate::meta::Meta;
use crate::ports::{Consents, Mind, Recall, TurnKey};

/// The parts that a turn is made with.
pub struct Parts {
    /// Runs commands.
    pub bus: Bus,
    /// Answers.
    pub model: Arc<dyn LanguageModel>,
    /// Sampling parameters for the model.
    pub parameters: std::collections::BTreeMap<String, serde_json::Value>,
    /// Learns facts.
    pub extractor: Arc<dyn Extractor>,
    /// What messages are read with for the graph.
    pub statements: Arc<dyn StatementExtractor>,
    /// Notices feeling, intent and names.
    pub perceiver: Arc<dyn Perceiver>,
    /// Remembers.
    pub recall: Arc<dyn Recall>,
    /// Knows how things stand.
    pub mind: Arc<dyn Mind>,
    /// Knows what may leave this machine.
    pub consents: Arc<dyn Consents>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

/// Takes messages and answers them.
#[derive(Clone)]
pub struct Turns {
    parts: Arc<Parts>,
    live: Live,
    tasks: TaskTracker,
}

/// A message on its way in.
#[derive(Clone, Debug)]
pub struct Send {
    /// The client's command id. Repeating it gives the same message and the same run.
    pub command_id: CommandId,
    /// On which line of history.
    pub branch: BranchId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Who says it.
    pub person: PersonId,
    /// The words.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// How the conversation was found, where none was named.
    pub thread: Option<ThreadChoice>,
}

/// A turn that was taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// The run that answers it.
    pub run: RunId,
    /// The answer's id, known beforehand.
    pub reply: MessageId,
    /// Where the message was recorded.
    pub position: Position,
}

/// The id of the answer that a run gives.
pub fn reply_of(run: RunId) -> MessageId {
    MessageId(derive(run.0, "reply"))
}

impl Turns {
    /// Turns made with these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), live: Live::default(), tasks: TaskTracker::new() }
    }

    /// Replies while they are being written.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The bus under the turns.
    pub fn bus(&self) -> &Bus {
        &self.parts.bus
    }

    /// What facts are learned with.
    pub fn extractor(&self) -> &Arc<dyn Extractor> {
        &self.parts.extractor
    }

    /// What messages are read for feeling with.
    pub fn perceiver(&self) -> &Arc<dyn Perceiver> {
        &self.parts.perceiver
    }

    /// What messages are read with for the graph.
    pub fn statements(&self) -> &Arc<dyn StatementExtractor> {
        &self.parts.statements
    }

    /// The model that answers.
    pub fn model(&self) -> &Arc<dyn LanguageModel> {
        &self.parts.model
    }

    /// Begins a conversation. Repeating the command id gives the same one.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn start(
        &self,
        command_id: CommandId,
        branch: BranchId,
        person: PersonId,
        companion: CompanionId,
        private: bool,
        title: Option<String>,
    ) -> Result<(ConversationId, Appended), TurnError> {
        let conversation = ConversationId(derive(command_id.0, "conversation"));
        let meta = Meta::new(command_id, Actor::Person(person), person);
        let command = Command::Start { person, companion, private, origin: "chat".to_owned(), title };
        let appended = self.parts.bus.conversation(branch, conversation, &meta, command).await?;
        Ok((conversation, appended))
    }

    /// Takes a message and begins to answer it. Returns when the message is durable.
    ///
    /// # Errors
    /// When the message is rejected or the log fails.
    pub async fn send(&self, send: Send) -> Result<Accepted, TurnError> {
        let message = MessageId(derive(send.command_id.0, "message"));
        let run = RunId(derive(send.command_id.0, "run"));
        let meta = Meta::new(send.command_id, Actor::Person(send.person), send.person);
        let command =
            Command::Receive { message, text: send.text, attachments: send.attachments, thread: send.thread };
        let done = self.parts.bus.conversation(send.branch, send.conversation, &meta, command).await?;
        let position = done.last();
        let key =
            TurnKey { branch: send.branch, conversation: send.conversation, person: send.person, message, position };
        if !done.repeated {
            let cause = self.parts.bus.event_id(send.branch, position).await?;
            self.spawn(key, run, send.command_id, cause);
        }
        Ok(Accepted { conversation: send.conversation, message, run, reply: reply_of(run), position })
    }

    /// Answers a message once more. Earlier answers stay.
    ///
    /// # Errors
    /// When the log fails. A message that cannot be answered ends the run as failed.
    pub async fn regenerate(
        &self,
        command_id: CommandId,
        branch: BranchId,
        conversation: ConversationId,
        person: PersonId,
        message: MessageId,
    ) -> Result<Accepted, TurnError> {
        let run = RunId(derive(command_id.0, "run"));
        let head = *self.parts.bus.log().head(branch).await.map_err(TurnError::Read)?.borrow();
        let key = TurnKey { branch, conversation, person, message, position: head };
        // Ask before accepting, so that a foreign or unknown message is refused at once.
        self.parts.mind.situation(&key).await.map_err(TurnError::Port)?;
        self.spawn(key, run, command_id, None);
        Ok(Accepted { conversation, message, run, reply: reply_of(run), position: head })
    }

    /// Rewords a message. Earlier words stay in the past.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn edit(
        &self,
        meta: &Meta,
        branch: BranchId,
        conversation: ConversationId,
        message: MessageId,
        text: String,
    ) -> Result<Appended, TurnError> {
        Ok(self.parts.bus.conversation(branch, conversation, meta, Command::Edit { message, text }).await?)
    }

    /// Records what the person thought of an answer.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn feedback(
        &self,
        meta: &Meta,
        branch: BranchId,
        conversation: ConversationId,
        reply: MessageId,
        feedback: Feedback,
    ) -> Result<Appended, TurnError> {
        let command = Command::GiveFeedback { reply, feedback };
        Ok(self.parts.bus.conversation(branch, conversation, meta, command).await?)
    }

    /// Lets one of several answers count.
    ///
    /// # Errors
    /// When it is rejected or the log fails.
    pub async fn select_variant(
        &self,
        meta: &Meta,
        branch: BranchId,
        conversation: ConversationId,
        reply: MessageId,
    ) -> Result<Appended, TurnError> {
        Ok(self.parts.bus.conversation(branch, conversation, meta, Command::SelectVariant { reply }).await?)
    }

    /// Stops a run; what was said so far is kept. Whether it was going on.
    pub fn stop(&self, run: RunId) -> bool {
        self.live.stop(run)
    }

    /// Takes the steps of a recorded run again, with its seed, and asks no model.
    pub(crate) async fn decide_again(
        &self,
        key: &TurnKey,
        run: RunId,
        meta: &Meta,
        seed: Option<u64>,
        model: (events::MadeBy, std::collections::BTreeMap<String, serde_json::Value>),
    ) -> Result<(), TurnError> {
        steps::take(&self.parts, key, run, meta, Some(steps::Recorded { seed, model })).await.map(|_| ())
    }

    /// Lets the going turns end.
    pub async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    /// Answers in the background, unless this run is being answered already.
    fn spawn(&self, key: TurnKey, run: RunId, command_id: CommandId, cause: Option<EventId>) {
        let Some(writer) = self.live.open(run, key.person) else { return };
        let parts = self.parts.clone();
        self.tasks.spawn(async move {
            if let Err(error) = answer(&parts, &writer, key, run, command_id, cause).await {
                tracing::error!(code = %error.code(), run = %run, "a turn failed");
                writer.end(Ended::Failed { code: error.code(), message: error.to_string() });
            }
        });
    }
}

async fn answer(
    parts: &Parts,
    writer: &Writer,
    key: TurnKey,
    run: RunId,
    command_id: CommandId,
    cause: Option<EventId>,
) -> Result<(), TurnError> {
    let meta = Meta {
        correlation: command_id.into(),
        causation: cause,
        chain: true,
        ..Meta::new(CommandId(derive(run.0, "steps")), Actor::System, key.person)
    };
    let asked = steps::take(parts, &key, run, &meta, None).await?;
    reply::stream(parts, writer, &key, run, &meta, asked).await
}
