//! The shape of every aggregate: decide what happens, evolve what is.

use std::fmt::Debug;

use events::{Event, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What a decision may know besides state and command. All of it is injected, so that a decision can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecideContext {
    /// The aggregate's own id.
    pub id: Uuid,
    /// The present moment.
    pub now: Timestamp,
}

/// A pure aggregate. `evolve` never fails; a refusal is a value.
pub trait Decider: 'static {
    /// Whose streams.
    const CATEGORY: events::Category;
    /// What can be asked for.
    type Command: Clone + Send;
    /// What can happen.
    type Event: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + Into<Event>;
    /// What is, as far as decisions need it.
    type State: Default + Clone + Send + Sync;
    /// Why not.
    type Rejection: std::error::Error + Send + Sync + 'static;

    /// What happens because of a command; nothing, when it asks for what already is.
    ///
    /// # Errors
    /// When the command does not fit the state.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        context: &DecideContext,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// The state after an event.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}
