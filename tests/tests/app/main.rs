//! The whole app over real files and a real server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // This is a test.

mod access;
mod access_matrix;
mod album;
mod archive;
mod audit;
mod backup;
mod conformance;
mod consent;
mod devices;
mod erasure;
mod forget;
mod graph;
mod graph_query;
mod sleep;
mod sockets;
mod support;
mod threads;
mod time_travel;
mod transport;
mod turn;
