//! What every model server has in common: one client with time limits, retries before the first token, and answers
//! that come as a stream of frames.

mod download;
mod failure;
mod framing;
mod reading;
mod retry;
mod transport;

pub(crate) use download::{Download, Part};
pub(crate) use failure::{Fault, said_by};
pub(crate) use framing::Framing;
pub(crate) use reading::Decode;
pub use retry::Retry;
pub(crate) use transport::{Call, Transport};
pub use transport::{Endpoint, Secret, Timeouts};
