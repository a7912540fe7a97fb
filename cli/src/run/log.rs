//! `aico log`

use std::io::Write as _;

use events::{Code, Position};
use futures::StreamExt as _;
use projections::basis::branch_named;
use serde_json::{Value, json};

use super::{Done, OK, basis, found, list, tell_basis, text, with_session};
use crate::args::{Global, Log};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

const FIELDS: &str = "position branch stream version eventId type schema recordedAt occurredAt actor commandId causation \
    correlation subject body erased leaf prev bodyDigest";

pub(super) async fn run(global: &Global, args: &Log) -> Done {
    with_session(global, async |session| match args {
        Log::Tail { lines, follow, types } => tail(global, session, *lines, *follow, types).await,
        Log::Show { position } => show(global, session, *position).await,
        Log::Verify => verify(global, session).await,
        Log::Stats => stats(global, session).await,
        Log::Export { file, sealed } => export(global, session, file, *sealed).await,
    })
    .await
}

fn print(global: &Global, event: &Value) {
    if global.json {
        out::line(&event.to_string());
        return;
    }
    let body = if event["erased"] == json!(true) { "(erased)".to_owned() } else { content(&event["body"]) };
    out::line(&format!(
        "{:>7}  {}  {:<20} {}",
        out::cell(event.get("position")),
        out::time(text(event, "/recordedAt")),
        text(event, "/type"),
        out::short(&body, 100)
    ));
}

/// The telling part of a body, for one line.
fn content(body: &Value) -> String {
    for field in ["text", "name", "title", "skill", "label"] {
        if let Some(text) = body.get(field).and_then(Value::as_str) {
            return text.to_owned();
        }
    }
    let Some(fields) = body.as_object() else { return String::new() };
    let shown =
        fields.iter().filter(|(k, v)| !matches!(k.as_str(), "type" | "message" | "run" | "by") && !v.is_array());
    shown.map(|(k, v)| format!("{k}={}", out::cell(Some(v)))).collect::<Vec<_>>().join(" ")
}

async fn tail(global: &Global, session: &Session, lines: u32, follow: bool, types: &[String]) -> Done {
    let query = format!(
        "query($last: Int, $types: [String!], $at: String, $branch: String) {{
            events(last: $last, types: $types, asOf: $at, branch: $branch) {{
                basis {{ branch position time latest }} items {{ {FIELDS} }} }} }}"
    );
    let mut variables = basis(global);
    variables.insert("last".to_owned(), json!(lines));
    variables.insert("types".to_owned(), json!(types));
    let answer = session.run(&query, Value::Object(variables)).await?;
    if !global.json {
        tell_basis(&answer, "/events/basis");
    }
    for event in list(&answer, "/events/items") {
        print(global, event);
    }
    if !follow {
        return OK;
    }
    let query = format!(
        "subscription($after: Position, $types: [String!], $branch: String) {{
            events(after: $after, types: $types, branch: $branch) {{ {FIELDS} }} }}"
    );
    let after = answer.pointer("/events/basis/position").cloned().unwrap_or_default();
    let variables = json!({ "after": after, "types": types, "branch": global.branch });
    let mut events = session.follow(&query, variables).await?;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => print(global, &event?["events"]),
                None => return OK,
            },
            _ = tokio::signal::ctrl_c() => return OK,
        }
    }
}

async fn show(global: &Global, session: &Session, position: u64) -> Done {
    let query = format!(
        "query($position: Position!, $at: String, $branch: String) {{
            event(position: $position, asOf: $at, branch: $branch) {{ {FIELDS} }} }}"
    );
    let mut variables = basis(global);
    variables.insert("position".to_owned(), json!(position));
    let answer = session.run(&query, Value::Object(variables)).await?;
    let event = &answer["event"];
    if event.is_null() {
        let message = format!("there is no event {position} on {} at that moment", global.branch);
        return Err(CliError::new(Code::PositionPastHead, message));
    }
    if global.json {
        out::json(event);
        return OK;
    }
    let fields = event.as_object().into_iter().flatten().filter(|(name, _)| *name != "body");
    out::table(&["field", "value"], fields.map(|(k, v)| vec![k.clone(), out::cell(Some(v))]).collect());
    out::json(&event["body"]);
    OK
}

