//! Our deciders under cqrs-es: its given/when/then language works, and its snapshots do not (docs/adr/0003).

#![allow(clippy::unwrap_used)] // A repository for tests has nobody to tell.

use commands::{Es, Stored};
use cqrs_es::event_sink::EventSink;
use cqrs_es::mem_store::MemStore;
use cqrs_es::test::TestFramework;
use cqrs_es::{Aggregate, CqrsFramework, DomainEvent, EventStore};
use domain::{DecideContext, Person, person};
use events::Timestamp;
use events::payload::PersonEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const CONTEXT: DecideContext = DecideContext { id: Uuid::nil(), now: Timestamp(0) };

fn registered(name: &str) -> Stored<PersonEvent> {
    Stored(PersonEvent::PersonRegistered { name: name.into(), owner: true })
}

#[test]
fn given_when_then_works_on_our_deciders() {
    let rename = person::Command::Rename { name: "Ada L.".into() };
    TestFramework::<Es<Person>>::with(())
        .given(vec![registered("Ada")])
        .when((rename, CONTEXT))
        .then_expect_events(vec![Stored(PersonEvent::PersonRenamed { name: "Ada L.".into() })]);
}

#[test]
fn a_rejection_is_an_error_of_the_framework() {
    let again = person::Command::Register { name: "Ada".into(), owner: false };
    TestFramework::<Es<Person>>::with(())
        .given(vec![registered("Ada")])
        .when((again, CONTEXT))
        .then_expect_error(person::Rejection::AlreadyRegistered);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counter(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted;

impl DomainEvent for Counted {
    fn event_type(&self) -> String {
        "Counted".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "counter";
    type Command = u64;
    type Event = Counted;
    type Error = std::fmt::Error;
    type Services = ();

    async fn handle(&mut self, times: u64, (): &(), sink: &EventSink<Self>) -> Result<(), std::fmt::Error> {
        for _ in 0..times {
            sink.write(Counted, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, _: Counted) {
        self.0 += 1;
    }
}

/// A repository that keeps events and the last snapshot, as cqrs-es's own do.
#[derive(Clone, Default)]
struct Memory(std::sync::Arc<std::sync::Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    events: Vec<cqrs_es::persist::SerializedEvent>,
    snapshot: Option<(serde_json::Value, usize)>,
}

impl cqrs_es::persist::PersistedEventRepository for Memory {
    async fn get_events<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Vec<cqrs_es::persist::SerializedEvent>, cqrs_es::persist::PersistenceError> {
        Ok(self.0.lock().unwrap().events.clone())
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        _: &str,
        last: usize,
    ) -> Result<Vec<cqrs_es::persist::SerializedEvent>, cqrs_es::persist::PersistenceError> {
        Ok(self.0.lock().unwrap().events.iter().filter(|e| e.sequence > last).cloned().collect())
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Option<cqrs_es::persist::SerializedSnapshot>, cqrs_es::persist::PersistenceError> {
        let kept = self.0.lock().unwrap();
        Ok(kept.snapshot.clone().map(|(aggregate, number)| cqrs_es::persist::SerializedSnapshot {
            aggregate_id: id.to_owned(),
            aggregate,
            current_sequence: kept.events.len(),
            current_snapshot: number,
        }))
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[cqrs_es::persist::SerializedEvent],
        snapshot: Option<(String, serde_json::Value, usize)>,
    ) -> Result<(), cqrs_es::persist::PersistenceError> {
        let mut kept = self.0.lock().unwrap();
        kept.events.extend_from_slice(events);
        if let Some((_, aggregate, number)) = snapshot {
            kept.snapshot = Some((aggregate, number));
        }
        Ok(())
    }

    async fn stream_events<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<cqrs_es::persist::ReplayStream, cqrs_es::persist::PersistenceError> {
        Ok(cqrs_es::persist::ReplayStream::new(1).1)
    }

    async fn stream_all_events<A: Aggregate>(
        &self,
    ) -> Result<cqrs_es::persist::ReplayStream, cqrs_es::persist::PersistenceError> {
        Ok(cqrs_es::persist::ReplayStream::new(1).1)
    }
}

/// When this fails, cqrs-es was mended: tell ADR 0003, and think again about its snapshots.
#[tokio::test]
async fn snapshots_of_cqrs_es_apply_events_twice() {
    let repository = Memory::default();
    let store = cqrs_es::persist::PersistedEventStore::<_, Counter>::new_snapshot_store(repository.clone(), 3);
    let framework = CqrsFramework::new(store, vec![], ());
    framework.execute("one", 3).await.unwrap();
    framework.execute("one", 3).await.unwrap();
    let kept = repository.0.lock().unwrap();
    assert_eq!(kept.events.len(), 6, "six events are stored");
    let (snapshot, _) = kept.snapshot.clone().unwrap();
    assert_eq!(snapshot, serde_json::json!(12), "the snapshot should say six, and says twelve");
}

/// The same counter without snapshots is right, so the fault is in the snapshots alone.
#[tokio::test]
async fn the_plain_event_store_of_cqrs_es_counts_right() {
    let store = MemStore::<Counter>::default();
    let framework = CqrsFramework::new(store.clone(), vec![], ());
    framework.execute("one", 3).await.unwrap();
    framework.execute("one", 3).await.unwrap();
    assert_eq!(store.load_events("one").await.unwrap().len(), 6);
    let mut context = store.load_aggregate("one").await.unwrap();
    assert_eq!(*cqrs_es::AggregateContext::aggregate(&mut context), Counter(6));
}
