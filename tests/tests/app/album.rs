//! The memory album: CM-5 (message and conversation level), CM-6 and SE-4 (automatic tone), defect 29 (used in recall).

use events::BranchId;
use serde_json::{Value, json};

use crate::support::{Home, Talk, fresh_id};

const KEEP: &str = "mutation($c: ID!, $keep: KeepInput!, $b: String) {
    remember(commandId: $c, keep: $keep, branch: $b) { memory position repeated } }";
const LIST: &str = "query($filter: AlbumFilter, $at: String, $b: String) {
    album(filter: $filter, asOf: $at, branch: $b) { total items {
        id content message conversation text gone edited messages memoryType factType category note tags favourite
        tone { label valence by } revisits lastRevisited fromChar toChar } } }";

async fn keep(talk: &Talk, what: Value) -> String {
    let kept = talk.run(KEEP, json!({ "c": fresh_id(), "keep": what })).await;
    kept["remember"]["memory"].as_str().unwrap().to_owned()
}

async fn entries(talk: &Talk, filter: Value, at: Option<u64>, branch: Option<&str>) -> Vec<Value> {
    let at = at.map(|at| at.to_string());
    let found = talk.run(LIST, json!({ "filter": filter, "at": at, "b": branch })).await;
    let items = found["album"]["items"].as_array().unwrap().clone();
    assert_eq!(found["album"]["total"], json!(items.len()));
    items
}

async fn act(talk: &Talk, operation: &str, more: Value) {
    let mut variables = more;
    variables["c"] = json!(fresh_id());
    talk.run(operation, variables).await;
}

const NOTE: &str = "mutation($c: ID!, $m: ID!, $a: AnnotationInput!) {
    annotateMemory(commandId: $c, memory: $m, annotation: $a) { position } }";
const FAVOUR: &str = "mutation($c: ID!, $m: ID!, $f: Boolean!) {
    favourMemory(commandId: $c, memory: $m, favourite: $f) { position } }";
const REVISIT: &str = "mutation($c: ID!, $m: ID!) { revisitMemory(commandId: $c, memory: $m) { position } }";
const REMOVE: &str =
    "mutation($c: ID!, $m: ID!, $b: String) { removeMemory(commandId: $c, memory: $m, branch: $b) { position } }";
const EDIT: &str = "mutation($c: ID!, $conversation: ID!, $message: ID!, $text: String!) {
    editMessage(commandId: $c, conversation: $conversation, message: $message, text: $text) { position } }";

