//! Asking the model, passing its words on, and recording how it ended.

use domain::conversation::Command;
use events::payload::{FinishReason, InterruptReason, Purpose, Usage};
use events::{Code, CommandId, RunId, Timestamp};
use futures::StreamExt;
use models::{ChatRequest, Delta, ModelError};

use super::steps::Asked;
use super::{Parts, TurnError, reply_of};
use crate::ids::derive;
use crate::live::{Ended, Writer};
use crate::meta::Meta;
use crate::ports::TurnKey;

/// The longest answer that is kept, in bytes; a model that does not stop is cut here.
const MAX_REPLY_BYTES: usize = 400_000;

enum Outcome {
    Done(FinishReason, Usage),
    Stopped,
    Failed(ModelError),
}

/// Streams the answer and records it.
pub(super) async fn stream(
    parts: &Parts,
    writer: &Writer,
    key: &TurnKey,
    run: RunId,
    steps: &Meta,
    asked: Asked,
) -> Result<(), TurnError> {
    let cause = parts.bus.event_id(key.branch, asked.started.last()).await?;
    let outcome = match not_agreed(parts, key) {
        Some(error) => Outcome::Failed(error),
        None => listen(parts, writer, asked.request).await,
    };
    let meta = Meta {
        correlation: steps.correlation,
        causation: cause,
        ..Meta::new(CommandId(derive(run.0, "end")), asked.by, key.person)
    };
    let said = writer.so_far();
    let (message, reply) = (key.message, reply_of(run));
    let thinking = Some(said.thinking).filter(|t| !t.is_empty());
    let interrupted =
        |reason, detail| Command::InterruptReply { message, run, reply, text: said.text.clone(), reason, detail };
    let (command, error) = match outcome {
        Outcome::Done(finish, usage) => {
            let text = said.text.clone();
            (Command::CompleteReply { message, run, reply, text, thinking, finish, usage }, None)
        }
        Outcome::Stopped => (interrupted(InterruptReason::Stopped, None), None),
        Outcome::Failed(e) => {
            tracing::warn!(code = %e.code(), run = %run, "the model failed");
            let detail = Some(format!("{}: {e}", e.code()));
            (interrupted(InterruptReason::ModelFailed, detail), Some((e.code(), e.to_string())))
        }
    };
    let reason = match &command {
        Command::InterruptReply { reason, .. } => Some(*reason),
        _ => None,
    };
    let position = parts.bus.conversation(key.branch, key.conversation, &meta, command).await?.last();
    writer.end(match reason {
        None => Ended::Completed { reply, position },
        Some(reason) => Ended::Interrupted { reply, position, reason, error },
    });
    Ok(())
}

/// Why the person's words may not go to the model: it is on another machine, and they have not agreed.
fn not_agreed(parts: &Parts, key: &TurnKey) -> Option<ModelError> {
    let recipient = parts.model.recipient()?;
    let agreed = parts.consents.agreed(key.person, Purpose::Answers, &recipient);
    (!agreed).then_some(ModelError::NotAgreed { recipient, purpose: "answers" })
}

async fn listen(parts: &Parts, writer: &Writer, request: ChatRequest) -> Outcome {
    let stop = writer.stopped();
    let asked = parts.clock.now();
    let mut first_token_ms = None;
    let answer = tokio::select! {
        biased;
        () = stop.cancelled() => return Outcome::Stopped,
        answer = parts.model.reply(request) => answer,
    };
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Outcome::Failed(error),
    };
    let mut bytes = 0;
    loop {
        let piece = tokio::select! {
            biased;
            () = stop.cancelled() => return Outcome::Stopped,
            piece = answer.next() => piece,
        };
        match piece {
            Some(Ok(Delta::Text(text))) => {
                first_token_ms.get_or_insert_with(|| millis(asked, parts.clock.now()));
                bytes += text.len();
                writer.text(&text);
            }
            Some(Ok(Delta::Thinking(text))) => {
                first_token_ms.get_or_insert_with(|| millis(asked, parts.clock.now()));
                bytes += text.len();
                writer.thinking(&text);
            }
            Some(Ok(Delta::Done { finish, usage })) => {
                let total_ms = millis(asked, parts.clock.now());
                let first_token_ms = first_token_ms.unwrap_or(total_ms);
                return Outcome::Done(finish, Usage { first_token_ms, total_ms, ..usage });
            }
            Some(Err(error)) => return Outcome::Failed(error),
            None => return Outcome::Failed(ModelError::Broken { server: parts.model.identity().name }),
        }
        if bytes > MAX_REPLY_BYTES {
            let total_ms = millis(asked, parts.clock.now());
            let usage = Usage { first_token_ms: first_token_ms.unwrap_or(total_ms), total_ms, ..Usage::default() };
            return Outcome::Done(FinishReason::Length, usage);
        }
    }
}

fn millis(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from((to.0 - from.0).max(0) / 1_000).unwrap_or(u32::MAX)
}

/// The code of a reply that was lost with the process.
pub(super) const CRASHED: Code = Code::ModelStreamBroken;
