//! Questions that a person puts to the companion's memory.

use events::{ConversationId, MessageId, Position, Timestamp};
use projections::Basis;
use projections::album::lift;
use projections::memory::{MemoryQuery, SIGNALS};

use super::error::AppError;
use super::{App, recall};

/// How far below the edge of the results something kept may come from.
const LIFTED: usize = 16;

/// What a signal says.
fn says(name: &str) -> &'static str {
    SIGNALS.iter().find(|s| s.name == name).map_or("you kept it in the album", |s| s.says)
}

/// Something remembered, with its words.
#[derive(Clone, Debug)]
pub struct MemoryHit {
    /// `turn`, `fact`, or `album` for a note about something kept.
    pub kind: &'static str,
    /// Who said it and what; for a fact its three parts.
    pub text: String,
    /// The event that holds it.
    pub source: Position,
    /// The message, or the one that a fact was learned from.
    pub message: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// When it was said.
    pub at: Timestamp,
    /// Rank score, higher is better.
    pub score: f64,
    /// What the score is made of: name, part, and what it says.
    pub signals: Vec<(&'static str, f64, &'static str)>,
    /// Why it was kept, in words.
    pub reason: String,
}

/// What memory gave.
#[derive(Clone, Debug)]
pub struct MemorySearch {
    /// Best first.
    pub hits: Vec<MemoryHit>,
    /// Why there is nothing, when there is nothing.
    pub nothing: Option<String>,
}

impl App {
    /// Searches the owner's memory.
    ///
    /// # Errors
    /// When the index or the log cannot be read.
    pub async fn search_memory(&self, basis: &Basis, text: &str, limit: usize) -> Result<MemorySearch, AppError> {
        let names = recall::names(&self.read, basis, self.owner).await?;
        let query = MemoryQuery {
            person: self.owner,
            text: text.to_owned(),
            asked_at: basis.time,
            names: names.clone(),
            but: None,
            kinds: vec![],
            // What was kept may be lifted over the edge.
            limit: if limit == 0 { 0 } else { limit + LIFTED },
        };
        let memory = self.read.memory();
        let mut found = memory.search(basis, &query).await?;
        found.retain(|f| f.relevant);
        lift(&mut found, &self.read.album().marks(basis, self.owner).await?);
        found.truncate(limit);
        let words = memory.words(basis, &found).await?;
        let mut hits = Vec::new();
        for (found, words) in found.into_iter().zip(words) {
            // What was erased is not there any more.
            let Some(words) = words else { continue };
            let signals = found.signals.iter().map(|(name, part)| (*name, *part, says(name)));
            hits.push(MemoryHit {
                kind: recall::kind(found.kind),
                text: recall::line(&names, &found, &words),
                source: found.source,
                message: found.message,
                conversation: found.conversation,
                at: found.at,
                score: found.score,
                signals: signals.collect(),
                reason: found.reason,
            });
        }
        let nothing = hits.is_empty().then(|| match text.trim() {
            "" => "the question is empty".to_owned(),
            _ if limit == 0 => "no results were wanted".to_owned(),
            _ => format!("nothing in memory at {basis} has to do with it, or it holds no word to look for"),
        });
        Ok(MemorySearch { hits, nothing })
    }
}
