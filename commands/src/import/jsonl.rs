//! Our own format: one JSON object a line, each a message.
//!
//! `{"conversation": "trip", "role": "person", "speaker": "Ada", "text": "...", "at": "2026-11-23T13:00:00Z"}`; `role` is
//! `person` or `companion`; `speaker`, `at`, `id`, `title` and `attachments` may be left out.

use events::Timestamp;
use events::payload::{Attachment, Role};
use serde::Deserialize;

use super::{ImportError, Parsed, ParsedConversation, ParsedMessage, damaged};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    conversation: String,
    role: Role,
    #[serde(default)]
    speaker: String,
    text: String,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let mut parsed = Parsed::default();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("line {}", n + 1);
        let line: Line = serde_json::from_str(line).map_err(|e| damaged(place(), e.to_string()))?;
        let occurred_at = match &line.at {
            None => None,
            Some(at) => Some(Timestamp::parse(at).ok_or_else(|| damaged(place(), format!("`{at}` is not a time")))?),
        };
        let message = ParsedMessage {
            role: line.role,
            speaker: line.speaker,
            text: line.text,
            attachments: line.attachments,
            occurred_at,
            source: line.id,
        };
        let known = parsed.conversations.iter_mut().find(|c| c.key == line.conversation);
        match known {
            Some(conversation) => conversation.messages.push(message),
            None => parsed.conversations.push(ParsedConversation {
                key: line.conversation,
                title: line.title,
                messages: vec![message],
            }),
        }
    }
    Ok(parsed)
}
