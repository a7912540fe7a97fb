//! The built-in companion: a small deterministic responder, so that everything works with no download and no key.
//!
//! It does not understand language. It answers from what was recalled, what was noticed and what was chosen, says so
//! when asked, and never pretends to know.

mod memory;
mod person;
mod words;

use async_trait::async_trait;
use events::MadeBy;
use events::payload::{FinishReason, Usage};
use futures::StreamExt;
use futures::stream;

use crate::extraction::{Extractor, RuleExtractor};
use crate::language::{ChatRequest, Delta, Hints, LanguageModel, ModelError, ReplyStream};
use crate::lexicon::{language, sentences, words as split};
use crate::perception::crisis;
use crate::tokens::token_estimate;
use memory::Memory;
use words::{Phrases, phrases};

/// Its name, as recorded.
pub const NAME: &str = "aico-builtin";

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

#[async_trait]
impl LanguageModel for Builtin {
    fn identity(&self) -> MadeBy {
        MadeBy { name: NAME.to_owned(), version: "2".to_owned() }
    }

    fn context_tokens(&self) -> u32 {
        4_096
    }

    async fn reply(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let text = answer(&request.hints);
        let usage = Usage {
            prompt_tokens: request.messages.iter().map(|m| token_estimate(&m.content)).sum(),
            completion_tokens: token_estimate(&text),
            ..Usage::default()
        };
        let mut pieces: Vec<Result<Delta, ModelError>> =
            text.split_inclusive(' ').map(|word| Ok(Delta::Text(word.to_owned()))).collect();
        pieces.push(Ok(Delta::Done { finish: FinishReason::Stop, usage }));
        Ok(stream::iter(pieces).boxed())
    }
}

/// From this strength of a sign of danger on, nothing else is answered.
const CRISIS: f64 = 0.5;

/// How an answer may be dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// As it is: what must not be shortened, or what ends a talk.
    Fixed,
    /// The skill may shorten it, warm it up, or add a question.
    Open,
}

/// The answer to a message, from the hints alone.
pub fn answer(hints: &Hints) -> String {
    let german = language(&hints.message) == "de";
    let p = phrases(german);
    let (text, style) = content(hints, german, &p);
    let text = if style == Style::Open { dressed(text, hints, &p) } else { text };
    fill(&text, hints)
}

fn pick(options: &[&str], hints: &Hints) -> String {
    options[(hints.seed % options.len() as u64) as usize].to_owned()
}

/// Whether a message is one of these questions: the phrase, and few words around it. In a longer message the same words
/// are about something else.
fn asks(message: &[String], list: &[&str]) -> bool {
    list.iter().any(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        message.len() <= phrase.len() + 3 && message.windows(phrase.len()).any(|w| w == phrase)
    })
}

fn content(hints: &Hints, german: bool, p: &Phrases) -> (String, Style) {
    use Style::{Fixed, Open};
    let message = split(&hints.message);
    let asks = |list| asks(&message, list);
    let memory = Memory { hints, german, p };
    let sad = hints.valence <= -0.3;
    if crisis(&hints.message).score >= CRISIS {
        return (p.crisis.to_owned(), Fixed);
    }
    // Before what it is: "what are you doing" begins like "what are you".
    if asks(p.wellbeing_questions) {
        return (pick(p.wellbeing, hints), Open);
    }
    if asks(p.identity_questions) {
        return (p.identity.to_owned(), Fixed);
    }
    if asks(p.ability_questions) {
        return (p.abilities.to_owned(), Fixed);
    }
    if asks(p.my_name_questions) && !hints.person.is_empty() {
        return (p.my_name.to_owned(), Fixed);
    }
    if asks(p.overview_questions) {
        return (memory.overview(), Fixed);
    }
    let does = |act: &str| hints.acts.iter().any(|a| a == act);
    match hints.intent.as_str() {
        "question" => match memory.answer() {
            Some(known) => (known, Fixed),
            None if sad => (pick(p.comfort, hints), Open),
            None => (pick(p.unknown, hints), Fixed),
        },
        "request" => (memory.answer().unwrap_or_else(|| p.cannot.to_owned()), Fixed),
        "greeting" => (pick(p.greetings, hints), Open),
        "farewell" => (pick(p.farewells, hints), Fixed),
        _ if does("thanks") => (pick(p.thanks, hints), Fixed),
        _ if does("feedback") => (pick(if sad { p.sorry } else { p.thanks }, hints), Fixed),
        _ if sad => (pick(p.comfort, hints), Open),
        _ if hints.valence >= 0.3 => (format!("{} {}", pick(p.gladness, hints), noted(hints, german, p)), Open),
        _ => (noted(hints, german, p), Open),
    }
}

/// Names what was told. Only a statement about the person or with a fact in it is worth that.
fn noted(hints: &Hints, german: bool, p: &Phrases) -> String {
    if hints.private {
        return pick(p.listening, hints); // Nothing is remembered here, and nothing may be promised.
    }
    let fact = RuleExtractor.extract(&hints.message).into_iter().next().map(|f| f.sentence);
    let own = || {
        let about_self = |s: &&str| split(s).iter().any(|w| p.self_words.contains(&w.as_str()));
        let told = sentences(&hints.message).into_iter().filter(|s| !s.contains('?'));
        told.filter(|s| s.split_whitespace().count() >= 3).find(about_self).map(str::to_owned)
    };
    match fact.or_else(own) {
        Some(_) if hints.skill == "brief" => p.noted_briefly.to_owned(),
        Some(told) if german => format!("{} „{}“", p.noted, told.trim_end_matches('.')),
        Some(told) => format!("{} {}", p.noted, person::turned(&told, false)),
        None => pick(p.listening, hints),
    }
}

fn dressed(text: String, hints: &Hints, p: &Phrases) -> String {
    match hints.skill.as_str() {
        // The first sentence; what was noted is one sentence already.
        "brief" => sentences(&text).first().map_or(text.clone(), |s| (*s).to_owned()),
        "warm" if hints.valence > -0.3 && hints.intent != "greeting" => {
            format!("{text} {}", pick(p.warm_endings, hints))
        }
        "curious" if !text.trim_end().ends_with('?') => format!("{text} {}", pick(p.follow_ups, hints)),
        _ => text,
    }
}

/// Puts the names in. Without a name the comma or space before it goes too.
fn fill(text: &str, hints: &Hints) -> String {
    let named = if hints.person.is_empty() {
        text.replace(", {person}", "").replace(" {person}", "").replace("{person}", "")
    } else {
        text.replace("{person}", &hints.person)
    };
    let companion = if hints.companion.is_empty() { "AICO" } else { &hints.companion };
    named.replace("{companion}", companion).trim().to_owned()
}
