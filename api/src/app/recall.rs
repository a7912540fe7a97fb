//! What comes to mind at a message: the best of semantic memory, each thing once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use commands::ports::{PortError, Recall, RecallQuery};
use domain::context::{Candidate, Tier};
use events::MadeBy;
use events::payload::{RecalledItem, Summary};
use projections::album::lift;
use projections::episodes::Episode;
use projections::memory::text::analyse;
use projections::memory::{Kind, MemoryQuery, Names, Remembered, Words};
use projections::minds::KnownFact;
use projections::{Basis, ReadModels, ReadSideError};

use super::mind::port;

/// Something comes to mind when one of so many of the best has enough to do with the message; then all of them may enter.
pub(crate) const AT_ONCE: usize = 8;
/// Looked at for each one wanted: some say the same in other turns.
const MORE: usize = 4;
/// Of what comes to mind, at most one in so many was said by the companion itself. Its words are mostly an echo.
const OWN_WORDS: usize = 3;

/// Of so many of the best finds the episode is looked for, and so many episodes enter.
const EPISODES_OF: usize = 3;
const EPISODES: usize = 2;
/// The most things that are told of the person unasked.
const PROFILE: usize = 5;

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

impl SemanticRecall {
    /// What the talk around the best of what was found came down to. What a found turn says is not said again.
    async fn episodes(
        &self,
        basis: &Basis,
        person: events::PersonId,
        found: &[Candidate],
    ) -> Result<Vec<Candidate>, ReadSideError> {
        let relevance: HashMap<_, _> = found.iter().filter_map(|c| Some((c.item.message?, c.relevance))).collect();
        let messages: Vec<_> = found.iter().filter_map(|c| c.item.message).take(EPISODES_OF).collect();
        let mut around = self.read.episodes().holding(basis, &messages).await?;
        around.truncate(EPISODES);
        let around = self.read.episodes().with_words(basis, around).await?;
        let mut candidates = Vec::new();
        for episode in around {
            let Some(text) = summary(&self.read, basis, person, &episode, &messages).await? else { continue };
            let of = episode.messages.iter().filter_map(|m| relevance.get(m)).copied().fold(0.0, f64::max);
            let day = episode.began.to_string();
            let day = day.get(..10).unwrap_or(&day);
            candidates.push(Candidate {
                item: RecalledItem {
                    source: episode.position,
                    message: None,
                    kind: "episode".to_owned(),
                    text: format!("From the same talk, {day}: {text}"),
                    score: 0.0,
                    signals: BTreeMap::from([
                        ("salience".to_owned(), episode.salience),
                        ("replays".to_owned(), f64::from(episode.replays)),
                    ]),
                    reason: "the talk around what was found".to_owned(),
                },
                tier: Tier::Episode,
                relevance: of,
                at: episode.replayed_at.map_or(episode.ended, |at| at.max(episode.ended)),
            });
        }
        Ok(candidates)
    }

    /// What is known of the person themselves, the surest first, whatever the message is about.
    async fn profile(
        &self,
        basis: &Basis,
        person: events::PersonId,
        found: &[Candidate],
    ) -> Result<Vec<Candidate>, ReadSideError> {
        let known = self.read.minds().profile(basis, person).await?;
        let mut holds: Vec<_> = known.iter().filter(|k| k.until.is_none() && k.subject == "you").collect();
        holds.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(b.said_last.cmp(&a.said_last)));
        let line = |k: &KnownFact| format!("{} | {} | {}", k.subject, k.predicate, k.object);
        let fresh = holds.into_iter().filter(|k| found.iter().all(|f| f.item.text != line(k)));
        let candidate = |k: &KnownFact| {
            Some(Candidate {
                item: RecalledItem {
                    source: *k.sources.last()?,
                    message: k.messages.last().copied(),
                    kind: "profile".to_owned(),
                    text: line(k),
                    score: 0.0,
                    signals: BTreeMap::from([("confidence".to_owned(), k.confidence)]),
                    reason: format!("known of the person, said {} times", k.sources.len()),
                },
                tier: Tier::Profile,
                relevance: k.confidence,
                at: k.said_last,
            })
        };
        Ok(fresh.take(PROFILE).filter_map(candidate).collect())
    }
}

