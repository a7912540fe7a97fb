//! How good recall is: questions with known evidence, and the usual figures.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use events::log::{BoxError, store::Stretch};
use events::payload::Role;
use events::{BranchId, ConversationId, MessageId, PersonId, Position, Timestamp};
use models::Embedder;
use models::embedding::{Reading, readings};
use serde::Serialize;
use uuid::Uuid;

use super::entry::{Kind, Place};
use super::fold::Item;
use super::intake::Incoming;
use super::rank::{Names, View};
use super::search::{MemoryQuery, Remembered, ask, understood, with_vectors};
use super::shelf::{Shelf, Sizes};
use crate::basis::Basis;

/// A conversation to search, in memory, through the same code as a person's own.
pub struct Haystack {
    shelf: Shelf,
    embedder: Arc<dyn Embedder>,
    turns: u64,
    view: Option<View>,
}

/// One turn of a [`Haystack`].
#[derive(Clone, Debug)]
pub struct Turn {
    /// Which side spoke.
    pub role: Role,
    /// The speaker's name.
    pub speaker: Option<String>,
    /// The words.
    pub text: String,
    /// What the pictures that came with it show.
    pub captions: String,
    /// When.
    pub at: Timestamp,
}

impl Haystack {
    /// An empty one.
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        let shelf = Shelf::in_memory(Sizes::of(&*embedder), &embedder.identity().name);
        Self { shelf, embedder, turns: 0, view: None }
    }

    fn basis(&self) -> Basis {
        let (branch, through) = (BranchId::MAIN, Position(self.turns));
        let lineage = vec![Stretch { branch, after: Position::START, through }];
        Basis { branch, name: String::new(), position: through, time: None, latest: true, lineage }
    }

    /// Takes in a turn, which is numbered from zero.
    ///
    /// # Errors
    /// When no vector can be made.
    pub fn add(&mut self, turn: Turn) -> Result<(), BoxError> {
        self.turns += 1;
        let message = MessageId(Uuid::from_u128(self.turns.into()));
        let kind = if turn.role == Role::Person { Kind::Person } else { Kind::Companion };
        let incoming = Incoming {
            place: Place { branch: BranchId::MAIN, position: Position(self.turns), part: 0 },
            conversation: ConversationId(Uuid::nil()),
            at: turn.at,
            item: Item {
                kind,
                message,
                about: message,
                interrupted: false,
                speaker: turn.speaker,
                text: turn.text,
                captions: turn.captions,
                fact: None,
                reworded: false,
                conversation: None,
            },
            reading: Reading::default(),
        };
        let reading = readings(&*self.embedder, &[&incoming.item.words()])?.pop().unwrap_or_default();
        let incoming = Incoming { reading, ..incoming };
        let basis = self.basis();
        self.shelf.remember(incoming, &basis);
        self.view = None;
        Ok(())
    }

    /// The numbers of the best turns for a question, best first, with what made them so.
    ///
    /// # Errors
    /// When no vector can be made.
    pub fn search(
        &mut self,
        question: &str,
        asked_at: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<(usize, Remembered)>, BoxError> {
        let query = MemoryQuery {
            person: PersonId(Uuid::nil()),
            text: question.to_owned(),
            asked_at,
            names: Names::default(),
            but: None,
            kinds: vec![],
            limit,
        };
        let basis = self.basis();
        let view = self.view.take().unwrap_or_else(|| View::new(&self.shelf, &basis));
        let found = match understood(&self.shelf, &view, &query) {
            None => Ok(vec![]),
            Some(question) => ask(&self.shelf, &view, &query, &with_vectors(question, &*self.embedder)?),
        };
        self.view = Some(view);
        Ok(found?.into_iter().map(|found| (found.source.0 as usize - 1, found)).collect())
    }
}

/// The figures of one question or the means of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Questions.
    pub questions: usize,
    /// By name, such as `recall@20`.
    #[serde(flatten)]
    pub values: BTreeMap<String, f64>,
}

/// The depths that recall and hits are told at.
pub const DEPTHS: [usize; 5] = [1, 5, 10, 20, 50];

/// Recall and hit at every depth, the reciprocal rank of the first piece of evidence, and the normalised discounted gain
/// of the first ten (Järvelin and Kekäläinen 2002, gains of one).
pub fn figures(ranked: &[usize], evidence: &HashSet<usize>) -> Figures {
    let mut values = BTreeMap::new();
    for depth in DEPTHS {
        let found = ranked.iter().take(depth).filter(|r| evidence.contains(r)).count();
        values.insert(format!("recall@{depth}"), found as f64 / evidence.len().max(1) as f64);
        values.insert(format!("hit@{depth}"), f64::from(u8::from(found > 0)));
    }
    let first = ranked.iter().position(|r| evidence.contains(r));
    values.insert("mrr".to_owned(), first.map_or(0.0, |at| 1.0 / (at + 1) as f64));
    let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
    let got: f64 = (0..10).filter(|at| ranked.get(*at).is_some_and(|r| evidence.contains(r))).map(gain).sum();
    let best: f64 = (0..evidence.len().min(10)).map(gain).sum();
    values.insert("ndcg@10".to_owned(), if best > 0.0 { got / best } else { 0.0 });
    Figures { questions: 1, values }
}

/// The means of several.
pub fn mean<'a>(all: impl IntoIterator<Item = &'a Figures>) -> Figures {
    let mut sum = Figures::default();
    for one in all {
        sum.questions += one.questions;
        for (name, value) in &one.values {
            *sum.values.entry(name.clone()).or_default() += value * one.questions as f64;
        }
    }
    let questions = sum.questions.max(1) as f64;
    sum.values.values_mut().for_each(|value| *value /= questions);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_defined() {
        let figures = figures(&[7, 3, 9, 4], &HashSet::from([3, 4]));
        let value = |name: &str| figures.values[name];
        assert_eq!(value("recall@1"), 0.0);
        assert_eq!(value("recall@5"), 1.0);
        assert_eq!(value("hit@1"), 0.0);
        assert_eq!(value("mrr"), 0.5);
        let ideal = 1.0 + 1.0 / 3.0_f64.log2();
        let got = 1.0 / 3.0_f64.log2() + 1.0 / 5.0_f64.log2();
        assert!((value("ndcg@10") - got / ideal).abs() < 1e-12);
    }

    #[test]
    fn a_mean_is_over_questions() {
        let one = figures(&[1], &HashSet::from([1]));
        let none = figures(&[2], &HashSet::from([1]));
        let mean = mean([&one, &none, &none, &none]);
        assert_eq!(mean.questions, 4);
        assert_eq!(mean.values["hit@1"], 0.25);
    }
}
