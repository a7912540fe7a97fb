//! Runs scenarios of the openCypher conformance kit, or of our own, through the query entry point of the product.

pub mod cell;
pub mod scenario;

pub use scenario::{Outcome, Scenario, run_all};
