//! A person's record.

use events::payload::PersonEvent;
use events::{Category, Code};

use crate::decider::{DecideContext, Decider};

/// The longest name, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// The decider of people.
#[derive(Debug)]
pub struct Person;

/// What can be asked of a person's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make it.
    Register {
        /// How the person is called.
        name: String,
        /// Whether the person owns the install.
        owner: bool,
    },
    /// Call the person differently.
    Rename {
        /// The new name.
        name: String,
    },
}

/// What a decision needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    name: Option<String>,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// The person is known already.
    #[error("this person is already registered")]
    AlreadyRegistered,
    /// The person is not known.
    #[error("this person is not registered")]
    Unknown,
    /// No name, or one over the limit.
    #[error("a name must have 1 to {MAX_NAME_CHARS} characters")]
    BadName,
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::NoSuchPerson,
            Self::AlreadyRegistered | Self::BadName => Code::Rejected,
        }
    }
}

/// A name without surrounding space, when it has a usable length.
pub(crate) fn clean_name(name: &str) -> Option<String> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS;
    fits.then(|| name.to_owned())
}

impl Decider for Person {
    const CATEGORY: Category = Category::Person;
    type Command = Command;
    type Event = PersonEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<PersonEvent>, Rejection> {
        match (command, &state.name) {
            (Command::Register { .. }, Some(_)) => Err(Rejection::AlreadyRegistered),
            (Command::Register { name, owner }, None) => {
                let name = clean_name(&name).ok_or(Rejection::BadName)?;
                Ok(vec![PersonEvent::PersonRegistered { name, owner }])
            }
            (Command::Rename { .. }, None) => Err(Rejection::Unknown),
            (Command::Rename { name }, Some(current)) => {
                let name = clean_name(&name).ok_or(Rejection::BadName)?;
                Ok(if name == *current { vec![] } else { vec![PersonEvent::PersonRenamed { name }] })
            }
        }
    }

    fn evolve(_: State, event: &PersonEvent) -> State {
        match event {
            PersonEvent::PersonRegistered { name, .. } | PersonEvent::PersonRenamed { name } => {
                State { name: Some(name.clone()) }
            }
        }
    }
}
