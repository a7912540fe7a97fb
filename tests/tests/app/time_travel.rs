//! The past: as-of equals replay, rebuilds are equal, forks stand apart.

use events::{BranchId, Position};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::support::{Home, Talk, fresh_id};

/// Something that a person does.
#[derive(Clone, Debug)]
enum Act {
    Say(String),
    New(bool),
    Regenerate,
    Edit(String),
    Judge(f64),
    Rename(String),
}

fn act() -> impl Strategy<Value = Act> {
    let words = prop::sample::select(vec![
        "My sister Anna lives in Lisbon",
        "Where does Anna live?",
        "I am very happy today!",
        "I feel sad and tired.",
        "I love tea",
        "Wo wohnt meine Schwester?",
        "Thanks",
        "Hello",
    ]);
    prop_oneof![
        6 => words.clone().prop_map(|w| Act::Say(w.to_owned())),
        1 => any::<bool>().prop_map(Act::New),
        1 => Just(Act::Regenerate),
        1 => words.prop_map(|w| Act::Edit(w.to_owned())),
        1 => (-10i32..=10).prop_map(|r| Act::Judge(f64::from(r) / 10.0)),
        1 => "[A-Z][a-z]{2,8}".prop_map(Act::Rename),
    ]
}

async fn live(talk: &Talk, acts: &[Act]) {
    let mut last: Option<(String, String, String)> = None;
    let mut conversation: Option<String> = None;
    for act in acts {
        match (act, &last) {
            (Act::Say(words), _) => {
                let said = talk.say(words, conversation.as_deref()).await;
                let id = |f| said.id(f).to_owned();
                conversation = Some(id("conversation"));
                last = Some((id("conversation"), id("message"), id("reply")));
            }
            (Act::New(private), _) => {
                let query = "mutation($c: ID!, $p: Boolean) { startConversation(commandId: $c, private: $p) { conversation } }";
                let started = talk.run(query, json!({ "c": fresh_id(), "p": private })).await;
                conversation = started["startConversation"]["conversation"].as_str().map(str::to_owned);
            }
            (Act::Regenerate, Some((c, m, _))) => {
                let query = "mutation($c: ID!, $conversation: ID!, $message: ID!) {
                    regenerate(commandId: $c, conversation: $conversation, message: $message) {
                        conversation message run reply position } }";
                let sent = talk.run(query, json!({ "c": fresh_id(), "conversation": c, "message": m })).await;
                talk.ended(sent["regenerate"].clone()).await;
            }
            (Act::Edit(words), Some((c, m, _))) => {
                let query = "mutation($c: ID!, $conversation: ID!, $message: ID!, $text: String!) {
                    editMessage(commandId: $c, conversation: $conversation, message: $message, text: $text) { position } }";
                talk.run(query, json!({ "c": fresh_id(), "conversation": c, "message": m, "text": words })).await;
            }
            (Act::Judge(reward), Some((c, _, r))) => {
                let query = "mutation($c: ID!, $conversation: ID!, $reply: ID!, $reward: Float!) {
                    giveFeedback(commandId: $c, conversation: $conversation, reply: $reply, reward: $reward) { position } }";
                talk.run(query, json!({ "c": fresh_id(), "conversation": c, "reply": r, "reward": reward })).await;
            }
            (Act::Rename(name), _) => {
                let query =
                    "mutation($c: ID!, $name: String!) { renamePerson(commandId: $c, name: $name) { position } }";
                talk.run(query, json!({ "c": fresh_id(), "name": name })).await;
            }
            (_, None) => {}
        }
    }
    talk.app.settle(BranchId::MAIN).await.unwrap();
}

/// As-of at random positions equals a fresh fold, a rebuild equals the live rows, and a second one equals the first.
#[test]
fn as_of_equals_replay_and_rebuilds_are_identical() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let case = (prop::collection::vec(act(), 3..12), any::<u64>());
    runner
        .run(&case, |(acts, seed)| {
            println!("seed {seed}, {acts:?}");
            runtime.block_on(async {
                let home = Home::new();
                let talk = home.open().await;
                live(&talk, &acts).await;
                let samples = api::app::Samples { count: 6, seed };
                for verdict in talk.app.verify_projections(samples, &mut |_, _| ()).await.unwrap() {
                    assert!(verdict.ok, "{verdict:?}");
                }
                let basis = talk.app.basis(None, None).await.unwrap();
                for name in talk.app.read.names() {
                    let live = talk.app.read.digest(name, &basis).await.unwrap();
                    let first = talk.app.read.rebuild(name, &mut |_| ()).await.unwrap();
                    let second = talk.app.read.rebuild(name, &mut |_| ()).await.unwrap();
                    assert_eq!((live, first), (first, second), "{name}");
                }
                talk.close().await;
            });
            Ok(())
        })
        .unwrap();
}

