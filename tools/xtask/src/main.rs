//! Chores of the repository: `cargo run -p xtask -- tidy`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A command-line tool.

mod exceptions;
mod finding;
mod golden;
mod mask;
mod rules;
mod tree;
mod workspace;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the repository.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check what the compiler does not: arrows between crates, ports, golden files, documents.
    Tidy,
    /// Take new golden files into events/golden/SHA256SUMS. Refuses a changed one.
    Golden,
}

fn main() -> ExitCode {
    let outcome = match Args::parse().task {
        Task::Tidy => tidy(),
        Task::Golden => golden::take_new(&root()).map(|taken| {
            println!("{taken} new golden files");
            true
        }),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    // tools/xtask is two folders below the root.
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), Into::into)
}

fn tidy() -> Result<bool, Box<dyn Error>> {
    let root = root();
    let tree = tree::read(&root)?;
    let workspace = workspace::read(&root)?;
    let findings = rules::all(&tree, &workspace);
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files and {} crates are clean", tree.files.len(), workspace.packages.len());
    } else {
        println!("tidy: {} findings", findings.len());
    }
    Ok(findings.is_empty())
}
