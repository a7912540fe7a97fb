//! `cargo run --release -p opencypher -- FILE`: scores a file of scenarios, folder by folder.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A tool of the terminal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use opencypher::{Outcome, Scenario, run_all};

/// Runs scenarios of the openCypher conformance kit through the query entry point.
#[derive(Parser)]
struct Arguments {
    /// A JSON list of scenarios.
    file: PathBuf,
    /// The folder of named graphs [default: `graphs` beside the file].
    #[arg(long)]
    graphs: Option<PathBuf>,
    /// Fail when less than this percentage passes.
    #[arg(long)]
    floor: Option<f64>,
    /// Also list errors that came with another name or at another time than the kit has it.
    #[arg(long)]
    strict: bool,
    /// Only scenarios whose file or name contains this.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match score(&arguments) {
        Ok(percent) if arguments.floor.is_some_and(|floor| percent < floor) => {
            println!("below the floor of {:.2} %", arguments.floor.unwrap_or(0.0));
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn score(arguments: &Arguments) -> Result<f64, String> {
    let path = arguments.file.display();
    let text = std::fs::read_to_string(&arguments.file).map_err(|e| format!("{path}: {e}"))?;
    let mut scenarios: Vec<Scenario> = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
    if let Some(only) = &arguments.only {
        scenarios.retain(|s| s.file.contains(only) || s.name.contains(only) || s.q.contains(only));
    }
    let beside = arguments.file.parent().map(|p| p.join("graphs")).unwrap_or_default();
    let outcomes = run_all(&scenarios, arguments.graphs.as_ref().unwrap_or(&beside));
    let mut folders: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut passed, mut loose) = (0, 0);
    for (scenario, outcome) in &outcomes {
        let folder = folders.entry(scenario.folder()).or_default();
        folder.1 += 1;
        let fail = |kind: &str, message: &str| {
            println!(
                "{kind} {} {}\n    {}\n    {message}",
                scenario.file,
                scenario.name,
                scenario.q.replace('\n', " ")
            );
        };
        match outcome {
            Outcome::Failed(message) => fail("FAILED", message),
            Outcome::Passed => {
                folder.0 += 1;
                passed += 1;
            }
            Outcome::OtherError(message) => {
                folder.0 += 1;
                passed += 1;
                loose += 1;
                if arguments.strict {
                    fail("other error", message);
                }
            }
        }
    }
    println!();
    for (folder, (passed, all)) in &folders {
        println!("{passed:>5} of {all:<5} {folder}");
    }
    #[allow(clippy::cast_precision_loss)] // Counts of scenarios.
    let percent = 100.0 * f64::from(passed) / outcomes.len().max(1) as f64;
    println!("{passed:>5} of {:<5} all: {percent:.2} %", outcomes.len());
    println!("{loose:>5} of them end in an error, as wanted, but of another name or at another time");
    Ok(percent)
}
