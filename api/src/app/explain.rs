//! Why: from a reply back to everything that led to it.

use std::collections::BTreeMap;

use domain::prompt::{HistoryLine, Ingredients, Line, Sourced, digest, render};
use events::payload::{CompanionEvent, ConversationEvent as E, PersonEvent, PromptPart, Role};
use events::{Event, EventId, MessageId, Position, Recorded, RunId, Timestamp};
use projections::Basis;
use projections::conversations::Message;
use serde_json::Value;

use super::{App, AppError};

/// One event on the way.
#[derive(Clone, Debug)]
pub struct Step {
    /// `message`, `perception`, `appraisal`, `recall`, `skill`, `prompt`, `model`, `reply`, `facts`, `feedback`, `edit`.
    pub kind: &'static str,
    /// Where.
    pub position: Position,
    /// Which event.
    pub event_id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who or what did it.
    pub by: String,
    /// In words.
    pub summary: String,
    /// The content; `None` when erased.
    pub value: Option<Value>,
}

/// A prompt made again from its sources.
#[derive(Clone, Debug)]
pub struct RebuiltPrompt {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its digest now.
    pub digest: String,
    /// Its digest when it was sent.
    pub recorded: String,
    /// The parts as recorded.
    pub parts: Vec<PromptPart>,
    /// The most tokens it was allowed.
    pub budget: u32,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The message that was asked about.
    pub message: Message,
    /// The way, in the order of the log.
    pub steps: Vec<Step>,
    /// The prompt of the run; `None` when there was none or its sources were erased.
    pub prompt: Option<RebuiltPrompt>,
}

impl App {
    /// Explains a reply, or what was done with a message.
    ///
    /// # Errors
    /// When the message does not exist at the basis or is another person's.
    pub async fn why(&self, basis: &Basis, message: MessageId) -> Result<Explanation, AppError> {
        let conversations = self.read.conversations();
        let asked = conversations.message(basis, self.owner, message).await?;
        let root = asked.reply_to.unwrap_or(asked.id);
        let mut events = conversations.steps(basis, root).await?;
        if asked.reply_to.is_some() {
            events.extend(conversations.steps(basis, asked.id).await?);
        }
        let run = asked.run;
        let mut steps = Vec::new();
        let mut used = Vec::new();
        for event in events {
            let payload = event.event().map_err(|e| AppError::new(events::Code::LogDamaged, e.to_string()))?;
            let content = match &payload {
                Some(Event::Conversation(e)) => Some(e),
                _ => None,
            };
            if !belongs(content, run, asked.id) {
                continue;
            }
            let (kind, by, summary) = content.map_or_else(erased, describe);
            let by = by.unwrap_or_else(|| event.header.actor.to_string());
            let value = match &event.body {
                events::Body::Open(json) => serde_json::from_slice(json).ok(),
                events::Body::Erased => None,
            };
            steps.push(Step {
                kind,
                position: event.position(),
                event_id: event.header.event_id,
                at: event.header.occurred_at,
                by,
                summary,
                value,
            });
            used.push((event, payload));
        }
        // Of several recalls and choices for one message, only those of this run led to it: the last before its prompt.
        if let Some(prompt_at) = steps.iter().find(|s| s.kind == "prompt").map(|s| s.position) {
            for kind in ["recall", "skill"] {
                let last =
                    steps.iter().filter(|s| s.kind == kind && s.position < prompt_at).map(|s| s.position).max();
                steps.retain(|s| s.kind != kind || Some(s.position) == last);
            }
        }
        let prompt = self.rebuild_prompt(basis, run, &used).await?;
        Ok(Explanation { message: asked, steps, prompt })
    }

