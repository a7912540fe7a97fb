//! Writing a parsed file. Every id follows from the file and the place in it, so that a second time adds nothing, and a
//! time after a crash adds what is missing.

use domain::conversation::{Command, ImportedMessage, State};
use domain::{Conversation, DecideContext, Decider};
use events::log::MAX_EVENTS_PER_APPEND;
use events::payload::ConversationEvent;
use events::{
    Actor, Append, BranchId, CommandId, CompanionId, ConversationId, Digest, EventLog, Expected, MessageId, NewEvent,
    PersonId, StreamWrite, Timestamp, Version,
};

use super::{Format, ImportError, Parsed, ParsedConversation, damaged};
use crate::ids::derive;

/// What was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Conversations of the file.
    pub conversations: u64,
    /// Messages that were written now.
    pub messages: u64,
    /// Messages that an earlier import of the same file had written.
    pub repeated: u64,
}

struct Prepared {
    id: ConversationId,
    events: Vec<(ConversationEvent, Option<Timestamp>)>,
}

/// Takes a parsed file in. `progress` is told how many messages are done, of how many.
///
/// # Errors
/// When a message breaks a rule, before anything is written; or when the log fails, after which the same import can be
/// repeated to finish.
#[allow(clippy::too_many_arguments)]
pub async fn import(
    log: &dyn EventLog,
    person: PersonId,
    companion: CompanionId,
    branch: BranchId,
    format: Format,
    digest: Digest,
    parsed: Parsed,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Imported, ImportError> {
    let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let total = parsed.conversations.iter().map(|c| c.messages.len() as u64).sum();
    let mut prepared = Vec::with_capacity(parsed.conversations.len());
    for conversation in parsed.conversations {
        prepared.push(prepare(person, companion, branch, format, &digest, conversation)?);
    }
    let mut done = Imported { conversations: prepared.len() as u64, ..Imported::default() };
    progress(0, total);
    for Prepared { id, events } in prepared {
        let mut version = 0;
        for (n, chunk) in events.chunks(MAX_EVENTS_PER_APPEND / 4).enumerate() {
            let command_id = CommandId(derive(id.0, &format!("chunk {n}")));
            let events: Vec<NewEvent> = chunk
                .iter()
                .map(|(event, occurred_at)| NewEvent {
                    occurred_at: *occurred_at,
                    ..NewEvent::new(event.clone(), person)
                })
                .collect();
            let write = StreamWrite { stream: id.into(), expected: Expected::Exactly(Version(version)), events };
            let append = Append {
                command_id,
                correlation: CommandId(id.0).into(),
                actor: Actor::Person(person),
                branch,
                writes: vec![write],
            };
            let appended = log.append(append).await?;
            version += chunk.len() as u64;
            let messages =
                chunk.iter().filter(|(e, _)| matches!(e, ConversationEvent::MessageImported { .. })).count();
            if appended.repeated {
                done.repeated += messages as u64;
            } else {
                done.messages += messages as u64;
            }
            progress(done.messages + done.repeated, total);
        }
    }
    Ok(done)
}

fn prepare(
    person: PersonId,
    companion: CompanionId,
    branch: BranchId,
    format: Format,
    digest: &str,
    parsed: ParsedConversation,
) -> Result<Prepared, ImportError> {
    let id = ConversationId(derive(person.0, &format!("{digest}/{}/{branch}", parsed.key)));
    let context = DecideContext { id: id.0, now: Timestamp(0) };
    let first = parsed.messages.first().and_then(|m| m.occurred_at);
    let times: Vec<Option<Timestamp>> = parsed.messages.iter().map(|m| m.occurred_at).collect();
    let start =
        Command::Start { person, companion, private: false, origin: format!("import:{format}"), title: parsed.title };
    let messages = parsed.messages.into_iter().enumerate().map(|(n, m)| ImportedMessage {
        message: MessageId(derive(id.0, &format!("message {n}"))),
        role: m.role,
        speaker: m.speaker,
        text: m.text,
        attachments: m.attachments,
        source: m.source,
    });
    let messages = messages.collect();
    let mut state = State::default();
    let mut events = Vec::with_capacity(times.len() + 1);
    for (command, times) in [(start, vec![first]), (Command::Import { messages }, times)] {
        let decided = Conversation::decide(&state, command, &context);
        let decided = decided.map_err(|e| damaged(format!("conversation {}", parsed.key), e.to_string()))?;
        for (event, time) in decided.into_iter().zip(times) {
            state = Conversation::evolve(state, &event);
            events.push((event, time));
        }
    }
    Ok(Prepared { id, events })
}
