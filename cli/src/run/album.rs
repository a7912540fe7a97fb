//! `aico album`

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Done, OK, basis, command_id, list, tell_basis, text, why, with_session};
use crate::args::{Album, AlbumWords, Global};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

const FIELDS: &str = "id content conversation message fromChar toChar text gone role speaker saidAt edited messages
    memoryType factType category note tags favourite tone { label valence arousal by } revisits lastRevisited keptAt
    position";

pub(super) async fn run(global: &Global, args: &Album) -> Done {
    with_session(global, async |session| match args {
        Album::Keep { message, conversation, quote, from, to, note, said, tags, favourite } => {
            let message = match message.as_deref() {
                Some("last") => Some(why::last_reply(global, session).await?),
                given => given.map(str::to_owned),
            };
            let mut keep = json!({
                "message": message, "conversation": conversation, "quote": quote, "fromChar": from, "toChar": to,
                "note": note, "tags": tags, "favourite": favourite,
            });
            put_words(&mut keep, said);
            kept(global, session, keep).await
        }
        Album::List { said, tag, favourites, conversation, content, limit, offset } => {
            let mut filter = json!({
                "tag": tag, "favourites": favourites, "conversation": conversation,
                "content": content.as_ref().map(shout),
            });
            put_words(&mut filter, said);
            listed(global, session, filter, *limit, *offset).await
        }
        Album::Show { memory } => show(global, session, memory).await,
        Album::Note { memory, text, said } => {
            let mut annotation = json!({ "note": text });
            put_words(&mut annotation, said);
            annotate(global, session, memory, annotation).await
        }
        Album::Tag { memory, tags } => annotate(global, session, memory, json!({ "tags": tags })).await,
        Album::Favourite { memory, off } => {
            let operation = "mutation($c: ID!, $memory: ID!, $favourite: Boolean!, $branch: String) {
                done: favourMemory(commandId: $c, memory: $memory, favourite: $favourite, branch: $branch) {
                    position repeated } }";
            act(global, session, operation, json!({ "memory": memory, "favourite": !off })).await
        }
        Album::Revisit { memory } => {
            let operation = "mutation($c: ID!, $memory: ID!, $branch: String) {
                revisitMemory(commandId: $c, memory: $memory, branch: $branch) { position } }";
            let variables = json!({ "c": command_id(), "memory": memory, "branch": global.branch });
            session.run(operation, variables).await?;
            show(global, session, memory).await
        }
        Album::Remove { memory } => {
            let operation = "mutation($c: ID!, $memory: ID!, $branch: String) {
                done: removeMemory(commandId: $c, memory: $memory, branch: $branch) { position repeated } }";
            act(global, session, operation, json!({ "memory": memory })).await
        }
    })
    .await
}

/// A choice as GraphQL spells it.
fn shout(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|v| v.get_name().to_uppercase()).unwrap_or_default()
}

fn put_words(to: &mut Value, said: &AlbumWords) {
    to["memoryType"] = json!(said.memory_type.as_ref().map(shout));
    to["factType"] = json!(said.about.as_ref().map(shout));
    to["category"] = json!(said.category);
}

async fn kept(global: &Global, session: &Session, keep: Value) -> Done {
    let operation = "mutation($c: ID!, $keep: KeepInput!, $branch: String) {
        remember(commandId: $c, keep: $keep, branch: $branch) { memory position repeated } }";
    let variables = json!({ "c": command_id(), "keep": keep, "branch": global.branch });
    let answer = session.run(operation, variables).await?;
    if global.json {
        out::json(&answer["remember"]);
    } else {
        out::line(&format!("kept as {}", text(&answer, "/remember/memory")));
    }
    OK
}

async fn annotate(global: &Global, session: &Session, memory: &str, annotation: Value) -> Done {
    let operation = "mutation($c: ID!, $memory: ID!, $annotation: AnnotationInput!, $branch: String) {
        done: annotateMemory(commandId: $c, memory: $memory, annotation: $annotation, branch: $branch) {
            position repeated } }";
    act(global, session, operation, json!({ "memory": memory, "annotation": annotation })).await
}

