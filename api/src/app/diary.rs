//! What was said and has not settled yet, from read models.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{Diary, PortError, Talk, TalkTurn};
use domain::memory::replay::Candidate;
use events::payload::Role;
use events::{BranchId, MessageId, PersonId, Position, Timestamp};
use models::summary::TalkLine;
use projections::conversations::{Conversation, Message, Page};
use projections::memory::{Names, SESSION_GAP_SECONDS};
use projections::{Basis, ReadModels, ReadSideError};

use super::mind::port;
use super::recall::names;

/// Messages read at once.
const PAGE: u32 = 500;
/// Episodes that can be drawn for being gone over again: the newest formed.
const CANDIDATES: u32 = 500;

pub(super) struct ReadDiary {
    pub read: Arc<ReadModels>,
}

impl ReadDiary {
    /// The turns of a conversation that came after the last one that settled. Of several answers the one that counts is
    /// part of the talk; a new answer to what has settled is none of it.
    async fn turns(
        &self,
        basis: &Basis,
        person: PersonId,
        conversation: &Conversation,
        names: &Names,
    ) -> Result<Vec<TalkTurn>, ReadSideError> {
        let conversations = self.read.conversations();
        let mut after = match self.read.episodes().settled(basis, conversation.id).await? {
            Some(last) => conversations.message(basis, person, last).await?.position,
            None => Position::START,
        };
        let mut all: Vec<Message> = Vec::new();
        loop {
            let page = Page { after, before: Position::END, newest: false, limit: PAGE };
            let found = conversations.messages(basis, person, conversation.id, page).await?;
            let full = found.len() == PAGE as usize;
            let Some(last) = found.last() else { break };
            after = last.position;
            all.extend(found);
            if !full {
                break;
            }
        }
        let counts: HashMap<MessageId, MessageId> =
            all.iter().filter_map(|m| m.selected.map(|reply| (reply, m.id))).collect();
        let turn = |m: Message| {
            let spoken = m.reply_to.is_none() || counts.contains_key(&m.id);
            let text = m.text.filter(|t| spoken && !t.trim().is_empty())?;
            let by_person = m.role == Role::Person;
            let name = if by_person { &names.person } else { &names.companion };
            let speaker = m.speaker.unwrap_or_else(|| name.clone());
            Some(TalkTurn { message: m.id, at: m.occurred_at, line: TalkLine { speaker, by_person, text } })
        };
        Ok(all.into_iter().filter_map(turn).collect())
    }
}

/// Cuts turns where a long silence is.
fn stretches(conversation: &Conversation, turns: Vec<TalkTurn>, now: Timestamp) -> Vec<Talk> {
    let gap = SESSION_GAP_SECONDS * 1_000_000;
    let mut talks: Vec<Talk> = Vec::new();
    for turn in turns {
        match talks.last_mut().and_then(|t| t.lines.last().map(|l| l.at)) {
            Some(before) if (turn.at.0 - before.0).abs() <= gap => {
                if let Some(talk) = talks.last_mut() {
                    talk.lines.push(turn);
                }
            }
            _ => talks.push(Talk { conversation: conversation.id, lines: vec![turn], going_on: false }),
        }
    }
    if let Some(last) = talks.last_mut() {
        last.going_on = last.lines.last().is_some_and(|l| now.0 - l.at.0 <= gap && conversation.origin == "chat");
    }
    talks
}

#[async_trait]
impl Diary for ReadDiary {
    async fn unsettled(&self, branch: BranchId, person: PersonId, now: Timestamp) -> Result<Vec<Talk>, PortError> {
        let basis = self.read.head_of(branch).await.map_err(port)?;
        let names = names(&self.read, &basis, person).await.map_err(port)?;
        let list = self.read.conversations().list(&basis, person, u32::MAX).await.map_err(port)?;
        let mut talks = Vec::new();
        for conversation in list.iter().filter(|c| !c.private) {
            let turns = self.turns(&basis, person, conversation, &names).await.map_err(port)?;
            talks.extend(stretches(conversation, turns, now));
        }
        talks.sort_by_key(|t| t.lines.first().map(|l| (l.at, l.message)));
        Ok(talks)
    }

    async fn episodes(&self, branch: BranchId, person: PersonId) -> Result<Vec<Candidate>, PortError> {
        let basis = self.read.head_of(branch).await.map_err(port)?;
        let episodes = self.read.episodes();
        let newest = episodes.newest(&basis, person, CANDIDATES).await.map_err(port)?;
        let newest = episodes.with_words(&basis, newest).await.map_err(port)?;
        let turns: Vec<MessageId> = newest.iter().flat_map(|e| e.messages.iter().copied()).collect();
        let judged = self.read.conversations().judged(&basis, &turns).await.map_err(port)?;
        let candidate = |e: projections::episodes::Episode| Candidate {
            episode: e.id,
            salience: e.salience,
            ended: e.ended,
            judged: e.messages.iter().any(|m| judged.contains(m)),
        };
        Ok(newest.into_iter().map(candidate).collect())
    }
}

#[cfg(test)]
mod tests {
    use events::{CompanionId, ConversationId};
    use uuid::Uuid;

    use super::*;

    fn conversation(origin: &str) -> Conversation {
        Conversation {
            id: ConversationId(Uuid::from_u128(1)),
            person: PersonId(Uuid::from_u128(2)),
            companion: CompanionId(Uuid::from_u128(3)),
            private: false,
            origin: origin.to_owned(),
            title: None,
            started_at: Timestamp(0),
            last_activity: Timestamp(0),
            last_position: Position(1),
            messages: 1,
        }
    }

    fn turn(hours: i64) -> TalkTurn {
        TalkTurn {
            message: MessageId(Uuid::from_u128(hours as u128)),
            at: Timestamp(hours * 3_600_000_000),
            line: TalkLine { speaker: "Ada".into(), by_person: true, text: "Hm.".into() },
        }
    }

    #[test]
    fn talk_is_cut_at_long_silences_and_the_last_may_go_on() {
        let turns = || vec![turn(1), turn(3), turn(10)];
        let going = |origin: &str, now: i64| -> Vec<(usize, bool)> {
            let talks = stretches(&conversation(origin), turns(), Timestamp(now * 3_600_000_000));
            talks.iter().map(|t| (t.lines.len(), t.going_on)).collect()
        };
        assert_eq!(going("chat", 11), [(2, false), (1, true)]);
        assert_eq!(going("chat", 20), [(2, false), (1, false)]);
        assert_eq!(going("import", 11), [(2, false), (1, false)], "nothing is added to an import by talking");
        assert!(stretches(&conversation("chat"), vec![], Timestamp(0)).is_empty());
    }
}
