//! What a graph must do, from sentences to what holds when.

use events::payload::{GraphEvent as E, GraphTerm};
use events::{ConversationId, MadeBy, MessageId, PersonId, Position, Timestamp};
use models::graph::{Input, RuleStatements, StatementExtractor as _};
use proptest::prelude::*;
use uuid::Uuid;

use super::believe::believe;
use super::collect::Collected;
use super::view::Graph;

const PERSON: PersonId = PersonId(Uuid::from_u128(0xA1));

fn day(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn person(name: &str) -> GraphTerm {
    GraphTerm { kind: "person".to_owned(), name: name.to_owned() }
}

fn message(n: u64) -> MessageId {
    MessageId(Uuid::from_u128(u128::from(n) + 1))
}

/// What a message says, as an event.
fn said(n: u64, on: &str, text: &str) -> E {
    let said_at = day(on);
    let found = RuleStatements.extract(&Input { text, said_at, before: &[] });
    let by = MadeBy { name: "rules".to_owned(), version: "1".to_owned() };
    let conversation = ConversationId(Uuid::nil());
    E::StatementsExtracted {
        message: message(n),
        conversation,
        said_at,
        entities: found.entities,
        relations: found.relations,
        by,
    }
}

/// The graph after some events, recorded one by one.
fn after(events: &[E]) -> Graph {
    let mut collected = Collected::default();
    for (n, event) in (1..).zip(events) {
        let at = match event {
            E::StatementsExtracted { said_at, .. } => *said_at,
            _ => day("2026-12-01"),
        };
        collected.take(Position(n), at, event.clone());
    }
    believe(PERSON, &collected)
}

/// Relations as text: subject, predicate, object, since, until.
fn told(graph: &Graph) -> Vec<String> {
    let name = |id| graph.node(id).map(|n| n.name.clone()).unwrap_or_default();
    let date = |t: Option<Timestamp>| t.map_or_else(|| "?".to_owned(), |t| t.to_string()[..10].to_owned());
    let mut all: Vec<String> = graph
        .edges()
        .iter()
        .map(|e| {
            let until = e.valid_until.map_or_else(String::new, |_| date(e.valid_until));
            format!("{} {} {} [{}..{until})", name(e.source), e.predicate, name(e.target), date(e.valid_from))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn so_4_a_move_closes_one_relation_and_opens_another() {
    let events = [
        said(1, "2026-01-10", "Anna lives in Lisbon"),
        said(2, "2026-11-20", "Anna moved from Lisbon to Porto last May"),
    ];
    let before = after(&events[..1]);
    assert_eq!(told(&before), ["Anna lives_in Lisbon [2026-01-10..)"], "what was known before the move was told");
    let now = after(&events);
    let moved = ["Anna lives_in Lisbon [2026-01-10..2026-05-01)", "Anna lives_in Porto [2026-05-01..)"];
    assert_eq!(told(&now), moved);
    assert_eq!(told(&now.valid_at(day("2026-03-01"))), moved[..1]);
    assert_eq!(told(&now.valid_at(day("2026-06-01"))), moved[1..]);
    let lisbon = now.edges().iter().find(|e| e.valid_until.is_some()).unwrap();
    assert_eq!((lisbon.recorded, lisbon.closed), (Position(1), Some(Position(2))), "both on the recorded clock");
}

#[test]
fn who_says_later_that_it_had_ended_knows_better() {
    let events = [
        said(1, "2026-08-01", "Anna lives in Lisbon"),
        said(2, "2026-11-20", "Anna moved from Lisbon to Porto last May"),
    ];
    assert_eq!(told(&after(&events)), ["Anna lives_in Lisbon [?..2026-05-01)", "Anna lives_in Porto [2026-05-01..)"]);
}

#[test]
fn love_and_then_hate_leaves_both_in_order() {
    let events = [said(1, "2026-01-01", "I love jazz"), said(2, "2026-06-01", "I hate jazz")];
    assert_eq!(
        told(&after(&events)),
        ["you dislikes jazz [2026-06-01..)", "you likes jazz [2026-01-01..2026-06-01)"]
    );
}

#[test]
fn an_update_closes_nothing_else() {
    let events = [
        said(1, "2026-01-01", "I live in Berlin and I work at Siemens"),
        said(2, "2026-01-02", "My sister Anna lives in Berlin. I love jazz. I have a car."),
        said(3, "2026-03-01", "I live in Graz"),
    ];
    let closed: Vec<String> = told(&after(&events)).into_iter().filter(|t| !t.ends_with("..)")).collect();
    assert_eq!(closed, ["you lives_in Berlin [2026-01-01..2026-03-01)"]);
}

#[test]
fn withdrawing_a_message_keeps_what_others_support() {
    let one = said(1, "2026-01-01", "My sister Anna lives in Lisbon");
    let two = said(2, "2026-02-01", "My sister Anna loves jazz");
    let graph = after(&[one, two, E::StatementsWithdrawn { message: message(1) }]);
    assert_eq!(told(&graph), ["Anna likes jazz [2026-02-01..)", "you sister Anna [2026-02-01..)"]);
    assert!(graph.named("Lisbon").is_empty(), "nothing is left of what only the first supported");
}

#[test]
fn a_message_that_is_reworded_says_only_the_new_words() {
    let events = [said(1, "2026-01-01", "I live in Berlin"), said(1, "2026-01-01", "I live in Bern")];
    assert_eq!(told(&after(&events)), ["you lives_in Bern [2026-01-01..)"]);
}

#[test]
fn undoing_a_merge_restores_the_digest() {
    let mut events = vec![
        said(1, "2026-01-01", "My sister Anna lives in Lisbon"),
        said(2, "2026-02-01", "Annika lives in Porto and works at Siemens"),
    ];
    let before = after(&events).digest().unwrap();
    let merge = (person("Annika"), person("Anna"));
    events.push(E::EntitiesMerged { from: merge.0.clone(), into: merge.1.clone(), reason: String::new() });
    let merged = after(&events);
    assert_eq!(merged.named("Annika"), merged.named("Anna"));
    assert!(told(&merged).contains(&"Anna lives_in Lisbon [2026-01-01..2026-02-01)".to_owned()));
    events.push(E::EntitiesSplit { from: merge.0, into: merge.1 });
    assert_eq!(after(&events).digest().unwrap(), before);
}

#[test]
fn so_9_one_person_has_one_node_under_every_name() {
    let events = [
        said(1, "2026-01-01", "My sister works at Siemens"),
        said(2, "2026-01-02", "My sister Anna lives in Lisbon"),
        said(3, "2026-01-03", "Anna Berg loves jazz"),
    ];
    let graph = after(&events);
    let people: Vec<&str> = graph.nodes().iter().filter(|n| n.kind == "person").map(|n| n.name.as_str()).collect();
    assert_eq!(people.len(), 2, "{people:?}");
    let anna = graph.named("your sister")[0];
    assert_eq!((anna.name.as_str(), anna.mentions.len()), ("Anna Berg", 3));
    let split = E::EntitiesSplit { from: person("Anna"), into: person("Anna Berg") };
    let graph = after(&[&events[..], &[split]].concat());
    assert_ne!(graph.named("Anna")[0].id, graph.named("Anna Berg")[0].id, "a rule is overruled");
    // Two sisters: nobody knows which one is meant.
    let two = [said(1, "2026-01-01", "My sister Anna called. My sister Berta wrote. My sister works at Siemens")];
    let graph = after(&two);
    assert_eq!(
        told(&graph).iter().filter(|t| t.contains("works_at")).collect::<Vec<_>>(),
        ["your sister works_at Siemens [2026-01-01..)"]
    );
}

#[test]
fn what_the_person_corrects_wins() {
    let correct = |object: &str, holds| E::RelationCorrected {
        subject: person("Anna"),
        predicate: "lives_in".to_owned(),
        object: GraphTerm { kind: "place".to_owned(), name: object.to_owned() },
        holds,
        valid_from: None,
        valid_until: None,
    };
    let lisbon = said(1, "2026-01-01", "Anna lives in Lisbon and works at Siemens");
    let denied = after(&[lisbon.clone(), correct("Lisbon", false)]);
    assert_eq!(told(&denied), ["Anna works_at Siemens [2026-01-01..)"]);
    let corrected = after(&[lisbon.clone(), correct("Porto", true)]);
    assert_eq!(told(&corrected), ["Anna lives_in Porto [2026-12-01..)", "Anna works_at Siemens [2026-01-01..)"]);
    let later = said(2, "2027-02-01", "Anna moved to Rome");
    let moved = told(&after(&[lisbon.clone(), correct("Porto", true), later]));
    assert!(
        moved.contains(&"Anna lives_in Rome [2027-02-01..)".to_owned()),
        "what is said afterwards counts: {moved:?}"
    );
    let withdrawn = E::CorrectionWithdrawn {
        subject: person("Anna"),
        predicate: "lives_in".to_owned(),
        object: GraphTerm { kind: "place".to_owned(), name: "Porto".to_owned() },
    };
    let undone = after(&[lisbon.clone(), correct("Porto", true), withdrawn]);
    assert_eq!(told(&undone), told(&after(&[lisbon])));
}

const TALK: &[&str] = &[
    "Anna lives in Lisbon",
    "Anna lives in Porto",
    "Anna moved from Porto to Lisbon",
    "Anna no longer lives in Lisbon",
    "I love jazz",
    "I hate jazz",
    "My sister Anna works at Siemens",
    "My sister works at Bosch",
    "Anna Berg loves climbing",
    "Tom is 34",
    "Tom is 35",
    "Tom is married to Anna",
];

fn talk() -> impl Strategy<Value = Vec<(u64, usize, u32)>> {
    prop::collection::vec((0u64..8, 0..TALK.len(), 0u32..28), 1..14)
}

fn events(talk: &[(u64, usize, u32)]) -> Vec<E> {
    talk.iter().map(|(n, text, d)| said(*n, &format!("2026-05-{:02}", d + 1), TALK[*text])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However it is batched, and whether it goes on from what is kept or begins anew: the same graph.
    #[test]
    fn going_on_and_beginning_anew_give_the_same(talk in talk(), cut in 0usize..14) {
        let events = events(&talk);
        let cut = cut.min(events.len());
        let mut kept = Collected::default();
        for (n, event) in (1..).zip(&events[..cut]) {
            kept.take(Position(n), day("2026-05-01"), event.clone());
        }
        prop_assert_eq!(believe(PERSON, &kept), after(&events[..cut]), "as of the past equals replay");
        let mut on = kept.clone();
        for (n, event) in (cut as u64 + 1..).zip(&events[cut..]) {
            on.take(Position(n), day("2026-05-01"), event.clone());
        }
        prop_assert_eq!(believe(PERSON, &on).digest().unwrap(), after(&events).digest().unwrap());
    }

    /// On the valid clock nobody is at two places at once, nothing ends before it begins, and what holds at a moment is
    /// what its times say.
    #[test]
    fn the_valid_clock_is_sound(talk in talk(), at in 0u32..31) {
        let graph = after(&events(&talk));
        let moment = day("2026-05-01").plus_seconds(i64::from(at) * 86_400);
        for e in graph.edges() {
            prop_assert!(e.valid_from.zip(e.valid_until).is_none_or(|(f, u)| f <= u), "{:?}", e);
            prop_assert!(!e.evidence.is_empty());
        }
        let now = graph.valid_at(moment);
        let expected = graph.edges().iter().filter(|e| e.valid_from.is_none_or(|f| f <= moment) && e.valid_until.is_none_or(|u| u > moment));
        prop_assert_eq!(now.edges().len(), expected.count());
        for node in now.nodes() {
            for single in ["works_at", "married_to"] {
                let open = now.edges().iter().filter(|e| e.source == node.id && e.predicate == single && e.valid_from.is_some());
                prop_assert!(open.count() <= 1, "{} {single} twice at {moment}", node.name);
            }
        }
    }

    /// Two ingests of the same messages make no duplicates.
    #[test]
    fn reading_twice_changes_nothing(talk in talk()) {
        let mut once: Vec<(u64, usize, u32)> = talk;
        once.sort_by_key(|(n, ..)| *n);
        once.dedup_by_key(|(n, ..)| *n);
        let all = events(&once);
        let twice: Vec<E> = all.iter().chain(&all).cloned().collect();
        prop_assert_eq!(told(&after(&twice)), told(&after(&all)));
        prop_assert_eq!(after(&twice).nodes().len(), after(&all).nodes().len());
    }
}

/// How long a large graph takes: `cargo test -p projections --release -- --ignored --nocapture a_large_graph`.
#[test]
#[ignore = "measures and judges nothing by the clock"]
fn a_large_graph() {
    let mut collected = Collected::default();
    let by = MadeBy { name: "x".to_owned(), version: "1".to_owned() };
    let term = |kind: &str, n: u64| GraphTerm { kind: kind.to_owned(), name: format!("{kind} {n}") };
    for n in 0..50_000u64 {
        let relation = events::payload::GraphRelation {
            subject: term("person", n % 5_000),
            predicate: "likes".to_owned(),
            object: term("thing", n / 7),
            holds: true,
            valid_from: None,
            valid_until: None,
            confidence: 0.8,
            sentence: Default::default(),
        };
        let event = E::StatementsExtracted {
            message: message(n),
            conversation: ConversationId(Uuid::nil()),
            said_at: day("2026-01-01").plus_seconds(n as i64),
            entities: vec![relation.subject.clone(), relation.object.clone()],
            relations: vec![relation],
            by: by.clone(),
        };
        collected.take(Position(n + 1), day("2026-01-01"), event);
    }
    let begin = std::time::Instant::now();
    let graph = believe(PERSON, &collected);
    println!("{} nodes, {} edges believed in {:?}", graph.nodes().len(), graph.edges().len(), begin.elapsed());
    let begin = std::time::Instant::now();
    let snapshot = graph.snapshot().unwrap();
    println!("a snapshot of {} relations in {:?}", snapshot.rel_count(), begin.elapsed());
    assert_eq!(graph.edges().len(), 50_000);
}
