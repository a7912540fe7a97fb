//! `aico chat`

use std::io::{IsTerminal as _, Read as _};

use events::Code;
use futures::StreamExt as _;
use rustyline::error::ReadlineError;
use serde_json::{Value, json};

use super::{Done, OK, command_id, text, usual_newcomers};
use crate::args::{Chat, Global};
use crate::error::CliError;
use crate::out;
use crate::session::{Session, data_folder};

const SEND: &str = "mutation($c: ID!, $text: String!, $conversation: ID, $branch: String) {
    sendMessage(commandId: $c, text: $text, conversation: $conversation, branch: $branch) {
        conversation message run reply position thread { action reason } } }";
const START: &str = "mutation($c: ID!, $private: Boolean, $branch: String) {
    startConversation(commandId: $c, private: $private, branch: $branch) { conversation } }";
const DELTAS: &str = "subscription($run: ID!) {
    replyDeltas(runId: $run) { text thinking ended { state reply position reason code message } } }";
const STOP: &str = "mutation($run: ID!) { stopReply(run: $run) }";

pub(super) async fn run(global: &Global, args: &Chat) -> Done {
    if global.at.is_some() {
        let message =
            "the past cannot be talked to: fork it with `aico branch create NAME --at ...`, then `--branch NAME`";
        return Err(CliError::new(Code::BadAsOf, message));
    }
    let given = match args.message.as_deref() {
        Some("-") => Some(from_stdin()?),
        Some(message) => Some(message.to_owned()),
        None if !std::io::stdin().is_terminal() => Some(from_stdin()?),
        None => None,
    };
    let folder = data_folder(global.data_dir.as_deref())?;
    let session = Session::open(&folder, Some(usual_newcomers())).await?;
    if let Session::Local { app, .. } = &session
        && app.fresh
        && !global.json
    {
        out::note(&format!("A new companion was made in {}.", folder.display()));
    }
    let done = match given {
        Some(message) => once(global, args, &session, &message).await,
        None => talk(global, args, &session).await,
    };
    session.close().await?;
    done
}

fn from_stdin() -> Result<String, CliError> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    String::from_utf8(bytes)
        .map(|text| text.trim_end_matches('\n').to_owned())
        .map_err(|_| CliError::new(Code::NotUtf8, "the message is not UTF-8 text"))
}

/// The conversation that the flags ask for; `None` leaves the choice to the server.
async fn conversation(global: &Global, args: &Chat, session: &Session) -> Result<Option<String>, CliError> {
    if !args.new && !args.private {
        return Ok(args.conversation.clone());
    }
    let variables = json!({ "c": command_id(), "private": args.private, "branch": global.branch });
    let started = session.run(START, variables).await?;
    Ok(Some(text(&started, "/startConversation/conversation").to_owned()))
}

struct Reply {
    text: String,
    sent: Value,
    ended: Value,
}

/// What is worth telling of how the conversation of a message was found. To go on with the latest is not.
fn found(sent: &Value) -> Option<String> {
    let reason = text(sent, "/thread/reason");
    match text(sent, "/thread/action") {
        "REACTIVATED" => Some(format!("Back in an earlier conversation: {reason}.")),
        "CREATED" => Some(format!("A new conversation: {reason}.")),
        _ => None,
    }
}

