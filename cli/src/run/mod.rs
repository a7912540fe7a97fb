//! One file per command.

mod access;
mod album;
mod archive;
mod audit;
mod backup;
mod branch;
mod chat;
mod doctor;
mod explain;
mod graph;
mod import;
mod init;
mod log;
mod login;
mod memory;
mod models;
mod open;
mod passphrase;
mod perceive;
mod projection;
mod serve;
mod state;
mod subject;
mod why;

use std::process::ExitCode;

use api::app::Newcomers;
use clap::CommandFactory as _;
use serde_json::{Value, json};

use crate::args::{Cli, Command, Global};
use crate::error::CliError;
use crate::session::{self, Session};

pub(crate) use access::private;

type Done = Result<ExitCode, CliError>;

const OK: Done = Ok(ExitCode::SUCCESS);

/// A check found something wrong.
fn found() -> Done {
    Ok(ExitCode::from(5))
}

/// Runs a command.
///
/// # Errors
/// When it fails; the error has the exit code.
pub async fn run(cli: Cli) -> Done {
    let global = &cli.global;
    if let Some(file) = &global.session {
        session::ask_as(file);
    }
    match &cli.command {
        Command::Init(args) => init::run(global, args).await,
        Command::Chat(args) => chat::run(global, args).await,
        Command::Serve(args) => serve::run(global, args).await,
        Command::Open(args) => open::run(global, args).await,
        Command::Log(args) => log::run(global, args).await,
        Command::Audit(args) => audit::run(global, args).await,
        Command::Subject(args) => subject::run(global, args).await,
        Command::User(args) => access::user(global, args).await,
        Command::SessionWhat(args) => access::sessions(global, args).await,
        Command::Device(args) => access::device(global, args).await,
        Command::Consent(args) => access::consent(global, args).await,
        Command::Login(args) => login::run(global, args).await,
        Command::Backup(args) => backup::run(global, args).await,
        Command::Passphrase => passphrase::run(global).await,
        Command::State(args) => state::run(global, args).await,
        Command::Why(args) => why::run(global, args).await,
        Command::Projection(args) => projection::run(global, args).await,
        Command::Branch(args) => branch::run(global, args).await,
        Command::Import(args) => import::run(global, args).await,
        Command::Memory(args) => memory::run(global, args).await,
        Command::Album(args) => album::run(global, args).await,
        Command::Graph(args) => graph::run(global, args).await,
        Command::Models(args) => models::run(global, args).await,
        Command::Perceive(args) => perceive::run(global, args),
        Command::Doctor => doctor::run(global).await,
        Command::Explain(args) => explain::run(global, args),
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "aico", &mut std::io::stdout());
            OK
        }
    }
}

/// Who is made when nobody was named.
fn usual_newcomers() -> Newcomers {
    Newcomers { owner: "Friend".to_owned(), companion: "Aico".to_owned() }
}

/// Opens the folder of the command line; an empty one is refused.
async fn open(global: &Global) -> Result<Session, CliError> {
    Session::open(&session::data_folder(global.data_dir.as_deref())?, None).await
}

/// Opens, works, and closes again, whatever came of the work.
async fn with_session<F>(global: &Global, work: F) -> Done
where
    F: AsyncFnOnce(&Session) -> Done,
{
    let session = open(global).await?;
    let done = work(&session).await;
    session.close().await?;
    done
}

/// The variables `at` and `branch` of every reading operation.
fn basis(global: &Global) -> serde_json::Map<String, Value> {
    let mut variables = serde_json::Map::new();
    variables.insert("at".to_owned(), json!(global.at));
    variables.insert("branch".to_owned(), json!(global.branch));
    variables
}

/// The list at a path of an answer.
fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text at a path of an answer.
fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// A fresh command id.
fn command_id() -> String {
    use events::{Clock as _, Entropy as _};
    events::SystemEntropy.uuid_v7(events::SystemClock.now()).to_string()
}

/// Says which moment is shown, when it is not now.
fn tell_basis(value: &Value, path: &str) {
    let Some(basis) = value.pointer(path) else { return };
    if basis.get("latest") == Some(&Value::Bool(false)) || basis.get("branch") != Some(&json!("main")) {
        let at = crate::out::cell(basis.get("position"));
        let time = crate::out::time(text(basis, "/time"));
        crate::out::note(&format!("as of position {at} on {} ({time})", text(basis, "/branch")));
    }
}
