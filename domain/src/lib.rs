//! Pure deciders and policies: what may happen, and what follows. No runtime, no store, no clock.

pub mod decider;

pub use decider::{DecideContext, Decider};
