//! LoCoMo: samples of long dated conversations between two people. `speaker_a` is taken as the person, `speaker_b` as the
//! other side; captions of pictures become attachments.

use events::payload::{Attachment, Role};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ImportError, Parsed, ParsedConversation, ParsedMessage, damaged, time};

#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    sample_id: Option<String>,
    conversation: Map<String, Value>,
}

#[derive(Deserialize)]
struct Turn {
    speaker: String,
    text: String,
    #[serde(default)]
    dia_id: Option<String>,
    #[serde(default)]
    blip_caption: Option<String>,
    #[serde(default)]
    img_url: Value,
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let samples: Vec<Sample> = serde_json::from_str(text).map_err(|e| damaged("the file", e.to_string()))?;
    let mut parsed = Parsed::default();
    for (n, sample) in samples.into_iter().enumerate() {
        parsed.conversations.push(conversation(n, sample)?);
    }
    Ok(parsed)
}

fn conversation(n: usize, sample: Sample) -> Result<ParsedConversation, ImportError> {
    let key = sample.sample_id.unwrap_or_else(|| format!("sample-{}", n + 1));
    let fields = sample.conversation;
    let name = |field: &str| {
        let text = fields.get(field).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| damaged(format!("{key}.{field}"), "a name is missing"))
    };
    let (a, b) = (name("speaker_a")?, name("speaker_b")?);
    let mut sessions: Vec<u32> = fields.keys().filter_map(|k| k.strip_prefix("session_")?.parse().ok()).collect();
    // Numbers, not names: session 10 comes after session 9.
    sessions.sort_unstable();
    let mut messages = Vec::new();
    for session in sessions {
        let place = format!("{key}.session_{session}");
        let turns = fields.get(&format!("session_{session}")).cloned().unwrap_or_default();
        let turns: Vec<Turn> = serde_json::from_value(turns).map_err(|e| damaged(&place, e.to_string()))?;
        let dated = format!("session_{session}_date_time");
        let date = fields.get(&dated).and_then(Value::as_str).unwrap_or_default();
        let start =
            time::locomo(date).ok_or_else(|| damaged(format!("{key}.{dated}"), format!("`{date}` is not a date")))?;
        for (turn, second) in turns.into_iter().zip(0..) {
            let role = if turn.speaker == a {
                Role::Person
            } else if turn.speaker == b {
                Role::Companion
            } else {
                return Err(damaged(&place, format!("`{}` is neither of the two speakers", turn.speaker)));
            };
            let url = turn.img_url.get(0).or(Some(&turn.img_url)).and_then(Value::as_str).map(str::to_owned);
            let picture = turn.blip_caption.map(|caption| Attachment { kind: "image".to_owned(), caption, url });
            messages.push(ParsedMessage {
                role,
                speaker: turn.speaker,
                text: turn.text,
                attachments: picture.into_iter().collect(),
                // One second apart, so that the order within a session can be seen.
                occurred_at: Some(start.plus_seconds(second)),
                source: turn.dia_id,
            });
        }
    }
    Ok(ParsedConversation { title: Some(format!("{a} and {b}")), key, messages })
}
