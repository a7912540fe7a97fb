//! What is known of a person: facts merged, and superseded by what was said later.
//!
//! A pure fold. The same fact again supports the first; of a relation that can hold one thing only, the later statement
//! closes the earlier; love and hate of the same thing close each other. Nothing is dropped: what no longer holds stays,
//! with what closed it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use events::{BranchId, MessageId, PersonId, Position, Timestamp};
use serde::Serialize;

use super::query::LearnedFact;

/// Relations of which a person has one at a time. All others may hold several things at once.
const ONE_AT_A_TIME: &[&str] = &[
    "name",
    "lives in",
    "works at",
    "works as",
    "is from",
    "was born in",
    "is called",
    "mother",
    "father",
    "wife",
    "husband",
    "partner",
    "girlfriend",
    "boyfriend",
    "boss",
];
const FAVOURITE: &str = "favourite ";
/// Relations that say the opposite of each other about the same thing.
const FOR: &[&str] = &["loves", "likes"];
const AGAINST: &[&str] = &["hates", "dislikes"];

/// Something known, with when it held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KnownFact {
    /// Who or what it is about; `you` is the person.
    pub subject: String,
    /// How it relates.
    pub predicate: String,
    /// To whom or what, as said first.
    pub object: String,
    /// The sentence that said it first.
    pub sentence: String,
    /// In `[0, 1]`: one minus the chance that every statement of it was misunderstood.
    pub confidence: f64,
    /// When it was said first.
    pub since: Timestamp,
    /// When it was said last.
    pub said_last: Timestamp,
    /// When something else was said instead; `None` while it holds.
    pub until: Option<Timestamp>,
    /// The event that said something else instead.
    pub superseded_by: Option<Position>,
    /// The events that say it, oldest first.
    pub sources: Vec<Position>,
    /// The messages that say it, oldest first.
    pub messages: Vec<MessageId>,
}

/// Where a profile was asked: branch, person, the last fact seen from there.
pub(super) type Place = (BranchId, PersonId, Position);

/// Profiles that were folded, the newest last.
#[derive(Clone, Default)]
pub(crate) struct Profiles(Arc<Mutex<Vec<Kept>>>);

type Kept = (Place, Arc<Vec<KnownFact>>);

/// Profiles kept at once: latest, a few moments of the past.
const KEPT: usize = 8;

