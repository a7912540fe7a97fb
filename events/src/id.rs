//! Identifiers: one newtype each, so that a message is never mistaken for a conversation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, big-endian, as stored and hashed.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

uuid_newtype!(
    /// One event, unique over every branch of a log. UUIDv7, so it sorts by time.
    EventId
);
uuid_newtype!(
    /// One command. Repeating it returns the first outcome.
    CommandId
);
uuid_newtype!(
    /// The thread of work that an event belongs to: the id of the command that began it.
    CorrelationId
);
uuid_newtype!(
    /// One stay of somebody who was let in.
    SessionId
);
uuid_newtype!(
    /// A device that talks for a person.
    DeviceId
);
uuid_newtype!(
    /// One consent.
    ConsentId
);
uuid_newtype!(
    /// Whom an event's content is about: a person, or a companion for matters of nobody else.
    /// The data key that seals the content belongs to the subject.
    SubjectId
);
uuid_newtype!(
    /// One data key in the key store.
    KeyId
);
uuid_newtype!(
    /// A human who talks to a companion.
    PersonId
);
uuid_newtype!(
    /// A companion.
    CompanionId
);
uuid_newtype!(
    /// One conversation between a person and a companion.
    ConversationId
);
uuid_newtype!(
    /// One message, by a person or by a companion (a reply is a message).
    MessageId
);
uuid_newtype!(
    /// One entry of a memory album.
    MemoryId
);
uuid_newtype!(
    /// A stretch of talk that belongs together.
    EpisodeId
);
uuid_newtype!(
    /// One attempt to answer a message. Regenerating makes a second run for the same message.
    RunId
);

impl SubjectId {
    /// The install itself: what was done to people's data, which outlives the people.
    pub const INSTALL: Self = Self(Uuid::nil());
}

impl From<PersonId> for SubjectId {
    fn from(id: PersonId) -> Self {
        Self(id.0)
    }
}

impl From<CompanionId> for SubjectId {
    fn from(id: CompanionId) -> Self {
        Self(id.0)
    }
}

impl From<CommandId> for CorrelationId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

macro_rules! number_newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number_newtype!(
    /// A place in the whole log of one branch: 1, 2, 3 ... without gaps; 0 is before the first event.
    Position(u64)
);
number_newtype!(
    /// A place in one stream: 1, 2, 3 ...; 0 is the empty stream.
    Version(u64)
);
number_newtype!(
    /// A line of history. 0 is `main`; every other branch forked from a parent at a position.
    BranchId(u32)
);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
    /// Later than any event.
    pub const END: Self = Self(i64::MAX as u64);

    /// The place after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Version {
    /// The version after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl BranchId {
    /// The trunk.
    pub const MAIN: Self = Self(0);
}
