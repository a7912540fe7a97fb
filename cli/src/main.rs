//! The `aico` command: a thin client of the GraphQL interface.

mod args;
mod embedder;
mod error;
mod out;
mod remote;
mod run;
mod session;
mod settings;
mod unlock;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    // Log lines never carry words of a person; they go to standard error, so that output stays clean.
    let filter = EnvFilter::try_from_env("AICO_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let json = cli.global.json;
    let result = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run::run(cli)),
        Err(e) => Err(e.into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            out::error(&error, json);
            ExitCode::from(error.exit_code())
        }
    }
}
