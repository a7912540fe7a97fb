//! What comes to mind at a message: the best of semantic memory, each thing once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{PortError, Recall, RecallQuery};
use events::MadeBy;
use events::payload::RecalledItem;
use projections::memory::{Kind, MemoryQuery, Names, Remembered, Words};
use projections::{Basis, ReadModels, ReadSideError};

use super::mind::port;

/// Looked at for each one wanted: some say the same in other turns.
const MORE: usize = 4;
/// Of what comes to mind, at most one in so many was said by the companion itself. Its words are mostly an echo.
const OWN_WORDS: usize = 3;

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

/// One remembered thing as a line of a prompt.
pub(crate) fn line(names: &Names, found: &Remembered, words: &Words) -> String {
    match words {
        Words::Learned(fact) => format!("{} | {} | {}", fact.subject, fact.predicate, fact.object),
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
        let words = memory.words(&basis, &found).await.map_err(port)?;
        let (mut seen, mut own, mut items) = (HashSet::new(), 0, Vec::new());
        for (found, words) in found.into_iter().zip(words) {
            let Some(words) = words else { continue };
            let text = line(&names, &found, &words);
            if items.len() >= query.limit || !seen.insert(text.clone()) {
                continue;
            }
            if found.kind == Kind::Companion && found.speaker.is_none() {
                if own >= query.limit.div_ceil(OWN_WORDS) {
                    continue;
                }
                own += 1;
            }
            items.push(RecalledItem {
                source: found.source,
                message: (found.kind != Kind::Fact).then_some(found.message),
                kind: if found.kind == Kind::Fact { "fact" } else { "turn" }.to_owned(),
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
