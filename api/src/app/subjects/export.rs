//! Giving a person all that is here about them.

use events::payload::InstallEvent;
use events::{Actor, Code, CommandId, Recorded};
use serde_json::{Value, json};

use super::{App, AppError, Subject};

const PAGE: u32 = 2_000;

/// All that is known of a subject.
#[derive(Clone, Debug)]
pub struct Everything {
    /// Who.
    pub subject: Subject,
    /// Every event that their key seals, on all branches, with the name of the branch.
    pub events: Vec<(String, Recorded)>,
    /// What the events add up to, by name.
    pub states: Vec<(&'static str, Value)>,
}

impl App {
    /// Everything about a subject, as lines for machines and as a text for people. That it was given out is recorded.
    ///
    /// # Errors
    /// When there is no such subject, it was erased, or the log cannot be read.
    pub async fn export_subject(&self, who: &str, command: CommandId) -> Result<(Vec<Value>, String), AppError> {
        let everything = self.everything(who).await?;
        let events = everything.events.len() as u64;
        let event = InstallEvent::SubjectExported { subject: everything.subject.id, events };
        self.record(command, Actor::Person(self.owner), event).await?;
        Ok((super::portable(&everything), super::markdown(&everything)))
    }

    async fn everything(&self, who: &str) -> Result<Everything, AppError> {
        let subject = self.subject_named(who).await?;
        if subject.kind == "person" && subject.id != self.owner.into() {
            let message = "what a person said is given to that person only: they export it themselves";
            return Err(AppError::new(Code::Forbidden, message));
        }
        if subject.erased_at.is_some() {
            let message = format!("subject {} was erased; `aico subject receipt` shows it", subject.id);
            return Err(AppError::new(Code::SubjectErased, message));
        }
        let mut events = Vec::new();
        for branch in self.log.branches().await? {
            let mut after = branch.fork;
            while after < branch.head {
                let page = self.log.read(branch.id, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.position();
                let own = page.into_iter().filter(|e| e.header.subject == subject.id);
                events.extend(own.map(|e| (branch.name.clone(), e)));
            }
        }
        let mut states = Vec::new();
        if subject.id == self.owner.into() {
            let basis = self.basis(None, None).await?;
            for name in crate::app::STATE_NAMES {
                states.push((name, self.state(&basis, name).await?));
            }
        }
        Ok(Everything { subject, events, states })
    }
}

/// The content of an event as JSON.
pub(super) fn content(event: &Recorded) -> Value {
    crate::shown::content(event).unwrap_or_else(|| json!({ "erased": true }))
}
