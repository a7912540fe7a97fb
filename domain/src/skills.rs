//! Which way of answering to choose: Thompson sampling over Beta posteriors, one per skill and context.

use events::MadeBy;
use events::payload::{Perception, SkillCandidate};

use crate::conversation::Chosen;
use crate::sampling::Rng;

/// The ways of answering that every companion has, with what each tells the model.
pub const SKILLS: [(&str, &str); 4] = [
    ("brief", "Answer in one or two short sentences."),
    ("warm", "Answer warmly and acknowledge how the person feels before anything else."),
    ("curious", "Answer, then ask one open question that follows from what the person said."),
    ("clear", "Answer step by step, in plain words, with the most useful point first."),
];

/// How many joint draws estimate the propensities.
const PROPENSITY_DRAWS: u32 = 500;

/// The name and version of this policy.
pub fn identity() -> MadeBy {
    MadeBy { name: "thompson-beta".into(), version: "1".into() }
}

/// The instruction of a skill; empty for one that is not known.
pub fn instruction(skill: &str) -> &'static str {
    SKILLS.iter().find(|(name, _)| *name == skill).map_or("", |(_, text)| *text)
}

/// What was learned about one skill in one context: a Beta posterior, starting from (1, 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Name of the skill.
    pub skill: String,
    /// One plus the rewards.
    pub alpha: f64,
    /// One plus the penalties.
    pub beta: f64,
}

/// The situation that a choice is learned for: intent and the sign of the valence.
pub fn context(perception: &Perception) -> String {
    let tone = match perception.valence {
        v if v <= -0.25 => "negative",
        v if v >= 0.25 => "positive",
        _ => "neutral",
    };
    format!("{}/{tone}", perception.intent)
}

/// Draws from each posterior and takes the highest. The same seed and posteriors give the same choice everywhere.
///
/// Skills without a posterior start from Beta(1, 1). `propensity` is the share of joint draws that each skill wins,
/// estimated from 500 draws of the same seed with add-one smoothing, so that none is ever zero.
pub fn choose(context: &str, posteriors: &[Posterior], seed: u64) -> Chosen {
    let arms: Vec<(&str, f64, f64)> = SKILLS
        .iter()
        .map(|(name, _)| {
            posteriors.iter().find(|p| p.skill == *name).map_or((*name, 1.0, 1.0), |p| (*name, p.alpha, p.beta))
        })
        .collect();
    let mut rng = Rng::new(seed);
    let samples = draw(&mut rng, &arms);
    let mut wins = vec![1u32; arms.len()];
    for _ in 0..PROPENSITY_DRAWS {
        wins[best(&draw(&mut rng, &arms))] += 1;
    }
    let total = f64::from(PROPENSITY_DRAWS) + arms.len() as f64;
    let candidates = arms
        .iter()
        .zip(samples.iter().zip(&wins))
        .map(|((name, ..), (sample, wins))| SkillCandidate {
            name: (*name).to_owned(),
            sample: *sample,
            propensity: f64::from(*wins) / total,
        })
        .collect();
    Chosen { skill: arms[best(&samples)].0.to_owned(), context: context.to_owned(), candidates, by: identity() }
}

fn draw(rng: &mut Rng, arms: &[(&str, f64, f64)]) -> Vec<f64> {
    arms.iter().map(|(_, alpha, beta)| rng.beta(*alpha, *beta)).collect()
}

fn best(samples: &[f64]) -> usize {
    samples.iter().enumerate().fold(0, |best, (i, s)| if *s > samples[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewarded_skill_is_chosen_more_often() {
        let learned = [Posterior { skill: "brief".into(), alpha: 30.0, beta: 2.0 }];
        let brief = (0..200).filter(|seed| choose("question/neutral", &learned, *seed).skill == "brief").count();
        assert!(brief > 120, "chosen {brief} of 200 times");
    }

    #[test]
    fn defect_6_the_same_seed_gives_the_same_choice_and_context() {
        let perception = Perception { intent: "question".into(), valence: -0.6, ..Perception::default() };
        assert_eq!(context(&perception), "question/negative");
        assert_eq!(choose("question/negative", &[], 42), choose("question/negative", &[], 42));
    }

    #[test]
    fn propensities_sum_to_one_and_none_is_zero() {
        let chosen = choose("statement/neutral", &[], 9);
        let sum: f64 = chosen.candidates.iter().map(|c| c.propensity).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(chosen.candidates.iter().all(|c| c.propensity > 0.0));
    }
}
