//! What can go wrong on the read side.

use events::codec::DecodeError;
use events::log::BoxError;
use events::{Code, Position, ReadError};
use models::EmbeddingError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum ReadSideError {
    /// A read model's file is damaged or cannot be used.
    #[error("read model {name} cannot be used: {source}")]
    Store {
        /// Which one.
        name: &'static str,
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// A batch does not begin where the last one ended: events would be missed.
    #[error("read model {name} stands at {checkpoint} and was given {got}")]
    Gap {
        /// Which one.
        name: &'static str,
        /// Where it stands.
        checkpoint: Position,
        /// What came.
        got: Position,
    },
    /// An event cannot be used.
    #[error("read model {name} stopped at position {position}, a {event_type}")]
    Event {
        /// Which one.
        name: &'static str,
        /// Where.
        position: Position,
        /// Of what type.
        event_type: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[from] ReadError),
    /// A moment that cannot be looked at.
    #[error(transparent)]
    AsOf(#[from] crate::basis::AsOfError),
    /// No read model of this name.
    #[error("there is no read model named {0}")]
    NoModel(String),
    /// No such conversation, or it is another person's.
    #[error("there is no conversation {0}")]
    NoConversation(String),
    /// No such message, or it is another person's.
    #[error("there is no message {0}")]
    NoMessage(String),
    /// No such entry of the album, or it is another person's.
    #[error("there is no entry {0} in the album")]
    NoMemory(String),
    /// A read model stopped, so the answer cannot be given.
    #[error("read model {name} stopped: {reason}")]
    Stopped {
        /// Which one.
        name: &'static str,
        /// Why.
        reason: String,
    },
    /// A read model did not catch up in time.
    #[error("read model {name} is at {position}, not yet at {wanted}")]
    Behind {
        /// Which one.
        name: &'static str,
        /// Where it is.
        position: Position,
        /// Where it should be.
        wanted: Position,
    },
    /// No vectors could be made of words.
    #[error("read model {name} waits for vectors: {source}")]
    Vectors {
        /// Which one.
        name: &'static str,
        /// Why there are none.
        #[source]
        source: EmbeddingError,
    },
    /// The read models are being closed.
    #[error("read model {name} is being closed")]
    Closing {
        /// Which one.
        name: &'static str,
    },
    /// Live and rebuilt differ.
    #[error("read model {name} differs from its rebuild: {detail}")]
    Differs {
        /// Which one.
        name: &'static str,
        /// How.
        detail: String,
    },
}

impl ReadSideError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Store { .. } => Code::ReadModelDamaged,
            Self::Gap { .. } | Self::Event { .. } | Self::Stopped { .. } | Self::Differs { .. } => {
                Code::ProjectionFailed
            }
            Self::Log(e) => e.code(),
            Self::AsOf(e) => e.code(),
            Self::NoModel(_) => Code::NoSuchProjection,
            Self::NoConversation(_) => Code::NoSuchConversation,
            Self::NoMessage(_) => Code::NoSuchMessage,
            Self::NoMemory(_) => Code::NoSuchMemory,
            Self::Behind { .. } | Self::Closing { .. } => Code::ProjectionBehind,
            Self::Vectors { source, .. } => source.code(),
        }
    }

    /// Whether trying again may help although nothing was changed: a server may be back.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Vectors { source: EmbeddingError::Server(error), .. } if error.is_passing())
    }

    pub(crate) fn decode(name: &'static str, event: &events::Recorded, source: DecodeError) -> Self {
        Self::Event {
            name,
            position: event.position(),
            event_type: event.header.event_type.to_string(),
            source: Box::new(source),
        }
    }
}
