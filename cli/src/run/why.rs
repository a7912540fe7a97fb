//! `aico why`

use events::Code;
use serde_json::{Value, json};

use super::{Done, OK, basis, list, tell_basis, text, with_session};
use crate::args::{Global, Why};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

const WHY: &str =
    "query($message: ID!, $at: String, $branch: String) { why(message: $message, asOf: $at, branch: $branch) {
    basis { branch position time latest } message
    steps { kind position eventId at by summary value }
    prompt { identical digest recordedDigest budget lines { speaker content } parts { kind sources tokens } } } }";

pub(super) async fn run(global: &Global, args: &Why) -> Done {
    with_session(global, async |session| {
        let message = match args.message.as_str() {
            "last" => last_reply(global, session).await?,
            id => id.to_owned(),
        };
        explain(global, session, &message, args.prompt).await?;
        OK
    })
    .await
}

/// The id of the last reply of the conversation that was talked in last.
pub(super) async fn last_reply(global: &Global, session: &Session) -> Result<String, CliError> {
    let query = "query($at: String, $branch: String) { conversations(asOf: $at, branch: $branch, first: 1) { items { id } } }";
    let latest = session.run(query, Value::Object(basis(global))).await?;
    let nothing = || CliError::new(Code::NoSuchMessage, "nothing was said yet");
    let conversation = list(&latest, "/conversations/items").first().ok_or_else(nothing)?;
    let query = "query($id: ID!, $at: String, $branch: String) { conversation(id: $id, asOf: $at, branch: $branch) {
        messages(last: 20) { id role } } }";
    let mut variables = basis(global);
    variables.insert("id".to_owned(), conversation["id"].clone());
    let answer = session.run(query, Value::Object(variables)).await?;
    let replies = list(&answer, "/conversation/messages").iter().rev().find(|m| m["role"] == json!("COMPANION"));
    Ok(text(replies.ok_or_else(nothing)?, "/id").to_owned())
}

pub(super) async fn explain(global: &Global, session: &Session, message: &str, prompt: bool) -> Result<(), CliError> {
    let mut variables = basis(global);
    variables.insert("message".to_owned(), json!(message));
    let answer = session.run(WHY, Value::Object(variables)).await?;
    if global.json {
        out::json(&answer["why"]);
        return Ok(());
    }
    tell_basis(&answer, "/why/basis");
    let rows = list(&answer, "/why/steps").iter().map(|step| {
        vec![
            out::cell(step.get("position")),
            text(step, "/kind").to_owned(),
            out::short(text(step, "/by"), 28),
            out::short(text(step, "/summary"), 160),
        ]
    });
    out::table(&["position", "step", "by", "what"], rows.collect());
    for item in list(&answer, "/why/steps").iter().filter(|s| s["kind"] == "recall") {
        let rows = list(item, "/value/items").iter().map(|i| {
            vec![
                out::cell(i.get("source")),
                text(i, "/kind").to_owned(),
                format!("{:.2}", i["score"].as_f64().unwrap_or_default()),
                out::short(text(i, "/text"), 80),
                out::short(text(i, "/reason"), 60),
            ]
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            out::line("recalled:");
            out::table(&["source", "kind", "score", "memory", "because"], rows);
        }
    }
    if let Some(rebuilt) = answer.pointer("/why/prompt").filter(|p| !p.is_null()) {
        let same = if rebuilt["identical"] == json!(true) {
            "byte for byte the one that was sent"
        } else {
            "NOT the one that was sent"
        };
        out::line(&format!(
            "prompt: rebuilt from the log, {same} (SHA-256 {})",
            out::short(text(rebuilt, "/digest"), 17)
        ));
        if prompt {
            for line in list(rebuilt, "/lines") {
                out::line(&format!("--- {}\n{}", text(line, "/speaker"), text(line, "/content")));
            }
        }
    }
    Ok(())
}
