use events::payload::{ConversationEvent as E, Feedback, FinishReason, InterruptReason, Usage};
use events::{CompanionId, MessageId, PersonId, RunId, Timestamp};
use uuid::Uuid;

use super::*;
use crate::decider::DecideContext;

const CONTEXT: DecideContext = DecideContext { id: Uuid::nil(), now: Timestamp(0) };

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Runs commands one after another; gives the events of the last, or its rejection.
fn play(commands: Vec<Command>) -> Result<Vec<E>, Rejection> {
    let mut state = State::default();
    let mut last = Ok(vec![]);
    for command in commands {
        last = Conversation::decide(&state, command, &CONTEXT);
        for event in last.iter().flatten() {
            state = Conversation::evolve(state, event);
        }
    }
    last
}

fn start() -> Command {
    Command::Start {
        person: PersonId(id(1)),
        companion: CompanionId(id(2)),
        private: false,
        origin: "chat".into(),
        title: None,
    }
}

fn say(n: u128, text: &str) -> Command {
    Command::Receive { message: MessageId(id(n)), text: text.into(), attachments: vec![], thread: None }
}

fn begin(message: u128, run: u128) -> Command {
    let by = MadeBy { name: "test".into(), version: "1".into() };
    Command::BeginReply(Box::new(Steps {
        message: MessageId(id(message)),
        run: RunId(id(run)),
        perceived: None,
        appraised: None,
        recalled: (Position(1), vec![], by.clone()),
        skill: Chosen { skill: "warm".into(), context: String::new(), candidates: vec![], by: by.clone() },
        prompt: Composed { digest: String::new(), parts: vec![], budget: 0, by: by.clone() },
        model: (by, BTreeMap::new()),
    }))
}

fn complete(message: u128, run: u128, reply: u128) -> Command {
    Command::CompleteReply {
        message: MessageId(id(message)),
        run: RunId(id(run)),
        reply: MessageId(id(reply)),
        text: "Hello.".into(),
        thinking: None,
        finish: FinishReason::Stop,
        usage: Usage::default(),
    }
}

fn judge(reply: u128, reward: f64) -> Command {
    Command::GiveFeedback { reply: MessageId(id(reply)), feedback: Feedback { reward, reason: None, text: None } }
}

#[test]
fn an_empty_message_is_refused() {
    assert_eq!(play(vec![start(), say(3, " \n\t ")]), Err(Rejection::Empty));
}

#[test]
fn an_over_long_message_is_refused_with_its_length() {
    let text = "ä".repeat(MAX_MESSAGE_CHARS + 1);
    assert_eq!(play(vec![start(), say(3, &text)]), Err(Rejection::TooLong(MAX_MESSAGE_CHARS + 1)));
    assert!(play(vec![start(), say(3, &"ä".repeat(MAX_MESSAGE_CHARS))]).is_ok());
}

#[test]
fn nothing_can_be_said_before_the_start() {
    assert_eq!(play(vec![say(3, "hello")]), Err(Rejection::NotStarted));
}

#[test]
fn a_message_can_be_answered_again_and_both_answers_stay() {
    let events = play(vec![
        start(),
        say(3, "hello"),
        begin(3, 10),
        complete(3, 10, 20),
        begin(3, 11),
        complete(3, 11, 21),
        Command::SelectVariant { reply: MessageId(id(20)) },
    ]);
    assert_eq!(events, Ok(vec![E::VariantSelected { message: MessageId(id(3)), reply: MessageId(id(20)) }]));
}

#[test]
fn selecting_the_selected_variant_does_nothing() {
    let commands = vec![
        start(),
        say(3, "hello"),
        begin(3, 10),
        complete(3, 10, 20),
        Command::SelectVariant { reply: MessageId(id(20)) },
    ];
    assert_eq!(play(commands), Ok(vec![]));
}

#[test]
fn a_run_ends_once() {
    let commands = vec![start(), say(3, "hello"), begin(3, 10), complete(3, 10, 20), complete(3, 10, 21)];
    assert_eq!(play(commands), Err(Rejection::RunNotOpen(RunId(id(10)))));
}

#[test]
fn a_stopped_run_keeps_its_words_and_cannot_complete() {
    let stop = Command::InterruptReply {
        message: MessageId(id(3)),
        run: RunId(id(10)),
        reply: MessageId(id(20)),
        text: "Hel".into(),
        reason: InterruptReason::Stopped,
        detail: None,
    };
    let stopped = play(vec![start(), say(3, "hello"), begin(3, 10), stop.clone()]);
    assert!(matches!(stopped.as_deref(), Ok([E::ReplyInterrupted { text, .. }]) if text == "Hel"));
    let commands = vec![start(), say(3, "hello"), begin(3, 10), stop, complete(3, 10, 20)];
    assert_eq!(play(commands), Err(Rejection::RunNotOpen(RunId(id(10)))));
}

#[test]
fn feedback_needs_a_reply_and_a_reward_in_range() {
    assert_eq!(play(vec![start(), judge(9, 1.0)]), Err(Rejection::NoMessage(MessageId(id(9)))));
    assert_eq!(play(vec![start(), say(3, "hello"), judge(3, 1.0)]), Err(Rejection::NotAReply(MessageId(id(3)))));
    let commands = vec![start(), say(3, "hello"), begin(3, 10), complete(3, 10, 20), judge(20, f64::NAN)];
    assert!(matches!(play(commands), Err(Rejection::BadReward(_))));
}

#[test]
fn an_edit_to_the_same_words_is_no_edit() {
    let edit = |text: &str| Command::Edit { message: MessageId(id(3)), text: text.into() };
    assert_eq!(play(vec![start(), say(3, "hello"), edit("hello")]), Ok(vec![]));
    assert_eq!(play(vec![start(), say(3, "hello"), edit("hello!")]).map(|e| e.len()), Ok(1));
}

#[test]
fn what_was_forgotten_cannot_be_reworded_answered_or_forgotten_again() {
    let forget = |n| Command::Forget { message: MessageId(id(n)) };
    let forgotten = E::MessageForgotten { message: MessageId(id(10)), reply_to: None };
    assert_eq!(play(vec![start(), say(10, "Hi"), forget(10)]), Ok(vec![forgotten]));
    let gone = Err(Rejection::NoMessage(MessageId(id(10))));
    assert_eq!(play(vec![start(), say(10, "Hi"), forget(10), forget(10)]), gone);
    let edit = Command::Edit { message: MessageId(id(10)), text: "Ho".into() };
    assert_eq!(play(vec![start(), say(10, "Hi"), forget(10), edit]), gone);
    assert_eq!(play(vec![start(), say(10, "Hi"), forget(10), begin(10, 20)]), gone);
    let again = Err(Rejection::DuplicateMessage(MessageId(id(10))));
    assert_eq!(play(vec![start(), say(10, "Hi"), forget(10), say(10, "Hi")]), again, "an id is given once");
    let open = Err(Rejection::BeingAnswered(MessageId(id(10))));
    assert_eq!(play(vec![start(), say(10, "Hi"), begin(10, 20), forget(10)]), open);
}
