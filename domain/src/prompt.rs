//! What the model is shown: a pure function of recorded events, so that it can be rebuilt byte for byte.

use events::payload::{PromptPart, RecalledItem, Role};
use events::{MadeBy, Position};

use crate::skills;

/// The share of the budget that memories may take.
const MEMORY_SHARE: u32 = 4;

/// The name and version of the template. Raise the version when [`render`] changes, and keep the old renderer.
pub fn identity() -> MadeBy {
    MadeBy { name: "aico-prompt".into(), version: "1".into() }
}

/// Who says a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Instructions.
    System,
    /// The person.
    Person,
    /// The companion.
    Companion,
}

/// One line of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who says it.
    pub speaker: Speaker,
    /// The words.
    pub content: String,
}

/// Words with the event that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced {
    /// The event.
    pub source: Position,
    /// The words.
    pub text: String,
}

/// One earlier message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// The event that holds the words.
    pub source: Position,
    /// Which side spoke.
    pub role: Role,
    /// The words.
    pub text: String,
}

/// Everything that a prompt is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingredients {
    /// The companion's name.
    pub companion: Sourced,
    /// Its character.
    pub persona: Sourced,
    /// The person's name.
    pub person: Sourced,
    /// The chosen skill.
    pub skill: String,
    /// The word for the companion's feeling.
    pub mood: String,
    /// What came to mind, best first.
    pub memories: Vec<RecalledItem>,
    /// Earlier messages of the conversation, oldest first.
    pub history: Vec<HistoryLine>,
    /// The message to answer.
    pub message: Sourced,
}

/// A prompt with the record of what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The lines, oldest first.
    pub lines: Vec<Line>,
    /// What each part came from.
    pub parts: Vec<PromptPart>,
    /// SHA-256 of [`canonical`], in hex.
    pub digest: String,
}

/// Fits the ingredients into a budget of tokens, then renders them.
///
/// Instructions and the message always enter. Memories enter best first up to a quarter of the budget. History enters
/// newest first until the budget is used, without holes.
pub fn compose(mut all: Ingredients, budget: u32, estimate: &dyn Fn(&str) -> u32) -> Prompt {
    let fixed = Ingredients { memories: vec![], history: vec![], ..all.clone() };
    let mut left = budget.saturating_sub(render(&fixed).iter().map(|l| estimate(&l.content)).sum());
    let mut memory_left = left.min(budget / MEMORY_SHARE);
    let fitting = all.memories.iter().take_while(|m| take(&mut memory_left, estimate(&m.text))).count();
    all.memories.truncate(fitting);
    left = left.saturating_sub(all.memories.iter().map(|m| estimate(&m.text)).sum());
    let fitting = all.history.iter().rev().take_while(|h| take(&mut left, estimate(&h.text))).count();
    all.history.drain(..all.history.len() - fitting);
    let lines = render(&all);
    let digest = digest(&lines);
    Prompt { parts: parts(&all, estimate), lines, digest }
}

fn take(left: &mut u32, cost: u32) -> bool {
    let fits = cost <= *left;
    *left = left.saturating_sub(cost);
    fits
}

/// The lines of a prompt, template version 1.
pub fn render(all: &Ingredients) -> Vec<Line> {
    let mut system = format!("You are {}, a companion. {}\n", all.companion.text, all.persona.text.trim());
    system.push_str(&format!("You are talking with {}.\n", all.person.text));
    system.push_str(&format!("You feel {} right now; let it colour your tone, not your facts.\n", all.mood));
    system.push_str(skills::instruction(&all.skill));
    system.push('\n');
    if !all.memories.is_empty() {
        system.push_str("What you remember, most relevant first:\n");
        for memory in &all.memories {
            system.push_str(&format!("- {}\n", memory.text));
        }
        system.push_str("Use it only where it helps. If you do not know something, say so.\n");
    }
    let mut lines = vec![Line { speaker: Speaker::System, content: system }];
    lines.extend(all.history.iter().map(|h| Line {
        speaker: match h.role {
            Role::Person => Speaker::Person,
            Role::Companion => Speaker::Companion,
        },
        content: h.text.clone(),
    }));
    lines.push(Line { speaker: Speaker::Person, content: all.message.text.clone() });
    lines
}

