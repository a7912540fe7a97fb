//! The two forms of an export: JSON lines for other programs, Markdown for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::export::{Everything, content};

/// One JSON object per line: who, then every event with its content, then what they add up to.
pub fn portable(all: &Everything) -> Vec<Value> {
    let mut lines = vec![json!({
        "kind": "subject", "format": "aico-subject/1", "id": all.subject.id, "name": all.subject.name,
        "since": all.subject.since.to_string(), "events": all.events.len(),
    })];
    lines.extend(all.events.iter().map(|(branch, e)| {
        json!({
            "kind": "event", "branch": branch, "position": e.header.position, "stream": e.header.stream.to_string(),
            "recordedAt": e.header.recorded_at.to_string(), "occurredAt": e.header.occurred_at.to_string(),
            "actor": e.header.actor.to_string(), "type": e.header.event_type, "content": content(e),
        })
    }));
    lines.extend(all.states.iter().map(|(name, value)| json!({ "kind": "state", "name": name, "value": value })));
    lines
}

/// Conversations as they went, then what was learned, then everything else.
pub fn markdown(all: &Everything) -> String {
    let mut text = String::new();
    let name = all.subject.name.as_deref().unwrap_or("(no name)");
    let _ = writeln!(text, "# Everything that is stored about {name}\n");
    let _ = writeln!(
        text,
        "Subject {}, known since {}; {} events.\n",
        all.subject.id,
        all.subject.since,
        all.events.len()
    );
    let mut threads: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (branch, event) in &all.events {
        let body = content(event);
        let at = event.header.occurred_at;
        let spoken = |who: &str| {
            let words = body["text"].as_str().unwrap_or_default().replace('\n', "\n  ");
            format!("- **{who}**, {at}: {words}")
        };
        let line = match event.header.event_type.as_ref() {
            "MessageReceived" => spoken("You"),
            "MessageEdited" => spoken("You, in other words"),
            "MessageImported" => spoken(body["speaker"].as_str().unwrap_or("Somebody")),
            "ReplyCompleted" => spoken("Companion"),
            "ReplyInterrupted" => spoken("Companion, interrupted"),
            other => {
                let line = format!("- {at}, position {}: `{}`", event.header.position, told(&body));
                others.entry(other.to_owned()).or_default().push(line);
                continue;
            }
        };
        let thread = (branch.clone(), event.header.stream.to_string());
        threads.entry(thread).or_default().push(line);
    }
    for ((branch, stream), lines) in &threads {
        let _ = writeln!(text, "## {stream} on {branch}\n\n{}\n", lines.join("\n"));
    }
    for (name, value) in &all.states {
        let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
        let _ = writeln!(text, "## What it adds up to: {name}\n\n```json\n{pretty}\n```\n");
    }
    for (kind, lines) in &others {
        let _ = writeln!(text, "## {kind}\n\n{}\n", lines.join("\n"));
    }
    text
}

/// A content without what every event says again.
fn told(body: &Value) -> String {
    let Some(fields) = body.as_object() else { return body.to_string() };
    let kept = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "type" | "message" | "run"));
    kept.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ").replace('`', "'")
}
