//! Taking the events of a fork over as new events of its parent.

use std::collections::BTreeMap;

use events::payload::BranchEvent;
use events::{
    Actor, Append, AppendError, Branch, BranchId, CommandId, CompanionId, EventId, EventLog, Expected, Header,
    NewEvent, Position, Recorded, StreamId, StreamWrite, Version,
};

use super::{BranchingError, own_events};
use crate::ids::derive;

/// What was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promoted {
    /// How many events.
    pub events: u64,
    /// The parent's head afterwards.
    pub position: Position,
}

/// Appends the branch's own events to its parent, each caused by the event that it repeats.
///
/// Refused when the parent has moved on in a stream that the branch wrote to: two pasts of one conversation cannot be
/// merged without deciding what was said. Repeating a promotion takes over only what came since, never anything twice.
///
/// # Errors
/// On such a conflict, when content was erased meanwhile, or when the log fails.
pub async fn promote(
    log: &dyn EventLog,
    companion: CompanionId,
    actor: Actor,
    branch: &Branch,
) -> Result<Promoted, BranchingError> {
    let parent = branch.parent.ok_or(BranchingError::Trunk)?;
    let own = own_events(log, branch.id, branch.fork).await?;
    let mut streams: BTreeMap<StreamId, Vec<&Recorded>> = BTreeMap::new();
    for event in &own {
        streams.entry(event.header.stream).or_default().push(event);
    }
    let mut conflicts = Vec::new();
    let mut pending: Vec<&Recorded> = Vec::new();
    for (stream, events) in &streams {
        let before = Version(events[0].header.version.0 - 1);
        let there = taken_over(log, parent, *stream, before).await?;
        match there {
            Some(n) if n <= events.len() => pending.extend(&events[n..]),
            _ => conflicts.push(*stream),
        }
    }
    if let Some(first) = conflicts.first() {
        return Err(BranchingError::Conflict { streams: conflicts.len(), first: *first });
    }
    pending.sort_by_key(|event| event.position());
    for event in &pending {
        copy(log, parent, actor, event).await?;
    }
    let through = branch.head;
    let event = BranchEvent::BranchPromoted { branch: branch.id, through, events: pending.len() as u64 };
    let command_id = CommandId(derive(StreamId::from(branch.id).id, &format!("{companion}/promoted/{through}")));
    let write = StreamWrite {
        stream: branch.id.into(),
        expected: Expected::Any,
        events: vec![NewEvent::new(event, companion)],
    };
    let done = log
        .append(Append { command_id, correlation: command_id.into(), actor, branch: parent, writes: vec![write] })
        .await?;
    Ok(Promoted { events: pending.len() as u64, position: done.last() })
}

/// How many events of the stream the parent has beyond `before`, if all of them are take-overs; `None` otherwise.
async fn taken_over(
    log: &dyn EventLog,
    parent: BranchId,
    stream: StreamId,
    before: Version,
) -> Result<Option<usize>, BranchingError> {
    let newer = log.read_stream(parent, stream, before, events::log::MAX_READ).await?;
    for event in &newer {
        let Some(cause) = event.header.causation else { return Ok(None) };
        let from = log.find(cause).await?;
        let is_copy =
            from.is_some_and(|(branch, _)| branch != parent) && event.header.command_id == copy_id(parent, cause);
        if !is_copy {
            return Ok(None);
        }
    }
    Ok(Some(newer.len()))
}

/// The command id of a copy: derived from its cause, so that it is recognised as a take-over.
fn copy_id(parent: BranchId, cause: EventId) -> CommandId {
    CommandId(derive(cause.0, &format!("promoted to branch {parent}")))
}

/// Whether an event was taken over from a fork. What followed from it there is taken over as well, so reactors pass it by.
pub(crate) fn is_copy(header: &Header) -> bool {
    header.causation.is_some_and(|cause| header.command_id == copy_id(header.branch, cause))
}

/// Copies one event. Each is an append of its own: a promotion that a crash cut off goes on where it was.
async fn copy(log: &dyn EventLog, parent: BranchId, actor: Actor, event: &Recorded) -> Result<(), BranchingError> {
    let header = &event.header;
    let payload = event
        .event()
        .map_err(|e| BranchingError::Event(event.position(), e))?
        .ok_or(AppendError::Erased(header.subject))?;
    let copy = NewEvent {
        event: payload,
        subject: header.subject,
        occurred_at: Some(header.occurred_at),
        causation: Some(header.event_id),
        event_id: None,
    };
    let write = StreamWrite {
        stream: header.stream,
        expected: Expected::Exactly(Version(header.version.0 - 1)),
        events: vec![copy],
    };
    let append = Append {
        command_id: copy_id(parent, header.event_id),
        correlation: header.correlation,
        actor,
        branch: parent,
        writes: vec![write],
    };
    log.append(append).await?;
    Ok(())
}
