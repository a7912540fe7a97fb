//! What comes to mind at a message: the best of semantic memory, each thing once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{PortError, Recall, RecallQuery};
use events::MadeBy;
use events::payload::RecalledItem;
use projections::album::lift;
use projections::memory::text::analyse;
use projections::memory::{Kind, MemoryQuery, Names, Remembered, Words};
use projections::{Basis, ReadModels, ReadSideError};

use super::mind::port;

/// Looked at for each one wanted: some say the same in other turns.
const MORE: usize = 4;
/// Of what comes to mind, at most one in so many was said by the companion itself. Its words are mostly an echo.
const OWN_WORDS: usize = 3;

/// Shared terms, of all terms of both, from which on two texts say the same.
const MUCH_ALIKE: f64 = 0.8;

pub(super) struct SemanticRecall {
    pub read: Arc<ReadModels>,
}

/// The names of those who talk in a conversation.
pub(crate) async fn names(
    read: &ReadModels,
    basis: &Basis,
    person: events::PersonId,
) -> Result<Names, ReadSideError> {
    let people = read.minds().people(basis).await?;
    let companions = read.minds().companions(basis).await?;
    Ok(Names {
        person: people.into_iter().find(|p| p.id == person).and_then(|p| p.name).unwrap_or_default(),
        companion: companions.into_iter().find(|c| c.owner == person).map(|c| c.name).unwrap_or_default(),
    })
}

/// Whether two texts share nearly all their terms: the same said again brings nothing new to mind.
fn much_alike(one: &HashSet<String>, other: &HashSet<String>) -> bool {
    let shared = one.intersection(other).count();
    shared as f64 >= MUCH_ALIKE * (one.len() + other.len() - shared) as f64
}

/// What something remembered is called.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Fact => "fact",
        Kind::Note => "album",
        _ => "turn",
    }
}

/// One remembered thing as a line of a prompt.
pub(crate) fn line(names: &Names, found: &Remembered, words: &Words) -> String {
    match words {
        Words::Learned(fact) => format!("{} | {} | {}", fact.subject, fact.predicate, fact.object),
        Words::Noted { note, about: Some(about) } => format!("{} kept “{about}” and noted: {note}", names.person),
        Words::Noted { note, about: None } => format!("{} noted: {note}", names.person),
        Words::Said(text) => {
            let other = found.speaker.as_ref().unwrap_or(&names.companion);
            format!("{}: {text}", if found.kind == Kind::Person { &names.person } else { other })
        }
    }
}

#[async_trait]
impl Recall for SemanticRecall {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "semantic-memory".to_owned(), version: "1".to_owned() }
    }

    async fn recall(&self, query: &RecallQuery) -> Result<Vec<RecalledItem>, PortError> {
        let key = &query.key;
        let basis = self.read.await_position(key.branch, key.position).await.map_err(port)?;
        let names = names(&self.read, &basis, key.person).await.map_err(port)?;
        let asked = MemoryQuery {
            person: key.person,
            text: query.text.clone(),
            asked_at: basis.time,
            names: names.clone(),
            but: Some(key.message),
            kinds: vec![],
            limit: query.limit * MORE,
        };
        let memory = self.read.memory();
        let mut found = memory.search(&basis, &asked).await.map_err(port)?;
        found.retain(|f| f.relevant);
        lift(&mut found, &self.read.album().marks(&basis, key.person).await.map_err(port)?);
        let words = memory.words(&basis, &found).await.map_err(port)?;
        let (mut seen, mut own, mut items): (Vec<HashSet<String>>, _, Vec<_>) = (Vec::new(), 0, Vec::new());
        for (found, words) in found.into_iter().zip(words) {
            let Some(words) = words else { continue };
            let text = line(&names, &found, &words);
            let terms: HashSet<String> = analyse(&text, None).terms.into_iter().collect();
            if items.len() >= query.limit || seen.iter().any(|other| much_alike(other, &terms)) {
                continue;
            }
            seen.push(terms);
            if found.kind == Kind::Companion && found.speaker.is_none() {
                if own >= query.limit.div_ceil(OWN_WORDS) {
                    continue;
                }
                own += 1;
            }
            items.push(RecalledItem {
                source: found.source,
                message: matches!(found.kind, Kind::Person | Kind::Companion).then_some(found.message),
                kind: kind(found.kind).to_owned(),
                text,
                score: found.score,
                signals: found
                    .signals
                    .iter()
                    .map(|(name, part)| ((*name).to_owned(), *part))
                    .collect::<BTreeMap<_, _>>(),
                reason: found.reason,
            });
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_do_not_pile_up() {
        let terms = |text: &str| analyse(text, None).terms.into_iter().collect::<HashSet<_>>();
        let alike = |one, other| much_alike(&terms(one), &terms(other));
        assert!(alike("Ada: I like green tea.", "Ada: i like GREEN tea!!"));
        assert!(!alike("Ada: I like green tea.", "Ada: I like black tea."));
        assert!(!alike("Ada: My sister lives in Lisbon", "Ada: My sister lives in Porto"));
    }
}
