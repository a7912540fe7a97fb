//! How long a million events take. Run by hand, as time decides nothing:
//! `cargo test --release -p events --test ledger_million -- --ignored --nocapture`

#![allow(clippy::unwrap_used, clippy::print_stdout)] // A measurement.

use std::sync::Arc;
use std::time::Instant;

use events::ledger::note::NoteSigner;
use events::ledger::{Ledger, Shelf, Since};
use events::log::Log;
use events::log::conformance::ports;
use events::log::sqlite::{SqliteOptions, SqliteSynchronous};
use events::payload::PersonEvent;
use events::{Actor, Append, BranchId, CommandId, EventLog, Expected, NewEvent, PersonId, Position, StreamWrite};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn a_million_events() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, clock, entropy) = ports();
    let mut options = SqliteOptions::new(folder.path().join("log.db"));
    options.synchronous = SqliteSynchronous::Off;
    let log = Log::sqlite(&options, keys.clone(), clock.clone(), entropy.clone()).await.unwrap();
    let events: u64 = std::env::var("EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let mut left = events;
    while left > 0 {
        let now = left.min(4_000);
        left -= now;
        let person = PersonId(Uuid::from_u128(u128::from(left % 97)));
        // About 300 bytes of content.
        let event = NewEvent::new(PersonEvent::PersonRenamed { name: "A".repeat(256) }, person);
        let write = StreamWrite { stream: person.into(), expected: Expected::Any, events: vec![event; now as usize] };
        let command_id = CommandId(Uuid::new_v4());
        let (correlation, branch) = (command_id.into(), BranchId::MAIN);
        let append = Append { command_id, correlation, actor: Actor::System, branch, writes: vec![write] };
        log.append(append).await.unwrap();
    }
    let at = folder.path().join("ledger");
    let ledger = || {
        let shelf = Shelf::Folder(at.clone());
        Ledger::new(Arc::new(log.clone()), shelf, NoteSigner::new(&[7; 32]), clock.clone())
    };
    let start = Instant::now();
    let signed = ledger().checkpoint(BranchId::MAIN).await.unwrap();
    println!("taking in {} events: {:.2} s", signed.checkpoint.size, start.elapsed().as_secs_f64());
    let start = Instant::now();
    ledger().checkpoint(BranchId::MAIN).await.unwrap();
    println!("opening: {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    let kept = ledger();
    let start = Instant::now();
    let verdict = kept.verify(BranchId::MAIN, None, &mut |_| ()).await.unwrap();
    println!("verifying {} events: {:.2} s", verdict.events, start.elapsed().as_secs_f64());
    let start = Instant::now();
    let verdict = kept.verify(BranchId::MAIN, Some(&Since::Note(signed.note)), &mut |_| ()).await.unwrap();
    println!(
        "verifying since the newest checkpoint ({} events): {:.2} ms",
        verdict.events,
        start.elapsed().as_secs_f64() * 1e3
    );
    let start = Instant::now();
    for n in 1..=100 {
        kept.prove(BranchId::MAIN, Position(n * events / 100)).await.unwrap();
    }
    println!("a proof: {:.2} ms", start.elapsed().as_secs_f64() * 10.0);
}
