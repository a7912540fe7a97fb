//! Which of what came to mind enters the context of a turn.
//!
//! `score = w_rel * relevance * tier + w_rec * recency`, `recency = 0.5^(age / half-life)`; what is under the cut is left
//! out, what says the same is left out, the best so many stay. [`ORIGINAL`] is the formula of the Python original (spec
//! section 1.3), [`OURS`] the one that a turn uses; docs/recall.md has what each keeps of the evidence.

use std::collections::{BTreeMap, HashSet};

use events::Timestamp;
use events::payload::RecalledItem;

/// How many turns and facts are searched for. The other tiers find room beside them under the cap.
pub const SEARCHED: usize = 14;

/// Where something comes from. What is being talked about now (working memory) is the history of the prompt, which has a
/// budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Something said or learned that the message brings to mind.
    Semantic,
    /// What an earlier talk came down to.
    Episode,
    /// What is known of the person, whatever the message is about.
    Profile,
}

impl Tier {
    /// The name, as recorded.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Semantic => "semantic",
            Self::Episode => "episode",
            Self::Profile => "profile",
        }
    }
}

/// Something that could enter.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The item, with its score of recall.
    pub item: RecalledItem,
    /// Where it comes from.
    pub tier: Tier,
    /// How much it has to do with the message, in `[0, 1]`; of what was searched, relative to the best.
    pub relevance: f64,
    /// When it was said, or last gone over.
    pub at: Timestamp,
}

/// The numbers of the formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Weight of relevance.
    pub relevance: f64,
    /// Weight of recency.
    pub recency: f64,
    /// Hours after which recency is halved.
    pub half_life_hours: f64,
    /// What is under this is left out.
    pub cut: f64,
    /// The most items.
    pub cap: usize,
    /// Weights of the tiers: semantic, episode, profile.
    pub tiers: [f64; 3],
}

/// As the original had it, its `anything else` for the tiers that it did not know.
pub const ORIGINAL: Policy =
    Policy { relevance: 0.7, recency: 0.3, half_life_hours: 168.0, cut: 0.3, cap: 20, tiers: [0.7, 0.5, 0.5] };

/// A companion of years is asked about years: recency only breaks ties, and what was searched is not held back.
pub const OURS: Policy =
    Policy { relevance: 0.97, recency: 0.03, half_life_hours: 168.0, cut: 0.2, cap: 20, tiers: [1.0, 0.6, 0.5] };

impl Policy {
    fn tier(&self, tier: Tier) -> f64 {
        let [semantic, episode, profile] = self.tiers;
        match tier {
            Tier::Semantic => semantic,
            Tier::Episode => episode,
            Tier::Profile => profile,
        }
    }

    /// Recency of a moment, in `(0, 1]`. What lies ahead is as fresh as now.
    pub fn recency_of(&self, at: Timestamp, now: Timestamp) -> f64 {
        let hours = now.0.saturating_sub(at.0).max(0) as f64 / 3_600e6;
        0.5_f64.powf(hours / self.half_life_hours)
    }

    /// The score of a candidate with what it is made of.
    fn score(&self, candidate: &Candidate, now: Timestamp) -> (f64, [(&'static str, f64); 2]) {
        let relevance = self.relevance * candidate.relevance.clamp(0.0, 1.0) * self.tier(candidate.tier);
        let recency = self.recency * self.recency_of(candidate.at, now);
        (relevance + recency, [("context.relevance", relevance), ("context.recency", recency)])
    }
}

/// The best of what came to mind, best first, each with the score that put it there.
///
/// Pure, and independent of the order of candidates with different scores; of equals the one earlier in the log comes
/// first. The budget of tokens is kept by [`crate::prompt::compose`], which takes them in this order.
pub fn assemble(candidates: Vec<Candidate>, policy: &Policy, now: Timestamp) -> Vec<RecalledItem> {
    let mut scored: Vec<(f64, Candidate)> = candidates
        .into_iter()
        .map(|mut candidate| {
            let (score, parts) = policy.score(&candidate, now);
            let parts = parts.into_iter().map(|(name, part)| (name.to_owned(), part));
            candidate.item.signals.extend(parts.collect::<BTreeMap<_, _>>());
            candidate.item.score = score;
            (score, candidate)
        })
        .filter(|(score, _)| *score >= policy.cut)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.item.source.cmp(&y.item.source)));
    let mut said = HashSet::new();
    scored.retain(|(_, c)| said.insert(c.item.text.trim().to_lowercase()));
    scored.truncate(policy.cap);
    scored.into_iter().map(|(_, c)| c.item).collect()
}

#[cfg(test)]
mod tests {
    use events::Position;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000 * 3_600_000_000);

    fn candidate(source: u64, text: &str, relevance: f64, hours: i64) -> Candidate {
        Candidate {
            item: RecalledItem {
                source: Position(source),
                message: None,
                kind: "turn".into(),
                text: text.into(),
                score: 0.0,
                signals: BTreeMap::new(),
                reason: String::new(),
            },
            tier: Tier::Semantic,
            relevance,
            at: Timestamp(NOW.0 - hours * 3_600_000_000),
        }
    }

    #[test]
    fn the_original_formula_is_the_documented_one() {
        let items = assemble(vec![candidate(1, "a", 0.8, 168)], &ORIGINAL, NOW);
        // 0.7 * (0.8 * 0.7) + 0.3 * 0.5
        assert!((items[0].score - 0.542).abs() < 1e-12, "{}", items[0].score);
        assert!((items[0].signals["context.recency"] - 0.15).abs() < 1e-12);
        let old = candidate(2, "b", 0.6, 100_000);
        assert!(assemble(vec![old], &ORIGINAL, NOW).is_empty(), "0.294 is under the cut");
    }

    #[test]
    fn what_matters_of_years_ago_comes_before_what_was_said_just_now() {
        let items = assemble(vec![candidate(9, "just now", 0.5, 0), candidate(1, "then", 0.6, 30_000)], &OURS, NOW);
        assert_eq!(items.iter().map(|i| i.text.as_str()).collect::<Vec<_>>(), ["then", "just now"]);
    }

    #[test]
    fn the_same_words_enter_once_and_no_more_than_the_cap() {
        let same = (0..50).map(|n| candidate(n, "  Tea! ", 0.9, 1));
        assert_eq!(assemble(same.collect(), &OURS, NOW).len(), 1);
        let many = (0..50).map(|n| candidate(n, &format!("line {n}"), 0.9, 1));
        let kept = assemble(many.collect(), &OURS, NOW);
        assert_eq!(kept.len(), OURS.cap);
        assert!(kept.windows(2).all(|w| w[0].source < w[1].source), "of equals the earlier one first");
    }
}
