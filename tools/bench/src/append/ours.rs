//! Our log with everything on: sealing, hash chain, idempotency, optimistic versions, full synchronisation.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::payload::ConversationEvent;
use events::seal::memory::MemoryKeyRing;
use events::{
    Actor, Append, AppendError, BranchId, CommandId, ConversationId, Entropy, EventLog, Expected, MessageId,
    NewEvent, PersonId, StreamId, StreamWrite, SystemClock, SystemEntropy, Version,
};
use system_tests::postgres::{Durability, NOT_INSTALLED, TestCluster};

use super::{STREAM, UNIT, WRITERS, body, raw};
use crate::Failure;
use crate::measure::{Done, Plan, rate, tasks};
use crate::report::Report;

/// Whose events these are.
const PERSON: u128 = 0xA1C0;

/// What a writer does for one event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Appends, knowing the version of the stream.
    Append,
    /// Loads the stream, decides, appends: what a command does.
    Command,
}

/// Opens our log on SQLite, as production does but for the keys, which need no file here.
pub async fn open(path: &Path) -> Result<Log, Failure> {
    let keys = Arc::new(MemoryKeyRing::new());
    Ok(Log::sqlite(&SqliteOptions::new(path), keys, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?)
}

/// Measures appends and whole commands on SQLite.
pub async fn sqlite(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    for (work, writers, name) in wanted(plan, "aico-sqlite") {
        let log = open(&folder.join(format!("{}.db", name.replace(' ', "-")))).await?;
        measure(plan, report, &name, &log, work, writers).await?;
        log.close().await?;
        report.compare(&name, raw::SINGLE);
        report.compare(&name, &format!("command sqlite-es-full {writers}"));
        match (work, writers) {
            (Work::Append, 1) => report.floor_from(&name, raw::SINGLE, 0.5),
            (Work::Append, 64) => report.floor(&name, 30_000.0),
            _ => {}
        }
    }
    Ok(())
}

/// Measures appends and whole commands on a PostgreSQL server with fsync on.
pub async fn postgres(plan: &Plan, report: &mut Report) -> Result<(), Failure> {
    let wanted = wanted(plan, "aico-postgres");
    // A list counts as wanting nothing, so no server is started for it.
    if wanted.is_empty() {
        return Ok(());
    }
    let cluster = TestCluster::start(Durability::Full).await?.ok_or(NOT_INSTALLED)?;
    for (work, writers, name) in wanted {
        let schema = name.replace([' ', '-'], "_");
        let keys = Arc::new(MemoryKeyRing::new());
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let log = Log::postgres(&cluster.url("postgres"), &schema, keys, clock, entropy).await?;
        measure(plan, report, &name, &log, work, writers).await?;
        log.close().await?;
        report.compare(&name, &format!("command postgres-es {writers}"));
    }
    Ok(())
}

/// The measurements of a store that were asked for: what is done, by how many writers, and its name.
fn wanted(plan: &Plan, store: &str) -> Vec<(Work, usize, String)> {
    let kinds = [(Work::Append, "append"), (Work::Command, "command")];
    let all = kinds.iter().flat_map(|(work, kind)| WRITERS.map(|n| (*work, n, format!("{kind} {store} {n}"))));
    all.filter(|(_, _, name)| plan.wants(name)).collect()
}

async fn measure(
    plan: &Plan,
    report: &mut Report,
    name: &str,
    log: &Log,
    work: Work,
    writers: usize,
) -> Result<(), Failure> {
    // Runs follow one another on one log: the streams go on.
    let run = AtomicU64::new(0);
    let rate =
        rate(plan, |until| write(log.clone(), work, writers, run.fetch_add(1, Ordering::Relaxed), until)).await?;
    report.rate(name, UNIT, rate, None);
    Ok(())
}

async fn write(log: Log, work: Work, writers: usize, run: u64, until: Instant) -> Result<Done, Failure> {
    tasks(writers, until, move |writer, n| {
        let log = log.clone();
        async move {
            let id = (u128::from(run) << 96) | ((writer as u128) << 64) | u128::from(n / STREAM) << 8;
            let stream = StreamId::from(ConversationId(uuid::Uuid::from_u128(id)));
            let version = match work {
                Work::Append => Version(n % STREAM),
                Work::Command => {
                    let past = log.read_stream(BranchId::MAIN, stream, Version(0), 100).await?;
                    let lines = past.iter().map(|r| r.event()).filter(|e| matches!(e, Ok(Some(_)))).count();
                    if lines as u64 >= STREAM {
                        return Err("the notebook is full".into());
                    }
                    Version(lines as u64)
                }
            };
            match log.append(one(stream, version, body(writer, n))).await {
                Ok(_) => Ok(Some(1)),
                Err(AppendError::WrongVersion { .. }) => Ok(None),
                Err(e) => Err(e.into()),
            }
        }
    })
    .await
}

fn one(stream: StreamId, version: Version, text: String) -> Append {
    many(stream, version, vec![text])
}

/// An append of so many messages to one stream.
pub fn many(stream: StreamId, version: Version, texts: Vec<String>) -> Append {
    let command = CommandId(SystemEntropy.uuid_v7(events::Clock::now(&SystemClock)));
    let person = PersonId(uuid::Uuid::from_u128(PERSON));
    let message = |text| {
        let message = MessageId(SystemEntropy.uuid_v7(events::Clock::now(&SystemClock)));
        NewEvent::new(
            ConversationEvent::MessageReceived { message, text, attachments: Vec::new(), thread: None },
            person,
        )
    };
    Append {
        command_id: command,
        correlation: command.into(),
        actor: Actor::Person(person),
        branch: BranchId::MAIN,
        writes: vec![StreamWrite {
            stream,
            expected: Expected::Exactly(version),
            events: texts.into_iter().map(message).collect(),
        }],
    }
}
