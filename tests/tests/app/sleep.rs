//! Talk settles into episodes and a profile, once, and comes to mind in later turns.

use serde_json::{Value, json};

use crate::support::{Home, Talk, fresh_id};

const SLEEP: &str = "mutation($all: Boolean) { consolidate(all: $all) { turns episodes goingOn replayed } }";
const EPISODES: &str =
    "query($at: String) { episodes(asOf: $at) { items { messages turns summary salience replays } } }";
const PROFILE: &str = "query($past: Boolean, $at: String) { profile(past: $past, asOf: $at) {
    items { subject predicate object until messages } } }";

async fn sleep(talk: &Talk, all: bool) -> Value {
    talk.run(SLEEP, json!({ "all": all })).await["consolidate"].take()
}

async fn episodes(talk: &Talk, at: Option<u64>) -> Vec<Value> {
    let found = talk.run(EPISODES, json!({ "at": at.map(|at| at.to_string()) })).await;
    found["episodes"]["items"].as_array().unwrap().clone()
}

async fn known(talk: &Talk, past: bool, at: Option<u64>) -> Vec<(String, bool)> {
    let found = talk.run(PROFILE, json!({ "past": past, "at": at.map(|at| at.to_string()) })).await;
    let items = found["profile"]["items"].as_array().unwrap().clone();
    items.iter().map(|f| (f["object"].as_str().unwrap().to_owned(), f["until"].is_null())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_9_sleeping_twice_adds_nothing_and_keeps_every_turn() {
    let home = Home::new();
    let talk = home.open().await;
    let first = talk.say("My sister Anna moved to Porto in May.", None).await;
    talk.say("I will visit her in September, I am so happy about it!", None).await;
    assert_eq!(sleep(&talk, false).await, json!({ "turns": 0, "episodes": 0, "goingOn": 1, "replayed": 0 }));
    let before = talk.head().await;
    assert_eq!(sleep(&talk, true).await, json!({ "turns": 4, "episodes": 1, "goingOn": 0, "replayed": 1 }));
    let after = talk.head().await;
    assert_eq!(sleep(&talk, true).await, json!({ "turns": 0, "episodes": 0, "goingOn": 0, "replayed": 0 }));
    assert_eq!(talk.head().await, after, "a second sleep records nothing");
    let found = episodes(&talk, None).await;
    assert_eq!((found.len(), found[0]["turns"].as_u64()), (1, Some(4)));
    assert!(found[0]["summary"].as_str().unwrap().contains("Anna moved to Porto"), "{found:?}");
    assert_eq!(found[0]["messages"][0], json!(first.id("message")));
    assert!(found[0]["salience"].as_f64().unwrap() > 0.2, "{found:?}");
    assert!(episodes(&talk, Some(before)).await.is_empty(), "it had not slept then");
    assert_eq!(talk.messages(first.id("conversation"), None, None).await.len(), 4, "the turns are as they were");
    // What is said later settles later, and only that.
    talk.say("Anna has a dog now.", None).await;
    assert_eq!(sleep(&talk, true).await["turns"], json!(2));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sleeps_at_once_make_no_duplicates() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("I live in Graz.", None).await;
    let (one, two) = tokio::join!(sleep(&talk, true), sleep(&talk, true));
    let turns = |slept: &Value| slept["turns"].as_u64().unwrap();
    assert_eq!(turns(&one) + turns(&two), 2);
    assert_eq!(episodes(&talk, None).await.len(), 1);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_reworded_since_is_not_in_the_summary_any_more() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("The password of the garden door is cucumber.", None).await;
    sleep(&talk, true).await;
    let edit = "mutation($c: ID!, $conversation: ID!, $message: ID!, $text: String!) {
        editMessage(commandId: $c, conversation: $conversation, message: $message, text: $text) { position } }";
    let (conversation, message) = (said.id("conversation"), said.id("message"));
    talk.run(
        edit,
        json!({ "c": fresh_id(), "conversation": conversation, "message": message, "text": "Never mind." }),
    )
    .await;
    let found = episodes(&talk, None).await;
    assert!(!found[0].to_string().contains("cucumber"), "{found:?}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_talk_settles_into_nothing() {
    let home = Home::new();
    let talk = home.open().await;
    let query = "mutation($c: ID!) { startConversation(commandId: $c, private: true) { conversation } }";
    let private = talk.run(query, json!({ "c": fresh_id() })).await["startConversation"]["conversation"].take();
    talk.say("I live in Graz and I love tea.", private.as_str()).await;
    assert_eq!(sleep(&talk, true).await["episodes"], json!(0));
    assert!(known(&talk, true, None).await.is_empty());
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_supersedes_a_fact_and_both_stay_visible() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("I live in Lisbon.", None).await;
    let before = talk.head().await;
    talk.say("I live in Porto.", None).await;
    assert_eq!(known(&talk, false, None).await, [("Porto".to_owned(), true)]);
    assert_eq!(known(&talk, true, None).await, [("Porto".to_owned(), true), ("Lisbon".to_owned(), false)]);
    assert_eq!(known(&talk, true, Some(before)).await, [("Lisbon".to_owned(), true)], "as it was known then");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_the_person_reaches_the_prompt_and_its_why() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("I work at Siemens.", None).await;
    sleep(&talk, true).await;
    let said = talk.say("Good morning to you!", None).await;
    let why = "query($m: ID!) { why(message: $m) { prompt { identical lines { content } } steps { kind value } } }";
    let why = talk.run(why, json!({ "m": said.id("reply") })).await["why"].take();
    assert_eq!(why["prompt"]["identical"], json!(true));
    let system = why["prompt"]["lines"][0]["content"].as_str().unwrap();
    assert!(system.contains("you | works at | Siemens"), "{system}");
    let recall = why["steps"].as_array().unwrap().iter().find(|s| s["kind"] == "recall").unwrap();
    let item = recall["value"]["items"].as_array().unwrap().iter().find(|i| i["kind"] == "profile").unwrap();
    assert!(item["signals"]["context.relevance"].is_number(), "{item}");
    assert!(!said.text.contains("Siemens"), "what was not asked for is not told: {}", said.text);
    talk.close().await;
}
