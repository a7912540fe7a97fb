//! The built-in companion: a small deterministic responder, so that everything works with no download and no key.
//!
//! It does not understand language. It answers from what was recalled, what was noticed and what was chosen, says so
//! when asked, and never pretends to know.

mod person;
mod words;

use async_trait::async_trait;
use events::MadeBy;
use events::payload::{FinishReason, Usage};
use futures::StreamExt;
use futures::stream;

use crate::language::{ChatRequest, Delta, Hints, LanguageModel, ModelError, ReplyStream};
use crate::lexicon::{language, telling_words, words as split};
use crate::tokens::token_estimate;
use words::{Phrases, phrases};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

#[async_trait]
impl LanguageModel for Builtin {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-builtin".to_owned(), version: "1".to_owned() }
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

/// The answer to a message, from the hints alone.
pub fn answer(hints: &Hints) -> String {
    let german = language(&hints.message) == "de";
    let p = phrases(german);
    let pick = |options: &[&str]| options[(hints.seed % options.len() as u64) as usize].to_owned();
    let lower = format!(" {} ", split(&hints.message).join(" "));
    let asks = |list: &[&str]| list.iter().any(|phrase| lower.contains(&format!(" {phrase} ")));

    let mut text = if asks(p.identity_questions) {
        p.identity.to_owned()
    } else if asks(p.ability_questions) {
        p.abilities.to_owned()
    } else if hints.intent == "question" || (hints.intent == "request" && !hints.facts.is_empty()) {
        from_memory(hints, german, &p).unwrap_or_else(|| pick(p.unknown))
    } else if hints.intent == "greeting" {
        pick(p.greetings)
    } else if hints.intent == "farewell" {
        pick(p.farewells)
    } else if hints.intent == "thanks" {
        pick(p.thanks)
    } else if hints.valence <= -0.3 {
        pick(p.comfort)
    } else if hints.valence >= 0.3 {
        format!("{} {}", pick(p.gladness), noted(hints, german, &p))
    } else {
        noted(hints, german, &p)
    };
    let open = !matches!(hints.intent.as_str(), "question" | "farewell" | "thanks");
    if open && matches!(hints.skill.as_str(), "curious" | "warm") {
        text = format!("{} {}", text.trim(), pick(p.follow_ups));
    }
    text.replace("{person}", &hints.person).replace("{companion}", &hints.companion).trim().to_owned()
}

/// What memory says about a question: the fact or turn that shares most of its telling words.
fn from_memory(hints: &Hints, german: bool, p: &Phrases) -> Option<String> {
    let asked = telling_words(&hints.message);
    let shared = |text: &str| {
        let there = telling_words(text);
        asked.iter().filter(|a| there.contains(a)).count()
    };
    let fact = hints
        .facts
        .iter()
        // A fact whose object was named in the question tells nothing new.
        .filter(|(_, _, o)| !telling_words(o).iter().all(|w| asked.contains(w)))
        .map(|(s, v, o)| (shared(&format!("{s} {v} {o}")), person::sentence(s, v, o, german)))
        .filter(|(n, _)| *n > 0)
        .fold(None, |best: Option<(usize, String)>, next| match best {
            Some(b) if b.0 >= next.0 => Some(b),
            _ => Some(next),
        });
    let turn = hints
        .recalled
        .iter()
        .filter(|r| !r.text.trim_end().ends_with('?'))
        .map(|r| (shared(&r.text), r))
        .filter(|(n, _)| *n > 0)
        .fold(None, |best: Option<(usize, &crate::language::RecalledHint)>, next| match best {
            Some(b) if b.0 >= next.0 => Some(b),
            _ => Some(next),
        });
    match (fact, turn) {
        (Some((n, fact)), t) if t.as_ref().is_none_or(|(m, _)| *m <= n) => Some(format!("{} {fact}.", p.you_told_me)),
        (_, Some((_, turn))) if turn.by_person => {
            Some(format!("{} {}", p.you_told_me, person::turned(&turn.text, german)))
        }
        (_, Some((_, turn))) => Some(format!("{} {}", p.i_told_you, turn.text.trim())),
        (Some((_, fact)), None) => Some(format!("{} {fact}.", p.you_told_me)),
        _ => None,
    }
}

fn noted(hints: &Hints, german: bool, p: &Phrases) -> String {
    let learned = person::first_statement(&hints.message, german);
    match learned {
        Some(statement) if hints.skill != "brief" => format!("{} {statement}", p.noted),
        Some(_) => p.noted_briefly.to_owned(),
        None => p.listening.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::RecalledHint;

    fn hints(message: &str, intent: &str) -> Hints {
        Hints {
            companion: "Eve".into(),
            person: "Ada".into(),
            message: message.into(),
            intent: intent.into(),
            skill: "clear".into(),
            ..Hints::default()
        }
    }

    #[test]
    fn a_question_is_answered_from_a_fact() {
        let facts =
            vec![("you".into(), "sister".into(), "Anna".into()), ("Anna".into(), "lives in".into(), "Lisbon".into())];
        let told = answer(&Hints { facts, ..hints("Where does my sister Anna live?", "question") });
        assert!(told.contains("Lisbon"), "{told}");
    }

    #[test]
    fn a_question_is_answered_from_a_turn_in_the_second_person() {
        let recalled = vec![RecalledHint { text: "My sister Anna lives in Lisbon".into(), by_person: true }];
        let told = answer(&Hints { recalled, ..hints("Where does Anna live?", "question") });
        assert_eq!(told, "You told me: your sister Anna lives in Lisbon.");
    }

    #[test]
    fn nothing_known_is_said_plainly() {
        let told = answer(&hints("What is the capital of Peru?", "question"));
        assert!(told.contains("don't know") || told.contains("haven't"), "{told}");
    }

    #[test]
    fn it_says_what_it_is() {
        assert!(answer(&hints("What are you?", "question")).contains("not a person"));
        assert!(answer(&hints("Was bist du?", "question")).contains("kein Mensch"));
    }

    #[test]
    fn it_never_binds_a_leaving_person() {
        for seed in 0..8 {
            let told = answer(&Hints { seed, ..hints("Bye!", "farewell") }).to_lowercase();
            assert!(!["don't go", "stay", "miss you", "lonely"].iter().any(|w| told.contains(w)), "{told}");
        }
    }

    #[test]
    fn the_same_hints_give_the_same_answer() {
        let h = Hints { seed: 5, ..hints("Hello", "greeting") };
        assert_eq!(answer(&h), answer(&h));
        assert!(answer(&h).contains("Ada"));
    }
}