/// Says something, shows the words of the reply as they come, and gives the whole.
async fn say(
    global: &Global,
    session: &Session,
    message: &str,
    conversation: Option<&str>,
    prompt: &str,
    show: &mut dyn FnMut(&str),
) -> Result<Reply, CliError> {
    let variables = json!({
        "c": command_id(), "text": message, "conversation": conversation, "branch": global.branch,
    });
    let sent = session.run(SEND, variables).await?["sendMessage"].take();
    let run = text(&sent, "/run").to_owned();
    if !global.json {
        found(&sent).iter().for_each(|told| out::note(told));
        out::words(prompt);
    }
    let mut deltas = session.follow(DELTAS, json!({ "run": run })).await?;
    let mut reply = Reply { text: String::new(), sent, ended: Value::Null };
    loop {
        let next = tokio::select! {
            next = deltas.next() => next,
            _ = tokio::signal::ctrl_c() => {
                session.run(STOP, json!({ "run": run })).await?;
                continue;
            }
        };
        let Some(delta) = next.transpose()? else { break };
        let piece = text(&delta, "/replyDeltas/text");
        show(piece);
        reply.text.push_str(piece);
        if let Some(ended) = delta.pointer("/replyDeltas/ended").filter(|e| !e.is_null()) {
            reply.ended = ended.clone();
            break;
        }
    }
    if let Some(code) = reply.ended.get("code").and_then(Value::as_str) {
        let code = code.parse().unwrap_or(Code::ModelFailed);
        return Err(CliError::new(code, text(&reply.ended, "/message")));
    }
    Ok(reply)
}

async fn once(global: &Global, args: &Chat, session: &Session, message: &str) -> Done {
    let conversation = conversation(global, args, session).await?;
    let json_wanted = global.json;
    let mut show = |piece: &str| {
        if !json_wanted {
            out::words(piece);
        }
    };
    let reply = say(global, session, message, conversation.as_deref(), "", &mut show).await?;
    if !global.json {
        out::line("");
        return OK;
    }
    let model = session.run("{ health { model { name version } } }", json!({})).await?;
    out::json(&json!({
        "reply": reply.text,
        "conversationId": reply.sent["conversation"],
        "messageId": reply.sent["reply"],
        "position": reply.ended["position"],
        "model": model.pointer("/health/model/name"),
        "state": reply.ended["state"],
    }));
    OK
}

async fn talk(global: &Global, args: &Chat, session: &Session) -> Done {
    let me =
        session.run("{ me { person { name } companion { name } } health { model { name } } }", json!({})).await?;
    let companion = text(&me, "/me/companion/name").to_owned();
    out::note(&format!(
        "Talking with {companion} ({}). /why explains the last reply, /new begins anew, /quit or Ctrl-D leaves, Ctrl-C stops \
         a reply.",
        text(&me, "/health/model/name")
    ));
    let mut conversation = conversation(global, args, session).await?;
    let mut last_reply: Option<String> = None;
    let mut editor = Some(rustyline::DefaultEditor::new().map_err(terminal)?);
    loop {
        // The editor blocks its thread, so it works on one of its own.
        let Some(mut working) = editor.take() else { return OK };
        let (back, line) = tokio::task::spawn_blocking(move || {
            let line = working.readline("you> ");
            (working, line)
        })
        .await
        .map_err(|e| CliError::new(Code::Internal, e.to_string()))?;
        editor = Some(back);
        let line = match line {
            Ok(line) => line.trim().to_owned(),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return OK,
            Err(e) => return Err(terminal(e)),
        };
        match line.as_str() {
            "" => continue,
            "/quit" | "/exit" => return OK,
            "/new" => {
                let new = Chat { message: None, conversation: None, new: true, private: false };
                conversation = self::conversation(global, &new, session).await?;
                out::note("A new conversation.");
                continue;
            }
            "/why" => {
                match &last_reply {
                    Some(reply) => super::why::explain(global, session, reply, false).await?,
                    None => out::note("There is no reply yet."),
                }
                continue;
            }
            _ => {}
        }
        if let Some(editor) = &mut editor {
            let _history_is_a_comfort = editor.add_history_entry(&line);
        }
        let prompt = format!("{companion}> ");
        match say(global, session, &line, conversation.as_deref(), &prompt, &mut out::words).await {
            Ok(reply) => {
                out::line(if reply.ended["state"] == json!("INTERRUPTED") { " …" } else { "" });
                conversation = Some(text(&reply.sent, "/conversation").to_owned());
                last_reply = Some(text(&reply.sent, "/reply").to_owned());
            }
            Err(error) => {
                out::line("");
                out::error(&error, false);
            }
        }
    }
}

fn terminal(error: ReadlineError) -> CliError {
    CliError::new(Code::FileUnusable, format!("the terminal failed: {error}"))
}
