//! Taking in conversations from files. A file is understood as a whole before anything of it is written.

mod card;
mod chatgpt;
mod jsonl;
mod letta;
mod locomo;
mod markdown;
mod mem0;
mod sillytavern;
#[cfg(test)]
mod tests;
mod time;
mod write;

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use domain::conversation::{MAX_MESSAGE_CHARS, MAX_TITLE_CHARS};
use events::payload::{Attachment, Role};
use events::{AppendError, Code, ReadError, Timestamp};

pub use write::{Imported, import};

/// The largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 512 << 20;

/// Shapes of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Our own JSON lines.
    Jsonl,
    /// LoCoMo (Maharana et al. 2024).
    Locomo,
    /// `conversations.json` of a ChatGPT export.
    Chatgpt,
    /// A SillyTavern chat.
    Sillytavern,
    /// Memories of mem0.
    Mem0,
    /// A Letta agent file.
    Letta,
    /// Plain Markdown.
    Markdown,
    /// A character card, as JSON or in a PNG.
    Card,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Jsonl,
        Self::Locomo,
        Self::Chatgpt,
        Self::Sillytavern,
        Self::Mem0,
        Self::Letta,
        Self::Markdown,
        Self::Card,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Locomo => "locomo",
            Self::Chatgpt => "chatgpt",
            Self::Sillytavern => "sillytavern",
            Self::Mem0 => "mem0",
            Self::Letta => "letta",
            Self::Markdown => "markdown",
            Self::Card => "card",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|f| f.as_str() == text).ok_or_else(|| format!("`{text}` is not a format"))
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// In the order of the file.
    pub conversations: Vec<ParsedConversation>,
    /// Who the companion is from now on, when the file says so.
    pub companion: Option<ParsedCompanion>,
    /// What of the file was not taken in, in words.
    pub left: Vec<String>,
}

/// A character that a file describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedCompanion {
    /// Its name.
    pub name: String,
    /// Its character.
    pub persona: String,
}

/// One conversation of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedConversation {
    /// Its name within the file; ids are derived from it.
    pub key: String,
    /// Its title.
    pub title: Option<String>,
    /// In order.
    pub messages: Vec<ParsedMessage>,
}

/// One message of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedMessage {
    /// Which side spoke.
    pub role: Role,
    /// The speaker's name.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// When it was said.
    pub occurred_at: Option<Timestamp>,
    /// Its id in the file.
    pub source: Option<String>,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Something in it is not as it should be.
    #[error("{place}: {what}; nothing was taken in")]
    Damaged {
        /// Line or path.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// It is not text.
    #[error("byte {0} is not UTF-8 text; nothing was taken in")]
    NotUtf8(usize),
    /// It is too large.
    #[error("the file has {0} bytes; the limit is {MAX_FILE_BYTES}")]
    TooLarge(usize),
    /// The log did not take an event.
    #[error("the log did not take the conversations: {0}; import the same file again to finish")]
    Append(#[from] AppendError),
    /// The log could not be read.
    #[error("the log could not be read: {0}")]
    Read(#[from] ReadError),
}

impl ImportError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged { .. } | Self::TooLarge(_) => Code::ImportDamaged,
            Self::NotUtf8(_) => Code::NotUtf8,
            Self::Append(e) => e.code(),
            Self::Read(e) => e.code(),
        }
    }
}

fn damaged(place: impl Into<String>, what: impl Into<String>) -> ImportError {
    ImportError::Damaged { place: place.into(), what: what.into() }
}

/// Conversations as they are found, each known by its key.
#[derive(Default)]
struct Taking {
    parsed: Parsed,
    known: HashMap<String, usize>,
}

impl Taking {
    fn put(&mut self, key: &str, title: impl FnOnce() -> Option<String>, message: ParsedMessage) {
        let all = &mut self.parsed.conversations;
        let at = *self.known.entry(key.to_owned()).or_insert_with(|| {
            let title = title().map(|t| t.chars().take(MAX_TITLE_CHARS).collect());
            all.push(ParsedConversation { key: key.to_owned(), title, messages: vec![] });
            all.len() - 1
        });
        if let Some(conversation) = all.get_mut(at) {
            conversation.messages.push(message);
        }
    }

    fn leave(&mut self, what: impl Into<String>) {
        self.parsed.left.push(what.into());
    }

    fn parsed(self) -> Parsed {
        self.parsed
    }
}

/// A text in pieces that a message can hold, cut at an end of a line where there is one; nothing where there is no word.
fn split(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(MAX_MESSAGE_CHARS) {
        let (head, _) = rest.split_at(end);
        let (piece, more) = rest.split_at(head.rfind('\n').map_or(end, |at| at + 1));
        pieces.push(piece.to_owned());
        rest = more;
    }
    pieces.push(rest.to_owned());
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// Understands a file, or says what is wrong with it and where.
///
/// # Errors
/// When any part of the file is damaged, too long or not text.
pub fn parse(format: Format, bytes: &[u8]) -> Result<Parsed, ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge(bytes.len()));
    }
    let text = match format {
        // It may be a picture.
        Format::Card => "",
        _ => std::str::from_utf8(bytes).map_err(|e| ImportError::NotUtf8(e.valid_up_to()))?,
    };
    let text = text.trim_start_matches('\u{feff}');
    let parsed = match format {
        Format::Jsonl => jsonl::parse(text),
        Format::Locomo => locomo::parse(text),
        Format::Chatgpt => chatgpt::parse(text),
        Format::Sillytavern => sillytavern::parse(text),
        Format::Mem0 => mem0::parse(text),
        Format::Letta => letta::parse(text),
        Format::Markdown => markdown::parse(text),
        Format::Card => card::parse(bytes),
    }?;
    for conversation in &parsed.conversations {
        for (n, message) in conversation.messages.iter().enumerate() {
            let place = || format!("conversation {}, message {}", conversation.key, n + 1);
            let chars = message.text.chars().count();
            if chars > MAX_MESSAGE_CHARS {
                return Err(damaged(
                    place(),
                    format!("{chars} characters are over the limit of {MAX_MESSAGE_CHARS}"),
                ));
            }
            if message.text.trim().is_empty() && message.attachments.is_empty() {
                return Err(damaged(place(), "the message is empty"));
            }
        }
    }
    Ok(parsed)
}
