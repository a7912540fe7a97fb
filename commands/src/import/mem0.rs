//! Memories of mem0: what `get_all` gives, saved as JSON. Either `{"results": [...]}` or the list alone; each entry has
//! `memory`, `id`, `created_at`, and `user_id` or `agent_id`.
//!
//! Each user becomes one conversation, each memory one message of the person.

use events::payload::Role;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportError, Parsed, ParsedMessage, Taking, damaged, split, time};

#[derive(Deserialize)]
struct Memory {
    memory: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    categories: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Paged {
        results: Vec<Value>,
        #[serde(default)]
        next: Value,
        #[serde(default)]
        relations: Vec<Value>,
    },
    List(Vec<Value>),
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let file: File = serde_json::from_str(text)
        .map_err(|e| damaged("the file", format!("it is neither a list of memories nor has `results`: {e}")))?;
    let (entries, more, relations) = match file {
        File::Paged { results, next, relations } => (results, !next.is_null(), relations.len()),
        File::List(entries) => (entries, false, 0),
    };
    let mut taking = Taking::default();
    let mut described = 0;
    for (n, entry) in entries.into_iter().enumerate() {
        let place = || format!("memory {}", n + 1);
        let entry: Memory = serde_json::from_value(entry).map_err(|e| damaged(place(), e.to_string()))?;
        let words = entry.memory.ok_or_else(|| damaged(place(), "it has no `memory`"))?;
        if words.trim().is_empty() {
            continue;
        }
        let occurred_at = entry.created_at.as_deref().map(|at| time::iso(at, &place)).transpose()?;
        described += usize::from(!entry.metadata.is_null() || !entry.categories.is_null());
        let whose = entry.user_id.or(entry.agent_id).unwrap_or_else(|| "mem0".to_owned());
        for text in split(&words) {
            let message = ParsedMessage {
                role: Role::Person,
                speaker: whose.clone(),
                text,
                attachments: vec![],
                occurred_at,
                source: entry.id.clone(),
            };
            taking.put(&whose, || Some(format!("Memories of {whose}")), message);
        }
    }
    if described > 0 {
        taking.leave(format!("metadata and categories of {described} memories"));
    }
    if relations > 0 {
        taking.leave(format!("{relations} relations of the graph"));
    }
    if more {
        taking.leave("further pages: the file holds only one");
    }
    Ok(taking.parsed())
}
