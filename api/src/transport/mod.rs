//! HTTP, websocket and server-sent events over the schema.

mod answer;
mod body;
mod events;
mod fanout;
mod graphql;
mod guard;
mod limits;
mod listen;
mod pass;
mod peer;
mod server;
mod sessions;
mod socket;
mod upload;
mod window;

pub use fanout::MAX_SELECTIONS;
pub use guard::Guard;
pub use limits::{Rate, Rates};
pub use listen::MAX_CONNECTIONS;
pub use server::{Bound, ServeError, bind, router, serve, serve_all};

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// The largest websocket message, in bytes.
pub const MAX_FRAME: usize = 1 << 20;
/// The most websockets and event streams at once.
pub const MAX_SOCKETS: usize = 256;
/// The most operations at once on one websocket.
pub const MAX_OPERATIONS: usize = 64;
