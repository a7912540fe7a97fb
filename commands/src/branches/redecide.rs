//! Today's deciders over old commands, on a fork: what would be perceived, felt, recalled and chosen now?
//!
//! What people said and what models answered is taken from the log; no model is asked. Draws are repeated from the
//! recorded seeds. Compare with [`super::diff`].

use std::collections::HashMap;

use domain::conversation::{Command, ImportedMessage};
use domain::{album, companion, graph, memory, person};
use events::payload::{AlbumEvent, CompanionEvent, ConversationEvent as E, GraphEvent, MemoryEvent, PersonEvent};
use events::{
    Actor, Branch, BranchId, CompanionId, ConversationId, Event, Header, MessageId, PersonId, Position, Recorded,
};
use models::graph::Input;

use super::{BranchingError, create, own_events, repeated};
use crate::bus::CommandError;
use crate::meta::Meta;
use crate::ports::TurnKey;
use crate::turn::Turns;

/// Forks `parent` after a position and decides again all that came then.
///
/// A command that today's deciders reject leaves no event on the fork, which the comparison shows.
///
/// # Errors
/// When the fork cannot be made or the log fails.
pub async fn redecide(
    turns: &Turns,
    companion: CompanionId,
    actor: Actor,
    name: &str,
    parent: BranchId,
    after: Position,
) -> Result<Branch, BranchingError> {
    let log = turns.bus().log().clone();
    // Read the past before the fork is recorded on the parent, so that its own record is not decided again.
    let past = own_events(&*log, parent, after).await?;
    let branch = create(&*log, companion, actor, name, parent, after).await?;
    let mut bases = HashMap::new();
    for event in &past {
        match again(turns, branch.id, event, &mut bases).await {
            Err(BranchingError::Command(CommandError::Rejected { code, .. })) => {
                tracing::info!(%code, position = %event.position(), "today's deciders reject this command");
            }
            other => other?,
        }
    }
    Ok(branch)
}

/// At which position memory was asked for each message: deciding again looks from the same place.
type Bases = HashMap<MessageId, Position>;

async fn again(
    turns: &Turns,
    branch: BranchId,
    recorded: &Recorded,
    bases: &mut Bases,
) -> Result<(), BranchingError> {
    let header = &recorded.header;
    let meta = Meta {
        correlation: header.correlation,
        causation: Some(header.event_id),
        occurred_at: Some(header.occurred_at),
        ..Meta::new(repeated(branch, header.event_id), header.actor, header.subject)
    };
    let event = recorded.event().map_err(|e| BranchingError::Event(recorded.position(), e))?;
    match event {
        None | Some(Event::Branch(_) | Event::Install(_) | Event::Account(_)) => Ok(()),
        Some(Event::Graph(event)) => {
            let command = graph(turns, recorded, event).await?;
            turns.bus().graph(branch, PersonId(header.stream.id), &meta, command).await?;
            Ok(())
        }
        Some(Event::Person(event)) => {
            let command = match event {
                PersonEvent::PersonRegistered { name, owner } => person::Command::Register { name, owner },
                PersonEvent::PersonRenamed { name } => person::Command::Rename { name },
            };
            turns.bus().person(branch, PersonId(header.stream.id), &meta, command).await?;
            Ok(())
        }
        Some(Event::Companion(event)) => {
            let command = match event {
                CompanionEvent::CompanionCreated { name, owner, persona } => {
                    companion::Command::Create { name, owner, persona }
                }
                CompanionEvent::CompanionRenamed { name } => companion::Command::Rename { name },
                CompanionEvent::PersonaChanged { after, .. } => companion::Command::ChangePersona { persona: after },
            };
            turns.bus().companion(branch, CompanionId(header.stream.id), &meta, command).await?;
            Ok(())
        }
        Some(Event::Album(event)) => {
            let command = kept_again(event);
            turns.bus().album(branch, PersonId(header.stream.id), &meta, command).await?;
            Ok(())
        }
        Some(Event::Memory(event)) => {
            // What a model summed up is taken from the log, as what it answered is.
            let command = match event {
                MemoryEvent::EpisodeFormed {
                    episode,
                    conversation,
                    messages,
                    began,
                    ended,
                    summary,
                    salience,
                    by,
                } => memory::Command::Form(Box::new(memory::Episode {
                    episode,
                    conversation,
                    messages,
                    began,
                    ended,
                    summary,
                    salience,
                    by,
                })),
                MemoryEvent::EpisodesReplayed { replays, seed, by } => memory::Command::Replay { replays, seed, by },
            };
            turns.bus().memory(branch, PersonId(header.stream.id), &meta, command).await?;
            Ok(())
        }
        Some(Event::Conversation(event)) => talk(turns, branch, recorded, &meta, event, bases).await,
    }
}

fn kept_again(event: AlbumEvent) -> album::Command {
    match event {
        AlbumEvent::MemoryKept { memory, of, annotation, favourite, tone } => {
            album::Command::Keep { memory, of, annotation, favourite, tone }
        }
        AlbumEvent::MemoryAnnotated { memory, annotation: a } => {
            // What is absent was taken away, which an empty text asks for. What it is about is never taken away.
            let change = album::Change {
                memory_type: Some(a.memory_type),
                fact_type: a.fact_type,
                category: Some(a.category.unwrap_or_default()),
                note: Some(a.note.unwrap_or_default()),
                tags: Some(a.tags),
            };
            album::Command::Annotate { memory, change }
        }
        AlbumEvent::MemoryFavoured { memory, favourite } => album::Command::Favour { memory, favourite },
        AlbumEvent::MemoryRevisited { memory } => album::Command::Revisit { memory },
        AlbumEvent::MemoryRemoved { memory } => album::Command::Remove { memory },
    }
}

