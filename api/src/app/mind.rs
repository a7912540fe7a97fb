//! The companion's state of mind, from read models.

use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{Mind, OpenTurn, PortError, Situation, TurnKey};
use domain::prompt::{HistoryLine, Sourced};
use domain::skills::Posterior;
use events::payload::{ConversationEvent as E, Perception};
use events::{BranchId, Code, Event};
use projections::{Basis, ReadModels, ReadSideError};

/// Turns of history that are offered to a prompt; its budget decides how many enter.
const HISTORY: usize = 64;

pub(super) struct ReadMind {
    pub read: Arc<ReadModels>,
}

pub(super) fn port(error: ReadSideError) -> PortError {
    PortError { code: error.code(), message: error.to_string() }
}

fn missing(code: Code, message: impl Into<String>) -> PortError {
    PortError { code, message: message.into() }
}

impl ReadMind {
    async fn basis(&self, key: &TurnKey) -> Result<Basis, PortError> {
        self.read.await_position(key.branch, key.position).await.map_err(port)
    }

    async fn perceived(
        &self,
        basis: &Basis,
        key: &TurnKey,
    ) -> Result<(Option<Perception>, Option<String>), PortError> {
        let steps = self.read.conversations().steps(basis, key.message).await.map_err(port)?;
        let (mut perception, mut label) = (None, None);
        for step in steps {
            match step.event() {
                Ok(Some(Event::Conversation(E::MessagePerceived { perception: p, .. }))) => perception = Some(*p),
                Ok(Some(Event::Conversation(E::EmotionAppraised { label: l, .. }))) => label = Some(l),
                // New words need a new look.
                Ok(Some(Event::Conversation(E::MessageEdited { .. }))) => (perception, label) = (None, None),
                Ok(_) => {}
                Err(e) => return Err(missing(Code::LogDamaged, e.to_string())),
            }
        }
        Ok((perception, label))
    }
}

#[async_trait]
impl Mind for ReadMind {
    async fn situation(&self, key: &TurnKey) -> Result<Situation, PortError> {
        let basis = self.basis(key).await?;
        let conversations = self.read.conversations();
        let message = conversations.message(&basis, key.person, key.message).await.map_err(port)?;
        if message.conversation != key.conversation {
            return Err(missing(Code::NoSuchMessage, format!("there is no message {} there", key.message)));
        }
        let minds = self.read.minds();
        let parties = minds.parties(&basis, key.conversation).await.map_err(port)?;
        let (_, companion, private) = parties.filter(|(person, ..)| *person == key.person).ok_or_else(|| {
            missing(Code::NoSuchConversation, format!("there is no conversation {}", key.conversation))
        })?;
        let companions = minds.companions(&basis).await.map_err(port)?;
        let answering = companions.into_iter().find(|c| c.id == companion);
        let answering = answering.ok_or_else(|| missing(Code::NoSuchPerson, "the companion is gone"))?;
        let people = minds.people(&basis).await.map_err(port)?;
        let person = people.into_iter().find(|p| p.id == key.person);
        let person = person.ok_or_else(|| missing(Code::NoSuchPerson, "the person is gone"))?;
        let mood = minds.mood(&basis, companion, key.person).await.map_err(port)?;
        let (perceived, mood_label) = self.perceived(&basis, key).await?;
        let recent = self.read.working_memory().recent(&basis, key.conversation, HISTORY).await.map_err(port)?;
        let history = recent
            .into_iter()
            .rev()
            .filter(|turn| turn.position < message.position)
            .map(|turn| HistoryLine { source: turn.source, role: turn.role, text: turn.text })
            .collect();
        let text = message.text.ok_or_else(|| missing(Code::SubjectErased, "the message was erased"))?;
        Ok(Situation {
            companion,
            companion_name: Sourced { source: answering.name_position, text: answering.name },
            persona: Sourced { source: answering.persona_position, text: answering.persona },
            person_name: Sourced { source: person.name_position, text: person.name.unwrap_or_default() },
            text: Sourced { source: message.text_position, text },
            said_at: message.occurred_at,
            perceived,
            mood_label,
            affect: mood.map(|m| (m.affect, m.at)),
            private,
            history,
        })
    }

    async fn posteriors(&self, key: &TurnKey, context: &str) -> Result<Vec<Posterior>, PortError> {
        let basis = self.basis(key).await?;
        let found = self.read.minds().posteriors(&basis, key.person, context).await.map_err(port)?;
        Ok(found.into_iter().map(|(skill, alpha, beta)| Posterior { skill, alpha, beta }).collect())
    }

    async fn open_turns(&self, branch: BranchId) -> Result<Vec<OpenTurn>, PortError> {
        let basis = self.read.head_of(branch).await.map_err(port)?;
        let unfinished = self.read.conversations().unfinished(&basis).await.map_err(port)?;
        Ok(unfinished
            .into_iter()
            .map(|turn| OpenTurn {
                key: TurnKey {
                    branch,
                    conversation: turn.conversation,
                    person: turn.person,
                    message: turn.message,
                    position: turn.position,
                },
                run: turn.run,
            })
            .collect())
    }
}
