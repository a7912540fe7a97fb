//! Noticing feeling, intent, names and danger in a message.
//!
//! One text goes through one tokeniser and one set of n-grams; embedded models score emotion, sentiment and language, and
//! rules tell intent and danger. Nothing here asks the clock, chance or a network. How the models were made:
//! `docs/perception.md`.

mod assets;
mod bytes;
mod classifier;
mod crisis;
mod embedded;
mod entities;
mod grams;
mod intent;
mod lexicon;
mod linear;
mod network;
mod text;
mod tongue;

use events::MadeBy;
use events::payload::Perception;

pub use classifier::{Classifier, ClassifierError, Sample};
pub(crate) use crisis::crisis;
pub use embedded::ModelPerceiver;
pub use text::MAX_CHARS;

/// Notices. Pure: the same text gives the same perception.
pub trait Perceiver: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// What is noticed in a text. Never fails: what limits it is said in [`Perception::notes`].
    fn perceive(&self, text: &str) -> Perception;
}