impl Profiles {
    pub(super) fn get(&self, place: &Place) -> Option<Arc<Vec<KnownFact>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(at, _)| at == place).map(|(_, known)| known.clone())
    }

    pub(super) fn keep(&self, place: Place, known: Arc<Vec<KnownFact>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((place, known));
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

fn is_single(predicate: &str) -> bool {
    ONE_AT_A_TIME.contains(&predicate) || predicate.starts_with(FAVOURITE)
}

/// Whether two relations cannot both hold of the same thing.
fn oppose(one: &str, other: &str) -> bool {
    let against = |a: &str, b: &str| FOR.contains(&a) && AGAINST.contains(&b);
    against(one, other) || against(other, one)
}

/// Folds facts into what is known. The order of the statements decides, not the order in which they were learned.
pub(super) fn fold(mut facts: Vec<LearnedFact>) -> Vec<KnownFact> {
    facts.sort_by_key(|f| (f.at, f.position));
    let mut known: Vec<KnownFact> = Vec::new();
    // By subject: which of the known are about it.
    let mut about: HashMap<String, Vec<usize>> = HashMap::new();
    for LearnedFact { fact, message, position, at } in facts {
        let (subject, predicate, object) = (plain(&fact.subject), plain(&fact.predicate), plain(&fact.object));
        let held = about.entry(subject).or_default();
        let same = held.iter().copied().find(|n| {
            let k = &known[*n];
            k.until.is_none() && plain(&k.predicate) == predicate && plain(&k.object) == object
        });
        if let Some(same) = same {
            let k = &mut known[same];
            k.confidence = 1.0 - (1.0 - k.confidence) * (1.0 - fact.confidence.clamp(0.0, 1.0));
            k.said_last = at;
            k.sources.push(position);
            k.messages.push(message);
            continue;
        }
        for n in held.iter().copied() {
            let k = &mut known[n];
            let (other, thing) = (plain(&k.predicate), plain(&k.object));
            let closes =
                (other == predicate && is_single(&predicate)) || (thing == object && oppose(&other, &predicate));
            // A sentence that states two things at once does not correct itself.
            if k.until.is_none() && closes && !k.sources.contains(&position) {
                k.until = Some(at);
                k.superseded_by = Some(position);
            }
        }
        held.push(known.len());
        known.push(KnownFact {
            subject: fact.subject,
            predicate: fact.predicate,
            object: fact.object,
            sentence: fact.sentence,
            confidence: fact.confidence.clamp(0.0, 1.0),
            since: at,
            said_last: at,
            until: None,
            superseded_by: None,
            sources: vec![position],
            messages: vec![message],
        });
    }
    known
}

#[cfg(test)]
mod tests {
    use events::payload::Fact;
    use uuid::Uuid;

    use super::*;

    fn said(at: i64, subject: &str, predicate: &str, object: &str) -> LearnedFact {
        LearnedFact {
            fact: Fact {
                subject: subject.into(),
                predicate: predicate.into(),
                object: object.into(),
                sentence: format!("{subject} {predicate} {object}"),
                confidence: 0.8,
            },
            message: MessageId(Uuid::from_u128(at as u128)),
            position: Position(at as u64),
            at: Timestamp(at),
        }
    }

    fn holding(known: &[KnownFact]) -> Vec<&str> {
        known.iter().filter(|k| k.until.is_none()).map(|k| k.object.as_str()).collect()
    }

    #[test]
    fn a_correction_supersedes_and_both_stay_visible() {
        let known = fold(vec![said(1, "you", "lives in", "Lisbon"), said(5, "you", "lives in", "Porto")]);
        assert_eq!(known.len(), 2);
        assert_eq!(holding(&known), ["Porto"]);
        assert_eq!((known[0].until, known[0].superseded_by), (Some(Timestamp(5)), Some(Position(5))));
    }

    #[test]
    fn what_was_said_earlier_and_learned_later_corrects_nothing() {
        // An import of old talk comes after the talk of today.
        let mut old = said(1, "you", "lives in", "Lisbon");
        old.position = Position(90);
        let known = fold(vec![said(5, "you", "lives in", "Porto"), old]);
        assert_eq!(holding(&known), ["Porto"]);
    }

    #[test]
    fn a_contradiction_does_not_empty_the_store() {
        let known = fold(vec![said(1, "you", "loves", "rain"), said(2, "you", "hates", "rain")]);
        assert_eq!(known.len(), 2, "both stay, in order");
        assert_eq!(known.iter().map(|k| k.predicate.as_str()).collect::<Vec<_>>(), ["loves", "hates"]);
        assert_eq!(known[1].until, None);
    }

    #[test]
    fn several_friends_do_not_replace_each_other() {
        let known = fold(vec![said(1, "you", "friend", "Anna"), said(2, "you", "friend", "Bo")]);
        assert_eq!(holding(&known), ["Anna", "Bo"]);
    }

    #[test]
    fn the_same_again_is_merged_and_surer() {
        let known = fold(vec![
            said(1, "you", "likes", "tea"),
            said(2, "You", "likes", "Tea "),
            said(3, "Bo", "likes", "tea"),
        ]);
        assert_eq!(known.len(), 2);
        assert!((known[0].confidence - 0.96).abs() < 1e-12);
        assert_eq!(known[0].sources, [Position(1), Position(2)]);
    }

    #[test]
    fn going_back_is_a_new_stay() {
        let all = ["Lisbon", "Porto", "Lisbon"].iter().zip(1..).map(|(to, at)| said(at, "you", "lives in", to));
        let known = fold(all.collect());
        assert_eq!(known.len(), 3);
        assert_eq!(known[2].since, Timestamp(3));
        assert_eq!(holding(&known), ["Lisbon"]);
    }
}
