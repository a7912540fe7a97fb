//! kill -9 while 64 writers append loses nothing that was acknowledged.
//!
//! `AICO_CRASH_ROUNDS` sets the number of rounds (200 without it), `AICO_CRASH_SEED` the seed that chooses the moments.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::{EventLog, SystemClock, SystemEntropy};
use system_tests::keys::DerivedKeys;
use system_tests::seeds::Seeds;
use system_tests::walk::{Acknowledged, Walk, expect_readable};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// Writers of a process.
const WRITERS: u64 = 64;
/// Rounds on one growing database before a fresh one.
const ROUNDS_PER_DATABASE: u64 = 25;
/// The most acknowledgements that are awaited before the kill.
const MOST: u64 = 600;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().unwrap())
}

/// Starts a writer, kills it at a moment that the seed chooses, and gives what it had said by then.
async fn run_and_kill(database: &Path, seed: u64) -> Vec<Acknowledged> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crash_writer"))
        .arg(database)
        .args([seed.to_string(), WRITERS.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // One round in ten dies while it opens the log; the others after so many acknowledgements, by when it has gone on.
    let awaited = if seed.is_multiple_of(10) { 0 } else { 2 + seed / 10 % MOST };
    let mut said = Vec::new();
    while (said.len() as u64) < awaited {
        said.push(lines.next_line().await.unwrap().expect("the writer ended by itself"));
    }
    // SIGKILL: no handler runs, no buffer is written.
    child.start_kill().unwrap();
    // The pipe still holds what was said before; a line that was cut short was not said.
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push(line);
    }
    let ended = child.wait().await.unwrap();
    assert!(!ended.success(), "the writer was killed");
    said.iter().filter_map(|line| acknowledgement(line)).collect()
}

fn acknowledgement(line: &str) -> Option<Acknowledged> {
    let mut words = line.split(' ');
    Some(Acknowledged {
        command: words.next()?.parse().ok()?,
        first: words.next()?.parse().ok()?,
        count: words.next()?.parse().ok()?,
    })
}

/// Opens the log as the next start would, and walks on from where the last round ended.
async fn check(database: &Path, walk: &mut Walk, acknowledged: &[Acknowledged]) -> Result<(), String> {
    let options = SqliteOptions::new(database);
    let log = Log::sqlite(&options, Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy))
        .await
        .map_err(|e| format!("cannot be opened: {e:?}"))?;
    let found = async {
        walk.advance(&log).await?;
        walk.expect(acknowledged)?;
        expect_readable(&log, walk.position(), 64).await?;
        for ack in acknowledged.iter().rev().take(4) {
            let outcome = log.outcome(ack.command).await.map_err(|e| format!("{e:?}"))?;
            if outcome.map(|o| (o.first, o.count)) != Some((ack.first, ack.count)) {
                return Err(format!("{ack:?} was acknowledged, its outcome is {outcome:?}"));
            }
        }
        Ok(())
    }
    .await;
    log.close().await.map_err(|e| format!("cannot be closed: {e:?}"))?;
    found
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged() {
    let rounds = number("AICO_CRASH_ROUNDS", 200);
    let base = number("AICO_CRASH_SEED", 1);
    let mut acknowledged_in_all = 0;
    let mut folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    let mut walk = Walk::default();
    for round in 0..rounds {
        if round % ROUNDS_PER_DATABASE == 0 {
            folder = tempfile::tempdir().unwrap();
            acknowledged = Vec::new();
            walk = Walk::default();
        }
        let database = folder.path().join("log.db");
        let seed = Seeds::mix(base, round);
        let said = run_and_kill(&database, seed).await;
        acknowledged_in_all += said.len();
        acknowledged.extend(said);
        if let Err(what) = check(&database, &mut walk, &acknowledged).await {
            // The folder stays for whoever looks into it.
            let kept = folder.keep();
            panic!("round {round} with AICO_CRASH_SEED={base}: {what}\nthe database is in {}", kept.display());
        }
        if (round + 1) % ROUNDS_PER_DATABASE == 0 {
            // Once per database the whole of it, not only what was new.
            check(&database, &mut Walk::default(), &acknowledged).await.unwrap();
        }
    }
    eprintln!("{rounds} kills, {acknowledged_in_all} acknowledged appends, none lost");
    assert!(acknowledged_in_all as u64 > rounds, "the writers were killed before they did anything");
}
