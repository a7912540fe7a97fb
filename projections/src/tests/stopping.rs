//! A read model that cannot go on stops alone, exactly where it is, and says so.

use std::sync::Arc;

use events::log::BoxError;
use events::payload::ConversationEvent as E;
use events::seal::memory::MemoryKeyRing;
use events::{BranchId, Code, Event, EventLog as _, Position, Recorded};

use super::history::{PEOPLE, World};
use super::ports;
use crate::ReadModels;
use crate::basis::{AsOf, resolve};
use crate::error::ReadSideError;
use crate::runner::Runner;
use crate::sql::{Model, SqlStore};
use crate::store::{Projection as _, Slot};
use crate::timeline::TimelineModel;
use crate::versions::NewRow;

/// Cannot bear an edit.
#[derive(Default)]
struct Fussy;

impl Model for Fussy {
    const NAME: &'static str = "fussy";
    const VERSION: u32 = 1;

    fn apply(&self, event: &Recorded, payload: &Event, rows: &mut Vec<NewRow>) -> Result<(), BoxError> {
        let at = event.position();
        rows.push(NewRow::new(1, at.0.to_be_bytes(), at, b"", &())?);
        match payload {
            Event::Conversation(E::MessageEdited { .. }) => Err("an edit".into()),
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_stops_one_read_model_at_its_place() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, "one").await;
    let poison = E::MessageEdited { message, text: "two".to_owned() };
    let poison = world.talk(BranchId::MAIN, of, vec![poison]).await;
    world.say(of, "three").await;
    let folder = tempfile::tempdir().unwrap();
    let ports = ports(world.log.clone(), world.keys.clone());
    let fussy: Arc<Slot<SqlStore<Fussy>>> = Arc::new(Slot::open(folder.path(), ports.clone()).await.unwrap());
    let timeline: Arc<Slot<SqlStore<TimelineModel>>> = Arc::new(Slot::open(folder.path(), ports).await.unwrap());
    let runners = [Arc::new(Runner::new(fussy.clone())), Arc::new(Runner::new(timeline.clone()))];
    let tasks = [runners[0].start(world.log.clone()), runners[1].start(world.log.clone())];

    let basis = resolve(&*world.log, "main", AsOf::Latest).await.unwrap();
    runners[1].reach(&basis, crate::read::PATIENCE).await.unwrap();
    let stopped = runners[0].reach(&basis, crate::read::PATIENCE).await.unwrap_err();
    assert!(matches!(stopped, ReadSideError::Stopped { name: "fussy", .. }), "{stopped:?}");
    let standing = runners[0].standing();
    assert_eq!(standing.positions[&BranchId::MAIN], Position(poison.0 - 1), "what came before is kept");
    let failure = standing.failure.unwrap();
    assert_eq!(failure.code, Code::ProjectionFailed);
    assert!(failure.message.contains(&format!("position {poison}, a MessageEdited: an edit")), "{failure:?}");
    assert!(fussy.at(&basis).is_err() && timeline.at(&basis).is_ok());

    // The past before the event can be looked at, and holds what it should.
    let before = resolve(&*world.log, "main", AsOf::Position(Position(poison.0 - 1))).await.unwrap();
    runners[0].reach(&before, crate::read::PATIENCE).await.unwrap();
    assert_eq!(fussy.at(&before).unwrap().rows.count(&basis, 1, b"").await.unwrap(), poison.0 - 1);
    for task in tasks {
        task.abort();
    }
    fussy.close().await;
    timeline.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_stopped_refuses_its_own_questions_only() {
    let mut world = World::new().await;
    let (of, conversation) = world.start(PEOPLE[0], false).await;
    let begun = world.head(BranchId::MAIN).await;
    world.say(of, "hello").await;
    let folder = tempfile::tempdir().unwrap();
    // A ring without the keys: only working memory needs them itself.
    let read =
        ReadModels::open(folder.path(), ports(world.log.clone(), Arc::new(MemoryKeyRing::new()))).await.unwrap();
    read.start();
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    assert_eq!(read.conversations().list(&basis, PEOPLE[0], 9).await.unwrap().len(), 1);
    let refused = read.working_memory().recent(&basis, conversation, 9).await.unwrap_err();
    assert!(matches!(refused, ReadSideError::Stopped { name: "working_memory", .. }), "{refused:?}");
    assert!(matches!(read.reach(&basis).await, Err(ReadSideError::Stopped { .. })));
    for model in read.health(BranchId::MAIN) {
        assert_eq!(model.failure.is_some(), model.name == "working_memory", "{model:?}");
        assert_eq!(model.position, if model.failure.is_some() { begun } else { basis.position }, "{model:?}");
    }
    let past = read.at("main", AsOf::Position(begun)).await.unwrap();
    assert_eq!(read.working_memory().recent(&past, conversation, 9).await.unwrap(), []);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_does_not_follow_is_refused() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    for _ in 0..5 {
        world.say(of, "hello").await;
    }
    let folder = tempfile::tempdir().unwrap();
    let ports = ports(world.log.clone(), world.keys.clone());
    let slot: Slot<SqlStore<TimelineModel>> = Slot::open(folder.path(), ports).await.unwrap();
    let events = world.read_all(BranchId::MAIN).await;
    slot.apply(BranchId::MAIN, &events[..3]).await.unwrap();
    let main = &world.log.branches().await.unwrap()[0];
    for wrong in [&events[4..], &events[2..], &events[..1]] {
        let gap = slot.apply(BranchId::MAIN, wrong).await.unwrap_err();
        assert!(matches!(gap, ReadSideError::Gap { checkpoint: Position(3), .. }), "{gap:?}");
        assert_eq!(slot.checkpoint(main).await.unwrap(), Position(3));
    }
    slot.apply(BranchId::MAIN, &events[3..]).await.unwrap();
    slot.close().await;
}
