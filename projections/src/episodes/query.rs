//! What can be asked about episodes. Every question names the person; another person's are not found.

use std::collections::HashMap;
use std::sync::Arc;

use events::log::BoxError;
use events::payload::{MemoryEvent, Summary};
use events::{ConversationId, EpisodeId, Event, MadeBy, MessageId, PersonId, Position, Timestamp};

use super::{EPISODE, EpisodeRow, EpisodesModel, MEMBER, MemberRow, REPLAY, ReplayRow, SETTLED, SettledRow};
use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::sql::{Model, SqlStore};
use crate::store::{Ports, Slot};
use crate::versions::{Scan, SeenRow, View};

/// An episode at a basis.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Its id.
    pub id: EpisodeId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// When the first of it was said.
    pub began: Timestamp,
    /// When the last of it was said.
    pub ended: Timestamp,
    /// How many turns it has.
    pub turns: u32,
    /// How much it matters, in `[0, 1]`.
    pub salience: f64,
    /// How often it was gone over again.
    pub replays: u32,
    /// When it was last gone over.
    pub replayed_at: Option<Timestamp>,
    /// Where it was recorded.
    pub position: Position,
    /// Its turns; nothing when erased.
    pub messages: Vec<MessageId>,
    /// What it comes down to; `None` when erased.
    pub summary: Option<Summary>,
    /// What summed it up; `None` when erased.
    pub by: Option<MadeBy>,
}

/// The read model, ready to be asked.
#[derive(Clone)]
pub struct Episodes {
    pub(crate) slot: Arc<Slot<SqlStore<EpisodesModel>>>,
    pub(crate) ports: Ports,
}

fn store(source: BoxError) -> ReadSideError {
    ReadSideError::Store { name: EpisodesModel::NAME, source }
}

fn bare(view: &View<'_>, row: SeenRow<EpisodeRow>) -> Result<Episode, BoxError> {
    let replays: Vec<SeenRow<ReplayRow>> = view.scan(&Scan::all(REPLAY, &row.key))?;
    let EpisodeRow { conversation, turns, began, ended, salience } = row.value;
    Ok(Episode {
        id: EpisodeId(uuid::Uuid::from_slice(&row.key)?),
        conversation,
        began,
        ended,
        turns,
        salience,
        replays: u32::try_from(replays.len())?,
        replayed_at: replays.iter().map(|r| r.value.at).max(),
        position: row.position,
        messages: vec![],
        summary: None,
        by: None,
    })
}

impl Episodes {
    /// A person's episodes, the newest formed first, without their words.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn newest(&self, basis: &Basis, person: PersonId, limit: u32) -> Result<Vec<Episode>, ReadSideError> {
        let ask = move |view: &View<'_>| {
            let rows: Vec<SeenRow<EpisodeRow>> = view.scan(&Scan::newest(EPISODE, person.as_bytes(), limit))?;
            rows.into_iter().map(|row| bare(view, row)).collect::<Result<Vec<_>, BoxError>>()
        };
        self.slot.at(basis)?.rows.study(basis, ask).await.map_err(store)
    }

    /// The episodes that some messages are part of, each once, in the order of the messages, without their words.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holding(&self, basis: &Basis, messages: &[MessageId]) -> Result<Vec<Episode>, ReadSideError> {
        let messages = messages.to_vec();
        let ask = move |view: &View<'_>| {
            let mut found: Vec<Episode> = Vec::new();
            for message in &messages {
                let member: Option<SeenRow<MemberRow>> = view.get(MEMBER, message.as_bytes())?;
                let Some(member) = member.filter(|m| found.iter().all(|f| f.id != m.value.episode)) else { continue };
                let row: Option<SeenRow<EpisodeRow>> = view.get(EPISODE, member.value.episode.as_bytes())?;
                found.extend(row.map(|row| bare(view, row)).transpose()?);
            }
            Ok(found)
        };
        self.slot.at(basis)?.rows.look(basis, ask).await.map_err(store)
    }

    /// The last message of a conversation that is part of an episode.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn settled(
        &self,
        basis: &Basis,
        conversation: ConversationId,
    ) -> Result<Option<MessageId>, ReadSideError> {
        let row: Option<SeenRow<SettledRow>> =
            self.slot.at(basis)?.rows.get(basis, SETTLED, conversation.as_bytes()).await.map_err(store)?;
        Ok(row.map(|r| r.value.message))
    }

    /// Fetches turns and summaries from the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn with_words(&self, basis: &Basis, mut episodes: Vec<Episode>) -> Result<Vec<Episode>, ReadSideError> {
        let places: Vec<Position> = episodes.iter().map(|e| e.position).collect();
        let events = self.ports.log.at(basis.branch, &places).await?;
        let mut words: HashMap<Position, (Vec<MessageId>, Summary, MadeBy)> = HashMap::new();
        for event in &events {
            let payload = event.event().map_err(|e| ReadSideError::decode(EpisodesModel::NAME, event, e))?;
            if let Some(Event::Memory(MemoryEvent::EpisodeFormed { messages, summary, by, .. })) = payload {
                words.insert(event.position(), (messages, summary, by));
            }
        }
        for episode in &mut episodes {
            if let Some((messages, summary, by)) = words.remove(&episode.position) {
                (episode.messages, episode.summary, episode.by) = (messages, Some(summary), Some(by));
            }
        }
        Ok(episodes)
    }
}
