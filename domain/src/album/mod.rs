//! A person's memory album: what was kept, what the person says about it, what is dear and was looked at again.
//!
//! One stream per person. Whether the words that an entry points at exist is asked before a command is given; here only
//! the album itself is decided about.

mod decide;
mod state;
#[cfg(test)]
mod tests;

use events::payload::{AlbumEvent, Annotation, FactType, Keepsake, MemoryType, Tone};
use events::{Category, Code, MemoryId};

pub use state::{Entry, State};

use crate::decider::{DecideContext, Decider};

/// The longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 4_000;
/// The most tags of one entry.
pub const MAX_TAGS: usize = 32;
/// The longest tag, and the longest category, in characters.
pub const MAX_TAG_CHARS: usize = 64;

/// The decider of albums.
#[derive(Debug)]
pub struct Album;

/// What can be asked of an album.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Keep something.
    Keep {
        /// The entry's id.
        memory: MemoryId,
        /// What.
        of: Keepsake,
        /// What the person says about it.
        annotation: Annotation,
        /// Whether it is a favourite at once.
        favourite: bool,
        /// How it felt.
        tone: Option<Tone>,
    },
    /// Say something else about an entry.
    Annotate {
        /// Which one.
        memory: MemoryId,
        /// What changes.
        change: Change,
    },
    /// Make an entry a favourite, or make it none.
    Favour {
        /// Which one.
        memory: MemoryId,
        /// Whether it is one.
        favourite: bool,
    },
    /// Come back to an entry.
    Revisit {
        /// Which one.
        memory: MemoryId,
    },
    /// Take an entry out.
    Remove {
        /// Which one.
        memory: MemoryId,
    },
}

/// What is to be said differently; what is `None` stays. An empty text takes a category or a note away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What it means.
    pub memory_type: Option<MemoryType>,
    /// What it is about.
    pub fact_type: Option<FactType>,
    /// A heading.
    pub category: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// All tags.
    pub tags: Option<Vec<String>>,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// No such entry, or it was taken out.
    #[error("there is no entry {0} in the album")]
    NoMemory(MemoryId),
    /// The id is in use.
    #[error("there is already an entry {0} in the album")]
    DuplicateMemory(MemoryId),
    /// The same thing is in the album.
    #[error("this is in the album already, as entry {0}")]
    AlreadyKept(MemoryId),
    /// An excerpt without a character.
    #[error("an excerpt must hold at least one character")]
    EmptyExcerpt,
    /// A note over the limit.
    #[error("a note may have {MAX_NOTE_CHARS} characters; this one has {0}")]
    LongNote(usize),
    /// A category over the limit.
    #[error("a category may have {MAX_TAG_CHARS} characters; this one has {0}")]
    LongCategory(usize),
    /// A tag over the limit.
    #[error("a tag may have {MAX_TAG_CHARS} characters; one has {0}")]
    LongTag(usize),
    /// More tags than an entry may have.
    #[error("an entry may have {MAX_TAGS} tags, not {0}")]
    ManyTags(usize),
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoMemory(_) => Code::NoSuchMemory,
            _ => Code::Rejected,
        }
    }
}

impl Decider for Album {
    const CATEGORY: Category = Category::Album;
    type Command = Command;
    type Event = AlbumEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<AlbumEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(state: State, event: &AlbumEvent) -> State {
        state.evolve(event)
    }
}