fn parts(all: &Ingredients, estimate: &dyn Fn(&str) -> u32) -> Vec<PromptPart> {
    let part = |kind: &str, sources: Vec<Position>, tokens| PromptPart { kind: kind.to_owned(), sources, tokens };
    let mut parts = vec![
        part("companion", vec![all.companion.source], estimate(&all.companion.text)),
        part("persona", vec![all.persona.source], estimate(&all.persona.text)),
        part("person", vec![all.person.source], estimate(&all.person.text)),
        part("mood", vec![], estimate(&all.mood)),
        part("skill", vec![], estimate(skills::instruction(&all.skill))),
    ];
    if !all.memories.is_empty() {
        let tokens = all.memories.iter().map(|m| estimate(&m.text)).sum();
        parts.push(part("memory", all.memories.iter().map(|m| m.source).collect(), tokens));
    }
    if !all.history.is_empty() {
        let tokens = all.history.iter().map(|h| estimate(&h.text)).sum();
        parts.push(part("history", all.history.iter().map(|h| h.source).collect(), tokens));
    }
    parts.push(part("message", vec![all.message.source], estimate(&all.message.text)));
    parts
}

/// The bytes that the digest covers: each line as speaker, length and words, so that no two prompts share them.
pub fn canonical(lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        out.push(match line.speaker {
            Speaker::System => b'S',
            Speaker::Person => b'P',
            Speaker::Companion => b'C',
        });
        out.extend((line.content.len() as u64).to_be_bytes());
        out.extend(line.content.as_bytes());
    }
    out
}

/// SHA-256 of [`canonical`], in hex.
pub fn digest(lines: &[Line]) -> String {
    events::codec::sha256(&canonical(lines)).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sourced(source: u64, text: &str) -> Sourced {
        Sourced { source: Position(source), text: text.to_owned() }
    }

    fn ingredients(turns: u64) -> Ingredients {
        Ingredients {
            companion: sourced(2, "Eve"),
            persona: sourced(2, "Kind and curious."),
            person: sourced(1, "Ada"),
            skill: "warm".into(),
            mood: "content".into(),
            memories: vec![],
            history: (0..turns)
                .map(|i| HistoryLine {
                    source: Position(10 + i),
                    role: if i % 2 == 0 { Role::Person } else { Role::Companion },
                    text: format!("message number {i} with some words"),
                })
                .collect(),
            message: sourced(100, "And now?"),
        }
    }

    fn words(text: &str) -> u32 {
        text.split_whitespace().count() as u32
    }

    #[test]
    fn defect_1_the_newest_turns_enter_within_the_budget() {
        let prompt = compose(ingredients(30), 100, &words);
        let history = prompt.parts.iter().find(|p| p.kind == "history").expect("some history fits");
        assert_eq!(history.sources.last(), Some(&Position(39)), "the newest is there");
        assert!(history.sources.windows(2).all(|w| w[1].0 == w[0].0 + 1), "without holes");
        assert!(history.sources.len() < 30, "and the oldest are not");
        assert!(prompt.lines.iter().map(|l| words(&l.content)).sum::<u32>() <= 100);
    }

    #[test]
    fn defect_2_skill_and_mood_reach_the_prompt() {
        let prompt = compose(ingredients(0), 1_000, &words);
        assert!(prompt.lines[0].content.contains(skills::instruction("warm")));
        assert!(prompt.lines[0].content.contains("content"));
    }

    #[test]
    fn the_prompt_is_rebuilt_byte_for_byte_from_its_parts() {
        let all = ingredients(30);
        let prompt = compose(all.clone(), 90, &words);
        let sources = &prompt.parts.iter().find(|p| p.kind == "history").expect("history").sources;
        let kept = all.history.iter().filter(|h| sources.contains(&h.source)).cloned().collect();
        let again = render(&Ingredients { history: kept, ..all });
        assert_eq!(digest(&again), prompt.digest);
    }

    #[test]
    fn moving_words_between_lines_changes_the_digest() {
        let line = |speaker, content: &str| Line { speaker, content: content.to_owned() };
        let one = [line(Speaker::Person, "ab"), line(Speaker::Person, "c")];
        let two = [line(Speaker::Person, "a"), line(Speaker::Person, "bc")];
        assert_ne!(digest(&one), digest(&two));
    }
}
