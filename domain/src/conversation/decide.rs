//! The decisions of a conversation.

use events::MessageId;
use events::payload::ConversationEvent as E;

use super::state::{Kind, RunState, State, fingerprint};
use super::{Command, MAX_MESSAGE_CHARS, MAX_TITLE_CHARS, Rejection, Steps};

pub(super) fn decide(state: &State, command: Command) -> Result<Vec<E>, Rejection> {
    if let Command::Start { person, companion, private, origin, title } = command {
        if state.parties.is_some() {
            return Err(Rejection::AlreadyStarted);
        }
        let title = title.map(|t| clean_title(&t)).transpose()?;
        return Ok(vec![E::ConversationStarted { person, companion, private, origin, title }]);
    }
    if state.parties.is_none() {
        return Err(Rejection::NotStarted);
    }
    match command {
        Command::Start { .. } => Err(Rejection::AlreadyStarted),
        Command::Rename { title } => {
            let title = clean_title(&title)?;
            Ok(if state.title.as_ref() == Some(&title) { vec![] } else { vec![E::ConversationRenamed { title }] })
        }
        Command::Receive { message, text, attachments, thread } => {
            refuse_duplicate(state, message)?;
            check_text(&text)?;
            Ok(vec![E::MessageReceived { message, text, attachments, thread }])
        }
        Command::Import { messages } => {
            let mut events = Vec::with_capacity(messages.len());
            for m in messages {
                refuse_duplicate(state, m.message)?;
                if m.attachments.is_empty() {
                    check_text(&m.text)?;
                }
                events.push(E::MessageImported {
                    message: m.message,
                    role: m.role,
                    speaker: m.speaker,
                    text: m.text,
                    attachments: m.attachments,
                    source: m.source,
                });
            }
            Ok(events)
        }
        Command::Edit { message, text } => {
            match state.messages.get(&message) {
                None => return Err(Rejection::NoMessage(message)),
                Some(Kind::ReplyTo(_)) => return Err(Rejection::NotAnswerable(message)),
                Some(Kind::Received | Kind::Imported) => {}
            }
            check_text(&text)?;
            let same = state.texts.get(&message) == Some(&fingerprint(&text));
            Ok(if same { vec![] } else { vec![E::MessageEdited { message, text }] })
        }
        Command::BeginReply(steps) => begin_reply(state, *steps),
        Command::CompleteReply { message, run, reply, text, thinking, finish, usage } => {
            check_open(state, run, message)?;
            Ok(vec![E::ReplyCompleted { message, run, reply, text, thinking, finish, usage }])
        }
        Command::InterruptReply { message, run, reply, text, reason, detail } => {
            check_open(state, run, message)?;
            Ok(vec![E::ReplyInterrupted { message, run, reply, text, reason, detail }])
        }
        Command::Forget { message } => {
            let reply_to = match known(state, message)? {
                Kind::ReplyTo(to) => Some(to),
                Kind::Received | Kind::Imported => None,
            };
            if state.open_runs().any(|(_, of)| of == message) {
                return Err(Rejection::BeingAnswered(message));
            }
            Ok(vec![E::MessageForgotten { message, reply_to }])
        }
        Command::SelectVariant { reply } => {
            let message = replied_to(state, reply)?;
            let same = state.selected.get(&message) == Some(&reply);
            Ok(if same { vec![] } else { vec![E::VariantSelected { message, reply }] })
        }
        Command::Learn { message, facts, by } => {
            known(state, message)?;
            Ok(if facts.is_empty() { vec![] } else { vec![E::FactsExtracted { message, facts, by }] })
        }
        Command::GiveFeedback { reply, feedback } => {
            replied_to(state, reply)?;
            if !(-1.0..=1.0).contains(&feedback.reward) {
                return Err(Rejection::BadReward(feedback.reward));
            }
            Ok(vec![E::FeedbackGiven { reply, feedback }])
        }
    }
}

fn begin_reply(state: &State, steps: Steps) -> Result<Vec<E>, Rejection> {
    let Steps { message, run, perceived, appraised, recalled, skill, prompt, model } = steps;
    match known(state, message)? {
        Kind::Received => {}
        Kind::Imported | Kind::ReplyTo(_) => return Err(Rejection::NotAnswerable(message)),
    }
    if state.runs.contains_key(&run) {
        return Err(Rejection::RunExists(run));
    }
    let mut events = Vec::with_capacity(6);
    if let Some((perception, by)) = perceived {
        events.push(E::MessagePerceived { message, perception: Box::new(perception), by });
    }
    if let Some(a) = appraised {
        events.push(E::EmotionAppraised {
            message,
            checks: a.checks,
            before: a.before,
            after: a.after,
            label: a.label,
            intensity: a.intensity,
            by: a.by,
        });
    }
    let (basis, items, by) = recalled;
    events.push(E::MemoriesRecalled { message, basis, items, by });
    events.push(E::SkillChosen {
        message,
        skill: skill.skill,
        context: skill.context,
        candidates: skill.candidates,
        by: skill.by,
    });
    events.push(E::PromptComposed {
        message,
        run,
        digest: prompt.digest,
        parts: prompt.parts,
        budget: prompt.budget,
        by: prompt.by,
    });
    let (model, parameters) = model;
    events.push(E::ReplyStarted { message, run, model, parameters });
    Ok(events)
}

fn clean_title(title: &str) -> Result<String, Rejection> {
    let title = title.trim();
    let fits = !title.is_empty() && title.chars().count() <= MAX_TITLE_CHARS;
    if fits { Ok(title.to_owned()) } else { Err(Rejection::BadTitle) }
}

fn check_text(text: &str) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::Empty);
    }
    let chars = text.chars().count();
    if chars > MAX_MESSAGE_CHARS { Err(Rejection::TooLong(chars)) } else { Ok(()) }
}

fn refuse_duplicate(state: &State, message: MessageId) -> Result<(), Rejection> {
    let known = state.messages.contains_key(&message) || state.forgotten.contains(&message);
    if known { Err(Rejection::DuplicateMessage(message)) } else { Ok(()) }
}

fn known(state: &State, message: MessageId) -> Result<Kind, Rejection> {
    state.messages.get(&message).copied().ok_or(Rejection::NoMessage(message))
}

fn replied_to(state: &State, reply: MessageId) -> Result<MessageId, Rejection> {
    match known(state, reply)? {
        Kind::ReplyTo(message) => Ok(message),
        Kind::Received | Kind::Imported => Err(Rejection::NotAReply(reply)),
    }
}

fn check_open(state: &State, run: events::RunId, message: MessageId) -> Result<(), Rejection> {
    match state.runs.get(&run) {
        Some((of, RunState::Open)) if *of == message => Ok(()),
        _ => Err(Rejection::RunNotOpen(run)),
    }
}
