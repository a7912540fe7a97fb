//! A SillyTavern chat: a first line of names, then one message a line.

use events::Timestamp;
use events::payload::Role;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportError, Parsed, ParsedConversation, ParsedMessage, damaged, time};

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    character_name: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    name: String,
    #[serde(default)]
    is_user: bool,
    #[serde(default)]
    is_system: bool,
    mes: String,
    #[serde(default)]
    send_date: Value,
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((n, first)) = lines.next() else { return Err(damaged("line 1", "the file is empty")) };
    let head: Head = serde_json::from_str(first).map_err(|e| damaged(format!("line {}", n + 1), e.to_string()))?;
    let (Some(user), Some(character)) = (head.user_name, head.character_name) else {
        return Err(damaged("line 1", "the names `user_name` and `character_name` are missing"));
    };
    let mut messages = Vec::new();
    for (n, line) in lines {
        let place = || format!("line {}", n + 1);
        let line: Line = serde_json::from_str(line).map_err(|e| damaged(place(), e.to_string()))?;
        if line.is_system || line.mes.trim().is_empty() {
            continue;
        }
        let occurred_at = match &line.send_date {
            Value::Null => None,
            Value::Number(millis) => {
                let millis = millis.as_i64().ok_or_else(|| damaged(place(), "`send_date` is not a time"))?;
                Some(Timestamp(millis.saturating_mul(1_000)))
            }
            Value::String(date) => {
                let bad = || damaged(place(), format!("`{date}` is not a date"));
                Some(time::sillytavern(date).ok_or_else(bad)?)
            }
            _ => return Err(damaged(place(), "`send_date` is not a time")),
        };
        messages.push(ParsedMessage {
            role: if line.is_user { Role::Person } else { Role::Companion },
            speaker: line.name,
            text: line.mes,
            attachments: vec![],
            occurred_at,
            source: None,
        });
    }
    let key = format!("{user} and {character}");
    let conversations = vec![ParsedConversation { title: Some(key.clone()), key, messages }];
    Ok(Parsed { conversations, ..Parsed::default() })
}