    async fn rebuild_prompt(
        &self,
        basis: &Basis,
        run: Option<RunId>,
        used: &[(Recorded, Option<Event>)],
    ) -> Result<Option<RebuiltPrompt>, AppError> {
        let composed = used.iter().find_map(|(event, payload)| match payload {
            Some(Event::Conversation(E::PromptComposed { run: r, digest, parts, budget, .. })) if run == Some(*r) => {
                Some((event.position(), digest.clone(), parts.clone(), *budget))
            }
            _ => None,
        });
        let Some((at, recorded, parts, budget)) = composed else { return Ok(None) };
        let mut places: Vec<Position> = parts.iter().flat_map(|p| p.sources.iter().copied()).collect();
        places.sort_unstable();
        places.dedup();
        let mut words: BTreeMap<Position, Event> = BTreeMap::new();
        for event in self.log.at(basis.branch, &places).await? {
            let payload = event.event().map_err(|e| AppError::new(events::Code::LogDamaged, e.to_string()))?;
            let Some(payload) = payload else { return Ok(None) };
            words.insert(event.position(), payload);
        }
        let sources = |kind: &str| -> Vec<Position> {
            parts.iter().filter(|p| p.kind == kind).flat_map(|p| p.sources.iter().copied()).collect()
        };
        let sourced = |kind: &str| -> Option<Sourced> {
            let source = *sources(kind).first()?;
            Some(Sourced { source, text: text_for(kind, words.get(&source)?)? })
        };
        let (Some(companion), Some(persona), Some(person), Some(message)) =
            (sourced("companion"), sourced("persona"), sourced("person"), sourced("message"))
        else {
            return Ok(None);
        };
        let before = |pick: &dyn Fn(&E) -> bool| {
            used.iter().rev().find_map(|(event, payload)| match payload {
                Some(Event::Conversation(e)) if event.position() < at && pick(e) => Some(e.clone()),
                _ => None,
            })
        };
        let recalled = match before(&|e| matches!(e, E::MemoriesRecalled { .. })) {
            Some(E::MemoriesRecalled { items, .. }) => items,
            _ => vec![],
        };
        let skill = match before(&|e| matches!(e, E::SkillChosen { .. })) {
            Some(E::SkillChosen { skill, .. }) => skill,
            _ => String::new(),
        };
        let mood = match before(&|e| matches!(e, E::EmotionAppraised { .. })) {
            Some(E::EmotionAppraised { label, .. }) => label,
            _ => String::new(),
        };
        let history = sources("history")
            .into_iter()
            .filter_map(|source| {
                let (role, text) = spoken(words.get(&source)?)?;
                Some(HistoryLine { source, role, text })
            })
            .collect();
        let kept = sources("memory").len();
        let memories = recalled.into_iter().take(kept).collect();
        let lines = render(&Ingredients { companion, persona, person, skill, mood, memories, history, message });
        Ok(Some(RebuiltPrompt { digest: digest(&lines), lines, recorded, parts, budget }))
    }
}

fn belongs(content: Option<&E>, run: Option<RunId>, asked: MessageId) -> bool {
    match content {
        Some(
            E::PromptComposed { run: r, .. }
            | E::ReplyStarted { run: r, .. }
            | E::ReplyCompleted { run: r, .. }
            | E::ReplyInterrupted { run: r, .. },
        ) => run.is_none_or(|run| run == *r),
        Some(E::FeedbackGiven { reply, .. }) => *reply == asked,
        _ => true,
    }
}

fn text_for(kind: &str, event: &Event) -> Option<String> {
    match (kind, event) {
        (
            "person",
            Event::Person(PersonEvent::PersonRegistered { name, .. } | PersonEvent::PersonRenamed { name }),
        ) => Some(name.clone()),
        (
            "companion",
            Event::Companion(
                CompanionEvent::CompanionCreated { name, .. } | CompanionEvent::CompanionRenamed { name },
            ),
        ) => Some(name.clone()),
        ("persona", Event::Companion(CompanionEvent::CompanionCreated { persona, .. })) => Some(persona.clone()),
        ("persona", Event::Companion(CompanionEvent::PersonaChanged { after, .. })) => Some(after.clone()),
        ("message", event) => spoken(event).map(|(_, text)| text),
        _ => None,
    }
}

