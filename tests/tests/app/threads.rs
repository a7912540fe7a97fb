//! A message that names no conversation goes on, takes an older one up again, or begins one.

use commands::Meta;
use domain::conversation::Command;
use events::{Actor, BranchId, CommandId, ConversationId, MessageId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Home, Talk, fresh_id};

const SEND: &str = "mutation($c: ID!, $text: String!) { sendMessage(commandId: $c, text: $text) {
    conversation run reply message position thread { action reason } } }";

/// A conversation that was had so many hours ago.
async fn talked(talk: &Talk, hours_ago: i64, lines: &[&str]) -> String {
    let conversation = ConversationId(Uuid::new_v4());
    let (person, companion) = (talk.app.owner, talk.app.companion);
    let start = Command::Start { person, companion, private: false, origin: "chat".into(), title: None };
    let said = lines.iter().map(|text| Command::Receive {
        message: MessageId(Uuid::new_v4()),
        text: (*text).to_owned(),
        attachments: vec![],
        thread: None,
    });
    let at = Timestamp(talk.app.clock.now().0 - hours_ago * 3_600_000_000);
    for command in std::iter::once(start).chain(said) {
        let meta = Meta::new(CommandId(Uuid::new_v4()), Actor::Person(person), person);
        let meta = Meta { occurred_at: Some(at), ..meta };
        talk.app.turns.bus().conversation(BranchId::MAIN, conversation, &meta, command).await.unwrap();
    }
    talk.app.settle(BranchId::MAIN).await.unwrap();
    conversation.to_string()
}

async fn send(talk: &Talk, command: &str, text: &str) -> Value {
    let sent = talk.run(SEND, json!({ "c": command, "text": text })).await["sendMessage"].take();
    talk.ended(sent.clone()).await;
    sent
}

const BREAD: [&str; 4] = [
    "I began a sourdough starter from rye flour.",
    "The sourdough starter smells of apples now.",
    "How often should I feed my sourdough starter?",
    "The bread from the sourdough starter rose well.",
];
const TRIP: [&str; 4] = [
    "We are going to Iceland in June.",
    "The ferry to Iceland leaves from Denmark.",
    "I would like to see the northern lights.",
    "My brother drives the car.",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_dormant_conversation_is_taken_up_again_when_the_message_is_about_it() {
    let home = Home::new();
    let talk = home.open().await;
    let bread = talked(&talk, 24 * 20, &BREAD).await;
    let trip = talked(&talk, 8, &TRIP).await;
    let sent = send(&talk, &fresh_id(), "My sourdough starter died").await;
    assert_eq!((sent["conversation"].as_str(), &sent["thread"]["action"]), (Some(&*bread), &json!("REACTIVATED")));
    // From now on it is the latest, and another subject does not end the talk.
    let sent = send(&talk, &fresh_id(), "The ferry to Iceland is booked").await;
    assert_eq!((sent["conversation"].as_str(), &sent["thread"]["action"]), (Some(&*bread), &json!("CONTINUED")));
    assert_ne!(bread, trip);
    // The choice is part of the event, with what was weighed.
    let query = "{ events(last: 60, types: [\"MessageReceived\"]) { items { body } } }";
    let events = talk.run(query, json!({})).await;
    let items = events["events"]["items"].as_array().unwrap();
    let thread = &items[items.len() - 2]["body"]["thread"];
    assert_eq!(thread["action"], json!("reactivated"), "{thread}");
    assert_eq!(thread["weighed"].as_array().unwrap().len(), 2, "{thread}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rest_the_latest_goes_on_and_after_long_a_new_one_begins() {
    let home = Home::new();
    let talk = home.open().await;
    let trip = talked(&talk, 5, &TRIP).await;
    let sent = send(&talk, &fresh_id(), "The ferry to Iceland is booked").await;
    assert_eq!((sent["conversation"].as_str(), &sent["thread"]["action"]), (Some(&*trip), &json!("CONTINUED")));
    talk.close().await;

    let home = Home::new();
    let talk = home.open().await;
    let trip = talked(&talk, 24 * 30, &TRIP).await;
    let sent = send(&talk, &fresh_id(), "Today I bought a piano").await;
    assert_eq!(sent["thread"]["action"], json!("CREATED"));
    assert_ne!(sent["conversation"].as_str(), Some(&*trip));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_stays_where_it_went() {
    let home = Home::new();
    let talk = home.open().await;
    let command = fresh_id();
    let first = send(&talk, &command, "Hello").await;
    let started = "mutation($c: ID!) { startConversation(commandId: $c) { conversation } }";
    let other = talk.run(started, json!({ "c": fresh_id() })).await;
    let second = talk.run(SEND, json!({ "c": command, "text": "Hello" })).await["sendMessage"].take();
    assert_eq!(first, second);
    assert_ne!(second["conversation"], other["startConversation"]["conversation"]);
    talk.close().await;
}
