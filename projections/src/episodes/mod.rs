//! Episodes: what talk settled into, and how often each was gone over again.
//!
//! Rows hold ids and times, never the words.

mod query;

use events::log::BoxError;
use events::payload::MemoryEvent;
use events::{ConversationId, EpisodeId, Event, MessageId, Recorded, Timestamp};
use serde::{Deserialize, Serialize};

pub use query::{Episode, Episodes};

use crate::sql::Model;
use crate::versions::{Kind, NewRow};

/// Under the person.
const EPISODE: Kind = 1;
/// By message: the episode that it is part of.
const MEMBER: Kind = 2;
/// By conversation: the last message that settled.
const SETTLED: Kind = 3;
/// Under the episode: one row each time it was gone over.
const REPLAY: Kind = 4;
/// The parent of rows that are looked up by their key.
const ROOT: &[u8] = b"";

#[derive(Serialize, Deserialize)]
struct EpisodeRow {
    conversation: ConversationId,
    turns: u32,
    began: Timestamp,
    ended: Timestamp,
    salience: f64,
}

#[derive(Serialize, Deserialize)]
struct MemberRow {
    episode: EpisodeId,
}

#[derive(Serialize, Deserialize)]
struct SettledRow {
    message: MessageId,
}

#[derive(Serialize, Deserialize)]
struct ReplayRow {
    at: Timestamp,
}

/// The model.
#[derive(Default)]
pub(crate) struct EpisodesModel;

impl Model for EpisodesModel {
    const NAME: &'static str = "episodes";
    const VERSION: u32 = 1;

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let Event::Memory(payload) = payload else { return Ok(()) };
        let at = event.position();
        match payload {
            MemoryEvent::EpisodeFormed { episode, conversation, messages, began, ended, salience, .. } => {
                let row = EpisodeRow {
                    conversation: *conversation,
                    turns: u32::try_from(messages.len())?,
                    began: *began,
                    ended: *ended,
                    salience: *salience,
                };
                let person = event.header.stream.id;
                rows.push(NewRow::new(EPISODE, episode.as_bytes(), at, person.as_bytes(), &row)?);
                let member = MemberRow { episode: *episode };
                for message in messages {
                    rows.push(NewRow::new(MEMBER, message.as_bytes(), at, ROOT, &member)?);
                }
                if let Some(last) = messages.last() {
                    let row = SettledRow { message: *last };
                    rows.push(NewRow::new(SETTLED, conversation.as_bytes(), at, ROOT, &row)?);
                }
            }
            MemoryEvent::EpisodesReplayed { replays, .. } => {
                let row = ReplayRow { at: event.header.occurred_at };
                for replay in replays {
                    let key = [&replay.episode.as_bytes()[..], &at.0.to_be_bytes()].concat();
                    rows.push(NewRow::new(REPLAY, key, at, replay.episode.as_bytes(), &row)?);
                }
            }
        }
        Ok(())
    }
}
