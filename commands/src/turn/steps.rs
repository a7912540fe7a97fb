//! From a message to the request for the model: every step recorded in one append.

use std::collections::BTreeMap;

use domain::conversation::{Command, Composed, Steps};
use domain::prompt::{Ingredients, Line, Speaker, compose};
use domain::{context, emotion, prompt, skills};
use events::payload::RecalledItem;
use events::{Actor, Appended, MadeBy, RunId};
use models::language::{Hints, RecalledHint};
use models::{ChatMessage, ChatRequest, ChatRole};

use super::{Parts, TurnError};
use crate::meta::Meta;
use crate::ports::{RecallQuery, Situation, TurnKey};

/// The largest prompt, in tokens, whatever the model could take: more history rarely helps and always costs.
const MAX_PROMPT_TOKENS: u32 = 6_000;
/// Tokens of the model's window that are left for its answer.
const ANSWER_TOKENS: u32 = 1_024;

/// What the model is to be asked.
pub(super) struct Asked {
    /// The request.
    pub request: ChatRequest,
    /// Where the steps were recorded.
    pub started: Appended,
    /// Who answers.
    pub by: Actor,
}

/// What an earlier run recorded, when its steps are decided again without asking a model.
pub(super) struct Recorded {
    /// The seed of its draws.
    pub seed: Option<u64>,
    /// The model that answered, and its parameters.
    pub model: (MadeBy, BTreeMap<String, serde_json::Value>),
}

/// Takes the steps and gives what to ask the model.
pub(super) async fn take(
    parts: &Parts,
    key: &TurnKey,
    run: RunId,
    meta: &Meta,
    recorded: Option<Recorded>,
) -> Result<Asked, TurnError> {
    let situation = parts.mind.situation(key).await.map_err(TurnError::Port)?;
    let fresh = situation.perceived.is_none();
    let perception = situation.perceived.clone().unwrap_or_else(|| parts.perceiver.perceive(&situation.text.text));

    // The steps are recorded as of this moment, so that deciding again can use the same one.
    let now = meta.occurred_at.unwrap_or_else(|| parts.clock.now());
    let before = situation.affect.map_or(emotion::BASELINE, |(affect, since)| emotion::drift(affect, since, now));
    let appraised = fresh.then(|| emotion::appraise(before, &perception));
    let mood = match (&appraised, &situation.mood_label) {
        (Some(a), _) => a.label.clone(),
        (None, Some(label)) => label.clone(),
        (None, None) => emotion::label(before).0.to_owned(),
    };

    let query = RecallQuery { key: *key, text: situation.text.text.clone(), limit: context::SEARCHED };
    let came = parts.recall.recall(&query).await.map_err(TurnError::Port)?;
    let memories = context::assemble(came, &context::OURS, now);

    let context = skills::context(&perception);
    let posteriors = parts.mind.posteriors(key, &context).await.map_err(TurnError::Port)?;
    let seed = recorded.as_ref().and_then(|r| r.seed).unwrap_or_else(|| {
        let mut seed = [0; 8];
        parts.entropy.fill(&mut seed);
        u64::from_le_bytes(seed) >> 11 // 53 bits survive every JSON reader.
    });
    let skill = skills::choose(&context, &posteriors, seed);

    let budget = parts.model.context_tokens().saturating_sub(ANSWER_TOKENS).clamp(512, MAX_PROMPT_TOKENS);
    let ingredients = Ingredients {
        companion: situation.companion_name.clone(),
        persona: situation.persona.clone(),
        person: situation.person_name.clone(),
        skill: skill.skill.clone(),
        mood: mood.clone(),
        memories: memories.clone(),
        history: situation.history.clone(),
        message: situation.text.clone(),
    };
    let prompt = compose(ingredients, budget, &models::tokens::token_estimate);

    let mut parameters = parts.parameters.clone();
    parameters.insert("seed".to_owned(), seed.into());
    let hints = Hints {
        mood,
        valence: perception.valence,
        intent: perception.intent.clone(),
        acts: perception.acts.clone(),
        skill: skill.skill.clone(),
        seed,
        ..hints(&situation, &memories)
    };
    let request = ChatRequest { messages: prompt.lines.iter().map(chat_message).collect(), parameters, hints };

    let steps = Steps {
        message: key.message,
        run,
        perceived: fresh.then(|| (perception, parts.perceiver.identity())),
        appraised,
        recalled: (key.position, memories, parts.recall.identity()),
        skill,
        prompt: Composed { digest: prompt.digest, parts: prompt.parts, budget, by: prompt::identity() },
        model: recorded.map_or_else(|| (parts.model.identity(), request.parameters.clone()), |r| r.model),
    };
    let command = Command::BeginReply(Box::new(steps));
    let by = Actor::Companion(situation.companion);
    let meta = Meta { actor: by, occurred_at: Some(now), ..*meta };
    let started = parts.bus.conversation(key.branch, key.conversation, &meta, command).await?;
    Ok(Asked { request, started, by })
}

fn hints(situation: &Situation, memories: &[RecalledItem]) -> Hints {
    let facts =
        memories.iter().filter(|m| m.kind == "fact" && is_relevant(m)).filter_map(|m| split_fact(&m.text)).collect();
    let recalled = memories
        .iter()
        .filter(|m| matches!(m.kind.as_str(), "turn" | "album") && is_relevant(m))
        .map(|m| {
            let (by_person, text) = split_turn(&situation.person_name.text, &m.text);
            RecalledHint { text: text.to_owned(), by_person }
        })
        .collect();
    Hints {
        companion: situation.companion_name.text.clone(),
        person: situation.person_name.text.clone(),
        message: situation.text.text.clone(),
        recalled,
        facts,
        private: situation.private,
        turn: u32::try_from(situation.history.len()).unwrap_or(u32::MAX),
        ..Hints::default()
    }
}

/// Whether an item has to do with the message by itself, and not only by what else came to mind.
fn is_relevant(item: &RecalledItem) -> bool {
    item.signals.get("relevant").is_none_or(|r| *r > 0.0)
}

/// A recalled turn is written `Name: words`.
fn split_turn<'a>(person: &str, text: &'a str) -> (bool, &'a str) {
    text.split_once(": ").map_or((true, text), |(who, words)| (who == person, words))
}

/// A recalled fact is written `subject | predicate | object`.
fn split_fact(text: &str) -> Option<(String, String, String)> {
    let mut parts = text.splitn(3, " | ").map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

fn chat_message(line: &Line) -> ChatMessage {
    let role = match line.speaker {
        Speaker::System => ChatRole::System,
        Speaker::Person => ChatRole::User,
        Speaker::Companion => ChatRole::Assistant,
    };
    ChatMessage { role, content: line.content.clone() }
}
