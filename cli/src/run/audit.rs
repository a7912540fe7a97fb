//! `aico audit`

use std::io::Write as _;
use std::path::Path;

use events::Code;
use serde_json::{Value, json};

use super::{Done, OK, basis, found, list, tell_basis, text, with_session};
use crate::args::{Audit, Global};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

pub(super) async fn run(global: &Global, args: &Audit) -> Done {
    with_session(global, async |session| match args {
        Audit::Checkpoint => checkpoint(global, session, false).await,
        Audit::Key => checkpoint(global, session, true).await,
        Audit::Report => report(global, session).await,
        Audit::Verify { since } => verify(global, session, since.as_deref()).await,
        Audit::Prove { what, output, disclose } => prove(global, session, what, output, *disclose).await,
        Audit::Export { file, from, through, since, disclose } => {
            let since = since.as_deref().map(note).transpose()?;
            let range = json!({
                "from": from, "through": through, "since": since, "disclose": disclose, "branch": global.branch,
            });
            export(session, file, range).await
        }
    })
    .await
}

/// A note from a file, or a size as it was typed.
fn note(since: &str) -> Result<String, CliError> {
    if since.parse::<u64>().is_ok() {
        return Ok(since.to_owned());
    }
    std::fs::read_to_string(since).map_err(|e| CliError::new(Code::FileUnusable, format!("{since}: {e}")))
}

async fn checkpoint(global: &Global, session: &Session, only_key: bool) -> Done {
    let query = "query($branch: String) { audit { checkpoint(branch: $branch) { log size root note publicKey } } }";
    let answer = session.run(query, json!({ "branch": global.branch })).await?;
    let found = &answer["audit"]["checkpoint"];
    if global.json {
        out::json(found);
    } else {
        out::words(&match only_key {
            true => format!("{}\n", text(found, "/publicKey")),
            false => text(found, "/note").to_owned(),
        });
    }
    OK
}

async fn verify(global: &Global, session: &Session, since: Option<&str>) -> Done {
    let since = since.map(note).transpose()?;
    let bar = out::progress("verifying");
    let answer = match session {
        Session::Remote(_) => {
            let query = "query($branch: String, $since: String) { audit { verify(branch: $branch, since: $since) {
                events ok badPosition detail root checkpoints signed } } }";
            session.run(query, json!({ "branch": global.branch, "since": since })).await?["audit"]["verify"].take()
        }
        Session::Local { app, .. } => {
            let told = &mut |done| bar.set_position(done);
            let v = app.audit_verify(Some(&global.branch), since.as_deref(), told).await;
            let v = v.map_err(|e| CliError::new(e.code, e.message))?;
            json!({
                "events": v.events, "ok": v.ok, "badPosition": v.bad_position, "detail": v.detail, "root": v.root,
                "checkpoints": v.checkpoints, "signed": v.signed,
            })
        }
    };
    bar.finish_and_clear();
    let ok = answer["ok"] == json!(true);
    if global.json {
        out::json(&answer);
    } else if ok {
        out::line(&format!(
            "{} events on {}: {} ({} checkpoints, the newest over {}; root {})",
            answer["events"],
            global.branch,
            text(&answer, "/detail"),
            answer["checkpoints"],
            answer["signed"],
            out::short(text(&answer, "/root"), 17)
        ));
    } else {
        out::line(&format!("BROKEN at position {}: {}", answer["badPosition"], text(&answer, "/detail")));
    }
    if ok { OK } else { found() }
}

