//! Appends with many tasks until it is killed, and says every acknowledgement on its standard output.
//!
//! Started by tests/crash.rs: `crash_writer DATABASE SEED WRITERS`. It first says `open`, then per append
//! `COMMAND FIRST COUNT`, each line in one write. It ends by itself when nobody listens any more.

#![allow(clippy::print_stderr)] // What went wrong is for whoever reads the test's output.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use events::log::Log;
use events::log::sqlite::SqliteOptions;
use events::{EventLog, SystemClock, SystemEntropy};
use system_tests::keys::DerivedKeys;
use system_tests::seeds::Seeds;
use system_tests::writer::Writer;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash_writer: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, seed, writers] = arguments.as_slice() else {
        return Err("usage: crash_writer DATABASE SEED WRITERS".into());
    };
    let (seed, writers): (u64, u64) = (seed.parse()?, writers.parse()?);
    let options = SqliteOptions::new(database);
    let log = Log::sqlite(&options, Arc::new(DerivedKeys), Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
    say("open")?;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..writers {
        let log = log.clone();
        tasks.spawn(async move { write(&log, Writer::new(Seeds::mix(seed, number), 300)).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn write(log: &Log, mut writer: Writer) -> Result<(), Failure> {
    loop {
        let append = writer.compose();
        let command = append.command_id;
        let done = log.append(append).await?;
        say(&format!("{command} {} {}", done.first, done.count))?;
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}
