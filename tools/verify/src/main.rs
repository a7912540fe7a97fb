//! Checks a proof or an export of an AICO log, offline, with nothing but the public key.
//!
//! It shares no code with the program that keeps the log. Exit codes: 0 everything fits, 1 something does not (the first
//! bad position is named), 2 wrong usage.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A small program that says what it found.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use aico_verify::Bad;
use aico_verify::check::{self, Besides, Shown};
use aico_verify::note::Key;
use clap::{Parser, Subcommand};

/// Checks proofs and exports of an AICO log.
#[derive(Parser)]
#[command(name = "aico-verify", version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A file written by `aico audit prove`
    Proof {
        /// The proof
        file: PathBuf,
        /// Public key as printed by `aico audit key`, or a file that holds it
        #[arg(long)]
        key: String,
    },
    /// The receipt of an erasure, as printed by `aico subject receipt`
    Receipt {
        /// The receipt
        file: PathBuf,
        /// Public key as printed by `aico audit key`, or a file that holds it
        #[arg(long)]
        key: String,
    },
    /// A file written by `aico audit export`
    Export {
        /// The export
        file: PathBuf,
        /// Public key as printed by `aico audit key`, or a file that holds it
        #[arg(long)]
        key: String,
        /// A checkpoint kept from before: shows that nothing up to it was rewritten
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        /// Folder with the tiles and checkpoints of the branch, to be compared with an export from position 1
        #[arg(long, value_name = "DIR")]
        ledger: Option<PathBuf>,
    },
}

fn read(path: &PathBuf) -> Result<String, Bad> {
    std::fs::read_to_string(path).map_err(|e| Bad::new(0, format!("{}: {e}", path.display())))
}

fn key(given: &str) -> Result<Key, Bad> {
    if given.contains('+') && !std::path::Path::new(given).exists() {
        return Key::read(given);
    }
    Key::read(&read(&given.into())?)
}

fn run(what: &What) -> Result<String, Bad> {
    let (shown, log) = match what {
        What::Receipt { file, key: given } => {
            let (note, key) = (read(file)?, key(given)?);
            let text = aico_verify::note::signed(&note, &key)?;
            return Ok(format!("{text}OK: signed in {}", key.name));
        }
        What::Proof { file, key: given } => {
            let key = key(given)?;
            (check::proof(&read(file)?, &key)?, key.name)
        }
        What::Export { file, key: given, since, ledger } => {
            let key = key(given)?;
            let besides = Besides { since: since.as_ref().map(read).transpose()?, ledger: ledger.as_deref() };
            let open = File::open(file).map_err(|e| Bad::new(0, format!("{}: {e}", file.display())))?;
            (check::export(BufReader::new(open), &key, &besides)?, key.name)
        }
    };
    Ok(in_words(&shown, &log))
}

fn in_words(shown: &Shown, log: &str) -> String {
    let mut words = String::new();
    if let Some(e) = &shown.event {
        words = format!(
            "position {} on branch {}: {} of {} by {}, {} microseconds after 1970\n",
            e.position, e.branch, e.kind, e.stream, e.actor, e.recorded_at
        );
    }
    let opened = if shown.opened > 0 { format!(", {} contents opened", shown.opened) } else { String::new() };
    format!("{words}OK: {} events of the {} signed in {log}{opened}", shown.events, shown.size)
}

fn main() -> ExitCode {
    match run(&Arguments::parse().what) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(bad) => {
            println!("{bad}");
            ExitCode::FAILURE
        }
    }
}
