//! `aico import`

use std::io::Read as _;

use commands::import::{self, Format as Wanted};
use events::Code;
use projections::basis::branch_named;
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
    };
    // The whole file is understood before anything is opened, so a damaged one changes nothing.
    let failed = |e: import::ImportError| CliError::new(e.code(), e.to_string());
    let parsed = import::parse(format, &bytes).map_err(failed)?;
    let digest = events::codec::sha256(&bytes);
    let session = Session::open(&data_folder(global.data_dir.as_deref())?, Some(usual_newcomers())).await?;
    let app = session.local()?.clone();
    let branch = branch_named(&*app.log, &global.branch).await;
    let branch = branch.map_err(|e| CliError::new(e.code(), e.to_string()))?;
    let bar = out::progress("importing");
    let done =
        import::import(&*app.log, app.owner, app.companion, branch.id, format, digest, parsed, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })
        .await;
    bar.finish_and_clear();
    let done = done.map_err(failed)?;
    drop(app);
    session.close().await?;
    if global.json {
        out::json(&json!({
            "conversations": done.conversations, "messages": done.messages, "repeated": done.repeated,
        }));
    } else {
        let again =
            if done.repeated > 0 { format!(" ({} were there already)", done.repeated) } else { String::new() };
        out::line(&format!(
            "{} messages in {} conversations were taken in{again}",
            done.messages, done.conversations
        ));
    }
    OK
}
