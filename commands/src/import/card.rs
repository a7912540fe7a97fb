//! Character cards of SillyTavern and its kin: versions 1, 2 and 3, as JSON or in a `tEXt` chunk of a PNG (`ccv3`, else
//! `chara`, in base64).
//!
//! The name and the character (description, personality, scenario) become those of the companion. The picture is not kept,
//! and nothing compressed is opened: a card that hides in a zip or in a `zTXt` chunk is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::companion::MAX_PERSONA_CHARS;
use serde::Deserialize;
use serde_json::Value;

use super::{ImportError, Parsed, ParsedCompanion, damaged};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Card {
    name: String,
    description: String,
    personality: String,
    scenario: String,
    first_mes: String,
    mes_example: String,
    system_prompt: String,
    post_history_instructions: String,
    alternate_greetings: Vec<String>,
    character_book: Value,
    assets: Vec<Value>,
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(default)]
    spec: Option<String>,
    #[serde(default)]
    data: Option<Value>,
    #[serde(flatten)]
    flat: serde_json::Map<String, Value>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ImportError> {
    let json = if bytes.starts_with(PNG) {
        hidden(bytes)?
    } else if bytes.starts_with(b"PK") {
        return Err(damaged(
            "the file",
            "it is a zip archive, which is not opened: take the JSON or the PNG of the card",
        ));
    } else {
        std::str::from_utf8(bytes).map_err(|e| ImportError::NotUtf8(e.valid_up_to()))?.to_owned()
    };
    let broken = |e: serde_json::Error| damaged("the card", e.to_string());
    let wrapped: Wrapped = serde_json::from_str(json.trim_start_matches('\u{feff}')).map_err(broken)?;
    let card: Value = match (wrapped.spec.as_deref(), wrapped.data) {
        (Some("chara_card_v2" | "chara_card_v3"), Some(data)) => data,
        (Some(other), _) => return Err(damaged("the card", format!("`{other}` is not a card that is known here"))),
        (None, _) => Value::Object(wrapped.flat),
    };
    let card: Card = serde_json::from_value(card).map_err(broken)?;
    let name = card.name.trim().to_owned();
    if name.is_empty() {
        return Err(damaged("the card", "it names nobody"));
    }
    let parts = [&card.description, &card.personality, &card.scenario];
    let persona: Vec<String> = parts.into_iter().map(|p| filled(p.trim(), &name)).filter(|p| !p.is_empty()).collect();
    let persona = persona.join("\n\n");
    let chars = persona.chars().count();
    if chars > MAX_PERSONA_CHARS {
        let what = format!("its character has {chars} characters; the limit is {MAX_PERSONA_CHARS}");
        return Err(damaged("the card", what));
    }
    let mut left = Vec::new();
    for (text, what) in [
        (&card.first_mes, "the greeting"),
        (&card.mes_example, "the examples of talk"),
        (&card.system_prompt, "the system prompt"),
        (&card.post_history_instructions, "the instructions after the history"),
    ] {
        if !text.trim().is_empty() {
            left.push(what.to_owned());
        }
    }
    let entries = card.character_book.get("entries").and_then(Value::as_array).map_or(0, Vec::len);
    for (count, what) in [
        (card.alternate_greetings.len(), "other greetings"),
        (entries, "entries of the lorebook"),
        (card.assets.len(), "assets"),
    ] {
        if count > 0 {
            left.push(format!("{count} {what}"));
        }
    }
    if bytes.starts_with(PNG) {
        left.push("the picture".to_owned());
    }
    Ok(Parsed { companion: Some(ParsedCompanion { name, persona }), left, ..Parsed::default() })
}

/// A text with the names that its macros stand for.
fn filled(text: &str, name: &str) -> String {
    let mut out = text.to_owned();
    for (of, with) in [("char", name), ("user", "the person")] {
        for spelled in [format!("{{{{{of}}}}}"), format!("{{{{{}}}}}", of.to_uppercase())] {
            out = out.replace(&spelled, with);
        }
    }
    out
}

/// The card in a PNG: the JSON of `ccv3`, else that of `chara`.
fn hidden(bytes: &[u8]) -> Result<String, ImportError> {
    let bad = |what: &str| damaged("the picture", what);
    let mut rest = bytes.get(PNG.len()..).unwrap_or_default();
    let (mut v2, mut v3) = (None, None);
    while let Some((length, more)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let (kind, more) = more.split_first_chunk::<4>().ok_or_else(|| bad("a chunk is cut short"))?;
        let (data, more) = more.split_at_checked(length).ok_or_else(|| bad("a chunk is cut short"))?;
        rest = more.get(4..).ok_or_else(|| bad("a chunk is cut short"))?;
        let keyword = data.split(|b| *b == 0).next().unwrap_or_default();
        match (kind, keyword) {
            (b"tEXt", b"ccv3") => v3 = data.get(5..),
            (b"tEXt", b"chara") => v2 = data.get(6..),
            (b"zTXt" | b"iTXt", b"chara" | b"ccv3") => {
                return Err(bad("the card is compressed or in another kind of chunk, which is not read"));
            }
            (b"IEND", _) => break,
            _ => {}
        }
    }
    let card = v3.or(v2).ok_or_else(|| bad("it holds no card"))?;
    let text: Vec<u8> = card.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let json = STANDARD.decode(text).map_err(|e| bad(&format!("the card is no base64: {e}")))?;
    String::from_utf8(json).map_err(|e| ImportError::NotUtf8(e.utf8_error().valid_up_to()))
}
