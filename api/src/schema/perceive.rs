//! A text, read.

use ::events::payload::{ClassifierUse, Perception};
use async_graphql::SimpleObject;

/// An emotion in a text.
#[derive(SimpleObject)]
pub struct EmotionFound {
    label: String,
    /// Calibrated probability.
    score: f64,
    /// Whether it is over its threshold.
    active: bool,
}

/// How likely each tone is; the three sum to one.
#[derive(SimpleObject)]
pub struct Tones {
    negative: f64,
    neutral: f64,
    positive: f64,
}

/// A name in a text.
#[derive(SimpleObject)]
pub struct NameFound {
    text: String,
    /// `person` or `name`.
    kind: String,
}

/// From which score on a label holds.
#[derive(SimpleObject)]
pub struct Threshold {
    label: String,
    value: f64,
}

/// What scored one side of a text.
#[derive(SimpleObject)]
pub struct ClassifierUsed {
    /// `emotion`, `sentiment`, `language`, `intent` or `crisis`.
    task: String,
    name: String,
    version: String,
    thresholds: Vec<Threshold>,
}

/// What was noticed in a text.
#[derive(SimpleObject)]
pub struct TextPerception {
    /// Strongest first.
    emotions: Vec<EmotionFound>,
    /// `negative`, `neutral` or `positive`.
    sentiment: String,
    tones: Tones,
    /// Pleasantness from -1 to 1.
    valence: f64,
    /// Excitement from 0 to 1.
    arousal: f64,
    /// `greeting`, `question`, `request`, `information_sharing`, `confirmation`, `negation`, `complaint`, `farewell` or
    /// `general`.
    intent: String,
    /// Dialogue acts, several at once.
    acts: Vec<String>,
    /// BCP 47 tag, `und` when it was not recognised.
    language: String,
    /// How far the scores can be relied on, from 0 to 1.
    confidence: f64,
    /// What limits them: `empty`, `cut`, `no_words`, `unknown_language`, `unsupported_language`.
    notes: Vec<String>,
    /// Strength of a sign of danger, from 0 to 1.
    crisis: f64,
    /// Of what: `suicide`, `self_harm`, `hopelessness`, `danger`.
    crisis_kinds: Vec<String>,
    names: Vec<NameFound>,
    classifiers: Vec<ClassifierUsed>,
    /// How long it took, in microseconds.
    took_us: i64,
}

impl TextPerception {
    pub(super) fn new(p: Perception, took_us: i64) -> Self {
        let sentiment = p.tone().to_owned();
        let tones = p.sentiment.unwrap_or_default();
        let emotion = |e: ::events::payload::EmotionScore| EmotionFound {
            label: e.label,
            score: e.score,
            active: e.active.unwrap_or(false),
        };
        Self {
            emotions: p.emotions.into_iter().map(emotion).collect(),
            sentiment,
            tones: Tones { negative: tones.negative, neutral: tones.neutral, positive: tones.positive },
            valence: p.valence,
            arousal: p.arousal,
            intent: p.intent,
            acts: p.acts,
            language: p.language,
            confidence: p.confidence.unwrap_or(0.0),
            notes: p.notes,
            crisis: p.crisis,
            crisis_kinds: p.crisis_kinds,
            names: p.entities.into_iter().map(|e| NameFound { text: e.text, kind: e.kind }).collect(),
            classifiers: p.classifiers.into_iter().map(used).collect(),
            took_us: took_us.max(0),
        }
    }
}

fn used(c: ClassifierUse) -> ClassifierUsed {
    let thresholds = c.thresholds.into_iter().map(|(label, value)| Threshold { label, value }).collect();
    ClassifierUsed { task: c.task, name: c.by.name, version: c.by.version, thresholds }
}
