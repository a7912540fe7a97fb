//! The log against a model of ten lines: random operations, same answers. And files that somebody damaged.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // This is a test.

use std::collections::HashMap;
use std::sync::Arc;

use events::log::conformance::ports;
use events::log::sqlite::SqliteOptions;
use events::log::{Log, verify};
use events::payload::PersonEvent;
use events::{
    Actor, Append, AppendError, BranchId, CommandId, EventLog, Expected, NewEvent, PersonId, Position, StreamId,
    StreamWrite, Version,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

#[derive(Clone, Debug)]
enum Op {
    /// Append `count` events to a stream of a branch, with a right or a wrong expectation.
    Append { branch: usize, stream: u8, count: u8, wrong: bool },
    /// Repeat the n-th command.
    Repeat(usize),
    /// Fork a branch somewhere.
    Fork { parent: usize, at: u16 },
    /// Close a branch.
    Close(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (0usize..4, 0u8..3, 0u8..4, prop::bool::weighted(0.2))
            .prop_map(|(branch, stream, count, wrong)| Op::Append { branch, stream, count, wrong }),
        2 => any::<prop::sample::Index>().prop_map(|i| Op::Repeat(i.index(64))),
        1 => (0usize..4, 0u16..40).prop_map(|(parent, at)| Op::Fork { parent, at }),
        1 => (1usize..4).prop_map(Op::Close),
    ]
}

/// A branch is the list of what it holds; forking copies a prefix. That is the whole model.
#[derive(Clone, Debug)]
struct Line {
    id: BranchId,
    events: Vec<(StreamId, String)>,
    open: bool,
}

impl Line {
    fn version(&self, stream: StreamId) -> u64 {
        self.events.iter().filter(|(s, _)| *s == stream).count() as u64
    }
}

fn stream(n: u8) -> StreamId {
    StreamId::from(PersonId(Uuid::from_u128(u128::from(n) + 1)))
}

async fn agrees(log: &Log, ops: &[Op]) {
    let mut lines = vec![Line { id: BranchId::MAIN, events: vec![], open: true }];
    let mut done: Vec<(Append, Option<(u64, u32)>)> = Vec::new();
    for (n, op) in ops.iter().enumerate() {
        match op {
            Op::Append { branch, stream: s, count, wrong } => {
                let at = branch % lines.len();
                let line = &lines[at];
                let names: Vec<String> = (0..*count).map(|i| format!("{n}.{i}")).collect();
                let version = line.version(stream(*s)) + u64::from(*wrong);
                let event = |name: &String| {
                    NewEvent::new(PersonEvent::PersonRenamed { name: name.clone() }, PersonId(Uuid::from_u128(1)))
                };
                let append = Append {
                    command_id: CommandId(Uuid::from_u128(1_000 + n as u128)),
                    correlation: CommandId(Uuid::nil()).into(),
                    actor: Actor::System,
                    branch: line.id,
                    writes: vec![StreamWrite {
                        stream: stream(*s),
                        expected: Expected::Exactly(Version(version)),
                        events: names.iter().map(event).collect(),
                    }],
                };
                let outcome = log.append(append.clone()).await;
                let kept = match (&outcome, lines[at].open, wrong) {
                    (Err(AppendError::NoBranch(_)), false, _) => None,
                    (Err(AppendError::WrongVersion { .. }), true, true) => None,
                    (Ok(o), true, false) => {
                        let head = lines[at].events.len() as u64;
                        assert_eq!((o.first.0, o.count), (head + u64::from(*count > 0), u32::from(*count)));
                        lines[at].events.extend(names.into_iter().map(|name| (stream(*s), name)));
                        Some((o.first.0, o.count))
                    }
                    other => panic!("{other:?}"),
                };
                done.push((append, kept));
            }
            Op::Repeat(n) if !done.is_empty() => {
                let (append, kept) = done[n % done.len()].clone();
                if let Some(first) = kept {
                    let again = log.append(append).await.unwrap();
                    assert_eq!(((again.first.0, again.count), again.repeated), (first, true));
                }
            }
            Op::Fork { parent, at } => {
                let from = lines[parent % lines.len()].clone();
                let at = usize::from(*at) % (from.events.len() + 1);
                let made = log.create_branch(&format!("b{n}"), from.id, Position(at as u64)).await.unwrap();
                lines.push(Line { id: made.id, events: from.events[..at].to_vec(), open: true });
            }
            Op::Close(n) => {
                let at = n % lines.len();
                if at > 0 {
                    log.close_branch(lines[at].id).await.unwrap();
                    lines[at].open = false;
                }
            }
            Op::Repeat(_) => {}
        }
    }
    let branches = log.branches().await.unwrap();
    for line in &lines {
        let found = log.read(line.id, Position::START, 8_000).await.unwrap();
        let mut versions: HashMap<StreamId, u64> = HashMap::new();
        let found: Vec<(StreamId, String)> = found
            .iter()
            .zip(1u64..)
            .map(|(event, position)| {
                assert_eq!(event.position().0, position);
                let version = versions.entry(event.header.stream).or_default();
                *version += 1;
                assert_eq!(event.header.version.0, *version);
                match event.event().unwrap() {
                    Some(events::Event::Person(PersonEvent::PersonRenamed { name })) => (event.header.stream, name),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        assert_eq!(found, line.events, "branch {}", line.id);
        let branch = branches.iter().find(|b| b.id == line.id).unwrap();
        verify::verify(log, branch, &mut |_| ()).await.unwrap();
    }
}

#[test]
fn the_log_in_memory_agrees_with_the_model() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(op(), 1..60), |ops| {
            runtime.block_on(async {
                let (keys, clock, entropy) = ports();
                agrees(&Log::memory(keys, clock, entropy), &ops).await;
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_log_in_sqlite_agrees_with_the_model_and_still_does_when_opened_again() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(op(), 1..60), |ops| {
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let options = SqliteOptions::new(folder.path().join("log.db"));
                let (keys, clock, entropy) = ports();
                let log = Log::sqlite(&options, keys.clone(), clock.clone(), entropy.clone()).await.unwrap();
                agrees(&log, &ops).await;
                let before = log.branches().await.unwrap();
                log.close().await.unwrap();
                let log = Log::sqlite(&options, keys, clock, entropy).await.unwrap();
                assert_eq!(log.branches().await.unwrap(), before);
            });
            Ok(())
        })
        .unwrap();
}

/// A log of some events in a file that was closed.
async fn closed_log(folder: &std::path::Path, events: usize) -> SqliteOptions {
    let options = SqliteOptions::new(folder.join("log.db"));
    let (keys, clock, entropy) = ports();
    let log = Log::sqlite(&options, keys, clock, entropy).await.unwrap();
    for n in 0..events {
        let person = PersonId(Uuid::from_u128(1));
        let event = NewEvent::new(PersonEvent::PersonRenamed { name: "x".repeat(400) }, person);
        let command_id = CommandId(Uuid::from_u128(n as u128 + 1));
        let writes = vec![StreamWrite { stream: person.into(), expected: Expected::Any, events: vec![event] }];
        let correlation = command_id.into();
        let branch = BranchId::MAIN;
        log.append(Append { command_id, correlation, actor: Actor::System, branch, writes }).await.unwrap();
    }
    log.close().await.unwrap();
    options
}

/// Opens and checks everything; whether all was found sound.
async fn is_sound(options: &SqliteOptions) -> Result<(), events::Code> {
    let (keys, clock, entropy) = ports();
    let log = Log::sqlite(options, keys, clock, entropy).await.map_err(|e| e.code())?;
    let branches = log.branches().await.map_err(|e| e.code())?;
    for branch in &branches {
        verify::verify(&log, branch, &mut |_| ()).await.map_err(|e| e.code())?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_file_is_refused_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let options = closed_log(folder.path(), 100).await;
    assert_eq!(is_sound(&options).await, Ok(()));
    let whole = std::fs::read(&options.path).unwrap();
    for part in [1, 2, 3] {
        std::fs::write(&options.path, &whole[..whole.len() * part / 4]).unwrap();
        let code = is_sound(&options).await.unwrap_err();
        assert!(matches!(code, events::Code::LogDamaged | events::Code::LogUnreadable), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_event_is_found_and_its_position_named() {
    let folder = tempfile::tempdir().unwrap();
    let options = closed_log(folder.path(), 400).await;
    let whole = std::fs::read(&options.path).unwrap();
    let mut raw =
        <sqlx::SqliteConnection as sqlx::Connection>::connect(options.path.to_str().unwrap()).await.unwrap();
    for (edit, position) in [
        ("UPDATE events SET body = CAST(x'00' || substr(body, 2) AS BLOB) WHERE id = 7", 7),
        (
            "UPDATE events SET header = CAST(substr(header, 1, 100) || x'ff' || substr(header, 102) AS BLOB) WHERE id = 9",
            9,
        ),
        ("DELETE FROM events WHERE id = 11", 11),
        (
            "UPDATE events SET id = 5000 WHERE id = 13; UPDATE events SET id = 13 WHERE id = 14; UPDATE events SET id = 14 WHERE id = 5000",
            13,
        ),
    ] {
        sqlx::raw_sql("DROP TRIGGER IF EXISTS events_are_not_updated; DROP TRIGGER IF EXISTS events_are_not_deleted")
            .execute(&mut raw)
            .await
            .unwrap();
        sqlx::raw_sql(edit).execute(&mut raw).await.unwrap();
        sqlx::Connection::close(raw).await.unwrap();
        let (keys, clock, entropy) = ports();
        let log = Log::sqlite(&options, keys, clock, entropy).await.unwrap();
        let branch = log.branches().await.unwrap().remove(0);
        let found = verify::verify(&log, &branch, &mut |_| ()).await;
        match found {
            Err(events::ReadError::Damaged { position: p, .. }) => assert_eq!(p.0, position, "{edit}"),
            other => panic!("{edit}: {other:?}"),
        }
        log.close().await.unwrap();
        std::fs::write(&options.path, &whole).unwrap();
        let _none = std::fs::remove_file(options.path.with_extension("db-wal"));
        raw = <sqlx::SqliteConnection as sqlx::Connection>::connect(options.path.to_str().unwrap()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_and_a_second_writer_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = closed_log(folder.path(), 1).await;
    let (keys, clock, entropy) = ports();
    let first = Log::sqlite(&options, keys.clone(), clock.clone(), entropy.clone()).await.unwrap();
    let second = Log::sqlite(&options, keys.clone(), clock.clone(), entropy.clone()).await;
    assert_eq!(second.err().map(|e| e.code()), Some(events::Code::DataDirLocked));
    first.close().await.unwrap();
    let mut raw =
        <sqlx::SqliteConnection as sqlx::Connection>::connect(options.path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&mut raw).await.unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    let newer = Log::sqlite(&options, keys, clock, entropy).await;
    assert_eq!(newer.err().map(|e| e.code()), Some(events::Code::DatabaseTooNew));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_is_named_and_is_no_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let options = closed_log(folder.path(), 3).await;
    let (other_keys, clock, entropy) = ports();
    let log = Log::sqlite(&options, other_keys, clock, entropy).await.unwrap();
    let read = log.read(BranchId::MAIN, Position::START, 10).await;
    assert_eq!(read.err().map(|e| e.code()), Some(events::Code::KeyMissing));
    let log: Arc<dyn EventLog> = Arc::new(log);
    assert_eq!(log.read_sealed(BranchId::MAIN, Position::START, 10).await.unwrap().len(), 3);
}
