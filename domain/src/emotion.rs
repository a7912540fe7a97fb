//! How a message moves the companion's feeling.
//!
//! A small working version of the component process model (Scherer 2001): four checks in their order, each with its
//! value and reason, and a feeling that drifts back to a baseline in real time.

use events::payload::{Affect, Check, Perception};
use events::{MadeBy, Timestamp};

use crate::conversation::Appraised;

/// Where feeling comes to rest.
pub const BASELINE: Affect = Affect { valence: 0.15, arousal: 0.3, dominance: 0.5 };
/// In this time half of the distance to the baseline is gone, in seconds.
pub const HALF_LIFE_SECONDS: f64 = 3_600.0;
/// The share of the way to the appraised feeling that one message moves.
const STEP: f64 = 0.4;

/// The name and version of this policy.
pub fn identity() -> MadeBy {
    MadeBy { name: "cpm-simple".into(), version: "1".into() }
}

/// A feeling after some time without events: exponential drift to [`BASELINE`] with [`HALF_LIFE_SECONDS`].
///
/// A clock that jumped back counts as no time.
pub fn drift(affect: Affect, from: Timestamp, to: Timestamp) -> Affect {
    let seconds = (to.0 - from.0).max(0) as f64 / 1e6;
    let keep = 0.5f64.powf(seconds / HALF_LIFE_SECONDS);
    let mix = |now: f64, rest: f64| rest + (now - rest) * keep;
    Affect {
        valence: mix(affect.valence, BASELINE.valence),
        arousal: mix(affect.arousal, BASELINE.arousal),
        dominance: mix(affect.dominance, BASELINE.dominance),
    }
}

/// Appraises a message.
pub fn appraise(before: Affect, perception: &Perception) -> Appraised {
    let personal = matches!(perception.intent.as_str(), "feeling" | "request" | "thanks" | "complaint")
        || perception.acts.iter().any(|act| matches!(act.as_str(), "feeling" | "thanks"));
    let relevance = if perception.crisis > 0.0 {
        1.0
    } else if personal || perception.valence.abs() > 0.5 {
        0.7
    } else {
        0.3
    };
    let coping = 1.0 - perception.crisis;
    let checks = vec![
        check("intrinsic_pleasantness", perception.valence, "how pleasant the words are"),
        check("goal_relevance", relevance, "how much the person needs something now"),
        check("conduciveness", perception.valence * relevance, "whether this helps the person's wellbeing"),
        check("coping", coping, "whether it can be met with words"),
    ];
    let target = Affect {
        // Words without feeling pull towards rest, not below it.
        valence: (BASELINE.valence + perception.valence * (0.5 + 0.5 * relevance)).clamp(-1.0, 1.0),
        arousal: (0.2 + 0.5 * perception.arousal + 0.3 * relevance).clamp(0.0, 1.0),
        dominance: (0.3 + 0.4 * coping).clamp(0.0, 1.0),
    };
    let mix = |a: f64, b: f64| a + (b - a) * STEP;
    let after = Affect {
        valence: mix(before.valence, target.valence),
        arousal: mix(before.arousal, target.arousal),
        dominance: mix(before.dominance, target.dominance),
    };
    let (label, intensity) = label(after);
    Appraised { checks, before, after, label: label.to_owned(), intensity, by: identity() }
}

fn check(name: &str, value: f64, reason: &str) -> Check {
    Check { name: name.to_owned(), value, reason: reason.to_owned() }
}

/// The word for a feeling and its strength: the distance from the baseline in valence and arousal, at most 1.
pub fn label(affect: Affect) -> (&'static str, f64) {
    let (dv, da) = (affect.valence - BASELINE.valence, affect.arousal - BASELINE.arousal);
    let intensity = (dv * dv + da * da).sqrt().min(1.0);
    let word = match (dv, da) {
        _ if intensity < 0.08 => "calm",
        (v, a) if v >= 0.08 && a >= 0.1 => "excited",
        (v, _) if v >= 0.08 => "content",
        (v, a) if v <= -0.08 && a >= 0.1 => "worried",
        (v, _) if v <= -0.08 => "sad",
        (_, a) if a > 0.0 => "attentive",
        _ => "quiet",
    };
    (word, intensity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defect_15_feeling_decays_while_the_person_is_away() {
        let start = Affect { valence: -0.85, arousal: 0.9, dominance: 0.1 };
        let later = drift(start, Timestamp(0), Timestamp(3_600_000_000));
        assert!((later.valence - (BASELINE.valence + (start.valence - BASELINE.valence) / 2.0)).abs() < 1e-12);
        let much_later = drift(start, Timestamp(0), Timestamp(400 * 3_600_000_000));
        assert!((much_later.arousal - BASELINE.arousal).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_jumps_back_changes_nothing() {
        let start = Affect { valence: 0.5, arousal: 0.5, dominance: 0.5 };
        assert_eq!(drift(start, Timestamp(10), Timestamp(0)), start);
    }

    #[test]
    fn plain_questions_make_nobody_sad() {
        let question = Perception { intent: "question".into(), arousal: 0.2, ..Perception::default() };
        let after = (0..20).fold(BASELINE, |affect, _| appraise(affect, &question).after);
        assert!(!matches!(label(after).0, "sad" | "worried"), "{after:?}");
    }

    #[test]
    fn defect_17_valence_is_continuous() {
        let after = |valence| appraise(BASELINE, &Perception { valence, ..Perception::default() }).after.valence;
        let steps: Vec<f64> = (-10..=10).map(|i| after(f64::from(i) / 10.0)).collect();
        assert!(steps.windows(2).all(|w| w[0] < w[1]), "{steps:?}");
    }
}
