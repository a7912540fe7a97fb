//! `aico backup`

use std::path::Path;

use api::app::{Restore, restore};
use events::Code;
use serde_json::{Value, json};

use super::{Done, OK, list, text, with_session};
use crate::args::{Backup, Global};
use crate::error::CliError;
use crate::{out, session, unlock};

const FIELDS: &str = "name at events bytes written";

/// The folder as the server sees it too.
fn absolute(folder: &Path) -> Result<String, CliError> {
    Ok(std::path::absolute(folder)?.to_string_lossy().into_owned())
}

pub(super) async fn run(global: &Global, args: &Backup) -> Done {
    match args {
        Backup::Create { folder } => {
            let query = format!("mutation($f: String!) {{ createBackup(folder: $f) {{ {FIELDS} }} }}");
            ask(global, &query, json!({ "f": absolute(folder)? }), "/createBackup", |b| {
                format!("backup {}: {} events, {} new bytes", text(b, "/name"), b["events"], b["written"])
            })
            .await
        }
        Backup::List { folder } => {
            with_session(global, async |session| {
                let query = format!("query($f: String!) {{ backups(folder: $f) {{ {FIELDS} }} }}");
                let answer = session.run(&query, json!({ "f": absolute(folder)? })).await?;
                if global.json {
                    out::json(&answer["backups"]);
                    return OK;
                }
                let row = |b: &Value| {
                    let at = out::time(text(b, "/at"));
                    vec![text(b, "/name").to_owned(), at, out::cell(b.get("events")), out::cell(b.get("bytes"))]
                };
                out::table(
                    &["backup", "made", "events", "bytes"],
                    list(&answer, "/backups").iter().map(row).collect(),
                );
                OK
            })
            .await
        }
        Backup::Verify { folder, name } => {
            let query = "query($f: String!, $n: String) { verifyBackup(folder: $f, name: $n) { name events root } }";
            ask(global, query, json!({ "f": absolute(folder)?, "n": name }), "/verifyBackup", |b| {
                format!(
                    "backup {}: {} events are as they were signed (root {})",
                    text(b, "/name"),
                    b["events"],
                    text(b, "/root")
                )
            })
            .await
        }
        Backup::Prune { folder, daily, weekly, monthly } => {
            let query = "mutation($f: String!, $d: Int!, $w: Int!, $m: Int!) {
                pruneBackups(folder: $f, daily: $d, weekly: $w, monthly: $m) }";
            let variables = json!({ "f": absolute(folder)?, "d": daily, "w": weekly, "m": monthly });
            ask(global, query, variables, "/pruneBackups", |gone| {
                format!("{} backups were removed", gone.as_array().map_or(0, Vec::len))
            })
            .await
        }
        Backup::Schedule { folder, every } => {
            let program = std::env::current_exe()?;
            let (program, folder) = (program.display(), absolute(folder)?);
            out::note("Add this to `crontab -e`; AICO_PASSPHRASE must be set there unless the keyring is used:");
            let hours = if *every >= 24 { "0 3 * * *".to_owned() } else { format!("0 */{every} * * *") };
            out::line(&format!("{hours} {program} backup create '{folder}' && {program} backup prune '{folder}'"));
            OK
        }
        Backup::Restore { folder, into, name, keys } => {
            let own = session::data_folder(global.data_dir.as_deref())?;
            let own = api::app::DataFolder::at(&own).keys();
            let wanted = Restore {
                from: folder,
                name: name.as_deref(),
                into,
                keys: keys.as_deref().unwrap_or(&own),
                unlock: unlock::offer(true),
            };
            let done = restore(wanted).await.map_err(|e| CliError::new(e.code, e.message))?;
            let value = json!({ "name": done.backup.name, "events": done.backup.events, "root": done.root });
            if global.json {
                out::json(&value);
            } else {
                out::line(&format!(
                    "{} events restored into {}; every branch has the root that was signed ({})",
                    done.backup.events,
                    into.display(),
                    done.root
                ));
            }
            OK
        }
    }
}

/// Asks for one thing and tells it.
async fn ask(global: &Global, query: &str, variables: Value, at: &str, words: impl Fn(&Value) -> String) -> Done {
    with_session(global, async |session| {
        let answer = session.run(query, variables.clone()).await?;
        let none = || CliError::new(Code::Internal, "the answer is empty");
        let found = answer.pointer(at).ok_or_else(none)?;
        if global.json {
            out::json(found);
        } else {
            out::line(&words(found));
        }
        OK
    })
    .await
}
