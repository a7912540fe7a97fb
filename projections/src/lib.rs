//! The read side: what the events add up to, as of any moment, on any branch.
//!
//! [`basis`] resolves a moment. [`versions`] owns all SQL. Each read model has a folder: [`conversations`], [`timeline`],
//! [`minds`], [`album`], [`episodes`], [`working_memory`], [`memory`], [`graph`]. [`runner`] keeps them up; [`read::ReadModels`] is the
//! door.

pub mod album;
pub mod basis;
pub mod conversations;
pub mod episodes;
mod error;
pub mod graph;
pub mod memory;
pub mod minds;
pub mod read;
pub mod runner;
mod sql;
mod store;
#[cfg(test)]
mod tests;
pub mod timeline;
mod versions;
pub mod working_memory;

pub use basis::{AsOf, AsOfError, Basis, resolve};
pub use error::ReadSideError;
pub use read::{Health, ReadModels};
pub use store::{Ports, Progress};
