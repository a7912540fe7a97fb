//! `aico import`

use std::io::Read as _;

use commands::import::{self, Format as Wanted};
use events::Code;
use serde_json::json;

use super::{Done, OK, usual_newcomers};
use crate::args::{Format, Global, Import};
use crate::error::CliError;
use crate::out;
use crate::session::{Session, data_folder};

pub(super) async fn run(global: &Global, args: &Import) -> Done {
    let unreadable =
        |e: std::io::Error| CliError::new(Code::FileUnusable, format!("{} cannot be read: {e}", args.file.display()));
    let mut file = std::fs::File::open(&args.file).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    let format = match args.format {
        Format::Jsonl => Wanted::Jsonl,
        Format::Locomo => Wanted::Locomo,
        Format::Chatgpt => Wanted::Chatgpt,
        Format::Sillytavern => Wanted::Sillytavern,
        Format::Mem0 => Wanted::Mem0,
        Format::Letta => Wanted::Letta,
        Format::Markdown => Wanted::Markdown,
        Format::Card => Wanted::Card,
    };
    // The whole file is understood before anything is opened, so a damaged one changes nothing.
    let failed = |e: import::ImportError| CliError::new(e.code(), e.to_string());
    let parsed = import::parse(format, &bytes).map_err(failed)?;
    let session = Session::open(&data_folder(global.data_dir.as_deref())?, Some(usual_newcomers())).await?;
    let bar = out::progress("importing");
    let done = match &session {
        Session::Local { app, .. } => {
            let mut progress = |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            };
            let done = app
                .take_in(&global.branch, format, &bytes, parsed, &mut progress)
                .await
                .map_err(|e| CliError::new(e.code, e.message))?;
            done.told()
        }
        Session::Remote(remote) => {
            crate::session::data(json!({ "data": remote.take_in(format.as_str(), &global.branch, bytes).await? }))?
        }
    };
    bar.finish_and_clear();
    session.close().await?;
    if let Some(error) = done.get("errors").filter(|e| !e.is_null()) {
        return crate::session::data(json!({ "errors": error })).and(OK);
    }
    if global.json {
        out::json(&done);
    } else {
        let again = match done["repeated"].as_u64() {
            None | Some(0) => String::new(),
            Some(n) => format!(" ({n} were there already)"),
        };
        match done["companion"].as_str() {
            Some(name) => {
                out::line(&format!("the companion is called {name} now, and has the character of the card"))
            }
            None => out::line(&format!(
                "{} messages in {} conversations were taken in{again}",
                done["messages"], done["conversations"]
            )),
        }
        let left: Vec<&str> = done["left"].as_array().into_iter().flatten().filter_map(|l| l.as_str()).collect();
        if !left.is_empty() {
            out::note(&format!("left out: {}", left.join("; ")));
        }
    }
    OK
}
