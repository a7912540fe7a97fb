//! The door: the app over one data folder, and the GraphQL interface on top of it.

pub mod app;
