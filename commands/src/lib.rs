//! The write side: the command bus, the conversation turn, and reactors.
//!
//! [`bus`] runs the pure deciders of `domain` through cqrs-es over the log. [`turn`] takes a message through
//! perception, appraisal, recall, skill choice, prompt and model, and records each step. [`reactor`] does what follows
//! from events, once. [`sleep`] lets talk settle. Read models are reached only through the ports in [`ports`].

pub mod branches;
pub mod bus;
mod es;
mod ids;
pub mod import;
pub mod live;
pub mod meta;
pub mod ports;
pub mod reactor;
pub mod repository;
pub mod sleep;
mod store;
pub mod turn;

pub use bus::{Bus, CommandError};
pub use es::{Es, Stored};
pub use ids::derive;
pub use meta::Meta;
pub use repository::LogRepository;
pub use turn::{Accepted, TurnError, Turns};
