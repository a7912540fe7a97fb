use events::payload::{AlbumEvent as E, Annotation, Keepsake, MemoryType};
use events::{ConversationId, MemoryId, MessageId, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::decider::DecideContext;

const CONTEXT: DecideContext = DecideContext { id: Uuid::nil(), now: Timestamp(0) };

fn memory(n: u128) -> MemoryId {
    MemoryId(Uuid::from_u128(n))
}

fn message(n: u128) -> Keepsake {
    Keepsake::Message { conversation: ConversationId(Uuid::from_u128(9)), message: MessageId(Uuid::from_u128(n)) }
}

fn keep(id: u128, of: Keepsake) -> Command {
    Command::Keep { memory: memory(id), of, annotation: Annotation::default(), favourite: false, tone: None }
}

fn annotate(id: u128, change: Change) -> Command {
    Command::Annotate { memory: memory(id), change }
}

/// What follows from a command after events.
fn given(events: &[E], command: Command) -> Result<Vec<E>, Rejection> {
    Album::decide(&fold(events), command, &CONTEXT)
}

fn fold(events: &[E]) -> State {
    events.iter().fold(State::default(), Album::evolve)
}

fn kept(id: u128, of: Keepsake) -> E {
    given(&[], keep(id, of)).unwrap().remove(0)
}

#[test]
fn what_is_kept_once_is_not_kept_twice() {
    let before = [kept(1, message(5))];
    assert_eq!(given(&before, keep(2, message(5))), Err(Rejection::AlreadyKept(memory(1))));
    assert_eq!(given(&before, keep(1, message(6))), Err(Rejection::DuplicateMemory(memory(1))));
    let removed = E::MemoryRemoved { memory: memory(1) };
    let after = [before[0].clone(), removed];
    assert_eq!(given(&after, keep(2, message(5))).unwrap().len(), 1);
    assert_eq!(given(&after, keep(1, message(6))), Err(Rejection::DuplicateMemory(memory(1))), "an id is given once");
}

#[test]
fn what_is_not_in_the_album_cannot_be_changed() {
    let gone = [kept(1, message(5)), E::MemoryRemoved { memory: memory(1) }];
    for command in [
        annotate(1, Change::default()),
        Command::Favour { memory: memory(1), favourite: true },
        Command::Revisit { memory: memory(1) },
        Command::Remove { memory: memory(1) },
    ] {
        assert_eq!(given(&gone, command.clone()), Err(Rejection::NoMemory(memory(1))));
        assert_eq!(given(&[], command), Err(Rejection::NoMemory(memory(1))));
    }
}

#[test]
fn a_change_says_all_that_holds_from_then_on() {
    let note = Change { note: Some("  Tea at noon. ".into()), tags: Some(vec!["#tea".into()]), ..Change::default() };
    let first = given(&[kept(1, message(5))], annotate(1, note.clone())).unwrap();
    let wanted = Annotation { note: Some("Tea at noon.".into()), tags: vec!["tea".into()], ..Annotation::default() };
    assert_eq!(first, [E::MemoryAnnotated { memory: memory(1), annotation: wanted.clone() }]);
    let events = [kept(1, message(5)), first[0].clone()];
    assert_eq!(given(&events, annotate(1, note)), Ok(vec![]), "the same again changes nothing");
    let change = Change { note: Some(String::new()), memory_type: Some(MemoryType::Wisdom), ..Change::default() };
    let wanted = Annotation { note: None, memory_type: MemoryType::Wisdom, ..wanted };
    assert_eq!(
        given(&events, annotate(1, change)),
        Ok(vec![E::MemoryAnnotated { memory: memory(1), annotation: wanted }])
    );
}

#[test]
fn a_favourite_is_made_once_and_visits_all_count() {
    let events = [kept(1, message(5)), E::MemoryFavoured { memory: memory(1), favourite: true }];
    assert_eq!(given(&events, Command::Favour { memory: memory(1), favourite: true }), Ok(vec![]));
    assert_eq!(given(&events, Command::Favour { memory: memory(1), favourite: false }).unwrap().len(), 1);
    for _ in 0..2 {
        let revisit = given(&events, Command::Revisit { memory: memory(1) });
        assert_eq!(revisit, Ok(vec![E::MemoryRevisited { memory: memory(1) }]));
    }
}

#[test]
fn limits_are_told() {
    let refused = |change| given(&[kept(1, message(5))], annotate(1, change)).unwrap_err();
    let long = |n| "x".repeat(n);
    let note = Change { note: Some(long(MAX_NOTE_CHARS + 1)), ..Change::default() };
    assert_eq!(refused(note), Rejection::LongNote(MAX_NOTE_CHARS + 1));
    let category = Change { category: Some(long(MAX_TAG_CHARS + 1)), ..Change::default() };
    assert_eq!(refused(category), Rejection::LongCategory(MAX_TAG_CHARS + 1));
    let tag = Change { tags: Some(vec![long(MAX_TAG_CHARS + 1)]), ..Change::default() };
    assert_eq!(refused(tag), Rejection::LongTag(MAX_TAG_CHARS + 1));
    let tags = Change { tags: Some((0..=MAX_TAGS).map(|n| n.to_string()).collect()), ..Change::default() };
    assert_eq!(refused(tags), Rejection::ManyTags(MAX_TAGS + 1));
    let of = Keepsake::Excerpt {
        conversation: ConversationId(Uuid::nil()),
        message: MessageId(Uuid::nil()),
        from: 3,
        to: 3,
    };
    assert_eq!(given(&[], keep(1, of)), Err(Rejection::EmptyExcerpt));
}

proptest! {
    /// Whatever was asked: one entry per thing kept, and what an event says is what the state holds.
    #[test]
    fn an_album_holds_each_thing_once(asked in prop::collection::vec((0u8..5, 0u128..6, 0u128..4), 0..60)) {
        let mut state = State::default();
        for (what, id, of) in asked {
            let command = match what {
                0 => keep(id, message(of)),
                1 => annotate(id, Change { note: Some(of.to_string()), ..Change::default() }),
                2 => Command::Favour { memory: memory(id), favourite: of % 2 == 0 },
                3 => Command::Revisit { memory: memory(id) },
                _ => Command::Remove { memory: memory(id) },
            };
            for event in Album::decide(&state, command, &CONTEXT).unwrap_or_default() {
                state = Album::evolve(state, &event);
            }
            let of: Vec<Keepsake> = state.entries.values().flatten().map(|e| e.of).collect();
            let once: std::collections::HashSet<&Keepsake> = of.iter().collect();
            prop_assert_eq!(once.len(), of.len());
            prop_assert_eq!(state.kept.len(), of.len());
        }
    }
}
