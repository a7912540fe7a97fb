//! What happened when: one row per noteworthy event, in lanes.

use std::sync::Arc;

use events::log::BoxError;
use events::payload::{AlbumEvent, ConversationEvent as E, GraphEvent};
use events::{ConversationId, Event, MessageId, PersonId, Position, Recorded, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::Slot;
use crate::versions::{Kind, NewRow, Order, Scan, SeenRow, View};

/// The lanes in their order; the row kind is the index plus one.
pub const LANES: [&str; 7] = ["conversation", "feeling", "memory", "skill", "feedback", "branch", "person"];

#[derive(Serialize, Deserialize)]
struct EntryRow {
    #[serde(rename = "type")]
    event_type: String,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<MessageId>,
}

/// The model.
#[derive(Default)]
pub(crate) struct TimelineModel;

fn lane(event: &Event) -> Option<(usize, Option<MessageId>)> {
    Some(match event {
        Event::Conversation(e) => match e {
            E::ConversationStarted { .. } | E::ConversationRenamed { .. } => (0, None),
            E::MessageReceived { message, .. }
            | E::MessageImported { message, .. }
            | E::MessageEdited { message, .. }
            | E::MessageForgotten { message, .. }
            | E::VariantSelected { message, .. } => (0, Some(*message)),
            E::ReplyCompleted { reply, .. } | E::ReplyInterrupted { reply, .. } => (0, Some(*reply)),
            E::EmotionAppraised { message, .. } => (1, Some(*message)),
            E::MemoriesRecalled { message, .. } | E::FactsExtracted { message, .. } => (2, Some(*message)),
            E::SkillChosen { message, .. } => (3, Some(*message)),
            E::FeedbackGiven { reply, .. } => (4, Some(*reply)),
            E::MessagePerceived { .. } | E::PromptComposed { .. } | E::ReplyStarted { .. } => return None,
        },
        Event::Memory(_) => (2, None),
        Event::Graph(
            GraphEvent::StatementsExtracted { message, .. } | GraphEvent::StatementsWithdrawn { message },
        ) => (2, Some(*message)),
        Event::Graph(_) => (2, None),
        Event::Branch(_) => (5, None),
        Event::Album(AlbumEvent::MemoryKept { of, .. }) => (2, of.message()),
        Event::Album(_) => (2, None),
        Event::Person(_) | Event::Companion(_) | Event::Install(_) => (6, None),
        // Who came in when is for the report, not for a look back at one's life.
        Event::Account(_) => return None,
    })
}

impl Model for TimelineModel {
    const NAME: &'static str = "timeline";
    const VERSION: u32 = 2;

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let Some((lane, message)) = lane(payload) else { return Ok(()) };
        let h = &event.header;
        let conversation = match payload {
            Event::Conversation(_) => Some(ConversationId(h.stream.id)),
            Event::Album(AlbumEvent::MemoryKept { of, .. }) => Some(of.conversation()),
            _ => None,
        };
        let row = EntryRow {
            event_type: h.event_type.to_string(),
            occurred_at: h.occurred_at,
            recorded_at: h.recorded_at,
            conversation,
            message,
        };
        let at = event.position();
        rows.push(NewRow::new(lane as Kind + 1, at.0.to_be_bytes(), at, h.subject.as_bytes(), &row)?);
        Ok(())
    }
}

/// One noteworthy event.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where.
    pub position: Position,
    /// In which lane.
    pub lane: &'static str,
    /// Of which type.
    pub event_type: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// In which conversation.
    pub conversation: Option<ConversationId>,
    /// About which message.
    pub message: Option<MessageId>,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Timeline {
    pub(crate) slot: Arc<Slot<SqlStore<TimelineModel>>>,
}

/// Which entries.
#[derive(Clone, Debug)]
pub struct Window {
    /// Only entries after this position.
    pub after: Position,
    /// Only entries before this position.
    pub before: Position,
    /// The most entries; the newest are kept.
    pub limit: u32,
    /// Only these lanes; all when empty.
    pub lanes: Vec<String>,
}

/// Entries counted over a stretch of positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// First position.
    pub from: Position,
    /// Last position.
    pub through: Position,
    /// Entries by lane, in the order of [`LANES`].
    pub counts: [u64; LANES.len()],
    /// When the first entry was recorded; `None` for an empty bucket.
    pub start: Option<Timestamp>,
    /// When the last entry was recorded.
    pub end: Option<Timestamp>,
}

