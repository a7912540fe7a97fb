//! Agent files of Letta (`.af`): the first form with one agent, and the second with `agents` and `blocks`.
//!
//! Messages are taken as far as somebody said something: those of the user, those of the assistant, and what the assistant
//! said by calling `send_message`. What the agent knew (its memory blocks) becomes a conversation of its own.

use std::collections::HashMap;

use events::payload::Role;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportError, Parsed, ParsedMessage, Taking, damaged, split, time};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    agents: Option<Vec<Agent>>,
    #[serde(default)]
    blocks: Vec<Block>,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    files: Vec<Value>,
    #[serde(flatten)]
    alone: HashMap<String, Value>,
}

#[derive(Deserialize)]
struct Agent {
    #[serde(default)]
    id: Option<String>,
    name: String,
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    core_memory: Vec<Block>,
    #[serde(default)]
    block_ids: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct Block {
    #[serde(default)]
    id: Option<String>,
    label: String,
    value: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Option<String>,
    role: String,
    #[serde(default)]
    content: Value,
    /// The older name of `content`.
    #[serde(default)]
    text: Value,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<Call>>,
}

#[derive(Deserialize)]
struct Call {
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: String,
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let file: File = serde_json::from_str(text).map_err(|e| damaged("the file", e.to_string()))?;
    let mut taking = Taking::default();
    let agents = match file.agents {
        Some(agents) => agents,
        None => {
            let alone = Value::Object(file.alone.into_iter().collect());
            let agent = serde_json::from_value(alone);
            vec![agent.map_err(|e| damaged("the file", format!("it holds no agent: {e}")))?]
        }
    };
    let (mut steps, mut personas) = (0, 0);
    for (n, agent) in agents.into_iter().enumerate() {
        let key = agent.id.clone().unwrap_or_else(|| format!("{} {}", agent.name, n + 1));
        for (m, message) in agent.messages.iter().enumerate() {
            let place = || format!("agent {}, message {}", agent.name, m + 1);
            match said(message, &agent.name, &place)? {
                None => steps += 1,
                Some(all) => {
                    for message in all {
                        taking.put(&key, || Some(agent.name.clone()), message);
                    }
                }
            }
        }
        let own = |b: &&Block| b.id.as_ref().is_some_and(|id| agent.block_ids.contains(id));
        let blocks: Vec<Block> =
            agent.core_memory.into_iter().chain(file.blocks.iter().filter(own).cloned()).collect();
        for block in blocks {
            if block.label == "persona" {
                personas += 1;
                continue;
            }
            for text in split(&block.value) {
                let message = ParsedMessage {
                    role: Role::Person,
                    speaker: block.label.clone(),
                    text,
                    attachments: vec![],
                    occurred_at: None,
                    source: block.id.clone(),
                };
                taking.put(&format!("{key}/memory"), || Some(format!("What {} knew", agent.name)), message);
            }
        }
    }
    for (count, what) in [
        (steps, "system messages, thoughts and tool steps"),
        (personas, "personas: use a character card for that"),
        (file.tools.len(), "tools"),
        (file.files.len(), "files"),
    ] {
        if count > 0 {
            taking.leave(format!("{count} {what}"));
        }
    }
    Ok(taking.parsed())
}

/// What somebody said in a message; `None` where nobody did.
fn said(value: &Value, agent: &str, place: &dyn Fn() -> String) -> Result<Option<Vec<ParsedMessage>>, ImportError> {
    let message: Message = serde_json::from_value(value.clone()).map_err(|e| damaged(place(), e.to_string()))?;
    let content = if message.content.is_null() { &message.text } else { &message.content };
    let plain = words(content);
    let (role, text) = match message.role.as_str() {
        "user" => match unwrapped(&plain) {
            Some(text) => (Role::Person, text),
            None => return Ok(None),
        },
        "assistant" => {
            let calls = message.tool_calls.iter().flatten().filter(|c| c.function.name == "send_message");
            let sent: Vec<String> = calls
                .filter_map(|c| serde_json::from_str::<Value>(&c.function.arguments).ok())
                .filter_map(|a| a.get("message").and_then(Value::as_str).map(str::to_owned))
                .collect();
            match (sent.is_empty(), message.tool_calls.as_ref().is_some_and(|c| !c.is_empty())) {
                (false, _) => (Role::Companion, sent.join("\n")),
                // Beside a tool call stands what the agent thought, not what it said.
                (true, true) => return Ok(None),
                (true, false) => (Role::Companion, plain),
            }
        }
        _ => return Ok(None),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let occurred_at = message.created_at.as_deref().map(|at| time::iso(at, place)).transpose()?;
    let speaker = if role == Role::Companion { agent.to_owned() } else { String::new() };
    let one = |text| ParsedMessage {
        role,
        speaker: speaker.clone(),
        text,
        attachments: vec![],
        occurred_at,
        source: message.id.clone(),
    };
    Ok(Some(split(&text).into_iter().map(one).collect()))
}

/// The texts of a content, which is a string or a list of parts.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|p| p.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The words in the wrapping that Letta gives to what a user says; `None` for heartbeats and logins.
fn unwrapped(text: &str) -> Option<String> {
    let Ok(Value::Object(wrapped)) = serde_json::from_str::<Value>(text) else { return Some(text.to_owned()) };
    let kind = wrapped.get("type").and_then(Value::as_str);
    let message = wrapped.get("message").and_then(Value::as_str);
    match (kind, message) {
        (Some("user_message"), Some(message)) => Some(message.to_owned()),
        (Some("heartbeat" | "login" | "system_alert"), _) => None,
        // JSON of the person's own.
        _ => Some(text.to_owned()),
    }
}
