//! The door: the app over one data folder, and the GraphQL interface on top of it.

pub mod app;
pub mod schema;
mod shown;
pub mod tail;
pub mod transport;