async fn verify(global: &Global, session: &Session) -> Done {
    let (ok, answer) = match session {
        Session::Remote(_) => {
            let query =
                "query($branch: String) { verifyLog(branch: $branch) { branch events ok badPosition detail leaf } }";
            let answer = session.run(query, json!({ "branch": global.branch })).await?["verifyLog"].take();
            (answer["ok"] == json!(true), answer)
        }
        Session::Local { app, .. } => {
            let branch = branch_named(&*app.log, &global.branch).await;
            let branch = branch.map_err(|e| CliError::new(e.code(), e.to_string()))?;
            let bar = out::progress("verifying");
            bar.set_length(branch.head.0);
            let result = events::log::verify::verify(&*app.log, &branch, &mut |done| bar.set_position(done)).await;
            bar.finish_and_clear();
            match result {
                Ok(v) => {
                    let leaf: String = v.leaf.iter().map(|b| format!("{b:02x}")).collect();
                    let detail = "order, versions, times and hashes are sound";
                    (
                        true,
                        json!({ "branch": branch.name, "events": v.events, "ok": true, "detail": detail, "leaf": leaf }),
                    )
                }
                Err(events::ReadError::Damaged { position, what, .. }) => {
                    let before = position.0.saturating_sub(1);
                    let bad = json!({
                        "branch": branch.name, "events": before, "ok": false, "badPosition": position, "detail": what,
                    });
                    (false, bad)
                }
                Err(e) => return Err(CliError::new(e.code(), e.to_string())),
            }
        }
    };
    if global.json {
        out::json(&answer);
    } else if ok {
        let head = out::short(text(&answer, "/leaf"), 17);
        out::line(&format!(
            "{} events on {}: {} (leaf {head})",
            answer["events"],
            global.branch,
            text(&answer, "/detail")
        ));
    } else {
        out::line(&format!("DAMAGED at position {}: {}", answer["badPosition"], text(&answer, "/detail")));
    }
    if ok { OK } else { found() }
}

async fn stats(global: &Global, session: &Session) -> Done {
    let query = "query($at: String, $branch: String) { logStats(asOf: $at, branch: $branch) {
        basis { branch position time latest } events bytes streams first last types { type count } } }";
    let answer = session.run(query, Value::Object(basis(global))).await?;
    if global.json {
        out::json(&answer["logStats"]);
        return OK;
    }
    tell_basis(&answer, "/logStats/basis");
    let s = &answer["logStats"];
    out::line(&format!("{} events in {} streams, {} bytes of sealed content", s["events"], s["streams"], s["bytes"]));
    out::line(&format!("from {} to {}", out::time(text(s, "/first")), out::time(text(s, "/last"))));
    let rows = list(s, "/types").iter().map(|t| vec![text(t, "/type").to_owned(), out::cell(t.get("count"))]);
    out::table(&["type", "count"], rows.collect());
    OK
}

async fn export(global: &Global, session: &Session, file: &std::path::Path, sealed: bool) -> Done {
    let app = session.local()?;
    let at = app.basis(Some(&global.branch), global.at.as_deref()).await;
    let at = at.map_err(|e| CliError::new(e.code, e.message))?;
    let to_stdout = file.as_os_str() == "-";
    let temporary = file.with_extension("part");
    let mut sink: Box<dyn std::io::Write> = if to_stdout {
        Box::new(std::io::stdout().lock())
    } else {
        Box::new(std::io::BufWriter::new(std::fs::File::create(&temporary)?))
    };
    let bar = out::progress("exporting");
    bar.set_length(at.position.0);
    let mut after = Position::START;
    let mut count = 0u64;
    while after < at.position {
        let failed = |e: events::ReadError| CliError::new(e.code(), e.to_string());
        let lines: Vec<(Position, Value)> = if sealed {
            let page = app.log.read_sealed(at.branch, after, 1_000).await.map_err(failed)?;
            page.iter().map(|e| (e.header.position, sealed_line(e))).collect()
        } else {
            let page = app.log.read(at.branch, after, 1_000).await.map_err(failed)?;
            page.iter().map(|e| (e.position(), open_line(e))).collect()
        };
        let Some((last, _)) = lines.last() else { break };
        after = *last;
        for (_, line) in lines.iter().filter(|(p, _)| *p <= at.position) {
            writeln!(sink, "{line}")?;
            count += 1;
        }
        bar.set_position(after.0.min(at.position.0));
    }
    sink.flush()?;
    drop(sink);
    bar.finish_and_clear();
    if !to_stdout {
        // The file appears whole or not at all.
        std::fs::rename(&temporary, file)?;
        out::note(&format!("{count} events written to {}", file.display()));
    }
    OK
}

fn header_line(h: &events::Header) -> Value {
    json!({
        "position": h.position, "branch": h.branch, "stream": h.stream.to_string(), "version": h.version,
        "eventId": h.event_id, "type": h.event_type, "schema": h.schema, "recordedAt": h.recorded_at.to_string(),
        "occurredAt": h.occurred_at.to_string(), "actor": h.actor.to_string(), "commandId": h.command_id,
        "causation": h.causation, "correlation": h.correlation, "subject": h.subject, "keyId": h.key_id,
        "header": hex(&events::codec::encode_header(h)),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn sealed_line(event: &events::SealedEvent) -> Value {
    let mut line = header_line(&event.header);
    line["sealed"] = json!(hex(&event.body));
    line
}

fn open_line(event: &events::Recorded) -> Value {
    let mut line = header_line(&event.header);
    line["body"] = match &event.body {
        events::Body::Open(json) => serde_json::from_slice(json).unwrap_or_default(),
        events::Body::Erased => Value::Null,
    };
    line
}