fn spoken(event: &Event) -> Option<(Role, String)> {
    match event {
        Event::Conversation(E::MessageReceived { text, .. } | E::MessageEdited { text, .. }) => {
            Some((Role::Person, text.clone()))
        }
        Event::Conversation(E::MessageImported { text, role, .. }) => Some((*role, text.clone())),
        Event::Conversation(E::ReplyCompleted { text, .. } | E::ReplyInterrupted { text, .. }) => {
            Some((Role::Companion, text.clone()))
        }
        _ => None,
    }
}

fn erased() -> (&'static str, Option<String>, String) {
    ("erased", None, "the content was erased".to_owned())
}

fn named(by: &events::MadeBy) -> Option<String> {
    Some(format!("{} {}", by.name, by.version))
}

fn describe(event: &E) -> (&'static str, Option<String>, String) {
    match event {
        E::MessageReceived { text, .. } => ("message", None, format!("“{text}”")),
        E::MessageImported { text, speaker, .. } => ("message", None, format!("{speaker}: “{text}”")),
        E::MessageEdited { text, .. } => ("edit", None, format!("reworded to “{text}”")),
        E::MessagePerceived { perception: p, by, .. } => {
            let emotions: Vec<String> = p
                .emotions
                .iter()
                .filter(|e| e.active != Some(false))
                .take(3)
                .map(|e| format!("{} {:.2}", e.label, e.score))
                .collect();
            let text = format!(
                "{} in {}, valence {:+.2}, arousal {:.2}; {}",
                p.intent,
                p.language,
                p.valence,
                p.arousal,
                emotions.join(", ")
            );
            ("perception", named(by), text)
        }
        E::EmotionAppraised { before, after, label, intensity, checks, by, .. } => {
            let strongest = checks.iter().max_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
            let cause = strongest.map_or_else(String::new, |c| format!("; most by {} {:+.2}", c.name, c.value));
            let text = format!(
                "valence {:+.2} to {:+.2}, feels {label} ({intensity:.2}){cause}",
                before.valence, after.valence
            );
            ("appraisal", named(by), text)
        }
        E::MemoriesRecalled { items, by, .. } => {
            let text = match items.first() {
                None => "nothing relevant came to mind".to_owned(),
                Some(best) => format!("{} came to mind; best: “{}” ({:.2})", items.len(), best.text, best.score),
            };
            ("recall", named(by), text)
        }
        E::SkillChosen { skill, context, candidates, by, .. } => {
            let own = candidates.iter().find(|c| c.name == *skill);
            let odds =
                own.map_or_else(String::new, |c| format!(", drew {:.2} with chance {:.2}", c.sample, c.propensity));
            ("skill", named(by), format!("`{skill}` for {context}{odds}"))
        }
        E::PromptComposed { parts, budget, by, .. } => {
            let tokens: u32 = parts.iter().map(|p| p.tokens).sum();
            ("prompt", named(by), format!("{} parts, about {tokens} of {budget} tokens", parts.len()))
        }
        E::ReplyStarted { model, .. } => ("model", named(model), format!("asked {}", model.name)),
        E::ReplyCompleted { text, usage, .. } => {
            let cost =
                format!("{} tokens in, {} out, {} ms", usage.prompt_tokens, usage.completion_tokens, usage.total_ms);
            ("reply", None, format!("“{text}” ({cost})"))
        }
        E::ReplyInterrupted { text, reason, .. } => ("reply", None, format!("broke off ({reason:?}) after “{text}”")),
        E::MessageForgotten { .. } => ("forgotten", None, String::new()),
        E::VariantSelected { reply, .. } => ("selection", None, format!("reply {reply} counts")),
        E::FactsExtracted { facts, by, .. } => {
            let facts: Vec<String> =
                facts.iter().map(|f| format!("{} {} {}", f.subject, f.predicate, f.object)).collect();
            ("facts", named(by), facts.join("; "))
        }
        E::FeedbackGiven { feedback, .. } => {
            let reason = feedback.reason.as_deref().map_or_else(String::new, |r| format!(", {r}"));
            ("feedback", None, format!("{:+.1}{reason}", feedback.reward))
        }
        E::ConversationStarted { .. } | E::ConversationRenamed { .. } => ("conversation", None, String::new()),
    }
}
