//! A first memory: words in common, rare words first, over recent turns and all that was learned.
//!
//! The score is the sum over shared words of ln(1 + N / n), where N counts the texts looked at and n those with the word
//! (an inverse document frequency), over the square root of the text's length.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{PortError, Recall, RecallQuery};
use events::payload::{RecalledItem, Role};
use events::{MadeBy, MessageId, Position};
use models::telling_words;
use projections::ReadModels;

use super::mind::port;

/// Conversations looked at besides the one talked in: those begun last.
const CONVERSATIONS: u32 = 12;
/// Turns looked at in each.
const TURNS: u32 = 200;
/// Turns looked at in all: what a turn may cost has a bound.
const MAX_TURNS: usize = 600;
/// Facts looked at.
const FACTS: u32 = 300;
/// A text that shares less than this with the question says nothing about it.
const THRESHOLD: f64 = 0.3;

pub(super) struct SimpleRecall {
    pub read: Arc<ReadModels>,
}

struct Candidate {
    source: Position,
    message: Option<MessageId>,
    kind: &'static str,
    text: String,
    words: HashSet<String>,
    length: usize,
}

impl Candidate {
    fn new(source: Position, message: Option<MessageId>, kind: &'static str, text: String, body: &str) -> Self {
        let words: Vec<String> = telling_words(body);
        Self { source, message, kind, text, length: words.len(), words: words.into_iter().collect() }
    }
}

#[async_trait]
impl Recall for SimpleRecall {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "shared-words".to_owned(), version: "1".to_owned() }
    }

    async fn recall(&self, query: &RecallQuery) -> Result<Vec<RecalledItem>, PortError> {
        let asked: HashSet<String> = telling_words(&query.text).into_iter().collect();
        if asked.is_empty() {
            return Ok(vec![]);
        }
        let candidates = self.candidates(query).await?;
        let mut frequency: HashMap<&str, u32> = HashMap::new();
        for word in candidates.iter().flat_map(|c| &c.words) {
            *frequency.entry(word).or_default() += 1;
        }
        let total = candidates.len() as f64;
        let mut scored: Vec<(f64, Vec<&String>, &Candidate)> = Vec::new();
        for candidate in &candidates {
            let mut shared: Vec<&String> = candidate.words.intersection(&asked).collect();
            shared.sort();
            let weight = |w: &&String| (1.0 + total / f64::from(*frequency.get(w.as_str()).unwrap_or(&1))).ln();
            let score = shared.iter().map(weight).sum::<f64>() / (candidate.length as f64).sqrt().max(1.0);
            if score >= THRESHOLD {
                scored.push((score, shared, candidate));
            }
        }
        // Ties go to the newer text, then to the kind, so that the order never depends on chance.
        scored.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then(b.2.source.cmp(&a.2.source))
                .then(a.2.kind.cmp(b.2.kind))
                .then(a.2.text.cmp(&b.2.text))
        });
        let mut seen = HashSet::new();
        scored.retain(|(_, _, c)| seen.insert(c.text.clone()));
        Ok(scored
            .into_iter()
            .take(query.limit)
            .map(|(score, shared, c)| RecalledItem {
                source: c.source,
                message: c.message,
                kind: c.kind.to_owned(),
                text: c.text.clone(),
                score,
                signals: BTreeMap::from([("shared_words".to_owned(), shared.len() as f64)]),
                reason: format!(
                    "shares {} with the message",
                    shared.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
                ),
            })
            .collect())
    }
}

impl SimpleRecall {
    async fn candidates(&self, query: &RecallQuery) -> Result<Vec<Candidate>, PortError> {
        let key = &query.key;
        let basis = self.read.await_position(key.branch, key.position).await.map_err(port)?;
        let people = self.read.minds().people(&basis).await.map_err(port)?;
        let name = people.into_iter().find(|p| p.id == key.person).and_then(|p| p.name).unwrap_or_default();
        let companions = self.read.minds().companions(&basis).await.map_err(port)?;
        let mut found = Vec::new();
        let conversations = self.read.conversations();
        let mut looked_at = conversations.begun_last(&basis, key.person, CONVERSATIONS).await.map_err(port)?;
        if looked_at.iter().all(|(id, ..)| *id != key.conversation)
            && let Some((_, companion, private)) =
                self.read.minds().parties(&basis, key.conversation).await.map_err(port)?
        {
            looked_at.insert(0, (key.conversation, companion, private));
        }
        // The one talked in comes first, whatever bound is met later.
        looked_at.sort_by_key(|(id, ..)| *id != key.conversation);
        for (conversation, with, private) in looked_at {
            if private && conversation != key.conversation {
                continue;
            }
            if found.len() >= MAX_TURNS {
                break;
            }
            let companion = companions.iter().find(|c| c.id == with);
            let said = conversations.said(&basis, conversation, TURNS).await.map_err(port)?;
            for said in said.into_iter().filter(|s| s.message != key.message) {
                let who = match (said.role, &said.speaker) {
                    (Role::Person, _) => name.as_str(),
                    (Role::Companion, Some(speaker)) => speaker,
                    (Role::Companion, None) => companion.map_or("", |c| c.name.as_str()),
                };
                let shown = format!("{who}: {}", said.text);
                found.push(Candidate::new(said.source, Some(said.message), "turn", shown, &said.text));
            }
        }
        for learned in self.read.minds().facts(&basis, key.person, FACTS).await.map_err(port)? {
            let f = &learned.fact;
            let text = format!("{} | {} | {}", f.subject, f.predicate, f.object);
            let body = format!("{} {} {}", f.subject, f.predicate, f.object);
            found.push(Candidate::new(learned.position, Some(learned.message), "fact", text, &body));
        }
        Ok(found)
    }
}
