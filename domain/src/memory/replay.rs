//! Which episodes are gone over again: those that mattered, are fresh or were judged, more often than others.
//!
//! Priority `p = |salience| + 1 / max(1, days old) + (1 if judged)`, drawn with probability `p^0.6 / sum p^0.6` without
//! replacement: the rule that the Python original documents (spec section 2.5), after prioritised experience replay
//! (Schaul et al. 2016).

use events::payload::Replay;
use events::{EpisodeId, MadeBy, Timestamp};

use crate::sampling::Rng;

/// How strongly the priority tells; at 0 every episode has the same chance.
const SHARPNESS: f64 = 0.6;
const DAY: f64 = 86_400e6;

/// An episode that could be gone over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub episode: EpisodeId,
    /// How much it matters, in `[0, 1]`.
    pub salience: f64,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether the person judged a reply in it.
    pub judged: bool,
}

/// Name and version of the rule.
pub fn identity() -> MadeBy {
    MadeBy { name: "aico-replay".into(), version: "1".into() }
}

/// The priority of an episode.
pub fn priority(candidate: &Candidate, now: Timestamp) -> f64 {
    let days = (now.0 - candidate.ended.0).max(0) as f64 / DAY;
    candidate.salience.abs() + 1.0 / days.max(1.0) + f64::from(u8::from(candidate.judged))
}

/// Draws up to `count` episodes. Pure: the same seed and candidates give the same draws.
pub fn draw(candidates: &[Candidate], now: Timestamp, count: usize, seed: u64) -> Vec<Replay> {
    let mut left: Vec<(EpisodeId, f64)> = candidates.iter().map(|c| (c.episode, priority(c, now))).collect();
    let (mut rng, mut drawn) = (Rng::new(seed), Vec::with_capacity(count.min(left.len())));
    while drawn.len() < count && !left.is_empty() {
        let weight = |p: f64| p.max(0.0).powf(SHARPNESS);
        let total: f64 = left.iter().map(|(_, p)| weight(*p)).sum();
        if total <= 0.0 {
            break;
        }
        let mut at = rng.unit() * total;
        let chosen = left.iter().position(|(_, p)| {
            at -= weight(*p);
            at <= 0.0
        });
        let (episode, priority) = left.remove(chosen.unwrap_or(left.len() - 1));
        drawn.push(Replay { episode, priority, propensity: weight(priority) / total });
    }
    drawn
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn candidate(id: u128, salience: f64, days: i64, judged: bool) -> Candidate {
        Candidate { episode: EpisodeId(Uuid::from_u128(id)), salience, ended: Timestamp(-days * DAY as i64), judged }
    }

    #[test]
    fn the_priority_is_the_documented_sum() {
        let now = Timestamp(0);
        assert!((priority(&candidate(1, 0.4, 0, false), now) - 1.4).abs() < 1e-12);
        assert!((priority(&candidate(1, 0.4, 10, true), now) - 1.5).abs() < 1e-12);
        assert!(
            (priority(&candidate(1, 0.0, -3, false), now) - 1.0).abs() < 1e-12,
            "the future is not older than now"
        );
    }

    #[test]
    fn draws_follow_the_priorities_and_repeat_none() {
        let all = [candidate(1, 0.9, 100, true), candidate(2, 0.0, 1_000, false)];
        let p: Vec<f64> = all.iter().map(|c| priority(c, Timestamp(0)).powf(SHARPNESS)).collect();
        let expected = p[0] / (p[0] + p[1]);
        let first = |seed| draw(&all, Timestamp(0), 1, seed)[0].episode == all[0].episode;
        let share = (0..4_000).filter(|seed| first(*seed)).count() as f64 / 4_000.0;
        // Four standard errors.
        assert!(
            (share - expected).abs() < 4.0 * (expected * (1.0 - expected) / 4_000.0).sqrt(),
            "{share} {expected}"
        );
        let both = draw(&all, Timestamp(0), 5, 3);
        assert_eq!(both.len(), 2);
        assert_ne!(both[0].episode, both[1].episode);
        assert_eq!(both, draw(&all, Timestamp(0), 5, 3), "the same seed draws the same");
        assert!((both[1].propensity - 1.0).abs() < 1e-12, "the last one left has no rival");
    }
}
