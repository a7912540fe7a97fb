//! Forgetting one message: gone from every read model, and nothing else is.

use serde_json::{Value, json};

use crate::support::{Home, Talk, fresh_id};

const FORGET: &str = "mutation($c: ID!, $m: ID!) { forgetMessage(commandId: $c, message: $m) { position repeated } }";

async fn forget(talk: &Talk, message: &str) {
    talk.run(FORGET, json!({ "c": fresh_id(), "m": message })).await;
}

async fn found(talk: &Talk, at: Option<u64>) -> String {
    let query = "query($at: String) { memory(query: \"Where does my sister Anna live?\", asOf: $at) {
        items { kind message text } } }";
    talk.run(query, json!({ "at": at.map(|a| a.to_string()) })).await["memory"]["items"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_content_is_nowhere_and_delete_of_one_does_not_delete_all() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let (conversation, message) = (said.id("conversation").to_owned(), said.id("message").to_owned());
    let other = talk.say("I love green tea", Some(&conversation)).await;
    let keep =
        "mutation($c: ID!, $m: ID!) { remember(commandId: $c, keep: { message: $m, note: \"dear\" }) { memory } }";
    let kept = talk.run(keep, json!({ "c": fresh_id(), "m": message })).await;
    let preview = "query($m: ID!) { forgetting(message: $m) { replies facts album message { text } } }";
    let preview = talk.run(preview, json!({ "m": message })).await["forgetting"].take();
    assert!(preview["facts"].to_string().contains("Lisbon"), "{preview}");
    assert_eq!(preview["album"], json!([kept["remember"]["memory"]]));
    assert_eq!(preview["replies"], json!([said.id("reply")]));
    let before = talk.head().await;
    assert!(found(&talk, None).await.contains(&message));
    forget(&talk, said.id("reply")).await;
    let command = json!({ "c": fresh_id(), "m": message });
    talk.run(FORGET, command.clone()).await;
    assert_eq!(talk.run(FORGET, command).await["forgetMessage"]["repeated"], json!(true));
    assert_eq!(talk.refused(FORGET, json!({ "c": fresh_id(), "m": message })).await, "AICO-4002");
    // Nowhere: not in search, not in the conversation, not among the facts, not in the album, not in prompts.
    assert!(!found(&talk, None).await.contains("Lisbon"));
    let left: Vec<Value> = talk.messages(&conversation, None, None).await;
    let ids: Vec<&str> = left.iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [other.id("message"), other.id("reply")], "what else was said stays");
    let facts = talk.state("facts", None).await.to_string();
    assert!(!facts.contains("Lisbon") && facts.contains("tea"), "{facts}");
    let entry = talk.run("{ album { items { text gone note } } }", json!({})).await["album"]["items"][0].take();
    assert_eq!(entry, json!({ "text": null, "gone": "missing", "note": "dear" }), "a stated tombstone");
    let asked = talk.say("Where does my sister Anna live?", Some(&conversation)).await;
    let why = "query($m: ID!) { why(message: $m) { prompt { lines { content } } } }";
    let why = talk.run(why, json!({ "m": asked.id("reply") })).await.to_string();
    assert!(!why.contains("Lisbon"), "{why}");
    assert!(!asked.text.contains("Lisbon"), "{}", asked.text);
    let list = talk.run("{ conversations { items { title messages } } }", json!({})).await.to_string();
    assert!(!list.contains("Lisbon"), "{list}");
    // The past is as it was, and every read model agrees with its rebuild.
    assert!(found(&talk, Some(before)).await.contains(&message));
    assert_eq!(talk.messages(&conversation, Some(before), None).await.len(), 4);
    for verdict in talk.app.verify_projections(api::app::Samples { count: 6, seed: 3 }, &mut |_, _| ()).await.unwrap()
    {
        assert!(verdict.ok, "{verdict:?}");
    }
    talk.close().await;
}