/// What an episode comes down to, in words, without the sentences of some messages; `None` when nothing is left.
///
/// A sentence that was reworded or forgotten since is left out, and so is a summary of a model's when a turn that it is
/// of is gone.
pub(crate) async fn summary(
    read: &ReadModels,
    basis: &Basis,
    person: events::PersonId,
    episode: &Episode,
    but: &[events::MessageId],
) -> Result<Option<String>, ReadSideError> {
    let pieces = match &episode.summary {
        None => return Ok(None),
        Some(Summary::Written { text }) => {
            let whole = read.conversations().all_there(basis, &episode.messages).await?;
            return Ok(whole.then(|| text.clone()));
        }
        Some(Summary::Extract { lines }) => lines,
    };
    let mut said = Vec::new();
    for piece in pieces.iter().filter(|p| !but.contains(&p.message)) {
        let message = match read.conversations().message(basis, person, piece.message).await {
            Ok(message) => message,
            Err(ReadSideError::NoMessage(_)) => continue,
            Err(other) => return Err(other),
        };
        let text = message.text.filter(|_| message.text_position <= episode.position);
        said.extend(text.and_then(|t| t.get(piece.from as usize..piece.to as usize).map(str::to_owned)));
    }
    Ok((!said.is_empty()).then(|| said.join(" ")))
}

/// Persons of a message whose relations come to mind.
const NAMED: usize = 2;
/// Relations of each that come to mind.
const TOLD: usize = 4;
/// What a companion does not bring up by itself about somebody else.
const DISCREET: &[&str] = &["has_condition", "allergic_to", "ex", "together_with"];

impl SemanticRecall {
    /// What the graph knows of the people whom a message names.
    async fn related(
        &self,
        basis: &Basis,
        person: events::PersonId,
        text: &str,
    ) -> Result<Vec<Candidate>, ReadSideError> {
        let graph = self.read.graphs().graph(basis, person).await?;
        let now = basis.time.unwrap_or_default();
        let words = format!(" {} ", text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " "));
        let named = |name: &str| words.contains(&format!(" {} ", name.to_lowercase()));
        let people = graph.nodes().iter().filter(|n| n.kind == "person" && n.name != "you");
        let people = people.filter(|n| named(&n.name) || n.aliases.iter().any(|a| named(a)));
        let mut items = Vec::new();
        for node in people.take(NAMED) {
            let known = graph.around(node.id).filter(|e| e.valid_at(now) && !DISCREET.contains(&&*e.predicate));
            let mut known: Vec<_> = known.collect();
            known.sort_by_key(|e| std::cmp::Reverse(e.recorded));
            let name = |id| graph.node(id).map_or("", |n: &projections::graph::Node| n.name.as_str());
            let told: Vec<String> = known
                .iter()
                .take(TOLD)
                .map(|e| {
                    let says = events::vocabulary::predicate(&e.predicate).map_or("", |p| p.says);
                    match (says.strip_prefix("has as "), name(e.source)) {
                        (Some(role), "you") => format!("{} is your {role}", name(e.target)),
                        (Some(role), whose) => format!("{} is {whose}'s {role}", name(e.target)),
                        (None, who) => format!("{who} {says} {}", name(e.target)),
                    }
                })
                .collect();
            let (Some(newest), Some((_, _, said))) = (known.first(), node.mentions.last().copied()) else { continue };
            let item = RecalledItem {
                source: newest.recorded,
                message: None,
                kind: "relation".to_owned(),
                text: told.join("; "),
                score: newest.confidence,
                signals: BTreeMap::new(),
                reason: format!("the message names {}", node.name),
            };
            items.push(Candidate { item, tier: Tier::Profile, relevance: 1.0, at: said });
        }
        Ok(items)
    }
}

#[async_trait]
impl Recall for SemanticRecall {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "semantic-memory".to_owned(), version: "2".to_owned() }
    }

    async fn recall(&self, query: &RecallQuery) -> Result<Vec<Candidate>, PortError> {
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
        if !found.iter().take(AT_ONCE).any(|f| f.relevant) {
            found.clear();
        }
        lift(&mut found, &self.read.album().marks(&basis, key.person).await.map_err(port)?);
        let words = memory.words(&basis, &found).await.map_err(port)?;
        let (mut seen, mut own, mut best, mut items): (Vec<HashSet<String>>, _, _, Vec<Candidate>) =
            (Vec::new(), 0, None, Vec::new());
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
            let best = best.get_or_insert(found.score.max(f64::MIN_POSITIVE));
            let relevance = (found.score / *best).clamp(0.0, 1.0);
            let at = found.at;
            let item = RecalledItem {
                source: found.source,
                message: matches!(found.kind, Kind::Person | Kind::Companion).then_some(found.message),
                kind: kind(found.kind).to_owned(),
                text,
                score: found.score,
                signals: found
                    .signals
                    .iter()
                    .map(|(name, part)| ((*name).to_owned(), *part))
                    .chain([("relevant".to_owned(), f64::from(u8::from(found.relevant)))])
                    .collect::<BTreeMap<_, _>>(),
                reason: found.reason,
            };
            items.push(Candidate { item, tier: Tier::Semantic, relevance, at });
        }
        items.extend(self.episodes(&basis, key.person, &items).await.map_err(port)?);
        items.extend(self.profile(&basis, key.person, &items).await.map_err(port)?);
        items.extend(self.related(&basis, key.person, &query.text).await.map_err(port)?);
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