#[tokio::test(flavor = "multi_thread")]
async fn cm5_messages_excerpts_and_conversations_are_kept_with_all_that_is_said_of_them() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I am so happy: my sister Anna had a baby!", None).await;
    let (conversation, message) = (said.id("conversation").to_owned(), said.id("message").to_owned());
    let whole = keep(
        &talk,
        json!({ "message": message, "memoryType": "MILESTONE", "factType": "RELATIONSHIP", "category": "family",
            "note": "The day I became an aunt", "tags": ["#aunt", "Aunt", "baby"], "favourite": true }),
    )
    .await;
    let part = keep(&talk, json!({ "message": message, "quote": "my sister Anna" })).await;
    let all = keep(&talk, json!({ "conversation": conversation })).await;
    let found = entries(&talk, json!({}), None, None).await;
    let ids: Vec<&str> = found.iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&all, &part, &whole]);
    assert_eq!(found[0]["messages"], json!(2));
    assert_eq!((found[1]["text"].as_str(), found[1]["fromChar"].as_u64()), (Some("my sister Anna"), Some(15)));
    let first = &found[2];
    assert_eq!(first["text"], "I am so happy: my sister Anna had a baby!");
    assert_eq!((&first["memoryType"], &first["factType"]), (&json!("MILESTONE"), &json!("RELATIONSHIP")));
    assert_eq!((&first["category"], &first["tags"]), (&json!("family"), &json!(["aunt", "baby"])));
    for (filter, wanted) in [
        (json!({ "favourites": true }), vec![&whole]),
        (json!({ "tag": "BABY" }), vec![&whole]),
        (json!({ "category": "Family" }), vec![&whole]),
        (json!({ "content": "EXCERPT" }), vec![&part]),
        (json!({ "memoryType": "MOMENT" }), vec![&all, &part]),
        (json!({ "factType": "IDENTITY" }), vec![]),
    ] {
        let found = entries(&talk, filter.clone(), None, None).await;
        assert_eq!(found.iter().map(|e| e["id"].as_str().unwrap()).collect::<Vec<_>>(), wanted, "{filter}");
    }
    let before = talk.head().await;
    act(&talk, EDIT, json!({ "conversation": conversation, "message": message, "text": "Never mind." })).await;
    let found = entries(&talk, json!({}), None, None).await;
    assert_eq!((&found[2]["text"], &found[2]["edited"]), (&first["text"], &json!(true)), "kept as it stood");
    assert_eq!(found[1]["text"], "my sister Anna");
    assert_eq!(entries(&talk, json!({}), Some(before), None).await[2]["edited"], json!(false));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cm6_and_se4_the_tone_is_taken_from_what_was_perceived() {
    let home = Home::new();
    let talk = home.open().await;
    let glad = talk.say("I am so happy and full of joy today!", None).await;
    let recorded =
        talk.run("query($m: ID!) { why(message: $m) { steps { kind value } } }", json!({ "m": glad.id("message") }));
    let recorded = recorded.await;
    let perceived =
        recorded["why"]["steps"].as_array().unwrap().iter().find(|s| s["kind"] == "perception").unwrap().clone();
    keep(&talk, json!({ "message": glad.id("message") })).await;
    keep(&talk, json!({ "message": glad.id("reply") })).await;
    for entry in entries(&talk, json!({}), None, None).await {
        assert_eq!(entry["tone"]["label"], perceived["value"]["perception"]["emotions"][0]["label"], "{entry}");
        assert_eq!(entry["tone"]["valence"], perceived["value"]["perception"]["valence"]);
    }
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_private_is_not_kept_and_nothing_is_lost() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I love green tea", None).await;
    let message = said.id("message").to_owned();
    let start = "mutation($c: ID!) { startConversation(commandId: $c, private: true) { conversation } }";
    let private = talk.run(start, json!({ "c": fresh_id() })).await;
    let private = private["startConversation"]["conversation"].as_str().unwrap().to_owned();
    let secret = talk.say("A secret", Some(&private)).await;
    let before = talk.head().await;
    for (what, code) in [
        (json!({ "message": fresh_id() }), "AICO-4002"),
        (json!({ "message": "what?" }), "AICO-4002"),
        (json!({ "conversation": fresh_id() }), "AICO-4001"),
        (json!({ "message": secret.id("message") }), "AICO-4006"),
        (json!({ "conversation": private }), "AICO-4006"),
        (json!({ "message": message, "quote": "black tea" }), "AICO-6003"),
        (json!({ "message": message, "fromChar": 2, "toChar": 900 }), "AICO-6003"),
        (json!({ "message": message, "fromChar": 5, "toChar": 5 }), "AICO-4006"),
        (json!({ "message": message, "fromChar": 5 }), "AICO-6003"),
        (json!({ "message": message, "conversation": private }), "AICO-6003"),
        (json!({}), "AICO-6003"),
        (json!({ "message": message, "note": "x".repeat(4_001) }), "AICO-4006"),
    ] {
        let refused = talk.refused(KEEP, json!({ "c": fresh_id(), "keep": what })).await;
        assert_eq!(refused, code, "{what}");
    }
    assert_eq!(talk.head().await, before);
    let kept = keep(&talk, json!({ "message": message })).await;
    let again = talk.refused(KEEP, json!({ "c": fresh_id(), "keep": { "message": message } })).await;
    assert_eq!(again, "AICO-4006", "one thing is kept once");
    act(&talk, REMOVE, json!({ "m": kept })).await;
    for operation in [REVISIT, REMOVE] {
        assert_eq!(talk.refused(operation, json!({ "c": fresh_id(), "m": kept })).await, "AICO-4020");
    }
    let entry = "query($id: ID!) { albumEntry(id: $id) { entry { id } } }";
    assert_eq!(talk.refused(entry, json!({ "id": kept })).await, "AICO-4020");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_album_of_the_past_and_of_a_branch_stand_apart_and_a_command_counts_once() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let command = json!({ "c": fresh_id(), "keep": { "message": said.id("message"), "note": "Lisbon!" } });
    let first = talk.run(KEEP, command.clone()).await["remember"].take();
    act(
        &talk,
        EDIT,
        json!({ "conversation": said.id("conversation"), "message": said.id("message"), "text": "Hm." }),
    )
    .await;
    let again = talk.run(KEEP, command).await["remember"].take();
    assert_eq!((&again["memory"], &again["repeated"]), (&first["memory"], &json!(true)));
    let memory = first["memory"].as_str().unwrap().to_owned();
    let kept = talk.head().await;
    for _ in 0..2 {
        act(&talk, REVISIT, json!({ "m": memory })).await;
    }
    act(&talk, FAVOUR, json!({ "m": memory, "f": true })).await;
    act(&talk, NOTE, json!({ "m": memory, "a": { "note": "Where Anna lives" } })).await;
    let now = entries(&talk, json!({}), None, None).await;
    assert_eq!((&now[0]["revisits"], &now[0]["favourite"]), (&json!(2), &json!(true)));
    assert!(now[0]["lastRevisited"].is_string());
    let then = entries(&talk, json!({}), Some(kept), None).await;
    assert_eq!((&then[0]["revisits"], &then[0]["note"]), (&json!(0), &json!("Lisbon!")));
    let create = "mutation { createBranch(name: \"what-if\") { name } }";
    talk.run(create, json!({})).await;
    act(&talk, REMOVE, json!({ "m": memory, "b": "what-if" })).await;
    assert!(entries(&talk, json!({}), None, Some("what-if")).await.is_empty());
    assert_eq!(entries(&talk, json!({}), None, None).await, now);
    let again = "mutation { redecide(name: \"again\", asOf: \"2\") { differences { kind fields left { type } } } }";
    let diff = talk.run(again, json!({})).await;
    let differs = diff["redecide"]["differences"].as_array().unwrap();
    assert!(!differs.iter().any(|d| d["left"]["type"].as_str().is_some_and(|t| t.starts_with("Memory"))), "{diff}");
    assert_eq!(entries(&talk, json!({}), None, Some("again")).await[0]["revisits"], json!(2));
    talk.run("mutation { promoteBranch(name: \"what-if\") { events } }", json!({})).await;
    assert!(entries(&talk, json!({}), None, None).await.is_empty(), "what was removed on a branch is, when promoted");
    for verdict in talk.app.verify_projections(api::app::Samples { count: 6, seed: 7 }, &mut |_, _| ()).await.unwrap()
    {
        assert!(verdict.ok, "{verdict:?}");
    }
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect29_what_was_kept_is_found_and_comes_into_prompts() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("We went up to the old lighthouse", None).await;
    talk.say("The weather is fine", None).await;
    let search = "query($q: String!) { memory(query: $q) { items { kind text signals { name part } reason } } }";
    let find = async |q: &str| talk.run(search, json!({ "q": q })).await["memory"]["items"].take();
    let memory =
        keep(&talk, json!({ "message": said.id("message"), "note": "Honeymoon", "tags": ["anniversary"] })).await;
    let found = find("honeymoon").await;
    assert_eq!(found[0]["kind"], "album");
    let text = found[0]["text"].as_str().unwrap();
    assert!(text.contains("Honeymoon") && text.contains("lighthouse"), "{text}");
    let lit = find("lighthouse").await;
    let turn = lit.as_array().unwrap().iter().find(|h| h["kind"] == "turn").unwrap().clone();
    let part = |hit: &Value| {
        let signals = hit["signals"].as_array().unwrap();
        signals.iter().find(|s| s["name"] == "kept").map(|s| s["part"].as_f64().unwrap())
    };
    assert_eq!(part(&turn), Some(projections::album::KEPT));
    act(&talk, FAVOUR, json!({ "m": memory, "f": true })).await;
    let lit = find("lighthouse").await;
    let turn = lit.as_array().unwrap().iter().find(|h| h["kind"] == "turn").unwrap().clone();
    assert_eq!(part(&turn), Some(projections::album::FAVOURITE));
    let asked = talk.say("What do you know about my honeymoon?", None).await;
    let why = "query($m: ID!) { why(message: $m) { steps { kind value } prompt { identical lines { content } } } }";
    let why = talk.run(why, json!({ "m": asked.id("reply") })).await;
    assert_eq!(why["why"]["prompt"]["identical"], json!(true), "{why}");
    let lines = why["why"]["prompt"]["lines"].to_string();
    assert!(lines.contains("Honeymoon"), "{lines}");
    act(&talk, NOTE, json!({ "m": memory, "a": { "note": "Porto", "tags": [] } })).await;
    let kinds = |hits: &Value| -> Vec<String> {
        hits.as_array().unwrap().iter().map(|h| h["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!kinds(&find("anniversary").await).contains(&"album".to_owned()), "an old note is not found any more");
    assert_eq!(kinds(&find("Porto").await), ["album"]);
    act(&talk, REMOVE, json!({ "m": memory })).await;
    assert!(kinds(&find("Porto").await).is_empty());
    assert!(kinds(&find("lighthouse").await).contains(&"turn".to_owned()), "what was said stays");
    talk.app.settle(BranchId::MAIN).await.unwrap();
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_note_and_no_tag_lies_in_any_file() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("Hello there", None).await;
    let canary = "xylophonic-note-73519";
    let what = json!({ "message": said.id("message"), "note": canary, "tags": [canary], "category": canary });
    keep(&talk, what).await;
    assert_eq!(entries(&talk, json!({ "tag": canary }), None, None).await.len(), 1);
    crate::time_travel::scan(home.path(), canary);
    talk.close().await;
    crate::time_travel::scan(home.path(), canary);
}