async fn act(global: &Global, session: &Session, operation: &str, mut variables: Value) -> Done {
    variables["c"] = json!(command_id());
    variables["branch"] = json!(global.branch);
    let answer = session.run(operation, variables).await?;
    if global.json {
        out::json(&answer["done"]);
    } else {
        out::line(&format!("done, at position {}", out::cell(answer.pointer("/done/position"))));
    }
    OK
}

async fn listed(global: &Global, session: &Session, filter: Value, limit: u32, offset: u32) -> Done {
    let operation = format!(
        "query($filter: AlbumFilter, $first: Int, $offset: Int, $at: String, $branch: String) {{
            album(filter: $filter, first: $first, offset: $offset, asOf: $at, branch: $branch) {{
                basis {{ branch position time latest }} total items {{ {FIELDS} }} }} }}"
    );
    let mut variables = basis(global);
    variables.insert("filter".to_owned(), filter);
    variables.insert("first".to_owned(), json!(limit));
    variables.insert("offset".to_owned(), json!(offset));
    let answer = session.run(&operation, Value::Object(variables)).await?;
    if global.json {
        out::json(&answer["album"]);
        return OK;
    }
    tell_basis(&answer, "/album/basis");
    let items = list(&answer, "/album/items");
    let row = |entry: &Value| {
        let star = if entry["favourite"] == json!(true) { "*" } else { "" };
        let tags: Vec<String> = list(entry, "/tags").iter().map(|t| format!("#{}", out::cell(Some(t)))).collect();
        vec![
            format!("{}{star}", text(entry, "/id")),
            out::time(text(entry, "/keptAt")),
            text(entry, "/memoryType").to_lowercase(),
            text(entry, "/tone/label").to_owned(),
            out::short(&words(entry), 70),
            out::short(&[text(entry, "/note"), &tags.join(" ")].join(" "), 50),
        ]
    };
    out::table(&["entry", "kept", "type", "tone", "what", "note"], items.iter().map(row).collect());
    let total = answer.pointer("/album/total").and_then(Value::as_u64).unwrap_or_default();
    if total > items.len() as u64 {
        out::note(&format!("{} of {total}", items.len()));
    }
    OK
}

/// What was kept, or why it is not there any more.
fn words(entry: &Value) -> String {
    match (entry["text"].as_str(), text(entry, "/gone")) {
        (Some(words), _) => words.to_owned(),
        (None, "erased") => "(what was kept here was erased)".to_owned(),
        (None, "") => String::new(),
        (None, _) => "(what was kept here is not there any more)".to_owned(),
    }
}

async fn show(global: &Global, session: &Session, memory: &str) -> Result<std::process::ExitCode, CliError> {
    let operation = format!(
        "query($id: ID!, $at: String, $branch: String) {{ albumEntry(id: $id, asOf: $at, branch: $branch) {{
            basis {{ branch position time latest }} entry {{ {FIELDS} }} }} }}"
    );
    let mut variables = basis(global);
    variables.insert("id".to_owned(), json!(memory));
    let answer = session.run(&operation, Value::Object(variables)).await?;
    let entry = &answer["albumEntry"]["entry"];
    if global.json {
        out::json(&answer["albumEntry"]);
        return OK;
    }
    tell_basis(&answer, "/albumEntry/basis");
    let fields = entry.as_object().into_iter().flatten().filter(|(name, v)| *name != "text" && !v.is_null());
    let cell = |value: &Value| match value {
        Value::Array(all) => all.iter().map(|v| out::cell(Some(v))).collect::<Vec<_>>().join(", "),
        Value::Object(tone) => tone.values().map(|v| out::cell(Some(v))).collect::<Vec<_>>().join(", "),
        other => out::cell(Some(other)),
    };
    out::table(&["field", "value"], fields.map(|(name, value)| vec![name.clone(), cell(value)]).collect());
    out::line(&words(entry));
    OK
}