impl Timeline {
    async fn entries(
        &self,
        basis: &Basis,
        subjects: &[SubjectId],
        window: &Window,
    ) -> Result<Vec<Entry>, ReadSideError> {
        let model = self.slot.at(basis)?;
        let mut found = Vec::new();
        for (lane, kind) in LANES.into_iter().zip(1..) {
            if !window.lanes.is_empty() && !window.lanes.iter().any(|l| l == lane) {
                continue;
            }
            for subject in subjects {
                let scan = Scan {
                    kind,
                    parent: subject.as_bytes(),
                    after: window.after.0 as i64,
                    before: window.before.0.min(i64::MAX as u64) as i64,
                    order: Order::Newest,
                    limit: window.limit,
                };
                let rows: Vec<SeenRow<EntryRow>> = model
                    .rows
                    .scan(basis, &scan)
                    .await
                    .map_err(|source| ReadSideError::Store { name: TimelineModel::NAME, source })?;
                found.extend(rows.into_iter().map(|row| Entry {
                    position: row.position,
                    lane,
                    event_type: row.value.event_type,
                    occurred_at: row.value.occurred_at,
                    recorded_at: row.value.recorded_at,
                    conversation: row.value.conversation,
                    message: row.value.message,
                }));
            }
        }
        found.sort_by_key(|e| e.position);
        Ok(found)
    }

    /// The newest entries of a window that concern a person, oldest first. Matters of nobody else, such as branches, are
    /// kept under `common`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn window(
        &self,
        basis: &Basis,
        person: PersonId,
        common: SubjectId,
        window: &Window,
    ) -> Result<Vec<Entry>, ReadSideError> {
        let mut found = self.entries(basis, &[person.into(), common], window).await?;
        let surplus = found.len().saturating_sub(window.limit as usize);
        found.drain(..surplus);
        Ok(found)
    }

    /// How much happened over the whole past, in so many buckets of equal length in positions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn density(
        &self,
        basis: &Basis,
        person: PersonId,
        common: SubjectId,
        buckets: u32,
    ) -> Result<Vec<Bucket>, ReadSideError> {
        let head = basis.position.0;
        let n = u64::from(buckets).clamp(1, head.max(1));
        let subjects = [person.into(), common];
        let ask = move |view: &View<'_>| tally(view, head, n, &subjects);
        let model = self.slot.at(basis)?;
        model
            .rows
            .study(basis, ask)
            .await
            .map_err(|source| ReadSideError::Store { name: TimelineModel::NAME, source })
    }
}

/// Counts by lane and bucket in the index; only the first and the last entry of a bucket are looked up.
fn tally(view: &View<'_>, head: u64, buckets: u64, subjects: &[SubjectId]) -> Result<Vec<Bucket>, BoxError> {
    let mut found: Vec<Bucket> = (0..buckets)
        .map(|i| Bucket {
            from: Position(i * head / buckets + 1),
            through: Position((i + 1) * head / buckets),
            counts: [0; LANES.len()],
            start: None,
            end: None,
        })
        .collect();
    let mut ends: Vec<Option<[(Position, Kind); 2]>> = vec![None; found.len()];
    for (lane, kind) in (1..=LANES.len() as Kind).enumerate() {
        for subject in subjects {
            for counted in view.tally(kind, subject.as_bytes(), head, buckets)? {
                let Some((bucket, end)) = found.get_mut(counted.bucket).zip(ends.get_mut(counted.bucket)) else {
                    continue;
                };
                bucket.counts[lane] += counted.count;
                let (first, last) = ((counted.first, kind), (counted.last, kind));
                let [start, stop] = end.get_or_insert([first, last]);
                (*start, *stop) = ((*start).min(first), (*stop).max(last));
            }
        }
    }
    let recorded = |(at, kind): (Position, Kind)| -> Result<Option<Timestamp>, BoxError> {
        let row: Option<SeenRow<EntryRow>> = view.get(kind, at.0.to_be_bytes())?;
        Ok(row.map(|row| row.value.recorded_at))
    };
    for (bucket, ends) in found.iter_mut().zip(ends) {
        if let Some([first, last]) = ends {
            (bucket.start, bucket.end) = (recorded(first)?, recorded(last)?);
        }
    }
    Ok(found)
}
