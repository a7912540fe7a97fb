//! `aico memory show` and `aico memory forget`

use serde_json::{Value, json};

use super::super::{Done, OK, basis, command_id, list, tell_basis, text, with_session};
use crate::args::Global;
use crate::out;
use crate::session::Session;

const SHOW: &str =
    "query($m: ID!, $at: String, $branch: String) { forgetting(message: $m, asOf: $at, branch: $branch) {
    basis { branch position time latest } replies facts album
    message { id conversation role speaker text edited occurredAt position replyTo selected erased } }
    why(message: $m, asOf: $at, branch: $branch) { steps { kind position at summary } } }";

pub(super) async fn show(global: &Global, message: &str) -> Done {
    with_session(global, async |session| {
        let (answer, shown) = asked(global, session, message).await?;
        if global.json {
            out::json(&answer);
            return OK;
        }
        for line in shown {
            out::line(&line);
        }
        let rows = list(&answer, "/why/steps").iter().map(|step| {
            vec![
                out::cell(step.get("position")),
                out::time(text(step, "/at")),
                text(step, "/kind").to_owned(),
                out::short(text(step, "/summary"), 100),
            ]
        });
        out::table(&["event", "when", "step", "what"], rows.collect());
        OK
    })
    .await
}

pub(super) async fn forget(global: &Global, message: &str, dry_run: bool) -> Done {
    with_session(global, async |session| {
        let (answer, shown) = asked(global, session, message).await?;
        if dry_run {
            if global.json {
                out::json(&answer["forgetting"]);
            } else {
                shown.iter().for_each(|line| out::line(line));
                out::note("nothing was forgotten: this was a dry run");
            }
            return OK;
        }
        let operation = "mutation($c: ID!, $m: ID!, $branch: String) {
            forgetMessage(commandId: $c, message: $m, branch: $branch) { position repeated } }";
        let variables = json!({ "c": command_id(), "m": message, "branch": global.branch });
        let done = session.run(operation, variables).await?;
        if global.json {
            out::json(&done["forgetMessage"]);
        } else {
            shown.iter().skip(1).for_each(|line| out::line(line));
            out::line(&format!("forgotten, at position {}", out::cell(done.pointer("/forgetMessage/position"))));
            out::note("moments before still show it (--at); only an erasure reaches the past");
        }
        OK
    })
    .await
}

/// A message and what hangs on it, in words.
async fn asked(
    global: &Global,
    session: &Session,
    message: &str,
) -> Result<(Value, Vec<String>), crate::error::CliError> {
    let mut variables = basis(global);
    variables.insert("m".to_owned(), json!(message));
    let answer = session.run(SHOW, Value::Object(variables)).await?;
    if !global.json {
        tell_basis(&answer, "/forgetting/basis");
    }
    let found = &answer["forgetting"];
    let m = &found["message"];
    let edited = if m["edited"] == json!(true) { ", reworded" } else { "" };
    let mut shown = vec![
        text(m, "/text").to_owned(),
        format!(
            "{} at {}{edited}, event {}, conversation {}",
            text(m, "/role").to_lowercase(),
            out::time(text(m, "/occurredAt")),
            out::cell(m.get("position")),
            text(m, "/conversation")
        ),
    ];
    for (name, what) in [
        ("facts", "learned from it, and goes with it"),
        ("album", "in the album; the note stays"),
        ("replies", "answers it, and stays"),
    ] {
        shown.extend(list(found, &format!("/{name}")).iter().map(|one| format!("{}: {what}", out::cell(Some(one)))));
    }
    Ok((answer, shown))
}
