//! `aico subject`

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use events::Code;
use serde_json::{Value, json};

use super::{Done, OK, command_id, found, list, text, with_session};
use crate::args::{Global, Subject};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

pub(super) async fn run(global: &Global, args: &Subject) -> Done {
    with_session(global, async |session| match args {
        Subject::List => show(global, session).await,
        Subject::Export { who, folder } => export(session, who, folder).await,
        Subject::Erase { who, reason, preview, yes } => {
            erase(global, session, who, reason.as_deref(), *preview, *yes).await
        }
        Subject::Receipt { who } => {
            let query = "query($who: String!) { erasureReceipt(subject: $who) {
                subject position completed found receipt } }";
            let answer = session.run(query, json!({ "who": who })).await?;
            tell(global, &answer["erasureReceipt"])
        }
    })
    .await
}

async fn show(global: &Global, session: &Session) -> Done {
    let answer = session.run("{ subjects { id kind name since erasedAt } }", json!({})).await?;
    if global.json {
        out::json(&answer["subjects"]);
        return OK;
    }
    let rows = list(&answer, "/subjects").iter().map(|s| {
        let state = match s["erasedAt"].as_str() {
            Some(at) => format!("erased {}", out::time(at)),
            None => "present".to_owned(),
        };
        vec![text(s, "/id").to_owned(), text(s, "/kind").to_owned(), out::cell(s.get("name")), state]
    });
    out::table(&["subject", "kind", "name", "state"], rows.collect());
    OK
}

/// Writes a file that only its owner may read: it holds everything in plain words.
fn private(path: &Path) -> Result<std::fs::File, CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| CliError::new(Code::FileUnusable, format!("{}: {e}", path.display())))
}

async fn export(session: &Session, who: &str, folder: &Path) -> Done {
    let query = "mutation($c: ID!, $who: String!) { exportSubject(commandId: $c, subject: $who) { lines text } }";
    let answer = session.run(query, json!({ "c": command_id(), "who": who })).await?;
    std::fs::create_dir_all(folder)?;
    let mut file = std::io::BufWriter::new(private(&folder.join("data.jsonl"))?);
    for line in list(&answer, "/exportSubject/lines") {
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    private(&folder.join("data.md"))?.write_all(text(&answer, "/exportSubject/text").as_bytes())?;
    out::note(&format!(
        "Everything about {who} is in {} (data.md to read, data.jsonl for programs).",
        folder.display()
    ));
    out::note("It is not sealed: keep it where only you can read it.");
    OK
}

async fn erase(
    global: &Global,
    session: &Session,
    who: &str,
    reason: Option<&str>,
    only_preview: bool,
    yes: bool,
) -> Done {
    let query = "query($who: String!) { erasurePreview(subject: $who) {
        subject { id kind name since erasedAt } events types branches rebuilt others } }";
    let answer = session.run(query, json!({ "who": who })).await?;
    let preview = &answer["erasurePreview"];
    if global.json && only_preview {
        out::json(preview);
        return OK;
    }
    if !global.json {
        preview_in_words(preview);
    }
    if only_preview {
        return OK;
    }
    if !yes && !agreed(text(preview, "/subject/id"))? {
        return Err(CliError::new(Code::Rejected, "nothing was erased: it was not confirmed (or pass --yes)"));
    }
    let query = "mutation($c: ID!, $who: String!, $reason: String) {
        eraseSubject(commandId: $c, subject: $who, reason: $reason) { subject position completed found receipt } }";
    let variables = json!({ "c": command_id(), "who": who, "reason": reason });
    let answer = session.run(query, variables).await?;
    tell(global, &answer["eraseSubject"])
}

fn preview_in_words(preview: &Value) {
    let name = preview.pointer("/subject/name").and_then(Value::as_str).unwrap_or("(no name)");
    out::note(&format!(
        "Erasing {name} ({}) makes {} events unreadable for ever, at every past moment and on every branch;",
        text(preview, "/subject/id"),
        preview["events"]
    ));
    let models: Vec<&str> = list(preview, "/rebuilt").iter().filter_map(Value::as_str).collect();
    out::note(&format!("{} read models are built anew: {}.", models.len(), models.join(", ")));
    out::note(&format!("{} events of others stay as they are, and every proof still holds.", preview["others"]));
    out::note("Copies that were taken out of this folder (exports, backups with their keys) are not reached.");
    let types = preview["types"].as_object().into_iter().flatten();
    out::table(&["type", "events"], types.map(|(name, n)| vec![name.clone(), out::cell(Some(n))]).collect());
}

/// Asks at the terminal; without one nobody agreed.
fn agreed(subject: &str) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let last = subject.rsplit('-').next().unwrap_or(subject);
    out::words(&format!("This cannot be undone. Type {last} to go on: "));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim() == last)
}

fn tell(global: &Global, erasure: &Value) -> Done {
    if global.json {
        out::json(erasure);
    } else {
        out::words(text(erasure, "/receipt"));
    }
    if erasure["found"] == json!(0) { OK } else { found() }
}
