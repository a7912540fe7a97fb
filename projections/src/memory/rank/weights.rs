//! What each signal counts for.
//!
//! The weights were fitted by a listwise softmax over 495 questions with known evidence about three long conversations,
//! with a strong pull to zero, and hold on conversations that took no part in the fit. docs/recall.md tells how, and what
//! each of them brings.

use models::embedding::Kind;

/// A signal: its name, and what it means in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Stable name.
    pub name: &'static str,
    /// What a high value says.
    pub says: &'static str,
    /// Whether it comes from words in common.
    pub of_words: bool,
}

const fn signal(name: &'static str, says: &'static str) -> Signal {
    Signal { name, says, of_words: false }
}

const fn words(name: &'static str, says: &'static str) -> Signal {
    Signal { name, says, of_words: true }
}

/// Every signal, in the order of the weights.
pub const SIGNALS: [Signal; 16] = [
    words("cover", "holds words of the question, or stands beside them"),
    words("window", "stands among turns with words of the question"),
    words("exchange", "holds words of the question, or answers a question that does"),
    words("session", "is from a session with words of the question"),
    signal("date", "was said when the question says"),
    signal("owner", "was said by the one who is asked about"),
    signal("first_owner", "was said by the one who is named first"),
    signal("question", "tells more than it asks"),
    signal("after_question", "answers a question"),
    signal("when_time", "speaks of a time, which is asked for"),
    signal("exchange_meaning", "means much the same"),
    signal("window_meaning", "stands among turns that mean much the same"),
    signal("session_meaning", "is from a session that means much the same"),
    signal("substance", "says more than usual"),
    signal("first_person", "tells of the one who speaks"),
    signal("tokens", "holds what the words of the question mean, or answers a question that does"),
];

/// The signal of the second step.
pub(super) const TOKENS: usize = 15;

/// One weight per signal.
pub(super) type Weights = [f32; SIGNALS.len()];

/// For every entry: by what makes the vectors, or without one, where nothing of the question is known to it.
pub(super) fn weights(vectors: bool, kind: Kind) -> &'static Weights {
    match (vectors, kind) {
        (false, _) => &WORDS_ALONE,
        (true, Kind::Words) => &WITH_TABLE,
        (true, Kind::Sentences) => &WITH_SENTENCES,
    }
}

#[rustfmt::skip]
const WITH_TABLE: Weights =
    [1.45, 2.73, 2.04, 1.46, 5.05, 0.94, 0.58, -1.67, 0.81, 1.75, 0.31, 0.18, 0.06, 0.73, 0.66, 0.0];
#[rustfmt::skip]
const WITH_SENTENCES: Weights =
    [1.24, 2.53, 1.96, 1.81, 6.17, 1.18, 0.69, -2.31, 0.70, 2.16, 0.26, 0.46, -0.04, 0.34, 0.91, 0.0];
/// For those of the best whose tokens were compared.
#[rustfmt::skip]
pub(super) const BY_TOKENS: Weights =
    [0.0, 2.14, 0.88, 1.49, 5.90, 1.16, 0.87, -2.34, 0.74, 1.96, 0.0, 0.36, 0.0, -0.80, 0.75, 0.91];
#[rustfmt::skip]
const WORDS_ALONE: Weights =
    [1.75, 3.24, 3.30, 1.66, 4.97, 0.94, 0.57, -1.58, 0.84, 1.79, 0.0, 0.0, 0.0, 0.84, 0.60, 0.0];

/// What a turn loses for each turn of its session that was already taken: questions that need several pieces of evidence
/// find them in several sessions.
pub(super) const REPEAT: f32 = 0.15;
/// How many of the best are put in order with that loss.
pub(super) const REPEAT_DEPTH: usize = 60;
