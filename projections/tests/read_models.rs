//! Read models over a log in memory: expiry, purge, failure of one, order of history.

#![allow(clippy::unwrap_used, clippy::panic)] // This is a test.

use std::sync::Arc;

use events::log::Log;
use events::log::conformance::ports;
use events::payload::{ConversationEvent as E, Role};
use events::seal::memory::MemoryKeyRing;
use events::time::ManualClock;
use events::{
    Actor, Append, BranchId, Clock, CommandId, CompanionId, ConversationId, EventLog, Expected, MessageId, NewEvent,
    PersonId, Position, StreamWrite, SystemEntropy, Timestamp,
};
use projections::{AsOf, Ports, ReadModels, ReadSideError};
use uuid::Uuid;

const DAY: i64 = 86_400;

struct World {
    folder: tempfile::TempDir,
    log: Arc<Log>,
    keys: Arc<MemoryKeyRing>,
    clock: Arc<ManualClock>,
}

fn person() -> PersonId {
    PersonId(Uuid::from_u128(1))
}

fn conversation() -> ConversationId {
    ConversationId(Uuid::from_u128(3))
}

impl World {
    async fn new() -> Self {
        let (keys, clock, entropy) = ports();
        clock.set(Timestamp(1_700_000_000_000_000));
        let log = Arc::new(Log::memory(keys.clone(), clock.clone(), entropy));
        let world = Self { folder: tempfile::tempdir().unwrap(), log, keys, clock };
        let companion = CompanionId(Uuid::from_u128(2));
        let start = E::ConversationStarted {
            person: person(),
            companion,
            private: false,
            origin: "chat".into(),
            title: None,
        };
        world.happens(start).await;
        world
    }

    async fn happens(&self, event: E) -> Position {
        let command_id = CommandId(Uuid::new_v4());
        let write = StreamWrite {
            stream: conversation().into(),
            expected: Expected::Any,
            events: vec![NewEvent::new(event, person())],
        };
        let append = Append {
            command_id,
            correlation: command_id.into(),
            actor: Actor::System,
            branch: BranchId::MAIN,
            writes: vec![write],
        };
        self.log.append(append).await.unwrap().last()
    }

    async fn says(&self, n: u128) -> Position {
        let message = MessageId(Uuid::from_u128(100 + n));
        self.happens(E::MessageReceived { message, text: format!("message {n}"), attachments: vec![], thread: None })
            .await
    }

    async fn open(&self) -> ReadModels {
        let embedder = models::embedding::embedded().unwrap();
        let (log, keys) = (self.log.clone(), self.keys.clone());
        let ports = Ports { log, keys, entropy: Arc::new(SystemEntropy), embedder };
        let read = ReadModels::open(self.folder.path(), ports).await.unwrap();
        read.start();
        read
    }
}

async fn texts(read: &ReadModels, at: AsOf) -> Vec<String> {
    let basis = read.at("main", at).await.unwrap();
    let turns = read.working_memory().recent(&basis, conversation(), 100).await.unwrap();
    turns.into_iter().map(|turn| turn.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cm_3_and_defect_19_turns_expire_after_thirty_days_of_event_time_and_the_past_stays() {
    let world = World::new().await;
    let read = world.open().await;
    world.says(1).await;
    world.clock.advance_seconds(20 * DAY);
    let second = world.says(2).await;
    assert_eq!(texts(&read, AsOf::Latest).await, ["message 2", "message 1"]);
    world.clock.advance_seconds(15 * DAY);
    assert_eq!(texts(&read, AsOf::Latest).await.len(), 2, "time alone changes nothing: there is no event");
    world.says(3).await;
    assert_eq!(texts(&read, AsOf::Latest).await, ["message 3", "message 2"]);
    assert_eq!(read.working_memory().entries().unwrap(), 2, "what expired is gone from the store");
    assert_eq!(texts(&read, AsOf::Position(second)).await, ["message 2", "message 1"], "and still there in the past");
    let bases = [2, 3, 4].map(|p| AsOf::Position(Position(p)));
    let mut resolved = Vec::new();
    for at in bases {
        resolved.push(read.at("main", at).await.unwrap());
    }
    read.check("working_memory", &resolved, &mut |_| ()).await.unwrap();
    let head = read.at("main", AsOf::Latest).await.unwrap();
    let live = read.digest("working_memory", &head).await.unwrap();
    assert_eq!(read.rebuild("working_memory", &mut |_| ()).await.unwrap(), live);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_1_the_newest_turns_come_first_and_only_so_many() {
    let world = World::new().await;
    let read = world.open().await;
    for n in 0..30 {
        world.says(n).await;
    }
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    let turns = read.working_memory().recent(&basis, conversation(), 5).await.unwrap();
    let texts: Vec<&str> = turns.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["message 29", "message 28", "message 27", "message 26", "message 25"]);
    assert!(turns.iter().all(|t| t.role == Role::Person));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_32_a_read_model_that_fails_stops_alone_says_why_and_is_mended_by_a_rebuild() {
    let world = World::new().await;
    let read = world.open().await;
    world.says(1).await;
    read.at("main", AsOf::Latest).await.unwrap();
    let folder = world.folder.path().join("conversations");
    let used = std::fs::read_to_string(folder.join("current")).unwrap();
    let path = folder.join(used.trim());
    rusqlite::Connection::open(&path).unwrap().execute_batch("DROP TABLE versions").unwrap();
    let head = world.says(2).await;
    let basis = projections::resolve(&*world.log, "main", AsOf::Latest).await.unwrap();
    let error = read.reach(&basis).await.unwrap_err();
    assert!(matches!(error, ReadSideError::Stopped { name: "conversations", .. }), "{error:?}");
    let health = read.health(BranchId::MAIN);
    for model in &health {
        assert_eq!(model.failure.is_some(), model.name == "conversations", "{model:?}");
    }
    let working = health.iter().find(|h| h.name == "working_memory").unwrap();
    assert!(working.position <= head);
    read.rebuild("conversations", &mut |_| ()).await.unwrap();
    read.reach(&basis).await.unwrap();
    assert!(read.health(BranchId::MAIN).iter().all(|h| h.failure.is_none()));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_cut_off_goes_on_where_it_was() {
    let world = World::new().await;
    let read = world.open().await;
    for n in 0..50 {
        world.says(n).await;
    }
    let head = read.at("main", AsOf::Latest).await.unwrap();
    let live = read.digest("timeline", &head).await.unwrap();
    let cut = std::panic::AssertUnwindSafe(async {
        read.rebuild("timeline", &mut |p| assert!(p.done < 40, "cut off")).await
    });
    assert!(futures::FutureExt::catch_unwind(cut).await.is_err(), "the first rebuild is cut off");
    let mut first = None;
    let mut progress = |p: projections::Progress| {
        first.get_or_insert(p.done);
    };
    assert_eq!(read.rebuild("timeline", &mut progress).await.unwrap(), live);
    assert_eq!(first, Some(51), "nothing was applied a second time");
    assert!(world.clock.now() > Timestamp(0));
    read.close().await;
}
