//! Pure deciders and policies: what may happen, and what follows. No runtime, no store, no clock.
//!
//! One module per aggregate: [`person`], [`companion`], [`conversation`], [`album`], [`memory`], [`graph`],
//! [`account`]. Policies that a turn
//! asks: [`emotion`] (how a message moves the companion), [`context`] (what of memory enters), [`skills`] (which way of
//! answering to choose), [`prompt`] (what the model is shown), [`threads`] (which conversation a message belongs to).

pub mod account;
pub mod album;
pub mod companion;
pub mod context;
pub mod conversation;
pub mod decider;
pub mod emotion;
pub mod graph;
pub mod memory;
pub mod person;
pub mod prompt;
pub mod sampling;
pub mod skills;
pub mod threads;

pub use account::Account;
pub use album::Album;
pub use companion::Companion;
pub use conversation::Conversation;
pub use decider::{DecideContext, Decider};
pub use graph::Graph;
pub use memory::Memory;
pub use person::Person;