const CREATE: &str = "mutation($name: String!, $at: String) { createBranch(name: $name, asOf: $at) { name fork } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_stands_apart_and_is_promoted_once() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I live in Berlin", None).await;
    let conversation = said.id("conversation").to_owned();
    let before = talk.messages(&conversation, None, None).await;
    talk.run(CREATE, json!({ "name": "what-if", "at": null })).await;
    assert_eq!(talk.messages(&conversation, None, Some("what-if")).await, before, "a fresh fork is its parent");
    talk.say_on(Some("what-if"), "I moved to Rome", Some(&conversation)).await;
    assert_eq!(talk.messages(&conversation, None, None).await, before, "main is left alone");
    assert_eq!(talk.messages(&conversation, None, Some("what-if")).await.len(), 4);
    let promote = "mutation { promoteBranch(name: \"what-if\") { events } }";
    let taken = talk.run(promote, json!({})).await["promoteBranch"]["events"].as_u64().unwrap();
    assert!(taken >= 8, "{taken}");
    assert_eq!(talk.messages(&conversation, None, None).await.len(), 4);
    assert_eq!(
        talk.run(promote, json!({})).await["promoteBranch"]["events"],
        json!(0),
        "a second time takes nothing"
    );
    talk.say("Where do I live?", Some(&conversation)).await;
    talk.say_on(Some("what-if"), "And now to Oslo", Some(&conversation)).await;
    assert_eq!(talk.refused(promote, json!({})).await, "AICO-3007", "two pasts of one conversation are not merged");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_with_its_parents_tail_is_its_parent() {
    let home = Home::new();
    let talk = home.open().await;
    let acts = ["Hello", "I love tea", "What do I love?"].map(|w| Act::Say(w.to_owned()));
    live(&talk, &acts).await;
    let main: Vec<_> = talk.app.log.read(BranchId::MAIN, Position(3), 1_000).await.unwrap();
    let branch = talk.app.log.create_branch("again", BranchId::MAIN, Position(3)).await.unwrap();
    for event in &main {
        let h = &event.header;
        let copy = events::NewEvent {
            occurred_at: Some(h.occurred_at),
            ..events::NewEvent::new(event.event().unwrap().unwrap(), h.subject)
        };
        let write = events::StreamWrite { stream: h.stream, expected: events::Expected::Any, events: vec![copy] };
        let append = events::Append {
            command_id: fresh_id().parse().unwrap(),
            correlation: h.correlation,
            actor: h.actor,
            branch: branch.id,
            writes: vec![write],
        };
        talk.app.log.append(append).await.unwrap();
    }
    let list = "query($b: String) { conversations(branch: $b) { items { id title messages } } }";
    let on = |b: &'static str| talk.run(list, json!({ "b": b }));
    let (left, right) = (on("main").await, on("again").await);
    assert_eq!(left, right);
    let id = left["conversations"]["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(talk.messages(&id, None, Some("main")).await, talk.messages(&id, None, Some("again")).await);
    for name in ["mood", "facts", "skills", "people"] {
        let query = "query($n: String!, $b: String) { state(name: $n, branch: $b) { value } }";
        let state = |b: &'static str| talk.run(query, json!({ "n": name, "b": b }));
        assert_eq!(state("main").await, state("again").await, "{name}");
    }
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deciding_again_with_the_same_deciders_changes_nothing_and_asks_no_model() {
    let home = Home::new();
    let talk = home.open().await;
    let acts =
        ["My sister Anna lives in Lisbon", "Where does Anna live?", "I am so sad"].map(|w| Act::Say(w.to_owned()));
    live(&talk, &acts).await;
    let query = "mutation { redecide(name: \"again\", asOf: \"2\") { differences { kind fields left { type body } right { type body } } } }";
    let diff = talk.run(query, json!({})).await;
    assert_eq!(diff["redecide"]["differences"], json!([]), "{diff}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_cannot_be_looked_at_is_refused_with_its_code() {
    let home = Home::new();
    let talk = home.open().await;
    let query = "query($at: String, $branch: String) { basis(asOf: $at, branch: $branch) { position } }";
    for (at, branch, code) in [
        ("999", "main", "AICO-3001"),
        ("2001-01-01", "main", "AICO-3002"),
        ("yesterday", "main", "AICO-3003"),
        ("latest", "nowhere", "AICO-3004"),
    ] {
        assert_eq!(talk.refused(query, json!({ "at": at, "branch": branch })).await, code, "{at} {branch}");
    }
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_models_that_are_removed_or_damaged_are_built_again() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I live in Berlin", None).await;
    let conversation = said.id("conversation").to_owned();
    let before = talk.messages(&conversation, None, None).await;
    talk.close().await;
    std::fs::remove_dir_all(home.path().join("read")).unwrap();
    let talk = home.open().await;
    assert_eq!(talk.messages(&conversation, None, None).await, before);
    talk.close().await;
    let folder = home.path().join("read/conversations");
    let used = std::fs::read_to_string(folder.join("current")).unwrap();
    std::fs::write(folder.join(used.trim()), b"this is no database").unwrap();
    let talk = home.open().await;
    assert_eq!(talk.messages(&conversation, None, None).await, before);
    let notes = talk.run("{ projections { name note } }", json!({})).await;
    assert!(notes.to_string().contains("built anew"), "{notes}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_words_of_a_person_lie_in_any_file() {
    let home = Home::new();
    let talk = home.open().await;
    let canary = "xylophonic-canary-73519";
    let said = talk.say(&format!("My sister {canary} lives in {canary}"), None).await;
    let query = "mutation($c: ID!, $conversation: ID!, $title: String!) {
        renameConversation(commandId: $c, conversation: $conversation, title: $title) { position } }";
    talk.run(query, json!({ "c": fresh_id(), "conversation": said.id("conversation"), "title": canary })).await;
    scan(home.path(), canary);
    talk.close().await;
    scan(home.path(), canary);
}

pub fn scan(folder: &std::path::Path, canary: &str) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            scan(&entry, canary);
        } else {
            let bytes = std::fs::read(&entry).unwrap();
            assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{}", entry.display());
        }
    }
}
