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
        Task::Golden => golden(),
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

/// The folder above this one that holds the lock file. Not the folder that the tool was built in: builds of several
/// checkouts may share a target folder.
fn root() -> Result<PathBuf, Box<dyn Error>> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    Ok(root.ok_or("there is no Cargo.lock here or above")?.to_owned())
}

fn tidy() -> Result<bool, Box<dyn Error>> {
    let root = root()?;
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

fn golden() -> Result<bool, Box<dyn Error>> {
    let taken = golden::take_new(&root()?)?;
    println!("{taken} new golden files");
    Ok(true)
}
