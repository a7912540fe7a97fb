//! HTTP, websocket and server-sent events over the schema.

mod answer;
mod body;
mod events;
mod fanout;
mod graphql;
mod guard;
mod pass;
mod server;
mod socket;
mod upload;
mod window;

pub use fanout::MAX_SELECTIONS;
pub use guard::Guard;
pub use server::{Bound, ServeError, bind, router, serve};

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// The largest websocket message, in bytes.
pub const MAX_FRAME: usize = 1 << 20;
/// The most websockets and event streams at once.
pub const MAX_SOCKETS: usize = 256;
/// The most operations at once on one websocket.
pub const MAX_OPERATIONS: usize = 64;
