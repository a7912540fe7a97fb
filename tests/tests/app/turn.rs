//! Turns from message to reply, over restarts, with the built-in companion and with a real model server.

use std::sync::Arc;

use api::app::Database;
use commands::live::Ended;
use events::payload::InterruptReason;
use events::{BranchId, Position, SystemEntropy};
use models::builtin::Builtin;
use models::testing::{Answer, FakeServer, Gate, ollama_piece};
use models::{Endpoint, LanguageModel, Ollama};
use serde_json::json;
use system_tests::postgres::{Durability, TestCluster};

use crate::support::{Home, SEND, Talk, fresh_id};

#[tokio::test(flavor = "multi_thread")]
async fn cm_13_a_fact_of_the_first_turn_is_used_in_the_second_after_a_restart() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("My sister Anna lives in Lisbon", None).await;
    talk.close().await;
    let talk = home.open().await;
    let reply = talk.say("Where does my sister live?", None).await;
    assert!(reply.text.contains("Lisbon"), "{}", reply.text);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_says_nothing_twice() {
    let home = Home::new();
    let talk = home.open().await;
    let command = json!({ "c": fresh_id(), "text": "Hello" });
    let first = talk.run(SEND, command.clone()).await["sendMessage"].take();
    let said = talk.ended(first.clone()).await;
    let again = talk.run(SEND, command).await["sendMessage"].take();
    assert_eq!(first, again);
    assert_eq!(talk.messages(said.id("conversation"), None, None).await.len(), 2);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn regenerating_and_editing_keep_what_was() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("I live in Berlin", None).await;
    let (conversation, message) = (said.id("conversation").to_owned(), said.id("message").to_owned());
    let before = talk.head().await;
    let query = "mutation($c: ID!, $conversation: ID!, $message: ID!) {
        regenerate(commandId: $c, conversation: $conversation, message: $message) { conversation message run reply position } }";
    let variables = json!({ "c": fresh_id(), "conversation": conversation, "message": message });
    let again = talk.run(query, variables).await["regenerate"].take();
    let again = talk.ended(again).await;
    let query = "mutation($c: ID!, $conversation: ID!, $message: ID!, $text: String!) {
        editMessage(commandId: $c, conversation: $conversation, message: $message, text: $text) { position } }";
    let variables =
        json!({ "c": fresh_id(), "conversation": conversation, "message": message, "text": "I live in Bern" });
    talk.run(query, variables).await;
    let now = talk.messages(&conversation, None, None).await;
    assert_eq!(now[0]["text"], json!("I live in Bern"));
    assert_eq!(now[0]["variants"], json!([said.id("reply"), again.id("reply")]));
    assert_eq!(now[0]["selected"], json!(again.id("reply")));
    let then = talk.messages(&conversation, Some(before), None).await;
    assert_eq!(then[0]["text"], json!("I live in Berlin"));
    assert_eq!(then[0]["variants"], json!([said.id("reply")]));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_7_feedback_changes_the_posterior_of_its_skill_and_context_and_nothing_else() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("Where is the moon?", None).await;
    let query = "mutation($c: ID!, $conversation: ID!, $reply: ID!) {
        giveFeedback(commandId: $c, conversation: $conversation, reply: $reply, reward: -1, reason: \"too_long\") { position } }";
    let variables = json!({ "c": fresh_id(), "conversation": said.id("conversation"), "reply": said.id("reply") });
    talk.run(query, variables).await;
    let skills = talk.state("skills", None).await;
    let judged: Vec<_> = skills.as_array().unwrap().iter().filter(|s| s["judged"] == json!(1)).collect();
    assert_eq!(judged.len(), 1);
    assert_eq!((&judged[0]["alpha"], &judged[0]["beta"]), (&json!(1.0), &json!(2.0)));
    let variables = json!({ "c": fresh_id(), "conversation": said.id("conversation"), "reply": fresh_id() });
    assert_eq!(talk.refused(query, variables).await, "AICO-4002");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_conversation_teaches_nothing_and_is_not_recalled_elsewhere() {
    let home = Home::new();
    let talk = home.open().await;
    let query = "mutation($c: ID!) { startConversation(commandId: $c, private: true) { conversation } }";
    let private = talk.run(query, json!({ "c": fresh_id() })).await["startConversation"]["conversation"].take();
    talk.say("My brother Otto lives in Graz", private.as_str()).await;
    let elsewhere = talk.say("Where does my brother Otto live?", None).await;
    assert_ne!(elsewhere.id("conversation"), private.as_str().unwrap());
    assert!(!elsewhere.text.contains("Graz"), "{}", elsewhere.text);
    let facts = talk.state("facts", None).await.to_string();
    assert!(!facts.contains("Graz"), "{facts}");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_35_a_foreign_or_unknown_conversation_is_not_found() {
    let home = Home::new();
    let talk = home.open().await;
    let variables = json!({ "c": fresh_id(), "text": "Hello", "conversation": fresh_id() });
    assert_eq!(talk.refused(SEND, variables).await, "AICO-4001");
    let query = "query($id: ID!) { conversation(id: $id) { conversation { id } } }";
    assert_eq!(talk.refused(query, json!({ "id": fresh_id() })).await, "AICO-4001");
    assert_eq!(talk.refused(query, json!({ "id": "nonsense" })).await, "AICO-4001");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_are_refused_and_leave_nothing() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("Hello", None).await;
    let before = talk.head().await;
    assert_eq!(talk.refused(SEND, json!({ "c": fresh_id(), "text": " \n " })).await, "AICO-4003");
    let long = "x".repeat(domain::conversation::MAX_MESSAGE_CHARS + 1);
    assert_eq!(talk.refused(SEND, json!({ "c": fresh_id(), "text": long })).await, "AICO-4004");
    assert_eq!(talk.head().await, before);
    talk.close().await;
}

const WHY: &str =
    "query($m: ID!) { why(message: $m) { steps { kind position } prompt { identical lines { content } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn defect_2_why_names_every_step_and_rebuilds_the_prompt_byte_for_byte() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say("My sister Anna lives in Lisbon", None).await;
    let said = talk.say("Where does Anna live?", None).await;
    talk.close().await;
    let talk = home.open().await;
    let why = talk.run(WHY, json!({ "m": said.id("reply") })).await["why"].take();
    let kinds: Vec<&str> = why["steps"].as_array().unwrap().iter().map(|s| s["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "perception", "appraisal", "recall", "skill", "prompt", "model", "reply"]);
    assert_eq!(why["prompt"]["identical"], json!(true));
    let system = why["prompt"]["lines"][0]["content"].as_str().unwrap();
    assert!(system.contains("Lisbon") && system.contains("You feel"), "{system}");
    talk.close().await;
}

async fn ollama(server: &FakeServer) -> Arc<dyn LanguageModel> {
    let endpoint = Endpoint::new(server.url(), Arc::new(SystemEntropy));
    Arc::new(Ollama::new(endpoint, "test").unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_cut_in_the_middle_keeps_its_text() {
    let server = FakeServer::start([(
        "POST /api/chat",
        vec![Answer::ok().line(&ollama_piece("Hel")).line(&ollama_piece("lo")).cut()],
    )])
    .await;
    let home = Home::new();
    let talk = home.open_with(ollama(&server).await).await;
    let said = talk.say("Hi", None).await;
    assert!(
        matches!(said.ended, Ended::Interrupted { reason: InterruptReason::ModelFailed, .. }),
        "{:?}",
        said.ended
    );
    let messages = talk.messages(said.id("conversation"), None, None).await;
    assert_eq!(messages[1]["text"], json!("Hello"));
    assert_eq!(messages[1]["interrupted"], json!("model_failed"));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_27_two_replies_stream_at_once_and_one_can_be_stopped() {
    let (one, two) = (Gate::new(), Gate::new());
    let first = Answer::ok().line(&ollama_piece("one ")).wait(&one).line(&ollama_piece("more"));
    let end = json!({ "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop" });
    let second = Answer::ok().line(&ollama_piece("two ")).wait(&two).line(&ollama_piece("more")).line(&end);
    let server = FakeServer::start([("POST /api/chat", vec![first, second])]).await;
    let home = Home::new();
    let talk = home.open_with(ollama(&server).await).await;
    let stopped = start(&talk, "first").await;
    until_text(&talk, &stopped, "one ").await;
    let kept = start(&talk, "second").await;
    until_text(&talk, &kept, "two ").await;
    assert!(
        talk.run("mutation($run: ID!) { stopReply(run: $run) }", json!({ "run": stopped["run"] })).await["stopReply"]
            == json!(true)
    );
    let stopped = talk.ended(stopped).await;
    two.open();
    let kept = talk.ended(kept).await;
    assert!(matches!(stopped.ended, Ended::Interrupted { reason: InterruptReason::Stopped, .. }));
    assert_eq!(stopped.text, "one ");
    assert!(matches!(kept.ended, Ended::Completed { .. }), "{:?}", kept.ended);
    assert_eq!(kept.text, "two more");
    one.open();
    talk.close().await;
}

async fn start(talk: &Talk, text: &str) -> serde_json::Value {
    talk.run(SEND, json!({ "c": fresh_id(), "text": text })).await["sendMessage"].take()
}

async fn until_text(talk: &Talk, sent: &serde_json::Value, text: &str) {
    use futures::StreamExt as _;
    let run = sent["run"].as_str().unwrap().parse().unwrap();
    let mut seen = String::new();
    let mut deltas = talk.app.turns.live().deltas(run, 0).unwrap();
    while !seen.contains(text) {
        seen.push_str(&deltas.next().await.unwrap().text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_a_crash_left_open_is_ended_or_resumed_at_the_next_start() {
    let home = Home::new();
    let gate = Gate::new();
    let server =
        FakeServer::start([("POST /api/chat", vec![Answer::ok().line(&ollama_piece("half")).wait(&gate)])]).await;
    let talk = home.open_with(ollama(&server).await).await;
    let open = start(&talk, "Are you there?").await;
    until_text(&talk, &open, "half").await;
    // A copy of the folder in the middle of a reply is what a crash leaves behind.
    let crashed = Home::new();
    copy(home.path(), crashed.path());
    let after = crashed.open().await;
    let messages = after.messages(open["conversation"].as_str().unwrap(), None, None).await;
    assert_eq!(messages[1]["interrupted"], json!("crashed"));
    let head = after.app.log.head(BranchId::MAIN).await.unwrap();
    assert!(*head.borrow() > Position(0));
    after.close().await;
    gate.open();
    talk.close().await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_app_works_with_its_log_in_postgresql() {
    let Some(cluster) = TestCluster::start(Durability::None).await.unwrap() else {
        println!("skipped: PostgreSQL is not installed");
        return;
    };
    let database = || Some(Database { url: cluster.url("postgres"), schema: "aico".into() });
    let home = Home::new();
    let talk = home.open_on(Arc::new(Builtin), database()).await;
    talk.say("My sister Anna lives in Lisbon", None).await;
    talk.close().await;
    assert!(!home.path().join("log.db").exists());
    let talk = home.open_on(Arc::new(Builtin), database()).await;
    let reply = talk.say("Where does my sister live?", None).await;
    assert!(reply.text.contains("Lisbon"), "{}", reply.text);
    talk.close().await;
}
