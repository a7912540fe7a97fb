//! The knowledge graph over real files: learned from talk, asked on two clocks, corrected, and nothing of it in the open.

use serde_json::{Value, json};

use crate::support::{Home, Talk, fresh_id};

const GRAPH: &str = "query($at: String, $valid: String, $branch: String) {
    graph(asOf: { known: $at, valid: $valid }, branch: $branch) { nodes { id name kind aliases }
        edges { subject predicate object validFrom validUntil recorded } } }";

/// Relations as text, those that ended with a mark before them.
async fn told(talk: &Talk, at: Option<u64>, branch: Option<&str>) -> Vec<String> {
    let at = at.map(|at| at.to_string());
    let answer = talk.run(GRAPH, json!({ "at": at, "branch": branch })).await;
    let text = |e: &Value, key: &str| e[key].as_str().unwrap_or_default().to_owned();
    let line = |e: &Value| {
        let ended = if e["validUntil"].is_null() { "" } else { "!" };
        format!("{ended}{} {} {}", text(e, "subject"), text(e, "predicate"), text(e, "object"))
    };
    let mut all: Vec<String> = answer["graph"]["edges"].as_array().unwrap().iter().map(line).collect();
    all.sort();
    all
}

async fn digest(talk: &Talk) -> Value {
    talk.run("{ graphStats { digest } }", json!({})).await["graphStats"]["digest"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn so_4_defect_12_what_was_known_stays_known_of_its_time() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let before = talk.head().await;
    talk.say("Anna moved from Lisbon to Porto last May", Some(said.id("conversation"))).await;
    let then = ["Anna lives_in Lisbon", "you sister Anna"];
    assert_eq!(told(&talk, Some(before), None).await, then);
    let now = ["!Anna lives_in Lisbon", "Anna lives_in Porto", "you sister Anna"];
    assert_eq!(told(&talk, None, None).await, now);
    talk.close().await;
    let talk = home.open().await;
    assert_eq!(told(&talk, None, None).await, now, "after a restart");
    let basis = talk.app.basis(None, None).await.unwrap();
    let live = talk.app.read.digest("graph", &basis).await.unwrap();
    talk.app.read.rebuild("graph", &mut |_| {}).await.unwrap();
    assert_eq!(talk.app.read.digest("graph", &basis).await.unwrap(), live);
    assert_eq!(told(&talk, Some(before), None).await, then);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_11_every_message_is_read_once_and_again_when_it_is_reworded() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I live in Berlin", None).await;
    let count = "{ logStats { types { type count } } }";
    let read = async |talk: &Talk| {
        let stats = talk.run(count, json!({})).await;
        let types = stats["logStats"]["types"].as_array().unwrap().clone();
        types.iter().find(|t| t["type"] == "StatementsExtracted").map_or(0, |t| t["count"].as_u64().unwrap())
    };
    assert_eq!(read(&talk).await, 1);
    talk.close().await;
    let talk = home.open().await;
    assert_eq!(read(&talk).await, 1, "a restart reads nothing twice");
    let edit = "mutation($c: ID!, $conversation: ID!, $message: ID!, $text: String!) {
        editMessage(commandId: $c, conversation: $conversation, message: $message, text: $text) { position } }";
    let words = json!({ "c": fresh_id(), "conversation": said.id("conversation"), "message": said.id("message"),
        "text": "I live in Bern" });
    talk.run(edit, words).await;
    talk.app.settle(events::BranchId::MAIN).await.unwrap();
    assert_eq!(told(&talk, None, None).await, ["you lives_in Bern"]);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pronoun_means_who_was_spoken_of_before() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My brother Sean keeps calling", None).await;
    talk.say("He works at Siemens", Some(said.id("conversation"))).await;
    assert_eq!(told(&talk, None, None).await, ["Sean works_at Siemens", "you brother Sean"]);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_conversation_leaves_nothing_in_the_graph() {
    let home = Home::new();
    let talk = home.open().await;
    let start = "mutation($c: ID!) { startConversation(commandId: $c, private: true) { conversation } }";
    let started = talk.run(start, json!({ "c": fresh_id() })).await;
    let private = started["startConversation"]["conversation"].as_str().unwrap().to_owned();
    talk.say("My sister Anna lives in Lisbon", Some(&private)).await;
    assert!(told(&talk, None, None).await.is_empty());
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_9_merges_are_undone_and_corrections_win() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let conversation = said.id("conversation").to_owned();
    talk.say("Annika works at Siemens", Some(&conversation)).await;
    let before = digest(&talk).await;
    let merge = "mutation($c: ID!, $from: String!, $into: String!) {
        graphMerge(commandId: $c, from: $from, into: $into) { position } }";
    talk.run(merge, json!({ "c": fresh_id(), "from": "annika", "into": "anna" })).await;
    assert!(told(&talk, None, None).await.contains(&"Anna works_at Siemens".to_owned()));
    let split = "mutation($c: ID!, $from: String!, $into: String!) {
        graphSplit(commandId: $c, from: $from, into: $into) { position } }";
    talk.run(split, json!({ "c": fresh_id(), "from": "annika", "into": "anna" })).await;
    assert_eq!(digest(&talk).await, before, "as if it had never been");
    let unknown = json!({ "c": fresh_id(), "from": "Nobody", "into": "Anna" });
    assert_eq!(talk.refused(merge, unknown).await, "AICO-8010");

    let correct = "mutation($c: ID!, $o: String!, $holds: Boolean, $from: String, $until: String) {
        graphCorrect(commandId: $c, subject: \"Anna\", predicate: \"lives_in\", object: $o, holds: $holds,
            validFrom: $from, validUntil: $until) { position } }";
    talk.run(correct, json!({ "c": fresh_id(), "o": "Lisbon", "holds": false })).await;
    assert!(!told(&talk, None, None).await.iter().any(|t| t.contains("Lisbon")));
    let backwards = json!({ "c": fresh_id(), "o": "Porto", "from": "2026-05-01", "until": "2026-04-01" });
    let head = talk.head().await;
    assert!(talk.refused(correct, backwards).await.starts_with("AICO-"));
    assert_eq!(talk.head().await, head, "nothing is recorded");
    let forget = "mutation($c: ID!, $m: ID!) { graphForget(commandId: $c, message: $m) { position } }";
    talk.run(forget, json!({ "c": fresh_id(), "m": said.id("message") })).await;
    let left = told(&talk, None, None).await;
    assert!(
        left.contains(&"Annika works_at Siemens".to_owned()) && !left.iter().any(|t| t.contains("sister")),
        "{left:?}"
    );
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_person_comes_to_mind_when_the_person_is_named() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My brother Sean works at Siemens and he has asthma", None).await;
    let reply = talk.say("Sean called again", Some(said.id("conversation"))).await;
    let query = "query($m: ID!) { why(message: $m) { steps { kind value } } }";
    let why = talk.answer(query, json!({ "m": reply.id("reply") })).await.to_string();
    assert!(why.contains("Sean works at Siemens"), "{why}");
    let related: Vec<&str> = why.split("\"relation\"").collect();
    assert!(related.len() > 1, "it is told as a relation");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_the_graph_stand_in_no_file() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("My sister Zaubertrude lives in Hintertupfingen", None).await;
    assert_eq!(told(&talk, None, None).await, ["Zaubertrude lives_in Hintertupfingen", "you sister Zaubertrude"]);
    talk.close().await;
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for word in ["Zaubertrude", "zaubertrude", "Hintertupfingen", "hintertupfingen"] {
                assert!(
                    !bytes.windows(word.len()).any(|w| w == word.as_bytes()),
                    "{word} stands in {}",
                    path.display()
                );
            }
        }
    }
}
