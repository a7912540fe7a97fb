//! `conversations.json` of a ChatGPT export: trees of messages, of which the current branch is taken.

use std::collections::{HashMap, HashSet};

use events::Timestamp;
use events::payload::Role;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportError, Parsed, ParsedConversation, ParsedMessage, damaged};

#[derive(Deserialize)]
struct Exported {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    conversation_id: Option<String>,
    mapping: HashMap<String, Node>,
    #[serde(default)]
    current_node: Option<String>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    author: Author,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    create_time: Option<f64>,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    role: String,
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let exported: Vec<Exported> = serde_json::from_str(text).map_err(|e| damaged("the file", e.to_string()))?;
    let mut parsed = Parsed::default();
    for (n, one) in exported.into_iter().enumerate() {
        parsed.conversations.push(conversation(n, one)?);
    }
    // Conversations without words of either side hold nothing to remember.
    parsed.conversations.retain(|c| !c.messages.is_empty());
    Ok(parsed)
}

fn conversation(n: usize, one: Exported) -> Result<ParsedConversation, ImportError> {
    let key = one.conversation_id.or(one.id).unwrap_or_else(|| format!("conversation-{}", n + 1));
    let mut path = Vec::new();
    let mut seen = HashSet::new();
    let mut next = one.current_node;
    while let Some(id) = next {
        let node = one.mapping.get(&id);
        let node = node.ok_or_else(|| damaged(&key, format!("node {id} is missing")))?;
        if !seen.insert(id.clone()) {
            return Err(damaged(&key, format!("node {id} is its own ancestor")));
        }
        path.push(node);
        next = node.parent.clone();
    }
    path.reverse();
    let mut messages = Vec::new();
    for message in path.into_iter().filter_map(|node| node.message.as_ref()) {
        let (role, speaker) = match message.author.role.as_str() {
            "user" => (Role::Person, ""),
            "assistant" => (Role::Companion, "ChatGPT"),
            _ => continue,
        };
        let parts = message.content.get("parts").and_then(Value::as_array);
        let text: Vec<&str> = parts.into_iter().flatten().filter_map(Value::as_str).collect();
        let text = text.join("\n");
        if text.trim().is_empty() {
            continue;
        }
        let occurred_at = match message.create_time {
            None => None,
            Some(seconds) if seconds.is_finite() && seconds.abs() < 1e11 => Some(Timestamp((seconds * 1e6) as i64)),
            Some(seconds) => return Err(damaged(&key, format!("`{seconds}` is not a time"))),
        };
        messages.push(ParsedMessage {
            role,
            speaker: speaker.to_owned(),
            text,
            attachments: vec![],
            occurred_at,
            source: message.id.clone(),
        });
    }
    Ok(ParsedConversation { key, title: one.title.filter(|t| !t.trim().is_empty()), messages })
}
