//! What each signal counts for.
//!
//! The weights were fitted by a listwise softmax over 495 questions with known evidence about three long conversations,
//! with a strong pull to zero, and hold on conversations that took no part in the fit. docs/recall.md tells how, and what
//! each of them brings.

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
pub const SIGNALS: [Signal; 15] = [
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
];

/// One weight per signal.
pub(super) type Weights = [f32; SIGNALS.len()];

/// Where the question has a vector, and where nothing of it is known to the embedder.
pub(super) fn weights(vectors: bool) -> &'static Weights {
    if vectors { &WITH_VECTORS } else { &WORDS_ALONE }
}

#[rustfmt::skip]
const WITH_VECTORS: Weights =
    [1.45, 2.73, 2.04, 1.46, 5.05, 0.94, 0.58, -1.67, 0.81, 1.75, 0.31, 0.18, 0.06, 0.73, 0.66];
#[rustfmt::skip]
const WORDS_ALONE: Weights =
    [1.75, 3.24, 3.30, 1.66, 4.97, 0.94, 0.57, -1.58, 0.84, 1.79, 0.0, 0.0, 0.0, 0.84, 0.60];

/// What a turn loses for each turn of its session that was already taken: questions that need several pieces of evidence
/// find them in several sessions.
pub(super) const REPEAT: f32 = 0.15;
/// How many of the best are put in order with that loss.
pub(super) const REPEAT_DEPTH: usize = 60;