async fn report(global: &Global, session: &Session) -> Done {
    let query = "query($branch: String, $at: String) { audit { report(branch: $branch, asOf: $at) } }";
    let answer = session.run(query, Value::Object(basis(global))).await?;
    let report = &answer["audit"]["report"];
    if global.json {
        out::json(report);
        return OK;
    }
    tell_basis(report, "/basis");
    out::line(&format!("{} events, {} of them erased", report["events"], report["unreadable"]));
    let deeds = list(report, "/deeds").iter().map(|d| {
        let about = d.pointer("/about/name").and_then(Value::as_str).unwrap_or_else(|| text(d, "/subject"));
        let types = d["types"].as_object().into_iter().flatten().map(|(name, n)| format!("{name} {n}"));
        vec![
            text(d, "/actor").to_owned(),
            about.to_owned(),
            out::cell(d.get("events")),
            out::time(text(d, "/last")),
            out::short(&types.collect::<Vec<_>>().join(", "), 120),
        ]
    });
    out::table(&["who", "whose data", "events", "last", "what"], deeds.collect());
    let models = list(report, "/models").iter().map(|m| {
        let name = format!("{} {}", text(m, "/name"), text(m, "/version"));
        vec![name, out::cell(m.get("events")), out::cell(m.get("promptTokens")), out::cell(m.get("completionTokens"))]
    });
    out::table(&["made by", "events", "prompt tokens", "completion tokens"], models.collect());
    for (kind, all) in [("erased", list(report, "/erasures")), ("given out", list(report, "/exports"))] {
        for one in all {
            let state = match one.pointer("/completed/found").and_then(Value::as_u64) {
                Some(0) => ", complete",
                Some(_) => ", NOT COMPLETE",
                None => "",
            };
            out::line(&format!(
                "{kind}: {} events of {} at {} by {}{state}",
                one["events"],
                text(one, "/subject"),
                out::time(text(one, "/at")),
                text(one, "/by")
            ));
        }
    }
    for consent in list(report, "/consents") {
        let end = consent["expires_at"].as_str().map_or_else(|| "taken back".to_owned(), out::time);
        let (whose, to, what) = (text(consent, "/subject"), text(consent, "/recipient"), text(consent, "/purpose"));
        out::line(&format!("agreed: {whose} lets words go to {to} for {what}, until {end}"));
    }
    for act in list(report, "/access") {
        let (what, whose) = (text(act, "/act"), text(act, "/subject"));
        out::line(&format!("access: {what} of {whose} at {} by {}", out::time(text(act, "/at")), text(act, "/by")));
    }
    OK
}

async fn prove(global: &Global, session: &Session, what: &str, output: &Path, disclose: bool) -> Done {
    let query = "query($position: Position, $message: ID, $branch: String, $disclose: Boolean!) {
        audit { proof(position: $position, message: $message, branch: $branch, disclose: $disclose) } }";
    let mut variables = json!({ "branch": global.branch, "disclose": disclose });
    match what.parse::<u64>() {
        Ok(position) => variables["position"] = json!(position),
        Err(_) => variables["message"] = json!(what),
    }
    let answer = session.run(query, variables).await?;
    let mut text = serde_json::to_string_pretty(&answer["audit"]["proof"]).unwrap_or_default();
    text.push('\n');
    if output.as_os_str() == "-" {
        out::words(&text);
    } else {
        std::fs::write(output, text)?;
        out::note(&format!("proof written to {}", output.display()));
    }
    OK
}

async fn export(session: &Session, file: &Path, range: Value) -> Done {
    let query = "query($from: Position, $through: Position, $since: String, $branch: String, $disclose: Boolean!) {
        audit { exportHead(from: $from, through: $through, since: $since, branch: $branch, disclose: $disclose) } }";
    let head = session.run(query, range.clone()).await?["audit"]["exportHead"].take();
    let query = "query($after: Position!, $through: Position!, $branch: String, $disclose: Boolean!) {
        audit { exportLines(after: $after, through: $through, branch: $branch, disclose: $disclose) } }";
    let (from, through) = (head["from"].as_u64().unwrap_or(1), head["through"].as_u64().unwrap_or(0));
    let to_stdout = file.as_os_str() == "-";
    let temporary = file.with_extension("part");
    let mut sink: Box<dyn std::io::Write> = match to_stdout {
        true => Box::new(std::io::stdout()),
        false => Box::new(std::io::BufWriter::new(std::fs::File::create(&temporary)?)),
    };
    writeln!(sink, "{head}")?;
    let bar = out::progress("exporting");
    bar.set_length(through + 1 - from);
    let mut after = from - 1;
    while after < through {
        let variables = json!({
            "after": after, "through": through, "branch": range["branch"], "disclose": range["disclose"],
        });
        let page = session.run(query, variables).await?;
        let lines = list(&page, "/audit/exportLines");
        if lines.is_empty() {
            let message = format!("the log gave no event after position {after}");
            return Err(CliError::new(Code::LogDamaged, message));
        }
        for line in lines {
            writeln!(sink, "{line}")?;
        }
        after += lines.len() as u64;
        bar.set_position(after + 1 - from);
    }
    sink.flush()?;
    drop(sink);
    bar.finish_and_clear();
    if !to_stdout {
        // The file appears whole or not at all.
        std::fs::rename(&temporary, file)?;
        out::note(&format!("{} events written to {}", through + 1 - from, file.display()));
    }
    OK
}
