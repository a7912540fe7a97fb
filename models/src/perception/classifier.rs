//! The port of everything that scores a text for labels.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use events::MadeBy;

/// Scores a text for each of its labels. Pure: the same text gives the same scores.
///
/// A model of one's own stands behind this port next to the embedded ones; what it is named, its version and its
/// thresholds are recorded with what it found.
pub trait Classifier: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// Labels in the order of the scores.
    fn labels(&self) -> &[String];

    /// Whether it learned from texts of a language (BCP 47, primary subtag).
    fn knows(&self, language: &str) -> bool;

    /// From which score on a label holds. Empty where exactly one label holds, the best.
    fn thresholds(&self, language: &str) -> BTreeMap<String, f64>;

    /// A calibrated probability per label, in the order of [`labels`](Self::labels).
    ///
    /// # Errors
    /// When the model cannot be asked.
    fn classify(&self, text: &Sample<'_>) -> Result<Vec<f64>, ClassifierError>;
}

/// A text with what several classifiers need of it.
pub struct Sample<'a> {
    /// As it was written, up to [`super::MAX_CHARS`].
    pub text: &'a str,
    /// BCP 47 tag, `und` when it was not recognised.
    pub language: &'a str,
    /// Words, marks and signs in lower case.
    pub tokens: &'a [String],
    /// Keys of the n-grams in ascending order, each with how often it occurs.
    pub grams: &'a [(u32, u32)],
    /// The embedded network's outputs: two classifiers share one pass.
    pub(super) network: OnceCell<Vec<f32>>,
}

/// Why there are no scores.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// A model file is not what it should be.
    #[error("a model for perception is damaged: {0}")]
    Damaged(&'static str),
    /// A model could not be asked.
    #[error("a model for perception failed: {0}")]
    Failed(String),
}

/// Scores are recorded with this many steps to one, so that a last bit of a machine's logarithm changes nothing.
const STEPS: f64 = 10_000.0;

/// A probability from a log-odds, in steps of 1/10,000.
pub(super) fn sigmoid(x: f32) -> f64 {
    round(1.0 / (1.0 + f64::from(-x).exp()))
}

/// Probabilities from logits, in steps of 1/10,000.
pub(super) fn softmax(logits: &[f32]) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|x| f64::from(x - highest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| round(p / sum)).collect()
}

pub(super) fn round(x: f64) -> f64 {
    (x * STEPS).round() / STEPS
}
