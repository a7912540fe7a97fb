//! Finds the conversation of a message that names none: what was said there is searched for it.

use std::collections::HashMap;

use domain::threads::{Candidate, coherence, resolve};
use events::ConversationId;
use events::payload::ThreadChoice;
use projections::Basis;
use projections::conversations::Conversation;
use projections::memory::{Kind, MemoryQuery};

use super::error::AppError;
use super::{App, recall};

/// Conversations that are weighed, the latest.
const WEIGHED: u32 = 200;
/// Hits that are looked at for what they were part of.
const LOOKED_AT: usize = 60;
const HOUR: f64 = 3_600e6;

impl App {
    /// Chooses among the owner's conversations that are no imports and not private; `None` stands for a new one.
    ///
    /// # Errors
    /// When the read models cannot be read. Memory that cannot be searched is no error: then nothing is known of subjects.
    pub async fn choose_thread(
        &self,
        basis: &Basis,
        text: &str,
    ) -> Result<(Option<ConversationId>, ThreadChoice), AppError> {
        let all = self.read.conversations().list(basis, self.owner, WEIGHED).await?;
        let open: Vec<Conversation> = all.into_iter().filter(|c| !c.private && c.origin == "chat").collect();
        let now = self.clock.now();
        let idle = |c: &Conversation| (now.0 - c.last_activity.0).max(0) as f64 / HOUR;
        let rested = open.iter().map(idle).fold(f64::INFINITY, f64::min) >= domain::threads::SITTING;
        // Subjects are only asked for where they decide: within a sitting a message costs no search.
        let subjects = if rested && !open.is_empty() { self.subjects_of(basis, text).await } else { HashMap::new() };
        let candidates = open.iter().map(|c| Candidate {
            conversation: c.id,
            idle_hours: idle(c),
            messages: c.messages,
            coherence: coherence(subjects.get(&c.id).cloned().unwrap_or_default()),
        });
        Ok(resolve(candidates.collect()))
    }

    /// By conversation, how much of a text each of its best hits tells.
    async fn subjects_of(&self, basis: &Basis, text: &str) -> HashMap<ConversationId, Vec<f64>> {
        let found = async {
            let query = MemoryQuery {
                person: self.owner,
                text: text.to_owned(),
                asked_at: Some(self.clock.now()),
                names: recall::names(&self.read, basis, self.owner).await?,
                but: None,
                kinds: vec![Kind::Person, Kind::Companion],
                limit: LOOKED_AT,
            };
            self.read.memory().search(basis, &query).await
        };
        let found = found.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "memory could not be asked where a message belongs: it goes by time alone");
            vec![]
        });
        let mut subjects: HashMap<ConversationId, Vec<f64>> = HashMap::new();
        for hit in found.into_iter().filter(|hit| hit.relevant) {
            subjects.entry(hit.conversation).or_default().push(hit.share.max(hit.likeness));
        }
        subjects
    }
}
