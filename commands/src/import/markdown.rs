//! Plain Markdown: notes, diaries, and talk written down.
//!
//! Each heading of the first two levels begins a conversation; a date in it, or `date:` in the front matter, is when its
//! words were said. Each block (a paragraph, a list, a quote, a fence of code) is a message of the person, verbatim. Blocks
//! that begin with `**User:**` or `**Assistant:**` (and headings that say so) tell who speaks. Nothing is run, followed or
//! fetched.

use events::Timestamp;
use events::payload::Role;

use super::{ImportError, Parsed, ParsedMessage, Taking, split};

const PEOPLE: [&str; 6] = ["user", "you", "me", "human", "prompt", "i"];
const COMPANIONS: [&str; 6] = ["assistant", "ai", "chatgpt", "bot", "companion", "response"];

/// Who a label means.
fn role(label: &str) -> Option<Role> {
    let label = label.trim().trim_matches(['*', '_', ':', '#', ' ']).to_lowercase();
    if PEOPLE.contains(&label.as_str()) {
        Some(Role::Person)
    } else if COMPANIONS.contains(&label.as_str()) {
        Some(Role::Companion)
    } else {
        None
    }
}

/// `**User:** words`, `**User**: words` or `User: words` on a line that begins a block.
fn spoken(line: &str) -> Option<(Role, &str)> {
    let (label, rest) = line.split_once(':')?;
    let found = role(label)?;
    Some((found, rest.trim_start_matches("**").trim_start()))
}

/// The first date in a text, as `2024-05-01`, with its time when one follows.
fn date(text: &str) -> Option<Timestamp> {
    let words = text.split(|c: char| c.is_whitespace() || "()[],".contains(c));
    words.filter(|w| w.len() >= 10 && w.as_bytes().get(4) == Some(&b'-')).find_map(Timestamp::parse)
}

/// The lines of the front matter and what follows it.
fn front_matter(text: &str) -> (&str, &str) {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"));
    let end = rest.and_then(|rest| rest.find("\n---").map(|at| (rest, at)));
    match end {
        Some((rest, at)) => {
            let (matter, after) = rest.split_at(at);
            (matter, after.trim_start_matches("\n---").trim_start_matches(['\r', '\n']))
        }
        None => ("", text),
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then(|| (level, title.trim().trim_end_matches('#').trim()))
}

struct Reading {
    taking: Taking,
    title: Option<String>,
    /// Number of the conversation, which tells apart those of one title.
    number: usize,
    at: Option<Timestamp>,
    speaks: Role,
    block: Vec<String>,
}

impl Reading {
    fn close(&mut self) {
        let block = std::mem::take(&mut self.block).join("\n");
        let key = format!("{} {}", self.number, self.title.as_deref().unwrap_or_default());
        for text in split(block.trim_matches('\n')) {
            let message = ParsedMessage {
                role: self.speaks,
                speaker: String::new(),
                text,
                attachments: vec![],
                occurred_at: self.at,
                source: None,
            };
            self.taking.put(&key, || self.title.clone(), message);
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Parsed, ImportError> {
    let (matter, text) = front_matter(text);
    let dated =
        matter.lines().filter_map(|l| l.trim().strip_prefix("date:")).find_map(|d| date(d.trim().trim_matches('"')));
    let titled =
        matter.lines().find_map(|l| l.trim().strip_prefix("title:")).map(|t| t.trim().trim_matches('"').to_owned());
    let mut reading = Reading {
        taking: Taking::default(),
        title: titled.filter(|t| !t.is_empty()),
        number: 1,
        at: dated,
        speaks: Role::Person,
        block: vec![],
    };
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let mark = ["```", "~~~"].into_iter().find(|m| line.trim_start().starts_with(m));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                reading.block.push(line.to_owned());
                continue;
            }
            (Some(_), _) => {
                reading.block.push(line.to_owned());
                continue;
            }
            (None, Some(mark)) => {
                fence = Some(mark);
                reading.block.push(line.to_owned());
                continue;
            }
            (None, None) => {}
        }
        if let Some((level, title)) = heading(line) {
            reading.close();
            match role(title) {
                Some(speaks) => reading.speaks = speaks,
                None if level <= 2 => {
                    reading.number += 1;
                    reading.title = Some(title.to_owned()).filter(|t| !t.is_empty());
                    reading.at = date(title).or(dated);
                    reading.speaks = Role::Person;
                }
                // A smaller heading is part of what was written.
                None => reading.block.push(line.to_owned()),
            }
            continue;
        }
        if line.trim().is_empty() {
            reading.close();
            continue;
        }
        match spoken(line).filter(|_| reading.block.is_empty()) {
            Some((speaks, words)) => {
                reading.speaks = speaks;
                if !words.is_empty() {
                    reading.block.push(words.to_owned());
                }
            }
            None => reading.block.push(line.to_owned()),
        }
    }
    reading.close();
    Ok(reading.taking.parsed())
}
