//! A companion: its name and its character.

use events::payload::CompanionEvent;
use events::{Category, Code, PersonId};

use crate::decider::{DecideContext, Decider};
use crate::person::{MAX_NAME_CHARS, clean_name};

/// The longest description of a character, in characters.
pub const MAX_PERSONA_CHARS: usize = 20_000;

/// The decider of companions.
#[derive(Debug)]
pub struct Companion;

/// What can be asked of a companion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Bring it into being.
    Create {
        /// How it is called.
        name: String,
        /// Whose it is.
        owner: PersonId,
        /// Its character.
        persona: String,
    },
    /// Call it differently.
    Rename {
        /// The new name.
        name: String,
    },
    /// Change its character.
    ChangePersona {
        /// The new description.
        persona: String,
    },
}

/// What a decision needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    name: String,
    persona: String,
    exists: bool,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// It exists already.
    #[error("this companion already exists")]
    AlreadyExists,
    /// It does not exist.
    #[error("there is no such companion")]
    Unknown,
    /// No name, or one over the limit.
    #[error("a name must have 1 to {MAX_NAME_CHARS} characters")]
    BadName,
    /// A description over the limit.
    #[error("a persona must have at most {MAX_PERSONA_CHARS} characters")]
    PersonaTooLong,
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::NoSuchPerson,
            Self::AlreadyExists | Self::BadName | Self::PersonaTooLong => Code::Rejected,
        }
    }
}

fn check_persona(persona: String) -> Result<String, Rejection> {
    if persona.chars().count() > MAX_PERSONA_CHARS { Err(Rejection::PersonaTooLong) } else { Ok(persona) }
}

impl Decider for Companion {
    const CATEGORY: Category = Category::Companion;
    type Command = Command;
    type Event = CompanionEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<CompanionEvent>, Rejection> {
        match command {
            Command::Create { .. } if state.exists => Err(Rejection::AlreadyExists),
            Command::Create { name, owner, persona } => {
                let name = clean_name(&name).ok_or(Rejection::BadName)?;
                Ok(vec![CompanionEvent::CompanionCreated { name, owner, persona: check_persona(persona)? }])
            }
            _ if !state.exists => Err(Rejection::Unknown),
            Command::Rename { name } => {
                let name = clean_name(&name).ok_or(Rejection::BadName)?;
                Ok(if name == state.name { vec![] } else { vec![CompanionEvent::CompanionRenamed { name }] })
            }
            Command::ChangePersona { persona } => {
                let after = check_persona(persona)?;
                let before = state.persona.clone();
                Ok(if after == before { vec![] } else { vec![CompanionEvent::PersonaChanged { before, after }] })
            }
        }
    }

    fn evolve(mut state: State, event: &CompanionEvent) -> State {
        match event {
            CompanionEvent::CompanionCreated { name, persona, .. } => {
                state = State { name: name.clone(), persona: persona.clone(), exists: true };
            }
            CompanionEvent::CompanionRenamed { name } => state.name.clone_from(name),
            CompanionEvent::PersonaChanged { after, .. } => state.persona.clone_from(after),
        }
        state
    }
}
