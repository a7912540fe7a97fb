//! Why a turn could not be taken on, or failed.

use events::{Code, ReadError};

use crate::bus::CommandError;
use crate::ports::PortError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The command had no outcome.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The read side failed.
    #[error(transparent)]
    Port(PortError),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[source] ReadError),
}

impl TurnError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Command(e) => e.code(),
            Self::Port(e) => e.code,
            Self::Read(e) => e.code(),
        }
    }
}
