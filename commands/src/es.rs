//! Our deciders as cqrs-es aggregates.

use std::marker::PhantomData;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use domain::{DecideContext, Decider};
use events::{Event, catalog};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A decider with its state, in the shape that cqrs-es wants.
pub struct Es<D: Decider> {
    /// The state.
    pub state: D::State,
    decider: PhantomData<fn() -> D>,
}

impl<D: Decider> Es<D> {
    /// An aggregate in a known state.
    pub fn from_state(state: D::State) -> Self {
        Self { state, decider: PhantomData }
    }
}

impl<D: Decider> Default for Es<D> {
    fn default() -> Self {
        Self::from_state(D::State::default())
    }
}

// cqrs-es asks for serde only to store snapshots. Ours are never stored there: its snapshots apply each event twice
// (docs/adr/0003), so both directions refuse.
impl<D: Decider> Serialize for Es<D> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("snapshots of aggregates are not used"))
    }
}

impl<'de, D: Decider> Deserialize<'de> for Es<D> {
    fn deserialize<T: Deserializer<'de>>(_: T) -> Result<Self, T::Error> {
        Err(T::Error::custom("snapshots of aggregates are not used"))
    }
}

/// An event in the shape that cqrs-es wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stored<E>(pub E);

impl<E> DomainEvent for Stored<E>
where
    E: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + Into<Event>,
{
    fn event_type(&self) -> String {
        let event: Event = self.0.clone().into();
        event.type_name().to_owned()
    }

    fn event_version(&self) -> String {
        catalog::current_schema(&self.event_type()).to_string()
    }
}

impl<D: Decider> Aggregate for Es<D>
where
    D::State: 'static,
{
    const TYPE: &'static str = D::CATEGORY.as_str();
    type Command = (D::Command, DecideContext);
    type Event = Stored<D::Event>;
    type Error = D::Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        (command, context): Self::Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), D::Rejection> {
        for event in D::decide(&self.state, command, &context)? {
            sink.write(Stored(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        let state = std::mem::take(&mut self.state);
        self.state = D::evolve(state, &event.0);
    }
}
