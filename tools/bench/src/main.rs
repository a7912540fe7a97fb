//! Measures AICO beside what it competes with, in one run on one machine: `cargo run --release -p bench`.
//!
//! The figures and how to read them are in docs/benchmarks.md. Nothing here passes or fails by time.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A command-line tool.

mod append;
mod machine;
mod measure;
mod memory;
mod perceive;
mod read;
mod readside;
mod report;
mod whole;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::measure::Plan;
use crate::report::Report;

/// What can go wrong in a benchmark; the message names the place.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures AICO beside what it competes with.
#[derive(Parser)]
struct Args {
    /// Run only the measurements whose name contains this; may be given more than once.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Length of one run in seconds; every measurement has a warm-up and three runs.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Events in the log under the read models.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Turns in the memory that is searched.
    #[arg(long, default_value_t = 100_000)]
    turns: u64,
    /// Where the databases go: a folder on the disk to measure.
    #[arg(long, default_value = "target/bench")]
    dir: PathBuf,
    /// Open this folder, answer, and stop: what the measurement of a start runs in a process of its own.
    #[arg(long, hide = true, value_name = "FOLDER")]
    start: Option<PathBuf>,
    /// List the names and stop.
    #[arg(long)]
    list: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                text.push_str(&format!(": {next}"));
                cause = next.source();
            }
            eprintln!("bench: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    if let Some(folder) = args.start {
        return whole::start(&folder).await;
    }
    if cfg!(debug_assertions) {
        eprintln!("bench: this is a debug build; the figures mean nothing. Use cargo run --release -p bench");
    }
    std::fs::create_dir_all(&args.dir)?;
    let scratch = tempfile::Builder::new().prefix("run-").tempdir_in(&args.dir)?;
    let plan = Plan { only: args.only, seconds: Duration::from_secs_f64(args.seconds), list: args.list };
    let mut report = Report::new(machine::describe(scratch.path())?, !args.json);
    append::run(&plan, scratch.path(), &mut report).await?;
    perceive::run(&plan, &mut report).await?;
    read::run(&plan, scratch.path(), &mut report).await?;
    readside::run(&plan, scratch.path(), args.events, &mut report).await?;
    memory::run(&plan, scratch.path(), args.turns, &mut report).await?;
    whole::run(&plan, scratch.path(), args.events, &mut report).await?;
    if args.list {
        return Ok(());
    }
    if args.json {
        println!("{}", report.json()?)
    } else {
        println!("{}", report.table())
    }
    Ok(())
}