async fn talk(
    turns: &Turns,
    branch: BranchId,
    recorded: &Recorded,
    meta: &Meta,
    event: E,
    bases: &mut Bases,
) -> Result<(), BranchingError> {
    let conversation = ConversationId(recorded.header.stream.id);
    let command = match event {
        E::ConversationStarted { person, companion, private, origin, title } => {
            Command::Start { person, companion, private, origin, title }
        }
        E::ConversationRenamed { title } => Command::Rename { title },
        E::MessageReceived { message, text, attachments, thread } => {
            Command::Receive { message, text, attachments, thread }
        }
        E::MessageImported { message, role, speaker, text, attachments, source } => {
            Command::Import { messages: vec![ImportedMessage { message, role, speaker, text, attachments, source }] }
        }
        E::MessageEdited { message, text } => Command::Edit { message, text },
        E::VariantSelected { reply, .. } => Command::SelectVariant { reply },
        E::MessageForgotten { message, .. } => Command::Forget { message },
        E::FeedbackGiven { reply, feedback } => Command::GiveFeedback { reply, feedback },
        E::ReplyCompleted { message, run, reply, text, thinking, finish, usage } => {
            Command::CompleteReply { message, run, reply, text, thinking, finish, usage }
        }
        E::ReplyInterrupted { message, run, reply, text, reason, detail } => {
            Command::InterruptReply { message, run, reply, text, reason, detail }
        }
        E::ReplyStarted { message, run, model, parameters } => {
            let head = head(turns, branch).await?;
            let position = bases.get(&message).map_or(head, |basis| head.min(*basis));
            let person = PersonId(recorded.header.subject.0);
            let key = TurnKey { branch, conversation, person, message, position };
            let meta = Meta { chain: true, ..*meta };
            let seed = parameters.get("seed").and_then(serde_json::Value::as_u64);
            turns.decide_again(&key, run, &meta, seed, (model, parameters)).await?;
            return Ok(());
        }
        E::FactsExtracted { message, by: _, facts } => {
            // The sentences were kept with the facts, so that what they teach today can be seen.
            let text = learned_from(turns, recorded, message).await?;
            let extractor = turns.extractor();
            let facts = text.map_or(facts, |text| extractor.extract(&text));
            Command::Learn { message, facts, by: extractor.identity() }
        }
        E::MemoriesRecalled { message, basis, .. } => {
            bases.insert(message, basis);
            return Ok(());
        }
        // The other steps of a turn come from deciding again.
        E::MessagePerceived { .. }
        | E::EmotionAppraised { .. }
        | E::SkillChosen { .. }
        | E::PromptComposed { .. } => return Ok(()),
    };
    turns.bus().conversation(branch, conversation, meta, command).await?;
    Ok(())
}

/// The words that facts were learned from: those of the event that caused them.
/// What is read from a message today, or what the person said about the graph.
async fn graph(turns: &Turns, recorded: &Recorded, event: GraphEvent) -> Result<graph::Command, BranchingError> {
    use graph::Command as C;
    Ok(match event {
        GraphEvent::StatementsExtracted { message, conversation, said_at, entities, relations, by } => {
            let (mut read, mut by) = ((entities, relations), by);
            if let (Some(text), Some(cause)) =
                (learned_from(turns, recorded, message).await?, recorded.header.causation)
                && let Some((from, position)) = turns.bus().log().find(cause).await?
                && let Some(said) = turns.bus().log().at(from, &[position]).await?.first()
            {
                let (stream, version) = (said.header.stream, said.header.version);
                let before = crate::reactor::before(&**turns.bus().log(), from, stream, version).await?;
                let found = turns.statements().extract(&Input { text: &text, said_at, before: &before });
                (read, by) = ((found.entities, found.relations), turns.statements().identity());
            }
            let (entities, relations) = read;
            C::Record { message, conversation, said_at, entities, relations, by }
        }
        GraphEvent::StatementsWithdrawn { message } => C::Withdraw { message },
        GraphEvent::EntitiesMerged { from, into, reason } => C::Merge { from, into, reason },
        GraphEvent::EntitiesSplit { from, into } => C::Split { from, into },
        GraphEvent::RelationCorrected { subject, predicate, object, holds, valid_from, valid_until } => {
            C::Correct { subject, predicate, object, holds, valid_from, valid_until }
        }
        GraphEvent::CorrectionWithdrawn { subject, predicate, object } => {
            C::WithdrawCorrection { subject, predicate, object }
        }
    })
}

async fn learned_from(
    turns: &Turns,
    recorded: &Recorded,
    message: MessageId,
) -> Result<Option<String>, BranchingError> {
    let Some(cause) = recorded.header.causation else { return Ok(None) };
    let log = turns.bus().log();
    let Some((from, position)) = log.find(cause).await? else { return Ok(None) };
    let found = log.at(from, &[position]).await?;
    let Some(event) = found.first() else { return Ok(None) };
    let payload = event.event().map_err(|e| BranchingError::Event(event.position(), e))?;
    Ok(match payload {
        Some(Event::Conversation(
            E::MessageReceived { message: m, text, .. }
            | E::MessageImported { message: m, text, .. }
            | E::MessageEdited { message: m, text },
        )) if m == message => Some(text),
        _ => None,
    })
}

/// Whether an event was decided again on a fork. What follows from it is decided again as well, so reactors pass it by.
pub(crate) fn is_repeated(header: &Header) -> bool {
    header.causation.is_some_and(|cause| header.command_id == repeated(header.branch, cause))
}

async fn head(turns: &Turns, branch: BranchId) -> Result<Position, BranchingError> {
    Ok(*turns.bus().log().head(branch).await?.borrow())
}
